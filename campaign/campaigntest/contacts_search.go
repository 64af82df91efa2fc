package campaigntest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/alreasense/campaigns/contact"
)

// contactSearch makes, changes, merges and deletes people at random, always the
// same, and searches for parts of what they are called and were called.
func contactSearch(e *contactEnv) {
	random := rand.New(rand.NewPCG(1, 2))
	syllables := []string{"ana", "jo", "ão", "ca", "rla", "zé", " ", "da ", "sil", "va", "𝔄", "ß", "x"}
	name := func() (s string) {
		for range 2 + random.IntN(4) {
			s += syllables[random.IntN(len(syllables))]
		}
		return s + "."
	}
	people := map[int64]contact.Contact{}
	var ids []int64
	phones := 0
	put := func(batch []contact.Contact) {
		out, err := e.UpsertContacts(e.ctx, t0, batch)
		e.need(err, "UpsertContacts")
		for i, u := range out {
			if u.Outcome == contact.Created {
				ids = append(ids, u.ID)
			}
			people[u.ID] = e.get(u.ID)
			e.that(people[u.ID].Name == batch[i].Name, "%q is called %q", batch[i].Name, people[u.ID].Name)
		}
	}
	fresh := func() contact.Contact {
		phones++
		return contact.Contact{Phone: phone(phones), Name: name(), Active: random.IntN(3) > 0, Tags: []string{syllables[random.IntN(2)]}}
	}
	search := func(term string) {
		for _, f := range []contact.Filter{{Search: term}, {Search: term, Active: contact.OnlyActive}, {Search: term, TagsAny: syllables[:2]}, {Search: term, TagsAll: syllables[:1]}} {
			var want []int64
			for _, id := range ids {
				if f.Matches(people[id], false) {
					want = append(want, id)
				}
			}
			e.equal(e.ids(f, contact.Page{Limit: 1000}), want, fmt.Sprintf("who is found by %+v", f))
			e.counts(f, len(want))
			if n := len(want); n > 2 {
				e.equal(e.ids(f, contact.Page{After: want[n/2-1], Limit: 1}), want[n/2:n/2+1], fmt.Sprintf("the one after the middle of those found by %+v", f))
			}
		}
	}
	for range 30 {
		var batch []contact.Contact
		for range random.IntN(8) {
			batch = append(batch, fresh())
		}
		if len(ids) > 0 { // somebody known, under another name
			old := people[ids[random.IntN(len(ids))]]
			old.Name = name()
			batch = append(batch, old)
		}
		put(batch)
		c := fresh()
		c, err := e.CreateContact(e.ctx, t0, c)
		e.need(err, "CreateContact")
		ids, people[c.ID] = append(ids, c.ID), c
		id := ids[random.IntN(len(ids))]
		was := people[id].Name
		people[id], err = e.UpdateContact(e.ctx, t0, id, func(c *contact.Contact) error { c.Name = name(); return nil })
		e.need(err, "UpdateContact")
		search(was)
		search(people[id].Name)
		gone := random.IntN(len(ids))
		was = people[ids[gone]].Name
		e.need(e.DeleteContact(e.ctx, ids[gone]), "DeleteContact")
		ids = slices.Delete(ids, gone, gone+1)
		search(was)
		letters := []rune(was)
		from := random.IntN(len(letters))
		search(string(letters[from : from+1+random.IntN(len(letters)-from)]))
	}
	// The phone stands last: two of its figures, and one, with nothing behind them.
	end := fresh()
	end.Phone = phone(9_988)
	put([]contact.Contact{end})
	search("88")
	search("8")
	e.that(e.count(contact.Filter{}) == int64(len(ids)), "%d contacts are counted, want %d", e.count(contact.Filter{}), len(ids))
}
