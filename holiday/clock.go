package holiday

import (
	"errors"
	"fmt"
	"strings"
)

// Clock is a time of day on the wall, in minutes after midnight: from 0
// (00:00) to 1440 (24:00, the end of the day). It has no date and no zone.
//
// The zero value is midnight. A Clock outside that range is not valid; see
// [Clock.Valid].
type Clock int

const (
	Midnight Clock = 0    // 00:00, the first instant of a day
	EndOfDay Clock = 1440 // 24:00, the instant after the last minute of a day
)

// ErrClock is wrapped by every error about a text or a number that is no time
// of day.
var ErrClock = errors.New("not a time of day")

// ClockAt returns the Clock of an hour and a minute on the 24-hour wall clock:
// ClockAt(14, 30) is 14:30.
//
// It does no checks of its own, so that it can stand in a declaration:
// ClockAt(23, 75) is simply 23×60+75 minutes. Ask [Clock.Valid] about numbers
// that come from outside.
func ClockAt(hour, minute int) Clock { return Clock(hour*60 + minute) }

// Valid reports whether c lies between [Midnight] and [EndOfDay], both
// included.
func (c Clock) Valid() bool { return Midnight <= c && c <= EndOfDay }

// Hour returns the hour of c, 0 to 24. It has no meaning for a Clock that is
// not valid.
func (c Clock) Hour() int { return int(c) / 60 }

// Minute returns the minute within the hour, 0 to 59. It has no meaning for a
// Clock that is not valid.
func (c Clock) Minute() int { return int(c) % 60 }

// String returns c as "HH:MM", always five characters: "09:00", "24:00". A
// Clock that is not valid is written as "Clock(-5)", a form that [ParseClock]
// refuses.
func (c Clock) String() string {
	if !c.Valid() {
		return fmt.Sprintf("Clock(%d)", int(c))
	}
	var b [5]byte
	return string(c.append(b[:0]))
}

func (c Clock) append(b []byte) []byte {
	h, m := c.Hour(), c.Minute()
	return append(b, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10))
}

// ParseClock reads a time of day as people in Brazil write it:
//
//	9:00  09:00  24:00    hour and two digits of minutes
//	9h    09h             a full hour
//	9h30  09H30           hour and two digits of minutes
//
// Space around the text is ignored. Everything else is an error that wraps
// [ErrClock] and shows a form that works: signs, seconds, am and pm, a bare
// number ("9" may be nine o'clock or nine minutes), one digit of minutes
// ("9:5"), and anything after 24:00.
func ParseClock(s string) (Clock, error) {
	t := strings.TrimSpace(s)
	i := strings.IndexAny(t, ":hH")
	if i < 0 {
		return 0, badClock(s, `write it as "14:00" or "14h"`)
	}
	hour, ok := digits(t[:i])
	if !ok {
		return 0, badClock(s, `the hour takes one or two digits, as in "9:00" or "14h30"`)
	}
	minute := 0
	if rest := t[i+1:]; rest != "" || t[i] == ':' {
		if minute, ok = digits(rest); !ok || len(rest) != 2 {
			return 0, badClock(s, `the minutes take two digits, as in "9:05" or "9h05"`)
		}
	}
	if minute > 59 {
		return 0, badClock(s, "minutes go from 00 to 59")
	}
	c := ClockAt(hour, minute)
	if !c.Valid() {
		return 0, badClock(s, "the day goes from 00:00 to 24:00")
	}
	return c, nil
}

// digits reads one or two ASCII digits.
func digits(s string) (n int, ok bool) {
	if len(s) != 1 && len(s) != 2 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// badClock cuts the text short: it may be a whole file pasted by mistake.
func badClock(s, hint string) error {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Errorf("%q: %w: %s", s, ErrClock, hint)
}

// MarshalText writes c as "HH:MM", in JSON too. A Clock that is not valid is
// an error that wraps [ErrClock].
func (c Clock) MarshalText() ([]byte, error) {
	if !c.Valid() {
		return nil, fmt.Errorf("%d minutes: %w: the day goes from 0 to %d", int(c), ErrClock, int(EndOfDay))
	}
	return c.append(make([]byte, 0, 5)), nil
}

// UnmarshalText reads what [ParseClock] reads. On an error c keeps its value.
//
// In JSON the time must be a string: "14:00" and never the number 840, which
// encoding/json refuses.
func (c *Clock) UnmarshalText(text []byte) error {
	got, err := ParseClock(string(text))
	if err != nil {
		return err
	}
	*c = got
	return nil
}
