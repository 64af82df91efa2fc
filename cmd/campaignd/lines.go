package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// gateways are the tenants' gateways as the API asks for them: one for each
// tenant, under the empty name.
type gateways struct {
	all *gateway.Gateways
}

var _ control.Gateways = gateways{}

// testTime bounds a question to a gateway that somebody waits for.
const testTime = 15 * time.Second

// Gateway implements control.Gateways.
func (g gateways) Gateway(ctx context.Context, s *campaign.Service) (control.Gateway, error) {
	own, err := g.all.As(s.Caller()).Gateway(ctx, "")
	if errors.Is(err, campaign.ErrNotFound) {
		_, err := g.all.Find(ctx, campaign.Route{Tenant: s.Caller().Tenant})
		return control.Gateway{Shared: err == nil}, nil
	}
	return shownGateway(own), err
}

func shownGateway(g gateway.Gateway) control.Gateway {
	return control.Gateway{BaseURL: g.URL, HasKey: !g.KeyAt.IsZero(), UpdatedAt: &g.UpdatedAt}
}

// SetGateway implements control.Gateways. It asks the gateway for its version,
// which decides how it is spoken to; one that does not answer is stored all the
// same.
func (g gateways) SetGateway(ctx context.Context, s *campaign.Service, url string, key *string) (control.Gateway, error) {
	desk := g.all.As(s.Caller())
	in := gateway.Settings{Rev: gateway.AnyRev, URL: url}
	if key != nil {
		in.Key = evolution.Secret(*key)
	}
	own, err := desk.Gateway(ctx, "")
	if err != nil && !errors.Is(err, campaign.ErrNotFound) {
		return control.Gateway{}, err
	}
	if in.URL == "" {
		in.URL = own.URL
	}
	in.Profile = own.Profile
	own, err = desk.Save(ctx, in)
	if err != nil {
		return control.Gateway{}, err
	}
	ask, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	if _, err := desk.Test(ask, gateway.Settings{}); err != nil && ask.Err() == nil {
		return control.Gateway{}, err
	}
	return shownGateway(own), nil
}

// RemoveGateway implements control.Gateways. Without it a tenant's numbers would
// be looked for at the operator's gateway, which many share by one key.
func (g gateways) RemoveGateway(ctx context.Context, s *campaign.Service) error {
	return g.all.As(s.Caller()).Retire(ctx, "", func(ctx context.Context) error {
		ns, err := s.SettledNumbers(ctx)
		if err != nil {
			return err
		}
		var names []string
		for _, n := range ns {
			if n.Instance.Gateway == "" {
				names = append(names, n.Instance.Remote)
			}
		}
		if len(names) > 0 {
			return &campaign.ConflictError{Why: campaign.Because(control.CodeGatewayInUse, "instances", strings.Join(names, ", "))}
		}
		return nil
	})
}

// TestGateway implements control.Gateways.
func (g gateways) TestGateway(ctx context.Context, s *campaign.Service, url, key string) (string, campaign.Reason, error) {
	ask, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	r, err := g.all.As(s.Caller()).Test(ask, gateway.Settings{URL: url, Key: evolution.Secret(key)})
	switch {
	case errors.Is(err, gateway.ErrNone):
		return "", campaign.Because(evolution.CodeNoGateway), nil
	case errors.Is(err, gateway.ErrUnsealed):
		return "", campaign.Because(evolution.CodeMisconfigured), nil
	case err != nil && ctx.Err() == nil && ask.Err() != nil:
		return "", campaign.Because(evolution.CodeUnreachable), nil
	}
	return r.Version, r.Problem, err
}

// connections are the numbers at their gateways as the API asks for them.
type connections struct {
	engine   *campaign.Engine
	gateways *gateway.Gateways
	office   *line.Office

	adding sync.Mutex // two numbers of one name are not looked for at the same time
}

var _ control.Connections = (*connections)(nil)

// Add implements control.Connections.
func (c *connections) Add(ctx context.Context, s *campaign.Service, in campaign.Instance, how control.Recording) (campaign.Instance, error) {
	if err := s.Caller().May(campaign.Admin); err != nil {
		return in, err
	}
	c.adding.Lock()
	defer c.adding.Unlock()
	desk := c.gateways.As(s.Caller())
	for range addTries {
		made, err := c.add(ctx, s, in, how)
		switch {
		case errors.Is(err, gateway.ErrClosing):
			if err := desk.Keep(ctx, in.Gateway); err != nil {
				return in, err
			}
		case !errors.Is(err, errOther):
			return made, err
		}
	}
	return in, fmt.Errorf("the gateway is set and removed all the time: %w", campaign.ErrStale)
}

// addTries is how often a number is tried that meets a gateway's removal, which
// gives up sooner.
const addTries = 6

var errOther = errors.New("the number would be at another gateway than it was looked for at")

// add records a number for the gateway that there is now, if it is the same
// when the number is recorded.
func (c *connections) add(ctx context.Context, s *campaign.Service, in campaign.Instance, how control.Recording) (campaign.Instance, error) {
	own, err := c.own(ctx, s.Caller().Tenant, in.Gateway)
	if err != nil {
		return in, err
	}
	if err := c.free(ctx, s.Caller(), in, how.AtGateway, own); err != nil {
		return in, err
	}
	same := func() error {
		if now, err := c.own(ctx, s.Caller().Tenant, in.Gateway); err != nil || now != own {
			return cmp.Or(err, errOther)
		}
		return nil
	}
	if how.AtGateway {
		made, err := c.office.Desk.Create(ctx, s, in, same)
		var e *evolution.Error
		if errors.As(err, &e) && e.Code == evolution.CodeForbidden || errors.Is(err, campaign.ErrConflict) && !spoken(err) {
			return in, taken(in)
		}
		return made, told(err)
	}
	made, err := c.office.Desk.Record(ctx, s, in, how.TakeWebhook, same)
	if errors.Is(err, campaign.ErrConflict) && !spoken(err) {
		return in, taken(in)
	}
	return made, told(err)
}

// spoken reports whether a conflict says itself what is in the way.
func spoken(err error) bool {
	var c *campaign.ConflictError
	return errors.As(err, &c)
}

func taken(in campaign.Instance) error {
	return &campaign.ConflictError{Why: campaign.Because(control.CodeNameTaken, "name", in.Remote)}
}

// free refuses a number that is, or may be, somebody else's. The operator's
// gateway serves several tenants with one key, which opens the numbers of all
// of them: no two tenants have a number of the same name there, and what it has
// already is recorded by the operator. The tenant without a name is the
// operator's own.
func (c *connections) free(ctx context.Context, who campaign.Caller, in campaign.Instance, atGateway, own bool) error {
	if own || in.Gateway != "" {
		return nil
	}
	if !atGateway && who.May(campaign.Host) != nil && who.Tenant != "" {
		return &campaign.ConflictError{Why: campaign.Because(control.CodeForHost)}
	}
	if who.May(campaign.Host) == nil && !atGateway {
		return nil // records of one number are told apart by what they have alone
	}
	tenants, err := c.engine.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		ns, err := c.engine.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Numbers(ctx)
		if err != nil {
			return err
		}
		for _, n := range ns {
			if n.Instance.Remote != in.Remote || t == who.Tenant && n.Instance.Gateway != in.Gateway {
				continue
			}
			if also, err := c.shared(ctx, t, n.Instance.Gateway); err != nil || also {
				return errors.Join(err, taken(in))
			}
		}
	}
	return nil
}

// own reports whether there is a gateway of that name of the tenant's own;
// gateway.ErrClosing if it is being removed.
func (c *connections) own(ctx context.Context, t campaign.Tenant, name string) (bool, error) {
	err := c.gateways.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Admits(ctx, name)
	if errors.Is(err, campaign.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// shared reports whether a tenant's gateway is the operator's.
func (c *connections) shared(ctx context.Context, t campaign.Tenant, name string) (bool, error) {
	if name != "" {
		return false, nil
	}
	_, err := c.gateways.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Gateway(ctx, "")
	if errors.Is(err, campaign.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// Remove implements control.Connections.
func (c *connections) Remove(ctx context.Context, s *campaign.Service, id campaign.InstanceID, atGateway bool) error {
	if !atGateway {
		err := c.office.Desk.Forget(ctx, s, id)
		var left *line.LeftError
		if errors.As(err, &left) {
			return &control.GatewayError{Why: left.Why(), Err: err}
		}
		return err
	}
	err := c.office.Desk.Remove(ctx, s, id)
	var e *evolution.Error
	if errors.As(err, &e) {
		return &control.GatewayError{Why: campaign.Because(control.CodeLeftThere), Err: err}
	}
	return err
}

// Callback implements control.Connections.
func (c *connections) Callback(id campaign.InstanceID) control.Callback {
	return callback(c.office.Desk.Registration(id))
}

func callback(r line.Registration) control.Callback {
	return control.Callback{State: string(r.State), At: r.At, Why: r.Why, Address: r.Address}
}

// Reports implements control.Connections.
func (c *connections) Reports(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (control.Callback, error) {
	r, err := c.office.Desk.Reports(ctx, s, id)
	return callback(r), err
}

// TakeWebhook implements control.Connections.
func (c *connections) TakeWebhook(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	return told(c.office.Desk.TakeWebhook(ctx, s, id))
}

// Pair implements control.Connections.
func (c *connections) Pair(ctx context.Context, s *campaign.Service, id campaign.InstanceID, phone string) (control.Pairing, error) {
	var to contact.Phone
	if phone != "" {
		var err error
		if to, err = contact.ParsePhone(phone, contact.DefaultRegion); err != nil {
			return control.Pairing{}, err
		}
	}
	qr, err := c.office.Desk.Pair(ctx, s, id, to)
	if err != nil {
		return control.Pairing{}, told(err)
	}
	state := qr.State
	if state == campaign.ConnectionUnknown {
		state = campaign.ConnectionConnecting
	}
	return control.Pairing{State: state, QRCode: qr.Code, QRImage: qr.Base64, PairingCode: qr.PairingCode}, nil
}

// State implements control.Connections.
func (c *connections) State(ctx context.Context, s *campaign.Service, id campaign.InstanceID) (campaign.Connection, error) {
	state, err := c.office.Desk.State(ctx, s, id)
	return state, told(err)
}

// sendTime bounds how long a test send is waited for: less than an answer may
// take.
const sendTime = 45 * time.Second

// SendTest implements control.Connections.
func (c *connections) SendTest(ctx context.Context, s *campaign.Service, id campaign.InstanceID, to contact.Phone, text string) (campaign.Recipient, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	r, err := c.office.Desk.SendTest(ctx, s, id, to, text)
	return r, told(err)
}

// Restart implements control.Connections.
func (c *connections) Restart(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	return told(c.office.Desk.Restart(ctx, s, id))
}

// Disconnect implements control.Connections.
func (c *connections) Disconnect(ctx context.Context, s *campaign.Service, id campaign.InstanceID) error {
	return told(c.office.Desk.Disconnect(ctx, s, id))
}

// told says to the API what a gateway has refused: what the caller can put
// right is a conflict, all else the gateway's fault.
func told(err error) error {
	var e *evolution.Error
	if !errors.As(err, &e) {
		return err
	}
	why := campaign.Because(e.Code)
	var no *gateway.AddressError
	if errors.As(err, &no) {
		why = no.Reason()
	}
	switch e.Code {
	case evolution.CodeNoGateway, evolution.CodeMisconfigured, evolution.CodeInstanceUnknown, evolution.CodeDisconnected:
		return &campaign.ConflictError{Why: why}
	}
	return &control.GatewayError{Why: why, Err: err}
}
