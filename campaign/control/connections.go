package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

type pairInput struct {
	OneInstance
	Body *struct {
		PhoneNumber string `json:"phone_number,omitempty" maxLength:"40" doc:"For a pairing code besides the QR code."`
		TakeWebhook bool   `json:"take_webhook,omitempty" doc:"Take the gateway's webhook first, where another system has set it: it is kept, and put back when the number is removed. It takes an administrator."`
	}
}

type restartInput struct {
	OneInstance
	TakeWebhook bool `query:"take_webhook" doc:"Take the gateway's webhook first, where another system has set it: it is kept, and put back when the number is removed. It takes an administrator."`
}

// Callback is whether a number's gateway reports to this installation.
type Callback struct {
	// State is one of those of Reports.
	State string
	// At is when a report came last, or when the gateway was asked last to
	// report.
	At time.Time
	// Why explains "failing" and "unasked".
	Why campaign.Reason
	// Address is where the gateway reports to, of "elsewhere", as far as it is
	// no secret.
	Address string
}

// Reports is how it stands with what a gateway reports of a number: without
// them nobody learns of deliveries, replies and opt-outs.
type Reports struct {
	State  string     `json:"state" enum:"verified,registered,not_registered,no_public_url,failing,elsewhere,nowhere,unasked" doc:"verified: a report has come. registered: the gateway has our address and has not used it yet. no_public_url: this installation has no address that a gateway could reach. failing: the gateway does not take the address. elsewhere: another system has set the gateway's webhook, which is not displaced unasked. nowhere: the gateway has no webhook, or not all of ours, and gets it within minutes. unasked: the gateway could not be asked."`
	Text   string     `json:"text" doc:"The same in words, with what to do."`
	At     *time.Time `json:"at" doc:"When a report came last, or when the gateway was asked last to report."`
	Reason *Reason    `json:"reason" doc:"Why it is failing, elsewhere or unasked; null otherwise."`
}

// reports is nil where this installation does not know.
func (a *api) reports(v *visit, id campaign.InstanceID) *Reports {
	if a.Connections == nil {
		return nil
	}
	return v.callback(a.Connections.Callback(id))
}

func (v *visit) callback(c Callback) *Reports {
	state := campaign.Because(reportsCode + campaign.Code(c.State))
	if c.Address != "" {
		state = campaign.Because(state.Code, "address", c.Address)
	}
	return &Reports{State: c.State, Text: v.say(state), At: moment(c.At), Reason: v.reason(c.Why, defaultZone)}
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
	// Reports was asked of the gateway too.
	Reports *Reports `json:"reports" doc:"Where the gateway reports to, as it says now."`
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
			return a.lacks(ctx, "connection to a gateway", "conexão com um gateway de WhatsApp")
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
				if in.Body.TakeWebhook {
					if err := a.Connections.TakeWebhook(ctx, s, campaign.InstanceID(in.ID)); err != nil && !isUnknown(err) {
						return nil, err
					}
				}
			}
			p, err := a.Connections.Pair(ctx, s, campaign.InstanceID(in.ID), phone)
			return &struct{ Body Pairing }{p}, err
		})
	route(a, at("check_status", "checkInstance", "Ask the gateway for the number's state, and where it reports to"),
		func(ctx context.Context, s *campaign.Service, in *OneInstance) (*struct{ Body State }, error) {
			if err := known(ctx, s, in.ID); err != nil {
				return nil, err
			}
			c, err := a.Connections.State(ctx, s, campaign.InstanceID(in.ID))
			if err != nil {
				return nil, err
			}
			r, err := a.Connections.Reports(ctx, s, campaign.InstanceID(in.ID))
			v := visitOf(ctx)
			return &struct{ Body State }{State{c, c.Text(v.language), v.callback(r)}}, err
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
	route(a, at("restart", "restartInstance", "Restart the number's session at the gateway"),
		func(ctx context.Context, s *campaign.Service, in *restartInput) (*tagged[Instance], error) {
			if err := known(ctx, s, in.ID); err != nil {
				return nil, err
			}
			id := campaign.InstanceID(in.ID)
			if in.TakeWebhook {
				if err := a.Connections.TakeWebhook(ctx, s, id); err != nil {
					return nil, err
				}
			}
			if err := a.Connections.Restart(ctx, s, id); err != nil {
				return nil, err
			}
			return a.shownInstance(ctx, s, id)
		})
	route(a, at("disconnect", "disconnectInstance", "Log the number out at the gateway"),
		func(ctx context.Context, s *campaign.Service, in *OneInstance) (*tagged[Instance], error) {
			if err := known(ctx, s, in.ID); err != nil {
				return nil, err
			}
			if err := a.Connections.Disconnect(ctx, s, campaign.InstanceID(in.ID)); err != nil {
				return nil, err
			}
			return a.shownInstance(ctx, s, campaign.InstanceID(in.ID))
		})
}

// isUnknown reports whether the gateway does not know the number, so that it has
// no webhook either.
func isUnknown(err error) bool {
	var c *campaign.ConflictError
	return errors.As(err, &c) && c.Why.Code == codeUnknownThere
}

// codeUnknownThere is the gateway's.
const codeUnknownThere campaign.Code = "instance_unknown"
