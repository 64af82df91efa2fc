package campaign

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Stopped is the proof of a stop: after it was returned nothing starts, and
// these sends had begun before.
type Stopped struct {
	// InFlight are the sends whose result is still to come.
	InFlight []Flight
}

// Flight is a send under way.
type Flight struct {
	Recipient RecipientID
	Attempt   AttemptID
	Instance  InstanceID
	TakenAt   time.Time
}

func (a *Attempt) flight() Flight {
	return Flight{Recipient: a.Recipient, Attempt: a.ID, Instance: a.Instance, TakenAt: a.TakenAt}
}

// air holds the sends that this process has under way.
type air struct {
	mu      sync.Mutex
	m       map[AttemptID]Flight
	letters map[AttemptID]letter
}

// add notes what a take has begun.
func (x *air) add(r *Rows) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.m == nil {
		x.m, x.letters = make(map[AttemptID]Flight), make(map[AttemptID]letter)
	}
	for _, a := range r.Begin {
		x.m[a.ID] = a.flight()
		x.letters[a.ID] = r.letters[a.ID]
	}
}

func (x *air) letter(id AttemptID) letter {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.letters[id]
}

func (x *air) remove(a *Attempt) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.m, a.ID)
	delete(x.letters, a.ID)
}

func (x *air) all() []Flight {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.SortedFunc(maps.Values(x.m), func(a, b Flight) int { return a.TakenAt.Compare(b.TakenAt) })
}

// Quiet waits until this process has no send under way: after StopAll, until
// the results of what had begun are in.
func (e *Engine) Quiet(ctx context.Context) error {
	for {
		pulse := e.pulse.next()
		if len(e.air.all()) == 0 {
			return nil
		}
		if err := rest(ctx, pulse, watchEvery); err != nil {
			return err
		}
	}
}

// quiet waits until flights returns none, or until the start deadline has
// passed on the monotonic clock since it was called: either way nothing that
// was taken before can begin afterwards.
func (e *Engine) quiet(ctx context.Context, flights func() ([]Flight, error)) (Stopped, error) {
	deadline := time.NewTimer(e.Timing.Deadline)
	defer deadline.Stop()
	for {
		pulse := e.pulse.next()
		left, err := flights()
		if err == nil && len(left) == 0 {
			return Stopped{}, nil
		}
		poll := time.NewTimer(20 * time.Millisecond)
		select {
		case <-ctx.Done():
			poll.Stop()
			return Stopped{InFlight: left}, ctx.Err()
		case <-deadline.C:
			poll.Stop()
			left, err = flights()
			return Stopped{InFlight: left}, err
		case <-pulse:
			poll.Stop()
		case <-poll.C:
		}
	}
}
