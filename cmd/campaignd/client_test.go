package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAClientIsWhomATrustedProxyNames(t *testing.T) {
	ps, err := parseProxies("10.0.0.5, 172.16.0.0/12 ,::1")
	require.NoError(t, err)
	for _, c := range []struct{ name, remote, forwarded, want string }{
		{"no proxy", "203.0.113.9:4000", "", "203.0.113.9"},
		{"a stranger who claims to be somebody", "203.0.113.9:4000", "198.51.100.1", "203.0.113.9"},
		{"a trusted proxy", "10.0.0.5:4000", "198.51.100.1", "198.51.100.1"},
		{"the client made the first one up", "10.0.0.5:4000", "1.2.3.4, 198.51.100.1", "198.51.100.1"},
		{"a chain of trusted ones", "10.0.0.5:4000", "198.51.100.1, 172.17.0.2", "198.51.100.1"},
		{"a network", "172.18.0.9:1", "198.51.100.1", "198.51.100.1"},
		{"mapped", "[::ffff:10.0.0.5]:4000", "198.51.100.1", "198.51.100.1"},
		{"six", "[::1]:4000", "2001:db8::1", "2001:db8::1"},
		{"nothing said", "10.0.0.5:4000", "", "10.0.0.5"},
		{"with a port", "10.0.0.5:4000", "1.2.3.4:1, 198.51.100.1:5555", "198.51.100.1"},
		{"with a port, six", "10.0.0.5:4000", "[2001:db8::1]:5555", "2001:db8::1"},
		{"in brackets", "10.0.0.5:4000", "[2001:db8::1]", "2001:db8::1"},
		{"a comma at the end", "10.0.0.5:4000", "198.51.100.1, ,", "198.51.100.1"},
		{"nonsense that the client has sent", "10.0.0.5:4000", "unknown, 198.51.100.1", "198.51.100.1"},
		{"a stranger's nonsense", "203.0.113.9:4000", "unknown", "203.0.113.9"},
		{"nonsense", "10.0.0.5:4000", "unknown", ""},
		{"nonsense behind a chain", "10.0.0.5:4000", "198.51.100.1:x, 172.17.0.2", ""},
		{"no address", "@", "198.51.100.1", "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		from, err := ps.client(r)
		asked := 0
		w := httptest.NewRecorder()
		ps.known(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }), slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
		if c.want == "" {
			require.Error(t, err, c.name)
			require.Zero(t, asked, c.name)
			require.Equal(t, http.StatusBadRequest, w.Code, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		require.Equal(t, 1, asked, c.name)
		require.Equal(t, c.want, from.String(), c.name)
	}
	_, err = parseProxies("10.0.0.5,proxy.example")
	require.ErrorContains(t, err, `"proxy.example"`)
}
