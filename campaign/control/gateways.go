package control

import (
	"context"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Gateways keep the settings of a tenant's gateway. Keys go in and never come
// out.
type Gateways interface {
	// Gateway returns the settings, without the key.
	Gateway(ctx context.Context, s *campaign.Service) (Gateway, error)
	// SetGateway replaces them. A nil key keeps the one there is. An address
	// that may not be used is a campaign.Invalid.
	SetGateway(ctx context.Context, s *campaign.Service, url string, key *string) (Gateway, error)
	// RemoveGateway forgets them with the key; campaign.ErrNotFound if there are
	// none. It is a campaign.ConflictError with CodeGatewayInUse while numbers use
	// them: those would go on at another gateway, where their names may be
	// somebody else's.
	RemoveGateway(ctx context.Context, s *campaign.Service) error
	// TestGateway asks the gateway, with these settings, or with the stored ones
	// where they are empty, and returns its version and what is the matter: a
	// zero reason is a gateway that answers and knows the key.
	TestGateway(ctx context.Context, s *campaign.Service, url, key string) (version string, problem campaign.Reason, err error)
}

// Connections speak to the gateway about a number of the caller's tenant. What
// the gateway refuses, or does not answer, is a *GatewayError.
type Connections interface {
	// Add records a number, and makes it at the gateway first if that is asked
	// for. It takes an administrator.
	Add(ctx context.Context, s *campaign.Service, in campaign.Instance, how Recording) (campaign.Instance, error)
	// TakeWebhook makes the gateway report here also where somebody else has set
	// its webhook, which is kept and put back when the number is removed. It
	// takes an administrator.
	TakeWebhook(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error
	// Reports asks the gateway what it has registered for the number now.
	Reports(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (Callback, error)
	// Remove forgets a number, and removes it at the gateway if that is asked
	// for; else it sets the gateway's webhook as it was before. It takes an
	// administrator.
	Remove(ctx context.Context, s *campaign.Service, id campaign.InstanceID, atGateway bool) error
	// Callback tells whether the gateway reports of the number to this
	// installation. It asks nobody.
	Callback(id campaign.InstanceID) Callback
	// Pair makes the number known at the gateway if it is not, and returns what
	// a phone needs to join; with a phone number a pairing code too.
	Pair(ctx context.Context, s *campaign.Service, id campaign.InstanceID, phone string) (Pairing, error)
	// State asks the gateway, and records the answer.
	State(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (campaign.Connection, error)
	// SendTest sends one message through the ledger, and returns what became of
	// it when that is known, or its time is over.
	SendTest(ctx context.Context, s *campaign.Service, id campaign.InstanceID, to contact.Phone, text string) (campaign.Recipient, error)
	// Restart and Disconnect are the gateway's.
	Restart(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error
	Disconnect(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error
}

// Recording says how a number is recorded.
type Recording struct {
	// AtGateway makes it at the gateway too.
	AtGateway bool
	// TakeWebhook takes the gateway's webhook where somebody else has set it:
	// without it such a number is a campaign.ConflictError with
	// campaign.CodeWebhookElsewhere.
	TakeWebhook bool
}

// GatewayError is what a gateway has refused, or not answered.
type GatewayError struct {
	// Why is for the caller, Err for the log: it holds no keys and no phones.
	Why campaign.Reason
	Err error
}

// Error is that of Err.
func (e *GatewayError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *GatewayError) Unwrap() error { return e.Err }

// Codes that Connections refuse a new number with, in a campaign.ConflictError.
const (
	// CodeNameTaken: there is a number of that name at the gateway, argument
	// "name", or another one here has it.
	CodeNameTaken campaign.Code = "instance_name_taken"
	// CodeForHost: on a gateway that several tenants share, what exists already
	// is recorded by the operator of the installation, who knows whose it is.
	CodeForHost campaign.Code = "instance_for_host"
)

// CodeGatewayInUse refuses to remove a gateway that numbers use, argument
// "instances".
const CodeGatewayInUse campaign.Code = "gateway_in_use"

// CodeLeftThere is the reason of a GatewayError when a number was forgotten here
// and could not be removed at the gateway.
const CodeLeftThere campaign.Code = "instance_left_at_gateway"

// Gateway is where messages are sent through.
type Gateway struct {
	BaseURL   string     `json:"base_url" doc:"Empty if the tenant has set none."`
	HasKey    bool       `json:"has_api_key" doc:"Whether a key is stored; it is never shown."`
	Shared    bool       `json:"is_shared" doc:"The tenant has set none and uses the one of the installation."`
	UpdatedAt *time.Time `json:"updated_at"`
}

// GatewayReport is what a test of a gateway has found.
type GatewayReport struct {
	OK      bool   `json:"ok"`
	Version string `json:"version"`
	Detail  string `json:"detail" doc:"What is the matter, in the caller's language; empty if all is well."`
	Code    string `json:"code"`
}

// Pairing is what a phone needs to join.
type Pairing struct {
	State       campaign.Connection `json:"connection_state" doc:"open if there is nothing to do."`
	QRCode      string              `json:"qr_code" told:"once" doc:"The text of the QR code."`
	QRImage     string              `json:"qr_image" told:"once" doc:"The same as a data URL of a PNG."`
	PairingCode string              `json:"pairing_code" told:"once" doc:"To be typed on the phone instead."`
}

// Sent is a message that was sent by itself.
type Sent struct {
	Campaign int64 `json:"campaign" doc:"The campaign that its ledger is kept in."`
	Recipient
}

// gatewayFields are the names that a gateway's settings have here.
var gatewayFields = map[string]string{"url": "base_url", "key": "api_key"}

type gatewayInput struct {
	Body struct {
		BaseURL string  `json:"base_url,omitempty" maxLength:"2000"`
		APIKey  *string `json:"api_key,omitempty" maxLength:"4096" writeOnly:"true" doc:"Goes in and never comes out. Left out, the stored one stays."`
	}
}

func (a *api) gateways() {
	const tag, config = "gateway", "/api/connections/evolution/config/"
	// ready refuses what the caller may not do, and what this installation lacks.
	ready := func(ctx context.Context, s *campaign.Service, r campaign.Role) error {
		if err := s.Caller().May(r); err != nil {
			return err
		}
		if a.Gateways == nil {
			return a.lacks(ctx, "settings of gateways", "configuração de gateways de WhatsApp")
		}
		return nil
	}
	route(a, op{method: http.MethodGet, path: config, id: "getGateway", tag: tag, summary: "The gateway's settings, without its key"},
		func(ctx context.Context, s *campaign.Service, _ *struct{}) (*struct{ Body Gateway }, error) {
			if err := ready(ctx, s, campaign.Viewer); err != nil {
				return nil, err
			}
			g, err := a.Gateways.Gateway(ctx, s)
			return &struct{ Body Gateway }{g}, err
		})
	route(a, op{method: http.MethodPost, path: config, id: "setGateway", tag: tag, summary: "Set the gateway's address and key"},
		func(ctx context.Context, s *campaign.Service, in *gatewayInput) (*struct{ Body Gateway }, error) {
			if err := ready(ctx, s, campaign.Admin); err != nil {
				return nil, err
			}
			g, err := a.Gateways.SetGateway(ctx, s, in.Body.BaseURL, in.Body.APIKey)
			return &struct{ Body Gateway }{g}, renamed(err, gatewayFields)
		})
	route(a, op{method: http.MethodDelete, path: config, id: "deleteGateway", tag: tag, status: http.StatusNoContent,
		summary: "Forget the gateway's address and key; refused while numbers use it"},
		func(ctx context.Context, s *campaign.Service, _ *struct{}) (*struct{}, error) {
			if err := ready(ctx, s, campaign.Admin); err != nil {
				return nil, err
			}
			return nil, a.Gateways.RemoveGateway(ctx, s)
		})
	route(a, op{method: http.MethodPost, path: "/api/connections/evolution/test/", id: "testGateway", tag: tag, summary: "Ask the gateway whether it answers and knows the key"},
		func(ctx context.Context, s *campaign.Service, in *struct {
			Body *struct {
				BaseURL string `json:"base_url,omitempty" maxLength:"2000"`
				APIKey  string `json:"api_key,omitempty" maxLength:"4096" writeOnly:"true"`
			}
		}) (*struct{ Body GatewayReport }, error) {
			if err := ready(ctx, s, campaign.Admin); err != nil {
				return nil, err
			}
			var url, key string
			if in.Body != nil {
				url, key = in.Body.BaseURL, in.Body.APIKey
			}
			version, problem, err := a.Gateways.TestGateway(ctx, s, url, key)
			if err != nil {
				return nil, renamed(err, gatewayFields)
			}
			r := GatewayReport{OK: problem.IsZero(), Version: version, Code: string(problem.Code)}
			if !r.OK {
				r.Detail = visitOf(ctx).say(problem)
			}
			return &struct{ Body GatewayReport }{r}, nil
		})
	a.connections()
}
