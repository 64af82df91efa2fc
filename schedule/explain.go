package schedule

import (
	"time"

	"github.com/alreasense/campaigns/holiday"
)

// Explainer is what a [Window] may also be: one that says why it is closed.
// Every window of this package is one.
type Explainer interface {
	// Closed tells why the window is closed at t. The second result is false,
	// and the first the zero value, when the window is open at t; so it is
	// false exactly when Next(t) is t.
	Closed(t time.Time) (Closed, bool)
}

// Reason is why a window is closed, as a code: words are the business of
// whoever shows it.
type Reason string

const (
	// OnHoliday: the day is a holiday, or its closed part has not passed.
	// Closed.Holiday names it.
	OnHoliday Reason = "holiday"
	// OnWeekend: it is a Saturday or Sunday, and the window has no hours then.
	OnWeekend Reason = "weekend"
	// OnWeekday: it is some other day on which the window has no hours.
	OnWeekday Reason = "weekday"
	// OutsideHours: the day has hours and this is not one of them: too early,
	// lunch, or too late.
	OutsideHours Reason = "hours"
	// NotYet: the window's first day is still to come; see [Between].
	NotYet Reason = "not_yet"
	// Over: the window's last day has passed; see [Between].
	Over Reason = "over"
	// Never: the window has no hours at all.
	Never Reason = "never"
	// Unexplained: a window that is part of this one is closed and is no
	// [Explainer].
	Unexplained Reason = "closed"
)

// Closed says why a window is closed at some instant and until when.
type Closed struct {
	Reason Reason
	// Holiday is set when Reason is OnHoliday.
	Holiday holiday.Day
	// Weekday is the day of the week in the window's own zone. It is set when
	// Reason is OnHoliday, OnWeekend, OnWeekday or OutsideHours.
	Weekday time.Weekday
	// Until is what Next returned for the same instant: when the window opens
	// again, or the zero Time when it never does. It is the end of the whole
	// closed time and not of this reason alone: on the Friday evening before
	// Carnival it is Ash Wednesday.
	Until time.Time
}

// String describes c in English, for logs: "holiday Tiradentes until
// 2025-04-22T09:00:00-03:00".
func (c Closed) String() string {
	s := string(c.Reason)
	switch c.Reason {
	case OnHoliday:
		s += " " + c.Holiday.Name
	case OnWeekday, OnWeekend:
		s += " " + c.Weekday.String()
	}
	if c.Until.IsZero() {
		return s + " for ever"
	}
	return s + " until " + c.Until.Format(time.RFC3339)
}

// Closed implements [Explainer].
//
// A day without hours is reported as such even when it is a holiday too,
// because it would be closed anyway. On a holiday the hour of day does not
// matter: the evening of Christmas is Christmas. On the afternoon of a half
// day the holiday has passed and only the hours count.
func (h *Hours) Closed(t time.Time) (Closed, bool) {
	next := h.Next(t)
	if !next.IsZero() && next.Equal(t) {
		return Closed{}, false
	}
	if h.Loc == nil || h.Week.closed() || t.IsZero() || t.Unix() < firstSecond || t.Unix() >= endSecond {
		return Closed{Reason: Never, Until: next}, true
	}
	_, offset := t.In(h.Loc).Zone()
	wall := t.Unix() + int64(offset)
	day := floorDay(wall)
	c := Closed{Reason: OutsideHours, Weekday: weekday(day), Until: next}
	if len(h.Week[c.Weekday]) == 0 {
		c.Reason = OnWeekday
		if c.Weekday == time.Saturday || c.Weekday == time.Sunday {
			c.Reason = OnWeekend
		}
		return c, true
	}
	if h.Holidays != nil {
		d, found := h.Holidays.Holiday(civil(day))
		if found && (wholeDay(d) || wall-day*secondsPerDay < seconds(d.Until)) {
			c.Reason, c.Holiday = OnHoliday, d
		}
	}
	return c, true
}
