package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What only the operator may see stands on a listener of its own, and nowhere
// else.
func TestMetricsHaveAListenerOfTheirOwn(t *testing.T) {
	t.Parallel()
	metrics, err := listen("127.0.0.1:0", "")
	require.NoError(t, err)
	addr := metrics.Addr().String()
	require.NoError(t, metrics.Close())
	s := serveHere(t, []string{"CAMPAIGND_DATA=" + filepath.Join(t.TempDir(), "data"), "CAMPAIGND_ADDR=127.0.0.1:0", "CAMPAIGND_METRICS_ADDR=" + addr}, "serve")
	get := func(url string) (int, string) {
		res, err := http.Get(url)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(text)
	}
	code, text := get("http://" + addr + "/metrics")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, text, "campaigns_stopped 0\n")
	require.Contains(t, text, `campaigns_sends_total{verdict="accepted"} 0`)
	require.Contains(t, text, "campaigns_optout_reviews 0\n")
	require.Contains(t, text, "go_goroutines")
	code, text = get("http://" + addr + "/debug/pprof/goroutine?debug=1")
	require.Equal(t, http.StatusOK, code)
	require.True(t, strings.HasPrefix(text, "goroutine profile:"))
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		code, _ := get(s.url + path)
		require.Equal(t, http.StatusNotFound, code, path)
	}
	require.Equal(t, exitOK, s.stop().code)
}

func TestServeRefusesProxiesThatAreNone(t *testing.T) {
	t.Parallel()
	o := call(t, []string{"CAMPAIGND_DATA=" + t.TempDir(), "CAMPAIGND_TRUSTED_PROXIES=proxy.example"}, "serve")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, `CAMPAIGND_TRUSTED_PROXIES holds "proxy.example"`)
}
