package control

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// bulkInput has at most 1000 contacts: the report of them must stay small
// enough to be kept for a repeat.
type bulkInput struct {
	Body struct {
		Contacts []json.RawMessage `json:"contacts" maxItems:"1000" doc:"Each as for the creation of one contact. One that cannot be stored does not hold the others."`
		Group    int64             `json:"group,omitempty" minimum:"1" doc:"A group to put all of them into."`
	}
}

// BulkReport tells what became of each contact, in order.
type BulkReport struct {
	Created   int       `json:"created"`
	Updated   int       `json:"updated"`
	Unchanged int       `json:"unchanged"`
	Rejected  int       `json:"rejected"`
	Results   []BulkRow `json:"results"`
}

// BulkRow tells what became of one contact.
type BulkRow struct {
	Index   int     `json:"index" doc:"Its place in the request, from 0."`
	ID      int64   `json:"id,omitempty"`
	Outcome string  `json:"outcome" enum:"created,updated,unchanged,rejected"`
	Errors  []Fault `json:"errors,omitempty"`
}

func (a *api) contactsBulk() {
	route(a, op{method: http.MethodPost, path: contactsPath + "bulk_create/", id: "bulkCreateContacts", tag: "contacts", marks: []string{bulk},
		summary: "Create or complete many contacts, by their phone, with a report for each"}, a.bulkCreate)
}

func (a *api) bulkCreate(ctx context.Context, s *campaign.Service, in *bulkInput) (*struct{ Body BulkReport }, error) {
	v := visitOf(ctx)
	if in.Body.Group != 0 {
		if err := s.Check(ctx, campaign.Selection{Groups: []int64{in.Body.Group}}); err != nil {
			return nil, renamed(err, map[string]string{"groups[0]": "group"})
		}
	}
	report := BulkReport{Results: make([]BulkRow, len(in.Body.Contacts))}
	var good []contact.Contact
	var rows []int
	for i, text := range in.Body.Contacts {
		report.Results[i].Index = i
		c, faults := a.bulkContact(v, text)
		if len(faults) > 0 {
			report.reject(i, faults)
			continue
		}
		good, rows = append(good, c), append(rows, i)
	}
	ups, err := s.Contacts().UpsertContacts(ctx, a.Now(), good)
	if err != nil {
		return nil, err
	}
	var members []int64
	for j, u := range ups {
		if u.Outcome == contact.Rejected {
			report.reject(rows[j], faultsOf(v, u.Err))
			continue
		}
		r := &report.Results[rows[j]]
		r.ID, r.Outcome = u.ID, string(u.Outcome)
		members = append(members, u.ID)
		switch u.Outcome {
		case contact.Created:
			report.Created++
		case contact.Updated:
			report.Updated++
		case contact.Unchanged:
			report.Unchanged++
		}
	}
	if in.Body.Group != 0 && len(members) > 0 {
		if _, err := s.Contacts().AddMembers(ctx, a.Now(), in.Body.Group, members); err != nil {
			return nil, err
		}
	}
	return &struct{ Body BulkReport }{report}, nil
}

func (r *BulkReport) reject(i int, faults []Fault) {
	r.Rejected++
	r.Results[i].Outcome, r.Results[i].Errors = string(contact.Rejected), faults
}

// bulkContact reads one contact of many, so that a row of the wrong shape is
// that row's fault alone.
func (a *api) bulkContact(v *visit, text json.RawMessage) (contact.Contact, []Fault) {
	c := contact.Contact{Active: true}
	var in ContactEdit
	if faults := a.shape(v, &in, text); len(faults) > 0 {
		return c, faults
	}
	if err := in.edit(&c); err != nil {
		return c, faultsOf(v, err)
	}
	if err := c.Validate(); err != nil {
		return c, faultsOf(v, err)
	}
	return c, nil
}
