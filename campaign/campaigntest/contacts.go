package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Contacts checks that a store keeps the contract of contact.Store. It runs one
// subtest for each rule; open returns the empty stores of two tenants of one
// installation, fresh for each call.
func Contacts(t *testing.T, open func(t *testing.T) (mine, theirs contact.Store)) {
	for _, r := range contactRules() {
		t.Run(r.name, func(t *testing.T) {
			mine, theirs := open(t)
			r.check(&contactEnv{judge: judge{TB: t, why: r.why}, ctx: t.Context(), Store: mine, theirs: theirs})
		})
	}
}

type contactEnv struct {
	judge
	contact.Store
	theirs contact.Store
	ctx    context.Context
}

func contactRules() []rule[*contactEnv] {
	return []rule[*contactEnv]{
		{"create", "a contact is what was saved, wherever it was saved from", contactCreate},
		{"create invalid", "what is stored is valid, so that nobody has to check it again", contactInvalid},
		{"create duplicate", "one person is one contact of a tenant", contactDuplicate},
		{"unknown", "what does not exist is ErrNotFound, so that a caller can tell it from a fault", contactUnknown},
		{"update", "an edit keeps what it does not mention, and the day on which the contact was made", contactUpdate},
		{"update refused", "an edit that fails changes nothing", contactUpdateRefused},
		{"lesson P5", "a contact is never its own duplicate", contactOwnPhone},
		{"delete", "a deleted person is nowhere any more, and can come back", contactDelete},
		{"copies", "a caller that changes what it was given must not change the store", contactCopies},
		{"upsert", "an import adds, merges and reports, row by row", contactUpsert},
		{"lesson P7", "one bad row does not hold the others", contactUpsertPartly},
		{"list", "a list continues where its last page ended, without gaps or repeats", contactList},
		{"lesson P3", "a selection is everybody it selects, not its first page", contactAll},
		{"lesson P4", "a person whom several tags select is selected once", contactTagsOnce},
		{"filter", "a store selects what Filter.Matches selects", contactFilter},
		{"tags", "the list of tags counts contacts as they are now", contactTags},
		{"groups", "a group is what was saved, with the size that it has", groupRoundTrip},
		{"groups refused", "names of groups are unique, without regard to case and accents", groupRefused},
		{"groups list", "groups are listed by rising ID, page after page", groupList},
		{"members", "a membership is there or not, however often it is made", groupMembers},
		{"members refused", "ids that are nobody's change nothing", groupMembersRefused},
		{"tenants", "a tenant reads and writes its own rows only, whatever ids it guesses", contactTenants},
		{"cancelled", "a caller that has given up changes nothing", contactCancelled},
		{"crowd", "of two who create one person at once, one is refused", contactCrowd},
	}
}

func (e *contactEnv) add(n int, f func(*contact.Contact)) contact.Contact {
	e.Helper()
	c := contact.Contact{Name: fmt.Sprintf("Pessoa %d", n), Phone: phone(n), Active: true}
	if f != nil {
		f(&c)
	}
	got, err := e.CreateContact(e.ctx, t0, c)
	e.need(err, "CreateContact")
	return got
}

func (e *contactEnv) get(id int64) contact.Contact {
	e.Helper()
	c, err := e.Contact(e.ctx, id)
	e.need(err, "Contact")
	return c
}

func (e *contactEnv) ids(f contact.Filter, p contact.Page) (ids []int64) {
	e.Helper()
	cs, err := e.Contacts(e.ctx, f, p)
	e.need(err, "Contacts")
	for _, c := range cs {
		ids = append(ids, c.ID)
	}
	return ids
}

func fullContact() contact.Contact {
	return contact.Contact{Name: "Zoë d'Ávila", Phone: phone(1), Email: "zoe@example.com", ReferredBy: "João", Tags: []string{"vip", "zona sul"},
		Vars: map[string]string{"cidade": "Belém"}, Notes: "nota\nlonga 🐰", Active: true, Consent: "formulário de 3 de março"}
}

func contactCreate(e *contactEnv) {
	in := fullContact()
	in.ID, in.CreatedAt, in.UpdatedAt = 77, at(-time.Hour), at(-time.Hour) // ignored
	got, err := e.CreateContact(e.ctx, at(123*time.Millisecond).In(time.FixedZone("elsewhere", 3600)), in)
	e.need(err, "CreateContact")
	e.that(got.ID > 0, "the new contact has the ID %d", got.ID)
	want := fullContact()
	want.ID, want.CreatedAt, want.UpdatedAt = got.ID, at(123*time.Millisecond), at(123*time.Millisecond)
	e.equal(got, want, "the contact as created")
	e.equal(e.get(got.ID), want, "the contact as read")
	byPhone, err := e.ContactByPhone(e.ctx, phone(1))
	e.need(err, "ContactByPhone")
	e.equal(byPhone, want, "the contact as found by its phone")
	bare := e.add(2, func(c *contact.Contact) { *c = contact.Contact{Phone: phone(2)} })
	e.that(bare.ID > got.ID, "the second contact has the ID %d, not above %d", bare.ID, got.ID)
	e.equal(e.get(bare.ID), contact.Contact{ID: bare.ID, Phone: phone(2), CreatedAt: t0, UpdatedAt: t0}, "a contact with nothing but a phone")
	e.need(e.DeleteContact(e.ctx, bare.ID), "DeleteContact")
	e.that(e.add(3, nil).ID > bare.ID, "the ID of a deleted contact is given again")
}

func contactInvalid(e *contactEnv) {
	for name, spoil := range map[string]func(*contact.Contact){
		"no phone":         func(c *contact.Contact) { c.Phone = "" },
		"a raw phone":      func(c *contact.Contact) { c.Phone = "11900001234" },
		"a tag in capital": func(c *contact.Contact) { c.Tags = []string{"VIP"} },
		"a bad email":      func(c *contact.Contact) { c.Email = "nobody" },
		"not UTF-8":        func(c *contact.Contact) { c.Notes = "\xff" },
		"a NUL":            func(c *contact.Contact) { c.Name = "a\x00b" },
	} {
		c := fullContact()
		spoil(&c)
		_, err := e.CreateContact(e.ctx, t0, c)
		e.refuse(err, contact.ErrInvalid, "CreateContact with "+name)
	}
	n, err := e.CountContacts(e.ctx, contact.Filter{})
	e.need(err, "CountContacts")
	e.that(n == 0, "refused contacts are counted: %d", n)
}

func (e *contactEnv) duplicate(err error, field string, id int64, doing string) {
	e.Helper()
	e.refuse(err, contact.ErrDuplicate, doing)
	var d *contact.DuplicateError
	e.that(errors.As(err, &d) && d.Field == field && d.ID == id, "%s: the error is %#v, want a *DuplicateError of %s that names record %d", doing, err, field, id)
}

func contactDuplicate(e *contactEnv) {
	c := e.add(1, nil)
	_, err := e.CreateContact(e.ctx, t0, contact.Contact{Name: "other", Phone: phone(1)})
	e.duplicate(err, "phone", c.ID, "a second contact with the same phone")
	e.equal(e.get(c.ID), c, "the contact, after a duplicate was refused")
}

func contactUnknown(e *contactEnv) {
	e.add(1, nil)
	_, err := e.Contact(e.ctx, 999)
	e.refuse(err, contact.ErrNotFound, "Contact of an unknown id")
	_, err = e.ContactByPhone(e.ctx, phone(999))
	e.refuse(err, contact.ErrNotFound, "ContactByPhone of an unknown phone")
	_, err = e.UpdateContact(e.ctx, t0, 999, func(*contact.Contact) error { return nil })
	e.refuse(err, contact.ErrNotFound, "UpdateContact of an unknown id")
	e.refuse(e.DeleteContact(e.ctx, 999), contact.ErrNotFound, "DeleteContact of an unknown id")
	_, err = e.Group(e.ctx, 999)
	e.refuse(err, contact.ErrNotFound, "Group of an unknown id")
	_, err = e.UpdateGroup(e.ctx, t0, 999, func(*contact.Group) error { return nil })
	e.refuse(err, contact.ErrNotFound, "UpdateGroup of an unknown id")
	e.refuse(e.DeleteGroup(e.ctx, 999), contact.ErrNotFound, "DeleteGroup of an unknown id")
	_, err = e.AddMembers(e.ctx, t0, 999, nil)
	e.refuse(err, contact.ErrNotFound, "AddMembers to an unknown group")
	_, err = e.RemoveMembers(e.ctx, t0, 999, nil)
	e.refuse(err, contact.ErrNotFound, "RemoveMembers from an unknown group")
	e.that(len(e.ids(contact.Filter{Group: 999}, contact.Page{})) == 0, "an unknown group has members")
}

func contactUpdate(e *contactEnv) {
	made, err := e.CreateContact(e.ctx, t0, fullContact())
	e.need(err, "CreateContact")
	got, err := e.UpdateContact(e.ctx, at(time.Hour), made.ID, func(c *contact.Contact) error {
		e.equal(*c, made, "the contact that is edited")
		c.ID, c.CreatedAt, c.UpdatedAt = 99, at(-time.Hour), at(-time.Hour) // cannot be changed
		c.Phone, c.Tags, c.Active = phone(2), []string{"novo"}, false
		delete(c.Vars, "cidade")
		return nil
	})
	e.need(err, "UpdateContact")
	want := fullContact()
	want.ID, want.CreatedAt, want.UpdatedAt = made.ID, t0, at(time.Hour)
	want.Phone, want.Tags, want.Vars, want.Active = phone(2), []string{"novo"}, nil, false
	e.equal(got, want, "the contact as edited")
	e.equal(e.get(made.ID), want, "the contact as read")
	_, err = e.ContactByPhone(e.ctx, phone(1))
	e.refuse(err, contact.ErrNotFound, "ContactByPhone of a phone that was given up")
	e.add(1, nil)
	e.equal(e.ids(contact.Filter{TagsAny: []string{"vip"}}, contact.Page{}), []int64(nil), "who has a tag that was taken away")
	e.equal(e.ids(contact.Filter{TagsAny: []string{"novo"}}, contact.Page{}), []int64{made.ID}, "who has a tag that was added")
}

func contactUpdateRefused(e *contactEnv) {
	c, other := e.add(1, nil), e.add(2, nil)
	boom := errors.New("boom")
	_, err := e.UpdateContact(e.ctx, at(time.Hour), c.ID, func(c *contact.Contact) error { c.Name = "changed"; return boom })
	e.that(err == boom, "an error of edit comes back as %v, want it as it is", err)
	_, err = e.UpdateContact(e.ctx, at(time.Hour), c.ID, func(c *contact.Contact) error { c.Name, c.Phone = "changed", phone(2); return nil })
	e.duplicate(err, "phone", other.ID, "an edit to a phone that another contact has")
	_, err = e.UpdateContact(e.ctx, at(time.Hour), c.ID, func(c *contact.Contact) error { c.Name, c.Phone = "changed", "12"; return nil })
	e.refuse(err, contact.ErrInvalid, "an edit to a phone that is none")
	e.equal(e.get(c.ID), c, "the contact after edits that were refused")
}

func contactOwnPhone(e *contactEnv) {
	c := e.add(1, nil)
	got, err := e.UpdateContact(e.ctx, at(time.Hour), c.ID, func(c *contact.Contact) error { c.Name, c.Phone = "renamed", phone(1); return nil })
	e.need(err, "UpdateContact that keeps the phone")
	e.that(got.Name == "renamed", "the contact is called %q", got.Name)
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "Clientes"})
	e.need(err, "CreateGroup")
	_, err = e.UpdateGroup(e.ctx, t0, g.ID, func(g *contact.Group) error { g.Name = "CLIENTES"; return nil })
	e.need(err, "UpdateGroup that keeps the name")
}

func contactDelete(e *contactEnv) {
	c := e.add(1, func(c *contact.Contact) { c.Tags = []string{"vip"} })
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "g"})
	e.need(err, "CreateGroup")
	_, err = e.AddMembers(e.ctx, t0, g.ID, []int64{c.ID})
	e.need(err, "AddMembers")
	e.need(e.DeleteContact(e.ctx, c.ID), "DeleteContact")
	_, err = e.Contact(e.ctx, c.ID)
	e.refuse(err, contact.ErrNotFound, "Contact of a deleted one")
	_, err = e.ContactByPhone(e.ctx, phone(1))
	e.refuse(err, contact.ErrNotFound, "ContactByPhone of a deleted one")
	e.refuse(e.DeleteContact(e.ctx, c.ID), contact.ErrNotFound, "deleting twice")
	g, err = e.Group(e.ctx, g.ID)
	e.need(err, "Group")
	e.that(g.Size == 0, "a group of nobody has the size %d", g.Size)
	ts, err := e.Tags(e.ctx)
	e.need(err, "Tags")
	e.that(len(ts) == 0, "a tag of nobody is listed: %v", ts)
	e.that(len(e.ids(contact.Filter{}, contact.Page{})) == 0, "a deleted contact is listed")
	again := e.add(1, nil)
	e.that(len(e.ids(contact.Filter{Group: g.ID}, contact.Page{})) == 0 && again.ID != c.ID, "a person who came back is a member again")
}

func contactCopies(e *contactEnv) {
	in := fullContact()
	made, err := e.CreateContact(e.ctx, t0, in)
	e.need(err, "CreateContact")
	want := fullContact()
	want.ID, want.CreatedAt, want.UpdatedAt = made.ID, t0, t0
	spoil := func(c contact.Contact) { c.Tags[0], c.Vars["cidade"] = "spoilt", "spoilt" }
	spoil(in)
	spoil(made)
	spoil(e.get(made.ID))
	cs, err := e.Contacts(e.ctx, contact.Filter{}, contact.Page{})
	e.need(err, "Contacts")
	spoil(cs[0])
	var kept *contact.Contact
	_, err = e.UpdateContact(e.ctx, t0, made.ID, func(c *contact.Contact) error { kept = c; return nil })
	e.need(err, "UpdateContact")
	spoil(*kept)
	e.equal(e.get(made.ID), want, "the contact, after copies of it were changed")
}

func contactUpsert(e *contactEnv) {
	old := e.add(1, func(c *contact.Contact) { c.Tags, c.Vars = []string{"a"}, map[string]string{"x": "1"} })
	off := e.add(2, func(c *contact.Contact) { c.Active = false })
	in := []contact.Contact{
		{Name: "Novo nome", Phone: phone(1), Tags: []string{"b"}, Vars: map[string]string{"y": "2"}, Active: true},
		{Name: "Pessoa 2", Phone: phone(2), Active: true},
		{Name: "Nova", Phone: phone(3), Active: true},
		{Phone: phone(3), Email: "nova@example.com", Active: true},
	}
	out, err := e.UpsertContacts(e.ctx, at(time.Hour), in)
	e.need(err, "UpsertContacts")
	e.that(len(out) == 4, "an upsert of 4 answers %d times", len(out))
	fresh := out[2].ID
	e.equal(out, []contact.Upserted{{ID: old.ID, Outcome: contact.Updated}, {ID: off.ID, Outcome: contact.Unchanged},
		{ID: fresh, Outcome: contact.Created}, {ID: fresh, Outcome: contact.Updated}}, "the answers of the upsert")
	want := old.Merge(in[0])
	want.UpdatedAt = at(time.Hour)
	e.equal(e.get(old.ID), want, "a contact that was merged")
	e.equal(e.get(off.ID), off, "a contact about whom nothing new was said: not even its times change, and it stays switched off")
	e.equal(e.get(fresh), contact.Contact{ID: fresh, Name: "Nova", Phone: phone(3), Email: "nova@example.com", Active: true, CreatedAt: at(time.Hour), UpdatedAt: at(time.Hour)}, "a contact that stands in the import twice")
	out, err = e.UpsertContacts(e.ctx, at(2*time.Hour), in)
	e.need(err, "the same upsert again")
	for i, u := range out {
		e.that(u.Outcome == contact.Unchanged, "the same row %d again is %s, want unchanged", i, u.Outcome)
	}
	out, err = e.UpsertContacts(e.ctx, t0, nil)
	e.need(err, "UpsertContacts of nothing")
	e.that(len(out) == 0, "an upsert of nothing answers %d times", len(out))
}

func contactUpsertPartly(e *contactEnv) {
	old := e.add(1, func(c *contact.Contact) { c.Tags = nil })
	out, err := e.UpsertContacts(e.ctx, t0, []contact.Contact{
		{Phone: phone(2)}, {Name: "raw", Phone: "11900001234"}, {Phone: phone(1), Email: "not one"}, {Phone: phone(3), Notes: "\xff"}, {Phone: phone(4)}})
	e.need(err, "UpsertContacts with bad rows")
	want := []contact.Outcome{contact.Created, contact.Rejected, contact.Rejected, contact.Rejected, contact.Created}
	for i, u := range out {
		e.that(u.Outcome == want[i], "row %d is %s, want %s", i, u.Outcome, want[i])
		e.that((u.Outcome == contact.Rejected) == (u.Err != nil), "row %d is %s with the error %v", i, u.Outcome, u.Err)
		if u.Err != nil {
			e.refuse(u.Err, contact.ErrInvalid, fmt.Sprintf("row %d", i))
		}
	}
	n, err := e.CountContacts(e.ctx, contact.Filter{})
	e.need(err, "CountContacts")
	e.that(n == 3, "there are %d contacts, want 3", n)
	e.equal(e.get(old.ID), old, "a contact whose new record was rejected")
}

func contactList(e *contactEnv) {
	var ids []int64
	for n := 1; n <= 7; n++ {
		ids = append(ids, e.add(n, nil).ID)
	}
	e.need(e.DeleteContact(e.ctx, ids[2]), "DeleteContact")
	ids = slices.Delete(ids, 2, 3)
	e.equal(e.ids(contact.Filter{}, contact.Page{}), ids, "all contacts, by rising ID")
	e.equal(e.ids(contact.Filter{}, contact.Page{Limit: 4}), ids[:4], "the first page of four")
	e.equal(e.ids(contact.Filter{}, contact.Page{Limit: 4, After: ids[3]}), ids[4:], "the second page of four")
	e.equal(e.ids(contact.Filter{}, contact.Page{After: ids[5]}), []int64(nil), "the page after the last")
}

func contactAll(e *contactEnv) {
	var cs []contact.Contact
	for n := 1; n <= 2100; n++ {
		c := contact.Contact{Phone: phone(n), Active: true}
		if n%2 == 0 {
			c.Tags = []string{"par"}
		}
		cs = append(cs, c)
	}
	for batch := range slices.Chunk(cs, 700) {
		_, err := e.UpsertContacts(e.ctx, t0, batch)
		e.need(err, "UpsertContacts")
	}
	seen := map[contact.Phone]bool{}
	for c, err := range contact.All(e.ctx, e, contact.Filter{TagsAny: []string{"par"}}) {
		e.need(err, "All")
		e.that(!seen[c.Phone], "a contact is seen twice")
		seen[c.Phone] = true
	}
	e.that(len(seen) == 1050, "All sees %d of 1050", len(seen))
	n, err := e.CountContacts(e.ctx, contact.Filter{TagsAny: []string{"par"}})
	e.need(err, "CountContacts")
	e.that(n == 1050, "CountContacts counts %d, want 1050", n)
	e.that(len(e.ids(contact.Filter{}, contact.Page{})) == contact.DefaultLimit, "a page without a limit has not %d rows", contact.DefaultLimit)
	e.that(len(e.ids(contact.Filter{}, contact.Page{Limit: 2000})) == 2000, "a page of 2000 has fewer although more are left")
}

func contactTagsOnce(e *contactEnv) {
	both := e.add(1, func(c *contact.Contact) { c.Tags = []string{"a", "b"} })
	one := e.add(2, func(c *contact.Contact) { c.Tags = []string{"b"} })
	e.add(3, nil)
	f := contact.Filter{TagsAny: []string{"a", "B ", "b", "c"}}
	e.equal(e.ids(f, contact.Page{}), []int64{both.ID, one.ID}, "who has one of several tags")
	n, err := e.CountContacts(e.ctx, f)
	e.need(err, "CountContacts")
	e.that(n == 2, "CountContacts counts %d, want 2: each once", n)
}

func contactFilter(e *contactEnv) {
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "g"})
	e.need(err, "CreateGroup")
	var all []contact.Contact
	members := map[int64]bool{}
	for n, f := range []func(*contact.Contact){
		func(c *contact.Contact) {
			c.Name, c.Email = "João da Silva", "joao@example.com"
			c.Tags = []string{"a"}
		},
		func(c *contact.Contact) { c.Name = "MARIA 100%_legal"; c.Tags = []string{"a", "b"}; c.Active = false },
		func(c *contact.Contact) { c.Name = "Ana"; c.Email = "ANA@Example.com"; c.Tags = []string{"b", "c"} },
		func(c *contact.Contact) { c.Name = "" },
		func(c *contact.Contact) { c.Name = "x"; c.Tags = []string{"c", "á"} },
	} {
		c := e.add(n+1, f)
		all = append(all, c)
		if n%2 == 0 {
			members[c.ID] = true
			_, err := e.AddMembers(e.ctx, t0, g.ID, []int64{c.ID})
			e.need(err, "AddMembers")
		}
	}
	var filters []contact.Filter
	for _, search := range []string{"", "joao", "JOÃO", "silva", "%", "_", "00%_", "example.com", "(11) 90000-00", "0003", "ana", "nobody", "'", `\`, "a\nb"} {
		for _, a := range []contact.Activity{contact.AnyActivity, contact.OnlyActive, contact.OnlyInactive} {
			filters = append(filters, contact.Filter{Search: search, Active: a}, contact.Filter{Search: search, Active: a, Group: g.ID})
		}
	}
	for _, tags := range [][]string{{"a"}, {"A"}, {"a", "b"}, {"b", "c"}, {"á"}, {"Á", "c"}, {"none"}, {""}, {"a", "none"}} {
		filters = append(filters, contact.Filter{TagsAny: tags}, contact.Filter{TagsAll: tags}, contact.Filter{TagsAny: tags, Group: g.ID},
			contact.Filter{TagsAny: tags, TagsAll: []string{"c"}, Active: contact.OnlyActive})
	}
	for _, f := range filters {
		var want []int64
		for _, c := range all {
			if f.Matches(c, members[c.ID]) {
				want = append(want, c.ID)
			}
		}
		e.equal(e.ids(f, contact.Page{}), want, fmt.Sprintf("who is selected by %+v", f))
		n, err := e.CountContacts(e.ctx, f)
		e.need(err, "CountContacts")
		e.that(n == int64(len(want)), "%+v counts %d, want %d", f, n, len(want))
		if len(want) > 1 {
			e.equal(e.ids(f, contact.Page{After: want[0], Limit: 1}), want[1:2], fmt.Sprintf("the second of those selected by %+v", f))
		}
	}
}

func contactTags(e *contactEnv) {
	c := e.add(1, func(c *contact.Contact) { c.Tags = []string{"b", "c"} })
	e.add(2, func(c *contact.Contact) { c.Tags = []string{"a", "b"} })
	check := func(want ...contact.TagCount) {
		e.Helper()
		got, err := e.Tags(e.ctx)
		e.need(err, "Tags")
		e.equal(got, want, "the tags in use")
	}
	check(contact.TagCount{Tag: "a", Count: 1}, contact.TagCount{Tag: "b", Count: 2}, contact.TagCount{Tag: "c", Count: 1})
	_, err := e.UpdateContact(e.ctx, t0, c.ID, func(c *contact.Contact) error { c.Tags = []string{"a"}; return nil })
	e.need(err, "UpdateContact")
	check(contact.TagCount{Tag: "a", Count: 2}, contact.TagCount{Tag: "b", Count: 1})
}

func groupRoundTrip(e *contactEnv) {
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{ID: 77, Name: "Clientes São Paulo", Description: "nota\n🐰", Size: 99})
	e.need(err, "CreateGroup")
	want := contact.Group{ID: g.ID, Name: "Clientes São Paulo", Description: "nota\n🐰", CreatedAt: t0, UpdatedAt: t0}
	e.equal(g, want, "the group as created")
	c := e.add(1, nil)
	_, err = e.AddMembers(e.ctx, t0, g.ID, []int64{c.ID})
	e.need(err, "AddMembers")
	got, err := e.UpdateGroup(e.ctx, at(time.Hour), g.ID, func(g *contact.Group) error {
		e.that(g.Size == 1, "the group that is edited has the size %d, want 1", g.Size)
		g.ID, g.Size, g.CreatedAt, g.Name = 99, 99, at(-time.Hour), "Outro"
		return nil
	})
	e.need(err, "UpdateGroup")
	want.Name, want.Size, want.UpdatedAt = "Outro", 1, at(time.Hour)
	e.equal(got, want, "the group as edited")
	got, err = e.Group(e.ctx, g.ID)
	e.need(err, "Group")
	e.equal(got, want, "the group as read")
	e.need(e.DeleteGroup(e.ctx, g.ID), "DeleteGroup")
	_, err = e.Group(e.ctx, g.ID)
	e.refuse(err, contact.ErrNotFound, "Group of a deleted one")
	e.equal(e.get(c.ID), c, "a member of a group that was deleted")
	e.that(len(e.ids(contact.Filter{Group: g.ID}, contact.Page{})) == 0, "a deleted group has members")
}

func groupRefused(e *contactEnv) {
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "São Paulo"})
	e.need(err, "CreateGroup")
	_, err = e.CreateGroup(e.ctx, t0, contact.Group{Name: "SAO PAULO"})
	e.duplicate(err, "name", g.ID, "a second group of the same name, folded")
	_, err = e.CreateGroup(e.ctx, t0, contact.Group{})
	e.refuse(err, contact.ErrInvalid, "a group without a name")
	other, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "Rio"})
	e.need(err, "CreateGroup")
	_, err = e.UpdateGroup(e.ctx, t0, other.ID, func(g *contact.Group) error { g.Name = "sao paulo"; return nil })
	e.duplicate(err, "name", g.ID, "an edit to another group's name")
	boom := errors.New("boom")
	_, err = e.UpdateGroup(e.ctx, t0, other.ID, func(g *contact.Group) error { g.Name = "changed"; return boom })
	e.that(err == boom, "an error of edit comes back as %v, want it as it is", err)
	got, err := e.Group(e.ctx, other.ID)
	e.need(err, "Group")
	e.equal(got, other, "the group after edits that were refused")
	_, err = e.UpdateGroup(e.ctx, t0, g.ID, func(g *contact.Group) error { g.Name = "Santos"; return nil })
	e.need(err, "UpdateGroup")
	_, err = e.CreateGroup(e.ctx, t0, contact.Group{Name: "são paulo"})
	e.need(err, "a group under a name that was given up")
}

func groupList(e *contactEnv) {
	var ids []int64
	for n := range 5 {
		g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: fmt.Sprintf("g%d", n)})
		e.need(err, "CreateGroup")
		ids = append(ids, g.ID)
	}
	list := func(p contact.Page) (got []int64) {
		gs, err := e.Groups(e.ctx, p)
		e.need(err, "Groups")
		for _, g := range gs {
			got = append(got, g.ID)
		}
		return got
	}
	e.equal(list(contact.Page{}), ids, "all groups")
	e.equal(list(contact.Page{Limit: 2}), ids[:2], "the first page of two")
	e.equal(list(contact.Page{Limit: 2, After: ids[3]}), ids[4:], "the last page of two")
}

func groupMembers(e *contactEnv) {
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "g"})
	e.need(err, "CreateGroup")
	other, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "other"})
	e.need(err, "CreateGroup")
	var ids []int64
	for n := 1; n <= 4; n++ {
		ids = append(ids, e.add(n, nil).ID)
	}
	change := func(f func(context.Context, time.Time, int64, []int64) (int64, error), group int64, cs []int64, want int64, doing string) {
		e.Helper()
		n, err := f(e.ctx, t0, group, cs)
		e.need(err, doing)
		e.that(n == want, "%s answers %d, want %d", doing, n, want)
	}
	change(e.AddMembers, g.ID, []int64{ids[2], ids[0], ids[2]}, 2, "adding two, one of them twice")
	change(e.AddMembers, g.ID, []int64{ids[0], ids[1]}, 1, "adding one and one who is in it")
	change(e.AddMembers, other.ID, ids, 4, "adding all to another group")
	e.equal(e.ids(contact.Filter{Group: g.ID}, contact.Page{}), ids[:3], "the members")
	change(e.RemoveMembers, g.ID, []int64{ids[1], ids[1], ids[3], 999}, 1, "removing one, with some who are not in it")
	change(e.RemoveMembers, g.ID, nil, 0, "removing nobody")
	e.equal(e.ids(contact.Filter{Group: g.ID}, contact.Page{}), []int64{ids[0], ids[2]}, "the members after one was removed")
	got, err := e.Group(e.ctx, g.ID)
	e.need(err, "Group")
	e.that(got.Size == 2, "the group has the size %d, want 2", got.Size)
	gs, err := e.Groups(e.ctx, contact.Page{})
	e.need(err, "Groups")
	e.that(gs[0].Size == 2 && gs[1].Size == 4, "the groups are listed with the sizes %d and %d, want 2 and 4", gs[0].Size, gs[1].Size)
}

func groupMembersRefused(e *contactEnv) {
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "g"})
	e.need(err, "CreateGroup")
	c := e.add(1, nil)
	_, err = e.AddMembers(e.ctx, t0, g.ID, []int64{c.ID, 999})
	e.refuse(err, contact.ErrNotFound, "AddMembers with an id that is nobody's")
	e.that(len(e.ids(contact.Filter{Group: g.ID}, contact.Page{})) == 0, "a refused AddMembers added somebody")
}

func contactTenants(e *contactEnv) {
	c := e.add(1, func(c *contact.Contact) { c.Tags = []string{"vip"} })
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "g"})
	e.need(err, "CreateGroup")
	t := &contactEnv{judge: e.judge, Store: e.theirs, ctx: e.ctx}
	_, err = t.Contact(e.ctx, c.ID)
	e.refuse(err, contact.ErrNotFound, "Contact of another tenant")
	_, err = t.ContactByPhone(e.ctx, phone(1))
	e.refuse(err, contact.ErrNotFound, "ContactByPhone of another tenant")
	_, err = t.UpdateContact(e.ctx, t0, c.ID, func(*contact.Contact) error { return nil })
	e.refuse(err, contact.ErrNotFound, "UpdateContact of another tenant")
	e.refuse(t.DeleteContact(e.ctx, c.ID), contact.ErrNotFound, "DeleteContact of another tenant")
	_, err = t.Group(e.ctx, g.ID)
	e.refuse(err, contact.ErrNotFound, "Group of another tenant")
	e.refuse(t.DeleteGroup(e.ctx, g.ID), contact.ErrNotFound, "DeleteGroup of another tenant")
	_, err = t.AddMembers(e.ctx, t0, g.ID, nil)
	e.refuse(err, contact.ErrNotFound, "AddMembers to another tenant's group")
	ts, err := t.Tags(e.ctx)
	e.need(err, "Tags")
	gs, err := t.Groups(e.ctx, contact.Page{})
	e.need(err, "Groups")
	e.that(len(t.ids(contact.Filter{}, contact.Page{})) == 0 && len(ts) == 0 && len(gs) == 0, "a tenant lists another's rows")
	mine := t.add(1, nil) // the same phone, of another tenant
	_, err = t.CreateGroup(e.ctx, t0, contact.Group{Name: "g"})
	e.need(err, "a group with the name of another tenant's")
	if mine.ID != c.ID { // ids may be each tenant's own
		_, err = e.AddMembers(e.ctx, t0, g.ID, []int64{mine.ID})
		e.refuse(err, contact.ErrNotFound, "AddMembers of another tenant's contact")
	}
	e.equal(e.get(c.ID), c, "the contact, after another tenant tried to change it")
}

func contactCancelled(e *contactEnv) {
	c := e.add(1, nil)
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	_, err := e.CreateContact(ctx, t0, contact.Contact{Phone: phone(2)})
	e.refuse(err, context.Canceled, "CreateContact with a cancelled context")
	_, err = e.UpsertContacts(ctx, t0, []contact.Contact{{Phone: phone(2)}})
	e.refuse(err, context.Canceled, "UpsertContacts with a cancelled context")
	e.refuse(e.DeleteContact(ctx, c.ID), context.Canceled, "DeleteContact with a cancelled context")
	_, err = e.Contacts(ctx, contact.Filter{}, contact.Page{})
	e.refuse(err, context.Canceled, "Contacts with a cancelled context")
	e.equal(e.ids(contact.Filter{}, contact.Page{}), []int64{c.ID}, "the contacts after calls that were cancelled")
}

func contactCrowd(e *contactEnv) {
	created := make([]int, 4)
	err := together(4, func(n int) error {
		for i := 1; i <= 20; i++ {
			_, err := e.CreateContact(e.ctx, t0, contact.Contact{Name: strings.Repeat("x", n+1), Phone: phone(i)})
			switch {
			case err == nil:
				created[n]++
			case !errors.Is(err, contact.ErrDuplicate):
				return err
			}
			if _, err := e.UpsertContacts(e.ctx, t0, []contact.Contact{{Phone: phone(i)}, {Phone: phone(100 + i)}}); err != nil {
				return err
			}
		}
		return nil
	})
	e.need(err, "creating the same people by four")
	total := 0
	for _, n := range created {
		total += n
	}
	e.that(total == 20, "20 people were created %d times", total)
	n, err := e.CountContacts(e.ctx, contact.Filter{})
	e.need(err, "CountContacts")
	e.that(n == 40, "there are %d contacts, want 40", n)
}
