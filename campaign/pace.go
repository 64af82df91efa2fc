package campaign

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

// Pace limits how fast a number sends. Two paces are joined by taking the
// stricter limit of each kind.
type Pace struct {
	// MinGap and MaxGap bound the random rest between the starts of two sends.
	// Both zero means DefaultMinGap and DefaultMaxGap on an instance, and no
	// limit on a campaign; to send without a rest, set NoGap.
	MinGap time.Duration `json:"min_gap,omitempty"`
	MaxGap time.Duration `json:"max_gap,omitempty"`
	// NoGap switches the rest off, for tests and for gateways that pace
	// themselves. A campaign cannot loosen the pace of its numbers with it.
	NoGap bool `json:"no_gap,omitempty"`
	// PerHour and PerDay cap the sends of a clock hour and of a calendar day in
	// the instance's zone. Zero means no cap.
	PerHour int `json:"per_hour,omitempty"`
	PerDay  int `json:"per_day,omitempty"`
	// PauseEvery sends, the number rests PauseFor. Zero means never.
	PauseEvery int           `json:"pause_every,omitempty"`
	PauseFor   time.Duration `json:"pause_for,omitempty"`
	// Ramp caps the first days of a young number: Ramp[0] sends on the day of
	// Instance.Since, Ramp[1] on the next. Later days have PerDay only. It is the
	// number's: a campaign has none.
	Ramp []int `json:"ramp,omitempty"`
}

// The gap of a number whose Pace names none.
const (
	DefaultMinGap = 20 * time.Second
	DefaultMaxGap = 50 * time.Second
)

// IsZero reports whether no field is set.
func (p Pace) IsZero() bool {
	return p.MinGap == 0 && p.MaxGap == 0 && !p.NoGap && p.PerHour == 0 && p.PerDay == 0 &&
		p.PauseEvery == 0 && p.PauseFor == 0 && len(p.Ramp) == 0
}

// gaps returns the bounds of the random rest, with the defaults filled in.
func (p Pace) gaps() (lo, hi time.Duration) {
	switch {
	case p.NoGap:
		return 0, 0
	case p.MinGap == 0 && p.MaxGap == 0:
		return DefaultMinGap, DefaultMaxGap
	case p.MaxGap < p.MinGap:
		return p.MinGap, p.MinGap
	}
	return p.MinGap, p.MaxGap
}

// tighten joins the pace of a number with that of a campaign.
func (p Pace) tighten(c Pace) Pace {
	lo, hi := p.gaps()
	j := Pace{
		MinGap: max(lo, c.MinGap), MaxGap: max(hi, c.MinGap, c.MaxGap),
		PerHour: stricter(p.PerHour, c.PerHour), PerDay: stricter(p.PerDay, c.PerDay),
		Ramp: p.Ramp,
	}
	j.NoGap = j.MaxGap == 0
	switch {
	case p.PauseEvery == 0:
		j.PauseEvery, j.PauseFor = c.PauseEvery, c.PauseFor
	case c.PauseEvery == 0:
		j.PauseEvery, j.PauseFor = p.PauseEvery, p.PauseFor
	default:
		j.PauseEvery, j.PauseFor = min(p.PauseEvery, c.PauseEvery), max(p.PauseFor, c.PauseFor)
	}
	return j
}

func stricter(a, b int) int {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

// validate names the fields that make no sense.
func (p Pace) validate(field string) (bad Invalid) {
	add := func(name string, code Code, args ...string) {
		bad = append(bad, &FieldError{field + name, Because(code, args...)})
	}
	if p.MinGap < 0 {
		add(".min_gap", CodeNegative)
	}
	if p.MaxGap < 0 {
		add(".max_gap", CodeNegative)
	}
	if p.MaxGap != 0 && p.MaxGap < p.MinGap {
		add(".max_gap", CodeGapReversed, "min", p.MinGap.String(), "max", p.MaxGap.String())
	}
	if p.MinGap > MaxGap || p.MaxGap > MaxGap {
		add(".max_gap", CodeTooLarge, "max", MaxGap.String())
	}
	for _, f := range []struct {
		name string
		n    int
	}{{".per_hour", p.PerHour}, {".per_day", p.PerDay}, {".pause_every", p.PauseEvery}} {
		if f.n < 0 {
			add(f.name, CodeNegative)
		}
	}
	if p.PauseFor < 0 {
		add(".pause_for", CodeNegative)
	}
	if (p.PauseEvery == 0) != (p.PauseFor == 0) {
		add(".pause_for", CodePauseHalf)
	}
	for i, n := range p.Ramp {
		if n < 1 {
			add(".ramp["+strconv.Itoa(i)+"]", CodeNotPositive)
		}
	}
	return bad
}

// MaxGap is the longest gap that a Pace may name.
const MaxGap = 24 * time.Hour

// roll opens the clock hour and the day that now lies in.
func (m *Meter) roll(now time.Time, loc *time.Location) {
	l := now.In(loc)
	day := time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, loc)
	// A clock hour of the zone: whole hours of local time, also where the
	// offset is not whole.
	hour := l.Add(-time.Duration(l.Minute())*time.Minute - time.Duration(l.Second())*time.Second - time.Duration(l.Nanosecond()))
	if hour.UTC().After(m.Hour) {
		m.Hour, m.InHour = hour.UTC(), 0
	}
	if day.UTC().After(m.Day) {
		m.Day, m.InDay = day.UTC(), 0
	}
}

// charge counts an attempt that is about to start.
func (m *Meter) charge(a *Attempt, p Pace) {
	m.InHour++
	m.InDay++
	m.InRow++
	rest := a.Gap
	if p.PauseEvery > 0 && m.InRow >= p.PauseEvery {
		m.InRow = 0
		rest = max(rest, p.PauseFor)
	}
	a.Gap = rest
	m.LastStart = a.StartBy
	m.PaceUntil = later(m.PaceUntil, a.TakenAt.Add(rest))
}

// giveBack undoes charge for an attempt that is proven not begun: the caps
// count it no longer. The rest stays where it was promised.
func (m *Meter) giveBack(a *Attempt) {
	if !a.TakenAt.Before(m.Hour) && m.InHour > 0 {
		m.InHour--
	}
	if !a.TakenAt.Before(m.Day) && m.InDay > 0 {
		m.InDay--
	}
	if m.InRow > 0 {
		m.InRow--
	}
	m.unprobed(a)
}

// capped tells which cap is full at now, and when it opens.
func (m *Meter) capped(now time.Time, loc *time.Location, i Instance, p Pace) (Reason, time.Time) {
	m.roll(now, loc)
	l := now.In(loc)
	day := p.PerDay
	code := CodePerDay
	i.Pace.Ramp = p.Ramp
	if n, _ := i.rampDay(now, loc); n > 0 && stricter(day, p.Ramp[n-1]) != day {
		day, code = p.Ramp[n-1], CodeRamp
	}
	if day > 0 && m.InDay >= day {
		tomorrow := dayBegin(l.Year(), l.Month(), l.Day()+1, loc)
		return Because(code, "cap", strconv.Itoa(day), "until", stamp(tomorrow)), tomorrow.UTC()
	}
	if p.PerHour > 0 && m.InHour >= p.PerHour {
		next := m.Hour.Add(time.Hour)
		return Because(CodePerHour, "cap", strconv.Itoa(p.PerHour), "until", stamp(next)), next
	}
	return Reason{}, time.Time{}
}

// RampDay tells which day of the number's ramp holds at an instant: 1 is the day
// of Since, whose cap is Pace.Ramp[0]. While the ramp caps nothing it is 0, and
// why says what is missing or over; without a ramp there is nothing to say.
func (i Instance) RampDay(t time.Time) (day int, why Reason) {
	loc, err := (schedule.Spec{Zone: i.Zone}).Location()
	if err != nil {
		loc = time.UTC
	}
	return i.rampDay(t, loc)
}

func (i Instance) rampDay(t time.Time, loc *time.Location) (day int, why Reason) {
	ramp := i.Pace.Ramp
	if len(ramp) == 0 {
		return 0, Reason{}
	}
	if i.Since.IsZero() {
		return 0, Because(CodeRampNoDay)
	}
	s, l := i.Since.In(loc), t.In(loc)
	first := time.Date(s.Year(), s.Month(), s.Day(), 12, 0, 0, 0, time.UTC)
	today := time.Date(l.Year(), l.Month(), l.Day(), 12, 0, 0, 0, time.UTC)
	switch n := int(today.Sub(first)/(24*time.Hour)) + 1; {
	case n < 1:
		return 0, Because(CodeRampAhead, "since", first.Format(time.DateOnly))
	case n > len(ramp):
		return 0, Because(CodeRampOver, "since", first.AddDate(0, 0, len(ramp)).Format(time.DateOnly))
	default:
		return n, Reason{}
	}
}

// ramped begins a ramp that was changed on the day of the change, unless another
// first day was named. One that was there already without a day stays off.
func (i *Instance) ramped(was Pace, now time.Time) {
	if len(i.Pace.Ramp) > 0 && i.Since.IsZero() && !slices.Equal(i.Pace.Ramp, was.Ramp) {
		i.Since = now
	}
}

// dayBegin is the first instant of a civil day, which is not always the one that
// time.Date makes of its 00:00: some zones change their clocks at midnight.
func dayBegin(y int, m time.Month, d int, loc *time.Location) time.Time {
	noon := time.Date(y, m, d, 12, 0, 0, 0, loc)
	begin := time.Date(y, m, d, 0, 0, 0, 0, loc)
	if begin.Day() == noon.Day() && begin.Add(-time.Second).Day() != noon.Day() {
		return begin
	}
	const most = 24 * 60 * 60
	back := sort.Search(most, func(s int) bool { return noon.Add(-time.Duration(s)*time.Second).Day() != noon.Day() })
	return noon.Add(-time.Duration(back-1) * time.Second)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier returns the earlier of two instants, where the zero Time counts as
// never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
