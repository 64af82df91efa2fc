package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Why answers "why has this not gone out yet?".
type Why struct {
	At      time.Time   `json:"at"`
	Zone    string      `json:"timezone" doc:"The campaign's, by whose clock the texts tell the time."`
	Numbers []NumberWhy `json:"instances"`
	Stalled *Reason     `json:"stalled" doc:"Why nothing goes out, whatever the gates say: no daemon is alive, or everything is stopped; null while nothing of that kind is in the way."`
}

// NumberWhy tells what one number waits for.
type NumberWhy struct {
	Instance int64      `json:"instance"`
	Name     string     `json:"friendly_name"`
	Open     bool       `json:"open" doc:"Nothing is in the way: it may send now."`
	OpensAt  *time.Time `json:"opens_at" doc:"When nothing is in the way any more; null when that is not known."`
	Gates    []Gate     `json:"gates" doc:"Everything that is in the way now."`
}

// Gate is a condition of a send that does not hold.
type Gate struct {
	Reason
	Until *time.Time `json:"until"`
	Never bool       `json:"never" doc:"It will not hold again by itself."`
}

// PersonWhy answers "why has this not gone out to this person yet?".
type PersonWhy struct {
	At      time.Time   `json:"at"`
	Zone    string      `json:"timezone" doc:"The campaign's, by whose clock the texts tell the time."`
	Person  Recipient   `json:"person"`
	Open    bool        `json:"open" doc:"Nothing is in the way, of the person and of one number at least: it may go out now."`
	OpensAt *time.Time  `json:"opens_at" doc:"When nothing is in the way any more; null when that is not known. Those who are ahead come first even then."`
	Ahead   int64       `json:"ahead" doc:"How many of the audience come first; those whose other try is due come first too, and are not counted."`
	Gates   []Gate      `json:"gates" doc:"What is in the way of the person: that the message was sent already, an erasure, an opt-out, another try, a busy phone, a text that cannot be made."`
	Numbers []NumberWhy `json:"instances"`
	Stalled *Reason     `json:"stalled" doc:"Why nothing goes out, whatever the gates say; null while nothing of that kind is in the way."`
}

type explainPersonInput struct {
	OneCampaign
	Body struct {
		Phone string `json:"phone" minLength:"1" maxLength:"60" doc:"In any usual spelling."`
	}
}

// A phone stands in the body, since paths and queries get into logs.
func (a *api) explain() {
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/explain/", id: "explainCampaign", tag: "campaigns",
		summary: "Why nothing goes out at this moment, number by number"},
		func(ctx context.Context, s *campaign.Service, in *OneCampaign) (*struct{ Body Why }, error) {
			c, err := s.Campaign(ctx, campaign.ID(in.ID))
			if err != nil {
				return nil, err
			}
			w, err := s.Explain(ctx, c.ID)
			if err != nil {
				return nil, err
			}
			v, loc := visitOf(ctx), zoneOf(c.Schedule)
			return &struct{ Body Why }{Why{At: w.At, Zone: loc.String(), Numbers: v.numbersWhy(w.Numbers, loc), Stalled: v.reason(w.Stalled, loc)}}, nil
		})
	route(a, op{method: http.MethodGet, path: campaignsPath + "{id}/contacts/{position}/explain/", id: "explainCampaignContact", tag: "campaigns",
		summary: "Why nothing goes out to one person at this moment"},
		func(ctx context.Context, s *campaign.Service, in *OneRecipient) (*struct{ Body PersonWhy }, error) {
			return explainPerson(ctx, s, campaign.RecipientID{Campaign: campaign.ID(in.ID), Position: in.Position})
		})
	route(a, op{method: http.MethodPost, path: campaignsPath + "{id}/explain/", id: "explainCampaignPhone", tag: "campaigns",
		summary: "Why nothing goes out at this moment to the person of a phone"},
		func(ctx context.Context, s *campaign.Service, in *explainPersonInput) (*struct{ Body PersonWhy }, error) {
			p, err := contact.ParsePhone(in.Body.Phone, contact.DefaultRegion)
			if err != nil {
				return nil, err
			}
			id, err := s.FindRecipient(ctx, campaign.ID(in.ID), p)
			if err != nil {
				return nil, err
			}
			return explainPerson(ctx, s, id)
		})
}

func explainPerson(ctx context.Context, s *campaign.Service, id campaign.RecipientID) (*struct{ Body PersonWhy }, error) {
	c, err := s.Campaign(ctx, id.Campaign)
	if err != nil {
		return nil, err
	}
	w, err := s.ExplainRecipient(ctx, id)
	if err != nil {
		return nil, err
	}
	v, loc := visitOf(ctx), zoneOf(c.Schedule)
	return &struct{ Body PersonWhy }{PersonWhy{At: w.At, Zone: loc.String(), Person: v.recipient(w.Recipient, loc),
		Open: w.OpensAt.Equal(w.At) && w.Stalled.IsZero(), OpensAt: moment(w.OpensAt), Ahead: w.Ahead,
		Gates: v.gates(w.Shut, loc), Numbers: v.numbersWhy(w.Numbers, loc), Stalled: v.reason(w.Stalled, loc)}}, nil
}

func (v *visit) numbersWhy(list []campaign.NumberWhy, loc *time.Location) []NumberWhy {
	out := make([]NumberWhy, len(list))
	for i, n := range list {
		out[i] = NumberWhy{Instance: int64(n.Instance), Name: n.Name, Open: len(n.Shut) == 0, OpensAt: moment(n.OpensAt), Gates: v.gates(n.Shut, loc)}
	}
	return out
}

func (v *visit) gates(shut []campaign.Shut, loc *time.Location) []Gate {
	out := make([]Gate, len(shut))
	for i, g := range shut {
		out[i] = Gate{Reason: *v.reason(g.Why, loc), Until: moment(g.Until), Never: g.Never}
	}
	return out
}
