package simulation

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/schedule"
)

// begins checks a send at the instant of its first byte.
func (w *witness) begins(p *process, f *flight) {
	s := w.s
	if f.request != nil {
		s.violate("I1", "attempt %s of %s is sent a second time", f.id, f.rec)
	}
	if k := w.campaigns[f.rec.Campaign]; k != nil && k.halted {
		s.violate("I2", "%s begins after its campaign was stopped with proof", f.rec)
	}
	if p.stopped {
		s.violate("I2", "%s begins in %s, in which everything was stopped with proof", f.rec, p.name)
	}
	if late := s.now.Sub(f.clocked); late > startDeadline {
		s.violate("I6", "%s begins %v after its take", f.rec, late)
	}
	for _, r := range w.person(f.rec).requests {
		if r.f.generation == f.generation && (r.performs || r.done.After(s.now)) {
			s.violate("I1", "%s is sent again in generation %d, while attempt %s has gone out or may", f.rec, f.generation, r.f.id)
		}
	}
	w.phoneIsFree(f)
	w.windowIsOpen(f)
	w.paceAllows(f)
}

// phoneIsFree checks that no other request to this phone can still go out.
func (w *witness) phoneIsFree(f *flight) {
	s := w.s
	all := s.gateway.phones[f.phone]
	for _, r := range all {
		if r.f != f && r.done.After(s.now) {
			s.violate("I4", "%s begins while %s, to the same phone, can go out until %s", f.rec, r.f.rec, r.done.Format(time.TimeOnly))
		}
	}
}

// windowIsOpen checks the schedule by the true time. Clocks that are off may
// be wrong by as much at its edges.
func (w *witness) windowIsOpen(f *flight) {
	s := w.s
	for _, t := range []time.Time{s.now, s.now.Add(-s.nature.Skew), s.now.Add(s.nature.Skew)} {
		if f.window == nil || f.window.Next(t).Equal(t) && officeHours(f.spec, t) {
			return
		}
	}
	s.violate("I6", "%s begins at %s, outside %q", f.rec, s.now.In(saoPaulo).Format("Mon 02 Jan 2006 15:04:05"), f.spec)
}

// saoPaulo has had no summer time since 2019.
var saoPaulo = time.FixedZone("-03", -3*60*60)

// officeHours is the rule of business_days, written down a second time without
// its holidays.
func officeHours(spec schedule.Spec, t time.Time) bool {
	if spec.Kind != schedule.KindBusinessDays {
		return true
	}
	l := t.In(saoPaulo)
	return l.Weekday() != time.Saturday && l.Weekday() != time.Sunday && l.Hour() >= 9 && l.Hour() < 18
}

// paceAllows checks the rest since the number's last message, and its caps.
func (w *witness) paceAllows(f *flight) {
	s := w.s
	if r := w.last[f.instance]; r != nil && s.nature.Slots == 1 {
		if rest := s.now.Sub(r.begun); rest < r.f.gap-2*s.nature.Skew {
			s.violate("I7", "number %d begins %s after %v, and has to rest %v", f.instance, f.rec, rest, r.f.gap)
		}
	}
	hour, day := capKeys(f)
	w.caps[hour]++
	w.caps[day]++
	// A clock that is off counts into the next hour what belongs to this one.
	edge := f.takenAt.Sub(f.takenAt.Truncate(time.Hour))
	if s.nature.Skew > 0 && (edge < 2*s.nature.Skew || edge > time.Hour-2*s.nature.Skew) {
		return
	}
	if n := w.caps[hour]; f.perHour > 0 && n > f.perHour {
		s.violate("I7", "number %d begins the send %d of an hour that holds %d", f.instance, n, f.perHour)
	}
	if n := w.caps[day]; f.perDay > 0 && n > f.perDay {
		s.violate("I7", "number %d begins the send %d of a day that holds %d", f.instance, n, f.perDay)
	}
}

func capKeys(f *flight) (hour, day capKey) {
	l := f.takenAt.In(saoPaulo)
	d := time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, saoPaulo)
	return capKey{f.instance, f.takenAt.Truncate(time.Hour).Unix()}, capKey{f.instance, -d.Unix()}
}

// began enters a request that the gateway has got.
func (w *witness) began(r *request) {
	p := w.person(r.f.rec)
	p.requests = append(p.requests, r)
	g := w.s.gateway
	g.phones[r.f.phone] = append(g.phones[r.f.phone], r)
	r.before = w.last[r.f.instance]
	w.last[r.f.instance] = r
}

// spared takes back that a number has to rest after a request, because its
// caller will be told that nothing went out.
func (w *witness) spared(r *request) {
	if w.last[r.f.instance] == r {
		w.last[r.f.instance] = r.before
	}
}

// performed sees a message go out.
func (w *witness) performed(r *request) {
	n := 0
	for _, o := range w.person(r.f.rec).requests {
		if o.performed && o.f.generation == r.f.generation {
			n++
		}
	}
	if n > 1 {
		w.s.violate("I1", "%s got generation %d %d times", r.f.rec, r.f.generation, n)
	}
}

type windowKey struct {
	id            campaign.ID
	rev, calendar int64
}

// windowOf compiles the window that a take has seen; nil is always open.
func (w *witness) windowOf(j *campaign.Job) schedule.Window {
	if j.Campaign.Schedule.Kind == "" {
		return nil
	}
	k := windowKey{j.Campaign.ID, j.Campaign.Rev, j.Calendar.Rev}
	if x, ok := w.open[k]; ok {
		return x
	}
	days, err := j.Calendar.Compile()
	if err != nil {
		w.s.violate("I6", "campaign %s sends on a calendar that cannot be right: %v", j.Campaign.ID, err)
		return nil
	}
	x, err := j.Campaign.Schedule.Window(days)
	if err != nil {
		w.s.violate("I6", "campaign %s sends on a schedule that cannot be right: %v", j.Campaign.ID, err)
		return nil
	}
	w.open[k] = x
	return x
}
