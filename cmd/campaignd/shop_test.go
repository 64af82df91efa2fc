package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/internal/servers"
)

// shop is an installation as a customer has it: a daemon behind its public
// address, a gateway that is set through the API, and an administrator.
type shop struct {
	*office
	gatewayURL string
	public     string // forwards to the daemon
	token      string
}

// databases runs a test on every kind of database that this machine has.
func databases(t *testing.T, f func(t *testing.T, environ ...string)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); f(t) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); f(t, "DATABASE_URL="+servers.Postgres(t)) })
}

// newShop opens one whose gateway takes a twentieth of its usual time.
func newShop(t *testing.T, environ ...string) *shop {
	t.Helper()
	g, err := evolutiontest.New(&evolutiontest.Options{Scale: 0.05})
	require.NoError(t, err)
	web := httptest.NewServer(g)
	t.Cleanup(func() { web.Close(); require.NoError(t, g.Close()) })
	s := &shop{gatewayURL: web.URL}
	var to atomic.Pointer[url.URL]
	front := httptest.NewServer(&httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to.Load()) }})
	t.Cleanup(front.Close)
	s.public = front.URL
	s.office = &office{t: t, gateway: g, environ: append([]string{"CAMPAIGND_DATA=" + filepath.Join(t.TempDir(), "data"), "CAMPAIGND_ADDR=127.0.0.1:0",
		"CAMPAIGND_PUBLIC_URL=" + front.URL + "/", "CAMPAIGND_GATEWAY_ALLOW=" + strings.TrimPrefix(web.URL, "http://"), "LANG=C"}, environ...)}
	s.open()
	u, err := url.Parse(s.daemon.url)
	require.NoError(t, err)
	to.Store(u)
	return s
}

// secret is that of the link of the first administrator, made anew.
func (s *shop) secret() string {
	s.t.Helper()
	link := strings.TrimSpace(s.says("user", "first"))
	require.True(s.t, strings.HasPrefix(link, s.public+"/join#"), link)
	return strings.TrimPrefix(link, s.public+"/join#")
}

// join makes the administrator whom do acts for.
func (s *shop) join() {
	s.t.Helper()
	var in struct{ Access string }
	s.do("POST", "/api/auth/accept/", `{"secret":"`+s.secret()+`","email":"ana@example.com","password":"uma senha bem comprida"}`, 200, &in)
	s.token = in.Access
}

// do calls the API, and demands a status.
func (s *shop) do(method, path, body string, status int, out any) string {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.daemon.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept-Language", "en")
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer res.Body.Close()
	var text bytes.Buffer
	_, err = io.Copy(&text, res.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, status, res.StatusCode, "%s %s: %s", method, path, text.String())
	if out != nil {
		require.NoError(s.t, json.Unmarshal(text.Bytes(), out), "%s", text.String())
	}
	return text.String()
}

// becomes asks until something is so.
func (s *shop) becomes(what string, so func() bool) {
	s.t.Helper()
	require.Eventually(s.t, so, 60*time.Second, 20*time.Millisecond, what)
}
