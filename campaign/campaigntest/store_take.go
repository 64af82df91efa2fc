package campaigntest

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func takeRules() []rule[*env] {
	return []rule[*env]{
		{"take/due", "an instance takes its turn when it is due and its campaign is active, and at no other time", takeDue},
		{"take/order", "who has waited longest comes first, so that nobody starves", takeOrder},
		{"take/bounds", "a crash makes what one take took unknown, so a take is bounded", takeBounds},
		{"take/slots", "a slot holds one send in flight", takeSlots},
		{"take/candidates", "retries that are due come first, then the audience in its order, without gaps", takeCandidates},
		{"take/enough", "one candidate too few leaves a free number idle; a whole audience is too many", takeEnough},
		{"take/candidate", "the plan chooses and renders from the candidate alone", takeCandidate},
		{"take/busy", "at most one send is in flight for a phone, over all campaigns and tenants", takeBusy},
		{"take/held", "why a person waits is asked outside of a take, too, and tells another tenant nothing but when", takeHeld},
		{"take/suppressed", "nobody who has opted out is written to, and an opt-out is the tenant's own", takeSuppressed},
		{"take/job", "a plan decides on the campaign, calendar and counts as they are now", takeJob},
		{"take/saved", "what is taken is in the ledger before the first byte leaves, to the last field", takeSaved},
		{"take/once", "what was taken is not taken again", takeOnce},
		{"take/called once", "a plan that ran twice on the same rows would take everybody twice", takeCalledOnce},
		{"take/panic", "a plan that panics leaves nothing behind and does not lock the store", takePanics},
		{"take/drained", "a campaign is completed when nobody is left, and only then", takeDrained},
	}
}

func turnIDs(r *campaign.Rows) (ids []campaign.InstanceID) {
	for _, t := range r.Turns {
		ids = append(ids, t.Number.Instance.ID)
	}
	return ids
}

func takeDue(e *env) {
	id, is := e.running(acme, 1, 9, "due", "later", "vacated")
	e.wake(acme, is[1], at(time.Minute))
	paused, ps := e.running(acme, 11, 12, "paused")
	e.status(acme, paused, campaign.Paused) // still occupied: the status alone decides
	_, theirs := e.running(beta, 21, 22, "theirs")
	e.instance(acme, "idle")
	e.update(acme, func(w campaign.Writer) error {
		if err := w.Vacate(id); err != nil {
			return err
		}
		return w.Occupy(id, is[:2])
	})
	e.equal(turnIDs(e.look(query(at(-time.Millisecond), 10, 1))), []campaign.InstanceID(nil), "the instances due before the first WakeAt")
	e.equal(turnIDs(e.look(query(t0, 10, 1))), []campaign.InstanceID{is[0], theirs[0]}, "the instances due at the first WakeAt")
	e.equal(turnIDs(e.look(query(at(time.Minute), 10, 1))), []campaign.InstanceID{is[0], theirs[0], is[1]}, "the instances due a minute later")
	e.status(acme, paused, campaign.Active)
	e.equal(turnIDs(e.look(query(t0, 10, 1))), []campaign.InstanceID{is[0], ps[0], theirs[0]}, "the instances due after a campaign was resumed")
	for _, s := range []campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Paused, campaign.Completed, campaign.Cancelled} {
		e.status(acme, id, s)
		e.equal(turnIDs(e.look(query(at(time.Minute), 10, 1))), []campaign.InstanceID{ps[0], theirs[0]}, "the instances due while a campaign is "+string(s))
	}
}

func takeOrder(e *env) {
	_, is := e.running(acme, 1, 9, "a", "b", "c")
	_, theirs := e.running(beta, 21, 29, "d")
	e.wake(acme, is[0], at(3*time.Second))
	e.wake(acme, is[1], at(time.Second))
	e.wake(acme, is[2], at(4*time.Second))
	e.wake(beta, theirs[0], at(2*time.Second))
	e.equal(turnIDs(e.look(query(at(10*time.Second), 10, 1))), []campaign.InstanceID{is[1], theirs[0], is[0], is[2]}, "the due instances, earliest first")
	e.equal(turnIDs(e.look(query(at(10*time.Second), 2, 1))), []campaign.InstanceID{is[1], theirs[0]}, "the due instances for two attempts")
}

func takeBounds(e *env) {
	id, _ := e.running(acme, 1, 50, "a", "b", "c")
	r := e.look(query(t0, 2, 1))
	e.that(len(r.Turns) == 2, "a take of at most 2 loads %d free instances", len(r.Turns))
	r = e.look(query(t0, 5, 4))
	e.that(len(r.Turns) == 2, "a take of at most 5 loads %d instances with 4 free slots each, want the 2 that can use it", len(r.Turns))
	r, err := e.store.Take(e.ctx, query(t0, 100, 1), simple)
	e.need(err, "Take")
	e.that(len(r.Begin) == 3 && len(e.flights(acme, id)) == 3, "three due instances with a slot each took %d", len(r.Begin))
}

func takeSlots(e *env) {
	id, is := e.running(acme, 1, 50, "a")
	free := func(slots int) []int {
		r := e.look(query(t0, 100, slots))
		e.that(len(r.Turns) == 1, "a take loads %d turns, want the one of the instance that is due, busy or not", len(r.Turns))
		return r.Turns[0].Free
	}
	e.equal(free(1), []int{0}, "the free slots of one")
	e.equal(free(4), []int{0, 1, 2, 3}, "the free slots of four")
	r, err := e.store.Take(e.ctx, query(t0, 100, 4), simpleUpTo(3))
	e.need(err, "Take")
	e.wake(acme, is[0], t0)
	e.equal(free(4), []int{3}, "the free slots of four, three in use")
	e.equal(free(2), []int(nil), "the free slots of two, both in use")
	e.accept(t0, r.Begin[1], "p1")
	e.lose(t0, r.Begin[0], time.Time{})
	e.wake(acme, is[0], t0)
	e.equal(free(4), []int{0, 1, 3}, "the free slots after one was sent and one lost")
	e.that(len(e.flights(acme, id)) == 2, "two attempts are open, not %d", len(e.flights(acme, id)))
}

func takeJob(e *env) {
	id, is := e.running(acme, 1, 9, "a")
	e.update(acme, func(w campaign.Writer) error {
		return w.SaveCalendar(campaign.Calendar{Rev: 1, States: []string{"SP"}})
	})
	e.takeOne(t0)
	e.edit(acme, id, func(c *campaign.Campaign) { c.Name = "edited"; c.Pace.PerDay = 5 })
	e.wake(acme, is[0], at(time.Second))
	var loaded *campaign.Job
	_, err := e.store.Take(e.ctx, query(at(time.Second), 1, 2), func(r *campaign.Rows) {
		e.that(r.Now.Equal(at(time.Second)), "Rows.Now is %v, want that of the query", r.Now)
		e.that(len(r.Turns) == 1 && len(r.Jobs) == 1 && len(r.Numbers) == 1, "one due instance loads %d turns, %d jobs, %d numbers", len(r.Turns), len(r.Jobs), len(r.Numbers))
		t := r.Turns[0]
		e.that(t.Job == r.Jobs[id] && t.Number == r.Numbers[is[0]], "a turn does not point to the rows that are saved")
		loaded = t.Job
		e.that(t.Job.Campaign.Name == "edited" && t.Job.Campaign.Pace.PerDay == 5 && t.Job.Campaign.Total == 9,
			"the campaign was loaded as it stood before the last edit: %+v", t.Job.Campaign)
		e.that(t.Number.Serves == id, "the number serves %s, want %s", t.Number.Serves, id)
		t.Job.Campaign.Name = "by the ledger"
		t.Number.Instance.Name = "by the ledger"
	})
	e.need(err, "Take")
	e.equal(loaded.Calendar, campaign.Calendar{Rev: 1, States: []string{"SP"}}, "the calendar that was loaded")
	e.equal(loaded.Cursor, campaign.Cursor{Position: 1, Picked: campaign.Counts{1: 1}}, "the cursor that was loaded")
	e.that(e.campaign(acme, id).Name == "edited" && e.number(acme, is[0]).Instance.Name == "a", "a take wrote a campaign or an instance: only commands do")

	two, js := e.running(acme, 11, 19, "b1", "b2")
	r := e.look(query(at(time.Second), 100, 1))
	n := 0
	for _, t := range r.Turns {
		if t.Job == r.Jobs[two] {
			n++
		}
	}
	e.that(n == len(js), "%d of two instances of a campaign share its job: each would take the same people", n)
}

func takeSaved(e *env) {
	id, is := e.running(acme, 1, 9, "a")
	e.edit(acme, id, func(c *campaign.Campaign) { c.Messages = append(c.Messages, campaign.Message{ID: 3, Text: "x"}) })
	zone := time.FixedZone("elsewhere", 3600)
	var want campaign.Attempt
	meter := campaign.Meter{PaceUntil: at(time.Minute), WakeAt: at(time.Minute), Why: campaign.Because(campaign.CodeGap), LastStart: at(2 * time.Second), Hour: t0, Day: t0, InHour: 1, InDay: 2, InRow: 3}
	r, err := e.store.Take(e.ctx, query(t0, 1, 3), func(r *campaign.Rows) {
		t := r.Turns[0]
		p, _ := next(r, t.Job)
		a := begin(r, t, p, 2)
		a.Try, a.Generation, a.Message, a.Text = 3, 2, 3, "Olá 🐰\n"
		a.Route = campaign.Route{Tenant: acme, Gateway: "g", Instance: "remote"}
		a.Gap = 1234 * time.Millisecond
		a.TakenAt = a.TakenAt.In(zone)
		a.Why = campaign.Because(campaign.CodeResend, "by", "x")
		want = *a
		want.TakenAt = want.TakenAt.UTC()
		want.Why = campaign.Because(campaign.CodeResend, "by", "x")
		t.Number.Meter = meter
		t.Job.Cursor.Skipped = 5
	})
	e.need(err, "Take")
	e.that(len(r.Begin) == 1, "the Rows that Take returned hold %d attempts, want 1", len(r.Begin))
	r.Begin[0].Text, r.Begin[0].Why.Args["by"] = "spoilt", "spoilt"
	r.Jobs[id].Cursor.Picked[1] = 99
	fs := e.flights(acme, id)
	e.equal(fs, []campaign.Attempt{want}, "the attempt as read")
	fs[0].Why.Args["by"] = "spoilt"
	e.equal(e.flights(acme, id), []campaign.Attempt{want}, "the attempt, after the one that was read has been changed")
	b := e.books(acme, id)
	e.equal(b.Cursor, campaign.Cursor{Position: 1, Skipped: 5, Picked: campaign.Counts{1: 1}}, "the cursor")
	e.that(b.Flying == 1, "the books count %d in flight, want 1", b.Flying)
	e.equal(e.number(acme, is[0]).Meter, meter, "the meter")
	es := e.events(acme, campaign.EventQuery{})
	e.that(len(es) == 1 && es[0].Type == campaign.EventTaken && es[0].Attempt == want.ID && es[0].At.Equal(t0), "the events are %+v, want that of the take", es)
}

func takeOnce(e *env) {
	id, is := e.running(acme, 1, 5, "a")
	seen := map[int64]bool{}
	for n := range 8 {
		e.wake(acme, is[0], at(time.Duration(n)*time.Minute))
		r := e.take(at(time.Duration(n) * time.Minute))
		for _, a := range r.Begin {
			e.that(!seen[a.Recipient.Position], "recipient %s was taken twice", a.Recipient)
			seen[a.Recipient.Position] = true
			switch n % 3 {
			case 0:
				e.accept(at(time.Duration(n)*time.Minute), a, a.ID.String())
			case 1:
				e.lose(at(time.Duration(n)*time.Minute), a, time.Time{})
			case 2:
				_, err := e.settle(at(time.Duration(n)*time.Minute), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
					r.Close = append(r.Close, closing(r.Now, a, campaign.OutcomeRefused, ""))
					r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Failed, Generation: 1, Tries: 1})
				})
				e.need(err, "Settle")
			}
		}
	}
	e.that(len(seen) == 5, "%d of 5 recipients were taken", len(seen))
	e.that(e.books(acme, id).Cursor.Position == 5, "the cursor stands at %d, want 5", e.books(acme, id).Cursor.Position)
}

func takeCalledOnce(e *env) {
	e.running(acme, 1, 5, "a")
	var all []*campaign.Rows
	_, err := e.store.Take(e.ctx, query(t0, 1, 1), func(r *campaign.Rows) { all = append(all, r); simple(r) })
	e.need(err, "Take")
	e.that(len(all) >= 1, "the plan was not called")
	for i := range all[:len(all)-1] {
		e.that(all[i] != all[i+1], "the plan was called again with the same Rows")
	}
	begun := len(all[len(all)-1].Begin)
	e.that(begun == 1, "a plan that was called %d times took %d", len(all), begun)
}

func takePanics(e *env) {
	id, is := e.running(acme, 1, 5, "a")
	before := e.number(acme, is[0])
	func() {
		defer func() { e.that(recover() != nil, "a panic of the plan was swallowed") }()
		_, _ = e.store.Take(e.ctx, query(t0, 1, 1), func(r *campaign.Rows) { simple(r); panic("boom") })
	}()
	e.that(len(e.flights(acme, id)) == 0, "a plan that panicked left an attempt")
	e.equal(e.books(acme, id), campaign.Books{}, "the books, after a plan panicked")
	e.equal(e.number(acme, is[0]), before, "the instance, after a plan panicked")
	e.that(len(e.take(t0).Begin) == 1, "after a plan panicked nothing can be taken")
}

func takeDrained(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	drained := func(r *campaign.Rows) bool {
		for _, d := range r.Drained {
			e.equal(d, campaign.Ref{Tenant: acme, ID: id}, "who is drained")
		}
		return len(r.Drained) > 0
	}
	next := func(n time.Duration) *campaign.Rows {
		e.Helper()
		e.wake(acme, is[0], at(n*time.Minute))
		r := e.take(at(n * time.Minute))
		e.that(len(r.Begin) == 1, "a take began %d attempts, want 1", len(r.Begin))
		e.that(!drained(r), "a campaign with an attempt in flight is drained")
		return r
	}
	a := next(1).Begin[0]
	e.that(!drained(e.accept(at(time.Minute), a, "p1")), "a campaign with two people ahead is drained")
	b := next(2).Begin[0]
	_, err := e.settle(at(2*time.Minute), b.ID, losing(time.Time{}))
	e.need(err, "Settle")
	c := next(3).Begin[0]
	r, err := e.settle(at(3*time.Minute), c.ID, retrying(at(4*time.Minute)))
	e.need(err, "Settle")
	e.that(!drained(r), "a campaign with somebody waiting is drained")
	d := next(4).Begin[0]
	e.that(d.Recipient == c.Recipient && d.Try == 2, "the retry took %s, try %d; want %s, try 2", d.Recipient, d.Try, c.Recipient)
	e.that(drained(e.accept(at(4*time.Minute), d, "p2")), "a campaign with nobody ahead, waiting or in flight is not drained; a lost attempt does not hold it")
	e.wake(acme, is[0], at(5*time.Minute))
	r = e.take(at(5 * time.Minute))
	e.that(len(r.Begin) == 0 && drained(r), "a take that finds nobody left does not say that the campaign is drained")
}
