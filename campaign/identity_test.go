package campaign_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
)

// placed tells where numbers are: at one gateway, whatever a tenant calls it.
func placed(w *world) {
	w.opts.Endpoint = func(_ context.Context, r campaign.Route) (string, error) { return "gateway.example " + r.Instance, nil }
}

func refusal(t *testing.T, err error) campaign.Reason {
	t.Helper()
	var c *campaign.ConflictError
	require.ErrorAs(t, err, &c)
	return c.Why
}

func (w *world) clean() {
	w.t.Helper()
	r, err := audit.Check(w.t.Context(), w.store, nil)
	require.NoError(w.t, err)
	require.Empty(w.t, r.Violations)
}

// One number has one record, over all tenants.
func TestAddInstance_ANumberIsOneNumber(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00", placed)
	ctx := t.Context()
	add := func(s *campaign.Service, remote, phone string) error {
		_, err := s.AddInstance(ctx, campaign.Instance{Remote: remote, Gateway: "g" + string(s.Caller().Tenant), Phone: phone})
		return err
	}
	first, err := w.s.AddInstance(ctx, campaign.Instance{Remote: "vendas", Name: "Vendas loja", Phone: "(11) 99000-0001"})
	require.NoError(t, err)
	require.Equal(t, "+5511990000001", first.Phone, "a phone is kept in the form in which phones are compared")

	host := w.e.As(campaign.Caller{Tenant: "otica", Role: campaign.Host})
	why := refusal(t, add(host, "vendas", ""))
	require.Equal(t, campaign.CodeNumberTwice, why.Code)
	require.Equal(t, "Vendas loja", why.Args["name"])
	require.Equal(t, string(tenant), why.Args["tenant"], "who runs the installation is told whose it is")
	require.Equal(t, campaign.CodeNumberTwice, refusal(t, add(host, "outro", "+5511990000001")).Code)

	theirs := w.e.As(campaign.Caller{Tenant: "otica", Role: campaign.Admin})
	for _, s := range []*campaign.Service{theirs, theirs.TakeOver()} {
		why = refusal(t, add(s, "vendas", ""))
		require.Equal(t, campaign.CodeNumberElsewhere, why.Code)
		require.Empty(t, why.Args, "another customer hears nothing of it")
	}
	require.Equal(t, campaign.CodeNumberTwice, refusal(t, add(w.s, "vendas", "")).Code, "nor twice in one tenant")
	require.NoError(t, add(host, "balcao", "+5511990000002"))
	w.clean()
}

// Who takes a number over does so openly: the other record is closed, its
// tenant told, and the pace goes on.
func TestTakeOver(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00", placed)
	ctx := t.Context()
	first, err := w.s.AddInstance(ctx, campaign.Instance{Remote: "vendas", Pace: campaign.Pace{PerDay: 5, MinGap: time.Minute, MaxGap: time.Minute}})
	require.NoError(t, err)
	id := w.start(4, campaign.Draft{Instances: []campaign.InstanceID{first.ID}}).ID
	w.play("2026-02-13 09:00:30")
	require.Equal(t, 1, w.once())

	host := w.e.As(campaign.Caller{Tenant: "otica", Author: "root", Role: campaign.Host})
	second, err := host.TakeOver().AddInstance(ctx, campaign.Instance{Remote: "vendas"})
	require.NoError(t, err)
	n, err := w.s.Number(ctx, first.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.CodeTakenOver, n.Instance.Suspended.Code)
	o, err := host.Number(ctx, second.ID)
	require.NoError(t, err)
	require.Equal(t, n.Meter.PaceUntil, o.Meter.PaceUntil, "one phone has one pace")
	require.Equal(t, 1, o.Meter.InDay)
	es, err := w.s.Events(ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventInstanceSuspended}})
	require.NoError(t, err)
	require.Len(t, es, 1)
	require.Equal(t, "root", es[0].Author)
	require.Equal(t, id, es[0].Campaign, "the log of the campaign that it served tells it")

	w.play("2026-02-13 12:00")
	require.Equal(t, 1, w.once(), "a suspended record sends nothing")
	x, err := w.s.Explain(ctx, id)
	require.NoError(t, err)
	require.Equal(t, campaign.CodeTakenOver, x.Numbers[0].Shut[0].Why.Code)

	require.Equal(t, campaign.CodeNumberElsewhere, refusal(t, w.e.As(campaign.Caller{Tenant: tenant, Role: campaign.Admin}).Release(ctx, first.ID)).Code)
	require.ErrorIs(t, w.e.As(campaign.Caller{Tenant: tenant, Role: campaign.Operator}).Release(ctx, first.ID), campaign.ErrForbidden)
	require.NoError(t, host.RemoveInstance(ctx, second.ID))
	require.NoError(t, w.s.Release(ctx, first.ID))
	w.play("2026-02-13 13:00")
	require.Equal(t, 4, w.once(), "and after a release it goes on")
	w.clean()
}

// A take-over that fails leaves the number where it was.
func TestTakeOver_GivesBack(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00", placed)
	ctx := t.Context()
	first, err := w.s.AddInstance(ctx, campaign.Instance{Remote: "vendas"})
	require.NoError(t, err)
	no := &campaign.ConflictError{Why: campaign.Because(campaign.CodeMissing)}
	_, err = w.e.As(campaign.Caller{Tenant: "otica", Role: campaign.Host}).TakeOver().AddInstance(ctx, campaign.Instance{Remote: "vendas"}, func() error { return no })
	require.ErrorIs(t, err, campaign.ErrConflict)
	n, err := w.s.Number(ctx, first.ID)
	require.NoError(t, err)
	require.Zero(t, n.Instance.Suspended)
	require.Equal(t, "gateway.example vendas", n.Instance.Identity.Endpoint)
	w.clean()
}

// The phone that a gateway tells is compared too.
func TestJoined(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00")
	ctx := t.Context()
	one, two := w.number("a", campaign.Pace{}), w.number("b", campaign.Pace{})
	suspended := func(id campaign.InstanceID) campaign.Reason {
		n, err := w.s.Number(ctx, id)
		require.NoError(t, err)
		return n.Instance.Suspended
	}
	require.NoError(t, w.s.Joined(ctx, one, "+5511990000001"))
	require.NoError(t, w.s.Joined(ctx, one, "+5511990000001"))
	require.Zero(t, suspended(one))
	require.NoError(t, w.s.Joined(ctx, two, "+5511990000001"))
	require.Equal(t, campaign.CodeNumberTwice, suspended(two).Code)
	require.Zero(t, suspended(one), "the older record keeps the number")
	require.Equal(t, campaign.CodeNumberTwice, refusal(t, w.s.Release(ctx, two)).Code)

	require.NoError(t, w.s.Joined(ctx, one, "+5511990000002"))
	why := suspended(one)
	require.Equal(t, campaign.CodeOtherPhone, why.Code)
	require.False(t, strings.Contains(why.String(), "990000002"), "a log has no whole phone")
	require.NoError(t, w.s.Release(ctx, one))
	require.Zero(t, suspended(one))
	w.clean()
}

// Stores of earlier versions open: the oldest record keeps a number.
func TestIdentify(t *testing.T) {
	w := newWorld(t, "2026-02-13 09:00")
	ctx := t.Context()
	other := w.e.As(campaign.Caller{Tenant: "otica", Role: campaign.Host})
	var ids []campaign.InstanceID
	for _, s := range []*campaign.Service{other, w.s} {
		in, err := s.AddInstance(ctx, campaign.Instance{Remote: "vendas"})
		require.NoError(t, err)
		ids = append(ids, in.ID)
	}
	placed(w)
	w.restart("two")
	gone, err := w.e.Identify(ctx)
	require.NoError(t, err)
	require.Len(t, gone, 1)
	require.Equal(t, ids[1], gone[0].ID)
	n, err := w.s.Number(ctx, ids[1])
	require.NoError(t, err)
	require.Equal(t, campaign.CodeNumberElsewhere, n.Instance.Suspended.Code)
	gone, err = w.e.Identify(ctx)
	require.NoError(t, err)
	require.Empty(t, gone, "again changes nothing")
	w.clean()
}
