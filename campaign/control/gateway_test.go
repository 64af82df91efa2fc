package control_test

import (
	"context"
	"errors"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/contact"
	"github.com/stretchr/testify/require"
)

// faultyGateways keep nothing, and break when told.
type faultyGateways struct{ broken *bool }

func (g faultyGateways) Gateway(context.Context, *campaign.Service) (control.Gateway, error) {
	return control.Gateway{BaseURL: "https://gateway.example", HasKey: true}, nil
}

func (g faultyGateways) SetGateway(_ context.Context, _ *campaign.Service, url string, _ *string) (control.Gateway, error) {
	if *g.broken {
		return control.Gateway{}, errors.New("the disk is full")
	}
	return control.Gateway{BaseURL: url}, nil
}

func (g faultyGateways) TestGateway(context.Context, *campaign.Service, string, string) (control.GatewayReport, error) {
	return control.GatewayReport{OK: true}, nil
}

type connections struct{ asked []string }

func (c *connections) Pair(_ context.Context, _ *campaign.Service, _ campaign.InstanceID, phone string) (control.Pairing, error) {
	c.asked = append(c.asked, "pair "+phone)
	return control.Pairing{State: campaign.ConnectionConnecting, QRCode: "2@x"}, nil
}

func (c *connections) State(context.Context, *campaign.Service, campaign.InstanceID) (campaign.Connection, error) {
	c.asked = append(c.asked, "state")
	return campaign.ConnectionOpen, nil
}

func (c *connections) SendTest(_ context.Context, _ *campaign.Service, _ campaign.InstanceID, to contact.Phone, _ string) (control.Sent, error) {
	c.asked = append(c.asked, "send "+string(to))
	return control.Sent{Status: "sent"}, nil
}

func (c *connections) Restart(context.Context, *campaign.Service, campaign.InstanceID) error {
	c.asked = append(c.asked, "restart")
	return nil
}

func (c *connections) Disconnect(context.Context, *campaign.Service, campaign.InstanceID) error {
	c.asked = append(c.asked, "disconnect")
	return nil
}

func TestConnectionsAreAskedForWhoMay(t *testing.T) {
	c := &connections{}
	w := newWorld(t, func(cfg *control.Config) { cfg.Connections = c })
	e := w.settle("shop")
	at := func(name string) string { return e.path("/api/notifications/whatsapp-instances/{id}/" + name + "/") }
	viewer := []string{"Authorization", "Bearer shop/eve/viewer"}
	rival := []string{"Authorization", "Bearer rival/bob/admin"}
	bodies := map[string]any{"send_test": m{"phone": "11 90000-0001", "message": "Oi"}}
	for _, name := range []string{"generate_qr", "check_status", "send_test", "restart", "disconnect"} {
		w.do("POST", at(name), bodies[name], viewer...).refused(403, "forbidden")
		w.do("POST", at(name), bodies[name], rival...).refused(404, "not_found")
	}
	require.Empty(t, c.asked)
	require.Equal(t, "2@x", into[control.Pairing](w.do("POST", at("generate_qr"), m{"phone_number": "x"}).is(200)).QRCode)
	require.EqualValues(t, "open", into[control.State](w.do("POST", at("check_status"), nil).is(200)).State)
	w.do("POST", at("send_test"), m{"phone": "nobody", "message": "Oi"}).refused(422, "invalid")
	w.do("POST", at("send_test"), bodies["send_test"]).is(200)
	w.do("POST", at("restart"), nil).is(200)
	w.do("POST", at("disconnect"), nil).is(200)
	require.Equal(t, []string{"pair x", "state", "send +5511900000001", "restart", "disconnect"}, c.asked)
}

func TestWhatAnInstallationLacks(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Accounts = nil })
	e := w.settle("shop")
	w.do("POST", "/api/auth/login/", m{"email": "a@example.com", "password": "x"}).refused(501, "not_configured")
	w.do("GET", "/api/connections/evolution/config/", nil).refused(501, "not_configured")
	w.do("POST", e.path("/api/notifications/whatsapp-instances/{id}/check_status/"), nil).refused(501, "not_configured")
}
