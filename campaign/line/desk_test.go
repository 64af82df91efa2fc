package line_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// A number's life: made, paired, tested, restarted, disconnected, paired
// again and still heard, removed.
func TestANumbersLife(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	d := w.office.Desk
	in, err := d.Create(w.ctx, w.s, campaign.Instance{Remote: "vendas", Pace: campaign.Pace{NoGap: true}})
	require.NoError(t, err)
	require.Equal(t, line.Registered, d.Registration(in.ID).State)
	_, err = d.Create(w.ctx, w.s, campaign.Instance{Remote: "vendas"})
	require.ErrorIs(t, err, campaign.ErrConflict)

	qr, err := d.Pair(w.ctx, w.s, in.ID, "")
	require.NoError(t, err)
	require.NotEmpty(t, qr.Code)
	require.True(t, strings.HasPrefix(qr.Base64, "data:image/png;base64,"))
	require.Empty(t, qr.PairingCode)
	qr, err = d.Pair(w.ctx, w.s, in.ID, phone(50))
	require.NoError(t, err)
	require.Len(t, qr.PairingCode, 8)
	w.until("the code was reported", func() bool { _, ok := d.QR(in.ID); return ok })

	require.NoError(t, w.gateway.Scan("vendas"))
	state, err := d.State(w.ctx, w.s, in.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.ConnectionOpen, state)
	require.Equal(t, campaign.ConnectionOpen, w.connection(in.ID))
	qr, err = d.Pair(w.ctx, w.s, in.ID, "")
	require.NoError(t, err)
	require.False(t, qr.Ready())
	require.Equal(t, campaign.ConnectionOpen, qr.State, "there is nothing to pair")
	w.until("the code is gone", func() bool { _, ok := d.QR(in.ID); return !ok })

	require.Equal(t, campaign.Sent, w.test(in.ID).State)
	require.NoError(t, d.Restart(w.ctx, w.s, in.ID))

	require.NoError(t, d.Disconnect(w.ctx, w.s, in.ID))
	require.Equal(t, campaign.ConnectionClosed, w.connection(in.ID))
	require.NoError(t, d.Disconnect(w.ctx, w.s, in.ID), "once more is no error")
	qr, err = d.Pair(w.ctx, w.s, in.ID, "")
	require.NoError(t, err)
	require.True(t, qr.Ready())
	require.NoError(t, w.gateway.Scan("vendas"))
	_, reported, err := w.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: phone(1).Digits(), Text: "SAIR"})
	require.NoError(t, err)
	require.True(t, reported, "a number that was paired anew must not be deaf")
	w.until("the opt-out has come", func() bool { return w.optedOut(1) })

	require.NoError(t, d.Remove(w.ctx, w.s, in.ID))
	_, err = d.State(w.ctx, w.s, in.ID)
	require.ErrorIs(t, err, campaign.ErrNotFound)
}

// test sends a test message while the engine works.
func (w *world) test(id campaign.InstanceID) campaign.Recipient {
	w.Helper()
	ctx, stop := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.engine.Run(ctx) }()
	r, err := w.office.Desk.SendTest(w.ctx, w.s, id, phone(1), "Um teste, {{nome|amigo}}")
	stop()
	require.NoError(w, err)
	require.NoError(w, <-ended)
	return r
}

func TestTheDeskKnowsTenantsAndRoles(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	d := w.office.Desk
	do := map[string]func(s *campaign.Service) error{
		"pair":       func(s *campaign.Service) error { _, err := d.Pair(w.ctx, s, id, ""); return err },
		"state":      func(s *campaign.Service) error { _, err := d.State(w.ctx, s, id); return err },
		"restart":    func(s *campaign.Service) error { return d.Restart(w.ctx, s, id) },
		"disconnect": func(s *campaign.Service) error { return d.Disconnect(w.ctx, s, id) },
		"remove":     func(s *campaign.Service) error { return d.Remove(w.ctx, s, id) },
		"test":       func(s *campaign.Service) error { _, err := d.SendTest(w.ctx, s, id, phone(1), "oi"); return err },
	}
	before := len(w.asked("/"))
	for name, f := range do {
		require.ErrorIs(t, f(w.engine.As(campaign.Caller{Tenant: "outra", Role: campaign.Host})), campaign.ErrNotFound, name)
		require.ErrorIs(t, f(w.engine.As(campaign.Caller{Tenant: tenant, Role: campaign.Viewer})), campaign.ErrForbidden, name)
	}
	_, err := d.Create(w.ctx, w.engine.As(campaign.Caller{Tenant: tenant, Role: campaign.Operator}), campaign.Instance{Remote: "x"})
	require.ErrorIs(t, err, campaign.ErrForbidden)
	require.ErrorIs(t, do["remove"](w.engine.As(campaign.Caller{Tenant: tenant, Role: campaign.Operator})), campaign.ErrForbidden)
	require.Len(t, w.asked("/"), before, "the gateway was asked nothing")
	require.Equal(t, campaign.ConnectionOpen, w.connection(id))
}

// What the gateway refuses leaves nothing behind.
func TestAnInstanceThatCannotBeMade(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	require.NoError(t, w.gateway.Open("vendas")) // somebody else's
	_, err := w.office.Desk.Create(w.ctx, w.s, campaign.Instance{Remote: "vendas"})
	var e *evolution.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, evolution.CodeForbidden, e.Code)
	ns, err := w.s.Numbers(w.ctx)
	require.NoError(t, err)
	require.Empty(t, ns)

	id := w.number("compras")
	c := w.start(1, id)
	_, err = w.office.Desk.SendTest(w.ctx, w.s, id, phone(2), "oi")
	require.Error(t, err, "the number is busy")
	cs, err := w.s.Campaigns(w.ctx, campaign.CampaignQuery{})
	require.NoError(t, err)
	require.Len(t, cs, 1)
	require.Equal(t, c, cs[0].ID)
}
