// Package contacttest has the suite that every contact.Store passes.
//
//	func TestContacts(t *testing.T) {
//		contacttest.Store(t, func(t *testing.T) contact.Store { return open(t) })
//	}
package contacttest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Store checks that the stores that open returns keep the contract of
// contact.Store. Open is called once for each rule and returns an empty store
// of one tenant; it registers what must be closed with t.Cleanup. A broken rule
// prints the reason why the rule exists.
func Store(t *testing.T, open func(t *testing.T) contact.Store) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			k := &kit{T: t, Store: open(t), ctx: t.Context()}
			r.check(k)
			if t.Failed() {
				t.Logf("the rule: %s", r.why)
			}
		})
	}
}

type rule struct {
	name, why string
	check     func(k *kit)
}

// now is the instant of the first write; later ones follow by minutes.
var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var rules = []rule{
	{"create and get", "what is written is what is read", func(k *kit) {
		in := contact.Contact{
			ID: 77, Name: "Maria", Phone: phone(1), Email: "m@example.com", ReferredBy: "Ana", Tags: []string{"a", "b"},
			Vars: map[string]string{"cidade": "São Paulo"}, Notes: "linha\noutra", Active: true, Consent: "site",
			Basis: contact.BasisContract, CreatedAt: now.Add(-time.Hour), UpdatedAt: now.Add(-time.Hour),
		}
		k.whole(in)
		c := k.create(in)
		k.is(c.ID > 0 && c.ID != 77, "the store gives the id")
		k.is(c.CreatedAt.Equal(now) && c.UpdatedAt.Equal(now), "times are those of the caller, got %v and %v", c.CreatedAt, c.UpdatedAt)
		got := k.get(c.ID)
		k.is(got.Same(in) && got.ID == c.ID && got.CreatedAt.Equal(now), "read %+v", got)
		by, err := k.ContactByPhone(k.ctx, phone(1))
		k.is(err == nil && by.ID == c.ID, "found by phone: %v", err)
		next := k.create(contact.Contact{Phone: phone(2)})
		k.is(next.ID > c.ID, "ids rise, so that a walk by id ends")
		k.is(!k.get(next.ID).Active, "an inactive contact stays inactive")
	}},
	{"not found", "a stranger's id looks like no id", func(k *kit) {
		_, err := k.Contact(k.ctx, 999)
		k.wraps(err, contact.ErrNotFound)
		_, err = k.ContactByPhone(k.ctx, phone(1))
		k.wraps(err, contact.ErrNotFound)
		_, err = k.UpdateContact(k.ctx, now, 999, func(*contact.Contact) error { return nil })
		k.wraps(err, contact.ErrNotFound)
		k.wraps(k.DeleteContact(k.ctx, 999), contact.ErrNotFound)
		_, err = k.Group(k.ctx, 999)
		k.wraps(err, contact.ErrNotFound)
		_, err = k.UpdateGroup(k.ctx, now, 999, func(*contact.Group) error { return nil })
		k.wraps(err, contact.ErrNotFound)
		k.wraps(k.DeleteGroup(k.ctx, 999), contact.ErrNotFound)
		_, err = k.AddMembers(k.ctx, now, 999, nil)
		k.wraps(err, contact.ErrNotFound)
		_, err = k.RemoveMembers(k.ctx, now, 999, nil)
		k.wraps(err, contact.ErrNotFound)
	}},
	{"copies", "a caller that changes what it holds does not change what is stored", func(k *kit) {
		in := contact.Contact{Phone: phone(1), Tags: []string{"a"}, Vars: map[string]string{"v": "1"}}
		c := k.create(in)
		in.Tags[0], in.Vars["v"] = "changed", "changed"
		c.Tags[0], c.Vars["v"] = "changed", "changed"
		got := k.get(c.ID)
		got.Tags[0], got.Vars["v"] = "changed", "changed"
		got = k.get(c.ID)
		k.is(slices.Equal(got.Tags, []string{"a"}) && got.Vars["v"] == "1", "read %v %v", got.Tags, got.Vars)
	}},
	{"invalid", "a store is the last who can refuse what nobody could send to", func(k *kit) {
		_, err := k.CreateContact(k.ctx, now, contact.Contact{Phone: "11900000001"})
		k.wraps(err, contact.ErrInvalid)
		c := k.create(contact.Contact{Phone: phone(1), Name: "Maria"})
		_, err = k.UpdateContact(k.ctx, now, c.ID, func(c *contact.Contact) error { c.Tags = []string{"VIP"}; return nil })
		k.wraps(err, contact.ErrInvalid)
		_, err = k.CreateGroup(k.ctx, now, contact.Group{})
		k.wraps(err, contact.ErrInvalid)
		k.is(k.count(contact.Filter{}) == 1 && k.get(c.ID).Tags == nil, "nothing was stored")
	}},
	{"P5 duplicate phone", "one person is one contact, and a contact is not its own duplicate", func(k *kit) {
		a := k.create(contact.Contact{Phone: phone(1), Name: "Ana"})
		b := k.create(contact.Contact{Phone: phone(2), Name: "Bia"})
		_, err := k.CreateContact(k.ctx, now, contact.Contact{Phone: phone(1)})
		k.duplicate(err, "phone", a.ID)
		_, err = k.UpdateContact(k.ctx, now, b.ID, func(c *contact.Contact) error { c.Phone = phone(1); return nil })
		k.duplicate(err, "phone", a.ID)
		k.is(k.get(b.ID).Phone == phone(2), "a refused edit changes nothing")
		_, err = k.UpdateContact(k.ctx, now, a.ID, func(c *contact.Contact) error { c.Name = "Ana Souza"; c.Phone = phone(1); return nil })
		k.is(err == nil, "an edit that keeps the phone: %v", err)
		_, err = k.UpdateContact(k.ctx, now, a.ID, func(c *contact.Contact) error { c.Phone = phone(3); return nil })
		k.is(err == nil, "a free phone: %v", err)
		k.create(contact.Contact{Phone: phone(1)})
		by, err := k.ContactByPhone(k.ctx, phone(3))
		k.is(err == nil && by.ID == a.ID, "found by the new phone: %v", err)
	}},
	{"update", "an edit is all or nothing, and cannot rewrite history", func(k *kit) {
		c := k.create(contact.Contact{Phone: phone(1), Name: "Ana"})
		refused := errors.New("the caller says no")
		_, err := k.UpdateContact(k.ctx, now, c.ID, func(c *contact.Contact) error { c.Name = "x"; return refused })
		k.wraps(err, refused)
		k.is(k.get(c.ID).Name == "Ana", "an edit that failed is not stored")
		later := now.Add(time.Minute)
		got, err := k.UpdateContact(k.ctx, later, c.ID, func(c *contact.Contact) error {
			c.ID, c.CreatedAt, c.Name, c.Active, c.Tags = 9, later, "Bia", true, []string{"z"}
			return nil
		})
		k.is(err == nil && got.ID == c.ID && got.CreatedAt.Equal(now) && got.UpdatedAt.Equal(later), "got %+v, %v", got, err)
		k.is(k.get(c.ID).Same(contact.Contact{Phone: phone(1), Name: "Bia", Active: true, Tags: []string{"z"}}), "stored")
	}},
	{"concurrent edits", "two people who edit at once both get what they wrote", func(k *kit) {
		c := k.create(contact.Contact{Phone: phone(1), Vars: map[string]string{"n": ""}})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := k.UpdateContact(k.ctx, now, c.ID, func(c *contact.Contact) error { c.Vars["n"] += "x"; return nil })
				k.is(err == nil, "edit: %v", err)
			})
		}
		all.Wait()
		k.is(k.get(c.ID).Vars["n"] == strings.Repeat("x", 8), "an edit was lost: %q", k.get(c.ID).Vars["n"])
	}},
	{"delete", "a deleted person is nowhere", func(k *kit) {
		c := k.create(contact.Contact{Phone: phone(1), Tags: []string{"a"}})
		g := k.group("g", c.ID)
		k.is(k.DeleteContact(k.ctx, c.ID) == nil, "delete")
		_, err := k.ContactByPhone(k.ctx, phone(1))
		k.wraps(err, contact.ErrNotFound)
		k.is(k.count(contact.Filter{TagsAny: []string{"a"}}) == 0 && k.count(contact.Filter{Group: g}) == 0, "neither by tag nor in a group")
		again := k.create(contact.Contact{Phone: phone(1)})
		k.is(again.ID > c.ID, "an id is never given twice")
		k.is(k.count(contact.Filter{Group: g}) == 0, "the new contact does not inherit the membership")
	}},
	{"P7 upsert", "a batch brings in every valid row, once, and says what became of each", func(k *kit) {
		old := k.create(contact.Contact{Phone: phone(1), Name: "Ana", Tags: []string{"a"}, Consent: "site"})
		same := k.create(contact.Contact{Phone: phone(2), Name: "Bia", Active: true})
		later := now.Add(time.Minute)
		got, err := k.UpsertContacts(k.ctx, later, []contact.Contact{
			{Phone: phone(3), Name: "Cris", Active: true},
			{Phone: "not a phone"},
			{Phone: phone(1), Name: "Ana Souza", Tags: []string{"b"}, Active: true},
			{Phone: phone(2), Name: "Bia", Active: true},
			{Phone: phone(3), Tags: []string{"c"}, Active: true},
		})
		k.is(err == nil && len(got) == 5, "%d answers, %v", len(got), err)
		if len(got) != 5 {
			return
		}
		for i, want := range []contact.Outcome{contact.Created, contact.Rejected, contact.Updated, contact.Unchanged, contact.Updated} {
			k.is(got[i].Outcome == want, "row %d is %s, not %s", i, got[i].Outcome, want)
		}
		k.wraps(got[1].Err, contact.ErrInvalid)
		k.is(got[2].ID == old.ID && got[3].ID == same.ID && got[4].ID == got[0].ID, "ids: %+v", got)
		k.is(k.get(old.ID).Same(contact.Contact{Phone: phone(1), Name: "Ana Souza", Tags: []string{"a", "b"}, Consent: "site"}),
			"merged, and still inactive: %+v", k.get(old.ID))
		k.is(k.get(old.ID).UpdatedAt.Equal(later) && k.get(old.ID).CreatedAt.Equal(now), "times of the merged")
		k.is(k.get(same.ID).UpdatedAt.Equal(now), "what did not change was not written")
		k.is(slices.Equal(k.get(got[0].ID).Tags, []string{"c"}), "the second row of a phone is merged into the first")
		k.is(k.count(contact.Filter{}) == 3, "three people")
		none, err := k.UpsertContacts(k.ctx, later, nil)
		k.is(err == nil && len(none) == 0, "an empty batch: %v", err)
	}},
	{"P3 pages", "an audience is everyone, not the first page", func(k *kit) {
		const n = 2345
		batch := make([]contact.Contact, n)
		for i := range batch {
			batch[i] = contact.Contact{Phone: phone(i), Tags: []string{"todos"}, Active: i%2 == 0}
		}
		_, err := k.UpsertContacts(k.ctx, now, batch)
		k.is(err == nil, "upsert: %v", err)
		for _, f := range []contact.Filter{{}, {TagsAny: []string{"TODOS"}}, {Active: contact.OnlyActive}} {
			want, last, seen := n, int64(0), 0
			if f.Active != "" {
				want = (n + 1) / 2
			}
			for c, err := range contact.All(k.ctx, k, f) {
				k.is(err == nil && c.ID > last, "by rising id: %d after %d, %v", c.ID, last, err)
				last = c.ID
				seen++
			}
			k.is(seen == want && k.count(f) == int64(want), "%+v: %d of %d, counted %d", f, seen, want, k.count(f))
		}
		page, err := k.Contacts(k.ctx, contact.Filter{}, contact.Page{})
		k.is(err == nil && len(page) == contact.DefaultLimit, "the default page has %d, %v", len(page), err)
		page, err = k.Contacts(k.ctx, contact.Filter{}, contact.Page{After: page[9].ID, Limit: 7})
		k.is(err == nil && len(page) == 7 && page[0].Phone == phone(10), "goes on after an id, %v", err)
	}},
	{"P4 filters", "a selection is a set, and every store selects the same", func(k *kit) {
		all := []contact.Contact{
			{Phone: phone(1), Name: "João da Conceição", Email: "Joao@Example.com", Tags: []string{"a", "b"}, Active: true},
			{Phone: phone(2), Name: "Maria 100% Silva", Tags: []string{"b", "c"}, Active: true},
			{Phone: phone(3), Name: "Ana_Souza \\o/", Tags: []string{"a", "ab"}},
			{Phone: phone(4), Name: "日本 O'Neil", Email: "o@example.com"},
		}
		for i := range all {
			all[i] = k.create(all[i])
		}
		g := k.group("g", all[0].ID, all[3].ID)
		for _, f := range []contact.Filter{
			{}, {TagsAny: []string{"a", "b", "A"}}, {TagsAll: []string{"a", "b"}}, {TagsAll: []string{"A"}, TagsAny: []string{"ab"}},
			{TagsAny: []string{"none"}}, {Group: g}, {Group: g, TagsAny: []string{"a"}}, {Group: g + 1},
			{Active: contact.OnlyActive}, {Active: contact.OnlyInactive}, {Search: "CONCEICAO"}, {Search: "joão  da"},
			{Search: "%"}, {Search: "_"}, {Search: "\\"}, {Search: "'"}, {Search: "日本"}, {Search: "example.com"},
			{Search: "11 90000"}, {Search: string(phone(2))}, {Search: "a", Active: contact.OnlyActive, TagsAny: []string{"b"}},
		} {
			var want, got []int64
			for _, c := range all {
				if f.Matches(c, f.Group == g && (c.ID == all[0].ID || c.ID == all[3].ID)) {
					want = append(want, c.ID)
				}
			}
			page, err := k.Contacts(k.ctx, f, contact.Page{})
			for _, c := range page {
				got = append(got, c.ID)
			}
			k.is(err == nil && slices.Equal(got, want), "%+v selects %v, not %v, %v", f, got, want, err)
			k.is(k.count(f) == int64(len(want)), "%+v counts %d", f, k.count(f))
		}
		tags, err := k.Tags(k.ctx)
		k.is(err == nil && fmt.Sprint(tags) == "[{a 2} {ab 1} {b 2} {c 1}]", "tags: %v, %v", tags, err)
		_, err = k.UpdateContact(k.ctx, now, all[0].ID, func(c *contact.Contact) error { c.Tags = []string{"d"}; return nil })
		k.is(err == nil, "update: %v", err)
		k.is(k.DeleteContact(k.ctx, all[1].ID) == nil, "delete")
		tags, err = k.Tags(k.ctx)
		k.is(err == nil && fmt.Sprint(tags) == "[{a 1} {ab 1} {d 1}]", "tags after an edit and a deletion: %v, %v", tags, err)
	}},
	{"groups", "a group is a set with a name of its own", func(k *kit) {
		a, b := k.create(contact.Contact{Phone: phone(1)}), k.create(contact.Contact{Phone: phone(2)})
		g, err := k.CreateGroup(k.ctx, now, contact.Group{Name: "Natal São", Description: "d", Size: 9})
		k.is(err == nil && g.ID > 0 && g.Size == 0 && g.CreatedAt.Equal(now), "create: %+v, %v", g, err)
		_, err = k.CreateGroup(k.ctx, now, contact.Group{Name: "NATAL SAO"})
		k.duplicate(err, "name", g.ID)
		for i, want := range []int64{2, 0} {
			n, err := k.AddMembers(k.ctx, now, g.ID, []int64{a.ID, b.ID, a.ID})
			k.is(err == nil && n == want, "addition %d adds %d, %v", i+1, n, err)
		}
		c := k.create(contact.Contact{Phone: phone(3)})
		_, err = k.AddMembers(k.ctx, now, g.ID, []int64{c.ID, 999})
		k.wraps(err, contact.ErrNotFound)
		got, err := k.Group(k.ctx, g.ID)
		k.is(err == nil && got.Size == 2 && got.Description == "d", "an addition with a stranger adds none: %+v, %v", got, err)
		n, err := k.RemoveMembers(k.ctx, now, g.ID, []int64{a.ID, c.ID, 999})
		k.is(err == nil && n == 1, "removes %d, %v", n, err)

		h := k.group("h", a.ID)
		_, err = k.UpdateGroup(k.ctx, now, h, func(g *contact.Group) error { g.Name = "natal são"; return nil })
		k.duplicate(err, "name", g.ID)
		up, err := k.UpdateGroup(k.ctx, now.Add(time.Minute), h, func(g *contact.Group) error { g.Name, g.ID = "H", 9; return nil })
		k.is(err == nil && up.Name == "H" && up.ID == h && up.Size == 1, "a group is not its own duplicate: %+v, %v", up, err)
		page, err := k.Groups(k.ctx, contact.Page{})
		k.is(err == nil && len(page) == 2 && page[0].ID == g.ID && page[0].Size == 1, "list: %+v, %v", page, err)
		page, err = k.Groups(k.ctx, contact.Page{After: g.ID, Limit: 1})
		k.is(err == nil && len(page) == 1 && page[0].ID == h, "next page: %+v, %v", page, err)
		k.is(k.DeleteGroup(k.ctx, h) == nil && k.count(contact.Filter{}) == 3, "members of a deleted group stay")
		_, err = k.Group(k.ctx, h)
		k.wraps(err, contact.ErrNotFound)
	}},
	{"cancelled", "a caller that has gone is not waited for", func(k *kit) {
		ctx, cancel := context.WithCancel(k.ctx)
		cancel()
		_, err := k.CreateContact(ctx, now, contact.Contact{Phone: phone(1)})
		k.wraps(err, context.Canceled)
		_, err = k.Contacts(ctx, contact.Filter{}, contact.Page{})
		k.wraps(err, context.Canceled)
		k.is(k.count(contact.Filter{}) == 0, "nothing was stored")
	}},
}

// kit is a store with the words in which rules are written.
type kit struct {
	*testing.T
	contact.Store
	ctx context.Context
}

func (k *kit) is(ok bool, format string, args ...any) {
	k.Helper()
	if !ok {
		k.Errorf(format, args...)
	}
}

// whole fails unless every field of a contact says something: one that does not
// is a field that this suite does not try.
func (k *kit) whole(c contact.Contact) {
	k.Helper()
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		k.is(!v.Field(i).IsZero(), "the suite's own contact says nothing in its field %s", v.Type().Field(i).Name)
	}
}

func (k *kit) wraps(err, want error) {
	k.Helper()
	if !errors.Is(err, want) {
		k.Errorf("error is %v, which does not wrap %q", err, want)
	}
}

func (k *kit) duplicate(err error, field string, id int64) {
	k.Helper()
	var d *contact.DuplicateError
	if !errors.As(err, &d) || d.Field != field || d.ID != id {
		k.Errorf("error is %v, not a duplicate %s of record %d", err, field, id)
	}
}

func (k *kit) create(c contact.Contact) contact.Contact {
	k.Helper()
	c, err := k.CreateContact(k.ctx, now, c)
	if err != nil {
		k.Fatalf("create: %v", err)
	}
	return c
}

func (k *kit) get(id int64) contact.Contact {
	k.Helper()
	c, err := k.Contact(k.ctx, id)
	if err != nil {
		k.Fatalf("get: %v", err)
	}
	return c
}

func (k *kit) count(f contact.Filter) int64 {
	k.Helper()
	n, err := k.CountContacts(k.ctx, f, 0)
	if err != nil {
		k.Fatalf("count: %v", err)
	}
	return n.N
}

func (k *kit) group(name string, members ...int64) int64 {
	k.Helper()
	g, err := k.CreateGroup(k.ctx, now, contact.Group{Name: name})
	if err != nil {
		k.Fatalf("create group: %v", err)
	}
	if _, err := k.AddMembers(k.ctx, now, g.ID, members); err != nil {
		k.Fatalf("add members: %v", err)
	}
	return g.ID
}

// phone is the i-th of the numbers that belong to nobody.
func phone(i int) contact.Phone { return contact.Phone(fmt.Sprintf("+55119000%05d", i)) }
