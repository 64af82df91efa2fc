package campaigntest

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

func settleRules() []rule[*env] {
	return []rule[*env]{
		{"settle/accepted", "what was sent leaves the small table for the log, in the transaction that counts it", settleAccepted},
		{"settle/loads", "an outcome is judged on the attempt, its recipient, its campaign and its number", settleLoads},
		{"settle/repeated", "a settlement whose commit was not answered is made again, and changes nothing", settleRepeated},
		{"settle/unknown attempt", "an attempt that was never committed is not in Rows, and no error", settleUnknown},
		{"settle/claimed", "one record of the gateway is evidence for one attempt only, so the apply must know whose it is", settleClaimed},
		{"settle/lost", "an unknown attempt frees its number and keeps its phone", settleLost},
		{"settle/after the sweep", "the process that took a row may still testify after it was given up", settleAfterSweep},
		{"settle/retry", "a definite failure waits, and is taken again with its count", settleRetry},
		{"settle/amended", "a later proof corrects the log, and only that row of it", settleAmended},
		{"settle/withdrawn", "a later proof withdraws a resend that has not been taken", settleWithdrawn},
		{"settle/many", "a group commit is one transaction: all of it or nothing", settleMany},
		{"settle/rouse", "a sleeping number is looked at when somebody it could send to is put among the waiting", settleRouse},
		{"settle/rolled back", "a settlement that breaks a rule leaves the attempt open", settleRolledBack},
	}
}

func settleAccepted(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	taken := *a
	r, err := e.settle(at(3*time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		accepting("p1")(r, a)
		r.Close[0].Why = campaign.Because(campaign.CodeNotSent, "x", "y")
		r.Numbers[a.Instance].Meter.PaceUntil = at(time.Minute)
		r.Settled[0].Why = campaign.Because(campaign.CodeResend)
		r.Settled[0].DeliveredAt, r.Settled[0].ReadAt, r.Settled[0].RespondedAt = at(4*time.Second), at(5*time.Second), at(6*time.Second)
	})
	e.need(err, "Settle")
	e.that(len(r.Drained) == 0, "a campaign with two people ahead is drained")
	e.that(len(e.flights(acme, id)) == 0, "an attempt that was closed is still open")
	want := closing(at(3*time.Second), &taken, campaign.OutcomeAccepted, "p1")
	want.Why = campaign.Because(campaign.CodeNotSent, "x", "y")
	h := e.history(acme, id, 1)
	e.equal(h, []campaign.Closed{want}, "the history")
	h[0].Why.Args["x"] = "spoilt"
	e.equal(e.history(acme, id, 1), []campaign.Closed{want}, "the history, after the one that was read has been changed")
	p := e.recipient(acme, id, 1)
	e.equal(p, campaign.Recipient{ID: taken.Recipient, Contact: people(1, 1)[0], State: campaign.Sent, Why: campaign.Because(campaign.CodeResend),
		Message: 1, Tries: 1, Generation: 1, Instance: is[0], ProviderID: "p1", TakenAt: taken.TakenAt, SentAt: at(3 * time.Second),
		DeliveredAt: at(4 * time.Second), ReadAt: at(5 * time.Second), RespondedAt: at(6 * time.Second)}, "the recipient")
	b := e.books(acme, id)
	e.equal(b.Tally, campaign.Tally{Sent: 1, SentOf: campaign.Counts{1: 1}, LastSentAt: at(3 * time.Second)}, "the tally")
	e.equal(b.Cursor, campaign.Cursor{Position: 1, Picked: campaign.Counts{1: 1}}, "the cursor")
	e.that(b.Flying == 0, "the books count %d in flight", b.Flying)
	e.that(e.number(acme, is[0]).Meter.PaceUntil.Equal(at(time.Minute)), "the meter was not saved")
	es := e.events(acme, campaign.EventQuery{Campaign: id})
	e.that(len(es) == 2 && es[0].Type == campaign.EventTaken && es[1].Type == campaign.EventSent, "the events are %+v, want taken and sent", es)

	other, _ := e.running(beta, 1, 1, "b")
	e.that(!e.look(query(t0, 1, 1)).Jobs[other].Ahead[0].Busy, "the phone of a settled attempt is still busy")
}

func settleLoads(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	taken := *a
	called := 0
	_, err := e.store.Settle(e.ctx, at(time.Second), []campaign.Settlement{{Attempt: a.ID, Outcome: campaign.OutcomeNotSent}}, func(r *campaign.Rows) {
		called++
		e.that(r.Now.Equal(at(time.Second)), "Rows.Now is %v, want the instant that was given", r.Now)
		e.that(r.Open[a.ID] != nil, "Settle did not load the open attempt")
		e.equal(*r.Open[a.ID], taken, "the open attempt that was loaded")
		e.that(r.Jobs[id] != nil && r.Numbers[is[0]] != nil, "Settle did not load the job and the number")
		e.equal(r.Jobs[id].Cursor, campaign.Cursor{Position: 1, Picked: campaign.Counts{1: 1}}, "the cursor that was loaded")
		e.that(r.Jobs[id].Campaign.Total == 3 && r.Jobs[id].Campaign.Status == campaign.Active, "the campaign was not loaded as it is: %+v", r.Jobs[id].Campaign)
		e.that(r.Numbers[is[0]].Serves == id, "the number that was loaded serves %s", r.Numbers[is[0]].Serves)
		p := r.People[a.Recipient]
		e.that(p != nil && p.Contact.Phone == phone(1), "Settle did not load the recipient of the open attempt")
		e.that(len(r.Ended) == 0 && len(r.Turns) == 0 && len(r.Notices) == 0, "Settle loaded what nobody asked for")
	})
	e.need(err, "Settle")
	e.that(called == 1, "apply was called %d times", called)
	e.equal(e.flights(acme, id), []campaign.Attempt{taken}, "the attempt, after an apply that decided nothing")

	e.retry(at(2*time.Second), a, at(time.Hour))
	_, err = e.store.Settle(e.ctx, at(3*time.Second), []campaign.Settlement{{Attempt: a.ID}}, func(r *campaign.Rows) {
		e.that(r.Open[a.ID] == nil, "an attempt that has ended is loaded as open")
		e.equal(r.Ended[a.ID], closing(at(2*time.Second), &taken, campaign.OutcomeNotSent, ""), "the ended attempt that was loaded")
		e.that(r.Jobs[id] != nil && r.Numbers[is[0]] != nil && r.People[a.Recipient] != nil, "Settle did not load job, number and recipient of an ended attempt")
		w, ok := r.Waits[a.Recipient]
		e.that(ok, "Settle did not load the waiting row of the recipient")
		e.equal(w, campaign.Waiting{Recipient: a.Recipient, Due: at(time.Hour), Tries: 1, Generation: 1, Why: campaign.Because(campaign.CodeNotSent)}, "the waiting row that was loaded")
	})
	e.need(err, "Settle")
}

func settleRepeated(e *env) {
	id, _ := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.accept(at(time.Second), a, "p1")
	before, history := e.books(acme, id), e.history(acme, id, 1)
	for range 2 {
		_, err := e.store.Settle(e.ctx, at(2*time.Second), []campaign.Settlement{{Attempt: a.ID, Outcome: campaign.OutcomeAccepted,
			Accepted: campaign.Accepted{ProviderID: "p1"}}}, func(r *campaign.Rows) {
			if open := r.Open[a.ID]; open != nil { // as the domain does: only an open attempt changes anything
				accepting("p1")(r, open)
			}
			e.that(len(r.Ended) == 1, "the attempt is loaded as ended %d times, want once", len(r.Ended))
		})
		e.need(err, "a repeated Settle")
	}
	e.equal(e.books(acme, id), before, "the books after a repeated settlement")
	e.equal(e.history(acme, id, 1), history, "the history after a repeated settlement")
}

func settleUnknown(e *env) {
	id, _ := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	_, err := e.store.Settle(e.ctx, at(time.Second), []campaign.Settlement{
		{Attempt: newAttemptID(), Outcome: campaign.OutcomeLate}, {Attempt: a.ID, Outcome: campaign.OutcomeLate}, {},
	}, func(r *campaign.Rows) {
		e.that(len(r.Open) == 1 && r.Open[a.ID] != nil && len(r.Ended) == 0, "of one known and two unknown attempts, %d are open and %d ended", len(r.Open), len(r.Ended))
	})
	e.need(err, "Settle of an unknown attempt")
	r, err := e.store.Settle(e.ctx, at(time.Second), nil, func(*campaign.Rows) {})
	e.need(err, "Settle of nothing")
	e.that(r != nil, "Settle returned neither Rows nor an error")
	e.that(len(e.flights(acme, id)) == 1, "the attempt was settled although nothing was decided")
}

func settleClaimed(e *env) {
	e.running(acme, 1, 4, "a", "b")
	as := e.take(t0).Begin
	e.that(len(as) == 2, "two due instances took %d", len(as))
	e.accept(t0, as[0], "p1")
	e.wake(acme, as[0].Instance, t0)
	next := e.takeOne(t0)
	claimed := func(a *campaign.Attempt, provider string) (got campaign.AttemptID, ok bool) {
		_, err := e.store.Settle(e.ctx, at(time.Second), []campaign.Settlement{{Attempt: a.ID, Outcome: campaign.OutcomeAccepted,
			Accepted: campaign.Accepted{ProviderID: provider}}}, func(r *campaign.Rows) {
			got, ok = r.Claimed[campaign.ProviderKey{Instance: a.Instance, ID: provider}]
		})
		e.need(err, "Settle")
		return got, ok
	}
	got, ok := claimed(next, "p1")
	e.that(ok && got == as[0].ID, "the holder of a provider id is %s, want %s", got, as[0].ID)
	_, ok = claimed(next, "p2")
	e.that(!ok, "a provider id that nobody has is claimed")
	_, ok = claimed(as[1], "p1")
	e.that(!ok, "a provider id of another number is claimed")
	got, ok = claimed(as[0], "p1")
	e.that(ok && got == as[0].ID, "an attempt's own provider id is claimed by %s, want itself", got)
}

func settleLost(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	_, err := e.settle(at(time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		losing(at(time.Minute))(r, a)
		a.Looked, a.Quarantine, a.SweepAt = 2, at(time.Hour), at(2*time.Hour)
		a.Why = campaign.Because(campaign.CodeSwept, "by", "x")
		a.Text, a.Slot, a.Daemon = "not saved", 9, "not saved"
	})
	e.need(err, "Settle")
	want := *a
	want.Phase, want.Looked, want.LookAt, want.Quarantine, want.SweepAt = campaign.Lost, 2, at(time.Minute), at(time.Hour), at(2*time.Hour)
	want.Why = campaign.Because(campaign.CodeSwept, "by", "x")
	e.equal(e.flights(acme, id), []campaign.Attempt{want}, "the lost attempt: Phase, Held, Looked, LookAt, Why, Quarantine and SweepAt change, nothing else does")
	e.that(e.recipient(acme, id, 1).State == campaign.Unknown, "the recipient of a lost attempt is %s, want unknown", e.recipient(acme, id, 1).State)
	b := e.books(acme, id)
	e.that(b.Flying == 0 && b.Tally.Unknown == 1, "the books count %d in flight and %d unknown, want 0 and 1", b.Flying, b.Tally.Unknown)
	e.wake(acme, is[0], at(2*time.Second))
	r := e.look(query(at(2*time.Second), 1, 1))
	e.equal(r.Turns[0].Free, []int{0}, "the free slots after the loss")
	e.equal(candidatePositions(append(r.Jobs[id].Due, r.Jobs[id].Ahead...)), []int64{2, 3}, "the candidates after the loss: the unknown is not one of them")
	_, err = e.settle(at(3*time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		a.Held, a.LookAt = false, time.Time{}
		r.Changed = append(r.Changed, a)
	})
	e.need(err, "Settle")
	want.Held, want.LookAt = false, time.Time{}
	e.equal(e.flights(acme, id), []campaign.Attempt{want}, "the lost attempt after its quarantine")
}

func settleAfterSweep(e *env) {
	id, _ := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	q := campaign.SweepQuery{Now: at(sweepAfter), Max: 10, DeadBefore: t0, Grace: time.Second}
	r, err := e.store.Sweep(e.ctx, q, func(r *campaign.Rows) {
		e.that(r.Open[a.ID] != nil, "Sweep did not load an attempt whose SweepAt has passed")
		losing(time.Time{})(r, r.Open[a.ID])
	})
	e.need(err, "Sweep")
	e.that(len(r.Open) == 1, "Sweep returned %d attempts, want 1", len(r.Open))
	e.accept(at(2*time.Minute), a, "p1")
	e.that(e.recipient(acme, id, 1).State == campaign.Sent, "a swept attempt whose process says that it was accepted is %s, want sent", e.recipient(acme, id, 1).State)
	e.that(len(e.flights(acme, id)) == 0, "the attempt is still open")
}

func settleRetry(e *env) {
	id, is := e.running(acme, 1, 1, "a")
	a := e.takeOne(t0)
	e.retry(at(time.Second), a, at(time.Minute))
	p := e.recipient(acme, id, 1)
	e.that(p.State == campaign.Pending && p.Tries == 1 && p.Due.Equal(at(time.Minute)), "a recipient who waits is %s after %d tries, due %v", p.State, p.Tries, p.Due)
	e.wake(acme, is[0], t0)
	e.that(len(e.take(at(59*time.Second)).Begin) == 0, "a waiting recipient was taken before it was due")
	e.wake(acme, is[0], t0)
	b := e.takeOne(at(time.Minute))
	e.that(b.Recipient == a.Recipient && b.Try == 2, "the retry is try %d of %s, want try 2 of %s", b.Try, b.Recipient, a.Recipient)
	books := e.books(acme, id)
	e.that(books.Waiting == 0 && books.Flying == 1 && books.NextDue.IsZero(), "after the retry was taken the books count %d waiting, %d in flight, next %v", books.Waiting, books.Flying, books.NextDue)
	e.accept(at(61*time.Second), b, "p1")
	h := e.history(acme, id, 1)
	e.that(len(h) == 2 && h[0].Attempt == a.ID && h[1].Attempt == b.ID, "the history does not list both tries, oldest first: %+v", h)
}

func settleAmended(e *env) {
	id, is := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.retry(at(time.Second), a, at(time.Minute))
	e.wake(acme, is[0], t0)
	b := e.takeOne(at(time.Minute))
	e.retry(at(61*time.Second), b, at(time.Hour))
	second := e.history(acme, id, 1)[1]
	_, err := e.store.Settle(e.ctx, at(2*time.Minute), []campaign.Settlement{{Attempt: a.ID}}, func(r *campaign.Rows) {
		c := r.Ended[a.ID]
		c.Outcome, c.Evidence, c.ProviderID, c.Why = campaign.OutcomeAccepted, campaign.ByRecord, "p1", campaign.Because(campaign.CodeMarkedUnsent)
		c.Message, c.Try, c.EndedAt = 9, 9, at(time.Hour) // not saved
		r.Amended = append(r.Amended, c)
	})
	e.need(err, "Settle")
	want := closing(at(time.Second), a, campaign.OutcomeAccepted, "p1")
	want.Evidence, want.Why = campaign.ByRecord, campaign.Because(campaign.CodeMarkedUnsent)
	e.equal(e.history(acme, id, 1), []campaign.Closed{want, second}, "the history: outcome, evidence, provider id and why are corrected, nothing else")
	_, err = e.store.Settle(e.ctx, at(2*time.Minute), []campaign.Settlement{{Attempt: b.ID, Accepted: campaign.Accepted{ProviderID: "p1"}}}, func(r *campaign.Rows) {
		got := r.Claimed[campaign.ProviderKey{Instance: is[0], ID: "p1"}]
		e.that(got == a.ID, "the provider id of an amended attempt is held by %s, want %s", got, a.ID)
	})
	e.need(err, "Settle")
}

func settleWithdrawn(e *env) {
	id, _ := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	e.retry(at(time.Second), a, at(time.Minute))
	_, err := e.store.Settle(e.ctx, at(2*time.Second), []campaign.Settlement{{Attempt: a.ID}}, func(r *campaign.Rows) {
		_, waits := r.Waits[a.Recipient]
		e.that(waits, "Settle did not load the waiting row of an ended attempt's recipient")
		r.Unwait = append(r.Unwait, a.Recipient)
		r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Sent, ProviderID: "p1", Generation: 1, Tries: 1, SentAt: r.Now})
	})
	e.need(err, "Settle")
	e.that(e.recipient(acme, id, 1).State == campaign.Sent && e.books(acme, id).Waiting == 0, "a withdrawn resend still waits")
	_, err = e.store.Settle(e.ctx, at(3*time.Second), []campaign.Settlement{{Attempt: a.ID}}, func(r *campaign.Rows) {
		e.that(len(r.Waits) == 0, "a waiting row was loaded that is not there")
		p := r.People[a.Recipient]
		e.that(p != nil && p.State == campaign.Sent && p.ProviderID == "p1", "the recipient's own row was not loaded as it is: %+v", p)
	})
	e.need(err, "Settle")
}

func settleMany(e *env) {
	one, _ := e.running(acme, 1, 3, "a", "b")
	two, _ := e.running(beta, 11, 13, "c")
	as := e.take(t0).Begin
	e.that(len(as) == 3, "three due instances took %d", len(as))
	all := func(apply func(r *campaign.Rows, n int, a *campaign.Attempt)) error {
		var ss []campaign.Settlement
		for _, a := range as {
			ss = append(ss, campaign.Settlement{Attempt: a.ID})
		}
		_, err := e.store.Settle(e.ctx, at(time.Second), ss, func(r *campaign.Rows) {
			e.that(len(r.Open) == 3 && len(r.Jobs) == 2 && len(r.Numbers) == 3, "three attempts of two campaigns load %d attempts, %d jobs, %d numbers", len(r.Open), len(r.Jobs), len(r.Numbers))
			for n, a := range as {
				apply(r, n, r.Open[a.ID])
			}
		})
		return err
	}
	err := all(func(r *campaign.Rows, n int, a *campaign.Attempt) {
		if n == 2 {
			r.Close = append(r.Close, closing(r.Now, a, campaign.OutcomeAccepted, "")) // no evidence
			return
		}
		accepting(a.ID.String())(r, a)
	})
	e.refuse(err, campaign.ErrConflict, "a group commit with one settlement that breaks a rule")
	e.that(len(e.flights(acme, one)) == 2 && len(e.flights(beta, two)) == 1 && e.books(acme, one).Tally.Sent == 0, "a refused group commit left something behind")
	e.need(all(func(r *campaign.Rows, n int, a *campaign.Attempt) { accepting(a.ID.String())(r, a) }), "a group commit")
	e.that(e.books(acme, one).Tally.Sent == 2 && e.books(beta, two).Tally.Sent == 1, "the group commit counted %d and %d, want 2 and 1", e.books(acme, one).Tally.Sent, e.books(beta, two).Tally.Sent)
	es := e.events(beta, campaign.EventQuery{})
	e.that(len(es) == 2 && es[1].Tenant == beta, "the other tenant has %d events, want its own two", len(es))
}

func settleRouse(e *env) {
	id, is := e.running(acme, 1, 9, "a", "b", "c")
	_, js := e.running(acme, 11, 12, "other")
	e.wake(acme, js[0], at(time.Hour))
	e.wake(acme, is[1], at(time.Hour))
	e.wake(acme, is[2], at(time.Minute))
	a := e.takeOne(t0)
	_, err := e.settle(at(time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		retrying(at(10*time.Minute))(r, a)
		r.Numbers[a.Instance].Meter.WakeAt = at(40 * time.Minute)
		r.Rouse = map[campaign.ID]time.Time{id: at(10 * time.Minute)}
	})
	e.need(err, "Settle")
	for i, want := range map[campaign.InstanceID]time.Duration{is[0]: 10 * time.Minute, is[1]: 10 * time.Minute, is[2]: time.Minute, js[0]: time.Hour} {
		got := e.number(acme, i).Meter.WakeAt
		e.that(got.Equal(at(want)), "instance %d is looked at %v after the start, want %v", i, got.Sub(t0), want)
	}
	ag, err := e.store.Agenda(e.ctx, t0, 1)
	e.need(err, "Agenda")
	e.that(ag.Next.Equal(at(time.Minute)), "the agenda's next instant is %v, want the first look", ag.Next)
}

func settleRolledBack(e *env) {
	id, _ := e.running(acme, 1, 3, "a")
	a := e.takeOne(t0)
	before, open := e.books(acme, id), e.flights(acme, id)
	_, err := e.settle(at(time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		accepting("p1")(r, a)
		r.Wait = append(r.Wait, campaign.Waiting{Recipient: campaign.RecipientID{Campaign: id, Position: 3}, Due: t0, Generation: 1})
	})
	e.refuse(err, campaign.ErrConflict, "a settlement that lets somebody ahead of the cursor wait")
	e.equal(e.books(acme, id), before, "the books")
	e.equal(e.flights(acme, id), open, "the open attempts")
	e.that(len(e.history(acme, id, 1)) == 0, "the log keeps a settlement that was refused")
	e.that(e.recipient(acme, id, 1).State == campaign.Sending, "the recipient is %s, want sending", e.recipient(acme, id, 1).State)
	e.accept(at(2*time.Second), a, "p1")
}
