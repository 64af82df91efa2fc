package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/danielgtaylor/huma/v2"
)

const contactsPath = "/api/contacts/contacts/"

// Contact is a person who may get messages.
type Contact struct {
	ID          int64             `json:"id"`
	Name        string            `json:"name"`
	Phone       string            `json:"phone" doc:"Canonical: +5511900001234."`
	Email       string            `json:"email"`
	QuemIndicou string            `json:"quem_indicou" doc:"Who recommended the person."`
	Tags        []string          `json:"tags"`
	CustomVars  map[string]string `json:"custom_vars" doc:"Own fields, for {{…}} in messages."`
	Notes       string            `json:"notes"`
	IsActive    bool              `json:"is_active" doc:"Those who are switched off are left out of new audiences."`
	Consent     string            `json:"consent" doc:"Where and when the person agreed to be written to."`
	LegalBasis  string            `json:"legal_basis" enum:",consent,legal_obligation,public_policy,research,contract,legal_claim,vital_interest,health,legitimate_interest,credit_protection" doc:"On which ground of article 7 of the LGPD their data is used; empty where none was recorded."`
	OptedOut    bool              `json:"opted_out" doc:"The person gets nothing, in any campaign: see opt_out."`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
}

func contactView(c contact.Contact, out bool) Contact {
	v := Contact{ID: c.ID, Name: c.Name, Phone: string(c.Phone), Email: c.Email, QuemIndicou: c.ReferredBy, Tags: c.Tags, CustomVars: c.Vars,
		Notes: c.Notes, IsActive: c.Active, Consent: c.Consent, LegalBasis: string(c.Basis), OptedOut: out, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	if v.Tags == nil {
		v.Tags = []string{}
	}
	if v.CustomVars == nil {
		v.CustomVars = map[string]string{}
	}
	return v
}

// contactViews shows contacts, with their opt-outs.
func contactViews(ctx context.Context, s *campaign.Service, cs []contact.Contact) ([]Contact, error) {
	phones := make([]contact.Phone, len(cs))
	for i, c := range cs {
		phones[i] = c.Phone
	}
	out, err := s.OptedOut(ctx, phones...)
	if err != nil {
		return nil, err
	}
	views := make([]Contact, len(cs))
	for i, c := range cs {
		views[i] = contactView(c, out[i])
	}
	return views, nil
}

// ContactEdit is what a person may write of a contact.
type ContactEdit struct {
	Name        Maybe[string]            `json:"name,omitzero"`
	Phone       Maybe[string]            `json:"phone,omitzero" doc:"In any usual spelling, with the area code."`
	Email       Maybe[string]            `json:"email,omitzero"`
	QuemIndicou Maybe[string]            `json:"quem_indicou,omitzero"`
	Tags        Maybe[[]string]          `json:"tags,omitzero"`
	CustomVars  Maybe[map[string]string] `json:"custom_vars,omitzero"`
	Notes       Maybe[string]            `json:"notes,omitzero"`
	IsActive    Maybe[bool]              `json:"is_active,omitzero"`
	Consent     Maybe[string]            `json:"consent,omitzero"`
	LegalBasis  Maybe[string]            `json:"legal_basis,omitzero" doc:"consent, legal_obligation, public_policy, research, contract, legal_claim, vital_interest, health, legitimate_interest or credit_protection, or the words for one of them; empty for none."`
}

// TransformSchema lets what was read be sent back.
func (ContactEdit) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return readOnly[Contact](r, s)
}

// edit applies what was given. Tags and names of fields are brought to their
// normal form.
func (in ContactEdit) edit(c *contact.Contact) error {
	in.Name.put(&c.Name)
	in.Email.put(&c.Email)
	in.QuemIndicou.put(&c.ReferredBy)
	in.Notes.put(&c.Notes)
	in.IsActive.put(&c.Active)
	in.Consent.put(&c.Consent)
	if in.LegalBasis.Given {
		c.Basis = contact.ParseBasis(in.LegalBasis.Value)
	}
	if in.Tags.Given {
		c.Tags = contact.NormalizeTags(in.Tags.Value)
	}
	if in.CustomVars.Given {
		c.Vars = make(map[string]string, len(in.CustomVars.Value))
		for name, value := range in.CustomVars.Value {
			c.Vars[contact.VarName(name)] = value
		}
	}
	if in.Phone.Given {
		p, err := contact.ParsePhone(in.Phone.Value, contact.DefaultRegion)
		if err != nil {
			return err
		}
		c.Phone = p
	}
	return nil
}

// OneContact names a contact in the path.
type OneContact struct {
	ID int64 `path:"id" doc:"The contact's id."`
}

func (a *api) contacts() {
	tag := "contacts"
	route(a, op{method: http.MethodGet, path: contactsPath, id: "listContacts", tag: tag, summary: "List and search contacts, by rising id"}, a.listContacts)
	route(a, op{method: http.MethodPost, path: contactsPath, id: "createContact", tag: tag, status: http.StatusCreated, summary: "Create a contact"}, a.createContact)
	route(a, op{method: http.MethodGet, path: contactsPath + "{id}/", id: "getContact", tag: tag, summary: "Read a contact"}, a.getContact)
	route(a, op{method: http.MethodPatch, path: contactsPath + "{id}/", id: "editContact", tag: tag, summary: "Change a contact"}, a.editContact)
	route(a, op{method: http.MethodDelete, path: contactsPath + "{id}/", id: "deleteContact", tag: tag, status: http.StatusNoContent,
		summary: "Delete a contact. Campaigns keep their copy, and an opt-out stays"}, a.deleteContact)
}

type listContactsInput struct {
	ByCursor
	Search   string   `query:"search" maxLength:"200" doc:"A part of the name, the e-mail or the phone."`
	Tags     []string `query:"tags" maxItems:"100" doc:"Who has at least one of them; with commas."`
	TagsAll  []string `query:"tags_all" maxItems:"100" doc:"Who has every one of them; with commas."`
	Group    int64    `query:"group" minimum:"1" doc:"The members of a group."`
	IsActive string   `query:"is_active" enum:"true,false"`
}

func (a *api) listContacts(ctx context.Context, s *campaign.Service, in *listContactsInput) (*pageOf[Contact], error) {
	f := contact.Filter{Search: in.Search, TagsAny: in.Tags, TagsAll: in.TagsAll, Group: in.Group}
	f.Active = map[string]contact.Activity{"true": contact.OnlyActive, "false": contact.OnlyInactive}[in.IsActive]
	people := s.Contacts()
	cs, err := people.Contacts(ctx, f, contact.Page{After: in.Cursor, Limit: a.size(in.PageSize) + 1})
	if err != nil {
		return nil, err
	}
	count := contact.Count{N: int64(len(cs))}
	if in.Cursor != 0 || len(cs) > a.size(in.PageSize) {
		most := int64(mostCounted)
		if in.Search != "" {
			most = mostFound
		}
		if count, err = people.CountContacts(ctx, f, most); err != nil {
			return nil, err
		}
	}
	views, err := contactViews(ctx, s, cs)
	if err != nil {
		return nil, err
	}
	return continued(a, ctx, in.ByCursor, exact(count), views, func(c Contact) int64 { return c.ID }), nil
}

// What is counted for one page at most: of a search less, since it reads each
// of them.
const (
	mostCounted = 1_000
	mostFound   = 200
)

// exact is a count that a page can name.
func exact(c contact.Count) *int64 {
	if c.More {
		return nil
	}
	return &c.N
}

func (a *api) createContact(ctx context.Context, s *campaign.Service, in *struct{ Body ContactEdit }) (*created[Contact], error) {
	c := contact.Contact{Active: true}
	if err := in.Body.edit(&c); err != nil {
		return nil, err
	}
	c, err := s.Contacts().CreateContact(ctx, a.Now(), c)
	if err != nil {
		return nil, err
	}
	vs, err := contactViews(ctx, s, []contact.Contact{c})
	if err != nil {
		return nil, err
	}
	return &created[Contact]{ETag: tag(c.UpdatedAt.UnixMicro()), Location: a.address(visitOf(ctx), contactsPath, c.ID), Body: vs[0]}, nil
}

func (a *api) getContact(ctx context.Context, s *campaign.Service, in *OneContact) (*tagged[Contact], error) {
	c, err := s.Contacts().Contact(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return shownContact(ctx, s, c)
}

func shownContact(ctx context.Context, s *campaign.Service, c contact.Contact) (*tagged[Contact], error) {
	vs, err := contactViews(ctx, s, []contact.Contact{c})
	if err != nil {
		return nil, err
	}
	return &tagged[Contact]{ETag: tag(c.UpdatedAt.UnixMicro()), Body: vs[0]}, nil
}

type editContactInput struct {
	OneContact
	IfMatch
	Body ContactEdit
}

func (a *api) editContact(ctx context.Context, s *campaign.Service, in *editContactInput) (*tagged[Contact], error) {
	c, err := s.Contacts().UpdateContact(ctx, a.Now(), in.ID, func(c *contact.Contact) error {
		if !in.allows(c.UpdatedAt.UnixMicro()) {
			return a.stale(visitOf(ctx))
		}
		return in.Body.edit(c)
	})
	if err != nil {
		return nil, err
	}
	return shownContact(ctx, s, c)
}

func (a *api) deleteContact(ctx context.Context, s *campaign.Service, in *OneContact) (*struct{}, error) {
	return nil, s.Contacts().DeleteContact(ctx, in.ID)
}
