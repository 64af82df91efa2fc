package campaign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Engine sends campaigns. It holds a store and a sender; many engines may work
// on one store. Call Run, or call Step from a scheduler of one's own, and give
// commands through As.
type Engine struct {
	settings
	store   Store
	via     Sender
	lookup  Lookup      // nil if the sender cannot
	batches BatchLocker // nil if the locker cannot
	kitchen *kitchen
	book    judgeBook

	pulse    pulse
	stop     latch
	air      air
	breakers breakers
	// forecasts bounds how many are made at a time.
	forecasts chan struct{}

	ring       atomic.Pointer[keyring] // of the opt-outs; nil until keyed
	quickLocks bool                    // the locker is ours, and does not wait for anybody
	running    atomic.Bool
	hands      atomic.Pointer[crew] // of Run: goroutines that may be left behind

	// unsettled are results that a store has not taken yet (Step).
	stepping    sync.Mutex
	unsettled   []Settlement
	beatAt      time.Time
	sealAt      time.Time
	marked      bool
	markSeq     int64 // as it was saved last
	started     time.Time
	unready     atomic.Pointer[Reason] // the last answer of Unready
	readyFailed sync.Once
}

// ErrRunning is returned by Run and Step while the same engine's Run goes on: one
// engine has one loop. A second engine on the same store may run beside it.
var ErrRunning = errors.New("campaign: this engine is running already")

// New returns an engine. It starts nothing and asks nobody. A nil o means the
// defaults.
func New(s Store, via Sender, o *Options) (*Engine, error) {
	if s == nil || via == nil {
		return nil, errors.New("campaign: New needs a store and a sender")
	}
	set, err := o.full()
	if err != nil {
		return nil, err
	}
	e := &Engine{store: s, via: via}
	if set.Variables != nil {
		set.Variables = Chain(ownVariables{set.Variables, e.fault}, BuiltinVariables)
	} else {
		set.Variables = BuiltinVariables
	}
	rotations := BuiltinRotations()
	for name, r := range set.Rotations {
		rotations[name] = r
	}
	set.Observer = &watcher{Observer: set.Observer, log: set.log, out: make(map[string]bool)}
	set.Windows = ownKinds(set.Windows, e.fault)
	e.settings = set
	e.kitchen = &kitchen{windows: set.Windows, rotations: rotations}
	e.forecasts = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
	e.lookup, _ = via.(Lookup)
	e.batches, _ = e.Locker.(BatchLocker)
	switch e.Locker.(type) {
	case *processLocker, NoLocker:
		e.quickLocks = true
	}
	e.book = judgeBook{timing: set.Timing}
	e.started = set.Now()
	e.pulse.init()
	return e, nil
}

// take takes up to max attempts. Should the commit's answer be lost, the
// attempts that may stand in the store are settled as not begun.
func (e *Engine) take(ctx context.Context, now time.Time, max int) (*Rows, error) {
	from := time.Now()
	var last []*Attempt
	plan := func(r *Rows) {
		p := planner{kitchen: e.kitchen, variables: e.Variables, timing: e.Timing, daemon: e.Daemon,
			max: max, newID: e.NewAttemptID, tell: e.fault}
		p.plan(r)
		last = append(last, r.Begin...)
	}
	rows, err := e.planned(ctx, TakeQuery{Now: now, Max: max, Slots: e.Slots, Keys: e.keysOf}, plan)
	if err != nil {
		e.fault("take", err)
		if len(last) > 0 {
			ss := make([]Settlement, len(last))
			for i, a := range last {
				ss[i] = Settlement{Attempt: a.ID, Outcome: OutcomeLate, Why: Because(CodeTakeLost)}
			}
			e.owe(ss)
		}
		return nil, err
	}
	e.air.add(rows)
	e.Observer.Took(len(rows.Begin), time.Since(from))
	e.follow(ctx, rows)
	return rows, nil
}

// planned takes, and makes a panic in the plan an error: what is left there of
// the host's code is shared by all campaigns. The store rolls back what a plan
// that panics has left.
func (e *Engine) planned(ctx context.Context, q TakeQuery, plan func(*Rows)) (rows *Rows, err error) {
	var fault error
	defer func() {
		if fault != nil {
			_ = recover()
			rows, err = nil, fault
		}
	}()
	return e.store.Take(ctx, q, func(r *Rows) {
		defer func() {
			if v := recover(); v != nil {
				fault = &panicked{part: "the plan", value: v, stack: debug.Stack()}
				panic(v)
			}
		}()
		plan(r)
	})
}

// settle commits what became of attempts.
func (e *Engine) settle(ctx context.Context, ss []Settlement) error {
	from := time.Now()
	rows, err := e.store.Settle(ctx, e.Now().UTC(), ss, func(r *Rows) { e.book.settle(r, ss) })
	if err != nil {
		e.fault("settle", err)
		return err
	}
	e.Observer.Settled(len(ss), time.Since(from))
	e.follow(ctx, rows)
	e.pulse.beat()
	return nil
}

// owe keeps results that could not be committed, for the next round.
func (e *Engine) owe(ss []Settlement) {
	e.pulse.mu.Lock()
	e.unsettled = append(e.unsettled, ss...)
	e.pulse.mu.Unlock()
}

// repay commits what is owed.
func (e *Engine) repay(ctx context.Context) error {
	e.pulse.mu.Lock()
	ss := e.unsettled
	e.unsettled = nil
	e.pulse.mu.Unlock()
	if len(ss) == 0 {
		return nil
	}
	if err := e.settle(ctx, ss); err != nil {
		e.owe(ss)
		return err
	}
	return nil
}

// sweep gives up what nobody works on.
func (e *Engine) sweep(ctx context.Context, now time.Time) error {
	q := SweepQuery{Now: now, Max: 256, DeadBefore: now.Add(-e.Timing.Dead), Grace: sweepGrace}
	for {
		rows, err := e.store.Sweep(ctx, q, e.book.sweep)
		if err != nil {
			e.fault("sweep", err)
			return err
		}
		if n := len(rows.Changed); n > 0 {
			e.log.Info("swept", "attempts", n)
			e.Observer.Swept(n)
			e.follow(ctx, rows)
			e.pulse.beat()
		}
		if len(rows.Changed) < q.Max {
			return nil
		}
	}
}

// beat shows that this daemon lives. A store that refuses it refuses for good.
func (e *Engine) beat(ctx context.Context, now time.Time) error {
	if !e.beatAt.IsZero() && now.Sub(e.beatAt) < e.Timing.Beat && !now.Before(e.beatAt) {
		return nil
	}
	err := e.store.Beat(ctx, Daemon{Name: e.Daemon, Deadline: e.Timing.Deadline, StartedAt: e.started.UTC(), BeatAt: now})
	if err != nil {
		e.fault("beat", err)
		if errors.Is(err, ErrConflict) {
			return &fatal{fmt.Errorf("campaign: the store refuses this daemon: %w", err)}
		}
		return err
	}
	e.beatAt = now
	e.saveMark(ctx, now)
	return nil
}

// chores does what is due besides turns: inquiries, reports, planned starts.
func (e *Engine) chores(ctx context.Context, now time.Time) error {
	ag, err := e.store.Agenda(ctx, now, 64)
	if err != nil {
		e.fault("agenda", err)
		return err
	}
	for _, ref := range ag.Starts {
		e.plannedStart(ctx, ref, now)
	}
	for i := range ag.Inquiries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		e.inquire(ctx, &ag.Inquiries[i])
	}
	if ag.Notices > 0 {
		return e.absorb(ctx, now)
	}
	return nil
}

func (e *Engine) absorb(ctx context.Context, now time.Time) error {
	rows, err := e.store.Absorb(ctx, now, now.Add(-noticeLife), 256, e.book.absorb)
	if err != nil {
		e.fault("absorb", err)
		return err
	}
	e.follow(ctx, rows)
	if rows.Unmatched > 0 {
		e.Observer.Unmatched(rows.Unmatched)
	}
	if len(rows.Absorbed) > 0 {
		e.pulse.beat()
	}
	return nil
}

// Tenants lists the tenants that the store has rows of, sorted, without the
// reserved one: for programs that look after all of them. Rows are read through As.
func (e *Engine) Tenants(ctx context.Context) ([]Tenant, error) {
	ts, err := e.store.Tenants(ctx)
	return slices.DeleteFunc(ts, Tenant.Reserved), err
}

// follow does what a transaction of the ledger asks of the engine: campaigns
// that have nobody left complete, and those that can never send again pause,
// each by rising id, so that one history is one log.
func (e *Engine) follow(ctx context.Context, r *Rows) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), followTime)
	defer cancel()
	drained := slices.SortedFunc(slices.Values(r.Drained), func(a, b Ref) int { return cmp.Compare(a.ID, b.ID) })
	for _, ref := range drained {
		if err := e.complete(ctx, ref); err != nil {
			e.fault("complete", err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Over)) {
		j, why := r.Jobs[id], r.Over[id]
		if j == nil {
			continue
		}
		if err := e.pauseBySchedule(ctx, Ref{j.Campaign.Tenant, id}, why, r.halted[id]); err != nil {
			e.fault("pause", err)
		}
	}
}

// followTime bounds what an engine that ends does after its last transactions.
const followTime = 30 * time.Second

func (e *Engine) fault(part string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	e.Observer.Failed(part, err)
	e.log.Error("failed, will try again", "part", part, logged(err))
}

// fatal is an error after which an engine cannot go on.
type fatal struct{ err error }

func (f *fatal) Error() string { return f.err.Error() }
func (f *fatal) Unwrap() error { return f.err }

// pulse wakes whoever waits for something to change in this process.
type pulse struct {
	mu sync.Mutex
	ch chan struct{}
}

func (p *pulse) init() { p.ch = make(chan struct{}) }

// next returns a channel that is closed at the next beat.
func (p *pulse) next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ch
}

func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.ch)
	p.ch = make(chan struct{})
}
