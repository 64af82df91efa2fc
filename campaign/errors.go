package campaign

import (
	"fmt"
	"strings"
)

// BusyError refuses an instance that serves another active campaign.
type BusyError struct {
	Instance InstanceID
	Campaign ID
}

// Error names both.
func (e *BusyError) Error() string {
	return fmt.Sprintf("campaign: instance %d is sending for campaign %s; pause or cancel that one, or choose another number", e.Instance, e.Campaign)
}

// Is makes errors.Is work with ErrBusy and ErrConflict.
func (e *BusyError) Is(target error) bool { return target == ErrBusy || target == ErrConflict }

// ConflictError refuses what the rows do not allow now, and says why in a form
// that has words.
type ConflictError struct{ Why Reason }

// Error is the reason in English.
func (e *ConflictError) Error() string { return "campaign: " + e.Why.Text(English) }

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// FieldError refuses one field of what a person has written.
type FieldError struct {
	// Field is the path of the field as JSON spells it: "messages[1].text".
	Field string
	Why   Reason
}

// Error is the field and the words of the reason in English.
func (e *FieldError) Error() string { return e.Field + ": " + e.Why.Text(English) }

// Invalid is everything that is wrong with a draft, a contact or an instance.
type Invalid []*FieldError

// Error lists the fields.
func (e Invalid) Error() string {
	var b strings.Builder
	b.WriteString("campaign: invalid")
	for i, f := range e {
		if i > 0 {
			b.WriteString(";")
		}
		b.WriteString(" " + f.Error())
	}
	return b.String()
}

// Obstacles is everything that keeps a campaign from starting.
type Obstacles struct {
	Campaign ID
	All      []Obstacle
	busy     *BusyError // the first number that serves another campaign
}

// Obstacle is one thing to put right before a start.
type Obstacle struct {
	// Field is what has to change, as JSON spells it, where it is a field.
	Field string
	Why   Reason
}

// Error names all of them.
func (e *Obstacles) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "campaign: %s cannot start", e.Campaign)
	for i, o := range e.All {
		if i > 0 {
			b.WriteString(";")
		} else {
			b.WriteString(":")
		}
		b.WriteString(" ")
		if o.Field != "" {
			b.WriteString(o.Field + ": ")
		}
		b.WriteString(o.Why.Text(English))
	}
	return b.String()
}

// Is makes errors.Is work with ErrConflict, and with ErrBusy where a number serves
// another campaign.
func (e *Obstacles) Is(target error) bool {
	return target == ErrConflict || target == ErrBusy && e.busy != nil
}

// As makes errors.As find the *BusyError of the first number that serves another
// campaign.
func (e *Obstacles) As(target any) bool {
	b, ok := target.(**BusyError)
	if ok = ok && e.busy != nil; ok {
		*b = e.busy
	}
	return ok
}
