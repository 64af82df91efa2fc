package control

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/danielgtaylor/huma/v2"
)

const groupsPath = "/api/contacts/groups/"

// Group is a named set of contacts.
type Group struct {
	ID           int64     `json:"id"`
	Name         string    `json:"name"`
	Description  string    `json:"description"`
	ContactCount int64     `json:"contact_count"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func groupView(g contact.Group) Group {
	return Group{ID: g.ID, Name: g.Name, Description: g.Description, ContactCount: g.Size, CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt}
}

// GroupEdit is what a person may write of a group.
type GroupEdit struct {
	Name        Maybe[string] `json:"name,omitzero"`
	Description Maybe[string] `json:"description,omitzero"`
}

// TransformSchema lets what was read be sent back.
func (GroupEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Group](r, s)
}

func (in GroupEdit) edit(g *contact.Group) {
	in.Name.put(&g.Name)
	in.Description.put(&g.Description)
}

// OneGroup names a group in the path.
type OneGroup struct {
	ID int64 `path:"id" doc:"The group's id."`
}

func (a *api) groups() {
	tag := "groups"
	route(a, op{method: http.MethodGet, path: groupsPath, id: "listGroups", tag: tag, summary: "List groups"}, a.listGroups)
	route(a, op{method: http.MethodPost, path: groupsPath, id: "createGroup", tag: tag, status: http.StatusCreated, summary: "Create a group"}, a.createGroup)
	route(a, op{method: http.MethodGet, path: groupsPath + "{id}/", id: "getGroup", tag: tag, summary: "Read a group"}, a.getGroup)
	route(a, op{method: http.MethodPatch, path: groupsPath + "{id}/", id: "editGroup", tag: tag, summary: "Change a group"}, a.editGroup)
	route(a, op{method: http.MethodDelete, path: groupsPath + "{id}/", id: "deleteGroup", tag: tag, status: http.StatusNoContent,
		summary: "Delete a group; its members stay contacts"},
		func(ctx context.Context, s *campaign.Service, in *OneGroup) (*struct{}, error) {
			return nil, s.Contacts().DeleteGroup(ctx, in.ID)
		})
	for _, r := range []struct {
		name, id, summary string
		do                func(contact.Members, context.Context, time.Time, int64, []int64) (int64, error)
	}{
		{"add_contacts", "addGroupContacts", "Put contacts into a group", contact.Members.AddMembers},
		{"remove_contacts", "removeGroupContacts", "Take contacts out of a group", contact.Members.RemoveMembers},
	} {
		route(a, op{method: http.MethodPost, path: groupsPath + "{id}/" + r.name + "/", id: r.id, tag: tag, summary: r.summary},
			func(ctx context.Context, s *campaign.Service, in *membersInput) (*struct{ Body Membership }, error) {
				n, err := r.do(s.Contacts(), ctx, a.Now(), in.ID, in.ids())
				if err != nil {
					return nil, err
				}
				g, err := s.Contacts().Group(ctx, in.ID)
				if err != nil {
					return nil, err
				}
				return &struct{ Body Membership }{Membership{Changed: n, Group: groupView(g)}}, nil
			})
	}
}

type membersInput struct {
	OneGroup
	Body struct {
		Contacts   []int64 `json:"contacts,omitempty" maxItems:"10000" doc:"Ids of contacts."`
		ContactIDs []int64 `json:"contact_ids,omitempty" maxItems:"10000" doc:"The same under another name."`
	}
}

func (in *membersInput) ids() []int64 { return append(in.Body.Contacts, in.Body.ContactIDs...) }

// Membership tells what a change of a group's members did.
type Membership struct {
	Changed int64 `json:"changed" doc:"How many were not in it before, or are not in it any more."`
	Group   Group `json:"group"`
}

type listGroupsInput struct {
	ByNumber
	Search string `query:"search" maxLength:"200" doc:"A part of the name."`
}

// listGroups reads all groups: a tenant has hundreds, not millions.
func (a *api) listGroups(ctx context.Context, s *campaign.Service, in *listGroupsInput) (*pageOf[Group], error) {
	var all []Group
	p := contact.Page{Limit: contact.MaxLimit}
	for {
		gs, err := s.Contacts().Groups(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, g := range gs {
			p.After = g.ID
			if strings.Contains(contact.Fold(g.Name), contact.Fold(in.Search)) {
				all = append(all, groupView(g))
			}
		}
		if len(gs) < p.Limit {
			return sliced(a, ctx, in.ByNumber, all), nil
		}
	}
}

func (a *api) createGroup(ctx context.Context, s *campaign.Service, in *struct{ Body GroupEdit }) (*created[Group], error) {
	var g contact.Group
	in.Body.edit(&g)
	g, err := s.Contacts().CreateGroup(ctx, a.Now(), g)
	if err != nil {
		return nil, err
	}
	return &created[Group]{ETag: tag(g.UpdatedAt.UnixMicro()), Location: a.address(visitOf(ctx), groupsPath, g.ID), Body: groupView(g)}, nil
}

func (a *api) getGroup(ctx context.Context, s *campaign.Service, in *OneGroup) (*tagged[Group], error) {
	g, err := s.Contacts().Group(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &tagged[Group]{ETag: tag(g.UpdatedAt.UnixMicro()), Body: groupView(g)}, nil
}

type editGroupInput struct {
	OneGroup
	IfMatch
	Body GroupEdit
}

func (a *api) editGroup(ctx context.Context, s *campaign.Service, in *editGroupInput) (*tagged[Group], error) {
	g, err := s.Contacts().UpdateGroup(ctx, a.Now(), in.ID, func(g *contact.Group) error {
		if !in.allows(g.UpdatedAt.UnixMicro()) {
			return a.stale(visitOf(ctx))
		}
		in.Body.edit(g)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &tagged[Group]{ETag: tag(g.UpdatedAt.UnixMicro()), Body: groupView(g)}, nil
}
