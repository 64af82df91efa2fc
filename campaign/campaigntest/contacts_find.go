package campaigntest

import (
	"fmt"
	"slices"

	"github.com/alreasense/campaigns/contact"
)

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
	n := e.count(contact.Filter{TagsAny: []string{"par"}})
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
	n := e.count(f)
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
	for _, search := range []string{"", "j", "jo", "0 ", "é", "joao", "JOÃO", "silva", "%", "_", "00%_", "example.com", "(11) 90000-00", "0003", "ana", "nobody", "'", `\`, "a\nb"} {
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
		e.counts(f, len(want))
		if len(want) > 1 {
			e.equal(e.ids(f, contact.Page{After: want[0], Limit: 1}), want[1:2], fmt.Sprintf("the second of those selected by %+v", f))
		}
	}
}

// count is how many a filter selects.
func (e *contactEnv) count(f contact.Filter) int64 {
	e.Helper()
	n, err := e.CountContacts(e.ctx, f, 0)
	e.need(err, "CountContacts")
	e.that(!n.More, "CountContacts without a bound stops")
	return n.N
}

// counts demands that a filter selects so many, and that a bound is kept: it
// may be passed by a number that is exact.
func (e *contactEnv) counts(f contact.Filter, want int) {
	e.Helper()
	n := e.count(f)
	e.that(n == int64(want), "%+v counts %d, want %d", f, n, want)
	few, err := e.CountContacts(e.ctx, f, 1)
	e.need(err, "CountContacts")
	e.that(few == contact.Count{N: n} || want > 1 && few == contact.Count{N: 1, More: true}, "%+v counts %+v up to 1, want %d or more than 1", f, few, want)
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
