package line

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Keeper keeps what the office knows fresh: the registration of our address at
// the gateways, the state of the numbers, the states of messages.
type Keeper struct {
	*board
	stepping sync.Mutex

	mind    sync.Mutex
	watches map[campaign.InstanceID]*watch
	hint    chan struct{}

	// Of the repairs; under stepping.
	rounds   map[campaign.Ref]*round
	dry      map[campaign.InstanceID]*drought
	repairAt time.Time
	leaveAt  time.Time
}

// watch is what the keeper does for a number, and when.
type watch struct {
	registration Registration
	// registerAt and pollAt are when each is done again, failures how often in
	// a row the registration has failed.
	registerAt, pollAt time.Time
	failures           int
	// asked: the gateway was asked for reports of edits. It may not know them.
	asked bool
}

// How often a number is looked after.
const (
	registerEvery = 10 * time.Minute // that the gateway still has our address
	registerAgain = 30 * time.Second // after a failure; doubled up to registerEvery
	pollEvery     = 45 * time.Second // the state, of a number that is not heard of
	pollFresh     = 5 * time.Minute  // of one that is
	freshFor      = 15 * time.Minute // how long a report makes a number one that is
	lookAfter     = 2 * time.Second  // from a report of a state to the question
	askTime       = 20 * time.Second // for one question to a gateway
	askAtOnce     = 8                // numbers looked after at one time
	stepRest      = time.Second      // the least time between two rounds of Run
	stepMost      = 15 * time.Second // and the most: new numbers are found so
)

// Run keeps until ctx ends. It owns every goroutine that it needs; when it
// returns, all have ended. What fails is logged and tried again.
func (k *Keeper) Run(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := k.Step(ctx)
		if err != nil && ctx.Err() == nil {
			k.Logger.Error("the lines could not be looked after, will try again", "error", err.Error())
		}
		wait := stepMost
		if err == nil && !next.IsZero() {
			wait = min(max(next.Sub(k.Now()), stepRest), stepMost)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-k.hint:
		case <-t.C:
		}
		t.Stop()
	}
}

// Step does what is due, once, and returns when there is more to do; zero when
// nothing will be unless a number is made. It asks several gateways at a time
// and returns when all have answered. A gateway that fails is no error: see
// Registration.
func (k *Keeper) Step(ctx context.Context) (next time.Time, err error) {
	k.stepping.Lock()
	defer k.stepping.Unlock()
	now := k.Now()
	all, err := k.read(ctx, now)
	if err != nil {
		return time.Time{}, err
	}
	lines := maps.Clone(all)
	maps.DeleteFunc(lines, func(_ campaign.InstanceID, in campaign.Instance) bool { return twin(in) })
	k.mind.Lock()
	for id := range k.watches {
		if _, there := lines[id]; !there {
			delete(k.watches, id)
		}
	}
	k.mind.Unlock()
	room := make(chan struct{}, askAtOnce)
	var asked sync.WaitGroup
	for _, in := range lines {
		w := k.watch(in.ID)
		if !w.registerAt.After(now) || !w.pollAt.After(now) {
			room <- struct{}{}
			asked.Go(func() {
				defer func() { <-room }()
				k.tend(ctx, in, w, now)
			})
		}
	}
	asked.Wait()
	if !k.repairAt.After(now) {
		if err := k.repair(ctx, lines, now); err != nil {
			return time.Time{}, err
		}
		k.repairAt = now.Add(repairEvery)
	}
	if !k.leaveAt.After(now) {
		if err := k.leaving(ctx, all, now); err != nil {
			return time.Time{}, err
		}
		k.leaveAt = now.Add(registerEvery)
	}
	for _, in := range lines {
		w := k.watch(in.ID)
		next = sooner(next, sooner(w.registerAt, w.pollAt))
	}
	if len(lines) > 0 {
		next = sooner(next, k.repairAt)
	}
	return next, ctx.Err()
}

// sooner is the earlier of two instants, of which zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// watch returns a copy of what is done for a number.
func (k *Keeper) watch(id campaign.InstanceID) watch {
	k.mind.Lock()
	defer k.mind.Unlock()
	return *k.watched(id)
}

func (k *Keeper) watched(id campaign.InstanceID) *watch {
	w := k.watches[id]
	if w == nil {
		w = &watch{registration: Registration{State: NotRegistered}}
		k.watches[id] = w
	}
	return w
}

// Look makes the keeper ask for a number's state soon, and not only when its
// time has come.
func (k *Keeper) Look(id campaign.InstanceID) {
	k.mind.Lock()
	w := k.watched(id)
	if at := k.Now().Add(lookAfter); w.pollAt.After(at) {
		w.pollAt = at
	}
	k.mind.Unlock()
	select {
	case k.hint <- struct{}{}:
	default:
	}
}

// tend does for one number what is due at now.
func (k *Keeper) tend(ctx context.Context, in campaign.Instance, w watch, now time.Time) {
	if !w.registerAt.After(now) {
		k.register(ctx, in, now)
	}
	if !w.pollAt.After(now) {
		k.poll(ctx, in, now)
	}
}

// poll asks the gateway for a number's state and records it, if it was told.
// Silence is no news: a gateway that does not answer says nothing about the
// number.
func (k *Keeper) poll(ctx context.Context, in campaign.Instance, now time.Time) {
	every := pollEvery
	if heard := k.last(in.ID).heardAt; !heard.IsZero() && now.Sub(heard) < freshFor {
		every = pollFresh
	}
	k.mind.Lock()
	k.watched(in.ID).pollAt = now.Add(every)
	k.mind.Unlock()
	ask, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	state, err := k.Client.Connection(ask, in.Route())
	if err != nil || state == campaign.ConnectionUnknown {
		return
	}
	if err := k.heard(ctx, in, state); err != nil && ctx.Err() == nil {
		k.Logger.Warn("a number's state could not be recorded", "instance", int64(in.ID), "error", err.Error())
	}
}
