package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Recipient is a person in a campaign's audience.
type Recipient struct {
	ID           int64      `json:"id" doc:"The position in the audience, from 1."`
	ContactID    int64      `json:"contact_id" doc:"0 where the person was not added from a contact."`
	Name         string     `json:"name"`
	Phone        string     `json:"phone" doc:"Empty for who was erased."`
	Erased       bool       `json:"erased" doc:"The person was erased at their own request: nothing tells who it was."`
	Status       string     `json:"status" enum:"pending,sending,unknown,sent,delivered,read,failed,skipped,cancelled"`
	StatusText   string     `json:"status_text"`
	Responded    bool       `json:"responded"`
	SentAt       *time.Time `json:"sent_at"`
	DeliveredAt  *time.Time `json:"delivered_at"`
	ReadAt       *time.Time `json:"read_at"`
	RespondedAt  *time.Time `json:"responded_at"`
	ErrorCode    string     `json:"error_code" doc:"Why it failed, was skipped, waits or is unknown."`
	ErrorMessage string     `json:"error_message" doc:"The same in words."`
	RetryCount   int        `json:"retry_count" doc:"Tries beyond the first."`
	Generation   int        `json:"generation" doc:"1, and one more for each resend that was ordered."`
	DueAt        *time.Time `json:"due_at" doc:"When it is tried again."`
	Message      int        `json:"message" doc:"The message that was chosen; 0 before."`
	Instance     int64      `json:"instance" doc:"The number that sent; 0 before."`
	ProviderID   string     `json:"provider_id" doc:"The message's id at WhatsApp."`
}

func (v *visit) recipient(r campaign.Recipient, loc *time.Location) Recipient {
	phone := string(r.Contact.Phone)
	if campaign.Erased(r.Contact.Phone) {
		phone = ""
	}
	return Recipient{
		ID: r.ID.Position, ContactID: r.Contact.ID, Name: r.Contact.Name, Phone: phone, Erased: campaign.Erased(r.Contact.Phone),
		Status: string(r.State), StatusText: r.State.Text(v.language), Responded: !r.RespondedAt.IsZero(),
		SentAt: moment(r.SentAt), DeliveredAt: moment(r.DeliveredAt), ReadAt: moment(r.ReadAt), RespondedAt: moment(r.RespondedAt),
		ErrorCode: string(r.Why.Code), ErrorMessage: v.sayIn(r.Why, loc), RetryCount: max(r.Tries-1, 0), Generation: r.Generation,
		DueAt: moment(r.Due), Message: int(r.Message), Instance: int64(r.Instance), ProviderID: r.ProviderID,
	}
}

type listRecipientsInput struct {
	OneCampaign
	ByCursor
	Status []string `query:"status" enum:"pending,sending,unknown,sent,delivered,read,responded,failed,skipped,cancelled" doc:"One or several, with commas. responded are those who answered, whatever else they are."`
}

// OneRecipient names a recipient in the path.
type OneRecipient struct {
	OneCampaign
	Position int64 `path:"position" doc:"The position in the audience, from 1."`
}

func (a *api) recipients() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/contacts/", id: "listCampaignContacts", tag: "campaigns",
		summary: "The people of a campaign, by status"}, a.listRecipients)
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/contacts/{position}/", id: "getCampaignContact", tag: "campaigns",
		summary: "One person of a campaign"},
		func(ctx context.Context, s *campaign.Service, in *OneRecipient) (*struct{ Body Recipient }, error) {
			c, err := s.Campaign(ctx, campaign.ID(in.ID))
			if err != nil {
				return nil, err
			}
			r, err := s.Recipient(ctx, campaign.RecipientID{Campaign: c.ID, Position: in.Position})
			if err != nil {
				return nil, err
			}
			return &struct{ Body Recipient }{visitOf(ctx).recipient(r, zoneOf(c.Schedule))}, nil
		})
}

const responded = "responded"

func (a *api) listRecipients(ctx context.Context, s *campaign.Service, in *listRecipientsInput) (*pageOf[Recipient], error) {
	st, err := s.Standing(ctx, campaign.ID(in.ID))
	if err != nil {
		return nil, err
	}
	q := campaign.RecipientQuery{Campaign: st.Campaign.ID, After: in.Cursor, Limit: a.size(in.PageSize) + 1}
	answered := false
	for _, name := range in.Status {
		if answered = answered || name == responded; name != responded {
			q.States = append(q.States, campaign.State(name))
		}
	}
	count := countOf(st.Progress, q.States)
	if q.Responded = answered; answered {
		if count = nil; len(q.States) == 0 {
			count = &st.Progress.Responded
			q.States = []campaign.State{campaign.Sent, campaign.Delivered, campaign.Read}
		}
	}
	rows, err := s.Recipients(ctx, q)
	if err != nil {
		return nil, err
	}
	v, loc := visitOf(ctx), zoneOf(st.Campaign.Schedule)
	out := make([]Recipient, len(rows))
	for i, r := range rows {
		out[i] = v.recipient(r, loc)
	}
	return continued(a, ctx, in.ByCursor, count, out, func(r Recipient) int64 { return r.ID }), nil
}

// countOf is how many of the audience stand in the states; all if none is
// named.
func countOf(p campaign.Progress, states []campaign.State) *int64 {
	n := p.Total
	if len(states) > 0 {
		n = 0
	}
	of := byState(p)
	seen := map[campaign.State]bool{}
	for _, s := range states {
		if !seen[s] {
			n += of[s]
		}
		seen[s] = true
	}
	return &n
}

// byState splits what the books count together.
func byState(p campaign.Progress) map[campaign.State]int64 {
	return map[campaign.State]int64{
		campaign.Pending: p.Pending, campaign.Sending: p.Sending, campaign.Unknown: p.Unknown,
		campaign.Sent: p.Sent - p.Delivered, campaign.Delivered: p.Delivered - p.Read, campaign.Read: p.Read,
		campaign.Failed: p.Failed, campaign.Skipped: p.Skipped, campaign.Dropped: p.Cancelled,
	}
}
