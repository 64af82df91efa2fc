package evolution

import (
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// The gate is the line that a send crosses once. It stands at the first byte:
// the connection asks it before that byte is written, so "nothing went out"
// is a state and not a guess.
//
//	idle ──first Write──▶ writing ──n > 0──▶ begun
//	 │                       └──error, n = 0──▶ failed
//	 ├──StartBy passed──▶ late
//	 └──given up───────▶ shut
//
// late, failed and shut are proofs: no byte has left and none will, because
// every later Write is refused.
const (
	gateIdle int32 = iota
	gateWriting
	gateBegun
	gateFailed
	gateLate
	gateShut
)

var (
	errShut          = errors.New("evolution: the send was given up before its first byte")
	errAnswerTooLong = errors.New("evolution: the answer is longer than this client reads")
)

type gate struct {
	state atomic.Int32
	// first is held during the first write, so that an answer that overtakes
	// its return still finds when it was made.
	first sync.Mutex
	// wrote is the unix nanosecond at which the first write had been made.
	wrote atomic.Int64

	// foreign: bytes go through a transport that does not ask.
	foreign bool

	now   func() time.Time
	by    time.Time     // wall clock
	enter time.Time     // when the gate was made
	slack time.Duration // from enter to the latest start, monotonic
	timed bool
}

// newGate makes the gate of a send that must begin by the given instant.
func newGate(now func() time.Time, by time.Time, foreign bool) *gate {
	g := &gate{now: now, by: by.Round(0), enter: now(), timed: true, foreign: foreign}
	// by may come from a database, without a monotonic reading, or from a
	// clock that has been set since; the earlier of both readings counts.
	g.slack = min(by.Sub(g.enter), g.by.Sub(g.enter.Round(0)))
	return g
}

// late reports whether the latest start has passed on either clock.
func (g *gate) late(now time.Time) bool {
	return g.timed && (now.Round(0).After(g.by) || now.Sub(g.enter) > g.slack)
}

// ask is called before a write. A nil error lets it through.
func (g *gate) ask() error {
	for {
		switch g.state.Load() {
		case gateWriting, gateBegun:
			return nil
		case gateIdle:
			if g.late(g.now()) {
				g.state.CompareAndSwap(gateIdle, gateLate)
				continue
			}
			if g.state.CompareAndSwap(gateIdle, gateWriting) {
				g.first.Lock()
				return nil
			}
		default:
			return errShut
		}
	}
}

// told is called after a write of n bytes.
func (g *gate) told(n int, err error) {
	if g.state.Load() != gateWriting {
		return
	}
	switch {
	case n > 0:
		g.wrote.Store(g.now().UnixNano())
		g.state.CompareAndSwap(gateWriting, gateBegun)
	case err != nil:
		g.state.CompareAndSwap(gateWriting, gateFailed)
	default:
		g.state.CompareAndSwap(gateWriting, gateIdle)
	}
	g.first.Unlock()
}

// expire is called when StartBy has passed on a timer; it reports whether the
// send had not begun.
func (g *gate) expire() bool { return g.state.CompareAndSwap(gateIdle, gateLate) }

// unsent reports whether it is certain so far that no byte has left.
func (g *gate) unsent() bool {
	if g.foreign {
		return false
	}
	s := g.state.Load()
	return s != gateWriting && s != gateBegun
}

// again opens the gate for another try, where that is certain.
func (g *gate) again() { g.state.CompareAndSwap(gateFailed, gateIdle) }

// close shuts a gate that nothing has passed and returns the final state.
func (g *gate) close() int32 {
	g.state.CompareAndSwap(gateIdle, gateShut)
	return g.state.Load()
}

// began is the instant at which the first byte had left, zero if none has or
// nobody saw it.
func (g *gate) began() time.Time {
	g.first.Lock()
	defer g.first.Unlock()
	if n := g.wrote.Load(); n != 0 && !g.unsent() {
		return time.Unix(0, n).UTC()
	}
	return time.Time{}
}

// gotConn puts the gate on the connection that a request will use.
func (g *gate) gotConn(info httptrace.GotConnInfo) {
	under := info.Conn
	if t, ok := under.(interface{ NetConn() net.Conn }); ok {
		under = t.NetConn()
	}
	if c, ok := under.(*conn); ok {
		c.gate.Store(g)
		return
	}
	// A transport of somebody else's: the connection cannot ask, so it is
	// closed before the transport writes to it.
	if g.late(g.now()) {
		if g.state.CompareAndSwap(gateIdle, gateLate) && info.Conn != nil {
			_ = info.Conn.Close()
		}
		return
	}
	g.state.CompareAndSwap(gateIdle, gateBegun)
}

// wroteHeaders dates the beginning where no connection of ours does. The
// transport may call it before the bytes are flushed, so it is never a proof.
func (g *gate) wroteHeaders() { g.wrote.CompareAndSwap(0, g.now().UnixNano()) }

// conn asks the gate of the request it carries before it writes. A connection
// carries one request at a time (HTTP/1.1).
type conn struct {
	net.Conn
	gate atomic.Pointer[gate]
}

// Write is the only way out: net.Conn's method set has no ReadFrom.
func (c *conn) Write(p []byte) (int, error) {
	g := c.gate.Load()
	if g == nil || len(p) == 0 { // a TLS handshake
		return c.Conn.Write(p)
	}
	if err := g.ask(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	g.told(n, err)
	return n, err
}
