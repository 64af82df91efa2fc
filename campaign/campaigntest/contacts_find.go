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
		if n%3 == 0 {
			c.Tags = append(c.Tags, "terceiro")
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
	both := contact.Filter{TagsAny: []string{"terceiro", "par"}}
	last, found := int64(0), 0
	for c, err := range contact.All(e.ctx, e, both) {
		e.need(err, "All")
		e.that(c.ID > last, "contact %d stands after %d", c.ID, last)
		last = c.ID
		found++
	}
	e.that(found == 1400, "All sees %d of 1400 with one of two tags", found)
	e.countsUpTo(both, 1000, 1400)
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

// contactTagsMerged asks for tags that overlap, one of which few have and one
// nobody, with each of the other conditions.
func contactTagsMerged(e *contactEnv) {
	g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: "g"})
	e.need(err, "CreateGroup")
	var all []contact.Contact
	var members []int64
	for n := 1; n <= 120; n++ {
		c := contact.Contact{Name: fmt.Sprintf("Pessoa %d", n), Phone: phone(n), Active: n%7 != 0}
		for _, tag := range []struct {
			name string
			has  bool
		}{{"poucos", n > 100 && n%8 == 0}, {"par", n%2 == 0}, {"terceiro", n%3 == 0}, {"todos", n%60 != 0}} {
			if tag.has {
				c.Tags = append(c.Tags, tag.name)
			}
		}
		c.Tags = contact.NormalizeTags(c.Tags)
		all = append(all, c)
	}
	out, err := e.UpsertContacts(e.ctx, t0, all)
	e.need(err, "UpsertContacts")
	for i, u := range out {
		all[i].ID = u.ID
		if i%5 != 0 {
			members = append(members, u.ID)
		}
	}
	_, err = e.AddMembers(e.ctx, t0, g.ID, members)
	e.need(err, "AddMembers")
	for _, tags := range [][]string{{"par", "terceiro"}, {"terceiro", "par", "none"}, {"poucos", "todos"}, {"poucos", "terceiro", "par", "todos"}, {"none", "poucos"}, {"none", "nobody"}} {
		for _, f := range []contact.Filter{{}, {Active: contact.OnlyActive}, {Active: contact.OnlyInactive}, {TagsAll: []string{"todos"}}, {TagsAll: []string{"par", "poucos"}},
			{TagsAll: []string{"none"}}, {Group: g.ID}, {Group: g.ID + 1}, {Search: "pessoa 1"}, {Search: "pessoa 1", Group: g.ID, TagsAll: []string{"todos"}, Active: contact.OnlyActive}} {
			f.TagsAny = tags
			var want []int64
			for _, c := range all {
				if f.Matches(c, f.Group == g.ID && slices.Contains(members, c.ID)) {
					want = append(want, c.ID)
				}
			}
			e.pages(f, want)
			// Not only ids of the list are cursors.
			after := all[len(all)/2].ID
			var rest []int64
			for _, id := range want {
				if id > after {
					rest = append(rest, id)
				}
			}
			e.equal(e.ids(f, contact.Page{After: after, Limit: len(all)}), rest, fmt.Sprintf("who is selected by %+v after the middle", f))
			for _, most := range []int{1, len(want) - 1, len(want), len(want) + 1} {
				e.countsUpTo(f, most, len(want))
			}
		}
	}
}

// pages demands that a list is the same in pages of every size.
func (e *contactEnv) pages(f contact.Filter, want []int64) {
	e.Helper()
	for _, size := range []int{7, 50, 500} {
		var got []int64
		for p := (contact.Page{Limit: size}); ; p.After = got[len(got)-1] {
			ids := e.ids(f, p)
			got = append(got, ids...)
			if len(ids) < size || len(got) > len(want) {
				break
			}
		}
		e.equal(got, want, fmt.Sprintf("who is selected by %+v in pages of %d", f, size))
	}
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
	e.countsUpTo(f, 1, want)
}

func (e *contactEnv) countsUpTo(f contact.Filter, most, want int) {
	e.Helper()
	if most < 1 {
		return // it is no bound
	}
	n, err := e.CountContacts(e.ctx, f, int64(most))
	e.need(err, "CountContacts")
	e.that(n == contact.Count{N: int64(want)} || want > most && n == contact.Count{N: int64(most), More: true}, "%+v counts %+v up to %d, want %d or more than that", f, n, most, want)
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
