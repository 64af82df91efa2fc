package desk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	contactsPath = "/api/contacts/contacts/"
	groupsPath   = "/api/contacts/groups/"
)

// Contacts are the commands about people.
type Contacts struct {
	List    contactList   `cmd:"" help:"List and search contacts."`
	Import  contactImport `cmd:"" help:"Bring a file of contacts in, CSV or XLSX, after showing how it is read."`
	Imports Imports       `cmd:"" help:"Imports that were started: list, show, cancel, undo."`

	Add    contactAdd    `cmd:"" help:"Add one contact."`
	Show   contactShow   `cmd:"" help:"Show one contact, by id or phone."`
	Edit   contactEdit   `cmd:"" help:"Change what is given of one contact."`
	Tag    contactTag    `cmd:"" help:"Give contacts a tag."`
	Untag  contactUntag  `cmd:"" help:"Take a tag away from contacts."`
	Delete contactDelete `cmd:"" help:"Delete one contact; audiences keep their copy, and an opt-out stays."`

	ExportPerson exportPerson `cmd:"" help:"Everything that is held about one person, as JSON to hand over."`
	Erase        erasePerson  `cmd:"" help:"Take one person out of everything, after showing what is held."`
}

type contactList struct {
	Flags
	Search string   `help:"A part of the name, the e-mail or the phone." placeholder:"TEXT"`
	Tag    []string `help:"Who has at least one of these tags." placeholder:"TAG"`
	Group  string   `help:"The members of a group, by its name or id." placeholder:"GROUP"`
	Limit  int      `help:"At most so many; 0 means all." default:"50"`
}

// Run lists contacts.
func (c *contactList) Run(ctx context.Context, d *Desk) error {
	q := url.Values{}
	if c.Search != "" {
		q.Set("search", c.Search)
	}
	if len(c.Tag) > 0 {
		q.Set("tags", strings.Join(c.Tag, ","))
	}
	if c.Group != "" {
		ids, err := d.groups(ctx, []string{c.Group})
		if err != nil {
			return err
		}
		q.Set("group", strconv.FormatInt(ids[0], 10))
	}
	all, more, err := list[contact](ctx, d.API, contactsPath, q, c.Limit)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	t := table{head: []string{"ID", d.say("TELEFONE", "PHONE"), d.say("NOME", "NAME"), "TAGS", ""}, right: map[int]bool{0: true}}
	for _, x := range all {
		mark := ""
		switch {
		case x.OptedOut:
			mark = d.say("não quer mensagens", "wants no messages")
		case !x.Active:
			mark = d.say("inativo", "inactive")
		}
		t.add(x.ID, x.Phone, x.Name, strings.Join(x.Tags, ", "), mark)
	}
	t.print(d.Out, d.Width)
	if more {
		d.note("Há mais; --limit 0 mostra todos.", "There are more; --limit 0 shows all.")
	}
	return nil
}

// Groups are the commands about groups of people.
type Groups struct {
	List   groupList   `cmd:"" help:"List groups."`
	Create groupCreate `cmd:"" help:"Make a group."`
	Add    groupAdd    `cmd:"" help:"Put contacts into a group."`
	Remove groupRemove `cmd:"" help:"Take contacts out of a group."`
	Delete groupDelete `cmd:"" help:"Delete a group; its people stay."`
}

type group struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Count int64  `json:"contact_count"`
}

// groups finds the ids of groups that are named by name or id.
func (d *Desk) groups(ctx context.Context, names []string) ([]int64, error) {
	all, _, err := list[group](ctx, d.API, groupsPath, url.Values{}, 0)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(names))
names:
	for _, name := range names {
		for _, g := range all {
			if strings.EqualFold(g.Name, name) || strconv.FormatInt(g.ID, 10) == name {
				ids = append(ids, g.ID)
				continue names
			}
		}
		return nil, d.fail("não há grupo %q (campaignd group list)", "there is no group %q (campaignd group list)", name)
	}
	return ids, nil
}

type groupList struct{ Flags }

// Run lists groups.
func (*groupList) Run(ctx context.Context, d *Desk) error {
	all, _, err := list[group](ctx, d.API, groupsPath, url.Values{}, 0)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	t := table{head: []string{"ID", d.say("PESSOAS", "PEOPLE"), d.say("NOME", "NAME")}, right: map[int]bool{0: true, 1: true}}
	for _, g := range all {
		t.add(g.ID, g.Count, g.Name)
	}
	t.print(d.Out, d.Width)
	return nil
}

type groupCreate struct {
	Flags
	Name string `arg:"" help:"The group's name."`
}

// Run makes a group.
func (c *groupCreate) Run(ctx context.Context, d *Desk) error {
	var g group
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: groupsPath, Body: map[string]string{"name": c.Name}}, &g); err != nil {
		return err
	}
	return d.showGroup(g)
}

func (d *Desk) showGroup(g group) error {
	if d.JSON {
		return d.print(g)
	}
	d.tell("%d  %s  %d pessoas", "%d  %s  %d people", g.ID, printable(g.Name), g.Count)
	return nil
}

// members is a command about who is in a group.
type members struct {
	Flags
	Group    string  `arg:"" help:"The group's name or id."`
	Contacts []int64 `arg:"" help:"Ids of contacts (campaignd contacts list)."`
}

func (c *members) change(ctx context.Context, d *Desk, how string) error {
	ids, err := d.groups(ctx, []string{c.Group})
	if err != nil {
		return err
	}
	var out struct {
		Changed int64 `json:"changed"`
		Group   group `json:"group"`
	}
	r := Request{Method: http.MethodPost, Path: groupsPath + strconv.FormatInt(ids[0], 10) + "/" + how + "/", Body: map[string]any{"contacts": c.Contacts}}
	if err := d.API.Do(ctx, r, &out); err != nil {
		return err
	}
	return d.showGroup(out.Group)
}

type groupAdd struct{ members }

// Run puts contacts into a group.
func (c *groupAdd) Run(ctx context.Context, d *Desk) error { return c.change(ctx, d, "add_contacts") }

type groupRemove struct{ members }

// Run takes contacts out of a group.
func (c *groupRemove) Run(ctx context.Context, d *Desk) error {
	return c.change(ctx, d, "remove_contacts")
}

type groupDelete struct {
	Flags
	Group string `arg:"" help:"The group's name or id."`
	Yes   bool   `help:"Do not ask." short:"y"`
}

// Run asks, and deletes a group.
func (c *groupDelete) Run(ctx context.Context, d *Desk) error {
	ids, err := d.groups(ctx, []string{c.Group})
	if err != nil {
		return err
	}
	yes, err := d.ask(ctx, c.Yes, "Apagar o grupo %s?", "Delete the group %s?", c.Group)
	if err != nil || !yes {
		return err
	}
	return d.API.Do(ctx, Request{Method: http.MethodDelete, Path: groupsPath + strconv.FormatInt(ids[0], 10) + "/"}, nil)
}
