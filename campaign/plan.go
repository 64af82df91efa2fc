package campaign

import (
	"fmt"
	"slices"
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
	tell      func(part string, err error) // of faults of the host's own code
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
	aside := job.setAside(num.Instance.ID, r.Now)
	defer func() { job.putBack(aside) }()
	others := t.shuns(r.Now) || len(aside) > 0
	for {
		_, only := m.Cold.Shut(r.Now)
		v := prospect{campaign: job.Campaign, recipe: rec, instance: num.Instance, meter: *m,
			free: len(free) > 0, deadline: p.timing.Deadline, queue: t.queue(only)}
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
		var (
			a     *Attempt
			tries bool // the cold lane
		)
		if _, over := r.Over[job.Campaign.ID]; !over {
			a, tries = p.next(r, t, rec, free[0], only)
		}
		if why, over := r.Over[job.Campaign.ID]; over {
			m.nap(r.Now, r.Now.Add(p.timing.Backoff), why)
			return
		}
		if a == nil {
			p.idle(r, t, only, others)
			return
		}
		m.Why = Reason{}
		m.roll(r.Now, rec.zone(num.Instance))
		m.charge(a, num.Instance.Pace.tighten(job.Campaign.Pace))
		m.probed(r.Now)
		r.Begin = append(r.Begin, a)
		r.Events = append(r.Events, a.event(r.Now, EventTaken, Reason{}))
		free = free[1:]
		if tries { // whom the number may take now was not loaded
			m.Cold.Until = r.Now.Add(probeFor)
			m.nap(r.Now, r.Now, Reason{})
			return
		}
	}
}

// idle leaves a turn that found nobody to send to. Where people are left, all
// that were loaded had to be passed over, or wait for another number.
func (p *planner) idle(r *Rows, t *Turn, only, others bool) {
	m := &t.Number.Meter
	v := prospect{campaign: t.Job.Campaign, meter: *m, queue: t.queue(only)}
	s, _ := peopleGate(&v, r.Now)
	at := s.Until
	if s.Why.IsZero() {
		if at = r.Now; others {
			at = r.Now.Add(PhoneWait)
		}
	}
	m.nap(r.Now, at, s.Why)
}

// queue is what a turn knows of who is to be taken. only tells that the number
// may take none but those who know it.
func (t *Turn) queue(only bool) *standby {
	j := t.Job
	if only {
		return &standby{ahead: int64(len(t.Due)) + j.Campaign.Total - j.Cursor.Position, due: t.NextDue, aside: true}
	}
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

// next walks the candidates until one can be sent to, and makes the attempt. It
// tells whether that tries the number's cold lane.
func (p *planner) next(r *Rows, t *Turn, rec *recipe, slot int, only bool) (a *Attempt, tries bool) {
	job := t.Job
	cook := &cook{recipe: rec, job: job, variables: p.variables}
	for {
		c, ok := t.first(r, only)
		if !ok {
			return nil, false
		}
		w := r.judged(c, cook)
		s, shut := w.shut(r.Now)
		if w.fault != nil {
			p.tell("plan", w.fault)
			if r.fails(t.upcoming(only), cook) {
				r.over(job.Campaign.ID, s.Why)
				return nil, false
			}
		}
		t.pop(only)
		if c.Waiting {
			r.unwait(c.Recipient.ID)
		} else {
			job.Cursor.Position = c.Recipient.ID.Position
		}
		switch {
		case shut && s.Never:
			r.skip(job, c.Recipient, s.Why)
			continue
		case shut:
			r.postpone(job, c.Recipient, s)
			t.NextDue = earlier(t.NextDue, s.Until)
			continue
		}
		var passes bool
		if passes, tries = r.passes(&t.Number.Meter, t.Number.Instance, c, r.Now); !passes {
			s, _ := t.Number.Meter.Cold.shut(r.Now)
			r.stranded(job, c, s)
			continue
		}
		r.seize(c.Recipient.Contact.Phone.Canonical())
		m := rec.live[w.chosen].ID
		job.Cursor.Picked.Add(m, 1)
		a := p.attempt(r.Now, t, c.Recipient, m, string(w.text), slot)
		r.write(a, letter{c.Recipient.Contact, rec.templates[w.chosen].values(p.variables,
			job.Campaign.ask(c.Recipient.ID, c.Recipient.Contact, r.Now.In(rec.loc)))})
		return a, tries
	}
}

// judged is a candidate as the gates of a person see it.
func (r *Rows) judged(c Candidate, cook *cook) *person {
	w := &person{Recipient: c.Recipient, suppressed: c.Suppressed, busy: c.Busy || r.seized[c.Recipient.Contact.Phone.Canonical()], cook: cook}
	w.State = Pending // who was settled before is a candidate by a new order
	return w
}

// fails reports whether the host's own code fails for all of these people, and
// not only for the one before them.
func (r *Rows) fails(people []Candidate, cook *cook) bool {
	failed := 0
	for _, c := range people {
		w := r.judged(c, cook)
		_, shut := w.shut(r.Now)
		switch {
		case w.fault != nil:
			failed++
		case !shut:
			return false
		}
	}
	return failed > 0
}

// postpone puts a recipient back among the waiting.
func (r *Rows) postpone(j *Job, to Recipient, s Shut) {
	s.Why = s.Why.shunning(to.Why)
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
		Phone: rcpt.Contact.Phone.Canonical(), Message: m, Text: text, Gap: gap,
		TakenAt: now, StartBy: by,
		SweepAt:    by.Add(p.timing.Timeout + p.timing.Typing + sweepGrace),
		Quarantine: by.Add(p.timing.Typing + p.timing.Late + wholeSecond),
		Daemon:     p.daemon, Phase: Flying, Held: true,
	}
}

// lines are those in which the candidates of a turn stand, in the order in which
// they are taken.
func (t *Turn) lines(only bool) [2]*[]Candidate {
	if only {
		return [2]*[]Candidate{&t.Due, &t.Job.Ahead}
	}
	return [2]*[]Candidate{&t.Job.Due, &t.Job.Ahead}
}

// first is whom pop takes out.
func (t *Turn) first(r *Rows, only bool) (c Candidate, ok bool) {
	for _, line := range t.lines(only) {
		for len(*line) > 0 && r.passed[(*line)[0].Recipient.ID] {
			*line = (*line)[1:] // another turn had this one in a line of its own
		}
		if len(*line) > 0 {
			return (*line)[0], true
		}
	}
	return c, false
}

// upcoming are the next few after the first.
func (t *Turn) upcoming(only bool) []Candidate {
	l := t.lines(only)
	few := slices.Concat((*l[0])[:min(len(*l[0]), 5)], (*l[1])[:min(len(*l[1]), 5)])
	return few[1:min(len(few), 5)]
}

func (t *Turn) pop(only bool) {
	for _, line := range t.lines(only) {
		if len(*line) > 0 {
			*line = (*line)[1:]
			return
		}
	}
}

func (r *Rows) unwait(id RecipientID) {
	r.Unwait = append(r.Unwait, id)
	if r.passed == nil {
		r.passed = make(map[RecipientID]bool)
	}
	r.passed[id] = true
}

// pick chooses a message. The error is the fault of the host's own rotation.
func (r *recipe) pick(j *Job, to Recipient) (i int, err error) {
	if len(r.live) == 1 {
		return 0, nil
	}
	ch := Choice{Used: make([]int64, len(r.live)), Recipient: to, Seed: j.Campaign.Seed}
	for i, m := range r.live {
		ch.Used[i] = j.Cursor.Picked[m.ID] - j.Tally.Released[m.ID]
	}
	err = guard("the rotation", func() error {
		i = r.rotation.Pick(r.live, ch)
		return nil
	})
	if err == nil && (i < 0 || i >= len(r.live)) {
		err = fmt.Errorf("campaign: the rotation %s chose message %d of %d", r.rotationName, i, len(r.live))
	}
	return i, err
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

// halt is over for a campaign that is at fault by itself: it waits until
// somebody resumes it.
func (r *Rows) halt(id ID, why Reason) {
	r.over(id, why)
	if r.halted == nil {
		r.halted = make(map[ID]bool)
	}
	r.halted[id] = true
}

// skip leaves a recipient out for good.
func (r *Rows) skip(j *Job, to Recipient, why Reason) {
	// What its row tells of a message that it was sent before is past.
	to = Recipient{ID: to.ID, Contact: to.Contact, Tries: to.Tries, Generation: to.Generation, State: Skipped, Why: why}
	j.Cursor.Skipped++
	r.Settled = append(r.Settled, &to)
	r.Events = append(r.Events, Event{Tenant: j.Campaign.Tenant, At: r.Now, Type: EventSkipped,
		Campaign: j.Campaign.ID, Position: to.ID.Position, Why: why})
}
