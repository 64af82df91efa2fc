package campaigntest

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// guardRules break the rows on purpose: a domain with a fault must fail at the
// store, not in front of a person.
func guardRules() []rule[*env] {
	breaks := func(name, why string, prepare func(e *env, g *ground), plan func(g *ground, r *campaign.Rows)) rule[*env] {
		return rule[*env]{"guard/" + name, why, func(e *env) { guarded(e, prepare, plan) }}
	}
	return []rule[*env]{
		breaks("attempt id", "an attempt's id is never used again, or a late answer would settle another send",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1") },
			func(g *ground, r *campaign.Rows) { g.begin(r).ID = g.a.ID }),
		breaks("recipient", "a recipient has one open attempt at a time",
			nil, func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 1 }),
		breaks("recipient who waits", "a recipient who waits and is in flight would be taken twice",
			func(e *env, g *ground) { e.retry(t0, g.a, at(time.Hour)) },
			func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 1 }),
		breaks("recipient ahead", "a recipient ahead of the cursor would be taken again by the next turn",
			nil, func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 5 }),
		breaks("no recipient", "an attempt for nobody has no evidence to stand on",
			nil, func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 1000 }),
		breaks("slot", "two sends of one number at once are a burst",
			nil, func(g *ground, r *campaign.Rows) { g.begin(r).Slot = 0 }),
		breaks("not held", "what is in flight holds its phone",
			nil, func(g *ground, r *campaign.Rows) { g.begin(r).Held = false }),
		breaks("begins lost", "an attempt begins in flight",
			nil, func(g *ground, r *campaign.Rows) { g.begin(r).Phase = "" }),
		breaks("to nobody", "nothing is sent to a person who was erased",
			nil, func(g *ground, r *campaign.Rows) { a := g.begin(r); a.Phone = campaign.ErasedPhone(a.Recipient) }),
		breaks("starts before it is taken", "a send begins after the commit of its take",
			nil, func(g *ground, r *campaign.Rows) { a := g.begin(r); a.StartBy = a.TakenAt.Add(-time.Second) }),
		breaks("swept before it starts", "a send that may still begin must not be given up",
			nil, func(g *ground, r *campaign.Rows) { a := g.begin(r); a.SweepAt = a.StartBy.Add(-time.Second) }),
		breaks("quarantine before it starts", "a phone is held as long as its message can still go out",
			nil, func(g *ground, r *campaign.Rows) { a := g.begin(r); a.Quarantine = a.StartBy.Add(-time.Second) }),
		breaks("cursor backwards", "what is behind the cursor would be taken again",
			nil, func(g *ground, r *campaign.Rows) { r.Jobs[g.id].Cursor.Position = 0 }),
		breaks("cursor beyond the end", "the cursor would pass over people who are added later",
			nil, func(g *ground, r *campaign.Rows) { r.Jobs[g.id].Cursor.Position = 10 }),
		breaks("waits twice", "a recipient is in one place only",
			func(e *env, g *ground) { e.retry(t0, g.a, at(time.Hour)) },
			func(g *ground, r *campaign.Rows) { r.Wait = append(r.Wait, g.wait(1)) }),
		breaks("waits in flight", "a recipient is in one place only",
			nil, func(g *ground, r *campaign.Rows) { r.Wait = append(r.Wait, g.wait(1)) }),
		breaks("waits ahead", "a recipient is in one place only",
			nil, func(g *ground, r *campaign.Rows) { r.Wait = append(r.Wait, g.wait(5)) }),
		breaks("waits nowhere", "a waiting row names a recipient that exists",
			nil, func(g *ground, r *campaign.Rows) { r.Wait = append(r.Wait, g.wait(1000)) }),
		breaks("closed twice", "an outcome is counted once",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1") },
			func(g *ground, r *campaign.Rows) {
				r.Close = append(r.Close, closing(r.Now, g.a, campaign.OutcomeNotSent, ""))
			}),
		breaks("closed before it was taken", "the log tells what came after what",
			nil, func(g *ground, r *campaign.Rows) {
				r.Close = append(r.Close, closing(g.a.TakenAt.Add(-time.Second), g.a, campaign.OutcomeNotSent, ""))
			}),
		breaks("closed unknown", "an outcome belongs to an attempt",
			nil, func(g *ground, r *campaign.Rows) {
				c := closing(r.Now, g.a, campaign.OutcomeNotSent, "")
				c.Attempt = newAttemptID()
				r.Close = append(r.Close, c)
			}),
		breaks("changed after the end", "an attempt that has ended stays ended",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1") },
			func(g *ground, r *campaign.Rows) {
				a := *g.a
				a.Phase = campaign.Lost
				r.Changed = append(r.Changed, &a)
			}),
		breaks("let go in flight", "what is in flight holds its phone",
			nil, func(g *ground, r *campaign.Rows) { a := *g.a; a.Held = false; r.Changed = append(r.Changed, &a) }),
		breaks("no such phase", "an open attempt is in flight or lost",
			nil, func(g *ground, r *campaign.Rows) { a := *g.a; a.Phase = "landed"; r.Changed = append(r.Changed, &a) }),
		breaks("no such outcome", "an outcome is one of those that are known",
			nil, func(g *ground, r *campaign.Rows) { r.Close = append(r.Close, closing(r.Now, g.a, "fine", "")) }),
		breaks("sent without evidence", "sent rests on evidence",
			nil, func(g *ground, r *campaign.Rows) {
				c := closing(r.Now, g.a, campaign.OutcomeAccepted, "p1")
				c.Evidence = ""
				r.Close = append(r.Close, c)
			}),
		breaks("sent without an id", "sent rests on the gateway's id, or on a person's word",
			nil, func(g *ground, r *campaign.Rows) {
				r.Close = append(r.Close, closing(r.Now, g.a, campaign.OutcomeAccepted, ""))
			}),
		breaks("id of another attempt", "one record of the gateway is evidence for one attempt only",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1"); e.wake(acme, g.a.Instance, t0); g.a = e.takeOne(t0) },
			func(g *ground, r *campaign.Rows) {
				r.Close = append(r.Close, closing(r.Now, g.a, campaign.OutcomeAccepted, "p1"))
			}),
		breaks("sent twice", "a recipient is sent one message in a generation",
			func(e *env, g *ground) { e.sentAndTakenAgain(g, 1) },
			func(g *ground, r *campaign.Rows) {
				r.Close = append(r.Close, closing(r.Now, g.a, campaign.OutcomeAccepted, "p2"))
			}),
		breaks("taken after it was sent", "a generation has one send that is not proven unsent",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1") },
			func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 1 }),
		breaks("taken in a generation that is past", "a generation has one send that is not proven unsent",
			func(e *env, g *ground) { e.sentAndTakenAgain(g, 2); e.accept(at(time.Second), g.a, "p2") },
			func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 1 }),
		breaks("taken after a person's word", "what a person believes to be unsent may have gone out",
			func(e *env, g *ground) { e.end(g.a, campaign.OutcomeMarkedUnsent) },
			func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 1 }),
		breaks("taken after a resend was ordered", "a resend is a new generation",
			func(e *env, g *ground) { e.end(g.a, campaign.OutcomeResend) },
			func(g *ground, r *campaign.Rows) { g.begin(r).Recipient.Position = 1 }),
		breaks("acceptance taken back", "what was accepted stays so",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1") },
			func(g *ground, r *campaign.Rows) {
				r.Amended = append(r.Amended, closing(t0, g.a, campaign.OutcomeNotSent, ""))
			}),
		breaks("evidence exchanged", "an acceptance rests on the evidence that it was given",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1") },
			func(g *ground, r *campaign.Rows) {
				r.Amended = append(r.Amended, closing(t0, g.a, campaign.OutcomeAccepted, "p2"))
			}),
		breaks("corrected to unsent", "a later proof tells that something went out, never that nothing did",
			func(e *env, g *ground) { e.end(g.a, campaign.OutcomeMarkedUnsent) },
			func(g *ground, r *campaign.Rows) {
				r.Amended = append(r.Amended, closing(t0, g.a, campaign.OutcomeNotSent, ""))
			}),
		breaks("read becomes sent", "a status only moves forward",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1"); e.become(g, campaign.Read) },
			func(g *ground, r *campaign.Rows) {
				r.Settled = append(r.Settled, &campaign.Recipient{ID: g.a.Recipient, State: campaign.Sent, Generation: 1})
			}),
		breaks("sent becomes open", "what was sent is not sent again by itself",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1") },
			func(g *ground, r *campaign.Rows) {
				r.Settled = append(r.Settled, &campaign.Recipient{ID: g.a.Recipient, Generation: 1})
			}),
		breaks("delivered becomes skipped", "what was delivered was not left out",
			func(e *env, g *ground) { e.accept(t0, g.a, "p1"); e.become(g, campaign.Delivered) },
			func(g *ground, r *campaign.Rows) {
				r.Settled = append(r.Settled, &campaign.Recipient{ID: g.a.Recipient, State: campaign.Skipped, Generation: 1})
			}),
		breaks("amended without an end", "only what has ended can be corrected",
			nil, func(g *ground, r *campaign.Rows) {
				r.Amended = append(r.Amended, closing(r.Now, g.a, campaign.OutcomeAccepted, "p1"))
			}),
		{"guard/phone", "at most one send is in flight for a phone, whatever a plan decides", guardPhone},
		{"guard/id of another number", "provider ids are unique for a number, and for nobody else", guardOtherNumber},
		{"guard/word of a person", "a named person's word is evidence without an id, for many", guardOperator},
		{"guard/next generation", "a resend that was ordered may be sent", guardGeneration},
		{"guard/forward", "a status moves forward, and to failed when the provider says so", guardForward},
	}
}

// ground is a running campaign of nine with a first attempt in flight.
type ground struct {
	id campaign.ID
	is []campaign.InstanceID
	a  *campaign.Attempt
}

// begin begins an attempt for the next recipient in a free slot.
func (g *ground) begin(r *campaign.Rows) *campaign.Attempt {
	j := r.Jobs[g.id]
	c := j.Ahead[0]
	j.Cursor.Position = c.Recipient.ID.Position
	return begin(r, r.Turns[0], c.Recipient, 3)
}

func (g *ground) wait(position int64) campaign.Waiting {
	return campaign.Waiting{Recipient: campaign.RecipientID{Campaign: g.id, Position: position}, Due: at(time.Hour), Generation: 1}
}

// guarded runs a plan that breaks a rule beside one that keeps them all, and
// checks that both are refused together.
func guarded(e *env, prepare func(*env, *ground), plan func(*ground, *campaign.Rows)) {
	g := &ground{}
	g.id, g.is = e.running(acme, 1, 9, "a", "b")
	e.wake(acme, g.is[1], at(time.Hour))
	g.a = e.takeOne(t0)
	if prepare != nil {
		prepare(e, g)
	}
	e.wake(acme, g.is[0], t0)
	before := snapshot(e, g)
	_, err := e.store.Take(e.ctx, query(at(time.Second), 5, 9), func(r *campaign.Rows) {
		e.that(len(r.Turns) == 1 && len(r.Jobs[g.id].Ahead) > 0, "a take does not load the instance that is due")
		r.Jobs[g.id].Tally.Failed++ // harmless changes that must not survive
		r.Events = append(r.Events, campaign.Event{Tenant: acme, At: r.Now, Type: campaign.EventSkipped, Campaign: g.id})
		r.Turns[0].Number.Meter.Errors++
		plan(g, r)
	})
	e.refuse(err, campaign.ErrConflict, "a Take whose plan breaks this rule")
	e.equal(snapshot(e, g), before, "what a refused take left behind")
	e.wake(acme, g.is[0], at(time.Second))
	r, err := e.store.Take(e.ctx, query(at(time.Second), 1, 9), simpleUpTo(1))
	e.need(err, "the next Take, which breaks no rule")
	e.that(len(r.Begin) == 1, "after a refused take the next one began %d attempts, want 1", len(r.Begin))
}

type picture struct {
	Books   campaign.Books
	Flights []campaign.Attempt
	Number  campaign.Number
	Events  []campaign.Event
	People  []campaign.Recipient
	History []campaign.Closed
}

func snapshot(e *env, g *ground) picture {
	e.Helper()
	p := picture{Books: e.books(acme, g.id), Flights: e.flights(acme, g.id), Number: e.number(acme, g.is[0]),
		Events: e.events(acme, campaign.EventQuery{}), History: e.history(acme, g.id, 1)}
	e.view(acme, func(r campaign.Reader) {
		var err error
		p.People, err = r.Recipients(campaign.RecipientQuery{Campaign: g.id})
		e.need(err, "Recipients")
	})
	return p
}

// sentAndTakenAgain sends to the first recipient and takes it once more, in
// the given generation, as no domain does.
func (e *env) sentAndTakenAgain(g *ground, generation int) {
	e.Helper()
	e.accept(t0, g.a, "p1")
	e.wake(acme, g.is[0], t0)
	e.wake(acme, g.is[1], at(time.Hour))
	_, err := e.store.Take(e.ctx, query(t0, 1, 1), func(r *campaign.Rows) {
		j := r.Jobs[g.id]
		p := j.Ahead[0].Recipient
		p.ID, p.Contact, p.Generation = g.a.Recipient, people(1, 1)[0], generation
		*g.a = *begin(r, r.Turns[0], p, 0)
	})
	if generation == 1 {
		e.refuse(err, campaign.ErrConflict, "a Take of a generation that was sent")
		// Another recipient takes its place, so that the plan still breaks the
		// rule.
		g.a = e.takeOne(t0)
		g.a.Recipient.Position = 1
		return
	}
	e.need(err, "a Take of another generation")
}

// end closes an attempt, with nothing else.
func (e *env) end(a *campaign.Attempt, o campaign.Outcome) {
	e.Helper()
	_, err := e.settle(t0, a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		r.Close = append(r.Close, closing(r.Now, a, o, ""))
	})
	e.need(err, "Settle")
}

func (e *env) become(g *ground, s campaign.State) {
	e.Helper()
	_, err := e.store.Settle(e.ctx, t0, []campaign.Settlement{{Attempt: g.a.ID}}, func(r *campaign.Rows) {
		p := r.People[g.a.Recipient]
		e.that(p != nil, "Settle did not load the recipient of an attempt that has ended")
		p.State = s
		r.Settled = append(r.Settled, p)
	})
	e.need(err, "Settle")
}

func guardPhone(e *env) {
	one, _ := e.running(acme, 1, 2, "a")
	two, js := e.running(acme, 1, 2, "b")
	three, ks := e.running(beta, 1, 2, "c")
	blind := func(r *campaign.Rows) { // takes whoever comes, busy or not
		for _, t := range r.Turns {
			t.Number.Meter.WakeAt = r.Now.Add(rest)
			if len(t.Job.Ahead) == 0 || len(t.Free) == 0 {
				continue
			}
			p := t.Job.Ahead[0].Recipient
			t.Job.Ahead = t.Job.Ahead[1:]
			t.Job.Cursor.Position = p.ID.Position
			begin(r, t, p, t.Free[0])
		}
	}
	holders := func() int {
		n := 0
		for t, ids := range map[campaign.Tenant][]campaign.ID{acme: {one, two}, beta: {three}} {
			for _, id := range ids {
				for _, a := range e.flights(t, id) {
					if a.Phone == phone(1) && a.Held {
						n++
					}
				}
			}
		}
		return n
	}
	// Three at once in one take: all but one are taken back, or the take fails.
	r, err := e.store.Take(e.ctx, query(t0, 100, 1), blind)
	if err != nil {
		e.refuse(err, campaign.ErrConflict, "a take of one phone three times")
		e.that(holders() == 0, "a refused take left %d attempts", holders())
		e.take(t0)
	} else {
		e.that(len(r.Begin) == 1, "a take of one phone three times began %d attempts", len(r.Begin))
		waiting := e.books(acme, one).Waiting + e.books(acme, two).Waiting + e.books(beta, three).Waiting
		e.that(waiting == 2, "the take of one phone three times put %d people among the waiting, want the 2 that were taken back", waiting)
	}
	e.that(holders() == 1, "%d attempts hold one phone", holders())
	// One after the other, across campaigns and tenants.
	for n, w := range []struct {
		t campaign.Tenant
		i campaign.InstanceID
	}{{acme, js[0]}, {beta, ks[0]}} {
		e.wake(w.t, w.i, at(time.Duration(n+1)*time.Second))
		_, err := e.store.Take(e.ctx, query(at(time.Duration(n+1)*time.Second), 1, 5), func(r *campaign.Rows) {
			t := r.Turns[0]
			p := campaign.Recipient{ID: campaign.RecipientID{Campaign: t.Job.Campaign.ID, Position: 2}, Contact: people(1, 1)[0], Generation: 1}
			t.Job.Cursor.Position = 2
			begin(r, t, p, 4)
		})
		if err != nil {
			e.refuse(err, campaign.ErrConflict, "a take of a phone that is held")
		}
		e.that(holders() == 1, "%d attempts hold one phone", holders())
	}
}

func guardOtherNumber(e *env) {
	id, _ := e.running(acme, 1, 2, "a", "b")
	as := e.take(t0).Begin
	e.that(len(as) == 2, "two due instances took %d", len(as))
	e.accept(at(time.Second), as[0], "same")
	e.accept(at(time.Second), as[1], "same")
	e.that(e.books(acme, id).Tally.Sent == 2, "two numbers with the same provider id: %d sent", e.books(acme, id).Tally.Sent)
}

func guardOperator(e *env) {
	id, _ := e.running(acme, 1, 2, "a", "b")
	for _, a := range e.take(t0).Begin {
		_, err := e.settle(at(time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
			c := closing(r.Now, a, campaign.OutcomeAccepted, "")
			c.Evidence, c.Why = campaign.ByOperator, campaign.Because(campaign.CodeMarkedSent, "note", "seen on the phone")
			r.Close = append(r.Close, c)
			r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Sent, Generation: 1, Tries: 1})
		})
		e.need(err, "Settle on a person's word")
		h := e.history(acme, id, a.Recipient.Position)
		want := closing(at(time.Second), a, campaign.OutcomeAccepted, "")
		want.Evidence, want.Why = campaign.ByOperator, campaign.Because(campaign.CodeMarkedSent, "note", "seen on the phone")
		e.equal(h, []campaign.Closed{want}, "the history")
	}
}

func guardGeneration(e *env) {
	g := &ground{}
	g.id, g.is = e.running(acme, 1, 9, "a", "b")
	g.a = e.takeOne(t0)
	e.sentAndTakenAgain(g, 2)
	e.accept(at(time.Second), g.a, "p2")
	h := e.history(acme, g.id, 1)
	e.that(len(h) == 2 && h[0].ProviderID == "p1" && h[1].ProviderID == "p2" && h[1].Generation == 2, "the history of a resend is %+v, want both generations, oldest first", h)
}

func guardForward(e *env) {
	g := &ground{}
	g.id, g.is = e.running(acme, 1, 9, "a", "b")
	g.a = e.takeOne(t0)
	e.accept(t0, g.a, "p1")
	for _, s := range []campaign.State{campaign.Sent, campaign.Delivered, campaign.Read, campaign.Read} {
		e.become(g, s)
		e.that(e.recipient(acme, g.id, 1).State == s, "the recipient is %s, want %s", e.recipient(acme, g.id, 1).State, s)
	}
	for n, s := range []campaign.State{campaign.Sent, campaign.Failed, ""} {
		e.wake(acme, g.is[0], t0)
		g.a = e.takeOne(t0)
		e.accept(t0, g.a, "q"+string(rune('0'+n)))
		e.become(g, campaign.Failed)
		e.become(g, s)
		e.that(e.recipient(acme, g.id, g.a.Recipient.Position).State != campaign.Failed || s == campaign.Failed, "a recipient who failed cannot become %q", s)
	}
}
