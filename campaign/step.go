package campaign

import (
	"context"
	"errors"
	"time"
)

// stepBatch bounds the sends of one Step, which makes them one after another.
const stepBatch = 32

// Step does everything that is due now, once, in the caller's goroutine: it
// shows that the daemon lives, gives up what was abandoned, asks after lost
// sends, starts what is planned, takes a batch of turns, sends, and settles.
//
// It returns the next instant with work: not after now when there is more to
// do at once, zero when nothing will happen unless a command comes. Given the
// same store, clock, sender and seeds it always does the same. Use it with a
// settable clock, or inside a scheduler of one's own. While Run runs it does
// nothing and returns ErrRunning.
//
// A send lasts as long as its sender takes: only Run can leave one behind that
// does not heed its context.
//
// After an error the engine is ready for another Step; results that could not
// be committed are kept and committed then.
func (e *Engine) Step(ctx context.Context) (next time.Time, err error) {
	e.stepping.Lock()
	defer e.stepping.Unlock()
	if e.running.Load() {
		return time.Time{}, ErrRunning
	}
	if err := e.keyed(ctx, true); err != nil {
		return time.Time{}, err
	}
	now := e.Now().UTC()
	if err := e.beat(ctx, now); err != nil {
		return time.Time{}, err
	}
	if err := e.guardMark(ctx, now); err != nil {
		return time.Time{}, err
	}
	if err := e.learn(ctx); err != nil {
		return time.Time{}, err
	}
	err = errors.Join(e.repay(ctx), e.sweep(ctx, now), e.chores(ctx, now))
	if err == nil && e.mayTake() {
		err = e.turns(ctx, now)
	}
	if err == nil {
		err = e.seal(ctx, now)
	}
	if err != nil {
		return time.Time{}, err
	}
	ag, err := e.store.Agenda(ctx, now, 1)
	if err != nil {
		return time.Time{}, err
	}
	if ag.Notices > 0 {
		return now, nil
	}
	if e.stop.set() { // another process may end it
		return now.Add(e.Timing.Beat), nil
	}
	if !e.Unready().IsZero() {
		return now.Add(readyAgain), nil
	}
	return ag.Next, nil
}

// readyAgain is how soon an engine that is not ready asks again.
const readyAgain = 200 * time.Millisecond

// turns takes one batch, sends it and settles it.
func (e *Engine) turns(ctx context.Context, now time.Time) error {
	rows, err := e.take(ctx, now, stepBatch)
	if err != nil {
		return err
	}
	for _, a := range rows.Begin {
		s, lock := e.carry(ctx, a)
		ss := []Settlement{s}
		if err := e.settle(ctx, ss); err != nil {
			e.owe(ss)
		}
		e.letGo(ctx, a, s, lock)
		e.air.remove(a)
	}
	return e.repay(ctx)
}
