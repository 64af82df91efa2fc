package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/hook"
)

// delivered is a request that a tenant's own system got.
type delivered struct {
	head http.Header
	body []byte
}

// A daemon tells a tenant's own system what happens, and goes on after it was
// stopped.
func TestWebhooksFromTheCommandLine(t *testing.T) {
	t.Parallel()
	got := make(chan delivered, 100)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			got <- delivered{r.Header, body}
		}
	}))
	defer shop.Close()
	o := newOffice(t)
	o.begin()
	require.Contains(t, o.refuses("webhook", "add", shop.URL), "CAMPAIGND_WEBHOOK_ALLOW=127.0.0.1", "it lies inside the operator's network")
	o.environ = append(o.environ, "CAMPAIGND_WEBHOOK_ALLOW=127.0.0.1")
	o.daemon = serveHere(t, o.environ, "serve")

	id, secret, ok := strings.Cut(strings.TrimSpace(o.says("webhook", "add", shop.URL, "--event", "campaign.*", "--title", "ERP")), "  ")
	require.True(t, ok)
	require.Contains(t, o.says("webhook", "list"), id+"  "+shop.URL+"  campaign.*  ERP")
	require.Contains(t, o.says("webhook", "test", id), "was accepted (status 200")
	verify := func(want string) {
		t.Helper()
		var d delivered
		select {
		case d = <-got:
		case <-time.After(30 * time.Second):
			t.Fatal("nothing was delivered: ", o.says("webhook", "show", id))
		}
		var m struct{ Type string }
		require.NoError(t, json.Unmarshal(d.body, &m))
		require.Equal(t, want, m.Type)
		unix, err := strconv.ParseInt(d.head.Get("webhook-timestamp"), 10, 64)
		require.NoError(t, err)
		sign, err := hook.Sign(hook.Secret(secret), d.head.Get("webhook-id"), time.Unix(unix, 0), d.body)
		require.NoError(t, err)
		require.Equal(t, sign, d.head.Get("webhook-signature"))
	}
	verify("webhook.test")
	o.says("campaign", "new", "Páscoa")
	verify("campaign.created")
	o.until("1 accepted, 0 waiting", "webhook", "show", id)

	// What happens while no daemon runs is told by the next one.
	out := o.daemon.stop()
	require.Equal(t, exitOK, out.code, out.errout)
	o.says("campaign", "new", "Natal")
	require.Contains(t, o.says("webhook", "show", id), "1 accepted, 1 waiting")
	o.open()
	verify("campaign.created")
	require.Contains(t, o.refuses("webhook", "remove", id), "Nobody can answer here")
	o.says("webhook", "remove", id, "--yes")
	require.Equal(t, "No webhooks (campaignd webhook add).\n", o.says("webhook", "list"))
	require.Contains(t, o.refuses("webhook", "test", id), "there is no such thing here")
}
