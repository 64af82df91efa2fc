package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

type pairInput struct {
	OneInstance
	Body *struct {
		PhoneNumber string `json:"phone_number,omitempty" maxLength:"40" doc:"For a pairing code besides the QR code."`
	}
}

// Callback is whether a number's gateway reports to this installation.
type Callback struct {
	// State is one of those of Reports.
	State string
	// At is when a report came last, or when the gateway was asked last to
	// report.
	At time.Time
	// Why explains "failing".
	Why campaign.Reason
}

// Reports is how it stands with what a gateway reports of a number: without
// them nobody learns of deliveries, replies and opt-outs.
type Reports struct {
	State  string     `json:"state" enum:"verified,registered,not_registered,no_public_url,failing" doc:"verified: a report has come. registered: the gateway has our address and has not used it yet. no_public_url: this installation has no address that a gateway could reach. failing: the gateway does not take the address."`
	Text   string     `json:"text" doc:"The same in words, with what to do."`
	At     *time.Time `json:"at" doc:"When a report came last, or when the gateway was asked last to report."`
	Reason *Reason    `json:"reason" doc:"Why it is failing; null otherwise."`
}

// reports is nil where this installation does not know.
func (a *api) reports(v *visit, id campaign.InstanceID) *Reports {
	if a.Connections == nil {
		return nil
	}
	c := a.Connections.Callback(id)
	return &Reports{State: c.State, Text: say(v.language, campaign.Because(reportsCode+campaign.Code(c.State))), At: moment(c.At),
		Reason: v.reason(c.Why, defaultZone)}
}

type sendTestInput struct {
	OneInstance
	Body struct {
		Phone   string `json:"phone" maxLength:"40"`
		Message string `json:"message" maxLength:"4096"`
	}
}

// State is the state of a number at its gateway.
type State struct {
	State campaign.Connection `json:"connection_state" enum:"open,connecting,close,unknown"`
	Text  string              `json:"connection_state_text"`
}

func (a *api) connections() {
	at := func(name, id, summary string) op {
		return op{method: http.MethodPost, path: instancesPath + "{id}/" + name + "/", id: id, tag: "instances", summary: summary}
	}
	// known refuses what the caller may not do, what the tenant lacks, and what
	// this installation lacks, in this order.
	known := func(ctx context.Context, s *campaign.Service, id int64) error {
		if err := s.Caller().May(campaign.Operator); err != nil {
			return err
		}
		if _, err := s.Number(ctx, campaign.InstanceID(id)); err != nil {
			return err
		}
		if a.Connections == nil {
			return a.lacks(ctx, "connection to a gateway", "conexão com um servidor de WhatsApp")
		}
		return nil
	}
	route(a, at("generate_qr", "pairInstance", "What a phone needs to join: a QR code, or a pairing code"),
		func(ctx context.Context, s *campaign.Service, in *pairInput) (*struct{ Body Pairing }, error) {
			if err := known(ctx, s, in.ID); err != nil {
				return nil, err
			}
			var phone string
			if in.Body != nil {
				phone = in.Body.PhoneNumber
			}
			p, err := a.Connections.Pair(ctx, s, campaign.InstanceID(in.ID), phone)
			return &struct{ Body Pairing }{p}, err
		})
	route(a, at("check_status", "checkInstance", "Ask the gateway for the number's state"),
		func(ctx context.Context, s *campaign.Service, in *OneInstance) (*struct{ Body State }, error) {
			if err := known(ctx, s, in.ID); err != nil {
				return nil, err
			}
			c, err := a.Connections.State(ctx, s, campaign.InstanceID(in.ID))
			return &struct{ Body State }{State{c, c.Text(visitOf(ctx).language)}}, err
		})
	route(a, at("send_test", "sendTest", "Send one message, through the same ledger as any other"),
		func(ctx context.Context, s *campaign.Service, in *sendTestInput) (*struct{ Body Sent }, error) {
			if err := known(ctx, s, in.ID); err != nil {
				return nil, err
			}
			to, err := contact.ParsePhone(in.Body.Phone, contact.DefaultRegion)
			if err != nil {
				return nil, err
			}
			r, err := a.Connections.SendTest(ctx, s, campaign.InstanceID(in.ID), to, in.Body.Message)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Sent }{Sent{int64(r.ID.Campaign), visitOf(ctx).recipient(r, defaultZone)}}, nil
		})
	for _, r := range []struct {
		name, id, summary string
		do                func(Connections, context.Context, *campaign.Service, campaign.InstanceID) error
	}{
		{"restart", "restartInstance", "Restart the number's session at the gateway", Connections.Restart},
		{"disconnect", "disconnectInstance", "Log the number out at the gateway", Connections.Disconnect},
	} {
		route(a, at(r.name, r.id, r.summary), func(ctx context.Context, s *campaign.Service, in *OneInstance) (*tagged[Instance], error) {
			if err := known(ctx, s, in.ID); err != nil {
				return nil, err
			}
			if err := r.do(a.Connections, ctx, s, campaign.InstanceID(in.ID)); err != nil {
				return nil, err
			}
			return a.shownInstance(ctx, s, campaign.InstanceID(in.ID))
		})
	}
}
