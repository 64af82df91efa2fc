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
	u := union{}
	var tables []*table
	for _, c := range cs {
		parts, ok := c.(union)
		if !ok {
			parts = union{c}
		}
		for _, c := range parts {
			switch c := c.(type) {
			case nil:
			case *table:
				tables = append(tables, c)
			default:
				u = append(u, c)
			}
		}
	}
	if len(tables) > 0 {
		u = append(u, merged(tables))
	}
	if len(u) == 1 {
		return u[0]
	}
	return u
}

// merged returns one table with the rules of all.
func merged(tables []*table) *table {
	if len(tables) == 1 {
		return tables[0]
	}
	var rules []rule
	for _, t := range tables {
		rules = append(rules, t.rules...)
	}
	return tableOf(rules)
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
