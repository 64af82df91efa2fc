package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Why answers "why has this not gone out yet?".
type Why struct {
	At      time.Time   `json:"at"`
	Numbers []NumberWhy `json:"instances"`
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
			out := Why{At: w.At, Numbers: []NumberWhy{}}
			for _, n := range w.Numbers {
				x := NumberWhy{Instance: int64(n.Instance), Name: n.Name, Open: len(n.Shut) == 0, OpensAt: moment(n.OpensAt), Gates: []Gate{}}
				for _, g := range n.Shut {
					x.Gates = append(x.Gates, Gate{Reason: *v.reason(g.Why, loc), Until: moment(g.Until), Never: g.Never})
				}
				out.Numbers = append(out.Numbers, x)
			}
			return &struct{ Body Why }{out}, nil
		})
}
