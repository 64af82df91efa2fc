package evolution

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

// Every fault on the wire is met by at most one POST, and by the verdict that
// the ledger needs.
func TestOnePostUnderEveryFault(t *testing.T) {
	answer := func(head, body string) func(*link) {
		return func(l *link) {
			for l.whole() != nil {
				l.say("HTTP/1.1 " + head + "\r\n\r\n" + body)
			}
		}
	}
	faults := []struct {
		name    string
		serve   func(*link)
		verdict campaign.Verdict
		code    campaign.Code
	}{
		{"reset before anything", func(l *link) { l.reset() }, "", ""}, // either side of the line
		{"reset after the headers", func(l *link) { l.head(); l.reset() }, "unknown", CodeNoAnswer},
		{"reset after the body", func(l *link) { l.whole(); l.reset() }, "unknown", CodeNoAnswer},
		{"end after the body", func(l *link) { l.whole() }, "unknown", CodeNoAnswer},
		{"headers cut", func(l *link) { l.whole(); l.say("HTTP/1.1 201 Crea") }, "unknown", CodeNoAnswer},
		{"body cut", func(l *link) {
			l.whole()
			l.say("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"key\":{\"id\":\"3EB0\"}}")
		}, "unknown", CodeNoAnswer},
		{"chunk cut", func(l *link) {
			l.whole()
			l.say("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n{\"key\":{\"id\":\"3EB0\"}}\r\n")
		}, "unknown", CodeNoAnswer},
		{"a refusal cut", func(l *link) { l.whole(); l.say("HTTP/1.1 401 Unauthorized\r\nContent-Length: 500\r\n\r\n{") }, "unknown", CodeNoAnswer},
		{"no HTTP at all", func(l *link) { l.whole(); l.say("SSH-2.0-OpenSSH\r\n") }, "unknown", CodeNoAnswer},
		{"silence", func(l *link) { l.whole(); <-l.w.done }, "unknown", CodeNoAnswer},
		{"a slow drip", func(l *link) { l.whole(); l.say("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"); <-l.w.done }, "unknown", CodeNoAnswer},
		{"an interim answer, then the end", func(l *link) { l.whole(); l.say("HTTP/1.1 103 Early Hints\r\n\r\n") }, "unknown", CodeNoAnswer},
		{"500", answer("500 Internal Server Error\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"502", answer("502 Bad Gateway\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"503 that invites to retry", answer("503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"504", answer("504 Gateway Timeout\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"408 that invites to retry", answer("408 Request Timeout\r\nConnection: close\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"425", answer("425 Too Early\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"429", answer("429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0", ""), "slow", CodeSlowDown},
		{"301", answer("301 Moved Permanently\r\nLocation: /message/sendText/loja\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"302", answer("302 Found\r\nLocation: /message/sendText/loja\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"303", answer("303 See Other\r\nLocation: /\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"307", answer("307 Temporary Redirect\r\nLocation: /message/sendText/loja\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"308", answer("308 Permanent Redirect\r\nLocation: /message/sendText/loja\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"307 without an address", answer("307 Temporary Redirect\r\nContent-Length: 0", ""), "unknown", CodeUnclear},
		{"an answer before the body was read", func(l *link) {
			l.head()
			l.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			_ = l.CloseWrite()
			_, _ = l.r.WriteTo(devNull{})
		}, "not_sent", CodeRejected},
		{"a good answer", func(l *link) {
			for l.whole() != nil {
				ok201(l)
			}
		}, "accepted", ""},
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			w := newWire(t, f.serve)
			c := New(Server{URL: w.url, Key: testKey, Timeout: 200 * time.Millisecond})
			m := outgoing(time.Now().Add(100 * time.Millisecond))
			if f.verdict == "accepted" {
				m.StartBy = soon()
			}
			_, err := c.Send(t.Context(), m)
			got := campaign.Judge(err)
			require.LessOrEqual(t, w.posts.Load(), int64(1), "the request was repeated")
			if f.verdict == "" {
				require.Contains(t, []campaign.Verdict{campaign.VerdictNotSent, campaign.VerdictUnknown}, got.Verdict)
				return
			}
			require.Equal(t, f.verdict, got.Verdict, "%v", err)
			require.Equal(t, int64(1), w.posts.Load())
			if err == nil {
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, f.code, e.Code)
			require.False(t, e.Began.IsZero())
		})
	}
}

type devNull struct{}

func (devNull) Write(p []byte) (int, error) { return len(p), nil }

// A kept connection that turns out to be dead is where net/http replays
// requests; ours have no way back.
func TestNoReplayOnAReusedConnection(t *testing.T) {
	for name, second := range map[string]func(*link){
		"reset after the headers": func(l *link) { l.head(); l.reset() },
		"reset after the body":    func(l *link) { l.whole(); l.reset() },
		"end after the body":      func(l *link) { l.whole() },
		"reset at the first byte": func(l *link) {
			if _, err := l.r.Peek(1); err == nil {
				l.w.posts.Add(1)
			}
			l.reset()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, func(l *link) {
				if l.w.conns.Load() > 1 {
					// A replay would arrive here and be answered.
					l.whole()
					ok201(l)
					return
				}
				l.whole()
				ok201(l)
				second(l)
			})
			c := New(Server{URL: w.url, Key: testKey})
			_, err := c.Send(t.Context(), outgoing(soon()))
			require.NoError(t, err)
			_, err = c.Send(t.Context(), outgoing(soon()))
			require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
			require.Equal(t, int64(1), w.conns.Load(), "the send moved to another connection")
			require.Equal(t, int64(2), w.posts.Load())
		})
	}
}

// A request of somebody else's API has no way back either, though net/http could
// read its body anew, and is not begun when it is late.
func TestOnceIsOnce(t *testing.T) {
	w := newWire(t, func(l *link) {
		l.whole()
		if ok201(l); l.w.conns.Load() == 1 {
			l.head()
			l.reset()
		}
	})
	var pool Pool
	post := func(by time.Time) (*http.Response, error) {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/messages", strings.NewReader("{}"))
		require.NoError(t, err)
		q.Header.Set("Idempotency-Key", "1") // net/http takes that for leave to repeat it
		return pool.Once(q, by, nil)
	}
	_, err := post(time.Now().Add(-time.Millisecond))
	require.ErrorIs(t, err, campaign.ErrLate)
	require.Zero(t, w.posts.Load())
	resp, err := post(soon())
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	_, err = post(soon())
	require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
	var began campaign.Beginner
	require.ErrorAs(t, err, &began)
	require.False(t, began.BeganAt().IsZero())
	require.EqualValues(t, 1, w.conns.Load(), "the request moved to another connection")
	require.EqualValues(t, 2, w.posts.Load())
}

// The gateway closes a kept connection just when the client wants to use it.
// Whatever the race gives, the server sees each send at most once.
func TestNoReplayWhenTheServerClosesFirst(t *testing.T) {
	const sends = 200
	w := newWire(t, func(l *link) {
		if l.whole() != nil {
			ok201(l)
		}
	})
	c := New(Server{URL: w.url, Key: testKey})
	var good, unsent, unknown int64
	for range sends {
		_, err := c.Send(t.Context(), outgoing(soon()))
		switch campaign.Judge(err).Verdict {
		case campaign.VerdictAccepted:
			good++
		case campaign.VerdictNotSent:
			unsent++
		default:
			unknown++
		}
	}
	require.Equal(t, int64(sends), good+unsent+unknown)
	require.GreaterOrEqual(t, w.posts.Load(), good)
	require.LessOrEqual(t, w.posts.Load(), good+unknown, "a send that is proven unsent arrived")
}

// S2: a send that timed out was repeated although it had gone out.
func TestLesson_S2_TimeoutIsUnknownAndNotRepeated(t *testing.T) {
	release := make(chan struct{})
	w := newWire(t, func(l *link) {
		for l.whole() != nil {
			<-release
			ok201(l) // performed, long after the caller has left
		}
	})
	defer close(release)
	c := New(Server{URL: w.url, Key: testKey, Timeout: 50 * time.Millisecond})
	_, err := c.Send(t.Context(), outgoing(time.Now().Add(50*time.Millisecond)))
	require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, int64(1), w.posts.Load())
}

func TestNotSent(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "http://" + ln.Addr().String()
	require.NoError(t, ln.Close())

	untrusted := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") }))
	untrusted.Config.ErrorLog = quiet
	untrusted.StartTLS()
	defer untrusted.Close()
	plain := newWire(t, func(l *link) { l.whole() })

	for name, s := range map[string]Server{
		"nobody listens":       {URL: nobody},
		"the name is unknown":  {URL: "http://gateway.invalid", Pool: &Pool{Dial: refuse(&net.DNSError{Err: "no such host", Name: "gateway.invalid", IsNotFound: true})}},
		"an untrusted server":  {URL: untrusted.URL},
		"TLS to a plain one":   {URL: "https://" + plain.addr, Pool: &Pool{TLS: &tls.Config{InsecureSkipVerify: true}}},
		"nothing is written":   {URL: "http://gateway.example", Pool: &Pool{Dial: dialTo(newMute(0))}},
		"an address forbidden": {URL: "http://gateway.example", Pool: &Pool{Dial: refuse(errors.New("private address"))}},
	} {
		t.Run(name, func(t *testing.T) {
			s.Key = testKey
			_, err := New(s).Send(t.Context(), outgoing(soon()))
			require.Equal(t, campaign.VerdictNotSent, campaign.Judge(err).Verdict, "%v", err)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, CodeUnreachable, e.Code)
			require.True(t, e.Began.IsZero())
		})
	}
	require.Zero(t, plain.posts.Load())
}

// One byte past the line is past the line.
func TestAPartialWriteIsUnknown(t *testing.T) {
	c := New(Server{URL: "http://gateway.example", Key: testKey, Pool: &Pool{Dial: dialTo(newMute(1))}})
	_, err := c.Send(t.Context(), outgoing(soon()))
	require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
}

// A connection of the host's own may return errors that bear a mark. Past the
// first byte the mark proves nothing.
func TestACauseCannotProveForTheSend(t *testing.T) {
	for _, cause := range []error{campaign.ErrLate, campaign.NotSent(errors.New("x")), campaign.Refused(campaign.Reason{}, errors.New("x"))} {
		m := newMute(1)
		m.err = cause
		_, err := New(Server{URL: "http://gateway.example", Key: testKey, Pool: &Pool{Dial: dialTo(m)}}).Send(t.Context(), outgoing(soon()))
		require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
	}
}

func refuse(err error) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return nil, err }
}

func dialTo(c net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return c, nil }
}

// mute is a connection that takes some bytes and then breaks.
type mute struct {
	net.Conn // one end of a pipe, for all but writing
	takes    int
	err      error
}

func newMute(takes int) *mute {
	here, _ := net.Pipe()
	return &mute{here, takes, errors.New("broken")}
}

func (m *mute) Write(p []byte) (int, error) { return min(m.takes, len(p)), m.err }

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newWire(t, func(l *link) { l.whole(); ok201(l) })
	w := newWire(t, func(l *link) {
		l.whole()
		l.say("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + elsewhere.url + "/message/sendText/loja\r\nContent-Length: 0\r\n\r\n")
	})
	_, err := New(Server{URL: w.url, Key: testKey}).Send(t.Context(), outgoing(soon()))
	require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
	require.Zero(t, elsewhere.conns.Load())
	require.ErrorContains(t, err, "redirect")
}

func TestAnswersAreBounded(t *testing.T) {
	for name, head := range map[string]string{
		"announced":   "Content-Length: 1048577",
		"unannounced": "Connection: close",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, func(l *link) {
				l.whole()
				l.say("HTTP/1.1 201 Created\r\n" + head + "\r\n\r\n" + `{"key":{"id":"3EB0"},"x":"`)
				block := make([]byte, 64<<10)
				for i := range block {
					block[i] = 'x'
				}
				for range 17 {
					if _, err := l.Write(block); err != nil {
						return
					}
				}
			})
			_, err := New(Server{URL: w.url, Key: testKey}).Send(t.Context(), outgoing(soon()))
			require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict)
			require.ErrorIs(t, err, errAnswerTooLong)
		})
	}
}

func TestThePoolIsMadeForSends(t *testing.T) {
	p := new(Pool)
	tr := p.transport()
	require.Equal(t, 2*time.Second, tr.IdleConnTimeout)
	require.Nil(t, tr.Proxy)
	require.True(t, tr.DisableCompression)
	require.True(t, tr.Protocols.HTTP1())
	require.False(t, tr.Protocols.HTTP2())
	require.Positive(t, tr.MaxConnsPerHost)
	p.open()
	require.Zero(t, p.sends.RetryMax)
	require.Nil(t, p.sends.Logger)
	require.Nil(t, p.calls.Logger)
}
