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

	pauses []pause // since the last send: they count once there is another
	sum    ForecastNumber
	days   *days
	share  *ForecastShare // of day
	day    *day
}

// pause is a stretch in which a lane waits for one gate.
type pause struct {
	from, until time.Time
	why         Reason
}

func newLane(p prospect, from time.Time, d *days) *lane {
	wake := p.meter.WakeAt
	if wake.After(from) {
		wake = from
	}
	return &lane{prospect: p, pace: p.instance.Pace.tighten(p.campaign.Pace), zone: p.recipe.zone(p.instance),
		at: from, wake: wake, days: d, sum: ForecastNumber{Instance: p.instance.ID, Name: p.instance.Name}}
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
	l.on(at)
	if l.sum.Sends == 0 {
		l.sum.FirstAt = at
	}
	if l.share.Sends == 0 {
		l.share.FirstAt = at
	}
	l.sum.Sends++
	l.share.Sends++
	l.sum.LastAt, l.share.LastAt = at, at
	a := Attempt{TakenAt: at, StartBy: at.Add(l.deadline), Gap: gap}
	l.meter.roll(at, l.zone)
	l.meter.charge(&a, l.pace)
	l.open, l.wake = false, at
	l.round++
}

// spend puts a wait on the days that it lies in.
func (l *lane) spend(p pause) {
	for from := p.from; from.Before(p.until); {
		l.on(from)
		until := earlier(l.day.end, p.until)
		why := p.why.bare()
		l.day.waits = spend(l.day.waits, why, until.Sub(from))
		l.sum.Waits = spend(l.sum.Waits, why, until.Sub(from))
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

func spend(waits []ForecastWait, why Reason, took time.Duration) []ForecastWait {
	for i := range waits {
		if w := &waits[i]; w.Why.Code == why.Code && w.Why.Args["name"] == why.Args["name"] {
			w.For += took
			return waits
		}
	}
	return append(waits, ForecastWait{why, took})
}

// on makes the day in which t lies the lane's.
func (l *lane) on(t time.Time) {
	if d := l.day; d != nil && !t.Before(d.begin) && t.Before(d.end) {
		return
	}
	l.day = l.days.of(t)
	l.share = &ForecastShare{Instance: l.instance.ID}
	l.day.shares = append(l.day.shares, l.share)
}

// days are those of an outlook, by the clock of loc.
type days struct {
	loc *time.Location
	at  map[int64]*day // by the Unix time of their beginning
}

// day is what the numbers do on one day.
type day struct {
	begin, end time.Time
	shares     []*ForecastShare
	waits      []ForecastWait // of all of them
}

func (d *days) of(t time.Time) *day {
	y, m, n := t.In(d.loc).Date()
	begin := dayBegin(y, m, n, d.loc)
	x := d.at[begin.Unix()]
	if x == nil {
		x = &day{begin: begin, end: dayBegin(y, m, n+1, d.loc)}
		d.at[begin.Unix()] = x
	}
	return x
}

// tell is the day as a forecast has it.
func (d *day) tell() ForecastDay {
	out := ForecastDay{Day: d.begin, Waits: longest(d.waits)}
	for i := range out.Waits {
		out.Waits[i].For /= time.Duration(len(d.shares))
	}
	for _, s := range d.shares {
		if s.Sends > 0 {
			out.Numbers = append(out.Numbers, *s)
		}
		out.Sends += s.Sends
	}
	slices.SortFunc(out.Numbers, func(a, b ForecastShare) int { return cmp.Compare(a.Instance, b.Instance) })
	return out
}

func longest(w []ForecastWait) []ForecastWait {
	slices.SortStableFunc(w, func(a, b ForecastWait) int { return cmp.Compare(b.For, a.For) })
	return w
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
