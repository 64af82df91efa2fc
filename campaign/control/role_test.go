package control_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
)

// A host that forgets a role, or gives one that is none, has let nobody in.
func TestACallerWithoutARoleMayNothing(t *testing.T) {
	var log bytes.Buffer
	who := campaign.Caller{}
	w := newWorld(t, func(c *control.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.Authenticate = func(*http.Request) (campaign.Caller, error) { return who, nil }
	})
	for _, who = range []campaign.Caller{{}, {Tenant: "shop", Author: "ana"}, {Tenant: "shop", Author: "ana", Role: "manager"}} {
		log.Reset()
		w.do("POST", "/api/operations/stop_all/", nil).refused(403, "forbidden")
		w.do("GET", "/api/campaigns/campaigns/", nil).refused(403, "forbidden")
		require.Contains(t, log.String(), "role="+slogText(string(who.Role)))
		_, on, err := w.engine.StoppedAll(t.Context())
		require.NoError(t, err)
		require.False(t, on)
	}
	who = campaign.Caller{Author: "ana", Role: campaign.Admin}
	w.do("POST", "/api/operations/stop_all/", nil).refused(403, "forbidden")
	who.Role = campaign.Host
	w.do("POST", "/api/operations/stop_all/", nil).is(200)
}

func slogText(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// The scheme of the challenge is the host's.
func TestTheChallengeIsTheHosts(t *testing.T) {
	w := newWorld(t, func(c *control.Config) {
		c.Challenge = `Session realm="shop"`
		c.Authenticate = func(*http.Request) (campaign.Caller, error) { return campaign.Caller{}, control.ErrNoCaller }
	})
	a := w.do("GET", "/api/campaigns/campaigns/", nil)
	require.Equal(t, `Session realm="shop"`, a.header.Get("Www-Authenticate"))
}

// A server that shuts down does not wait for who watches.
func TestStreamsEndWhenTheHostIsDone(t *testing.T) {
	done := make(chan struct{})
	w := newWorld(t, func(c *control.Config) { c.Done = done })
	c, err := w.engine.As(campaign.Caller{Tenant: "shop", Role: campaign.Host}).Create(t.Context(), campaign.Draft{Name: "x"})
	require.NoError(t, err)
	srv := httptest.NewServer(w.api)
	srv.Config.RegisterOnShutdown(func() { close(done) })
	req, err := http.NewRequest(http.MethodGet, srv.URL+"/api/campaigns/campaigns/"+c.ID.String()+"/watch/", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer shop/ana/viewer")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, srv.Config.Shutdown(ctx), "the stream has ended")
}
