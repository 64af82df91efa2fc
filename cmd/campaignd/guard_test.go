package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/line"
)

// post sends a request and tells the status and when to ask again.
func post(t *testing.T, url, body string, headers ...string) (status int, after string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode, res.Header.Get("Retry-After")
}

// Whoever asks too often waits; gateways that report and the commands of this
// machine never do.
func TestServeHoldsBackWhoAsksTooOften(t *testing.T) {
	t.Parallel()
	env := []string{"CAMPAIGND_DATA=" + filepath.Join(t.TempDir(), "data"), "CAMPAIGND_ADDR=127.0.0.1:0", "CAMPAIGND_TRUSTED_PROXIES=127.0.0.1", "LANG=C",
		"CAMPAIGND_RATE_LOGIN=1", "CAMPAIGND_RATE_ADDRESS=20"}
	s := serveHere(t, env, "serve")
	login := func(from string) (int, string) {
		return post(t, s.url+"/api/auth/login/", `{"email":"nobody@example.com","password":"a wrong one"}`, "X-Forwarded-For", from)
	}
	refused := 0
	for range 12 {
		status, after := login("203.0.113.9")
		if status == http.StatusTooManyRequests {
			refused++
			require.NotEmpty(t, after)
		}
	}
	require.NotZero(t, refused)
	status, _ := post(t, s.url+"/api/auth/link/", `{"secret":"x"}`, "X-Forwarded-For", "203.0.113.10, 127.0.0.1")
	require.Equal(t, http.StatusUnauthorized, status, "another client of the same proxy")
	for range 300 {
		status, _ := post(t, s.url+line.Prefix+"1.x", `{}`, "X-Forwarded-For", "203.0.113.9")
		require.Equal(t, http.StatusNotFound, status, "a report is never held back")
	}
	for range 30 {
		require.Equal(t, exitOK, call(t, env, "group", "list").code)
	}
	require.Equal(t, exitOK, s.stop().code)
}

func TestLimitsCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	s := serveHere(t, []string{"CAMPAIGND_DATA=" + t.TempDir(), "CAMPAIGND_RATE_LOGIN=0", "CAMPAIGND_RATE_ADDRESS=0", "CAMPAIGND_RATE_CALLER=0"}, "serve", "--addr", "127.0.0.1:0")
	for range 100 {
		status, _ := post(t, s.url+"/api/auth/link/", `{"secret":"x"}`)
		require.Equal(t, http.StatusUnauthorized, status)
	}
	require.Equal(t, exitOK, s.stop().code)
	o := call(t, []string{"CAMPAIGND_RATE_LOGIN=-1"}, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir())
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "write how many requests a minute, or 0 for no limit")
	o = call(t, nil, "serve", "--help")
	for _, f := range []string{"CALLER", "ADDRESS", "LOGIN"} {
		require.Contains(t, o.out, "$CAMPAIGND_RATE_"+f)
	}
}

// A proxy that the daemon does not know of makes all its clients one.
func TestAProxyThatIsNotTrustedIsSaidOnce(t *testing.T) {
	t.Parallel()
	s := serveHere(t, []string{"CAMPAIGND_DATA=" + t.TempDir()}, "serve", "--addr", "127.0.0.1:0")
	for i := range 3 {
		post(t, s.url+"/api/auth/link/", `{"secret":"x"}`, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
	}
	o := s.stop()
	require.Equal(t, exitOK, o.code)
	require.Equal(t, 1, strings.Count(o.errout, "name it in CAMPAIGND_TRUSTED_PROXIES"), o.errout)
	require.NotContains(t, o.errout, "203.0.113", "what it claims is not written down")
}
