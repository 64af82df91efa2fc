package contact

import "time"

// Phone is a number in canonical E.164: "+5511900001234". A Brazilian mobile
// number always has its ninth digit, so that one person is one Phone however
// their number was typed.
type Phone string

// Contact is a person who may get messages.
type Contact struct {
	ID    int64
	Name  string
	Phone Phone
	Email string
	// ReferredBy is who recommended this person: {{quem_indicou}}.
	ReferredBy string
	Tags       []string
	// Vars are the user's own fields, by lower case name.
	Vars   map[string]string
	Notes  string
	Active bool
	// Consent says where and when the person agreed to be written to; empty
	// when it was not recorded.
	Consent   string
	CreatedAt time.Time
	UpdatedAt time.Time
}
