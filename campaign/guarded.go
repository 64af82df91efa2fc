package campaign

import (
	"context"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// guarded asks for the caller's role before it touches people.
type guarded struct {
	of     contact.Store
	caller Caller
}

var (
	_ contact.Store  = guarded{}
	_ contact.Holder = guarded{}
)

// Hold implements contact.Holder.
func (g guarded) Hold() time.Duration {
	if h, ok := g.of.(contact.Holder); ok {
		return h.Hold()
	}
	return 0
}

// allowed calls f for a caller who has the role.
func allowed[T any](c Caller, r Role, f func() (T, error)) (v T, err error) {
	if err := c.may(r); err != nil {
		return v, err
	}
	return f()
}

// CreateContact implements contact.Book.
func (g guarded) CreateContact(ctx context.Context, now time.Time, c contact.Contact) (contact.Contact, error) {
	return allowed(g.caller, Operator, func() (contact.Contact, error) { return g.of.CreateContact(ctx, now, c) })
}

// UpdateContact implements contact.Book.
func (g guarded) UpdateContact(ctx context.Context, now time.Time, id int64, edit func(*contact.Contact) error) (contact.Contact, error) {
	return allowed(g.caller, Operator, func() (contact.Contact, error) { return g.of.UpdateContact(ctx, now, id, edit) })
}

// DeleteContact implements contact.Book.
func (g guarded) DeleteContact(ctx context.Context, id int64) error {
	if err := g.caller.may(Operator); err != nil {
		return err
	}
	return g.of.DeleteContact(ctx, id)
}

// UpsertContacts implements contact.Book.
func (g guarded) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	return allowed(g.caller, Operator, func() ([]contact.Upserted, error) { return g.of.UpsertContacts(ctx, now, cs) })
}

// AddContacts implements contact.Book.
func (g guarded) AddContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	return allowed(g.caller, Operator, func() ([]contact.Upserted, error) { return g.of.AddContacts(ctx, now, cs) })
}

// Contact implements contact.Finder.
func (g guarded) Contact(ctx context.Context, id int64) (contact.Contact, error) {
	return allowed(g.caller, Viewer, func() (contact.Contact, error) { return g.of.Contact(ctx, id) })
}

// ContactByPhone implements contact.Finder.
func (g guarded) ContactByPhone(ctx context.Context, p contact.Phone) (contact.Contact, error) {
	return allowed(g.caller, Viewer, func() (contact.Contact, error) { return g.of.ContactByPhone(ctx, p) })
}

// Contacts implements contact.Finder.
func (g guarded) Contacts(ctx context.Context, f contact.Filter, p contact.Page) ([]contact.Contact, error) {
	return allowed(g.caller, Viewer, func() ([]contact.Contact, error) { return g.of.Contacts(ctx, f, p) })
}

// CountContacts implements contact.Finder.
func (g guarded) CountContacts(ctx context.Context, f contact.Filter, most int64) (contact.Count, error) {
	return allowed(g.caller, Viewer, func() (contact.Count, error) { return g.of.CountContacts(ctx, f, most) })
}

// Tags implements contact.Finder.
func (g guarded) Tags(ctx context.Context) ([]contact.TagCount, error) {
	return allowed(g.caller, Viewer, func() ([]contact.TagCount, error) { return g.of.Tags(ctx) })
}

// CreateGroup implements contact.Groups.
func (g guarded) CreateGroup(ctx context.Context, now time.Time, in contact.Group) (contact.Group, error) {
	return allowed(g.caller, Operator, func() (contact.Group, error) { return g.of.CreateGroup(ctx, now, in) })
}

// Group implements contact.Groups.
func (g guarded) Group(ctx context.Context, id int64) (contact.Group, error) {
	return allowed(g.caller, Viewer, func() (contact.Group, error) { return g.of.Group(ctx, id) })
}

// UpdateGroup implements contact.Groups.
func (g guarded) UpdateGroup(ctx context.Context, now time.Time, id int64, edit func(*contact.Group) error) (contact.Group, error) {
	return allowed(g.caller, Operator, func() (contact.Group, error) { return g.of.UpdateGroup(ctx, now, id, edit) })
}

// DeleteGroup implements contact.Groups.
func (g guarded) DeleteGroup(ctx context.Context, id int64) error {
	if err := g.caller.may(Operator); err != nil {
		return err
	}
	return g.of.DeleteGroup(ctx, id)
}

// Groups implements contact.Groups.
func (g guarded) Groups(ctx context.Context, p contact.Page) ([]contact.Group, error) {
	return allowed(g.caller, Viewer, func() ([]contact.Group, error) { return g.of.Groups(ctx, p) })
}

// AddMembers implements contact.Members.
func (g guarded) AddMembers(ctx context.Context, now time.Time, group int64, contacts []int64) (int64, error) {
	return allowed(g.caller, Operator, func() (int64, error) { return g.of.AddMembers(ctx, now, group, contacts) })
}

// RemoveMembers implements contact.Members.
func (g guarded) RemoveMembers(ctx context.Context, now time.Time, group int64, contacts []int64) (int64, error) {
	return allowed(g.caller, Operator, func() (int64, error) { return g.of.RemoveMembers(ctx, now, group, contacts) })
}

// GroupsOf implements contact.Members.
func (g guarded) GroupsOf(ctx context.Context, id int64) ([]contact.Group, error) {
	return allowed(g.caller, Viewer, func() ([]contact.Group, error) { return g.of.GroupsOf(ctx, id) })
}
