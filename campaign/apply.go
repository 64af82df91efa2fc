package campaign

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// judgeBook applies what became of attempts to the rows: the only place where
// an outcome turns into a state. It is pure.
type judgeBook struct {
	timing Timing
}

// settle applies the settlements in order. One that says nothing new (a
// repeat, an attempt that is unknown here) changes nothing.
func (b *judgeBook) settle(r *Rows, ss []Settlement) {
	for _, s := range ss {
		if a, ok := r.Open[s.Attempt]; ok {
			b.open(r, a, s)
		} else if c, ok := r.Ended[s.Attempt]; ok {
			b.ended(r, c, s)
		}
	}
}

// open applies a settlement to an attempt that flies or is lost.
func (b *judgeBook) open(r *Rows, a *Attempt, s Settlement) {
	j, n := r.Jobs[a.Recipient.Campaign], r.Numbers[a.Instance]
	if j == nil || n == nil {
		return
	}
	if a.Phase == Flying {
		// Whatever happened, the slot is free now, or held by the gate below.
		defer func() { n.Meter.wake(r.Now, j.Campaign.ends(b.timing.Deadline)) }()
	}
	switch s.Outcome {
	case OutcomeAccepted:
		b.accepted(r, j, n, a, s)
	case OutcomeUnknown:
		if a.Phase == Flying {
			b.lose(r, j, n, a, s.Why)
			b.beganLate(r, a, s.Began)
		}
	case OutcomeNoTrace:
		b.noTrace(r, j, a, s)
	case OutcomeRefused:
		b.fail(r, j, a, s, s.Why, a.Try)
	case OutcomeNotSent:
		n.Meter.giveBack(a)
		j.Tally.Retries++
		if a.Try > j.Campaign.retries() {
			b.fail(r, j, a, s, Because(CodeRetriesUsed, "why", string(s.Why.Code)), a.Try)
			return
		}
		b.again(r, j, a, s, r.Now.Add(b.timing.backoff(j.Campaign.Seed, a)), a.Try, EventRetry)
	case OutcomeHeld:
		n.Meter.giveBack(a)
		b.hold(r, n, j, s.Why)
		b.again(r, j, a, s, r.Now, a.Try-1, EventPostponed)
	case OutcomeSlowed:
		n.Meter.giveBack(a)
		n.Meter.PaceUntil = later(n.Meter.PaceUntil, r.Now.Add(s.After))
		r.Events = append(r.Events, a.event(r.Now, EventInstanceSlowed, Because(CodeSlowDown, "until", stamp(n.Meter.PaceUntil))))
		b.again(r, j, a, s, r.Now, a.Try-1, EventPostponed)
	case OutcomeLate:
		n.Meter.giveBack(a)
		b.again(r, j, a, s, r.Now, a.Try-1, EventPostponed)
	case OutcomePostponed:
		n.Meter.giveBack(a)
		wait := PhoneWait
		if s.After > 0 {
			wait = s.After
		}
		b.again(r, j, a, s, r.Now.Add(wait), a.Try-1, EventPostponed)
		if s.Stops && j.Campaign.Status == Active {
			r.halt(j.Campaign.ID, s.Why)
		}
	case OutcomeMarkedUnsent:
		if b.decidable(r, a) {
			b.fail(r, j, a, s, Because(CodeMarkedUnsent, "note", s.Note), a.Try)
		}
	case OutcomeResend:
		if b.decidable(r, a) && !j.Campaign.Status.Terminal() {
			b.resend(r, j, a, s)
		}
	}
}

// decidable reports whether anybody but a proof may decide about a lost
// attempt: only when the gateway can no longer carry it out.
func (b *judgeBook) decidable(r *Rows, a *Attempt) bool {
	return a.Phase == Lost && !r.Now.Before(a.Quarantine)
}

func (b *judgeBook) accepted(r *Rows, j *Job, n *Number, a *Attempt, s Settlement) {
	if s.Evidence == ByOperator && !b.decidable(r, a) {
		return
	}
	key := ProviderKey{a.Instance, s.Accepted.ProviderID}
	if holder, ok := r.Claimed[key]; ok && key.ID != "" && holder != a.ID {
		// One record of the gateway is evidence for one attempt.
		why := Because(CodeDuplicateID, "attempt", holder.String())
		if a.Phase == Flying {
			b.lose(r, j, n, a, why)
		} else {
			r.Events = append(r.Events, a.event(r.Now, EventInquired, why))
		}
		return
	}
	if key.ID != "" {
		r.claim(key, a.ID)
	}
	at := s.Accepted.At
	if at.IsZero() {
		at = r.Now
	}
	if a.Phase == Flying {
		began := s.Accepted.Began
		if began.IsZero() || began.After(r.Now) {
			began = earlier(a.StartBy, r.Now)
		}
		n.Meter.PaceUntil = later(n.Meter.PaceUntil, began.Add(a.Gap))
		b.beganLate(r, a, began)
		b.acceptedBy(r, j, n)
	}
	b.close(r, j, a, s, OutcomeAccepted)
	j.Tally.Sent++
	j.Tally.SentOf.Add(a.Message, 1)
	j.Tally.LastSentAt = later(j.Tally.LastSentAt, at)
	r.Settled = append(r.Settled, &Recipient{ID: a.Recipient, State: Sent, Message: a.Message, Tries: a.Try,
		Generation: a.Generation, Instance: a.Instance, ProviderID: s.Accepted.ProviderID, TakenAt: a.TakenAt, SentAt: at})
	r.note(a, s, EventSent, s.Why)
}

// lose makes a flying attempt an unknown one: it frees the number, and keeps
// the phone until its quarantine ends.
func (b *judgeBook) lose(r *Rows, j *Job, n *Number, a *Attempt, why Reason) {
	a.Phase, a.Why = Lost, why
	a.LookAt = r.Now
	j.Tally.Unknown++
	n.Meter.PaceUntil = later(n.Meter.PaceUntil, a.StartBy.Add(a.Gap))
	r.change(a)
	r.Events = append(r.Events, a.event(r.Now, EventUnknown, why))
}

// beganLate notes a send that began after its latest start, which a process
// that was frozen at the wrong moment can do, and quarantines it anew.
func (b *judgeBook) beganLate(r *Rows, a *Attempt, began time.Time) {
	if began.IsZero() || !began.After(a.StartBy) {
		return
	}
	a.Quarantine = later(a.Quarantine, began.Add(b.timing.Typing+b.timing.Late+wholeSecond))
	if a.Phase == Lost {
		r.change(a)
	}
	r.Events = append(r.Events, a.event(r.Now, EventBeganLate, Because(CodeBeganLate)))
}

// noTrace records an inquiry that found nothing, which proves nothing.
func (b *judgeBook) noTrace(r *Rows, j *Job, a *Attempt, s Settlement) {
	if a.Phase != Lost || Erased(a.Phone) { // who was erased is not asked after
		return
	}
	if s.After > 0 { // the gateway could not be asked: this was no inquiry
		a.LookAt = r.Now.Add(s.After)
		r.change(a)
		r.Events = append(r.Events, a.event(r.Now, EventInquired, s.Why))
		return
	}
	owed := j.Campaign.owes(a)
	if owed && b.decidable(r, a) {
		s.Why = Because(CodeResend, "by", "standing_order")
		b.resend(r, j, a, s)
		return
	}
	a.Looked++
	a.LookAt = time.Time{}
	switch {
	case a.Looked < len(inquiryGaps):
		a.LookAt = r.Now.Add(inquiryGaps[a.Looked])
	case owed:
		a.LookAt = later(a.Quarantine, r.Now.Add(time.Minute))
	}
	r.change(a)
	r.Events = append(r.Events, a.event(r.Now, EventInquired, s.Why))
}

// fail ends a recipient for good.
func (b *judgeBook) fail(r *Rows, j *Job, a *Attempt, s Settlement, why Reason, tries int) {
	b.close(r, j, a, s, s.Outcome)
	j.Tally.Released.Add(a.Message, 1)
	if b.stands(r, j, a) {
		r.note(a, s, EventFailed, why)
		return
	}
	j.Tally.Failed++
	r.Settled = append(r.Settled, &Recipient{ID: a.Recipient, State: Failed, Why: why, Message: a.Message,
		Tries: tries, Generation: a.Generation, Instance: a.Instance, TakenAt: a.TakenAt})
	r.note(a, s, EventFailed, why)
}

// again puts a recipient that is proven unsent among the waiting; in a
// campaign that has ended it ends too.
func (b *judgeBook) again(r *Rows, j *Job, a *Attempt, s Settlement, due time.Time, tries int, e EventType) {
	if b.stands(r, j, a) {
		b.close(r, j, a, s, s.Outcome)
		j.Tally.Released.Add(a.Message, 1)
		r.note(a, s, e, s.Why)
		return
	}
	switch j.Campaign.Status {
	case Completed:
		b.fail(r, j, a, s, Because(CodeEnded, "why", string(s.Why.Code)), tries)
		return
	case Cancelled:
		b.close(r, j, a, s, s.Outcome)
		j.Tally.Released.Add(a.Message, 1)
		r.Settled = append(r.Settled, &Recipient{ID: a.Recipient, State: Dropped, Why: s.Why, Message: a.Message,
			Tries: tries, Generation: a.Generation, Instance: a.Instance, TakenAt: a.TakenAt})
		r.note(a, s, EventDropped, s.Why)
		return
	}
	b.close(r, j, a, s, s.Outcome)
	j.Tally.Released.Add(a.Message, 1)
	r.Wait = append(r.Wait, Waiting{Recipient: a.Recipient, Due: due, Tries: tries, Generation: a.Generation, Why: s.Why})
	r.rouse(j.Campaign.ID, due)
	r.note(a, s, e, s.Why)
}

// resend opens a new generation of a recipient, by order.
func (b *judgeBook) resend(r *Rows, j *Job, a *Attempt, s Settlement) {
	b.close(r, j, a, s, OutcomeResend)
	j.Tally.Released.Add(a.Message, 1)
	r.Wait = append(r.Wait, Waiting{Recipient: a.Recipient, Due: r.Now, Generation: a.Generation + 1, Why: Because(CodeResend)})
	r.rouse(j.Campaign.ID, r.Now)
	r.note(a, s, EventResend, s.Why)
}

// close moves an attempt from the open rows to the log.
func (b *judgeBook) close(r *Rows, j *Job, a *Attempt, s Settlement, o Outcome) {
	if a.Phase == Lost {
		j.Tally.Unknown--
	}
	// A clock that was set back since the take must not keep an outcome out.
	c := Closed{Attempt: a.ID, Tenant: a.Tenant, Recipient: a.Recipient, Generation: a.Generation, Try: a.Try,
		Instance: a.Instance, Message: a.Message, Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: later(r.Now, a.TakenAt),
		Outcome: o, ProviderID: s.Accepted.ProviderID, Evidence: s.Evidence, Why: s.Why}
	if o == OutcomeAccepted && c.Evidence == "" {
		c.Evidence = ByAnswer
	}
	if Erased(a.Phone) {
		c.Phone = "" // the log has no places to keep
	}
	r.Close = append(r.Close, c)
	delete(r.Open, a.ID)
	for i, x := range r.Changed {
		if x == a {
			r.Changed = append(r.Changed[:i], r.Changed[i+1:]...)
			break
		}
	}
	if r.Ended == nil {
		r.Ended = make(map[AttemptID]Closed)
	}
	r.Ended[a.ID] = c
}

// ended applies late news of an attempt that was closed before: only a proof
// that it went out after all counts, and only against an operator's word.
func (b *judgeBook) ended(r *Rows, c Closed, s Settlement) {
	if s.Outcome != OutcomeAccepted || s.Evidence == ByOperator || s.Accepted.ProviderID == "" {
		return
	}
	if c.Outcome != OutcomeMarkedUnsent && c.Outcome != OutcomeResend {
		return
	}
	key := ProviderKey{c.Instance, s.Accepted.ProviderID}
	if holder, ok := r.Claimed[key]; ok && holder != c.Attempt {
		return
	}
	j, p := r.Jobs[c.Recipient.Campaign], r.People[c.Recipient]
	if j == nil || p == nil {
		return
	}
	r.claim(key, c.Attempt)
	was := c.Outcome
	c.Outcome, c.ProviderID, c.Evidence, c.Why = OutcomeAccepted, s.Accepted.ProviderID, s.Evidence, s.Why
	if c.Evidence == "" {
		c.Evidence = ByAnswer
	}
	at := s.Accepted.At
	if at.IsZero() {
		at = r.Now
	}
	w, waits := r.Waits[c.Recipient]
	withdrawn := was == OutcomeResend && waits && w.Generation == c.Generation+1
	// The recipient failed, or was cancelled, in the belief that this attempt
	// had not gone out.
	failed := p.State == Failed
	dropped := p.State == Dropped
	if withdrawn && w.Tries > 0 || (failed || dropped) && p.Generation > c.Generation {
		c.Why = Because(CodeContradicted, "was", string(was)) // see overtaken
	}
	if withdrawn {
		r.Unwait = append(r.Unwait, c.Recipient)
		delete(r.Waits, c.Recipient)
	}
	if failed {
		j.Tally.Failed--
	}
	if withdrawn || failed || dropped {
		j.Tally.Sent++
		j.Tally.SentOf.Add(c.Message, 1)
		j.Tally.Released.Add(c.Message, -1)
		j.Tally.LastSentAt = later(j.Tally.LastSentAt, at)
		p.State, p.Why, p.Message, p.Generation, p.Tries = Sent, Reason{}, c.Message, c.Generation, c.Try
		p.Instance, p.ProviderID, p.TakenAt, p.SentAt = c.Instance, c.ProviderID, c.TakenAt, at
		r.Settled = append(r.Settled, p)
	}
	r.Amended = append(r.Amended, c)
	r.Ended[c.Attempt] = c
	r.Events = append(r.Events, Event{Tenant: c.Tenant, At: r.Now, Type: EventContradicted, Campaign: c.Recipient.Campaign,
		Position: c.Recipient.Position, Instance: c.Instance, Attempt: c.Attempt, Message: c.Message,
		Why: Because(CodeContradicted, "was", string(was), "evidence", string(c.Evidence))})
}

// sweep gives up the attempts that nobody works on, and frees the phones whose
// quarantine has ended.
func (b *judgeBook) sweep(r *Rows) {
	all := slices.SortedFunc(maps.Values(r.Open), func(a, b *Attempt) int {
		return cmp.Or(cmp.Compare(a.Recipient.Campaign, b.Recipient.Campaign), cmp.Compare(a.Recipient.Position, b.Recipient.Position))
	})
	for _, a := range all {
		j, n := r.Jobs[a.Recipient.Campaign], r.Numbers[a.Instance]
		if j == nil || n == nil {
			continue
		}
		if a.Phase == Flying {
			b.lose(r, j, n, a, Because(CodeSwept))
			n.Meter.wake(r.Now, j.Campaign.ends(b.timing.Deadline))
		}
		if a.Phase == Lost && a.Held && !r.Now.Before(a.Quarantine) {
			a.Held = false
			r.change(a)
			r.Events = append(r.Events, a.event(r.Now, EventReleased, Reason{}))
		}
	}
}

func (r *Rows) change(a *Attempt) {
	for _, x := range r.Changed {
		if x == a {
			return
		}
	}
	r.Changed = append(r.Changed, a)
}

func (r *Rows) claim(k ProviderKey, a AttemptID) {
	if r.Claimed == nil {
		r.Claimed = make(map[ProviderKey]AttemptID)
	}
	r.Claimed[k] = a
}

func (r *Rows) rouse(id ID, at time.Time) {
	if r.Rouse == nil {
		r.Rouse = make(map[ID]time.Time)
	}
	if old, ok := r.Rouse[id]; !ok || at.Before(old) {
		r.Rouse[id] = at
	}
}

func (r *Rows) note(a *Attempt, s Settlement, t EventType, why Reason) {
	e := a.event(r.Now, t, why)
	e.Author = s.Author
	r.Events = append(r.Events, e)
}
