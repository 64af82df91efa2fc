package optout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
)

const (
	kindWords = "optout.words"
	keyWords  = "words"
)

// Word is a word that people leave with, or come back with.
type Word struct {
	Text string
	// Wish is contact.WishOut or contact.WishIn.
	Wish contact.Wish
	// BuiltIn words are everybody's, and stay.
	BuiltIn bool
	// By is who has added it, and At when.
	By string
	At time.Time
}

// kept is a word as it is stored.
type kept struct {
	Text string       `json:"text"`
	Wish contact.Wish `json:"wish"`
	By   string       `json:"by"`
	At   time.Time    `json:"at"`
}

func (b *Book) own(ctx context.Context, t campaign.Tenant) (document.Document, []kept, error) {
	d, err := b.store.Get(ctx, string(t), kindWords, keyWords)
	if errors.Is(err, document.ErrNotFound) {
		return document.Document{Tenant: string(t), Kind: kindWords, Key: keyWords}, nil, nil
	}
	if err != nil {
		return d, nil, err
	}
	var words []kept
	if err := json.Unmarshal(d.Data, &words); err != nil {
		return d, nil, fmt.Errorf("optout: the words of a tenant cannot be read: %w", err)
	}
	return d, words, nil
}

// with are the built-in words and those that were added.
func with(own []kept) contact.Keywords {
	k := contact.DefaultKeywords()
	for _, w := range own {
		if w.Wish == contact.WishIn {
			k.In = append(k.In, w.Text)
		} else {
			k.Out = append(k.Out, w.Text)
		}
	}
	return k
}

// Keywords are the words that a tenant's messages are read with: see
// line.Config.Keywords. Each call asks the store, so that a word counts in every
// process from the moment it is added.
func (b *Book) Keywords(ctx context.Context, t campaign.Tenant) (contact.Keywords, error) {
	_, own, err := b.own(ctx, t)
	if err != nil {
		return contact.Keywords{}, err
	}
	return with(own), nil
}

// Words lists the built-in words and then the tenant's own, those to leave with
// before those to come back with. It takes the role Viewer.
func (d *Desk) Words(ctx context.Context) ([]Word, error) {
	if err := d.c.May(campaign.Viewer); err != nil {
		return nil, err
	}
	_, own, err := d.b.own(ctx, d.c.Tenant)
	if err != nil {
		return nil, err
	}
	return list(own), nil
}

func list(own []kept) (all []Word) {
	built := contact.DefaultKeywords()
	for _, of := range []struct {
		wish  contact.Wish
		words []string
	}{{contact.WishOut, built.Out}, {contact.WishIn, built.In}} {
		for _, text := range of.words {
			all = append(all, Word{Text: text, Wish: of.wish, BuiltIn: true})
		}
		for _, w := range own {
			if w.Wish == of.wish {
				all = append(all, Word{Text: w.Text, Wish: w.Wish, By: w.By, At: w.At})
			}
		}
	}
	return all
}

// AddWord adds a word that people leave with (contact.WishOut) or come back with
// (contact.WishIn), from now on: what was written before stays as it was read. A
// *campaign.FieldError says why a word cannot be one. It takes the role Operator.
func (d *Desk) AddWord(ctx context.Context, wish contact.Wish, text string) (added Word, err error) {
	if wish != contact.WishOut && wish != contact.WishIn {
		return Word{}, &campaign.FieldError{Field: "wish", Why: campaign.Because(campaign.CodeMissing)}
	}
	err = d.change(ctx, func(own []kept) ([]kept, error) {
		more, err := with(own).Extend(wish, text)
		if err == nil && len(own) >= contact.MaxOwnWords {
			err = contact.ErrWordCount
		}
		if err != nil {
			return nil, refused(with(own), text, err)
		}
		text = more.Out[len(more.Out)-1]
		if wish == contact.WishIn {
			text = more.In[len(more.In)-1]
		}
		added = Word{Text: text, Wish: wish, By: d.c.Author, At: d.b.now()}
		return append(own, kept{added.Text, wish, added.By, added.At}), nil
	})
	if err != nil {
		return Word{}, err
	}
	return added, d.record(ctx, campaign.EventWordAdded, campaign.Because(campaign.CodeAbout, "name", text, "wish", string(wish)))
}

// refused says why a word cannot be one.
func refused(k contact.Keywords, text string, err error) error {
	why := campaign.Because(campaign.CodeMissing)
	switch {
	case errors.Is(err, contact.ErrWordLong):
		why = campaign.Because(campaign.CodeTooLong, "max", strconv.Itoa(contact.MaxOwnWord))
	case errors.Is(err, contact.ErrWordCount):
		why = campaign.Because(campaign.CodeTooMany, "max", strconv.Itoa(contact.MaxOwnWords))
	case errors.Is(err, contact.ErrWordAsks):
		why = campaign.Because(campaign.CodeWordAsks)
	case errors.Is(err, contact.ErrWordPolite):
		why = campaign.Because(campaign.CodeWordPolite)
	case errors.Is(err, contact.ErrWordTaken):
		_, by := k.Read(text)
		why = campaign.Because(campaign.CodeWordTaken, "name", by)
	}
	return &campaign.FieldError{Field: "word", Why: why}
}

// RemoveWord takes one of the tenant's own words back. Who has left with it stays
// out. campaign.ErrNotFound if there is none, and a *campaign.ConflictError for a
// built-in one. It takes the role Operator.
func (d *Desk) RemoveWord(ctx context.Context, text string) error {
	wish := contact.NoWish
	err := d.change(ctx, func(own []kept) ([]kept, error) {
		same := func(w kept) bool { return contact.SameWord(w.Text, text) }
		if i := slices.IndexFunc(own, same); i >= 0 {
			text, wish = own[i].Text, own[i].Wish
			return slices.Delete(own, i, i+1), nil
		}
		if built, _ := contact.DefaultKeywords().Read(text); built != contact.NoWish {
			return nil, &campaign.ConflictError{Why: campaign.Because(campaign.CodeWordBuiltIn)}
		}
		return nil, campaign.ErrNotFound
	})
	if err != nil {
		return err
	}
	return d.record(ctx, campaign.EventWordRemoved, campaign.Because(campaign.CodeAbout, "name", text, "wish", string(wish)))
}

// change edits the tenant's words, again from the beginning while somebody else
// does.
func (d *Desk) change(ctx context.Context, edit func([]kept) ([]kept, error)) error {
	if err := d.c.May(campaign.Operator); err != nil {
		return err
	}
	for tries := 0; ; tries++ {
		doc, own, err := d.b.own(ctx, d.c.Tenant)
		if err != nil {
			return err
		}
		if own, err = edit(own); err != nil {
			return err
		}
		if doc.Data, err = json.Marshal(own); err != nil {
			return err
		}
		_, err = d.b.store.Apply(ctx, document.Put(doc))
		if err = missing(err); !errors.Is(err, campaign.ErrStale) || tries == 15 {
			return err
		}
	}
}
