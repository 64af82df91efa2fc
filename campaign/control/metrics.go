package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Metrics are a campaign's figures.
type Metrics struct {
	Campaign int64            `json:"campaign"`
	Timezone string           `json:"timezone" doc:"Whose clock by_hour and by_day go by."`
	Total    int64            `json:"total_contacts"`
	ByStatus map[string]int64 `json:"by_status" doc:"The people by where they stand now; they sum to total_contacts."`

	Sent      int64 `json:"sent" doc:"Accepted by the gateway, or beyond."`
	Delivered int64 `json:"delivered" doc:"Delivered or read."`
	Read      int64 `json:"read"`
	Responded int64 `json:"responded"`
	OptedOut  int64 `json:"opted_out" doc:"Answered a message of this campaign by opting out."`
	Failed    int64 `json:"failed"`
	Skipped   int64 `json:"skipped"`
	Unknown   int64 `json:"unknown"`
	Retries   int64 `json:"retries"`

	Rates      []Rate     `json:"rates"`
	ByMessage  []Happened `json:"by_message" doc:"What happened, by message. These are events, not people: a message that was accepted and then failed counts as sent and as failed, and one that was unknown and then found as both. Where people stand is told by by_status and the figures above."`
	ByInstance []Happened `json:"by_instance" doc:"What happened, by number. These are events, not people: a message that was accepted and then failed counts as sent and as failed, and one that was unknown and then found as both. Where people stand is told by by_status and the figures above."`
	ByHour     []Happened `json:"by_hour" doc:"What happened, by hour, as in by_message; hours without anything are left out."`
	ByDay      []Happened `json:"by_day" doc:"What happened, by day, as in by_message."`
}

// Rate is a share with its denominator named.
type Rate struct {
	Name        string  `json:"name" example:"delivery_rate"`
	Part        string  `json:"part" example:"delivered"`
	Of          string  `json:"of" example:"sent" doc:"The figure that is the whole."`
	Numerator   int64   `json:"numerator"`
	Denominator int64   `json:"denominator"`
	Percentage  float64 `json:"percentage" doc:"From 0 to 100, rounded to one place; 0 of nothing."`
}

// Happened is what happened within one part of a campaign.
type Happened struct {
	At        *time.Time `json:"at,omitempty" doc:"The beginning of the hour or day."`
	Instance  int64      `json:"instance,omitempty"`
	Message   int        `json:"message,omitempty"`
	Sent      int64      `json:"sent"`
	Delivered int64      `json:"delivered"`
	Read      int64      `json:"read"`
	Responded int64      `json:"responded"`
	OptedOut  int64      `json:"opted_out"`
	Failed    int64      `json:"failed"`
	Skipped   int64      `json:"skipped"`
	Unknown   int64      `json:"unknown"`
}

func happened(hs []campaign.Happened) []Happened {
	out := make([]Happened, len(hs))
	for i, h := range hs {
		out[i] = Happened{Instance: int64(h.Instance), Message: int(h.Message), Sent: h.Sent, Delivered: h.Delivered, Read: h.Read,
			Responded: h.Responded, OptedOut: h.OptedOut, Failed: h.Failed, Skipped: h.Skipped, Unknown: h.Unknown}
		if !h.At.IsZero() {
			at := h.At
			out[i].At = &at
		}
	}
	return out
}

func (a *api) metrics() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/metrics/", id: "getCampaignMetrics", tag: "campaigns",
		summary: "Figures by status, message, number, hour and day, and rates"},
		func(ctx context.Context, s *campaign.Service, in *OneCampaign) (*struct{ Body Metrics }, error) {
			m, err := s.Metrics(ctx, campaign.ID(in.ID))
			if err != nil {
				return nil, err
			}
			p, loc := m.Progress, zoneOf(m.Campaign.Schedule)
			out := Metrics{Campaign: in.ID, Timezone: loc.String(), Total: p.Total, ByStatus: map[string]int64{},
				Sent: p.Sent, Delivered: p.Delivered, Read: p.Read, Responded: p.Responded, OptedOut: m.OptedOut(), Failed: p.Failed, Skipped: p.Skipped,
				Unknown: p.Unknown, Retries: p.Retries,
				ByMessage: happened(m.ByMessage()), ByInstance: happened(m.ByInstance()), ByHour: happened(m.ByHour(loc)), ByDay: happened(m.ByDay(loc))}
			for state, n := range byState(p) {
				out.ByStatus[string(state)] = n
			}
			done := p.Total - p.Pending - p.Sending
			for _, r := range []Rate{
				{Name: "progress", Part: "done", Of: "total_contacts", Numerator: done, Denominator: p.Total},
				{Name: "delivery_rate", Part: "delivered", Of: "sent", Numerator: p.Delivered, Denominator: p.Sent},
				{Name: "read_rate", Part: "read", Of: "delivered", Numerator: p.Read, Denominator: p.Delivered},
				{Name: "response_rate", Part: "responded", Of: "sent", Numerator: p.Responded, Denominator: p.Sent},
				{Name: "opt_out_rate", Part: "opted_out", Of: "sent", Numerator: out.OptedOut, Denominator: p.Sent},
				{Name: "failure_rate", Part: "failed", Of: "sent_and_failed", Numerator: p.Failed, Denominator: p.Sent + p.Failed},
			} {
				r.Percentage = percent(r.Numerator, r.Denominator)
				out.Rates = append(out.Rates, r)
			}
			return &struct{ Body Metrics }{out}, nil
		})
}
