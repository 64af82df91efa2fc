package holiday

import (
	"time"

	"github.com/rickb777/date"
)

// easterCycle is the number of years after which the month and the day of
// Easter repeat in the same order.
const easterCycle = 5_700_000

// Easter returns the Easter Sunday of the western churches, by the rules of
// the Gregorian reform: always a Sunday from 22 March to 25 April.
//
// The result is history from 1583 on. For earlier years it is what the same
// rules would have given, as [date.Date] itself counts back the Gregorian
// calendar.
//
// The calculation is the anonymous one that Butcher and Meeus made known. It
// uses integers only and needs no table.
func Easter(year int) date.Date {
	month, day := easter(year)
	return date.New(year, month, day)
}

func easter(year int) (time.Month, int) {
	y := year % easterCycle
	if y < 0 {
		y += easterCycle
	}
	a := y % 19                       // place in the lunar cycle, from zero
	b, c := y/100, y%100              // century and year of the century
	d, e := b/4, b%4                  // leap centuries
	g := (8*b + 13) / 25              // the moon's correction
	h := (19*a + b - d - g + 15) % 30 // full moon, in days after 21 March
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7 // days to the Sunday that follows
	m := (a + 11*h + 22*l) / 451      // the two exceptions of the epact table
	n := h + l - 7*m + 114
	return time.Month(n / 31), n%31 + 1
}
