package holiday

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rickb777/date"
)

// Calendar answers whether a civil day is a holiday.
//
// Implementations are pure and safe for concurrent use: the same day always
// gets the same answer. The Date of the answer is the day that was asked for.
//
// The functions of this package that take a Calendar take a nil one for a
// calendar without holidays.
type Calendar interface {
	// Holiday reports the holiday that falls on d. The second result is false
	// on an ordinary day, and the Day is then the zero value.
	Holiday(d date.Date) (Day, bool)
}

// Day is one holiday of one year.
//
// In JSON it is
//
//	{"date": "2025-03-05", "name": "Quarta-feira de Cinzas", "kind": "optional",
//	 "until": "14:00", "source": "…"}
//
// where until is left out for a whole day, and kind and source when empty.
type Day struct {
	// Date is the civil day. Its zero value is 1970-01-01, a date like any
	// other, so a Date that was forgotten cannot be told from that day; see
	// [Day.UnmarshalJSON] for the way in from outside.
	Date date.Date `json:"date"`
	// Name in the language of the calendar's country: "Tiradentes".
	Name string `json:"name"`
	Kind Kind   `json:"kind,omitempty"`
	// Until is the hour, in the local zone, at which the day becomes an
	// ordinary working day: 14:00 on Ash Wednesday. The zero value means that
	// the whole day is a holiday.
	Until Clock `json:"until,omitzero"`
	// Source names the law or the custom that the day rests on.
	Source string `json:"source,omitempty"`
}

// WholeDay reports whether the day is a holiday from midnight to midnight,
// which is so when Until is not a time within the day.
func (d Day) WholeDay() bool { return d.Until <= Midnight || d.Until >= EndOfDay }

// String returns the day on one line for logs and lists, for example
// "2025-03-05 Quarta-feira de Cinzas (optional, until 14:00)".
func (d Day) String() string {
	var b strings.Builder
	b.WriteString(d.Date.String())
	if d.Name != "" {
		b.WriteString(" " + d.Name)
	}
	var notes []string
	if d.Kind != "" {
		notes = append(notes, string(d.Kind))
	}
	if !d.WholeDay() {
		notes = append(notes, "until "+d.Until.String())
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
}

// UnmarshalJSON reads the form that is shown at [Day]. The date is required,
// of a year from 0000 to 9999, and must exist as it is written: "2026-02-30"
// is an error that wraps [ErrDay], where the date package by itself would read
// 2 March. On an error d keeps its value.
func (d *Day) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	type plain Day // has the fields and not this method
	in := struct {
		Date *string `json:"date"`
		*plain
	}{plain: new(plain)}
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("holiday: %w", err)
	}
	if in.Date == nil {
		return fmt.Errorf(`holiday: %w: %q has no date; write it as "2026-08-15"`, ErrDay, in.Name)
	}
	// Not date.ParseISO, which panics on an empty text.
	on, err := time.Parse(time.DateOnly, *in.Date)
	if err != nil {
		return fmt.Errorf(`holiday: %w: there is no day %.40q; write the date as "2026-08-15"`, ErrDay, *in.Date)
	}
	*d = Day(*in.plain)
	d.Date = date.NewAt(on)
	return nil
}

// ErrDay is wrapped by every error about a Day that cannot stand in a calendar.
var ErrDay = errors.New("not a holiday")

// Kind says who made the day a holiday.
type Kind string

const (
	National  Kind = "national"  // by federal law, or observed as such
	State     Kind = "state"     // by the law of a state
	Municipal Kind = "municipal" // by the law of a town
	Optional  Kind = "optional"  // ponto facultativo: offices may close
	Own       Kind = "own"       // entered by the user
)

// Valid reports whether k is one of the kinds above. The empty Kind is not.
func (k Kind) Valid() bool { return k.rank() > 0 }

// rank orders kinds from the weakest claim to the strongest.
func (k Kind) rank() int {
	switch k {
	case National:
		return 5
	case State:
		return 4
	case Municipal:
		return 3
	case Own:
		return 2
	case Optional:
		return 1
	}
	return 0
}

// stricter reports whether a comes before b when both fall on one date. It is
// a total order of everything but the Date, so that the choice among several
// days does not depend on the order in which they are compared.
func stricter(a, b *Day) bool {
	if x, y := a.closes(), b.closes(); x != y {
		return x > y
	}
	if x, y := a.Kind.rank(), b.Kind.rank(); x != y {
		return x > y
	}
	if a.Kind != b.Kind { // both unknown
		return a.Kind < b.Kind
	}
	if a.Name != b.Name {
		return a.Name < b.Name
	}
	if a.Source != b.Source {
		return a.Source < b.Source
	}
	return a.Until < b.Until // both whole days, written differently
}

// closes returns the minute up to which the day is a holiday.
func (d *Day) closes() Clock {
	if d.WholeDay() {
		return EndOfDay
	}
	return d.Until
}
