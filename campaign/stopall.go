package campaign

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// installation is the tenant whose events are those of the whole store: what
// holds for every daemon on it, and over restarts. The name is the one under
// which campaignd has always kept its check of the opt-outs' key.
const installation Tenant = "campaignd key check"

// Reserved reports that the rows of t are those of the whole store, and no
// customer's: [Store.Tenants] lists it, [Engine.Tenants] does not.
func (t Tenant) Reserved() bool { return t == installation }

// Halt is a stop of everything.
type Halt struct {
	Since  time.Time
	By     string
	Reason string
}

// latch is what this process knows of the stop of everything.
type latch struct {
	mu   sync.Mutex
	halt Halt
	kept bool // the store has it
	here bool // StopAll was called here, whether the store has it or not
	read time.Time
}

func (l *latch) set() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept || l.here
}

func (l *latch) get() (Halt, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.halt, l.kept || l.here
}

// haltFresh is how old what Run knows of the stop may be when it takes. StopAll
// waits for that much longer than the start deadline.
const haltFresh = time.Second

// stale reports whether the store is to be asked again.
func (l *latch) stale() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.read.IsZero() || time.Since(l.read) > haltFresh
}

// learn asks the store whether everything is stopped. A take whose instant is
// from before the question may begin nothing after StopAll has returned.
func (e *Engine) learn(ctx context.Context) error {
	asked := time.Now()
	h, on, err := e.readHalt(ctx)
	if err != nil {
		e.fault("stop", err)
		return err
	}
	l := &e.stop
	l.mu.Lock()
	was := l.kept || l.here
	l.read, l.kept = asked, on
	if on || !l.here {
		l.halt, l.here = h, false
	}
	is := l.kept || l.here
	l.mu.Unlock()
	switch {
	case is && !was:
		e.log.Warn("all sends are stopped", "by", h.By, "reason", h.Reason, "since", h.Since)
	case was && !is:
		e.log.Info("sends go on")
	}
	return nil
}

func (e *Engine) readHalt(ctx context.Context) (h Halt, on bool, err error) {
	err = e.store.Tenant(installation).View(ctx, func(r Reader) error {
		es, err := r.Events(EventQuery{Types: []EventType{EventStoppedAll, EventResumedAll}, Newest: true, Limit: 1})
		if err != nil || len(es) == 0 || es[0].Type == EventResumedAll {
			return err
		}
		h, on = Halt{Since: es[0].At, By: es[0].Author, Reason: es[0].Why.Args["reason"]}, true
		return nil
	})
	return h, on, err
}

func (e *Engine) recordHalt(ctx context.Context, t EventType, by, reason string) error {
	return e.store.Tenant(installation).Update(ctx, func(w Writer) error {
		return w.Record(Event{Tenant: installation, At: e.Now().UTC(), Type: t, Author: by, Why: Because(CodeByPerson, "reason", reason)})
	})
}

// StopAll keeps every engine on the store from starting any send, in every
// campaign of every tenant, until ResumeAll: those in other processes too, and
// those that start later. When it returns without an error nothing starts any
// more, and the sends that had begun are named. Campaigns keep their status: it
// is no pause. by is who orders it.
//
// Where the store cannot keep the order, this engine alone has stopped, and the
// error says so.
func (e *Engine) StopAll(ctx context.Context, by, reason string) (Stopped, error) {
	l := &e.stop
	l.mu.Lock()
	if !l.kept && !l.here {
		l.halt = Halt{Since: e.Now().UTC(), By: by, Reason: reason}
	}
	l.here = true
	l.mu.Unlock()
	e.pulse.beat()
	e.log.Warn("all sends are stopped", "by", by, "reason", reason)
	if err := e.recordHalt(ctx, EventStoppedAll, by, reason); err != nil {
		return Stopped{InFlight: e.air.all()}, fmt.Errorf("campaign: this process has stopped, and the others could not be told: %w", err)
	}
	kept := time.Now()
	if err := e.learn(ctx); err != nil {
		return Stopped{InFlight: e.air.all()}, err
	}
	alone, err := e.alone(ctx)
	if err != nil {
		return Stopped{InFlight: e.air.all()}, err
	}
	if alone {
		return e.quiet(ctx, func() ([]Flight, error) { return e.air.all(), nil })
	}
	// What the others take now began from what they knew a second ago at most.
	if err := rest(ctx, nil, e.Timing.Deadline+haltFresh-time.Since(kept)); err != nil {
		return Stopped{InFlight: e.air.all()}, err
	}
	fs, err := e.everyFlight(ctx)
	return Stopped{InFlight: fs}, err
}

// alone reports whether no other engine has worked on the store lately.
func (e *Engine) alone(ctx context.Context) (bool, error) {
	all, err := e.store.Daemons(ctx, e.Now().UTC().Add(-4*e.Timing.Dead))
	return !slices.ContainsFunc(all, func(d Daemon) bool { return d.Name != e.Daemon }), err
}

// everyFlight lists the sends that are under way in any process.
func (e *Engine) everyFlight(ctx context.Context) (all []Flight, err error) {
	tenants, err := e.store.Tenants(ctx)
	if err != nil {
		return e.air.all(), err
	}
	for _, t := range tenants {
		err := e.store.Tenant(t).View(ctx, func(r Reader) error {
			q := CampaignQuery{Status: []Status{Active, Paused}, Limit: PageLimit(1 << 30)}
			for {
				cs, err := r.Campaigns(q)
				if err != nil {
					return err
				}
				for _, c := range cs {
					q.Before = c.ID
					open, err := r.Flights(c.ID)
					if err != nil {
						return err
					}
					for i := range open {
						if open[i].Phase == Flying {
							all = append(all, open[i].flight())
						}
					}
				}
				if len(cs) < q.Limit {
					return nil
				}
			}
		})
		if err != nil {
			return e.air.all(), err
		}
	}
	slices.SortFunc(all, func(a, b Flight) int {
		return cmp.Or(a.TakenAt.Compare(b.TakenAt), cmp.Compare(a.Recipient.Campaign, b.Recipient.Campaign), cmp.Compare(a.Recipient.Position, b.Recipient.Position))
	})
	return all, nil
}

// ResumeAll ends StopAll, for every engine on the store. by is who orders it.
func (e *Engine) ResumeAll(ctx context.Context, by string) error {
	_, on, err := e.readHalt(ctx)
	if err == nil && on {
		err = e.recordHalt(ctx, EventResumedAll, by, "")
	}
	if err != nil {
		return fmt.Errorf("campaign: everything stays stopped: %w", err)
	}
	l := &e.stop
	l.mu.Lock()
	l.kept, l.here, l.halt = false, false, Halt{}
	l.mu.Unlock()
	e.pulse.beat()
	e.log.Info("sends go on", "by", by)
	return nil
}

// StoppedAll tells whether StopAll is in force on the store, since when, by whom
// and why.
func (e *Engine) StoppedAll(ctx context.Context) (h Halt, on bool, err error) {
	err = e.learn(ctx)
	h, on = e.stop.get()
	return h, on, err
}

// why is the stop as a reason.
func (h Halt) why() Reason {
	r := Because(CodeStopped, "at", stamp(h.Since))
	if h.By != "" {
		r = r.with("by", h.By)
	}
	if h.Reason != "" {
		r = r.with("note", h.Reason)
	}
	return r
}
