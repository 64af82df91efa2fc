package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lockTime bounds a call of the locker that no send waits for.
const lockTime = 5 * time.Second

// locked is the answer of a locker.
type locked struct {
	lock Lock
	err  error
}

// lockPhone asks the locker for the lock of an attempt's phone. It has until the
// send could not begin any more.
func (e *Engine) lockPhone(ctx context.Context, a *Attempt) (Lock, error) {
	got := e.lockPhones(ctx, []*Attempt{a}, func(ctx context.Context, keys []string) ([]Lock, []error) {
		l, err := e.Locker.TryLock(ctx, keys[0], e.Timing.PhoneLock)
		return []Lock{l}, []error{err}
	})
	return got[0].lock, got[0].err
}

// lockPhones asks for the locks of several phones at once. A lock that comes
// when nobody waits for it any more is freed.
func (e *Engine) lockPhones(ctx context.Context, as []*Attempt, take func(context.Context, []string) ([]Lock, []error)) []locked {
	keys := make([]string, len(as))
	var left time.Duration
	for i, a := range as {
		keys[i] = phoneKey(a)
		left = max(left, a.StartBy.Sub(e.Now()))
	}
	ctx, cancel := context.WithTimeout(ctx, min(left, e.Timing.Deadline))
	defer cancel()
	call := func() (got []locked) {
		got = make([]locked, len(keys))
		err := guard("the locker", func() error {
			locks, errs := take(ctx, keys)
			if len(locks) != len(keys) || len(errs) != len(keys) {
				return fmt.Errorf("campaign: the locker was asked for %d locks and gave %d, with %d errors", len(keys), len(locks), len(errs))
			}
			for i := range got {
				got[i] = locked{locks[i], errs[i]}
				if locks[i] == nil && errs[i] == nil {
					got[i].err = errors.New("campaign: the locker gave neither a lock nor an error")
				}
			}
			return nil
		})
		if err != nil {
			for i := range got {
				got[i] = locked{err: err}
			}
		}
		return got
	}
	if e.quickLocks {
		return call()
	}
	got, ok := ask(ctx, e, call, func(got []locked) {
		for _, g := range got {
			if g.err == nil {
				e.unlock(ctx, g.lock)
			}
		}
	})
	if !ok {
		got = make([]locked, len(keys))
		for i := range got {
			got[i].err = errLeft("the locker", ctx)
		}
	}
	return got
}

// unlock frees a lock.
func (e *Engine) unlock(ctx context.Context, l Lock) {
	e.onLock(ctx, func(ctx context.Context) error { return l.Unlock(ctx) })
}

// extend makes a lock last.
func (e *Engine) extend(ctx context.Context, l Lock, d time.Duration) {
	e.onLock(ctx, func(ctx context.Context) error { return l.Extend(ctx, d) })
}

// onLock does something with a lock that is held, also when the engine ends. The
// ledger's row guards the phone where it fails.
func (e *Engine) onLock(ctx context.Context, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockTime)
	defer cancel()
	call := func() error { return guard("the locker", func() error { return f(ctx) }) }
	var err error
	if e.quickLocks {
		err = call()
	} else if got, ok := ask(ctx, e, call, nil); ok {
		err = got
	} else {
		err = errLeft("the locker", ctx)
	}
	if err != nil && !errors.Is(err, ErrLockLost) {
		e.fault("lock", err)
	}
}
