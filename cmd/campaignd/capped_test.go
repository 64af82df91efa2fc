package main

import (
	"bufio"
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// answered asks over a connection of its own, which stays open. It is false where
// the server has hung up without a word.
func answered(t *testing.T, addr string) (net.Conn, bool) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, _ = c.Write([]byte("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) // which may be reset already
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return c, false
	}
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	return c, true
}

func openServer(t *testing.T, most int, exempt string) (addr string, l net.Listener, said *bytes.Buffer) {
	t.Helper()
	trusted, err := parseProxies(exempt)
	require.NoError(t, err)
	inner, err := listen("127.0.0.1:0", "x")
	require.NoError(t, err)
	said = &bytes.Buffer{}
	l = newCapped(inner, most, trusted, slog.New(slog.NewTextHandler(said, nil)))
	srv := newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, srv.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return inner.Addr().String(), l, said
}

// within looks at what the listener writes while it serves.
func within(l net.Listener, f func()) {
	c := l.(*capped)
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func TestAnAddressHasSoManyConnectionsOpenAndNoMore(t *testing.T) {
	t.Parallel()
	addr, l, said := openServer(t, 3, "")
	var first net.Conn
	for range 3 {
		c, ok := answered(t, addr)
		require.True(t, ok)
		first = c
	}
	for range 2 {
		_, ok := answered(t, addr)
		require.False(t, ok)
	}
	within(l, func() {
		require.Equal(t, 1, strings.Count(said.String(), "CAMPAIGND_CONNECTIONS"), "the log is told once")
	})

	// One that ends makes room for one.
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { _, ok := answered(t, addr); return ok }, 20*time.Second, shortly)
	_, ok := answered(t, addr)
	require.False(t, ok)
	within(l, func() { require.Len(t, l.(*capped).open, 1) })
}

func TestAnAddressWithoutConnectionsIsForgotten(t *testing.T) {
	t.Parallel()
	l := newCapped(nil, 1, nil, slog.New(slog.DiscardHandler)).(*capped)
	a, b := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.10")
	require.True(t, l.enter(a))
	require.False(t, l.enter(a))
	require.True(t, l.enter(b), "another address is none of its business")
	l.leave(a)
	l.leave(b)
	require.Empty(t, l.open)
	require.True(t, l.enter(a))
}

func TestAClientOfIPv6CountsByItsNetwork(t *testing.T) {
	t.Parallel()
	require.Equal(t, network(netip.MustParseAddr("2001:db8::1")), network(netip.MustParseAddr("2001:db8::ffff:2")))
	require.NotEqual(t, network(netip.MustParseAddr("2001:db8::1")), network(netip.MustParseAddr("2001:db8:0:1::1")))
	require.NotEqual(t, network(netip.MustParseAddr("203.0.113.9")), network(netip.MustParseAddr("203.0.113.10")))
}

func TestTrustedProxiesAndNoLimitHaveManyConnectionsOpen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		most   int
		exempt string
	}{"a trusted proxy": {1, "127.0.0.0/8"}, "no limit": {0, ""}} {
		addr, _, said := openServer(t, c.most, c.exempt)
		for range 20 {
			_, ok := answered(t, addr)
			require.True(t, ok, name)
		}
		require.Empty(t, said.String(), name)
	}
}

func TestServeCapsTheConnectionsOfAnAddress(t *testing.T) {
	t.Parallel()
	s := serveHere(t, []string{"CAMPAIGND_DATA=" + filepath.Join(t.TempDir(), "data"), "CAMPAIGND_CONNECTIONS=2"}, "serve", "--addr", "127.0.0.1:0")
	addr := strings.TrimPrefix(s.url, "http://")
	for _, want := range []bool{true, true, false} {
		_, ok := answered(t, addr)
		require.Equal(t, want, ok)
	}
	o := s.stop()
	require.Equal(t, exitOK, o.code)
	require.Contains(t, o.errout, "an address has too many connections open")

	o = call(t, []string{"CAMPAIGND_CONNECTIONS=-1"}, "serve", "--addr", "127.0.0.1:0", "--data", t.TempDir())
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "or 0 for no limit")
	require.Contains(t, call(t, nil, "serve", "--help").out, "$CAMPAIGND_CONNECTIONS")
}
