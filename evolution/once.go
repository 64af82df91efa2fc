package evolution

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Once sends one request of whatever API over the pool, at most one time, and
// refuses to begin after startBy: the check stands before the first byte on the
// connection that carries it, on the wall clock and on the monotonic one. It is
// the part of a campaign.Sender that is hard to get right, for senders of other
// gateways. now is the sender's clock; nil is time.Now.
//
// An error bears the mark that it proves: campaign.ErrLate when the latest start
// had passed, campaign.NotSent when no byte has left; none when one has. It is a
// campaign.Beginner. What the answer proves is for the caller to judge: a
// redirect is an answer like any other and is not followed, and no request is
// repeated on another connection.
//
// The caller bounds the call by the request's context, reads the answer, and
// closes its body. With Pool.Transport nothing can be proven by bytes, see there.
func (p *Pool) Once(r *http.Request, startBy time.Time, now func() time.Time) (*http.Response, error) {
	if now == nil {
		now = time.Now
	}
	fail := &Error{Op: "send"}
	if err := r.Context().Err(); err != nil {
		return nil, unbegun(fail, err)
	}
	p.open()
	g := newGate(now, startBy, p.foreign())
	if g.late(g.enter) {
		return nil, late(fail)
	}
	ctx, cancel := context.WithCancel(r.Context())
	// Waiting for a connection ends at the latest start.
	stop := time.AfterFunc(min(g.slack, 24*time.Hour), func() {
		if !g.foreign && g.expire() {
			cancel()
		}
	})
	q := r.Clone(traced(ctx, g))
	q.GetBody = nil // or net/http replays the request
	resp, err := p.sends.HTTPClient.Do(q)
	if err != nil {
		stop.Stop()
		cancel()
		return nil, lost(fail, g, err)
	}
	resp.Body = &lastRead{ReadCloser: resp.Body, then: func() { stop.Stop(); cancel() }}
	return resp, nil
}

// lastRead is a body that ends what its request needed.
type lastRead struct {
	io.ReadCloser
	once sync.Once
	then func()
}

func (l *lastRead) Close() error {
	defer l.once.Do(l.then)
	return l.ReadCloser.Close()
}
