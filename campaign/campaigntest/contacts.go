package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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
		{"add", "an import that is to leave people alone leaves them alone, and adds the others", contactAddOnly},
		{"large batch", "a batch of thousands is as good as one of ten", contactLargeBatch},
		{"lesson P7", "one bad row does not hold the others", contactUpsertPartly},
		{"list", "a list continues where its last page ended, without gaps or repeats", contactList},
		{"lesson P3", "a selection is everybody it selects, not its first page", contactAll},
		{"lesson P4", "a person whom several tags select is selected once", contactTagsOnce},
		{"tags merged", "a list of people with one of several tags is a list like any other: in order, page after page, counted as far as is asked", contactTagsMerged},
		{"filter", "a store selects what Filter.Matches selects", contactFilter},
		{"search", "whatever becomes of people, a search finds who has the text now and nobody else", contactSearch},
		{"tags", "the list of tags counts contacts as they are now", contactTags},
		{"groups", "a group is what was saved, with the size that it has", groupRoundTrip},
		{"groups refused", "names of groups are unique, without regard to case and accents", groupRefused},
		{"groups list", "groups are listed by rising ID, page after page", groupList},
		{"members", "a membership is there or not, however often it is made", groupMembers},
		{"groups of one", "who asks what is held about them is told of every group they are in", groupsOfOne},
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

// unsaid names a field of a contact that is empty: one that this suite does not
// try.
func unsaid(c contact.Contact) string {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			return v.Type().Field(i).Name
		}
	}
	return ""
}

func fullContact() contact.Contact {
	return contact.Contact{Name: "Zoë d'Ávila", Phone: phone(1), Email: "zoe@example.com", ReferredBy: "João", Tags: []string{"vip", "zona sul"},
		Vars: map[string]string{"cidade": "Belém"}, Notes: "nota\nlonga 🐰", Active: true, Consent: "formulário de 3 de março", Basis: contact.BasisConsent}
}

func contactCreate(e *contactEnv) {
	in := fullContact()
	in.ID, in.CreatedAt, in.UpdatedAt = 77, at(-time.Hour), at(-time.Hour) // ignored
	e.that(unsaid(in) == "", "the suite's own contact says nothing in its field %s", unsaid(in))
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
	n := e.count(contact.Filter{})
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

func contactAddOnly(e *contactEnv) {
	old := e.add(1, func(c *contact.Contact) { c.Tags = []string{"a"} })
	out, err := e.AddContacts(e.ctx, at(time.Hour), []contact.Contact{
		{Name: "Outro nome", Phone: phone(1), Email: "novo@example.com", Tags: []string{"b"}, Active: true},
		{Name: "raw", Phone: "11900001234"},
		{Name: "Nova", Phone: phone(2), Tags: []string{"b"}, Active: true},
		{Name: "Nova outra vez", Phone: phone(2), Active: true},
	})
	e.need(err, "AddContacts")
	e.that(len(out) == 4, "AddContacts of 4 answers %d times", len(out))
	e.that(out[1].Outcome == contact.Rejected && errors.Is(out[1].Err, contact.ErrInvalid), "a bad row is %+v", out[1])
	fresh := out[2].ID
	e.equal([]contact.Upserted{out[0], out[2], out[3]}, []contact.Upserted{{ID: old.ID, Outcome: contact.Unchanged},
		{ID: fresh, Outcome: contact.Created}, {ID: fresh, Outcome: contact.Unchanged}}, "the answers")
	e.equal(e.get(old.ID), old, "a contact that was to be left alone")
	e.equal(e.get(fresh), contact.Contact{ID: fresh, Name: "Nova", Phone: phone(2), Tags: []string{"b"}, Active: true, CreatedAt: at(time.Hour), UpdatedAt: at(time.Hour)}, "a new contact")
	e.equal(e.ids(contact.Filter{TagsAny: []string{"b"}}, contact.Page{}), []int64{fresh}, "who has the tag of the import")
}

func contactLargeBatch(e *contactEnv) {
	const n = 3000
	batch := make([]contact.Contact, n)
	for i := range batch {
		batch[i] = contact.Contact{Name: "Pessoa", Phone: phone(i + 1), Tags: []string{"lote"}, Active: true}
	}
	out, err := e.UpsertContacts(e.ctx, t0, batch[n/2:])
	e.need(err, "UpsertContacts of half")
	for i := range batch {
		batch[i].Tags = []string{"lote", "novo"}
	}
	all, err := e.UpsertContacts(e.ctx, at(time.Hour), batch)
	e.need(err, "UpsertContacts of all")
	ids := make([]int64, n)
	for i, u := range all {
		want := contact.Created
		if i >= n/2 {
			want = contact.Updated
			e.that(u.ID == out[i-n/2].ID, "row %d has the ID %d, and had %d", i, u.ID, out[i-n/2].ID)
		} else {
			e.that(i == 0 || u.ID > all[i-1].ID, "row %d has the ID %d after %d: new people are listed in the order of their file", i, u.ID, all[max(i, 1)-1].ID)
		}
		e.that(u.Outcome == want, "row %d is %s, want %s", i, u.Outcome, want)
		ids[i] = u.ID
	}
	count := e.count(contact.Filter{TagsAll: []string{"lote", "novo"}})
	e.that(count == n, "%d people have the tags, want %d", count, n)
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "lote"})
	e.need(err, "CreateGroup")
	for _, want := range []int64{n, 0} {
		added, err := e.AddMembers(e.ctx, t0, g.ID, ids)
		e.need(err, "AddMembers")
		e.that(added == want, "%d members were added, want %d", added, want)
	}
	g, err = e.Group(e.ctx, g.ID)
	e.need(err, "Group")
	e.that(g.Size == n, "the group has %d members, want %d", g.Size, n)
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
	n := e.count(contact.Filter{})
	e.that(n == 3, "there are %d contacts, want 3", n)
	e.equal(e.get(old.ID), old, "a contact whose new record was rejected")
}
