package campaign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Code of the host runs inside the engine: a sender, a locker, a rotation. One
// that panics or never returns costs its own send, person or campaign, and
// nobody else's.

// panicked is the panic of a part that the host brought, as an error.
type panicked struct {
	part  string
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("campaign: %s panicked: %v", p.part, p.value) }

// logged is an error as an attribute of a log line, with the stack of a panic.
func logged(err error) slog.Attr {
	var p *panicked
	if errors.As(err, &p) {
		return slog.Group("", slog.String("error", err.Error()), slog.String("stack", string(p.stack)))
	}
	return slog.String("error", err.Error())
}

// guard calls code of the host, and makes its panic an error.
func guard(part string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{part, v, debug.Stack()}
		}
	}()
	return f()
}

// overdue is how long code of the host is waited for after its context has
// ended.
const overdue = time.Second

// ask calls code of the host, and waits until ctx has ended, then a little
// longer for code that heeds ctx. Code that does not is left behind in its
// goroutine, ok is false, and late, which may be nil, gets what it returns after
// all. Step has no goroutine to leave behind: it waits.
func ask[T any](ctx context.Context, e *Engine, f func() T, late func(T)) (v T, ok bool) {
	hands := e.hands.Load()
	if hands == nil {
		return f(), true
	}
	var over atomic.Bool // whoever sets it decides whether v is in time
	in := make(chan T, 1)
	hands.do(func() {
		v := f()
		if over.CompareAndSwap(false, true) {
			in <- v
		} else if late != nil {
			late(v)
		}
	})
	select {
	case v = <-in:
		return v, true
	case <-ctx.Done():
	}
	t := time.NewTimer(overdue)
	defer t.Stop()
	select {
	case v = <-in:
		return v, true
	case <-t.C:
	}
	if !over.CompareAndSwap(false, true) {
		return <-in, true
	}
	return v, false
}

// errLeft tells of code of the host that did not return in time.
func errLeft(part string, ctx context.Context) error {
	return fmt.Errorf("campaign: %s goes on although its context has ended: %w", part, context.Cause(ctx))
}
