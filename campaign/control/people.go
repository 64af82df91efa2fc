package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Intake tells what became of people who were added to a campaign.
type Intake struct {
	Added      int64 `json:"added" doc:"In the audience now."`
	Duplicates int64 `json:"duplicates" doc:"In it before, by their phone."`
	Inactive   int64 `json:"inactive" doc:"Contacts that are switched off, and stayed out."`
	OptedOut   int64 `json:"opted_out" doc:"The part of added that gets nothing, since they do not want to."`
	Total      int64 `json:"total_contacts" doc:"The size of the audience now."`
}

type inviteInput struct {
	OneCampaign
	Body struct {
		Audience
		Reopen bool `json:"reopen,omitempty" doc:"Open a completed campaign for them, in the same step: it goes on sending at once."`
	}
}

type leaveOutInput struct {
	OneCampaign
	Body struct {
		Positions []int64         `json:"positions,omitempty" maxItems:"1000" doc:"Who, by their positions in the audience."`
		Spans     []campaign.Span `json:"spans,omitempty" maxItems:"1000" doc:"Ranges of positions, both ends in it."`
		Phones    []string        `json:"phones,omitempty" maxItems:"1000" doc:"Who, by their phones."`
		Note      string          `json:"note,omitempty" maxLength:"500" doc:"Why, for the log."`
	}
}

// LeftOut is what became of people who were to be left out.
type LeftOut struct {
	Out  int64   `json:"left_out" doc:"How many of them get nothing by this campaign any more."`
	Late []int64 `json:"too_late" doc:"The positions of some for whom it came too late: sent to, under way, or settled before. Not more than 100."`
}

func (a *api) leaveOut(ctx context.Context, s *campaign.Service, in *leaveOutInput) (*struct{ Body LeftOut }, error) {
	who := in.Body.Spans
	for _, n := range in.Body.Positions {
		who = append(who, campaign.Span{First: n, Last: n})
	}
	for _, text := range in.Body.Phones {
		p, err := contact.ParsePhone(text, contact.DefaultRegion)
		if err != nil {
			return nil, err
		}
		id, err := s.FindRecipient(ctx, campaign.ID(in.ID), p)
		if err != nil {
			return nil, err
		}
		who = append(who, campaign.Span{First: id.Position, Last: id.Position})
	}
	got, err := s.LeaveOut(ctx, campaign.ID(in.ID), in.Body.Note, who...)
	if err != nil {
		return nil, err
	}
	out := LeftOut{Out: got.Out, Late: []int64{}}
	for _, id := range got.Late {
		out.Late = append(out.Late, id.Position)
	}
	return &struct{ Body LeftOut }{out}, nil
}

func (a *api) people() {
	route(a, op{method: http.MethodPost, path: campaignsPath + "{id}/leave_out/", id: "leaveOutOfCampaign", tag: "campaigns",
		summary: "Take people out of a campaign: those who are still to come get nothing by it, which cannot be undone"}, a.leaveOut)
	route(a, op{method: http.MethodPost, path: campaignsPath + "{id}/contacts/", id: "addCampaignContacts", tag: "campaigns",
		summary: "Add people by contact, group or tag; to a campaign that runs they are its next wave"},
		func(ctx context.Context, s *campaign.Service, in *inviteInput) (*struct{ Body Intake }, error) {
			if in.Body.Reopen {
				s = s.Reopening()
			}
			got, err := s.Invite(ctx, campaign.ID(in.ID), in.Body.selection())
			if err != nil {
				return nil, err
			}
			c, err := s.Campaign(ctx, campaign.ID(in.ID))
			if err != nil {
				return nil, err
			}
			return &struct{ Body Intake }{Intake{Added: got.Added, Duplicates: got.Duplicates, Inactive: got.Inactive,
				OptedOut: got.OptedOut, Total: c.Total}}, nil
		})
}
