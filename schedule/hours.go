package schedule

import (
	"sort"
	"time"

	"github.com/alreasense/campaigns/holiday"
	"github.com/rickb777/date"
)

// Hours is the window of a week: on each weekday it is open in that day's
// spans, unless the day is a holiday.
//
// It is open at an instant exactly when the wall clock of Loc then shows a
// time that lies in a span of the wall's weekday, on a civil day that is not
// closed. Nothing else counts, which settles every change of the clocks:
//
//   - Hours that the wall clock jumps over do not exist. A span that begins
//     among them opens with the first instant after the jump, a span that
//     ends among them closes at the jump, and a span that lies wholly among
//     them is left out that day.
//   - Hours that the wall clock shows twice are open both times when they lie
//     in a span.
//
// Hours is defined for the years 1900 to 2099, UTC; outside of them it is
// closed. So Next looks at a bounded number of days even when a calendar
// closes all of them, and the laws of [Window] hold without exception.
//
// Fields are set before the first use and not changed afterwards. Whatever
// they hold, Next ends: spans may touch, overlap or stand in any order, and a
// span that is empty, reversed or outside the day only loses what is not in
// it. What a person typed should come through [Spec], which refuses all that.
type Hours struct {
	// Loc is the place whose wall clock counts. It must be set: an Hours
	// without a place never opens, because hours without a zone are how
	// messages come to leave at six in the morning.
	Loc *time.Location
	// Week holds the spans of each weekday. A day without spans is closed.
	Week Week
	// Holidays closes the days that it knows: a whole day, or the part of it
	// before [holiday.Day.Until]. Spans, or what is left of them after that
	// hour, stay open. Nil means that holidays are days like any other.
	Holidays holiday.Calendar
}

var (
	_ Window    = (*Hours)(nil)
	_ Explainer = (*Hours)(nil)
)

const (
	secondsPerDay = 24 * 60 * 60

	// The years of Hours, in seconds since 1970: from the first instant of
	// 1900 up to, not including, the first of 2100.
	firstSecond = -2208988800
	endSecond   = 4102444800
)

// Next implements [Window]. The result is exact to the second; when the
// window is open at t it is t itself, with its fraction of a second.
//
// It costs no allocation, and one question to Holidays for each day with
// spans that it passes.
func (h *Hours) Next(t time.Time) time.Time {
	if t.IsZero() || h.Loc == nil {
		return time.Time{}
	}
	// Zones differ from UTC by whole seconds and spans begin on whole minutes,
	// so within one second nothing opens or closes.
	now := t.Unix()
	at, ok := h.search(now)
	switch {
	case !ok:
		return time.Time{}
	case at == now:
		return t
	}
	return time.Unix(at, 0).In(t.Location())
}

// search finds the first open second, not before now.
//
// It goes from one change of the clocks to the next. In between the wall
// clock runs evenly, so that wall and time differ by a constant: no wall time
// is ever turned into an instant by guessing which of two it means.
func (h *Hours) search(now int64) (at int64, ok bool) {
	if h.Week.closed() {
		return 0, false
	}
	now = max(now, firstSecond)
	for now < endSecond {
		local := time.Unix(now, 0).In(h.Loc)
		_, offset := local.Zone()
		wall := now + int64(offset)
		if at, ok := h.firstOn(floorDay(wall), wall); ok && at == wall {
			return now, true // open already: no need to ask how long the zone lasts
		}
		stop := min(steadyUntil(local), endSecond)
		if at, ok := h.firstBetween(wall, stop+int64(offset)); ok {
			return at - int64(offset), true
		}
		now = stop
	}
	return 0, false
}

// steadyUntil returns a second after t, up to which the offset of t's zone
// stays what it is at t: that of the next change or an earlier one.
func steadyUntil(t time.Time) int64 {
	now := t.Unix()
	_, change := t.ZoneBounds()
	switch {
	case change.IsZero():
		return endSecond
	case change.Unix() > now:
		return change.Unix()
	}
	// In the years that a zone's rule covers, which are those after its table
	// of changes, package time counts 365 days to a year: on the last day of a
	// leap year the bounds end before t. Then a change within a day is found
	// by looking at each hour, and in the hour in which the offset differs.
	_, offset := t.Zone()
	differs := func(after int) bool {
		_, o := time.Unix(now+int64(after), 0).In(t.Location()).Zone()
		return o != offset
	}
	const hour = 60 * 60
	for after := hour; after <= secondsPerDay; after += hour {
		if differs(after) {
			return now + int64(sort.Search(after, differs))
		}
	}
	return now + secondsPerDay
}

// firstBetween finds the first open wall second in [wall, stop), both counted
// from 1970-01-01 00:00 on the wall.
func (h *Hours) firstBetween(wall, stop int64) (at int64, ok bool) {
	for day := floorDay(wall); day*secondsPerDay < stop; day++ {
		if at, ok := h.firstOn(day, wall); ok {
			return at, at < stop
		}
	}
	return 0, false
}

// firstOn finds the first open wall second of one civil day, not before wall.
// Days are counted from 1970-01-01.
func (h *Hours) firstOn(day, wall int64) (at int64, ok bool) {
	spans := h.Week[weekday(day)]
	if len(spans) == 0 {
		return 0, false
	}
	start := day * secondsPerDay
	at, ok = firstIn(spans, wall-start)
	if !ok {
		return 0, false
	}
	if h.Holidays != nil {
		if d, found := h.Holidays.Holiday(civil(day)); found {
			if wholeDay(d) {
				return 0, false
			}
			if at, ok = firstIn(spans, max(at, seconds(d.Until))); !ok {
				return 0, false
			}
		}
	}
	return start + at, true
}

// firstIn finds the first second of the day, not before from, that lies in
// one of the spans.
func firstIn(spans []Span, from int64) (at int64, ok bool) {
	for _, s := range spans {
		lo, hi := max(seconds(s.From), from, 0), min(seconds(s.To), secondsPerDay)
		if lo < hi && (!ok || lo < at) {
			at, ok = lo, true
		}
	}
	return at, ok
}

// wholeDay reports whether a holiday closes all of its day. One that ends with
// the day is found to do so like any half day: nothing is left.
func wholeDay(d holiday.Day) bool {
	return d.Until <= holiday.Midnight
}

func seconds(c holiday.Clock) int64 { return int64(c) * 60 }

func floorDay(second int64) int64 {
	day := second / secondsPerDay
	if second%secondsPerDay < 0 {
		day--
	}
	return day
}

func weekday(day int64) time.Weekday {
	// 1970-01-01 was a Thursday.
	return time.Weekday(((day+int64(time.Thursday))%7 + 7) % 7)
}

func civil(day int64) date.Date { return date.NewOfDays(date.PeriodOfDays(day)) }
