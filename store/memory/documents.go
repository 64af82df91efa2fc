package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// documents implements document.Store. Its lock is its own, so it may be used
// while an Update of the campaigns runs.
type documents struct {
	store *Store

	mu      sync.RWMutex
	rev     int64
	drawers map[drawer]*drawerful
}

// drawer holds the documents of one kind of one tenant.
type drawer struct{ tenant, kind string }

type drawerful struct {
	rows map[string]document.Document
	keys []string // sorted
}

var _ document.Store = (*documents)(nil)

// Documents are the small records of all tenants.
func (s *Store) Documents() document.Store { return s.documents }

func newDocuments(s *Store) *documents {
	return &documents{store: s, drawers: make(map[drawer]*drawerful)}
}

func (c *documents) ready(ctx context.Context) error {
	if c.store.closed.Load() {
		return fmt.Errorf("memory: %w", campaign.ErrClosed)
	}
	return ctx.Err()
}

// find returns the stored document; Rev 0 when there is none.
func (c *documents) find(tenant, kind, key string) document.Document {
	if in := c.drawers[drawer{tenant, kind}]; in != nil {
		return in.rows[key]
	}
	return document.Document{}
}

// Get implements document.Store.
func (c *documents) Get(ctx context.Context, tenant, kind, key string) (document.Document, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if err := c.ready(ctx); err != nil {
		return document.Document{}, err
	}
	d := c.find(tenant, kind, key)
	if d.Rev == 0 {
		return document.Document{}, noDocument(kind, document.ErrNotFound)
	}
	return d.Clone(), nil
}

func noDocument(kind string, why error) error { return fmt.Errorf("memory: %s: %w", kind, why) }

// List implements document.Store.
func (c *documents) List(ctx context.Context, q document.Query) (list []document.Document, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	in := c.drawers[drawer{q.Tenant, q.Kind}]
	if in == nil {
		return nil, nil
	}
	from, there := slices.BinarySearch(in.keys, q.After)
	if there {
		from++
	}
	for _, key := range in.keys[from:] {
		if len(list) == q.PageLimit() {
			break
		}
		if d := in.rows[key]; q.Ref == "" || d.Ref == q.Ref {
			list = append(list, d.Clone())
		}
	}
	return list, nil
}

// Apply implements document.Store.
func (c *documents) Apply(ctx context.Context, changes ...document.Change) ([]document.Document, error) {
	if _, err := document.Order(changes); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	// No two changes have one name, so that they can be asked one by one before
	// the first is made.
	for _, ch := range changes {
		if err := c.allows(ch); err != nil {
			return nil, err
		}
	}
	after := make([]document.Document, len(changes))
	for i, ch := range changes {
		d := ch.Document.Clone()
		if ch.Remove {
			c.remove(d)
		} else {
			d = c.put(d)
		}
		after[i] = d.Clone()
	}
	return after, nil
}

func (c *documents) allows(ch document.Change) error {
	d, have := ch.Document, c.find(ch.Document.Tenant, ch.Document.Kind, ch.Document.Key)
	switch {
	case d.Rev == document.AnyRev, d.Rev == have.Rev:
		return nil
	case d.Rev == 0:
		return noDocument(d.Kind, document.ErrExists)
	case have.Rev == 0:
		return noDocument(d.Kind, document.ErrNotFound)
	}
	return noDocument(d.Kind, document.ErrStale)
}

func (c *documents) put(d document.Document) document.Document {
	in := c.drawers[drawer{d.Tenant, d.Kind}]
	if in == nil {
		in = &drawerful{rows: make(map[string]document.Document)}
		c.drawers[drawer{d.Tenant, d.Kind}] = in
	}
	if _, known := in.rows[d.Key]; !known {
		i, _ := slices.BinarySearch(in.keys, d.Key)
		in.keys = slices.Insert(in.keys, i, d.Key)
	}
	c.rev++
	d.Rev = c.rev
	if !d.ExpiresAt.IsZero() {
		d.ExpiresAt = d.ExpiresAt.UTC().Truncate(time.Microsecond)
	}
	in.rows[d.Key] = d
	return d
}

func (c *documents) remove(d document.Document) {
	in := c.drawers[drawer{d.Tenant, d.Kind}]
	if in == nil {
		return
	}
	if i, known := slices.BinarySearch(in.keys, d.Key); known {
		in.keys = slices.Delete(in.keys, i, i+1)
		delete(in.rows, d.Key)
	}
	if len(in.keys) == 0 {
		delete(c.drawers, drawer{d.Tenant, d.Kind})
	}
}

// Purge implements document.Store.
func (c *documents) Purge(ctx context.Context, now time.Time, max int) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	var due []document.Document
	for _, in := range c.drawers {
		for _, d := range in.rows {
			if len(due) < max && d.Expired(now) {
				due = append(due, d)
			}
		}
	}
	for _, d := range due {
		c.remove(d)
	}
	return len(due), nil
}
