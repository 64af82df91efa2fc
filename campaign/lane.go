package campaign

import (
	"cmp"
	"slices"
	"time"
)

// lane is a number in an outlook.
type lane struct {
	prospect
	pace Pace // with the campaign's
	zone *time.Location
	// at is the next instant at which it looks, and open that its gates are
	// known to be open then. round counts the sends at that instant: numbers
	// that rest for no time take turns.
	at    time.Time
	open  bool
	round int
	wake  time.Time // the instant that the ledger would have called it at

	why    Reason         // why it has stopped
	pauses []pause        // since the last send: they count once there is another
	days   map[int64]*day // by the Unix time of their beginning
	today  *day
	loc    *time.Location // whose days they are
}

// pause is a stretch in which a lane waits for one gate.
type pause struct {
	from, until time.Time
	why         Reason
}

// day is what a lane does on one day.
type day struct {
	begin, end  time.Time
	sends       int64
	first, last time.Time
	waits       []ForecastWait
}

func newLane(p prospect, from time.Time) *lane {
	wake := p.meter.WakeAt
	if wake.After(from) {
		wake = from
	}
	return &lane{prospect: p, pace: p.instance.Pace.tighten(p.campaign.Pace), zone: p.recipe.zone(p.instance),
		at: from, wake: wake, loc: p.recipe.loc, days: make(map[int64]*day)}
}

// move makes the lane look at a later instant.
func (l *lane) move(at time.Time) { l.at, l.wake, l.round = at, at, 0 }

// opening is the first instant from at on at which the lane may send, else why
// it never may.
func (l *lane) opening() (time.Time, Reason) {
	from := l.at
	if until := l.meter.PaceUntil; until.After(from) {
		// What paceGate would say, without the words of it.
		l.wait(from, until, Because(CodeGap))
		from = until
	}
	at, shut := l.pass(from, func(from time.Time, s Shut) { l.wait(from, s.Until, s.Why) })
	return at, shut.Why
}

func (l *lane) wait(from, until time.Time, why Reason) {
	l.pauses = append(l.pauses, pause{from, until, why})
}

// send counts a send at an instant and rests for the gap.
func (l *lane) send(at time.Time, gap time.Duration) {
	for _, p := range l.pauses {
		l.spend(p)
	}
	l.pauses = l.pauses[:0]
	d := l.on(at)
	if d.sends == 0 {
		d.first = at
	}
	d.sends++
	d.last = at
	a := Attempt{TakenAt: at, StartBy: at.Add(l.deadline), Gap: gap}
	l.meter.roll(at, l.zone)
	l.meter.charge(&a, l.pace)
	l.open, l.wake = false, at
	l.round++
}

// spend puts a wait on the days that it lies in.
func (l *lane) spend(p pause) {
	for from := p.from; from.Before(p.until); {
		d := l.on(from)
		until := earlier(d.end, p.until)
		d.spend(p.why.bare(), until.Sub(from))
		from = until
		if from.Before(p.until) {
			// A closed weekend or holiday has another name than the evening before.
			if s, shut := windowGate(&l.prospect, from); shut && s.Until.Equal(p.until) {
				p.why = s.Why
			}
		}
	}
}

// bare is the reason without the instants that differ from one wait to the
// next.
func (r Reason) bare() Reason {
	if r.Code == CodeHoliday {
		return Because(r.Code, "name", r.Args["name"])
	}
	return Because(r.Code)
}

func (d *day) spend(why Reason, took time.Duration) {
	for i := range d.waits {
		if w := &d.waits[i]; w.Why.Code == why.Code && w.Why.Args["name"] == why.Args["name"] {
			w.For += took
			return
		}
	}
	d.waits = append(d.waits, ForecastWait{why, took})
}

// on is the day in which t lies.
func (l *lane) on(t time.Time) *day {
	if d := l.today; d != nil && !t.Before(d.begin) && t.Before(d.end) {
		return d
	}
	y, m, n := t.In(l.loc).Date()
	begin := time.Date(y, m, n, 0, 0, 0, 0, l.loc)
	d := l.days[begin.Unix()]
	if d == nil {
		d = &day{begin: begin, end: time.Date(y, m, n+1, 0, 0, 0, 0, l.loc)}
		l.days[begin.Unix()] = d
	}
	l.today = d
	return d
}

// number is what the lane did on some days.
func (l *lane) number(days ...*day) ForecastNumber {
	n := ForecastNumber{Instance: l.instance.ID, Name: l.instance.Name}
	var sum day
	for _, d := range days {
		if d.sends > 0 {
			n.FirstAt, n.LastAt = earlier(n.FirstAt, d.first), later(n.LastAt, d.last)
		}
		n.Sends += d.sends
		for _, w := range d.waits {
			sum.spend(w.Why, w.For)
		}
	}
	n.Waits = sum.waits
	slices.SortStableFunc(n.Waits, func(a, b ForecastWait) int { return cmp.Compare(b.For, a.For) })
	return n
}

// lanes is a heap by the order in which a take meets numbers.
type lanes []*lane

func (h lanes) Len() int      { return len(h) }
func (h lanes) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h lanes) Less(i, j int) bool {
	a, b := h[i], h[j]
	return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.round, b.round), a.wake.Compare(b.wake), cmp.Compare(a.instance.ID, b.instance.ID)) < 0
}
func (h *lanes) Push(x any) { *h = append(*h, x.(*lane)) }
func (h *lanes) Pop() any {
	old := *h
	l := old[len(old)-1]
	*h = old[:len(old)-1]
	return l
}
