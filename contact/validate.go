package contact

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a contact, in characters unless said otherwise.
const (
	MaxName     = 200    // also of ReferredBy and of a group's name
	MaxEmail    = 254    // bytes, RFC 5321
	MaxNotes    = 10_000 // also of a group's description
	MaxConsent  = 500
	MaxTags     = 100 // tags of one contact
	MaxTag      = 60
	MaxVars     = 100 // variables of one contact
	MaxVarValue = 4_096
	maxVarName  = 60 // bytes
)

// ErrInvalid is what every *FieldError wraps.
var ErrInvalid = errors.New("contact: invalid")

// FieldError says what is wrong with one field. It does not hold the value.
type FieldError struct {
	// Field is the name that the API uses: "name", "phone", "email",
	// "quem_indicou", "tags", "notes", "consent", "legal_basis", "description", or
	// "custom_vars.cidade".
	Field  string
	Reason Reason
}

// Error gives the field and the reason in English.
func (e *FieldError) Error() string {
	return fmt.Sprintf("contact: %s: %s", e.Field, e.Reason.Text("en"))
}

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (e *FieldError) Unwrap() error { return ErrInvalid }

// Validate checks what a store relies on: the phone is canonical, tags and
// names of variables are normal, every text is UTF-8 without NUL and within its
// limit. A name is not required. The error joins one *FieldError for each fault
// (errors.Join); nil when there is none.
func (c Contact) Validate() error {
	var errs []error
	c.check(func(field string, r Reason) {
		errs = append(errs, &FieldError{Field: field, Reason: r})
	})
	return errors.Join(errs...)
}

func (c Contact) check(fault func(field string, r Reason)) {
	if !c.Phone.Valid() {
		fault("phone", ReasonNotPhone)
	}
	c.checkFields(fault)
}

// checkFields is check for everything but the phone.
func (c Contact) checkFields(fault func(field string, r Reason)) {
	text := func(field, s string, limit int) {
		if r := checkText(s, limit); r != "" {
			fault(field, r)
		}
	}
	text("name", c.Name, MaxName)
	text("quem_indicou", c.ReferredBy, MaxName)
	text("notes", c.Notes, MaxNotes)
	text("consent", c.Consent, MaxConsent)
	if !c.Basis.Valid() {
		fault("legal_basis", ReasonBasis)
	}
	if c.Email != "" {
		if r := checkText(c.Email, MaxEmail); r != "" {
			fault("email", r)
		} else if !looksLikeEmail(c.Email) {
			fault("email", ReasonEmail)
		}
	}
	if len(c.Tags) > MaxTags {
		fault("tags", ReasonFieldMany)
	}
	for i, t := range c.Tags {
		if r := checkText(t, MaxTag); r != "" {
			fault("tags", r)
		} else if t == "" || NormalizeTag(t) != t || i > 0 && c.Tags[i-1] >= t {
			fault("tags", ReasonTag)
		}
	}
	if len(c.Vars) > MaxVars {
		fault("custom_vars", ReasonFieldMany)
	}
	for name, value := range c.Vars {
		if name == "" || !isVarName(name) {
			fault("custom_vars."+strings.ToValidUTF8(name, ""), ReasonVar)
		}
		text("custom_vars."+name, value, MaxVarValue)
	}
}

func isVarName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && !isDigit(c) && c != '_' || c == '_' && (i == 0 || i == len(s)-1 || s[i-1] == '_') {
			return VarName(s) == s
		}
	}
	return len(s) <= maxVarName
}

// Validate checks a group's name (required) and description.
func (g Group) Validate() error {
	var errs []error
	fault := func(field string, r Reason) {
		errs = append(errs, &FieldError{Field: field, Reason: r})
	}
	if g.Name == "" || cleanLine(g.Name) != g.Name {
		fault("name", ReasonText)
	} else if r := checkText(g.Name, MaxName); r != "" {
		fault("name", r)
	}
	if r := checkText(g.Description, MaxNotes); r != "" {
		fault("description", r)
	}
	return errors.Join(errs...)
}

func checkText(s string, limit int) Reason {
	switch {
	case len(s) > limit && utf8.RuneCountInString(s) > limit:
		return ReasonFieldLong
	case strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s):
		return ReasonText
	}
	return ""
}

// looksLikeEmail is a check for slips of the hand, not for RFC 5322: one @,
// something on both sides, no blanks. Only a message shows whether it exists.
func looksLikeEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && at < len(s)-1 && strings.LastIndexByte(s, '@') == at &&
		!strings.ContainsAny(s, " \t\r\n,;<>\"")
}
