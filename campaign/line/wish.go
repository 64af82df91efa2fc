package line

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// wishLife is how old a wish to get messages again may be. The gateway repeats
// reports for twenty minutes.
const wishLife = 30 * time.Minute

// maxWishes bounds the wishes that are remembered.
const maxWishes = 10_000

// wish does what a person asks for with a keyword: at once, and before the
// report is answered. Of two wishes the later one counts, by the instants at
// which they were written; in doubt nobody gets messages again. It tells whether
// the person has opted out by it.
func (r *Receiver) wish(ctx context.Context, in campaign.Instance, from contact.Phone, m evolution.MessageIn) (left bool, err error) {
	if m.Text == "" {
		return false, nil
	}
	words, err := r.Keywords(ctx, in.Tenant)
	if err != nil {
		return false, err
	}
	wish, word := words.Read(m.Text)
	now, at := r.Now(), m.At
	if at.IsZero() || at.After(now) {
		at = now
	}
	if wish == contact.NoWish {
		return false, r.doubt(ctx, in, from, m, words, at)
	}
	if wish == contact.WishIn && now.Sub(at) > wishLife {
		return false, nil
	}
	p := person{in.Tenant, from}
	if r.overtaken(p, wish, at) {
		return false, nil
	}
	s := r.Engine.As(campaign.Caller{Tenant: in.Tenant, Author: "contact", Role: campaign.Host})
	out, err := s.OptedOut(ctx, from)
	if err != nil {
		return false, err
	}
	why := campaign.Because(campaign.CodeKeyword, "word", word, "message", m.ID, "instance", strconv.FormatInt(int64(in.ID), 10))
	switch {
	case wish == contact.WishOut && !out[0]:
		left, err = true, s.OptOut(ctx, why, from)
	case wish == contact.WishIn && out[0]:
		err = s.OptIn(ctx, why, from)
		var stronger *campaign.ConflictError
		if errors.As(err, &stronger) {
			return false, nil // an operator's record or the law: "voltar" is an answer of a menu
		}
	}
	if err == nil && wish == contact.WishOut && r.OptOuts != nil {
		err = r.OptOuts.Settle(ctx, in.Tenant, from)
	}
	if err == nil {
		r.remember(p, wished{wish, at})
	}
	return left && err == nil, err
}

// doubt keeps a message that looks like a wish to leave for somebody to read.
func (r *Receiver) doubt(ctx context.Context, in campaign.Instance, from contact.Phone, m evolution.MessageIn, words contact.Keywords, at time.Time) error {
	if r.OptOuts == nil {
		return nil
	}
	word, doubtful := words.Doubt(m.Text)
	if !doubtful {
		return nil
	}
	return r.OptOuts.Keep(ctx, in.Tenant, optout.Doubt{From: from, Text: m.Text, Word: word, Message: m.ID, At: at, Instance: in.ID})
}

// overtaken reports whether the person is known to have wished something else
// after an instant.
func (r *Receiver) overtaken(p person, wish contact.Wish, at time.Time) bool {
	r.wishing.Lock()
	defer r.wishing.Unlock()
	last, known := r.wishes[p]
	if !known || last.what == wish {
		return false
	}
	return at.Before(last.at) || (wish == contact.WishIn && at.Equal(last.at))
}

func (r *Receiver) remember(p person, w wished) {
	r.wishing.Lock()
	defer r.wishing.Unlock()
	if len(r.wishes) >= maxWishes {
		clear(r.wishes)
	}
	if last := r.wishes[p]; w.at.Before(last.at) {
		return
	}
	r.wishes[p] = w
}
