package campaign

import (
	"sync"
	"time"
)

// breakAfter is how many sends in a row must fail to reach a gateway before
// nothing more is tried there.
const breakAfter = 5

// breakers keep a process from spending everybody's tries on a gateway that
// cannot be reached. Once open, one send at a time probes the gateway, and the
// people of the others wait without a counted try.
type breakers struct {
	mu sync.Mutex
	m  map[breakerKey]*breaker
}

type breakerKey struct {
	tenant  Tenant
	gateway string
}

type breaker struct {
	failed  int // sends in a row that did not reach the gateway
	holds   int
	probeAt time.Time
	probing bool
}

func (b *breakers) of(r Route) *breaker {
	k := breakerKey{r.Tenant, r.Gateway}
	if b.m == nil {
		b.m = make(map[breakerKey]*breaker)
	}
	x := b.m[k]
	if x == nil {
		x = &breaker{}
		b.m[k] = x
	}
	return x
}

// admit reports whether a send may be tried now.
func (b *breakers) admit(r Route, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.of(r)
	if x.failed < breakAfter {
		return true
	}
	if x.probing || now.Before(x.probeAt) {
		return false
	}
	x.probing = true
	return true
}

// tell notes how a send that was admitted ended.
func (b *breakers) tell(r Route, v Verdict, now time.Time, t Timing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.of(r)
	x.probing = false
	switch v {
	case VerdictLate:
		return // says nothing about the gateway
	case VerdictNotSent:
		x.failed++
		if x.failed >= breakAfter {
			x.holds++
			x.probeAt = now.Add(t.hold(x.holds))
		}
		return
	}
	*x = breaker{} // any other answer has come from the gateway
}

// release takes an admission back that led to no send.
func (b *breakers) release(r Route) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(r).probing = false
}

// open reports whether the gateway counts as unreachable.
func (b *breakers) open(r Route) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of(r).failed >= breakAfter
}
