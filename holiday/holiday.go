package holiday

import "github.com/rickb777/date"

// Calendar answers whether a civil day is a holiday.
//
// Implementations are pure and safe for concurrent use: the same day always
// gets the same answer.
type Calendar interface {
	// Holiday reports the holiday that falls on d. The second result is false
	// on an ordinary day, and the Day is then the zero value.
	Holiday(d date.Date) (Day, bool)
}

// Day is one holiday of one year.
type Day struct {
	Date date.Date
	// Name in the language of the calendar's country: "Tiradentes".
	Name string
	Kind Kind
	// Until is the hour, in the local zone, at which the day becomes an
	// ordinary working day: 14:00 on Ash Wednesday. The zero value means that
	// the whole day is a holiday.
	Until Clock
	// Source names the law or the custom that the day rests on.
	Source string
}

// Kind says who made the day a holiday.
type Kind string

const (
	National  Kind = "national"  // by federal law, or observed as such
	State     Kind = "state"     // by the law of a state
	Municipal Kind = "municipal" // by the law of a town
	Optional  Kind = "optional"  // ponto facultativo: offices may close
	Own       Kind = "own"       // entered by the user
)
