package campaign

import (
	"context"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// A number has two lanes: a warm one to people who know it, see Warm, and a cold
// one to everybody else. WhatsApp restricts the cold one first: the errors that
// it reports then concern strangers alone, and messages to people who know the
// number arrive. So such errors shut the cold lane, for as long as they would
// hold a number, and it is tried by one message to a stranger at a time. When
// only people who know the number are left, nothing tries it: it stays as it is,
// and is in nobody's way.

// ColdLane is what a number's meter holds of its cold lane.
type ColdLane struct {
	// Held says why nothing is sent to strangers until Until, when one message
	// tries it; a zero Until lasts until somebody opens it. Zero while it is open.
	Held  Reason
	Until time.Time
	// Holds counts the holds in a row, and Errors the late failures of strangers
	// since the last one who got a message.
	Holds, Errors int
}

// Strangers is the lane of a Waiting of somebody whom no number of the campaign
// knew.
const Strangers InstanceID = -1

// Shut reports whether the lane is shut at t, and until when; zero if that is
// not known.
func (l *ColdLane) Shut(t time.Time) (until time.Time, shut bool) {
	if l.Held.IsZero() || !l.Until.IsZero() && !t.Before(l.Until) {
		return time.Time{}, false
	}
	return l.Until, true
}

// queue is whom the books have for a number.
func (b Books) queue(total int64, i InstanceID, now time.Time, m Meter) *standby {
	q := &standby{ahead: total - b.Cursor.Position, due: b.NextDue, why: b.NextWhy}
	if _, shut := m.Cold.Shut(now); !shut {
		return q
	}
	q.due, q.why = time.Time{}, Reason{}
	for lane, l := range b.Lanes {
		if lane == 0 || lane == i {
			q.due = earlier(q.due, l.NextDue)
		} else {
			q.aside = true
		}
	}
	if q.due.Equal(b.NextDue) {
		q.why = b.NextWhy
	}
	return q
}

func (l *ColdLane) open() { *l = ColdLane{} }

// shut is the gate of the lane.
func (l *ColdLane) shut(t time.Time) (Shut, bool) {
	until, shut := l.Shut(t)
	if !shut {
		return Shut{}, false
	}
	return Shut{Why: Because(CodeColdHeld, "why", string(l.Held.Code), "until", stamp(until)), Until: until}, true
}

// coldGate is shut for a person whom the number does not know while its cold
// lane is.
func coldGate(p *prospect, t time.Time) (Shut, bool) {
	if !p.stranger {
		return Shut{}, false
	}
	return p.meter.Cold.shut(t)
}

// coldFailed counts a late failure of somebody who did not know the number.
func (b *judgeBook) coldFailed(r *Rows, num *Number, c Closed, n Notice) {
	l := &num.Meter.Cold
	if !toldSince(l.Held, c) {
		return
	}
	l.Errors++
	if l.Held.IsZero() && l.Errors < b.timing.RestrictAfter {
		return
	}
	if l.Held.Code == CodeByPerson {
		return // whoever has shut it opens it
	}
	l.Holds++
	l.Until = n.stated(r.Now)
	if l.Until.IsZero() {
		l.Until = r.Now.Add(b.timing.restrict(l.Holds))
	}
	l.Held = Because(CodeColdRestricted, "errors", strconv.Itoa(l.Errors), "since", r.Now.UTC().Format(time.RFC3339Nano), "until", stamp(l.Until))
	num.Meter.wake(r.Now, time.Time{}) // people who know it may be left
	r.Events = append(r.Events, Event{Tenant: c.Tenant, At: r.Now, Type: EventInstanceColdHeld, Instance: c.Instance, Why: l.Held})
}

// coldArrived notes that somebody who did not know the number got a message.
func (b *judgeBook) coldArrived(r *Rows, num *Number, c Closed) {
	l := &num.Meter.Cold
	if !toldSince(l.Held, c) {
		return
	}
	l.Errors = 0
	if l.Held.IsZero() || l.Held.Code == CodeByPerson {
		return
	}
	l.open()
	num.Meter.wake(r.Now, time.Time{})
	r.Events = append(r.Events, Event{Tenant: c.Tenant, At: r.Now, Type: EventInstanceColdFreed, Instance: c.Instance, Why: Because(CodeColdOpened)})
}

// statedMost bounds how far off the end of a restriction is believed to be.
const statedMost = 30 * 24 * time.Hour

// Restricted records the provider's word that a number may begin no chats, until
// an instant if it states one, or that it may again: then one message tries it.
// A lane that a person has shut stays as it is.
func (s *Service) Restricted(ctx context.Context, id InstanceID, active bool, until time.Time) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	err := s.rows.Update(ctx, func(w Writer) error {
		n, err := w.Number(id)
		if err != nil {
			return err
		}
		l, now := n.Meter.Cold, s.now()
		if l.Held.Code == CodeByPerson || !l.told(active, until.UTC(), now, s.e.Timing) {
			return errUnchanged
		}
		if err := w.AmendMeter(id, func(m *Meter) { m.Cold = l; m.wake(now, time.Time{}) }); err != nil {
			return err
		}
		if !active {
			return nil // its events are those of the message that tries it
		}
		return s.changed(w, n, EventInstanceColdHeld, l.Held)
	})
	if err == errUnchanged {
		return nil
	}
	s.e.pulse.beat()
	return err
}

// told takes the provider's own word over, and tells whether it changes anything.
func (l *ColdLane) told(active bool, until, now time.Time, t Timing) (changed bool) {
	_, shut := l.Shut(now)
	switch {
	case !active:
		if !shut {
			return false
		}
		l.Until = now
		return true
	case until.After(now) && until.Before(now.Add(statedMost)):
		if shut && l.Until.Equal(until) {
			return false
		}
	case shut:
		return false // it says no more than what is known
	default:
		until = now.Add(t.restrict(l.Holds + 1))
	}
	l.Holds, l.Until = max(l.Holds, 1), until
	l.Held = Because(CodeColdRestricted, "since", now.UTC().Format(time.RFC3339Nano), "until", stamp(until))
	return true
}

// stated is when the provider itself says that a restriction ends, as the
// argument "until" of the reason; zero if it does not say, or it is over.
func (n Notice) stated(now time.Time) time.Time {
	at, err := time.Parse(time.RFC3339, n.Why.Args["until"])
	if err != nil || !at.After(now) || !at.Before(now.Add(statedMost)) {
		return time.Time{}
	}
	return at.UTC()
}

// passes reports whether a number may send to a candidate at t, and whether the
// message tries its cold lane. It asks who knows whom only where the lane is
// held.
func (r *Rows) passes(m *Meter, i Instance, c Candidate, t time.Time) (ok, tries bool) {
	if m.Cold.Held.IsZero() || r.knows(i.Tenant, i.ID, c.Recipient.Contact.Phone) {
		return true, false
	}
	_, shut := m.Cold.Shut(t)
	return !shut, !shut
}

func (r *Rows) knows(t Tenant, i InstanceID, p contact.Phone) bool {
	_, known := r.Warm[Warm{t, i, p.Canonical()}]
	return known
}

// stranded puts a candidate whom a number may not write to now among the
// waiting, for the numbers of the campaign that know the person, or for the
// first whose cold lane is open.
func (r *Rows) stranded(j *Job, c Candidate, s Shut) {
	why := s.Why.shunning(c.Recipient.Why)
	w := Waiting{Recipient: c.Recipient.ID, Due: r.Now, Tries: c.Recipient.Tries, Generation: c.Recipient.Generation,
		Why: why, Lane: Strangers}
	if c.Waiting {
		w.Due = c.Recipient.Due // the place in the line stays
	}
	for _, i := range j.Campaign.Instances {
		if (w.Lane == Strangers || i < w.Lane) && r.knows(j.Campaign.Tenant, i, c.Recipient.Contact.Phone) {
			w.Lane = i
		}
	}
	r.Wait = append(r.Wait, w)
	r.Events = append(r.Events, Event{Tenant: j.Campaign.Tenant, At: r.Now, Type: EventPostponed,
		Campaign: j.Campaign.ID, Position: c.Recipient.ID.Position, Why: why})
}

// strangerTo says of which of some numbers the person with a phone is a stranger.
func strangerTo(r Reader, all []prospect, p contact.Phone) error {
	if Erased(p) {
		return nil
	}
	known, err := r.Warm(p.Stored())
	if err != nil {
		return err
	}
	of := make(map[InstanceID]bool)
	for w := range known {
		of[w.Instance] = true
	}
	for i := range all {
		all[i].stranger = !of[all[i].instance.ID]
	}
	return nil
}
