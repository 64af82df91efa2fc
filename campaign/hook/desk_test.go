package hook

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/stretchr/testify/require"
)

func TestSettingsThatCannotBeRightAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		in    Settings
		field string
		code  campaign.Code
	}{
		{Settings{}, "url", campaign.CodeMissing},
		{Settings{URL: "shop.example/hooks"}, "url", CodeBadURL},
		{Settings{URL: "ftp://shop.example"}, "url", CodeBadURL},
		{Settings{URL: "https://user:pass@shop.example"}, "url", CodeBadURL},
		{Settings{URL: "https://shop.example/#x"}, "url", CodeBadURL},
		{Settings{URL: "https://shop.example/" + strings.Repeat("x", MaxURL)}, "url", campaign.CodeTooLong},
		{Settings{URL: shop, Title: "\x00"}, "title", campaign.CodeNotUTF8},
		{Settings{URL: shop, Types: []string{"user.*", "user.flew"}}, "types", CodeBadType},
		{Settings{URL: shop, Types: []string{"*"}}, "types", CodeBadType},
		{Settings{URL: shop, Types: []string{"us*"}}, "types", CodeBadType},
		{Settings{URL: shop, Types: make([]string, MaxTypes+1)}, "types", campaign.CodeTooMany},
	} {
		_, _, err := w.desk("acme").Add(t.Context(), c.in)
		var bad campaign.Invalid
		require.ErrorAs(t, err, &bad, "%v", c.in)
		require.Equal(t, c.field, bad[0].Field)
		require.Equal(t, c.code, bad[0].Why.Code)
	}
}

func TestEndpointsBelongToTheirTenantAndItsAdministrators(t *testing.T) {
	w := newWorld(t)
	e, secret := w.add("acme", shop)
	require.True(t, strings.HasPrefix(string(secret), "whsec_"))
	desks := map[*Desk]error{
		w.desk("beta"): campaign.ErrNotFound,
		w.hooks.As(campaign.Caller{Tenant: "acme", Role: campaign.Operator}): campaign.ErrForbidden,
	}
	for d, want := range desks {
		_, err := d.Endpoint(t.Context(), e.ID)
		require.ErrorIs(t, err, want)
		_, err = d.Edit(t.Context(), e.ID, AnyRev, func(*Settings) error { return nil })
		require.ErrorIs(t, err, want)
		_, _, err = d.Rotate(t.Context(), e.ID)
		require.ErrorIs(t, err, want)
		_, err = d.Test(t.Context(), e.ID)
		require.ErrorIs(t, err, want)
		_, err = d.Standing(t.Context(), e.ID)
		require.ErrorIs(t, err, want)
		require.ErrorIs(t, d.Remove(t.Context(), e.ID), want)
	}
	all, err := w.desk("beta").Endpoints(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)
	got, err := w.desk("acme").Endpoint(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, e, got)
	_, err = w.desk("acme").Edit(t.Context(), e.ID, e.Rev+1, func(*Settings) error { return nil })
	require.ErrorIs(t, err, campaign.ErrStale)
	_, err = w.desk("acme").Endpoint(t.Context(), "\x00")
	require.ErrorIs(t, err, campaign.ErrNotFound)
	for range MaxEndpoints - 1 {
		w.add("acme", shop)
	}
	_, _, err = w.desk("acme").Add(t.Context(), Settings{URL: shop})
	require.ErrorContains(t, err, "at most 20")
}

// The secret is nowhere in the store, and a row that is moved to another tenant
// signs nothing.
func TestTheSecretIsSealed(t *testing.T) {
	w := newWorld(t)
	e, secret := w.add("acme", shop)
	d, err := w.store.Documents().Get(t.Context(), "acme", kindEndpoint, e.ID)
	require.NoError(t, err)
	require.False(t, bytes.Contains(d.Data, []byte(secret)))
	require.False(t, bytes.Contains(d.Data, []byte(strings.TrimPrefix(string(secret), secretPrefix))))
	d.Tenant, d.Rev = "beta", 0
	_, err = document.Save(t.Context(), w.store.Documents(), d)
	require.NoError(t, err)
	tried, err := w.desk("beta").Test(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, CodeSecret, tried.Why.Code)
	require.Empty(t, w.to.got(shop))
}

// guarded are hooks that dial, under the guard of tenants' gateways.
func guarded(t *testing.T, allow ...string) *Desk {
	w := newWorld(t)
	g, err := gateway.NewGuard("TEST_ALLOW", allow...)
	require.NoError(t, err)
	h, err := New(w.engine, w.store.Documents(), bytes.Repeat([]byte{7}, 32), &Options{Guard: g, Timeout: 5 * time.Second})
	require.NoError(t, err)
	return h.As(campaign.Caller{Tenant: "acme", Role: campaign.Admin})
}

func TestAddressesInsideTheNetworkAreRefused(t *testing.T) {
	d := guarded(t)
	for _, address := range []string{"http://127.0.0.1:8000/", "http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/",
		"http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://0x7f.1/", "https://shop.example:22/"} {
		_, _, err := d.Add(t.Context(), Settings{URL: address})
		var bad campaign.Invalid
		require.ErrorAs(t, err, &bad, address)
		require.Equal(t, CodeAddressRefused, bad[0].Why.Code, address)
		require.Contains(t, bad[0].Why.Args["note"], "TEST_ALLOW=", address)
	}
}

// A name that leads inside is found when it is dialled, whatever it was when
// the endpoint was made.
func TestANameThatLeadsInsideIsRefusedWhenItIsDialled(t *testing.T) {
	var reached atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer srv.Close()
	g, err := gateway.NewGuard("TEST_ALLOW")
	require.NoError(t, err)
	w := newWorld(t)
	h, err := New(w.engine, w.store.Documents(), bytes.Repeat([]byte{7}, 32), &Options{Guard: rebound{g, srv.Listener.Addr().String()}})
	require.NoError(t, err)
	d := h.As(campaign.Caller{Tenant: "acme", Role: campaign.Admin})
	e, _, err := d.Add(t.Context(), Settings{URL: "http://shop.example/"})
	require.NoError(t, err)
	tried, err := d.Test(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, CodeAddressRefused, tried.Why.Code)
	require.Equal(t, "loopback", tried.Why.Args["kind"])
	require.Zero(t, reached.Load())
}

// rebound resolves every name to one address.
type rebound struct {
	*gateway.Guard
	to string
}

// Dial implements Guard.
func (g rebound) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return g.Guard.Dial(ctx, network, g.to)
}

func TestOfAnAnswerTheStatusCountsAlone(t *testing.T) {
	var elsewhere atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ok", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	mux.HandleFunc("POST /moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	mux.HandleFunc("POST /busy", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	mux.HandleFunc("POST /endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 32<<10)); err != nil {
				return
			}
		}
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	secure := httptest.NewTLSServer(mux)
	defer secure.Close()
	d := guarded(t, "127.0.0.1")
	closed := httptest.NewServer(mux)
	closed.Close()
	for address, want := range map[string]struct {
		status int
		code   campaign.Code
	}{
		srv.URL + "/ok":      {202, ""},
		srv.URL + "/moved":   {307, CodeRedirects},
		srv.URL + "/busy":    {429, CodeAnswered},
		srv.URL + "/endless": {200, ""},
		secure.URL + "/ok":   {0, CodeCertificate},
		closed.URL + "/ok":   {0, CodeUnreachable},
	} {
		e, _, err := d.Add(t.Context(), Settings{URL: address})
		require.NoError(t, err)
		tried, err := d.Test(t.Context(), e.ID)
		require.NoError(t, err)
		require.Equal(t, want.code, tried.Why.Code, address)
		require.Equal(t, want.status, tried.Status, address)
	}
	require.Zero(t, elsewhere.Load())
	a := d.h.post(t.Context(), srv.URL+"/busy", []Secret{newSecret()}, "x", []byte("{}"))
	require.Equal(t, 2*time.Minute, a.after)
}
