package campaign_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// orders are a host's own variables: what a shop's customer has ordered, by the
// phone, within the tenant.
type orders struct {
	of map[campaign.Tenant]map[contact.Phone]string

	mu   sync.Mutex
	asks []campaign.Ask
}

func (*orders) Names() []string { return []string{"pedido"} }

func (o *orders) Value(ask campaign.Ask, name string) (string, bool) {
	if name != "pedido" {
		return "", false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asks = append(o.asks, ask)
	v, ok := o.of[ask.Tenant][ask.Contact.Phone]
	return v, ok
}

// One person is a customer of two shops: each shop's message has its own order,
// and whatever makes a text says for whom.
func TestVariablesAreAskedWithinTheTenant(t *testing.T) {
	ana := people(1, 1)[0]
	own := &orders{of: map[campaign.Tenant]map[contact.Phone]string{"a": {ana.Phone: "88"}, "b": {ana.Phone: "7"}}}
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Variables = own })
	ids := map[campaign.Tenant]campaign.ID{}
	for _, shop := range []campaign.Tenant{"a", "b"} {
		s := w.e.As(campaign.Caller{Tenant: shop, Author: "ana", Role: campaign.Host})
		in, err := s.AddInstance(ctx, campaign.Instance{Remote: string(shop), Pace: fast()})
		require.NoError(t, err)
		c, err := s.Create(ctx, campaign.Draft{Name: "x", Instances: []campaign.InstanceID{in.ID}, Messages: []campaign.Message{{Text: "Pedido {{pedido}}"}}})
		require.NoError(t, err)
		ids[shop] = c.ID
		_, err = s.Add(ctx, c.ID, campaign.Everyone(people(2, 1)...))
		require.NoError(t, err)
		_, err = s.Add(ctx, c.ID, campaign.Everyone(ana))
		require.NoError(t, err)
		_, err = s.Forecast(ctx, c.ID)
		require.NoError(t, err)
		_, err = s.Preview(ctx, c.ID, campaign.PreviewQuery{Message: c.Messages[0].ID})
		require.NoError(t, err)
		_, err = s.Start(ctx, c.ID)
		require.NoError(t, err)
	}
	w.play("2026-03-02 09:30")
	require.ElementsMatch(t, []string{"Pedido 88", "Pedido 7"}, w.sent.Texts())
	f, err := w.e.As(campaign.Caller{Tenant: "b", Author: "ana", Role: campaign.Host}).Dossier(ctx, ana.Phone)
	require.NoError(t, err)
	require.Equal(t, "Pedido 7", f.Campaigns[0].Text)

	placed := 0
	for _, ask := range own.asks {
		require.NotEmpty(t, ask.Tenant)
		require.Equal(t, ids[ask.Tenant], ask.Campaign)
		require.Equal(t, ask.Campaign, ask.Recipient.Campaign)
		require.Equal(t, "America/Sao_Paulo", ask.At.Location().String())
		if ask.Recipient.Position == 2 {
			require.Equal(t, ana.Phone, ask.Contact.Phone)
			placed++
		}
	}
	require.GreaterOrEqual(t, placed, 2*2, "the forecast and the take say the place")
}
