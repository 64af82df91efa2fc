package holiday

import (
	"fmt"
	"strings"

	"github.com/rickb777/date"
)

// NewDays returns a calendar of days that somebody entered, each on its own
// date and on no other: the anniversary of a town in 2026, a company's day off.
//
// A Day without a Kind is [Own]. The name is required: it is what people see
// as the reason why nothing is sent. Until must be a time of day; 24:00 is the
// same as leaving it out. Several days on one date count as in a [Union]. A
// Day that breaks these rules is an error that wraps [ErrDay] and names it.
// NewDays without days is a calendar without holidays.
//
// The calendar keeps copies and allocates nothing when it is asked.
func NewDays(days ...Day) (Calendar, error) {
	c := make(dated, len(days))
	for _, d := range days {
		d, err := checked(d)
		if err != nil {
			return nil, err
		}
		if old, ok := c[d.Date]; !ok || stricter(&d, &old) {
			c[d.Date] = d
		}
	}
	return c, nil
}

// NewYearly is [NewDays] for days that come back: each is a holiday in the
// year of its Date and on the same day and month of all later years. One on
// 29 February falls in leap years only.
func NewYearly(days ...Day) (Calendar, error) {
	rules := make([]rule, len(days))
	for i, d := range days {
		d, err := checked(d)
		if err != nil {
			return nil, err
		}
		year, month, dom := d.Date.Date()
		rules[i] = rule{day: d, first: year, month: month, dom: dom}
	}
	return tableOf(rules), nil
}

// checked returns the day in its normal form.
func checked(d Day) (Day, error) {
	d.Name = strings.TrimSpace(d.Name)
	if d.Kind == "" {
		d.Kind = Own
	}
	switch {
	case d.Name == "":
		return Day{}, fmt.Errorf("holiday: %w: the day %s has no name; give it one", ErrDay, d.Date)
	case !d.Kind.Valid():
		return Day{}, fmt.Errorf("holiday: %w: %s %q has the unknown kind %q; use %s, %s, %s, %s or %s",
			ErrDay, d.Date, d.Name, d.Kind, National, State, Municipal, Own, Optional)
	case !d.Until.Valid():
		return Day{}, fmt.Errorf("holiday: %w: %s %q lasts until %d minutes after midnight; use a time from 00:00 to 24:00",
			ErrDay, d.Date, d.Name, int(d.Until))
	}
	if d.WholeDay() {
		d.Until = Midnight
	}
	return d, nil
}

type dated map[date.Date]Day

// Holiday implements [Calendar].
func (c dated) Holiday(d date.Date) (Day, bool) {
	day, ok := c[d]
	return day, ok
}
