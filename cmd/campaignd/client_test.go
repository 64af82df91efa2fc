package main

import (
	"net/http"
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
		{"nonsense", "10.0.0.5:4000", "unknown", "10.0.0.5"},
		{"no address", "@", "198.51.100.1", "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		require.Equal(t, c.want, ps.client(r).String(), c.name)
	}
	_, err = parseProxies("10.0.0.5,proxy.example")
	require.ErrorContains(t, err, `"proxy.example"`)
}
