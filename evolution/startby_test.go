package evolution

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

var quiet = log.New(io.Discard, "", 0)

// lateDial dials for real and moves the clock while it does.
func lateDial(c *clock, by time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		c.add(by)
		return conn, err
	}
}

func requireLate(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, campaign.ErrLate)
	require.Equal(t, campaign.VerdictLate, campaign.Judge(err).Verdict)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, CodeTooLate, e.Code)
	require.True(t, e.Began.IsZero())
}

func TestLateBeforeAnything(t *testing.T) {
	w := newWire(t, func(l *link) { l.whole() })
	c := New(Server{URL: w.url, Key: testKey, Now: newClock(noon).now})
	for name, by := range map[string]time.Time{"a nanosecond ago": noon.Add(-1), "never set": {}} {
		_, err := c.Send(t.Context(), outgoing(by))
		requireLate(t, err)
		require.Zero(t, w.conns.Load(), name)
	}
}

// The latest start itself is still in time.
func TestOnTheStroke(t *testing.T) {
	w := newWire(t, func(l *link) { l.whole(); ok201(l) })
	clk := newClock(noon)
	c := New(Server{URL: w.url, Key: testKey, Now: clk.now, Pool: &Pool{Dial: lateDial(clk, 2*time.Second)}})
	acc, err := c.Send(t.Context(), outgoing(noon.Add(2*time.Second)))
	require.NoError(t, err)
	require.Equal(t, noon.Add(2*time.Second), acc.Began)
}

// Not one byte leaves once the latest start has passed while the connection
// was being made.
func TestLateAfterDialing(t *testing.T) {
	w := newWire(t, func(l *link) { l.whole(); ok201(l) })
	clk := newClock(noon)
	c := New(Server{URL: w.url, Key: testKey, Now: clk.now, Pool: &Pool{Dial: lateDial(clk, 2*time.Second+1)}})
	_, err := c.Send(t.Context(), outgoing(noon.Add(2*time.Second)))
	requireLate(t, err)
	<-w.ended // by the client, which wrote nothing
	require.Zero(t, w.bytes.Load())
}

// Under TLS the handshake is no send: the request's bytes are.
func TestLateAfterTheHandshake(t *testing.T) {
	var requests, handshakes atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		rw.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(rw, accepted)
	}))
	clk := newClock(noon)
	srv.Config.ErrorLog = quiet
	srv.TLS = &tls.Config{VerifyConnection: func(tls.ConnectionState) error { handshakes.Add(1); return nil }}
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	c := New(Server{URL: srv.URL, Key: testKey, Now: clk.now, Pool: &Pool{TLS: &tls.Config{RootCAs: roots, Time: time.Now}}})

	acc, err := c.Send(t.Context(), outgoing(clk.now().Add(2*time.Second)))
	require.NoError(t, err)
	require.NotEmpty(t, acc.ProviderID)

	again := New(Server{URL: srv.URL, Key: testKey, Now: clk.now, Pool: &Pool{
		TLS: &tls.Config{RootCAs: roots, VerifyConnection: func(tls.ConnectionState) error { clk.add(2*time.Second + 1); return nil }},
	}})
	_, err = again.Send(t.Context(), outgoing(clk.now().Add(2*time.Second)))
	requireLate(t, err)
	require.Equal(t, int64(1), requests.Load())
	require.Positive(t, handshakes.Load())
}

// A kept connection asks as well: the clock moves between entry and write.
func TestLateOnAReusedConnection(t *testing.T) {
	w := newWire(t, func(l *link) {
		for l.whole() != nil {
			ok201(l)
		}
	})
	clk := newClock(noon)
	var jump atomic.Bool
	now := func() time.Time {
		at := clk.now()
		if jump.Load() {
			clk.add(3 * time.Second) // from the second reading on
		}
		return at
	}
	c := New(Server{URL: w.url, Key: testKey, Now: now})
	_, err := c.Send(t.Context(), outgoing(noon.Add(2*time.Second)))
	require.NoError(t, err)
	before := w.bytes.Load()
	jump.Store(true)
	_, err = c.Send(t.Context(), outgoing(noon.Add(2*time.Second)))
	requireLate(t, err)
	<-w.ended
	require.Equal(t, int64(1), w.conns.Load())
	require.Equal(t, before, w.bytes.Load())
}

// A process that is held up between the check and the byte begins late, and
// says so.
func TestBeganLateIsReported(t *testing.T) {
	w := newWire(t, func(l *link) {
		l.head()
		ok201(l)
	})
	clk := newClock(noon)
	c := New(Server{URL: w.url, Key: testKey, Now: clk.now, Pool: &Pool{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return &held{Conn: conn, hold: func() { clk.add(time.Minute) }}, err
	}}})
	acc, err := c.Send(t.Context(), outgoing(noon.Add(2*time.Second)))
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Minute), acc.Began)
}

// held is a connection whose writes take long.
type held struct {
	net.Conn
	hold func()
}

func (h *held) Write(p []byte) (int, error) {
	h.hold()
	return h.Conn.Write(p)
}

// Each clock alone is enough.
func TestGateReadsBothClocks(t *testing.T) {
	wall := gate{timed: true, by: noon.Add(-time.Second), enter: noon, slack: time.Hour}
	require.True(t, wall.late(noon))
	mono := gate{timed: true, by: noon.Add(time.Hour), enter: noon, slack: time.Second}
	require.False(t, mono.late(noon.Add(time.Second)))
	require.True(t, mono.late(noon.Add(time.Second+1)))

	// A StartBy from a database has no monotonic reading; one that was made
	// here has.
	now := time.Now()
	for _, by := range []time.Time{now.Add(time.Minute), now.Add(time.Minute).Round(0), now.Add(time.Minute).UTC()} {
		g := newGate(func() time.Time { return now }, by, false)
		require.InDelta(t, time.Minute, g.slack, float64(time.Millisecond))
		require.False(t, g.late(now.Add(59*time.Second)))
		require.True(t, g.late(now.Add(61*time.Second)))
	}
}

// A connection that does not come about ends the wait at the latest start,
// not after the time-out.
func TestWaitingForAConnectionEndsAtStartBy(t *testing.T) {
	c := New(Server{URL: "http://gateway.example", Key: testKey, Pool: &Pool{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}})
	_, err := c.Send(t.Context(), outgoing(time.Now().Add(20*time.Millisecond)))
	requireLate(t, err)
}

// A full pool makes a send late, not unknown.
func TestAFullPoolIsLate(t *testing.T) {
	release, busy := make(chan struct{}), make(chan struct{})
	w := newWire(t, func(l *link) {
		for l.whole() != nil {
			close(busy)
			<-release
			ok201(l)
		}
	})
	c := New(Server{URL: w.url, Key: testKey, Pool: &Pool{MaxConns: 1}})
	first := make(chan error, 1)
	go func() {
		_, err := c.Send(context.Background(), outgoing(soon()))
		first <- err
	}()
	<-busy
	_, err := c.Send(t.Context(), outgoing(time.Now().Add(20*time.Millisecond)))
	requireLate(t, err)
	close(release)
	require.NoError(t, <-first)
	require.Equal(t, int64(1), w.posts.Load())
}

func TestCancelled(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		w := newWire(t, func(l *link) { l.whole() })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := New(Server{URL: w.url, Key: testKey}).Send(ctx, outgoing(soon()))
		require.Equal(t, campaign.VerdictNotSent, campaign.Judge(err).Verdict)
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, w.conns.Load())
	})
	t.Run("while dialing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := New(Server{URL: "http://gateway.example", Key: testKey, Pool: &Pool{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}}})
		_, err := c.Send(ctx, outgoing(soon()))
		require.Equal(t, campaign.VerdictNotSent, campaign.Judge(err).Verdict)
	})
	t.Run("after the first byte", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := newWire(t, func(l *link) {
			l.whole()
			cancel()
			_, _ = l.r.ReadByte()
		})
		_, err := New(Server{URL: w.url, Key: testKey}).Send(ctx, outgoing(soon()))
		require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, int64(1), w.posts.Load())
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// A transport of somebody else's cannot prove by silence that nothing left.
func TestForeignTransport(t *testing.T) {
	reply := func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 201, ContentLength: -1, Body: io.NopCloser(strings.NewReader(accepted))}, nil
	}
	for name, c := range map[string]struct {
		rt      tripper
		by      time.Duration
		verdict campaign.Verdict
		called  bool
	}{
		"it answers": {reply, time.Second, "accepted", true},
		"late":       {reply, -1, "late", false},
		"it fails":   {func(*http.Request) (*http.Response, error) { return nil, errors.New("oops") }, time.Second, "unknown", true},
		"it fails to dial": {func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("x")}
		}, time.Second, "unknown", true},
		"it has proof": {func(*http.Request) (*http.Response, error) { return nil, campaign.NotSent(errors.New("x")) }, time.Second, "not_sent", true},
		"it was late":  {func(*http.Request) (*http.Response, error) { return nil, campaign.ErrLate }, time.Second, "late", true},
		"it claims a hold": {func(*http.Request) (*http.Response, error) {
			return nil, campaign.Hold(campaign.Reason{}, errors.New("x"))
		}, time.Second, "unknown", true},
	} {
		t.Run(name, func(t *testing.T) {
			called := false
			pool := &Pool{Transport: tripper(func(q *http.Request) (*http.Response, error) {
				called = true
				q.Header.Set("X-Mine", "1") // against the contract, and harmless
				return c.rt(q)
			})}
			cl := New(Server{URL: "http://gateway.example", Key: testKey, Now: newClock(noon).now, Pool: pool})
			_, err := cl.Send(t.Context(), outgoing(noon.Add(c.by)))
			require.Equal(t, c.verdict, campaign.Judge(err).Verdict, "%v", err)
			require.Equal(t, c.called, called)
		})
	}
}

// A foreign *http.Transport is stopped where it reports its connection.
func TestForeignTransportIsLateAtItsConnection(t *testing.T) {
	w := newWire(t, func(l *link) { l.whole(); ok201(l) })
	clk := newClock(noon)
	tr := &http.Transport{DialContext: lateDial(clk, 3*time.Second)}
	defer tr.CloseIdleConnections()
	c := New(Server{URL: w.url, Key: testKey, Now: clk.now, Pool: &Pool{Transport: tr}})
	_, err := c.Send(t.Context(), outgoing(noon.Add(2*time.Second)))
	requireLate(t, err)
	<-w.ended
	require.Zero(t, w.bytes.Load())

	acc, err := c.Send(t.Context(), outgoing(clk.now().Add(4*time.Second)))
	require.NoError(t, err)
	require.False(t, acc.Began.IsZero())
}
