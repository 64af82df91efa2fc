package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// PhoneWait is how long a recipient waits when its phone is busy.
const PhoneWait = 20 * time.Second

// planner decides what the due instances send. It is pure but for the ids that
// it gives to attempts: rows in, rows out.
type planner struct {
	kitchen   *kitchen
	variables Variables
	timing    Timing
	daemon    string
	max       int
	newID     func() AttemptID
}

// plan takes the turns of r in order.
func (p *planner) plan(r *Rows) {
	for _, t := range r.Turns {
		p.turn(r, t)
	}
}

func (p *planner) turn(r *Rows, t *Turn) {
	job, num := t.Job, t.Number
	m := &num.Meter
	rec := p.kitchen.recipe(job.Campaign, job.Calendar)
	free := t.Free
	if !m.Held.IsZero() && len(free) > 1 {
		free = free[:1] // one send probes a number that was held
	}
	for {
		v := prospect{campaign: job.Campaign, recipe: rec, instance: num.Instance, meter: *m,
			free: len(free) > 0, deadline: p.timing.Deadline, queue: job.queue()}
		at, shut := v.opens(r.Now)
		if at.IsZero() || at.After(r.Now) {
			switch {
			case shut.Never && v.spent(r.Now):
				r.over(job.Campaign.ID, shut.Why)
			case shut.Never:
				at = job.Campaign.ends(p.timing.Deadline) // others may go on until then
			}
			m.nap(r.Now, at, shut.Why)
			return
		}
		if len(r.Begin) >= p.max {
			m.nap(r.Now, r.Now, Reason{})
			return
		}
		a := p.next(r, t, rec, free[0])
		if a == nil {
			p.idle(r, t)
			return
		}
		m.Why = Reason{}
		m.roll(r.Now, rec.zone(num.Instance))
		m.charge(a, num.Instance.Pace.tighten(job.Campaign.Pace))
		r.Begin = append(r.Begin, a)
		r.Events = append(r.Events, a.event(r.Now, EventTaken, Reason{}))
		free = free[1:]
	}
}

// idle leaves a turn that found nobody to send to. Where people are left, all
// that were loaded had to be passed over.
func (p *planner) idle(r *Rows, t *Turn) {
	m := &t.Number.Meter
	v := prospect{queue: t.Job.queue()}
	s, _ := peopleGate(&v, r.Now)
	at := s.Until
	if s.Why.IsZero() {
		at = r.Now
	}
	m.nap(r.Now, at, s.Why)
}

// queue is what a job knows of who is to be taken.
func (j *Job) queue() *standby {
	return &standby{ahead: int64(len(j.Due)) + j.Campaign.Total - j.Cursor.Position, due: j.NextDue}
}

// nap sets the next look at an instance: at, or in MaxNap if that is earlier
// or at is not known.
func (m *Meter) nap(now, at time.Time, why Reason) {
	m.WakeAt, m.Why = now.Add(MaxNap), why
	if !at.IsZero() && at.Before(m.WakeAt) {
		m.WakeAt = at
	}
}

// next walks the candidates until one can be sent to, and makes the attempt.
func (p *planner) next(r *Rows, t *Turn, rec *recipe, slot int) *Attempt {
	job := t.Job
	cook := &cook{recipe: rec, job: job, variables: p.variables}
	for {
		c, ok := job.pop()
		if !ok {
			return nil
		}
		if c.Waiting {
			r.Unwait = append(r.Unwait, c.Recipient.ID)
		} else {
			job.Cursor.Position = c.Recipient.ID.Position
		}
		w := person{Recipient: c.Recipient, suppressed: c.Suppressed, busy: c.Busy || r.seized[c.Recipient.Contact.Phone], cook: cook}
		w.State = Pending // who was settled before is a candidate by a new order
		switch s, shut := w.shut(r.Now); {
		case shut && s.Never:
			r.skip(job, c.Recipient, s.Why)
			continue
		case shut:
			r.postpone(job, c.Recipient, s)
			continue
		}
		r.seize(c.Recipient.Contact.Phone)
		m := rec.live[w.chosen].ID
		job.Cursor.Picked.Add(m, 1)
		return p.attempt(r.Now, t, c.Recipient, m, string(w.text), slot)
	}
}

// postpone puts a recipient back among the waiting.
func (r *Rows) postpone(j *Job, to Recipient, s Shut) {
	r.Wait = append(r.Wait, Waiting{Recipient: to.ID, Due: s.Until, Tries: to.Tries, Generation: to.Generation, Why: s.Why})
	j.NextDue = earlier(j.NextDue, s.Until)
	r.Events = append(r.Events, Event{Tenant: j.Campaign.Tenant, At: r.Now, Type: EventPostponed,
		Campaign: j.Campaign.ID, Position: to.ID.Position, Why: s.Why})
}

func (p *planner) attempt(now time.Time, t *Turn, rcpt Recipient, m MessageID, text string, slot int) *Attempt {
	c := t.Job.Campaign
	try := rcpt.Tries + 1
	lo, hi := t.Number.Instance.Pace.tighten(c.Pace).gaps()
	gap := between(keyed(c.Seed, drawGap, uint64(rcpt.ID.Position), uint64(rcpt.Generation), uint64(try)), lo, hi)
	by := now.Add(p.timing.Deadline)
	return &Attempt{
		ID: p.newID(), Tenant: c.Tenant, Recipient: rcpt.ID, Generation: rcpt.Generation, Try: try,
		Instance: t.Number.Instance.ID, Slot: slot, Route: t.Number.Instance.Route(),
		Phone: rcpt.Contact.Phone, Message: m, Text: text, Gap: gap,
		TakenAt: now, StartBy: by,
		SweepAt:    by.Add(p.timing.Timeout + p.timing.Typing + sweepGrace),
		Quarantine: by.Add(p.timing.Typing + p.timing.Late + wholeSecond),
		Daemon:     p.daemon, Phase: Flying, Held: true,
	}
}

func (j *Job) pop() (c Candidate, ok bool) {
	if len(j.Due) > 0 {
		c, j.Due = j.Due[0], j.Due[1:]
		return c, true
	}
	if len(j.Ahead) > 0 {
		c, j.Ahead = j.Ahead[0], j.Ahead[1:]
		return c, true
	}
	return c, false
}

func (r *recipe) pick(j *Job, to Recipient) int {
	if len(r.live) == 1 {
		return 0
	}
	ch := Choice{Used: make([]int64, len(r.live)), Recipient: to, Seed: j.Campaign.Seed}
	for i, m := range r.live {
		ch.Used[i] = j.Cursor.Picked[m.ID] - j.Tally.Released[m.ID]
	}
	i := r.rotation.Pick(r.live, ch)
	if i < 0 || i >= len(r.live) {
		return 0 // a rotation that errs must not stop a campaign
	}
	return i
}

func (r *Rows) seize(p contact.Phone) {
	if r.seized == nil {
		r.seized = make(map[contact.Phone]bool)
	}
	r.seized[p] = true
}

func (r *Rows) over(id ID, why Reason) {
	if r.Over == nil {
		r.Over = make(map[ID]Reason)
	}
	r.Over[id] = why
}

// skip leaves a recipient out for good.
func (r *Rows) skip(j *Job, to Recipient, why Reason) {
	to.State, to.Why = Skipped, why
	j.Cursor.Skipped++
	r.Settled = append(r.Settled, &to)
	r.Events = append(r.Events, Event{Tenant: j.Campaign.Tenant, At: r.Now, Type: EventSkipped,
		Campaign: j.Campaign.ID, Position: to.ID.Position, Why: why})
}
