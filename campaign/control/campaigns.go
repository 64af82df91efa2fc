package control

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/alreasense/campaigns/campaign"
)

const campaignsPath = "/api/campaigns/campaigns/"

// OneCampaign names a campaign in the path.
type OneCampaign struct {
	ID int64 `path:"id" doc:"The campaign's number."`
}

func (a *api) campaigns() {
	route(a, op{method: http.MethodGet, path: campaignsPath, id: "listCampaigns", tag: "campaigns", summary: "List campaigns"}, a.listCampaigns)
	route(a, op{method: http.MethodPost, path: campaignsPath, id: "createCampaign", tag: "campaigns", status: http.StatusCreated,
		summary: "Create a draft, with messages and people"}, a.createCampaign)
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/", id: "getCampaign", tag: "campaigns", summary: "Read a campaign"}, a.getCampaign)
	route(a, op{method: http.MethodPatch, path: campaignsPath + "{id}/", id: "editCampaign", tag: "campaigns",
		summary: "Change a draft, or a campaign that is scheduled or paused"}, a.editCampaign)
	route(a, op{method: http.MethodDelete, path: campaignsPath + "{id}/", id: "deleteCampaign", tag: "campaigns", status: http.StatusNoContent,
		summary: "Delete a draft, or a campaign that has ended, with its audience"}, a.deleteCampaign)
}

type listCampaignsInput struct {
	ByNumber
	Cursor   int64    `query:"cursor" minimum:"0" doc:"Where to go on, from the next of the page before, however many were made or deleted meanwhile. Not with ordering=name, whose pages go by number."`
	Status   []string `query:"status" enum:"draft,scheduled,active,paused,completed,cancelled" doc:"One or several, with commas."`
	Search   string   `query:"search" maxLength:"200" doc:"A part of the name."`
	Ordering string   `query:"ordering" enum:"-created_at,created_at,name" default:"-created_at"`
}

func (a *api) listCampaigns(ctx context.Context, s *campaign.Service, in *listCampaignsInput) (*pageOf[Campaign], error) {
	q := campaign.CampaignQuery{Search: in.Search, Skip: a.skip(in.ByNumber), Limit: a.size(in.PageSize)}
	for _, st := range in.Status {
		q.Status = append(q.Status, campaign.Status(st))
	}
	q.Order = map[string]campaign.Order{"created_at": campaign.OldestFirst, "name": campaign.ByName}[in.Ordering]
	byID := q.Order != campaign.ByName && (in.Page <= 1 || in.Cursor > 0)
	if byID {
		// A row more tells whether there is a next page.
		q.Skip, q.Limit = 0, q.Limit+1
		if q.Order == campaign.OldestFirst {
			q.After = campaign.ID(in.Cursor)
		} else {
			q.Before = campaign.ID(in.Cursor)
		}
	}
	list, count, err := s.Standings(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]Campaign, len(list))
	for i, c := range list {
		out[i] = visitOf(ctx).campaign(c)
	}
	if byID {
		return continued(a, ctx, ByCursor{in.Cursor, in.PageSize}, &count, out, func(c Campaign) int64 { return c.ID }), nil
	}
	return numbered(a, ctx, in.ByNumber, count, out), nil
}

func (a *api) createCampaign(ctx context.Context, s *campaign.Service, in *struct{ Body CampaignNew }) (*created[Campaign], error) {
	if err := s.Check(ctx, in.Body.selection()); err != nil {
		return nil, err
	}
	var d campaign.Draft
	if err := in.Body.edit(&d); err != nil {
		return nil, err
	}
	c, err := s.Create(ctx, d)
	if err != nil {
		return nil, in.Body.spelled(err)
	}
	if x := in.Body.selection(); !x.IsZero() {
		if _, err := s.Invite(ctx, c.ID, x); err != nil {
			return nil, err
		}
	}
	return a.createdCampaign(ctx, s, c.ID)
}

// createdCampaign shows a new campaign.
func (a *api) createdCampaign(ctx context.Context, s *campaign.Service, id campaign.ID) (*created[Campaign], error) {
	st, err := s.Standing(ctx, id)
	if err != nil {
		return nil, err
	}
	v := visitOf(ctx)
	return &created[Campaign]{ETag: tag(st.Campaign.Rev), Location: a.address(v, campaignsPath, int64(id)), Body: v.campaign(st)}, nil
}

func (a *api) getCampaign(ctx context.Context, s *campaign.Service, in *struct{ OneCampaign }) (*tagged[Campaign], error) {
	return a.shown(ctx, s, campaign.ID(in.ID))
}

// shown is the answer of every command that leaves a campaign behind.
func (a *api) shown(ctx context.Context, s *campaign.Service, id campaign.ID) (*tagged[Campaign], error) {
	st, err := s.Standing(ctx, id)
	if err != nil {
		return nil, err
	}
	return &tagged[Campaign]{ETag: tag(st.Campaign.Rev), Body: visitOf(ctx).campaign(st)}, nil
}

type editCampaignInput struct {
	OneCampaign
	IfMatch
	Body CampaignEdit
}

func (a *api) editCampaign(ctx context.Context, s *campaign.Service, in *editCampaignInput) (*tagged[Campaign], error) {
	if _, err := a.edit(ctx, s, campaign.ID(in.ID), in.IfMatch, in.Body.edit); err != nil {
		return nil, in.Body.spelled(err)
	}
	return a.shown(ctx, s, campaign.ID(in.ID))
}

// editTries bounds the repeats of an edit that names no revision and meets
// others.
const editTries = 5

// edit changes a campaign at the revision that the caller names, or at
// whatever there is.
func (a *api) edit(ctx context.Context, s *campaign.Service, id campaign.ID, m IfMatch, f func(*campaign.Draft) error) (c campaign.Campaign, err error) {
	for range editTries {
		c, err = s.Campaign(ctx, id)
		if err != nil {
			return c, err
		}
		if !m.allows(c.Rev) {
			return c, a.stale(visitOf(ctx))
		}
		c, err = s.Edit(ctx, id, c.Rev, f)
		if !errors.Is(err, campaign.ErrStale) || m.IfMatch != "" {
			return c, err
		}
	}
	return c, err
}

func (a *api) deleteCampaign(ctx context.Context, s *campaign.Service, in *struct{ OneCampaign }) (*struct{}, error) {
	return nil, s.Delete(ctx, campaign.ID(in.ID))
}

// spelled names the refused fields of a schedule as the request did.
func (in CampaignEdit) spelled(err error) error {
	if in.Schedule != nil {
		return err
	}
	return renamed(err, map[string]string{
		"schedule.kind": "schedule_type", "schedule.zone": "timezone", "schedule.daily[0]": "morning_start",
		"schedule.daily[1]": "afternoon_start", "schedule.skip_weekends": "skip_weekends", "schedule.skip_holidays": "skip_holidays",
	})
}

// address is where something new can be read.
func (a *api) address(v *visit, path string, id int64) string {
	at := path + itoa(id) + "/"
	if a.PublicURL != "" {
		return a.PublicURL + at
	}
	// What lies before our own path is the prefix that the host mounted us at.
	if i := strings.Index(v.base, "/api/"); i > 0 {
		return v.base[:i] + at
	}
	return at
}
