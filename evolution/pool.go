package evolution

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Pool holds connections to gateways. The zero Pool is ready to use; set its
// fields before its first use and do not copy it afterwards.
//
// It speaks HTTP/1.1 only (HTTP/2 has rules of its own for repeating a
// request), follows no redirect, goes through no proxy, asks for no
// compression, and keeps an idle connection for at most 2 s: a connection
// that the gateway has closed meanwhile would turn a send into an unknown one.
type Pool struct {
	// Dial opens a connection. It is the place to refuse addresses, with a
	// campaign.Hold, which then holds the number. A byte counts as sent when the
	// connection's Write says so. Defaults to a net.Dialer with a time-out of
	// 10 s.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// TLS configures https. Defaults to the system's roots and TLS 1.2.
	TLS *tls.Config

	// MaxConns bounds the connections to one scheme and host. A send that
	// finds none before its latest start is late. Defaults to 4096.
	MaxConns int

	// Transport replaces the connections altogether, for tests and hosts with
	// a transport of their own; Dial, TLS and MaxConns are then not used. It
	// must never repeat a request. It takes the proof of "no byte was
	// written" away: after an error of the transport a send is unknown,
	// unless the transport itself returns campaign.NotSent or
	// campaign.ErrLate. StartBy is checked before it is called, and once more
	// when it reports a connection to httptrace.
	Transport http.RoundTripper

	once  sync.Once
	sends *retryablehttp.Client
	calls *retryablehttp.Client
}

const (
	idleTimeout = 2 * time.Second
	dialTimeout = 10 * time.Second
	// callRetries is how often a call that is not a send is repeated.
	callRetries = 2
)

func (p *Pool) open() {
	p.once.Do(func() {
		rt := p.Transport
		if rt == nil {
			rt = p.transport()
		}
		once := &http.Client{
			// The wrapper hides CloseIdleConnections, which retryablehttp
			// calls after every failure: one gateway's trouble would close
			// the connections of all.
			Transport:     roundTripper{rt},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		p.sends = &retryablehttp.Client{
			HTTPClient:   once,
			RetryMax:     0,
			CheckRetry:   func(context.Context, *http.Response, error) (bool, error) { return false, nil },
			Backoff:      backoff,
			ErrorHandler: retryablehttp.PassthroughErrorHandler,
		}
		p.calls = &retryablehttp.Client{
			HTTPClient:   once,
			RetryMax:     callRetries,
			RetryWaitMin: 50 * time.Millisecond,
			RetryWaitMax: 500 * time.Millisecond,
			CheckRetry:   mayRepeat,
			Backoff:      backoff,
			ErrorHandler: retryablehttp.PassthroughErrorHandler,
		}
	})
}

// foreign reports whether bytes pass outside the sight of a gate.
func (p *Pool) foreign() bool { return p.Transport != nil }

func (p *Pool) transport() *http.Transport {
	dial := p.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.TLS != nil {
		conf = p.TLS.Clone()
	}
	most := p.MaxConns
	if most <= 0 {
		most = 4096
	}
	only1 := new(http.Protocols)
	only1.SetHTTP1(true)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &conn{Conn: c}, nil
		},
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    dialTimeout,
		Protocols:              only1,
		DisableCompression:     true,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           most,
		MaxIdleConnsPerHost:    most,
		MaxConnsPerHost:        most,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

type roundTripper struct{ rt http.RoundTripper }

func (r roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return r.rt.RoundTrip(q) }

// backoff doubles from min to max and listens to no header: a gateway's
// Retry-After must not hold a caller for an hour.
func backoff(min, max time.Duration, attempt int, _ *http.Response) time.Duration {
	for ; attempt > 0 && min < max; attempt-- {
		min *= 2
	}
	return min
}

// retryKey carries what mayRepeat needs to know of a call.
type retryKey struct{}

type retryRule struct {
	// read says that the call changes nothing, so that it may be repeated
	// whatever became of it.
	read bool
	gate *gate
}

// mayRepeat allows a second try of a read after a failure or after an answer
// of a proxy, and of anything else only while no byte has left.
func mayRepeat(ctx context.Context, resp *http.Response, err error) (bool, error) {
	rule, ok := ctx.Value(retryKey{}).(retryRule)
	if !ok || ctx.Err() != nil {
		return false, nil
	}
	if err != nil {
		if rule.read || rule.gate.unsent() {
			rule.gate.again()
			return true, nil
		}
		return false, nil
	}
	switch resp.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return rule.read, nil
	}
	return false, nil
}

// traced makes g see the connection of a request.
func traced(ctx context.Context, g *gate) context.Context {
	trace := &httptrace.ClientTrace{GotConn: g.gotConn}
	if g.foreign {
		trace.WroteHeaders = g.wroteHeaders
	}
	return httptrace.WithClientTrace(ctx, trace)
}

// maxAnswer bounds the body of an answer, maxList that of a list.
const (
	maxAnswer = 1 << 20
	maxList   = 16 << 20
)

// readAnswer reads a whole body of at most limit bytes, and fails when it is
// cut or longer.
func readAnswer(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	n := resp.ContentLength
	if n > limit {
		return nil, errAnswerTooLong
	}
	if n >= 0 {
		// One byte more than announced finds the end, which frees the
		// connection for the next request.
		b := make([]byte, n+1)
		got, err := io.ReadFull(resp.Body, b)
		if int64(got) == n && (err == io.EOF || err == io.ErrUnexpectedEOF) {
			err = nil
		}
		return b[:got], err
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = errAnswerTooLong
	}
	return b, err
}
