package audit

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// told is an attempt as the events tell of it.
type told struct {
	gen         int
	taken       campaign.Event
	end         campaign.Event // Type is empty while it is open
	lost, freed bool
	answered    bool
	proven      bool // by a contradiction, after its end
	returned    bool // WhatsApp refused it, and its person came back
	arrived     bool // by a contradiction, after its person came back
}

// tale is a recipient's story as its events tell it.
type tale struct {
	*visit
	attempts map[campaign.AttemptID]*told
	// cur is the open attempt, or the one that was sent last.
	cur *told
	// prior is the message whose person came back last.
	prior *told
	state campaign.State
	// waiting tells that the recipient was put back, to be taken again.
	waiting bool
	// dropped tells that a cancelled campaign did not put it back.
	dropped    bool
	gen, tries int
	asked      bool
}

func newTale(v *visit) *tale {
	return &tale{visit: v, attempts: make(map[campaign.AttemptID]*told), state: campaign.Pending, gen: 1}
}

// hear takes the recipient's next event and checks that it may follow the ones
// before it.
func (t *tale) hear(e *campaign.Event) error {
	if code(e.Type) == 0 {
		return nil
	}
	if invariant, what := t.follow(e); invariant != "" {
		return t.fail(invariant, e.Attempt, "event %d (%s) came while the recipient was %s: %s", e.Seq, e.Type, t.state, what)
	}
	return nil
}

// conclude checks that where the story ends is what the rows say.
func (t *tale) conclude() error {
	if t.asked {
		t.c.report.Figures.Asked++
	}
	if err := t.spared(); err != nil {
		return err
	}
	return t.compare()
}

// follow takes the next event. An invariant tells that it may not come here.
func (t *tale) follow(e *campaign.Event) (invariant, what string) {
	of := t.attempts[e.Attempt]
	if of != nil && (of.taken.Message != e.Message || of.taken.Instance != e.Instance) {
		return "I9", "it names another message or instance than its take"
	}
	open := t.state == campaign.Sending || t.state == campaign.Unknown
	mine := open && of != nil && of == t.cur
	switch e.Type {
	case campaign.EventTaken:
		return t.taken(e, of)
	case campaign.EventPostponed:
		if of == nil && t.state == campaign.Pending && (e.Why.Code == campaign.CodePhoneBusy || e.Why.Code == campaign.CodeColdHeld) {
			// Its phone was busy, and nothing was taken, or taken back at once; or no
			// number that was there may write to the person.
			t.waiting = true
			return "", ""
		}
		invariant, what = t.back(e, mine, 0)
		t.stands()
		return invariant, what
	case campaign.EventRetry:
		invariant, what = t.back(e, mine, 1)
		t.stands()
		return invariant, what
	case campaign.EventReturned:
		if of == nil || of != t.cur || t.state != campaign.Sent {
			return "I1", "only what was sent, and not delivered, brings somebody back"
		}
		of.returned, t.prior = true, of
		t.cur, t.state, t.waiting = nil, campaign.Pending, true
		t.gen, t.tries = t.gen+1, 0
	case campaign.EventResend:
		if !mine || t.state != campaign.Unknown {
			return "I1", "only an unknown outcome can be ordered again"
		}
		invariant, what = t.back(e, mine, 0)
		t.gen, t.tries = t.gen+1, 0
		return invariant, what
	case campaign.EventDropped:
		invariant, what = t.back(e, mine, 0)
		t.waiting, t.dropped = false, true
		t.stands()
		return invariant, what
	case campaign.EventSent:
		if !mine {
			return "I9", "nothing was in flight that could be sent"
		}
		of.end, t.state = *e, campaign.Sent
	case campaign.EventFailed:
		invariant, what = t.failed(e, of, mine)
		if mine {
			t.stands()
		}
		return invariant, what
	case campaign.EventSkipped:
		if t.state != campaign.Pending {
			return "I9", "only who waits can be skipped"
		}
		t.state, t.waiting = campaign.Skipped, false
	case campaign.EventUnknown:
		if !mine || t.state != campaign.Sending {
			return "I9", "only what is in flight can be lost"
		}
		of.lost, t.asked, t.state = true, true, campaign.Unknown
	case campaign.EventInquired:
		if !mine || t.state != campaign.Unknown {
			return "I9", "only what is lost is asked after"
		}
	case campaign.EventBeganLate:
		if !mine {
			return "I9", "nothing was in flight that could begin"
		}
	case campaign.EventReleased:
		if !mine || t.state != campaign.Unknown || of.freed {
			return "I4", "only a lost send holds a phone that can be freed, once"
		}
		of.freed = true
	case campaign.EventDelivered, campaign.EventRead, campaign.EventResponded:
		return t.news(e, of)
	case campaign.EventContradicted:
		return t.contradicted(of)
	}
	return "", ""
}

func (t *tale) taken(e *campaign.Event, of *told) (invariant, what string) {
	switch {
	case of != nil:
		return "I9", "the attempt had been taken before"
	case t.state == campaign.Skipped || t.state == campaign.Failed:
		return "I9", "it had ended"
	case t.state != campaign.Pending:
		return "I1", "it may have been sent already"
	}
	of = &told{gen: t.gen, taken: *e}
	t.attempts[e.Attempt] = of
	t.cur, t.state, t.waiting = of, campaign.Sending, false
	return "", ""
}

// back puts the recipient among the waiting.
func (t *tale) back(e *campaign.Event, mine bool, tries int) (invariant, what string) {
	if !mine {
		return "I9", "nothing was in flight that could come back"
	}
	t.cur.end = *e
	t.cur, t.state, t.waiting = nil, campaign.Pending, true
	t.tries += tries
	return "", ""
}

func (t *tale) failed(e *campaign.Event, of *told, mine bool) (invariant, what string) {
	late := reported(e.Why.Code) && of != nil && of == t.cur
	switch {
	case mine:
		of.end = *e
	case t.state == campaign.Failed:
		return "I16", "a recipient fails once"
	case late && (t.state == campaign.Delivered || t.state == campaign.Read):
		return "I14", "what was delivered does not fail"
	case !late || t.state != campaign.Sent:
		return "I9", "nothing was in flight that could fail"
	}
	t.state = campaign.Failed
	return "", ""
}

// reported tells the reasons of who fails by WhatsApp's later word.
func reported(c campaign.Code) bool {
	return c == campaign.CodeProviderError || c == campaign.CodeReturnsUsed || c == campaign.CodeFailedAfterEnd
}

// stands makes the recipient delivered whose attempt came to nothing, where the
// message before it was delivered after all.
func (t *tale) stands() {
	if p := t.prior; p != nil && p.arrived && t.gen == p.gen+1 && (t.cur == nil || t.cur.gen == t.gen) {
		t.cur, t.state, t.gen, t.waiting, t.dropped = p, campaign.Delivered, p.gen, false, false
	}
}

// news moves a message forward that was sent.
func (t *tale) news(e *campaign.Event, of *told) (invariant, what string) {
	if of == nil || of != t.cur {
		return "I14", "it is not about the message that was sent"
	}
	switch t.state {
	case campaign.Sent, campaign.Delivered, campaign.Read:
	default:
		return "I14", "nothing was sent"
	}
	switch {
	case e.Type == campaign.EventResponded && of.answered:
		return "I14", "it was answered already"
	case e.Type == campaign.EventResponded:
		of.answered = true
	case e.Type == campaign.EventDelivered && t.state == campaign.Sent:
		t.state = campaign.Delivered
	case e.Type == campaign.EventRead && t.state != campaign.Read:
		t.state = campaign.Read
	default:
		return "I14", "it was known already: a message moves forward only, one step at a time"
	}
	return "", ""
}

// contradicted is a proof that came after an operator's word, a resend or a
// return. It makes the recipient sent, unless a later generation was sent, is
// under way or was left out on purpose.
func (t *tale) contradicted(of *told) (invariant, what string) {
	marked := of != nil && of.end.Type == campaign.EventFailed && of.end.Why.Code == campaign.CodeMarkedUnsent
	resent := of != nil && of.end.Type == campaign.EventResend
	if of != nil && of.returned {
		if of.arrived {
			return "I9", "it was known already that it arrived"
		}
		of.arrived = true
		if t.state == campaign.Pending && t.waiting && t.gen == of.gen+1 {
			t.cur, t.state, t.gen, t.waiting = of, campaign.Sent, of.gen, false
		}
		return "", ""
	}
	if of == nil || of.proven || (!marked && !resent) {
		return "I9", "no word was given that could be contradicted"
	}
	of.proven = true
	withdrawn := resent && t.state == campaign.Pending && t.waiting && t.gen == of.gen+1
	if withdrawn || t.state == campaign.Failed || t.dropped {
		t.cur, t.state, t.gen, t.waiting, t.dropped = of, campaign.Sent, of.gen, false, false
	}
	return "", ""
}

// compare holds the end of the story against the rows.
func (t *tale) compare() error {
	p := t.p
	state := t.state
	if state == campaign.Pending && t.x.Status == campaign.Cancelled {
		state = campaign.Dropped
	}
	if state != p.State {
		return t.fail("I9", campaign.AttemptID{}, "is %s and its events say %s", p.State, state)
	}
	if t.waiting == p.Due.IsZero() {
		return t.fail("I9", campaign.AttemptID{}, "waits to be taken again: %t, and its events say %t", !p.Due.IsZero(), t.waiting)
	}
	if t.waiting && (t.gen != p.Generation || t.tries != p.Tries) {
		return t.fail("I9", campaign.AttemptID{}, "waits in generation %d with %d tries used, and its events say %d and %d", p.Generation, p.Tries, t.gen, t.tries)
	}
	for i := range t.past {
		c := &t.past[i]
		of := t.attempts[c.Attempt]
		switch {
		case of == nil:
			return t.fail("I9", c.Attempt, "has ended and no event tells that it was taken")
		case of.end.Type == "":
			return t.fail("I9", c.Attempt, "has ended (%s) and no event tells how", c.Outcome)
		case !agrees(c, of):
			return t.fail("I9", c.Attempt, "ended as %s and its event is %s", c.Outcome, of.end.Type)
		case apart(of.taken.At, c.TakenAt) || (apart(of.end.At, c.EndedAt) && !back(of.end.At, c)):
			return t.fail("I9", c.Attempt, "was taken at %v and ended at %v, and its events say %v and %v", c.TakenAt, c.EndedAt, of.taken.At, of.end.At)
		case of.gen != c.Generation || of.taken.Message != c.Message || of.taken.Instance != c.Instance:
			return t.fail("I9", c.Attempt, "is of generation %d with message %d of instance %d, and its events say %d, %d, %d",
				c.Generation, c.Message, c.Instance, of.gen, of.taken.Message, of.taken.Instance)
		}
		delete(t.attempts, c.Attempt)
	}
	if a := t.open; a != nil {
		of := t.attempts[a.ID]
		switch {
		case of == nil || of.end.Type != "":
			return t.fail("I9", a.ID, "is open and its events do not say so")
		case of.gen != a.Generation || of.taken.Message != a.Message || of.taken.Instance != a.Instance || apart(of.taken.At, a.TakenAt):
			return t.fail("I9", a.ID, "is not what its take says")
		case of.freed == a.Held:
			return t.fail("I4", a.ID, "holds its phone: %t, and its events say %t", a.Held, !of.freed)
		}
		delete(t.attempts, a.ID)
	}
	for id, of := range t.attempts {
		return t.fail("I9", id, "was taken (event %d) and no row tells of it", of.taken.Seq)
	}
	return nil
}

func apart(a, b time.Time) bool { return a.Sub(b).Abs() > tolerance }

// back reports whether an attempt ended, by its event, before it was taken: its
// row then says that it ended when it was taken.
func back(end time.Time, c *campaign.Closed) bool {
	return end.Before(c.TakenAt) && !apart(c.EndedAt, c.TakenAt)
}

// agrees reports whether an attempt's outcome and the event of its end say the
// same.
func agrees(c *campaign.Closed, of *told) bool {
	end := of.end.Type
	switch c.Outcome {
	case campaign.OutcomeAccepted:
		return end == campaign.EventSent || (of.proven && (end == campaign.EventFailed || end == campaign.EventResend))
	case campaign.OutcomeNotSent:
		return end == campaign.EventRetry || end == campaign.EventFailed || end == campaign.EventDropped
	case campaign.OutcomeRefused:
		return end == campaign.EventFailed
	case campaign.OutcomeMarkedUnsent:
		return end == campaign.EventFailed && of.end.Why.Code == campaign.CodeMarkedUnsent
	case campaign.OutcomeResend:
		return end == campaign.EventResend
	}
	return end == campaign.EventPostponed || end == campaign.EventFailed || end == campaign.EventDropped
}
