package control_test

import (
	"context"
	"errors"
	"fmt"
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

func (g faultyGateways) RemoveGateway(context.Context, *campaign.Service) error {
	if *g.broken {
		return &campaign.ConflictError{Why: campaign.Because(control.CodeGatewayInUse, "instances", "vendas")}
	}
	return nil
}

func (g faultyGateways) TestGateway(_ context.Context, _ *campaign.Service, url, _ string) (string, campaign.Reason, error) {
	if url != "" {
		return "", campaign.Because("gateway_unreachable"), nil
	}
	return "2.3.6", campaign.Reason{}, nil
}

type connections struct {
	asked []string
	fail  error
}

func (c *connections) Add(ctx context.Context, s *campaign.Service, in campaign.Instance, how control.Recording) (campaign.Instance, error) {
	c.asked = append(c.asked, fmt.Sprint("add ", in.Remote, " ", how.AtGateway))
	if how.TakeWebhook {
		c.asked = append(c.asked, "with the webhook")
	}
	if c.fail != nil {
		return in, c.fail
	}
	return s.AddInstance(ctx, in)
}

func (c *connections) Remove(ctx context.Context, s *campaign.Service, id campaign.InstanceID, atGateway bool) error {
	c.asked = append(c.asked, fmt.Sprint("remove ", atGateway))
	return s.RemoveInstance(ctx, id)
}

func (c *connections) Callback(campaign.InstanceID) control.Callback {
	return control.Callback{State: "failing", Why: campaign.Because("wrong_key")}
}

func (c *connections) TakeWebhook(_ context.Context, s *campaign.Service, _ campaign.InstanceID) error {
	if err := s.Caller().May(campaign.Admin); err != nil {
		return err
	}
	c.asked = append(c.asked, "take")
	return nil
}

func (c *connections) Reports(context.Context, *campaign.Service, campaign.InstanceID) (control.Callback, error) {
	c.asked = append(c.asked, "reports")
	return control.Callback{State: "elsewhere", Address: "https://n8n.example", Why: campaign.Because(campaign.CodeWebhookElsewhere)}, nil
}

func (c *connections) Pair(_ context.Context, _ *campaign.Service, _ campaign.InstanceID, phone string) (control.Pairing, error) {
	c.asked = append(c.asked, "pair "+phone)
	return control.Pairing{State: campaign.ConnectionConnecting, QRCode: "2@x"}, nil
}

func (c *connections) State(context.Context, *campaign.Service, campaign.InstanceID) (campaign.Connection, error) {
	c.asked = append(c.asked, "state")
	return campaign.ConnectionOpen, nil
}

func (c *connections) SendTest(_ context.Context, _ *campaign.Service, _ campaign.InstanceID, to contact.Phone, _ string) (campaign.Recipient, error) {
	c.asked = append(c.asked, "send "+string(to))
	return campaign.Recipient{ID: campaign.RecipientID{Campaign: 7, Position: 1}, State: campaign.Failed, Why: campaign.Because("not_on_whatsapp")}, nil
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
	c.asked = nil
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
	state := into[control.State](w.do("POST", at("check_status"), nil).is(200))
	require.EqualValues(t, "open", state.State)
	require.Equal(t, "elsewhere", state.Reports.State)
	require.Contains(t, state.Reports.Text, "at https://n8n.example: no replies")
	w.do("POST", at("send_test"), m{"phone": "nobody", "message": "Oi"}).refused(422, "invalid")
	sent := into[control.Sent](w.do("POST", at("send_test"), bodies["send_test"]).is(200))
	require.EqualValues(t, 7, sent.Campaign)
	require.Equal(t, "failed", sent.Status)
	require.Contains(t, sent.ErrorMessage, "not on WhatsApp")
	w.do("POST", at("restart"), nil).is(200)
	w.do("POST", at("disconnect"), nil).is(200)
	require.Equal(t, []string{"pair x", "state", "reports", "send +5511900000001", "restart", "disconnect"}, c.asked)

	// A webhook of somebody else's is taken by a word, and by an administrator.
	c.asked = nil
	w.do("POST", at("generate_qr"), m{"take_webhook": true}).is(200)
	w.do("POST", at("restart")+"?take_webhook=true", nil).is(200)
	operator := []string{"Authorization", "Bearer shop/eve/operator"}
	w.do("POST", at("generate_qr"), m{"take_webhook": true}, operator...).refused(403, "forbidden")
	w.do("POST", at("restart")+"?take_webhook=true", nil, operator...).refused(403, "forbidden")
	w.do("POST", "/api/notifications/whatsapp-instances/", m{"instance_name": "z", "take_webhook": true}).is(201)
	require.Equal(t, []string{"take", "pair ", "take", "restart", "add z false", "with the webhook"}, c.asked)
}

// A number is made and removed at the gateway where that was asked for, and
// what the gateway says against it is told as its fault.
func TestNumbersAreMadeAndRemovedAtTheGatewayWhereThatIsAskedFor(t *testing.T) {
	c := &connections{}
	w := newWorld(t, func(cfg *control.Config) { cfg.Connections = c })
	path := "/api/notifications/whatsapp-instances/"
	i := into[control.Instance](w.do("POST", path, m{"instance_name": "a", "create_at_gateway": true}).is(201))
	require.Equal(t, "failing", i.Reports.State)
	require.Contains(t, i.Reports.Text, "no replies and no opt-outs arrive")
	require.Equal(t, "wrong_key", i.Reports.Reason.Code)
	w.do("DELETE", fmt.Sprintf("%s%d/?at_gateway=true", path, i.ID), nil).is(204)
	i = into[control.Instance](w.do("POST", path, m{"instance_name": "b"}).is(201))
	w.do("DELETE", fmt.Sprintf("%s%d/", path, i.ID), nil).is(204)
	require.Equal(t, []string{"add a true", "remove true", "add b false", "remove false"}, c.asked)

	c.fail = &control.GatewayError{Why: campaign.Because("wrong_key"), Err: errors.New("401")}
	w.do("POST", path, m{"instance_name": "c", "create_at_gateway": true}).refused(502, "wrong_key")
	c.fail = &campaign.ConflictError{Why: campaign.Because(control.CodeNameTaken, "name", "c")}
	require.Contains(t, w.do("POST", path, m{"instance_name": "c", "create_at_gateway": true}).refused(409, "instance_name_taken").Detail, ": c")
}

func TestTheReportOfATestIsInTheCallersWords(t *testing.T) {
	w := newWorld(t, func(cfg *control.Config) { cfg.Gateways = faultyGateways{new(bool)} })
	path := "/api/connections/evolution/test/"
	require.Equal(t, control.GatewayReport{OK: true, Version: "2.3.6"}, into[control.GatewayReport](w.do("POST", path, m{}).is(200)))
	r := into[control.GatewayReport](w.do("POST", path, m{"base_url": "https://gateway.example"}, "Accept-Language", "pt-BR").is(200))
	require.False(t, r.OK)
	require.Equal(t, "gateway_unreachable", r.Code)
	require.Contains(t, r.Detail, "não foi possível alcançar o gateway")
}

func TestAGatewayIsRemovedUnlessItIsInUse(t *testing.T) {
	used := true
	w := newWorld(t, func(cfg *control.Config) { cfg.Gateways = faultyGateways{&used} })
	path := "/api/connections/evolution/config/"
	w.do("DELETE", path, nil, "Authorization", "Bearer shop/eva/operator").refused(403, "forbidden")
	p := w.do("DELETE", path, nil, "Accept-Language", "pt-BR").refused(409, "gateway_in_use")
	require.Equal(t, "há números neste gateway: vendas: remova-os antes", p.Detail)
	used = false
	w.do("DELETE", path, nil).is(204)
}

func TestWhatAnInstallationLacks(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Accounts = nil })
	e := w.settle("shop")
	w.do("POST", "/api/auth/login/", m{"email": "a@example.com", "password": "x"}).refused(501, "not_configured")
	w.do("GET", "/api/connections/evolution/config/", nil).refused(501, "not_configured")
	w.do("DELETE", "/api/connections/evolution/config/", nil).refused(501, "not_configured")
	w.do("POST", e.path("/api/notifications/whatsapp-instances/{id}/check_status/"), nil).refused(501, "not_configured")
	w.do("POST", "/api/notifications/whatsapp-instances/", m{"instance_name": "x", "create_at_gateway": true}).refused(501, "not_configured")
	w.do("DELETE", e.path("/api/notifications/whatsapp-instances/{id}/?at_gateway=true"), nil).refused(501, "not_configured")
}
