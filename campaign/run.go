package campaign

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run sends until ctx ends. It owns every goroutine that it needs; when it
// returns, all have ended: sends that were under way have been waited for and
// settled. That takes up to Timing.Timeout and Timing.Typing; then their contexts
// end, and ten seconds later, at most, Run returns. Only a Sender or a Locker
// that does not heed its context goes on in a goroutine that was left behind.
//
// It returns nil after ctx has ended, and an error only if the engine cannot
// work on this store at all, or is running already (ErrRunning).
func (e *Engine) Run(ctx context.Context) error {
	if !e.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer e.running.Store(false)
	e.stepping.Lock() // a Step that has begun goes first
	hands := newCrew()
	e.hands.Store(hands)
	e.stepping.Unlock()
	defer func() {
		e.hands.Store(nil)
		hands.leave()
	}()
	// First contact: a wrong deadline or an unreachable store shows at once.
	now := e.Now().UTC()
	if err := e.keyed(ctx, true); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if err := errors.Join(e.beat(ctx, now), e.guardMark(ctx, now), e.sweep(ctx, now)); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	// What is under way outlives ctx, so that nothing is left unknown.
	carryOn, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	settleOn, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()

	r := &runner{e: e, carriers: newCrew(), results: make(chan *result), freed: make(chan struct{}, 1)}
	var settler, keeper sync.WaitGroup
	settler.Go(func() { r.settleAll(settleOn) })
	keeperCtx, stopKeeper := context.WithCancelCause(ctx)
	keeper.Go(func() { r.keep(keeperCtx, stopKeeper) })
	keeper.Go(func() { r.tend(keeperCtx) })
	if w, ok := e.store.(Waker); ok {
		keeper.Go(func() {
			if err := w.Wakes(keeperCtx, e.pulse.beat); err != nil && keeperCtx.Err() == nil {
				e.fault("wake", err) // the beat is enough
			}
		})
	}
	r.dispatch(keeperCtx, carryOn)

	patience := e.Timing.Timeout + e.Timing.Typing
	defer time.AfterFunc(patience, giveUp).Stop()
	defer time.AfterFunc(patience+2*sweepGrace, cancel).Stop()
	r.carriers.end()
	close(r.results)
	settler.Wait()
	stopKeeper(nil)
	keeper.Wait()
	_ = e.repay(settleOn)
	e.saveMark(settleOn, e.Now().UTC())
	var f *fatal
	if errors.As(context.Cause(keeperCtx), &f) {
		return f
	}
	return nil
}

// runner is one call of Run.
type runner struct {
	e        *Engine
	carriers *crew
	results  chan *result
	freed    chan struct{} // a carrier has ended

	mu     sync.Mutex
	flying int
}

type result struct {
	s    Settlement
	done chan struct{}
}

// dispatch takes turns as fast as carriers are free, and waits for the next
// instant with work when there is none. What it launches lasts until carryOn
// ends.
func (r *runner) dispatch(ctx, carryOn context.Context) {
	e := r.e
	idle, most := 0, maxTake
	for ctx.Err() == nil {
		pulse := e.pulse.next()
		free := r.free()
		if free == 0 {
			r.wait(ctx, pulse, time.Second)
			continue
		}
		now := e.Now().UTC()
		if e.stop.stale() && e.learn(ctx) != nil {
			r.wait(ctx, pulse, time.Second)
			continue
		}
		if !e.mayTake() {
			if e.stop.set() {
				r.wait(ctx, pulse, haltFresh)
			} else {
				r.wait(ctx, nil, readyAgain)
			}
			continue
		}
		rows, err := e.take(ctx, now, min(free, most))
		if err != nil {
			if errors.Is(err, ErrClosed) {
				return
			}
			r.wait(ctx, pulse, time.Second)
			continue
		}
		r.launch(carryOn, rows.Begin)
		most = maxTake
		if len(rows.Begin) >= maxTake { // a burst: there is more
			most = maxBurst
		}
		if len(rows.Begin) > 0 {
			idle = 0
			continue
		}
		ag, err := e.store.Agenda(ctx, now, 1)
		switch {
		case err != nil:
			e.fault("agenda", err)
			r.wait(ctx, pulse, time.Second)
		case ag.Next.IsZero():
			r.wait(ctx, pulse, e.Timing.Beat)
		case ag.Next.After(now):
			idle = 0
			r.wait(ctx, pulse, min(ag.Next.Sub(e.Now()), e.Timing.Beat))
		default:
			// Something is due that no turn could serve: rows were passed over,
			// or it is the keeper's. Look again soon, not in a spin.
			idle++
			r.wait(ctx, pulse, min(time.Duration(idle)*time.Millisecond, 50*time.Millisecond))
		}
	}
}

// maxTake bounds the rows of one take, and maxBurst those of one that follows a
// full one: a crash can make that many unknown.
const (
	maxTake  = 100
	maxBurst = 256
)

// wait returns when ctx ends, something changes in this process, or d passes.
func (r *runner) wait(ctx context.Context, pulse <-chan struct{}, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-pulse:
	case <-r.freed:
	case <-t.C:
	}
}

func (r *runner) free() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.e.Workers - r.flying
}

// launch carries attempts, each in a goroutine of its own. Their locks are
// taken in one round trip where the locker can.
func (r *runner) launch(ctx context.Context, as []*Attempt) {
	r.mu.Lock()
	r.flying += len(as)
	r.mu.Unlock()
	if r.e.batches == nil || len(as) < 2 {
		for _, a := range as {
			r.carrier(ctx, a, func() (Settlement, Lock) { return r.e.carry(ctx, a) })
		}
		return
	}
	r.carriers.do(func() { // a lock service that is slow must not hold up the next take
		r.e.carryAll(ctx, as, func(a *Attempt, rest func() (Settlement, Lock)) { r.carrier(ctx, a, rest) })
	})
}

// carrier goes the way of one attempt, and waits until what became of it is in
// the store.
func (r *runner) carrier(ctx context.Context, a *Attempt, way func() (Settlement, Lock)) {
	r.carriers.do(func() {
		defer func() {
			r.e.air.remove(a)
			r.mu.Lock()
			r.flying--
			r.mu.Unlock()
			select {
			case r.freed <- struct{}{}:
			default:
			}
		}()
		s, lock := way()
		res := &result{s: s, done: make(chan struct{})}
		r.results <- res
		<-res.done
		r.e.letGo(ctx, a, s, lock)
	})
}

// settleAll commits results in groups: whatever has come in while the last
// commit was under way.
func (r *runner) settleAll(ctx context.Context) {
	for first := range r.results {
		group := []*result{first}
		for more := true; more && len(group) < maxSettle; {
			select {
			case res, ok := <-r.results:
				if more = ok; ok {
					group = append(group, res)
				}
			default:
				more = false
			}
		}
		r.commit(ctx, group)
	}
}

// maxSettle bounds the settlements of one commit.
const maxSettle = 256

// commit stores a group, and tries until it is in or ctx ends. What is never
// stored stays in flight there and is swept as unknown: late, not wrong.
func (r *runner) commit(ctx context.Context, group []*result) {
	ss := make([]Settlement, len(group))
	for i, res := range group {
		ss[i] = res.s
	}
	pause := 20 * time.Millisecond
	for r.e.settle(ctx, ss) != nil && ctx.Err() == nil {
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
		pause = min(2*pause, 2*time.Second)
	}
	for _, res := range group {
		close(res.done)
	}
}

// keep shows that the daemon lives and gives up what was abandoned, at least
// every beat, and whenever something changes.
func (r *runner) keep(ctx context.Context, giveUp context.CancelCauseFunc) {
	e := r.e
	r.rounds(ctx, func(now time.Time) {
		err := e.beat(ctx, now)
		var f *fatal
		if errors.As(err, &f) {
			giveUp(f)
			return
		}
		_ = e.repay(ctx) // each of these reports its own faults
		_ = e.sweep(ctx, now)
		_ = e.seal(ctx, now)
	})
}

// tend does the chores. They ask gateways, which may take their time: the daemon
// must not look dead meanwhile.
func (r *runner) tend(ctx context.Context) {
	r.rounds(ctx, func(now time.Time) { _ = r.e.chores(ctx, now) })
}

// rounds calls f now, at least every beat, and whenever something changes.
func (r *runner) rounds(ctx context.Context, f func(now time.Time)) {
	for ctx.Err() == nil {
		pulse := r.e.pulse.next()
		f(r.e.Now().UTC())
		// A burst changes something all the time: the chores follow at their own
		// pace.
		_ = rest(ctx, nil, keepRest)
		_ = rest(ctx, pulse, min(r.e.Timing.Beat, time.Second))
	}
}

// keepRest is the least time between two rounds of chores.
const keepRest = 50 * time.Millisecond
