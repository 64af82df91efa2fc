package holiday

import (
	"time"

	"github.com/rickb777/date"
)

// Year returns the holidays of a calendar in one civil year, in order of date.
// There is at most one for each date. A nil calendar has none.
func Year(c Calendar, year int) []Day {
	return Between(c, date.New(year, time.January, 1), date.New(year, time.December, 31))
}

// Between returns the holidays of a calendar from one date to another, both
// included, in order of date. It returns nil when there are none, when the
// calendar is nil and when the first date is after the last.
//
// It asks the calendar about each date in turn.
func Between(c Calendar, first, last date.Date) []Day {
	if c == nil {
		return nil
	}
	var days []Day
	for n := int64(first.DaysSinceEpoch()); n <= int64(last.DaysSinceEpoch()); n++ {
		if day, ok := c.Holiday(date.NewOfDays(date.PeriodOfDays(n))); ok {
			days = append(days, day)
		}
	}
	return days
}
