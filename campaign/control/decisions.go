package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
)

type decideInput struct {
	OneRecipient
	Body struct {
		Decision string `json:"decision" enum:"sent,not_sent,resend" doc:"sent: it went out. not_sent: it did not, and counts as failed. resend: send a second message, whatever became of the first."`
		Reopen   bool   `json:"reopen,omitempty" doc:"With resend: open a completed campaign for it, in the same step."`
		Note     string `json:"note,omitempty" maxLength:"500" doc:"What it rests on, for the log."`
	}
}

func (a *api) decisions() {
	route(a, op{method: http.MethodPost, path: campaignsPath + "{id}/contacts/{position}/decide/", id: "decideCampaignContact", tag: "commands",
		summary: "Settle a send whose outcome is unknown"},
		func(ctx context.Context, s *campaign.Service, in *decideInput) (*struct{ Body Recipient }, error) {
			id := campaign.RecipientID{Campaign: campaign.ID(in.ID), Position: in.Position}
			if in.Body.Reopen {
				s = s.Reopening()
			}
			if err := s.Decide(ctx, id, campaign.Decision(in.Body.Decision), in.Body.Note); err != nil {
				return nil, err
			}
			c, err := s.Campaign(ctx, id.Campaign)
			if err != nil {
				return nil, err
			}
			r, err := s.Recipient(ctx, id)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Recipient }{visitOf(ctx).recipient(r, zoneOf(c.Schedule))}, nil
		})
}
