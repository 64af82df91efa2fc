package campaigntest

import (
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func sweepRules() []rule[*env] {
	return []rule[*env]{
		{"sweep/instant", "an attempt is given up at its SweepAt even if its process lives", sweepInstant},
		{"sweep/dead daemon", "what a dead process took is given up as soon as it can no longer begin", sweepDead},
		{"sweep/quarantine", "a phone is let go when its message can no longer go out", sweepQuarantine},
		{"sweep/bounds", "a sweep is bounded, and the next one goes on", sweepBounds},
		{"sweep/daemons", "people could not be told that nobody works, or who does", sweepDaemons},
		{"sweep/beat", "daemons that do not agree on the deadline would give up each other's sends", sweepBeat},
	}
}

// swept runs a sweep that decides nothing, and returns what it loaded.
func (e *env) swept(q campaign.SweepQuery) map[campaign.AttemptID]*campaign.Attempt {
	e.Helper()
	if q.Max == 0 {
		q.Max = 100
	}
	r, err := e.store.Sweep(e.ctx, q, func(r *campaign.Rows) {
		for id, a := range r.Open {
			e.that(a.ID == id, "Rows.Open names attempt %s by another id", a.ID)
			e.that(r.Jobs[a.Recipient.Campaign] != nil && r.Numbers[a.Instance] != nil, "Sweep did not load job and number of an attempt")
		}
	})
	e.need(err, "Sweep")
	return r.Open
}

// takeAs takes one attempt for a daemon.
func (e *env) takeAs(daemon string, now time.Time) *campaign.Attempt {
	e.Helper()
	r, err := e.store.Take(e.ctx, query(now, 1, 9), func(r *campaign.Rows) {
		simpleUpTo(1)(r)
		for _, a := range r.Begin {
			a.Daemon = daemon
		}
		for _, t := range r.Turns {
			t.Number.Meter.WakeAt = r.Now
		}
	})
	e.need(err, "Take")
	e.that(len(r.Begin) == 1, "a take with somebody due began %d attempts, want 1", len(r.Begin))
	return r.Begin[0]
}

func (e *env) beat(name string, at time.Time) {
	e.Helper()
	e.need(e.store.Beat(e.ctx, campaign.Daemon{Name: name, Deadline: startWithin, StartedAt: t0, BeatAt: at}), "Beat")
}

func sweepInstant(e *env) {
	e.running(acme, 1, 3, "a")
	e.beat("alive", at(time.Hour))
	a := e.takeAs("alive", t0)
	q := campaign.SweepQuery{DeadBefore: t0, Grace: time.Second}
	q.Now = at(sweepAfter - time.Millisecond)
	e.that(len(e.swept(q)) == 0, "an attempt of a living daemon is swept before its SweepAt")
	q.Now = at(sweepAfter)
	got := e.swept(q)
	e.that(len(got) == 1 && got[a.ID] != nil, "an attempt is not swept at its SweepAt")
	e.equal(*got[a.ID], *a, "the attempt that was loaded")
	q.Now = at(time.Hour)
	e.that(len(e.swept(q)) == 1, "an attempt is not swept long after its SweepAt")
	e.accept(at(time.Hour), a, "p1")
	e.that(len(e.swept(q)) == 0, "an attempt that has ended is swept")
}

func sweepDead(e *env) {
	e.running(acme, 1, 9, "a")
	e.beat("dead", t0)
	e.beat("alive", at(10*time.Second))
	dead, alive, silent := e.takeAs("dead", t0), e.takeAs("alive", t0), e.takeAs("never beat", t0)
	q := campaign.SweepQuery{DeadBefore: at(5 * time.Second), Grace: 5 * time.Second}
	q.Now = at(startWithin + 5*time.Second - time.Millisecond)
	// A store that is opened by one process only may know better of a daemon
	// that has never beaten.
	early := e.swept(q)
	delete(early, silent.ID)
	e.that(len(early) == 0, "an attempt is swept within the grace after its StartBy")
	q.Now = at(startWithin + 5*time.Second)
	got := e.swept(q)
	e.that(got[dead.ID] != nil, "an attempt of a dead daemon is not swept when the grace is over")
	e.that(got[alive.ID] == nil, "an attempt of a living daemon is swept before its SweepAt")
	e.that(got[silent.ID] != nil, "an attempt of a daemon that has never beaten is not swept: only beats show that one lives")
	q.DeadBefore = t0
	e.that(e.swept(q)[dead.ID] == nil, "a daemon whose beat is exactly as old as allowed is held for dead")
	e.beat("dead", at(6*time.Second))
	q.DeadBefore = at(5 * time.Second)
	e.that(e.swept(q)[dead.ID] == nil, "a daemon that beats again is held for dead")
	e.lose(q.Now, silent, time.Time{})
	e.that(e.swept(q)[silent.ID] == nil, "a lost attempt is swept as one in flight")
}

func sweepQuarantine(e *env) {
	id, _ := e.running(acme, 1, 9, "a")
	a := e.takeAs("me", t0)
	e.lose(at(time.Second), a, time.Time{})
	q := campaign.SweepQuery{DeadBefore: t0.Add(-time.Hour), Grace: time.Second, Now: at(quarantine - time.Millisecond)}
	e.that(len(e.swept(q)) == 0, "a phone is let go before its quarantine has ended")
	q.Now = at(quarantine)
	e.that(e.swept(q)[a.ID] != nil, "a phone is not let go when its quarantine has ended")
	_, err := e.store.Sweep(e.ctx, campaign.SweepQuery{Now: q.Now, Max: 1, DeadBefore: q.DeadBefore}, func(r *campaign.Rows) {
		for _, a := range r.Open {
			a.Held = false
			r.Changed = append(r.Changed, a)
			r.Events = append(r.Events, told(r.Now, a, campaign.EventReleased))
		}
	})
	e.need(err, "Sweep")
	fs := e.flights(acme, id)
	e.that(len(fs) == 1 && !fs[0].Held, "the sweep's change was not saved")
	e.that(len(e.events(acme, campaign.EventQuery{Types: []campaign.EventType{campaign.EventReleased}})) == 1, "the sweep's event was not saved")
	q.Now = at(time.Hour)
	e.that(len(e.swept(q)) == 0, "a phone that was let go is swept again")
}

func sweepBounds(e *env) {
	e.running(acme, 1, 9, "a")
	for range 5 {
		e.takeAs("me", t0)
	}
	e.lose(at(time.Second), e.takeAs("me", t0), time.Time{})
	seen := 0
	for range 4 {
		r, err := e.store.Sweep(e.ctx, campaign.SweepQuery{Now: at(time.Hour), Max: 2, DeadBefore: at(time.Minute)}, func(r *campaign.Rows) {
			e.that(len(r.Open) <= 2, "a sweep of at most 2 loads %d attempts", len(r.Open))
			for _, a := range r.Open {
				a.Phase, a.Held = campaign.Lost, false
				r.Changed = append(r.Changed, a)
			}
		})
		e.need(err, "Sweep")
		seen += len(r.Open)
	}
	e.that(seen == 6, "sweeps of at most 2 found %d attempts, want 6", seen)
}

func sweepDaemons(e *env) {
	list := func(since time.Time) (names []string) {
		all, err := e.store.Daemons(e.ctx, since)
		e.need(err, "Daemons")
		for _, d := range all {
			names = append(names, d.Name)
			e.that(d.StartedAt.Equal(t0) && d.Deadline == startWithin, "the daemon %s is listed as %+v", d.Name, d)
		}
		return names
	}
	e.that(len(list(t0)) == 0, "a store that nobody has worked on lists daemons: %v", list(t0))
	e.beat("two", at(time.Second))
	e.beat("one", t0)
	e.beat("One", at(time.Second))
	e.beat("one", at(2*time.Second))
	all := list(at(time.Second))
	e.that(slices.Equal(all, []string{"One", "one", "two"}), "three living daemons are listed as %q, want them by name", all)
	all = list(at(time.Second + time.Millisecond))
	e.that(slices.Equal(all, []string{"one"}), "daemons with a beat after a second are listed as %q, want the one with a later beat", all)
	e.beat("three", at(time.Second+campaign.DaemonsKept))
	all = list(t0)
	e.that(slices.Equal(all, []string{"One", "one", "three", "two"}), "after a beat that is DaemonsKept later they are listed as %q, want all", all)
	e.beat("three", at(time.Second+time.Millisecond+campaign.DaemonsKept))
	all = list(t0)
	e.that(slices.Equal(all, []string{"one", "three"}), "daemons that have not beaten for DaemonsKept are listed among %q", all)
}

func sweepBeat(e *env) {
	e.beat("one", t0)
	e.beat("one", at(time.Second))
	e.beat("two", at(time.Second))
	err := e.store.Beat(e.ctx, campaign.Daemon{Name: "three", Deadline: startWithin + 1, StartedAt: t0, BeatAt: t0})
	e.refuse(err, campaign.ErrConflict, "a daemon with another deadline")
	err = e.store.Beat(e.ctx, campaign.Daemon{Name: "one", Deadline: startWithin * 2, StartedAt: t0, BeatAt: t0})
	e.refuse(err, campaign.ErrConflict, "a known daemon with another deadline")
	e.beat("four", at(time.Second))
}
