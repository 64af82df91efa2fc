package evolution

import (
	"context"
	"net/http"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Number is what WhatsApp says about one phone.
type Number struct {
	Phone  contact.Phone
	Exists bool
	// Address is what a message would be sent to: "5511900001234@s.whatsapp.net".
	Address string
	// LID is the anonymous address of the same person, if the gateway said it.
	LID string
	// Known is false when the gateway's answer leaves the phone out.
	Known bool
}

// Numbers asks which phones are on WhatsApp, through the route's number, which
// must be connected. The result has the order of phones, whatever the order
// of the gateway's answer. It is a question to WhatsApp's own servers: many of
// them at once are answered with CodeRateOverlimit and cost the number's
// reputation, so ask in small lots.
func (c *Client) Numbers(ctx context.Context, r campaign.Route, phones ...contact.Phone) ([]Number, error) {
	if len(phones) == 0 {
		return nil, nil
	}
	asked := make([]string, 0, len(phones))
	seen := make(map[string]int, len(phones)) // to the position in asked
	for _, p := range phones {
		d := p.Digits()
		if _, twice := seen[d]; d != "" && !twice {
			seen[d] = len(asked)
			asked = append(asked, d)
		}
	}
	out := make([]Number, len(phones))
	for i, p := range phones {
		out[i].Phone = p
	}
	if len(asked) == 0 {
		return out, nil
	}
	var rows []struct {
		JID    string `json:"jid"`
		Exists bool   `json:"exists"`
		Number string `json:"number"`
		LID    string `json:"lid"`
	}
	err := c.call(ctx, r, ask{
		op: "numbers", method: http.MethodPost, route: "/chat/whatsappNumbers",
		in: map[string][]string{"numbers": asked}, read: true, limit: maxList, wait: defaultTimeout,
	}, &rows)
	if err != nil {
		return nil, err
	}
	known := make(map[string]Number, len(rows))
	for _, w := range rows {
		n := Number{Exists: w.Exists, Address: w.JID, Known: true}
		if w.LID != "" && w.LID != "lid" {
			n.LID = w.LID
			if !strings.Contains(n.LID, "@") {
				n.LID += lid
			}
		}
		known[w.Number] = n
	}
	for i, p := range phones {
		if n, ok := known[p.Digits()]; ok {
			n.Phone = p
			out[i] = n
		}
	}
	return out, nil
}
