package account

import (
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

func TestWhichTenantIsMeant(t *testing.T) {
	for _, c := range []struct {
		there   []campaign.Tenant
		written string
		want    campaign.Tenant
		refused bool
	}{
		{nil, "", "", false},
		{nil, "-", "", false},
		{nil, "padaria", "", true},
		{[]campaign.Tenant{""}, "", "", false},
		{[]campaign.Tenant{""}, "-", "", false},
		{[]campaign.Tenant{""}, "padaria", "", true},
		{[]campaign.Tenant{"padaria"}, "", "padaria", false},
		{[]campaign.Tenant{"padaria"}, "-", "", true},
		{[]campaign.Tenant{"", "padaria"}, "padaria", "padaria", false},
		{[]campaign.Tenant{"", "padaria"}, "Padaria", "", true},
		{[]campaign.Tenant{"", "padaria"}, "padarai", "", true},
		{[]campaign.Tenant{"", "padaria"}, "-", "", false},
		{[]campaign.Tenant{"", "padaria"}, "", "", true},
		{[]campaign.Tenant{"otica", "padaria"}, "", "", true},
	} {
		w := newWorld(t)
		known := []string{}
		for _, name := range c.there {
			_, err := w.host(name).AddTenant(t.Context(), "")
			require.NoError(t, err)
			known = append(known, Written(name))
		}
		got, err := w.host("").Which(t.Context(), c.written)
		require.Equal(t, c.want, got, "%v", c)
		if !c.refused {
			require.NoError(t, err, "%v", c)
			continue
		}
		var no *TenantError
		require.ErrorAs(t, err, &no, "%v", c)
		require.Equal(t, c.written, no.Named)
		require.ElementsMatch(t, known, no.Known)
		if c.written != "" {
			require.ErrorIs(t, err, campaign.ErrNotFound)
		}
	}
	w := newWorld(t)
	_, err := w.As(campaign.Caller{Tenant: "padaria", Role: campaign.Admin}).Which(t.Context(), "otica")
	require.ErrorIs(t, err, campaign.ErrForbidden, "whoever has a tenant learns no names")
}
