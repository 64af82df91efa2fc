package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

type pairInput struct {
	OneInstance
	Body *struct {
		PhoneNumber string `json:"phone_number,omitempty" maxLength:"40" doc:"For a pairing code besides the QR code."`
	}
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
			return &struct{ Body Sent }{r}, err
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
