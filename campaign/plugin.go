package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// Code of the host runs inside the engine: a sender, a locker, a rotation. One
// that panics or never returns costs its own send, person or campaign, and
// nobody else's.

// panicked is the panic of a part that the host brought, as an error.
type panicked struct {
	part  string
	value any
	stack []byte
	why   Reason // what people are told; zero where nothing is
}

// Reason is what people are told of it.
func (p *panicked) Reason() Reason { return p.why }

func (p *panicked) Error() string { return fmt.Sprintf("campaign: %s panicked: %v", p.part, p.value) }

// logged is an error as an attribute of a log line, with the stack of a panic.
func logged(err error) slog.Attr {
	var p *panicked
	if errors.As(err, &p) {
		return slog.Group("", slog.String("error", err.Error()), slog.String("stack", string(p.stack)))
	}
	return slog.String("error", err.Error())
}

func isPanic(err error) bool {
	var p *panicked
	return errors.As(err, &p)
}

// guard calls code of the host, and makes its panic an error.
func guard(part string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{part: part, value: v, stack: debug.Stack()}
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

// failsOf reports whether a reason is the fault of code of the host: a person
// whom it costs is left out, and a campaign is paused until somebody resumes it.
func failsOf(why Reason) bool {
	switch why.Code {
	case CodeVariablesFailed, CodeRotationFailed, CodeWindowFailed:
		return true
	}
	return false
}

// watchedWindow is a window that may be the host's. Once it has panicked it is
// shut for good: a campaign that is resumed gets a fresh one.
type watchedWindow struct {
	schedule.Window
	kind   string
	tell   func(part string, err error)
	failed atomic.Pointer[Reason]
}

// broken is why the window is shut for good; zero if it is not.
func (w *watchedWindow) broken() Reason {
	if why := w.failed.Load(); why != nil {
		return *why
	}
	return Reason{}
}

func (w *watchedWindow) watch(f func()) {
	if w.failed.Load() != nil {
		return
	}
	if err := guard("a schedule", func() error { f(); return nil }); err != nil {
		why := Because(CodeWindowFailed, "kind", w.kind)
		if w.failed.CompareAndSwap(nil, &why) {
			w.tell("schedule", err)
		}
	}
}

// Next implements schedule.Window.
func (w *watchedWindow) Next(t time.Time) (next time.Time) {
	w.watch(func() { next = w.Window.Next(t) })
	return next
}

// Closed implements schedule.Explainer.
func (w *watchedWindow) Closed(t time.Time) (c schedule.Closed, shut bool) {
	if x, ok := w.Window.(schedule.Explainer); ok {
		w.watch(func() { c, shut = x.Closed(t) })
	}
	return c, shut
}

// ownKinds are kinds of the host, whose panics are errors.
func ownKinds(kinds schedule.Kinds, tell func(string, error)) schedule.Kinds {
	if kinds == nil {
		return nil
	}
	safe := make(schedule.Kinds, len(kinds))
	for name, build := range kinds {
		safe[name] = func(params json.RawMessage) (w schedule.Window, err error) {
			err = guard("the schedule "+name, func() (err error) {
				w, err = build(params)
				return err
			})
			if isPanic(err) {
				tell("schedule", err)
				return nil, err
			}
			if w == nil || err != nil {
				return w, err
			}
			return &watchedWindow{Window: w, kind: name, tell: tell}, nil
		}
	}
	return safe
}

// ownVariables are variables of the host, whose list of names may panic. Their
// values are guarded where texts are made.
type ownVariables struct {
	Variables
	tell func(string, error)
}

// Names implements Variables.
func (v ownVariables) Names() (names []string) {
	err := guard("the names of the variables", func() error { names = v.Variables.Names(); return nil })
	if err != nil {
		v.tell("variables", err)
		return nil
	}
	return names
}

// watcher is an Observer whose panics are logged, the first of each method.
type watcher struct {
	Observer
	log *slog.Logger
	mu  sync.Mutex
	out map[string]bool
}

func (w *watcher) watch(method string, f func()) {
	err := guard("the observer", func() error { f(); return nil })
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.out[method] {
		w.out[method] = true
		w.log.Error("the observer panicked; it is not logged again", "method", method, logged(err))
	}
}

func (w *watcher) Took(n int, d time.Duration) { w.watch("Took", func() { w.Observer.Took(n, d) }) }
func (w *watcher) Judged(v Verdict, d time.Duration) {
	w.watch("Judged", func() { w.Observer.Judged(v, d) })
}
func (w *watcher) Settled(n int, d time.Duration) {
	w.watch("Settled", func() { w.Observer.Settled(n, d) })
}
func (w *watcher) Unmatched(n int) { w.watch("Unmatched", func() { w.Observer.Unmatched(n) }) }
func (w *watcher) Swept(n int)     { w.watch("Swept", func() { w.Observer.Swept(n) }) }
func (w *watcher) Failed(part string, err error) {
	w.watch("Failed", func() { w.Observer.Failed(part, err) })
}
