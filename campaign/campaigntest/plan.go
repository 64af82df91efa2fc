package campaigntest

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// The spans of an attempt in these rules.
const (
	startWithin = 2 * time.Second
	sweepAfter  = time.Minute
	quarantine  = 5 * time.Minute
	rest        = 30 * time.Second
)

var attempts atomic.Uint64

// newAttemptID returns an id that no other call has returned.
func newAttemptID() (id campaign.AttemptID) {
	id[0] = 0xA7
	binary.BigEndian.PutUint64(id[8:], attempts.Add(1))
	return id
}

// attempt makes the attempt that a turn would begin for a recipient.
func attempt(now time.Time, t *campaign.Turn, p campaign.Recipient, slot int) *campaign.Attempt {
	i := t.Number.Instance
	return &campaign.Attempt{
		ID: newAttemptID(), Tenant: t.Job.Campaign.Tenant, Recipient: p.ID,
		Generation: p.Generation, Try: p.Tries + 1, Instance: i.ID, Slot: slot, Route: i.Route(),
		Phone: p.Contact.Phone, Message: 1, Text: "Oi " + p.Contact.Name, Gap: rest,
		TakenAt: now, StartBy: now.Add(startWithin), Quarantine: now.Add(quarantine), SweepAt: now.Add(sweepAfter),
		Daemon: "daemon-1", Phase: campaign.Flying, Held: true,
	}
}

// simple is a plan without gates: each free slot takes the next candidate that
// may be written to, and the instance rests.
func simple(r *campaign.Rows) { simpleUpTo(1 << 30)(r) }

func simpleUpTo(limit int) func(*campaign.Rows) {
	return func(r *campaign.Rows) {
		for _, t := range r.Turns {
			t.Number.Meter.WakeAt = r.Now.Add(rest)
			for _, slot := range t.Free {
				if len(r.Begin) >= limit {
					return
				}
				if p, ok := next(r, t.Job); ok {
					begin(r, t, p, slot)
				}
			}
		}
	}
}

// next takes the next candidate of a job that may be written to.
func next(r *campaign.Rows, j *campaign.Job) (campaign.Recipient, bool) {
	for {
		var c campaign.Candidate
		switch {
		case len(j.Due) > 0:
			c, j.Due = j.Due[0], j.Due[1:]
			r.Unwait = append(r.Unwait, c.Recipient.ID)
		case len(j.Ahead) > 0:
			c, j.Ahead = j.Ahead[0], j.Ahead[1:]
			j.Cursor.Position = c.Recipient.ID.Position
		default:
			return campaign.Recipient{}, false
		}
		p := c.Recipient
		switch {
		case c.Suppressed:
			p.State, p.Why = campaign.Skipped, campaign.Because(campaign.CodeOptedOut)
			j.Cursor.Skipped++
			r.Settled = append(r.Settled, &p)
		case c.Busy:
			r.Wait = append(r.Wait, campaign.Waiting{Recipient: p.ID, Due: r.Now.Add(campaign.PhoneWait),
				Tries: p.Tries, Generation: p.Generation, Why: campaign.Because(campaign.CodePhoneBusy)})
		default:
			return p, true
		}
	}
}

func begin(r *campaign.Rows, t *campaign.Turn, p campaign.Recipient, slot int) *campaign.Attempt {
	a := attempt(r.Now, t, p, slot)
	t.Job.Cursor.Picked.Add(a.Message, 1)
	r.Begin = append(r.Begin, a)
	r.Events = append(r.Events, told(r.Now, a, campaign.EventTaken))
	return a
}

func told(now time.Time, a *campaign.Attempt, t campaign.EventType) campaign.Event {
	return campaign.Event{Tenant: a.Tenant, At: now, Type: t, Campaign: a.Recipient.Campaign,
		Position: a.Recipient.Position, Instance: a.Instance, Attempt: a.ID, Message: a.Message}
}

func query(now time.Time, max, slots int) campaign.TakeQuery {
	return campaign.TakeQuery{Now: now, Max: max, Slots: slots}
}

// take takes what is due by the simple plan, one slot for each instance.
func (e *env) take(now time.Time) *campaign.Rows {
	e.Helper()
	r, err := e.store.Take(e.ctx, query(now, 100, 1), simple)
	e.need(err, "Take")
	return r
}

// takeOne takes exactly one attempt.
func (e *env) takeOne(now time.Time) *campaign.Attempt {
	e.Helper()
	r, err := e.store.Take(e.ctx, query(now, 1, 1), simpleUpTo(1))
	e.need(err, "Take")
	e.that(len(r.Begin) == 1, "a take with somebody due began %d attempts, want 1", len(r.Begin))
	return r.Begin[0]
}

// look runs a Take whose plan changes nothing, and returns what was loaded.
func (e *env) look(q campaign.TakeQuery) *campaign.Rows {
	e.Helper()
	r, err := e.store.Take(e.ctx, q, func(*campaign.Rows) {})
	e.need(err, "Take")
	return r
}

// closing is the log's row of an open attempt.
func closing(now time.Time, a *campaign.Attempt, o campaign.Outcome, provider string) campaign.Closed {
	c := campaign.Closed{Attempt: a.ID, Tenant: a.Tenant, Recipient: a.Recipient, Generation: a.Generation,
		Try: a.Try, Instance: a.Instance, Message: a.Message, Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: now,
		Outcome: o, ProviderID: provider}
	if o == campaign.OutcomeAccepted {
		c.Evidence = campaign.ByAnswer
	}
	return c
}

// settle runs a Settle of one attempt.
func (e *env) settle(now time.Time, id campaign.AttemptID, apply func(r *campaign.Rows, a *campaign.Attempt)) (*campaign.Rows, error) {
	e.Helper()
	return e.store.Settle(e.ctx, now, []campaign.Settlement{{Attempt: id}}, func(r *campaign.Rows) {
		a := r.Open[id]
		e.that(a != nil, "Settle did not load the open attempt")
		e.that(r.Jobs[a.Recipient.Campaign] != nil, "Settle did not load the job of the attempt")
		apply(r, a)
	})
}

// accepting is the change that an accepted attempt makes.
func accepting(provider string) func(*campaign.Rows, *campaign.Attempt) {
	return func(r *campaign.Rows, a *campaign.Attempt) {
		j := r.Jobs[a.Recipient.Campaign]
		r.Close = append(r.Close, closing(r.Now, a, campaign.OutcomeAccepted, provider))
		j.Tally.Sent++
		j.Tally.SentOf.Add(a.Message, 1)
		j.Tally.LastSentAt = r.Now
		r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Sent, Message: a.Message,
			Tries: a.Try, Generation: a.Generation, Instance: a.Instance, ProviderID: provider,
			TakenAt: a.TakenAt, SentAt: r.Now})
		r.Events = append(r.Events, told(r.Now, a, campaign.EventSent))
	}
}

// losing makes an attempt unknown; the phone stays held.
func losing(look time.Time) func(*campaign.Rows, *campaign.Attempt) {
	return func(r *campaign.Rows, a *campaign.Attempt) {
		r.Jobs[a.Recipient.Campaign].Tally.Unknown++
		a.Phase, a.LookAt, a.Why = campaign.Lost, look, campaign.Because(campaign.CodeUnknownOutcome)
		r.Changed = append(r.Changed, a)
	}
}

// retrying closes an attempt as not sent; its recipient waits until due.
func retrying(due time.Time) func(*campaign.Rows, *campaign.Attempt) {
	return func(r *campaign.Rows, a *campaign.Attempt) {
		r.Jobs[a.Recipient.Campaign].Tally.Retries++
		r.Close = append(r.Close, closing(r.Now, a, campaign.OutcomeNotSent, ""))
		r.Wait = append(r.Wait, campaign.Waiting{Recipient: a.Recipient, Due: due, Tries: a.Try,
			Generation: a.Generation, Why: campaign.Because(campaign.CodeNotSent)})
	}
}

func (e *env) accept(now time.Time, a *campaign.Attempt, provider string) *campaign.Rows {
	e.Helper()
	r, err := e.settle(now, a.ID, accepting(provider))
	e.need(err, "Settle")
	return r
}

func (e *env) lose(now time.Time, a *campaign.Attempt, look time.Time) {
	e.Helper()
	_, err := e.settle(now, a.ID, losing(look))
	e.need(err, "Settle")
}

func (e *env) retry(now time.Time, a *campaign.Attempt, due time.Time) {
	e.Helper()
	_, err := e.settle(now, a.ID, retrying(due))
	e.need(err, "Settle")
}
