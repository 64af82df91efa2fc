package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Variables gives the values of a template's names.
type Variables interface {
	// Names lists the names that Value knows for any contact, lower case.
	Names() []string
	// Value returns the value of a name for a person at an instant, whose
	// location is the campaign's zone. False means that there is no value, and
	// the template's default is used.
	Value(name string, to contact.Contact, at time.Time) (string, bool)
}
