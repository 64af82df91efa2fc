package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// people implements contact.Store for one tenant. Its lock is its own, so it
// may be read while an Update of the campaigns runs.
type people struct {
	store *Store

	mu      sync.RWMutex
	last    int64
	rows    map[int64]*person
	order   []int64 // ids, rising; those of deleted contacts are dropped when they are half
	byPhone map[contact.Phone]int64
	tags    map[string]int64

	lastGroup int64
	groups    map[int64]*group
	byName    map[string]int64
}

type person struct {
	contact.Contact
	key    string // Contact.SearchKey
	groups map[int64]struct{}
}

type group struct {
	contact.Group
	members map[int64]struct{}
}

var _ contact.Store = (*people)(nil)

func (s *Store) peopleOf(name campaign.Tenant) *people {
	s.contactsMu.Lock()
	defer s.contactsMu.Unlock()
	p := s.contacts[name]
	if p == nil {
		p = &people{store: s, rows: make(map[int64]*person), byPhone: make(map[contact.Phone]int64),
			tags: make(map[string]int64), groups: make(map[int64]*group), byName: make(map[string]int64)}
		s.contacts[name] = p
	}
	return p
}

func (p *people) ready(ctx context.Context) error {
	if p.store.closed.Load() {
		return fmt.Errorf("memory: %w", campaign.ErrClosed)
	}
	return ctx.Err()
}

func (p *people) lock(ctx context.Context) (unlock func(), err error) {
	p.mu.Lock()
	if err := p.ready(ctx); err != nil {
		p.mu.Unlock()
		return nil, err
	}
	return p.mu.Unlock, nil
}

func (p *people) rlock(ctx context.Context) (unlock func(), err error) {
	p.mu.RLock()
	if err := p.ready(ctx); err != nil {
		p.mu.RUnlock()
		return nil, err
	}
	return p.mu.RUnlock, nil
}

func noContact(id int64) error {
	return fmt.Errorf("memory: contact %d: %w", id, contact.ErrNotFound)
}

func noGroup(id int64) error { return fmt.Errorf("memory: group %d: %w", id, contact.ErrNotFound) }

// CreateContact implements contact.Book.
func (p *people) CreateContact(ctx context.Context, now time.Time, c contact.Contact) (contact.Contact, error) {
	if err := c.Validate(); err != nil {
		return contact.Contact{}, err
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return contact.Contact{}, err
	}
	defer unlock()
	if id, known := p.byPhone[c.Phone]; known {
		return contact.Contact{}, &contact.DuplicateError{Field: "phone", ID: id}
	}
	return p.insert(now, c).Clone(), nil
}

func (p *people) insert(now time.Time, c contact.Contact) contact.Contact {
	c = c.Clone()
	p.last++
	c.ID, c.CreatedAt, c.UpdatedAt = p.last, now.UTC(), now.UTC()
	p.rows[c.ID] = &person{Contact: c, key: c.SearchKey()}
	p.order = append(p.order, c.ID)
	p.byPhone[c.Phone] = c.ID
	p.countTags(c.Tags, 1)
	return c
}

func (p *people) countTags(tags []string, by int64) {
	for _, t := range tags {
		if p.tags[t] += by; p.tags[t] == 0 {
			delete(p.tags, t)
		}
	}
}

func (p *people) replace(row *person, now time.Time, c contact.Contact) contact.Contact {
	c = c.Clone()
	c.ID, c.CreatedAt, c.UpdatedAt = row.ID, row.CreatedAt, now.UTC()
	delete(p.byPhone, row.Phone)
	p.byPhone[c.Phone] = c.ID
	p.countTags(row.Tags, -1)
	p.countTags(c.Tags, 1)
	row.Contact, row.key = c, c.SearchKey()
	return c
}

// UpdateContact implements contact.Book.
func (p *people) UpdateContact(ctx context.Context, now time.Time, id int64, edit func(*contact.Contact) error) (contact.Contact, error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return contact.Contact{}, err
	}
	defer unlock()
	row := p.rows[id]
	if row == nil {
		return contact.Contact{}, noContact(id)
	}
	c := row.Contact.Clone()
	if err := edit(&c); err != nil {
		return contact.Contact{}, err
	}
	if err := c.Validate(); err != nil {
		return contact.Contact{}, err
	}
	if other, known := p.byPhone[c.Phone]; known && other != id {
		return contact.Contact{}, &contact.DuplicateError{Field: "phone", ID: other}
	}
	return p.replace(row, now, c).Clone(), nil
}

// DeleteContact implements contact.Book.
func (p *people) DeleteContact(ctx context.Context, id int64) error {
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	row := p.rows[id]
	if row == nil {
		return noContact(id)
	}
	p.remove(row)
	return nil
}

func (p *people) remove(row *person) {
	for g := range row.groups {
		delete(p.groups[g].members, row.ID)
	}
	delete(p.byPhone, row.Phone)
	p.countTags(row.Tags, -1)
	delete(p.rows, row.ID)
	if len(p.order) > 2*len(p.rows) {
		p.order = slices.DeleteFunc(p.order, func(id int64) bool { return p.rows[id] == nil })
	}
}

// UpsertContacts implements contact.Book.
func (p *people) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	return p.upsertAll(ctx, now, cs, true)
}

// AddContacts implements contact.Book.
func (p *people) AddContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	return p.upsertAll(ctx, now, cs, false)
}

func (p *people) upsertAll(ctx context.Context, now time.Time, cs []contact.Contact, merge bool) ([]contact.Upserted, error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := make([]contact.Upserted, len(cs))
	for i, c := range cs {
		out[i] = p.upsert(now, c, merge)
	}
	return out, nil
}

func (p *people) upsert(now time.Time, c contact.Contact, merge bool) contact.Upserted {
	if err := c.Validate(); err != nil {
		return contact.Upserted{Outcome: contact.Rejected, Err: err}
	}
	row := p.rows[p.byPhone[c.Phone]]
	if row == nil {
		return contact.Upserted{ID: p.insert(now, c).ID, Outcome: contact.Created}
	}
	if !merge {
		return contact.Upserted{ID: row.ID, Outcome: contact.Unchanged}
	}
	merged := row.Contact.Merge(c)
	if err := merged.Validate(); err != nil {
		return contact.Upserted{ID: row.ID, Outcome: contact.Rejected, Err: err}
	}
	if merged.Same(row.Contact) {
		return contact.Upserted{ID: row.ID, Outcome: contact.Unchanged}
	}
	p.replace(row, now, merged)
	return contact.Upserted{ID: row.ID, Outcome: contact.Updated}
}

// Contact implements contact.Finder.
func (p *people) Contact(ctx context.Context, id int64) (contact.Contact, error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return contact.Contact{}, err
	}
	defer unlock()
	row := p.rows[id]
	if row == nil {
		return contact.Contact{}, noContact(id)
	}
	return row.Contact.Clone(), nil
}

// ContactByPhone implements contact.Finder.
func (p *people) ContactByPhone(ctx context.Context, phone contact.Phone) (contact.Contact, error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return contact.Contact{}, err
	}
	defer unlock()
	row := p.rows[p.byPhone[phone]]
	if row == nil {
		return contact.Contact{}, fmt.Errorf("memory: no contact has this phone: %w", contact.ErrNotFound)
	}
	return row.Contact.Clone(), nil
}

// Contacts implements contact.Finder.
func (p *people) Contacts(ctx context.Context, f contact.Filter, page contact.Page) ([]contact.Contact, error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var out []contact.Contact
	p.selected(f, page.After, func(row *person) bool {
		out = append(out, row.Contact.Clone())
		return len(out) < page.Size()
	})
	return out, nil
}

// CountContacts implements contact.Finder.
func (p *people) CountContacts(ctx context.Context, f contact.Filter, most int64) (n contact.Count, err error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return n, err
	}
	defer unlock()
	p.selected(f, 0, func(*person) bool {
		if n.More = most > 0 && n.N == most; !n.More {
			n.N++
		}
		return !n.More
	})
	return n, nil
}

// selected yields what f selects after an id, by rising id.
func (p *people) selected(f contact.Filter, after int64, yield func(*person) bool) {
	f = f.Normal()
	ids := p.order[sort.Search(len(p.order), func(i int) bool { return p.order[i] > after }):]
	if f.Group != 0 {
		g := p.groups[f.Group]
		if g == nil {
			return
		}
		if len(g.members) < len(ids)/8 {
			ids = slices.DeleteFunc(slices.Sorted(maps.Keys(g.members)), func(id int64) bool { return id <= after })
		}
	}
	for _, id := range ids {
		if row := p.rows[id]; row != nil && row.matches(f) && !yield(row) {
			return
		}
	}
}

// matches is contact.Filter.Matches for a normal filter and a stored key.
func (row *person) matches(f contact.Filter) bool {
	if _, member := row.groups[f.Group]; f.Group != 0 && !member {
		return false
	}
	if f.Active == contact.OnlyActive && !row.Active || f.Active == contact.OnlyInactive && row.Active {
		return false
	}
	has := func(tag string) bool {
		_, found := slices.BinarySearch(row.Tags, tag)
		return found
	}
	if len(f.TagsAny) > 0 && !slices.ContainsFunc(f.TagsAny, has) {
		return false
	}
	for _, tag := range f.TagsAll {
		if !has(tag) {
			return false
		}
	}
	return f.Search == "" || strings.Contains(row.key, f.Search)
}

// Tags implements contact.Finder.
func (p *people) Tags(ctx context.Context) ([]contact.TagCount, error) {
	unlock, err := p.rlock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := make([]contact.TagCount, 0, len(p.tags))
	for _, t := range slices.Sorted(maps.Keys(p.tags)) {
		out = append(out, contact.TagCount{Tag: t, Count: p.tags[t]})
	}
	return out, nil
}
