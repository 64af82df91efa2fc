package campaigntest

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// waitAll makes the first n recipients of a campaign wait until the given
// instants.
func (e *env) waitAll(id campaign.ID, dues ...time.Time) {
	e.Helper()
	_, err := e.store.Take(e.ctx, query(t0, 8, 8), func(r *campaign.Rows) {
		j := r.Jobs[id]
		e.that(j != nil, "Take did not load the job of a due instance")
		for n, due := range dues {
			p := j.Ahead[n].Recipient
			j.Cursor.Position = p.ID.Position
			r.Wait = append(r.Wait, campaign.Waiting{Recipient: p.ID, Due: due, Tries: n, Generation: 1, Why: campaign.Because(campaign.CodePhoneBusy, "n", fmt.Sprint(n))})
		}
	})
	e.need(err, "a Take that postpones")
}

func candidatePositions(cs []campaign.Candidate) (ps []int64) {
	for _, c := range cs {
		ps = append(ps, c.Recipient.ID.Position)
	}
	return ps
}

func takeCandidates(e *env) {
	id, _ := e.running(acme, 1, 9, "a")
	e.waitAll(id, at(50*time.Second), at(20*time.Second), at(20*time.Second), at(10*time.Second), at(60*time.Second))
	b := e.books(acme, id)
	e.that(b.Waiting == 5 && b.NextDue.Equal(at(10*time.Second)), "the books count %d waiting, the first until %v", b.Waiting, b.NextDue)
	e.equal(b.NextWhy, campaign.Because(campaign.CodePhoneBusy, "n", "3"), "what the first waits for, by the books")
	look := func(now time.Duration) *campaign.Job { return e.look(query(at(now), 8, 8)).Jobs[id] }
	check := func(now time.Duration, due, ahead []int64, next time.Time) {
		e.Helper()
		j := look(now)
		e.equal(candidatePositions(j.Due), due, fmt.Sprintf("the waiting recipients that are due after %v, by due and then by position", now))
		e.equal(candidatePositions(j.Ahead), ahead, fmt.Sprintf("the recipients ahead after %v", now))
		e.equal(j.NextDue, next, fmt.Sprintf("NextDue after %v", now))
	}
	check(0, nil, []int64{6, 7, 8, 9}, at(10*time.Second))
	check(10*time.Second-time.Millisecond, nil, []int64{6, 7, 8, 9}, at(10*time.Second))
	check(10*time.Second, []int64{4}, []int64{6, 7, 8, 9}, at(20*time.Second))
	check(55*time.Second, []int64{4, 2, 3, 1}, []int64{6, 7, 8, 9}, at(60*time.Second))
	check(time.Hour, []int64{4, 2, 3, 1, 5}, []int64{6, 7, 8, 9}, time.Time{})
}

func takeEnough(e *env) {
	id, _ := e.running(acme, 1, 60, "a", "b")
	one, four := campaign.Candidates(1), campaign.Candidates(4)
	count := func(max, slots int) (due, ahead int, next time.Time) {
		j := e.look(query(at(time.Hour), max, slots)).Jobs[id]
		return len(j.Due), len(j.Ahead), j.NextDue
	}
	_, ahead, _ := count(1, 1)
	e.that(ahead == one, "a take of at most 1 loads %d candidates, want %d", ahead, one)
	_, ahead, _ = count(100, 2)
	e.that(ahead == four, "a take for two instances with two slots each loads %d candidates, want %d", ahead, four)
	var dues []time.Time
	for n := range one {
		dues = append(dues, at(time.Duration(n)*time.Second))
	}
	e.waitAll(id, dues...)
	due, ahead, next := count(1, 1)
	e.that(due == one && ahead == 0 && next.IsZero(), "with %d waiting that are due, a take of at most 1 loads %d of them, %d others, next %v", one, due, ahead, next)
	due, ahead, _ = count(100, 2)
	e.that(due == one && ahead == four-one, "a take for four loads %d that are due and %d others, want %d and %d", due, ahead, one, four-one)
	e.waitAll(id, at(30*time.Minute))
	due, _, next = count(1, 1)
	e.that(due == one && next.Equal(at(30*time.Minute)), "with one due recipient too many, a take loads %d and NextDue is %v, want the instant of the one left out", due, next)
}

func takeCandidate(e *env) {
	id, _ := e.running(acme, 1, 0, "a")
	c := contact.Contact{Name: "Zoë", Phone: phone(1), Email: "zoe@example.com", Tags: []string{"vip"}, Vars: map[string]string{"cidade": "Belém"}}
	e.enlist(acme, id, []contact.Contact{c.Clone(), {Name: "Ana", Phone: phone(2)}})
	fresh := func(position int64) campaign.Recipient {
		p := campaign.Recipient{ID: campaign.RecipientID{Campaign: id, Position: position}, Contact: c, Generation: 1}
		if position == 2 {
			p.Contact = contact.Contact{Name: "Ana", Phone: phone(2)}
		}
		return p
	}
	ahead := e.look(query(t0, 1, 1)).Jobs[id].Ahead
	e.that(len(ahead) == 2, "a take loads %d candidates of 2", len(ahead))
	for i := range ahead {
		e.that(!ahead[i].Waiting && !ahead[i].Busy && !ahead[i].Suppressed, "a new candidate is marked %+v", ahead[i])
		ahead[i].Recipient.State = ""
		e.equal(ahead[i].Recipient, fresh(int64(i+1)), "a candidate from the audience")
	}
	ahead[0].Recipient.Contact.Tags[0], ahead[0].Recipient.Contact.Vars["cidade"] = "spoilt", "spoilt"
	a := e.takeOne(t0)
	e.equal(e.recipient(acme, id, 1).Contact, c, "the contact, after a candidate was changed")
	_, err := e.settle(at(time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		r.Close = append(r.Close, closing(r.Now, a, campaign.OutcomeResend, ""))
		r.Wait = append(r.Wait, campaign.Waiting{Recipient: a.Recipient, Due: at(time.Minute), Tries: 2, Generation: 5, Why: campaign.Because(campaign.CodeResend)})
	})
	e.need(err, "Settle")
	due := e.look(query(at(time.Minute), 1, 1)).Jobs[id].Due
	e.that(len(due) == 1 && due[0].Waiting && !due[0].Busy, "the waiting recipient is not loaded as one that waits: %+v", due)
	p := due[0].Recipient
	e.that(p.ID.Position == 1 && p.Tries == 2 && p.Generation == 5, "a waiting candidate is %s, try %d of generation %d; want #/1, 2 tries so far, generation 5: what its waiting row says", p.ID, p.Tries, p.Generation)
	e.equal(p.Contact, c, "the contact of a waiting candidate")
}

func takeBusy(e *env) {
	one, _ := e.running(acme, 1, 2, "a")
	two, js := e.running(acme, 1, 3, "b")
	three, ks := e.running(beta, 1, 3, "c")
	busy := func(t campaign.Tenant, id campaign.ID, i campaign.InstanceID) (b []bool) {
		e.Helper()
		e.wake(t, i, t0)
		for _, c := range e.look(query(at(time.Second), 100, 1)).Jobs[id].Ahead {
			b = append(b, c.Busy)
		}
		return b
	}
	e.wake(acme, js[0], at(time.Hour))
	e.wake(beta, ks[0], at(time.Hour))
	a := e.takeOne(t0)
	e.equal(a.Recipient.Campaign, one, "who was taken first")
	e.equal(busy(acme, two, js[0]), []bool{true, false, false}, "whose phone is busy, in another campaign")
	e.equal(busy(beta, three, ks[0]), []bool{true, false, false}, "whose phone is busy, in another tenant")
	e.lose(at(time.Second), a, time.Time{})
	e.equal(busy(beta, three, ks[0]), []bool{true, false, false}, "whose phone is busy while the outcome is lost")
	_, err := e.settle(at(2*time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		a.Held = false
		r.Changed = append(r.Changed, a)
	})
	e.need(err, "Settle")
	e.equal(busy(beta, three, ks[0]), []bool{false, false, false}, "whose phone is busy after the quarantine")
}

func takeHeld(e *env) {
	e.running(acme, 1, 2, "a")
	held := func(n int) (bool, time.Time) {
		e.Helper()
		held, until, err := e.store.Held(e.ctx, phone(n))
		e.need(err, "Held")
		return held, until
	}
	is, until := held(1)
	e.that(!is && until.IsZero(), "a phone that nobody was sent to is held: %v, until %v", is, until)
	a := e.takeOne(t0)
	is, until = held(1)
	e.that(is && until.IsZero(), "the phone of an attempt in flight: held %v, until %v; want held, and no instant", is, until)
	is, _ = held(2)
	e.that(!is, "the phone of the next in the audience is held already")
	e.lose(at(time.Second), a, time.Time{})
	is, until = held(1)
	e.that(is && until.Equal(a.Quarantine) && until.Location() == time.UTC, "the phone of a lost attempt: held %v, until %v; want until the end of the quarantine, %v", is, until, a.Quarantine)
	_, err := e.settle(at(2*time.Second), a.ID, func(r *campaign.Rows, a *campaign.Attempt) {
		a.Held = false
		r.Changed = append(r.Changed, a)
	})
	e.need(err, "Settle")
	is, _ = held(1)
	e.that(!is, "a phone is held after the quarantine")
}

func takeSuppressed(e *env) {
	one, _ := e.running(acme, 1, 3, "a")
	two, _ := e.running(beta, 1, 3, "b")
	three, _ := e.running(acme, 1, 0, "c")
	e.enlist(acme, three, []contact.Contact{{Name: "Abril", Phone: "+541155550101"}})
	q := query(t0, 100, 1)
	key := func(t campaign.Tenant, p contact.Phone) (k campaign.SuppressionKey) {
		copy(k[:], string(t)+string(p))
		return k
	}
	q.Keys = func(t campaign.Tenant, p contact.Phone) (all []campaign.SuppressionKey) {
		for _, s := range p.Stored() {
			all = append(all, key(t, s), key(t, "old"+s))
		}
		return all
	}
	e.update(acme, func(w campaign.Writer) error {
		return w.Suppress(t0, campaign.OutByOperator, key(acme, phone(2)), key(beta, phone(1)))
	})
	e.update(beta, func(w campaign.Writer) error {
		return w.Suppress(t0, campaign.OutByOperator, key(beta, phone(3)), key(acme, phone(2)))
	})
	marks := func(q campaign.TakeQuery, id campaign.ID) (b []bool) {
		for _, c := range e.look(q).Jobs[id].Ahead {
			b = append(b, c.Suppressed)
		}
		return b
	}
	e.equal(marks(q, one), []bool{false, true, false}, "who has opted out")
	e.equal(marks(q, two), []bool{false, false, true}, "who has opted out of another tenant")
	silences := func(under contact.Phone, want bool, what string) {
		e.Helper()
		e.update(acme, func(w campaign.Writer) error { return w.Suppress(t0, campaign.OutByKeyword, key(acme, under)) })
		e.equal(marks(q, three), []bool{want}, what)
		e.update(acme, func(w campaign.Writer) error { return w.Restore(key(acme, under)) })
	}
	silences("+541155550101", true, "who has opted out by the canonical spelling of an Argentine number")
	silences("+5491155550101", true, "who has opted out by a spelling that earlier versions kept")
	silences("old+541155550101", true, "who has opted out under the second key of a phone")
	silences("+541155550102", false, "an opt-out of somebody else")
	q.Keys = nil
	e.equal(marks(q, one), []bool{false, false, false}, "who has opted out where nothing can be suppressed")
}
