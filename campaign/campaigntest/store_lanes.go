package campaigntest

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func laneRules() []rule[*env] {
	return []rule[*env]{
		{"lanes/meter", "a cold lane that is shut stays shut over every restart", lanesMeter},
		{"lanes/own", "a number that may not write to strangers is given who waits for it, and not those who wait for others", lanesOwn},
		{"lanes/ahead", "a number that may not write to strangers sees further into the audience, and who knows it", lanesAhead},
		{"lanes/mixed", "a number that may write to everybody is given everybody who waits, beside one that may not", lanesMixed},
		{"lanes/moved", "who comes to know a number while it may not write to strangers is its own at once", lanesMoved},
	}
}

func (e *env) shut(i campaign.InstanceID, until time.Time) campaign.ColdLane {
	e.Helper()
	l := campaign.ColdLane{Held: campaign.Because(campaign.CodeColdRestricted, "errors", "5"), Until: until, Holds: 2, Errors: 5}
	e.update(acme, func(w campaign.Writer) error {
		return w.AmendMeter(i, func(m *campaign.Meter) { m.Cold = l })
	})
	return l
}

// aside makes a campaign of nine people, served by two numbers, of whom the
// first five wait, in this order, in the lanes given.
func (e *env) aside(lanes func(a, b campaign.InstanceID) [5]campaign.InstanceID) (campaign.ID, campaign.InstanceID, campaign.InstanceID) {
	e.Helper()
	id, is := e.running(acme, 1, 9, "a", "b")
	_, err := e.store.Take(e.ctx, query(t0, 10, 1), func(r *campaign.Rows) {
		for i, lane := range lanes(is[0], is[1]) {
			r.Wait = append(r.Wait, campaign.Waiting{Recipient: campaign.RecipientID{Campaign: id, Position: int64(i + 1)},
				Due: at(time.Duration(i+1) * time.Minute), Generation: 1, Why: campaign.Because(campaign.CodeColdHeld), Lane: lane})
		}
		r.Jobs[id].Cursor.Position = 5
	})
	e.need(err, "Take that sets people aside")
	e.wake(acme, is[0], t0)
	e.wake(acme, is[1], t0)
	return id, is[0], is[1]
}

func places(list []campaign.Candidate) (at []int64) {
	for _, c := range list {
		at = append(at, c.Recipient.ID.Position)
	}
	return at
}

func lanesMeter(e *env) {
	_, is := e.running(acme, 1, 3, "a")
	e.equal(e.number(acme, is[0]).Meter.Cold, campaign.ColdLane{}, "the cold lane of a new number")
	l := e.shut(is[0], at(time.Hour))
	e.equal(e.number(acme, is[0]).Meter.Cold, l, "the cold lane that a command has shut")
	_, err := e.store.Take(e.ctx, query(t0, 1, 1), func(r *campaign.Rows) {
		m := &r.Turns[0].Number.Meter
		e.equal(m.Cold, l, "the cold lane that a take loads")
		l.Until, l.Holds, l.Errors, l.Held = time.Time{}, 3, 6, campaign.Because(campaign.CodeByPerson)
		m.Cold = l
	})
	e.need(err, "Take")
	e.equal(e.number(acme, is[0]).Meter.Cold, l, "the cold lane that a take has changed")
}

func lanesOwn(e *env) {
	id, a, b := e.aside(func(a, b campaign.InstanceID) [5]campaign.InstanceID {
		return [5]campaign.InstanceID{campaign.Strangers, b, a, 0, a}
	})
	e.shut(a, at(time.Hour))
	e.shut(b, time.Time{})
	turns := func(now time.Time) (*campaign.Turn, *campaign.Turn) {
		e.Helper()
		r := e.look(query(now, 20, 1))
		e.that(len(r.Turns) == 2, "two due instances take %d turns", len(r.Turns))
		j := r.Jobs[id]
		e.that(len(j.Due) == 0 && j.NextDue.IsZero(), "where no number may write to strangers, the job has the due %v, the next at %v", places(j.Due), j.NextDue)
		return r.Turns[0], r.Turns[1]
	}
	x, y := turns(at(150 * time.Second))
	e.that(len(x.Due) == 0 && x.NextDue.Equal(at(3*time.Minute)), "the first number is given %v, and the next at %v", places(x.Due), x.NextDue)
	e.equal(places(y.Due), []int64{2}, "who waits for the second number")
	e.that(y.NextDue.Equal(at(4*time.Minute)), "the next for the second number is due at %v", y.NextDue)
	x, y = turns(at(10 * time.Minute))
	e.equal(places(x.Due), []int64{3, 4, 5}, "who waits for the first number, or for any")
	e.equal(places(y.Due), []int64{2, 4}, "who waits for the second number, or for any")
	e.that(x.NextDue.IsZero() && y.NextDue.IsZero(), "somebody else is due for a number that is not")
	e.that(x.Due[0].Waiting && x.Due[0].Recipient.Generation == 1 && x.Due[0].Recipient.Why.Code == campaign.CodeColdHeld &&
		x.Due[0].Recipient.Due.Equal(at(3*time.Minute)), "a candidate of a lane is %+v", x.Due[0])

	books := e.books(acme, id)
	e.that(books.Waiting == 5 && books.NextDue.Equal(at(time.Minute)), "the books have %d who wait, the first at %v", books.Waiting, books.NextDue)
	e.equal(books.Lanes, map[campaign.InstanceID]campaign.LaneBook{campaign.Strangers: {Waiting: 1, NextDue: at(time.Minute)},
		a: {Waiting: 2, NextDue: at(3 * time.Minute)}, b: {Waiting: 1, NextDue: at(2 * time.Minute)}, 0: {Waiting: 1, NextDue: at(4 * time.Minute)}},
		"the lanes of the books")
}

func lanesAhead(e *env) {
	id, is := e.running(acme, 1, 600, "a", "b")
	e.wake(acme, is[1], at(time.Hour))
	e.stash(reply(is[0], 3, t0), reply(is[1], 5, t0), reply(is[0], 300, t0))
	few := len(e.look(query(t0, 1, 1)).Jobs[id].Ahead)
	e.that(few < 20, "a number that may write to everybody is given %d of the audience", few)
	e.shut(is[0], at(time.Minute))
	r := e.look(query(t0, 1, 1))
	n := len(r.Jobs[id].Ahead)
	e.that(n == campaign.CandidatesAhead(1), "a number that may not write to strangers is given %d of the audience, want %d", n, campaign.CandidatesAhead(1))
	e.equal(r.Warm, map[campaign.Warm]time.Time{knows(acme, is[0], 3): t0, knows(acme, is[1], 5): t0}, "who of the candidates is known to which number")
	r = e.look(query(at(time.Minute), 1, 1))
	e.that(len(r.Jobs[id].Ahead) == few, "a number whose cold lane may be tried is given %d of the audience", len(r.Jobs[id].Ahead))
	e.equal(r.Warm, map[campaign.Warm]time.Time{knows(acme, is[0], 3): t0}, "who of the candidates is known, where the lane may be tried")
}

func lanesMixed(e *env) {
	id, a, b := e.aside(func(a, b campaign.InstanceID) [5]campaign.InstanceID {
		return [5]campaign.InstanceID{campaign.Strangers, b, a, 0, campaign.Strangers}
	})
	e.shut(a, at(time.Hour))
	r := e.look(query(at(270*time.Second), 20, 1))
	e.that(len(r.Turns) == 2, "two due instances take %d turns", len(r.Turns))
	j := r.Jobs[id]
	e.equal(places(j.Due), []int64{1, 2, 3, 4}, "who is due for a number that may write to everybody")
	e.that(j.NextDue.Equal(at(5*time.Minute)), "the next is due at %v", j.NextDue)
	for _, t := range r.Turns {
		switch t.Number.Instance.ID {
		case a:
			e.equal(places(t.Due), []int64{3, 4}, "who is due for the number that may not")
		case b:
			e.that(len(t.Due) == 0, "a number that may write to everybody has a line of its own: %v", places(t.Due))
		}
	}
	e.equal(places(j.Ahead), []int64{6, 7, 8, 9}, "the audience ahead")
}

func lanesMoved(e *env) {
	id, a, b := e.aside(func(a, b campaign.InstanceID) [5]campaign.InstanceID {
		return [5]campaign.InstanceID{campaign.Strangers, campaign.Strangers, b, campaign.Strangers, 0}
	})
	e.shut(a, at(time.Hour))
	e.shut(b, at(time.Hour))
	e.wake(acme, a, at(time.Hour))
	e.wake(acme, b, at(time.Hour))
	e.stash(reply(a, 2, at(10*time.Minute)), reply(a, 3, at(10*time.Minute)), reply(a, 5, at(10*time.Minute)))
	e.that(e.number(acme, a).Meter.WakeAt.Equal(at(10*time.Minute)), "a number is not woken for somebody who wrote: it wakes at %v", e.number(acme, a).Meter.WakeAt)
	e.that(e.number(acme, b).Meter.WakeAt.Equal(at(time.Hour)), "a number is woken for somebody who wrote to another")
	e.equal(e.books(acme, id).Lanes, map[campaign.InstanceID]campaign.LaneBook{campaign.Strangers: {Waiting: 2, NextDue: at(time.Minute)},
		a: {Waiting: 1, NextDue: at(2 * time.Minute)}, b: {Waiting: 1, NextDue: at(3 * time.Minute)}, 0: {Waiting: 1, NextDue: at(5 * time.Minute)}},
		"the lanes after three have written")
	r := e.look(query(at(10*time.Minute), 20, 1))
	e.that(len(r.Turns) == 1, "%d instances are due after somebody wrote, want the one", len(r.Turns))
	e.equal(places(r.Turns[0].Due), []int64{2, 5}, "whom the number may write to")

	// Somebody whom its message has reached is its own too.
	e.report(a, campaign.NoticeDelivered, at(11*time.Minute))
	_, err := e.store.Absorb(e.ctx, at(12*time.Minute), at(12*time.Minute), 10, func(r *campaign.Rows) {
		r.Warmed = map[campaign.Warm]time.Time{knows(acme, b, 4): at(12 * time.Minute)}
		for _, n := range r.Notices {
			r.Absorbed = append(r.Absorbed, n.Seq)
		}
	})
	e.need(err, "Absorb")
	e.that(e.books(acme, id).Lanes[b].Waiting == 2, "who was reached by a number waits in %+v", e.books(acme, id).Lanes)
	e.that(e.number(acme, b).Meter.WakeAt.Equal(at(12*time.Minute)), "a number is not woken for somebody whom it has reached")
}
