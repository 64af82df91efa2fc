package control_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/campaign/control"
)

// Whoever may act in every tenant is told which there are; who belongs to one
// learns nothing of the others.
func TestATenantThatThereIsNotIsRefused(t *testing.T) {
	var w *world
	w = newWorld(t, func(c *control.Config) {
		c.Authenticate = func(r *http.Request) (campaign.Caller, error) {
			name, err := w.accounts.As(account.HostCaller("", "root")).Which(r.Context(), r.Header.Get("X-Tenant"))
			return account.HostCaller(name, "root"), err
		}
	})
	const groups = "/api/contacts/groups/"
	require.EqualValues(t, 0, into[m](w.do("GET", groups, nil).is(200))["count"], "an installation without tenants has one without a name")
	for _, name := range []string{"padaria", "otica"} {
		w.do("POST", "/api/accounts/tenants/", map[string]string{"name": name}, "X-Tenant", "").is(201)
		if name == "padaria" {
			w.do("POST", groups, map[string]string{"name": "vip"}).is(201)
		}
	}
	for _, method := range []string{"GET", "POST"} {
		w.do(method, groups, nil).refused(422, "tenant_not_named")
		p := w.do(method, groups, nil, "X-Tenant", "padarai").refused(404, "no_such_tenant")
		require.Equal(t, map[string]string{"name": "padarai", "near": "padaria", "known": "otica, padaria"}, p.Args)
	}
	require.EqualValues(t, 1, into[m](w.do("GET", groups, nil, "X-Tenant", "padaria").is(200))["count"], "the only one was meant")
	require.EqualValues(t, 0, into[m](w.do("GET", groups, nil, "X-Tenant", "otica").is(200))["count"])
	require.Equal(t, "otica, padaria", w.do("GET", "/api/accounts/tenants/nobody/", nil, "X-Tenant", "otica").refused(404, "no_such_tenant").Args["known"])

	of := newWorld(t)
	require.Empty(t, of.do("GET", "/api/accounts/tenants/padaria/", nil).refused(404, "not_found").Args)
}
