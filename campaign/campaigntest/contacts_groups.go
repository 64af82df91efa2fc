package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alreasense/campaigns/contact"
)

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

func groupsOfOne(e *contactEnv) {
	c, other := e.add(1, nil), e.add(2, nil)
	var want []contact.Group
	for _, name := range []string{"a", "b", "c"} {
		g, err := e.CreateGroup(e.ctx, t0, contact.Group{Name: name})
		e.need(err, "CreateGroup")
		in := []int64{other.ID}
		if name != "b" {
			in = append(in, c.ID)
		}
		_, err = e.AddMembers(e.ctx, t0, g.ID, in)
		e.need(err, "AddMembers")
		if g, err = e.Group(e.ctx, g.ID); name != "b" {
			want = append(want, g)
		}
		e.need(err, "Group")
	}
	got, err := e.GroupsOf(e.ctx, c.ID)
	e.need(err, "GroupsOf")
	e.equal(got, want, "the groups of a contact")
	e.need(e.DeleteGroup(e.ctx, want[0].ID), "DeleteGroup")
	_, err = e.RemoveMembers(e.ctx, t0, want[1].ID, []int64{c.ID})
	e.need(err, "RemoveMembers")
	got, err = e.GroupsOf(e.ctx, c.ID)
	e.need(err, "GroupsOf")
	e.that(len(got) == 0, "a contact is in %d groups after it has left them all", len(got))
	_, err = e.GroupsOf(e.ctx, c.ID+999)
	e.refuse(err, contact.ErrNotFound, "GroupsOf of an unknown contact")
	mine, err := e.theirs.CreateContact(e.ctx, t0, people(5, 5)[0])
	e.need(err, "CreateContact")
	if mine.ID != c.ID && mine.ID != other.ID {
		_, err = e.GroupsOf(e.ctx, mine.ID)
		e.refuse(err, contact.ErrNotFound, "GroupsOf of another tenant's contact")
	}
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
	n := e.count(contact.Filter{})
	e.that(n == 40, "there are %d contacts, want 40", n)
}
