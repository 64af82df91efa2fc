package optout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
)

const kindReview = "optout.review" // by its id, with the phone as Ref

// Bounds of what is kept for a review.
const (
	// Kept is how long a message waits for somebody to look at it.
	Kept = 90 * 24 * time.Hour
	// MaxText is how much of it is kept, in characters.
	MaxText = 300
	// MaxReviews is about how many messages of a tenant wait at most: more are not
	// kept until somebody has looked. MaxOfPerson is how many of one person.
	MaxReviews  = 5000
	MaxOfPerson = 3
)

const (
	// doneKept is how long it is remembered that a message was looked at: the
	// gateway repeats its reports for some minutes.
	doneKept = 24 * time.Hour
	// countedFor is how long a count of the reviews is good enough for their bound.
	countedFor = time.Minute
)

// Doubt is a message that looks like a wish to leave, and was not taken as one.
type Doubt struct {
	From contact.Phone
	Text string
	// Word is what made it look so; see contact.Keywords.Doubt.
	Word string
	// Message is the gateway's id of it, and At when it was written.
	Message  string
	At       time.Time
	Instance campaign.InstanceID
}

// Review is a Doubt that waits for somebody.
type Review struct {
	// ID grows with the time of the message.
	ID int64
	Doubt
	// Campaign is the one that had written to the person last; zero if none.
	Campaign campaign.ID
	// OptedOut tells that the person has left by now in another way.
	OptedOut bool
	// Unreadable: the text cannot be opened with this installation's secret.
	Unreadable bool
}

// note is what is stored of a review; a zero one was looked at.
type note struct {
	// Sealed are the word and MaxText of the message, one line each: the word is
	// the person's too.
	Sealed   []byte              `json:"sealed,omitempty"`
	Message  string              `json:"message,omitempty"`
	At       time.Time           `json:"at,omitzero"`
	Instance campaign.InstanceID `json:"instance,omitempty"`
	Campaign campaign.ID         `json:"campaign,omitempty"`
}

// idOf is the same for each report of a message: its instant, and three digits
// that tell it from others of that millisecond.
func idOf(x Doubt) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(x.From) + "\x00" + x.Message))
	return x.At.UnixMilli()*1000 + int64(h.Sum32()%1000)
}

func keyOf(id int64) string { return fmt.Sprintf("%019d", id) }

// Keep keeps a message for a review, once however often it is reported. Nothing
// is kept of who gets no messages anyway, nor above the bounds of this package.
func (b *Book) Keep(ctx context.Context, t campaign.Tenant, x Doubt) error {
	s := b.engine.As(campaign.Caller{Tenant: t, Role: campaign.Host})
	out, err := s.OptedOut(ctx, x.From)
	if err != nil || out[0] {
		return err
	}
	if full, err := b.full(ctx, t); err != nil || full {
		return err
	}
	n, id := 0, idOf(x)
	for d, err := range document.All(ctx, b.store, document.Query{Tenant: string(t), Kind: kindReview, Ref: string(x.From)}) {
		if err != nil {
			return err
		}
		if !d.Expired(b.now()) && d.Key != keyOf(id) {
			n++
		}
	}
	if n >= MaxOfPerson {
		return nil
	}
	last, err := s.LastTo(ctx, x.From)
	if err != nil {
		return err
	}
	d := document.Document{Tenant: string(t), Kind: kindReview, Key: keyOf(id), Ref: string(x.From), ExpiresAt: b.now().Add(Kept)}
	text := x.Text
	if utf8.RuneCountInString(text) > MaxText {
		text = string([]rune(text)[:MaxText-1]) + "…"
	}
	d.Data, err = json.Marshal(note{b.box.Seal(x.Word+"\n"+text, d.Tenant, d.Key, d.Ref), x.Message, x.At.UTC(), x.Instance, last.ID.Campaign})
	if err != nil {
		return err
	}
	_, err = b.store.Apply(ctx, document.Put(d))
	if errors.Is(err, document.ErrExists) {
		return nil
	}
	if err != nil {
		return err
	}
	b.mu.Lock()
	c := b.counts[t]
	b.counts[t] = counted{c.n + 1, c.at}
	b.mu.Unlock()
	if out, err = s.OptedOut(ctx, x.From); err == nil && out[0] {
		err = b.Forget(ctx, t, x.From) // who was erased meanwhile stays so
	}
	return err
}

// full reports whether no more are kept of a tenant.
func (b *Book) full(ctx context.Context, t campaign.Tenant) (bool, error) {
	b.mu.Lock()
	c, now := b.counts[t], b.now()
	b.mu.Unlock()
	if age := now.Sub(c.at); age >= 0 && age < countedFor {
		return c.n >= b.most, nil
	}
	n, err := b.Count(ctx, t)
	if err != nil {
		return false, err
	}
	b.mu.Lock()
	b.counts[t] = counted{n, now}
	b.mu.Unlock()
	return n >= b.most, nil
}

// Count is how many messages of a tenant wait.
func (b *Book) Count(ctx context.Context, t campaign.Tenant) (n int, err error) {
	now := b.now()
	for d, err := range document.All(ctx, b.store, document.Query{Tenant: string(t), Kind: kindReview, Limit: 1000}) {
		if err != nil {
			return 0, err
		}
		if d.Ref != "" && !d.Expired(now) {
			n++
		}
	}
	return n, nil
}

// Count is how many messages wait for somebody. It takes the role Viewer.
func (d *Desk) Count(ctx context.Context) (int, error) {
	if err := d.c.May(campaign.Viewer); err != nil {
		return 0, err
	}
	return d.b.Count(ctx, d.c.Tenant)
}

// Reviews lists up to limit messages that wait, the oldest first, with a larger
// ID than after. It takes the role Operator.
func (d *Desk) Reviews(ctx context.Context, after int64, limit int) ([]Review, error) {
	return d.reviews(ctx, document.Query{After: keyOf(max(after, 0))}, limit)
}

// ReviewsOf are those of one person, for who wants to know what is held. It takes
// the role Operator.
func (d *Desk) ReviewsOf(ctx context.Context, p contact.Phone) (all []Review, err error) {
	for _, spelled := range p.Canonical().Stored() {
		some, err := d.reviews(ctx, document.Query{Ref: string(spelled)}, MaxReviews)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (d *Desk) reviews(ctx context.Context, q document.Query, limit int) (all []Review, err error) {
	if err := d.c.May(campaign.Operator); err != nil {
		return nil, err
	}
	q.Tenant, q.Kind, q.Limit = string(d.c.Tenant), kindReview, max(limit, 1)
	now := d.b.now()
	for doc, err := range document.All(ctx, d.b.store, q) {
		if err != nil {
			return nil, err
		}
		if doc.Ref == "" || doc.Expired(now) {
			continue
		}
		r, err := d.b.open(doc)
		if err != nil {
			return nil, err
		}
		if all = append(all, r); len(all) >= limit {
			break
		}
	}
	phones := make([]contact.Phone, len(all))
	for i := range all {
		phones[i] = all[i].From
	}
	out, err := d.b.engine.As(d.c).OptedOut(ctx, phones...)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].OptedOut = out[i]
	}
	return all, nil
}

// open reads a review.
func (b *Book) open(d document.Document) (Review, error) {
	var n note
	if err := json.Unmarshal(d.Data, &n); err != nil {
		return Review{}, fmt.Errorf("optout: a review cannot be read: %w", err)
	}
	id, err := strconv.ParseInt(d.Key, 10, 64)
	if err != nil {
		return Review{}, fmt.Errorf("optout: a review has no number: %w", err)
	}
	said, err := b.box.Open(n.Sealed, d.Tenant, d.Key, d.Ref)
	word, text, _ := strings.Cut(said, "\n")
	return Review{ID: id, Campaign: n.Campaign, Unreadable: err != nil,
		Doubt: Doubt{From: contact.Phone(d.Ref), Text: text, Word: word, Message: n.Message, At: n.At, Instance: n.Instance}}, nil
}

// Review returns one message that waits; campaign.ErrNotFound if it waits no
// more. It takes the role Operator.
func (d *Desk) Review(ctx context.Context, id int64) (Review, error) {
	if err := d.c.May(campaign.Operator); err != nil {
		return Review{}, err
	}
	doc, err := d.b.store.Get(ctx, string(d.c.Tenant), kindReview, keyOf(id))
	if err != nil {
		return Review{}, missing(err)
	}
	if doc.Ref == "" || doc.Expired(d.b.now()) {
		return Review{}, campaign.ErrNotFound
	}
	r, err := d.b.open(doc)
	if err != nil {
		return Review{}, err
	}
	out, err := d.b.engine.As(d.c).OptedOut(ctx, r.From)
	if err != nil {
		return Review{}, err
	}
	r.OptedOut = out[0]
	return r, nil
}

// Take opts the person of a message out, at the level of an operator, and takes
// everything that waits of them off the list. The evidence is what is said, and
// which message it was; it must not hold the message's text, since the log is
// never erased. It takes the role Operator.
func (d *Desk) Take(ctx context.Context, id int64, evidence string) (Review, error) {
	r, err := d.Review(ctx, id)
	if err != nil {
		return r, err
	}
	which := "message " + r.Message
	if evidence != "" {
		which = evidence + " (" + which + ")"
	}
	why := campaign.Because(campaign.CodeByPerson, "reason", which, "message", r.Message, "instance", strconv.FormatInt(int64(r.Instance), 10))
	if err := d.b.engine.As(d.c).OptOut(ctx, why, r.From); err != nil {
		return r, err
	}
	r.OptedOut = true
	return r, d.b.Settle(ctx, d.c.Tenant, r.From)
}

// Dismiss takes a message off the list: it was no wish. The log tells who did
// it. It takes the role Operator.
func (d *Desk) Dismiss(ctx context.Context, id int64) error {
	r, err := d.Review(ctx, id)
	if err != nil {
		return err
	}
	if err := d.record(ctx, campaign.EventReviewDismissed, campaign.Because(campaign.CodeAbout, "message", r.Message, "instance", strconv.FormatInt(int64(r.Instance), 10))); err != nil {
		return err
	}
	return d.b.done(ctx, document.Name(string(d.c.Tenant), kindReview, keyOf(id)))
}

// Settle takes what waits of a person off the list, when they have left.
func (b *Book) Settle(ctx context.Context, t campaign.Tenant, p contact.Phone) error {
	for _, spelled := range p.Canonical().Stored() {
		for d, err := range document.All(ctx, b.store, document.Query{Tenant: string(t), Kind: kindReview, Ref: string(spelled)}) {
			if err != nil {
				return err
			}
			if err := b.done(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// done empties a review. What is left tells for a day that the message was
// looked at.
func (b *Book) done(ctx context.Context, d document.Document) error {
	defer b.recount(campaign.Tenant(d.Tenant))
	d.Ref, d.Data, d.Rev, d.ExpiresAt = "", []byte("{}"), document.AnyRev, b.now().Add(doneKept)
	_, err := b.store.Apply(ctx, document.Put(d))
	return err
}
