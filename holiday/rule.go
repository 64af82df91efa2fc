package holiday

import (
	"time"

	"github.com/rickb777/date"
)

// rule is a holiday that comes back: the same Day with another Date for each
// year of a range.
type rule struct {
	day Day // all but the Date

	first, last int // years, both included; last 0 is open

	month time.Month // on this day of this month, or, if month is 0,
	dom   int
	after int // this many days after Easter Sunday

	// move takes the date above to the date on which the day is kept, at most
	// six days away and in the same year. It may be nil.
	move func(date.Date) date.Date
}

// on is a holiday on a fixed date.
func on(month time.Month, dom int, name, source string) rule {
	return rule{day: Day{Name: name, Source: source}, month: month, dom: dom}
}

// easterPlus is a holiday a number of days after Easter Sunday.
func easterPlus(days int, name, source string) rule {
	return rule{day: Day{Name: name, Source: source}, after: days}
}

func (r rule) since(year int) rule                    { r.first = year; return r }
func (r rule) through(year int) rule                  { r.last = year; return r }
func (r rule) until(c Clock) rule                     { r.day.Until = c; return r }
func (r rule) moved(f func(date.Date) date.Date) rule { r.move = f; return r }

func (r *rule) in(year int) bool {
	return r.first <= year && (r.last == 0 || year <= r.last)
}

// date returns the date of the rule in a year, whether or not the rule is in
// force then. 29 February slips to 1 March in a common year.
func (r *rule) date(year int) date.Date {
	var d date.Date
	if r.month == 0 {
		d = Easter(year).Add(date.PeriodOfDays(r.after))
	} else {
		d = date.New(year, r.month, r.dom)
	}
	if r.move != nil {
		d = r.move(d)
	}
	return d
}

// months returns the first and the last month in which the rule can fall.
func (r *rule) months() (first, last time.Month) {
	lo, hi := date.New(2001, r.month, r.dom), date.New(2001, r.month, r.dom)
	if r.month == 0 {
		// A leap year shortens the way back from Easter to February.
		lo = date.New(2001, time.March, 22).Add(date.PeriodOfDays(r.after))
		hi = date.New(2000, time.April, 25).Add(date.PeriodOfDays(r.after))
	}
	if r.move != nil {
		lo, hi = lo.Add(-6), hi.Add(6)
	}
	first, last = lo.Month(), hi.Month()
	if r.month == time.February && r.dom == 29 {
		first, last = time.February, time.February
	}
	return first, last
}

// table is a calendar of rules. They are kept by month, so that an ordinary
// day is compared with the few rules that could meet it.
type table struct {
	rules   []rule
	byMonth [13][]rule
}

var _ Calendar = (*table)(nil)

// newTable gives the rules the kind that the table is about.
func newTable(kind Kind, rules ...rule) *table {
	for i := range rules {
		rules[i].day.Kind = kind
	}
	return tableOf(rules)
}

func tableOf(rules []rule) *table {
	t := &table{rules: rules}
	for i := range rules {
		first, last := rules[i].months()
		for m := first; m <= last; m++ {
			t.byMonth[m] = append(t.byMonth[m], rules[i])
		}
	}
	return t
}

// Holiday implements [Calendar]. It allocates nothing.
func (t *table) Holiday(d date.Date) (Day, bool) {
	year, month, dom := d.Date()
	var best *Day
	for i := range t.byMonth[month] {
		r := &t.byMonth[month][i]
		if !r.in(year) {
			continue
		}
		if r.month != 0 && r.move == nil {
			if r.dom != dom || r.month != month {
				continue
			}
		} else if r.date(year) != d {
			continue
		}
		if best == nil || stricter(&r.day, best) {
			best = &r.day
		}
	}
	if best == nil {
		return Day{}, false
	}
	day := *best
	day.Date = d
	return day, true
}
