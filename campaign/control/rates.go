package control

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"
)

// Rates bound how often one client may ask, in requests a minute. A tenth of a
// minute's, and at least ten, may come at once. More are answered 429 with a
// Retry-After. The zero value bounds nothing: a host often has such limits
// already.
type Rates struct {
	// Caller is for one caller, known by tenant and author: all sessions of a
	// user together, or one API token. Defaults to no limit.
	Caller int
	// Address is for one address of a client, before it is known who calls. An
	// IPv6 network of 64 bits counts as one address, since a customer has one.
	// Defaults to no limit.
	Address int
	// Login is for one address of a client, on the routes that take a password
	// or another secret from anybody. Defaults to no limit.
	Login int
}

// remembered is how many clients a limit keeps count of, at most twice: the
// count of who has not asked for the longest time is dropped.
const remembered = 4096

// limit counts the requests of many clients in bounded memory.
type limit struct {
	each  rate.Limit
	burst int

	mu sync.Mutex
	// New counts go into fresh. When it is full it becomes stale, and what was
	// stale before is dropped; a count that is used comes back.
	fresh, stale map[string]*rate.Limiter
}

// newLimit returns nil where there is no limit.
func newLimit(perMinute int) *limit {
	if perMinute <= 0 {
		return nil
	}
	return &limit{each: rate.Limit(float64(perMinute) / 60), burst: max(perMinute/10, 10), fresh: map[string]*rate.Limiter{}}
}

// take counts a request, or tells how long the client has to wait.
func (l *limit) take(client string, now time.Time) (wait time.Duration) {
	if l == nil || client == "" {
		return 0
	}
	r := l.of(client).ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now) // who is sent away has used nothing
	}
	return wait
}

func (l *limit) of(client string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c, ok := l.fresh[client]; ok {
		return c
	}
	c, ok := l.stale[client]
	if !ok {
		c = rate.NewLimiter(l.each, l.burst)
	}
	if len(l.fresh) >= remembered {
		l.fresh, l.stale = map[string]*rate.Limiter{}, l.fresh
	}
	l.fresh[client] = c
	return c
}

// size is how many clients are kept count of.
func (l *limit) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.fresh) + len(l.stale)
}

// limits are those of a handler.
type limits struct{ caller, address, login *limit }

// networkOf names the client at an address; empty where it is not known.
func networkOf(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// paceAddress holds back addresses that ask too often, before it costs anything
// to find out who calls.
func (a *api) paceAddress(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	from := networkOf(a.cameFrom(v.r))
	now := a.Now()
	wait := a.limits.address.take(from, now)
	if wait == 0 && marked(ctx, guessable) {
		wait = a.limits.login.take(from, now)
	}
	if wait > 0 {
		a.tooOften(v, wait)
		return
	}
	next(ctx)
}

// paceCaller holds back callers who ask too often.
func (a *api) paceCaller(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	if v.as != nil {
		c := v.as.Caller()
		if wait := a.limits.caller.take(string(c.Tenant)+"\x00"+c.Author, a.Now()); wait > 0 {
			a.tooOften(v, wait)
			return
		}
	}
	next(ctx)
}

func (a *api) tooOften(v *visit, wait time.Duration) {
	seconds := retryAfter(wait)
	p := a.problem(v, http.StatusTooManyRequests, codeTooOften, "seconds", seconds)
	p.headers = http.Header{"Retry-After": {seconds}}
	a.write(v.w, v.r, p)
}
