package holiday

import "github.com/rickb777/date"

// Union returns the calendar of all holidays of the given ones.
//
// When several have a day on the same date, the stricter one is reported: the
// one that lasts longer, so that a whole day goes before a half day whatever
// their kinds; then [National] before [State], [Municipal], [Own] and
// [Optional], in this order; then the name that comes first in byte order, and
// then the source. One Day is reported as it is and never mixed from two.
//
// So the order and the grouping of the arguments make no difference, nor does
// naming a calendar twice. Nil calendars are left out, and a Union of nothing
// is a calendar without holidays.
func Union(cs ...Calendar) Calendar {
	var u union
	var rules []rule
	for _, c := range cs {
		switch c := c.(type) {
		case nil:
		case *table:
			rules = append(rules, c.rules...)
		case union:
			for _, c := range c {
				if t, ok := c.(*table); ok {
					rules = append(rules, t.rules...)
				} else {
					u = append(u, c)
				}
			}
		default:
			u = append(u, c)
		}
	}
	if len(rules) > 0 {
		u = append(u, tableOf(rules))
	}
	if len(u) == 1 {
		return u[0]
	}
	return u
}

// union holds no nil, no union and at most one table: rules are cheaper to ask
// together than one table after the other.
type union []Calendar

// Holiday implements [Calendar].
func (u union) Holiday(d date.Date) (Day, bool) {
	var best Day
	found := false
	for _, c := range u {
		if day, ok := c.Holiday(d); ok && (!found || stricter(&day, &best)) {
			best, found = day, true
		}
	}
	return best, found
}
