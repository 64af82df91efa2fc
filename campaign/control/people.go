package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
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

func (a *api) people() {
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
