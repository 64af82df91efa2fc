package optout

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/vault"
	"github.com/alreasense/campaigns/contact"
)

// Book keeps the words and the reviews of all tenants. It is safe for concurrent
// use, also by several processes on one store.
type Book struct {
	engine *campaign.Engine
	store  document.Store
	box    *vault.Box
	now    func() time.Time
	most   int

	mu     sync.Mutex
	counts map[campaign.Tenant]counted
}

// counted is how many reviews a tenant had when they were counted last.
type counted struct {
	n  int
	at time.Time
}

// New returns the book that a store of documents holds. secret is the
// installation's own, 32 random bytes or more, from which the key is derived that
// seals what people wrote. New starts nothing and asks nobody.
func New(e *campaign.Engine, s document.Store, secret []byte) (*Book, error) {
	if e == nil || s == nil {
		return nil, errors.New("optout: New needs an engine and a store of documents")
	}
	box, err := vault.New(secret, "campaigns/optout")
	if err != nil {
		return nil, err
	}
	return &Book{engine: e, store: s, box: box, now: func() time.Time { return e.Now().UTC() }, most: MaxReviews, counts: make(map[campaign.Tenant]counted)}, nil
}

// Desk reads and changes what one tenant has, for one caller.
type Desk struct {
	b *Book
	c campaign.Caller
}

// As binds a caller.
func (b *Book) As(c campaign.Caller) *Desk { return &Desk{b, c} }

// record writes an event with the caller as its author.
func (d *Desk) record(ctx context.Context, what campaign.EventType, why campaign.Reason) error {
	return d.b.engine.As(campaign.Caller{Tenant: d.c.Tenant, Author: d.c.Author, Role: campaign.Host}).Note(ctx, what, why)
}

// missing turns the store's words into those of the ledger.
func missing(err error) error {
	switch {
	case errors.Is(err, document.ErrNotFound):
		return campaign.ErrNotFound
	case errors.Is(err, document.ErrStale), errors.Is(err, document.ErrExists):
		return campaign.ErrStale
	}
	return err
}

// Forget takes a person out of the reviews: give it to campaign.Options.Forget.
func (b *Book) Forget(ctx context.Context, t campaign.Tenant, p contact.Phone) error {
	defer b.recount(t)
	for d, err := range document.All(ctx, b.store, document.Query{Tenant: string(t), Kind: kindReview, Ref: string(p)}) {
		if err != nil {
			return err
		}
		if _, err := b.store.Apply(ctx, document.Delete(document.Name(d.Tenant, d.Kind, d.Key))); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) recount(t campaign.Tenant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.counts, t)
}
