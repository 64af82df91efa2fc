package account

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
)

// Limits of what people write.
const (
	// MaxEmail is the longest address, in bytes.
	MaxEmail = 190
	// MaxName is the longest name of a person, a tenant or a token, in characters.
	MaxName = 200
)

var emailForm = regexp.MustCompile(`^[a-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// Email is the canonical form of an address: in lower case, without spaces
// around it. An address that is none, or that is not ASCII, is campaign.Invalid.
func Email(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "":
		return "", invalid("email", campaign.Because(campaign.CodeMissing))
	case len(s) > MaxEmail:
		return "", invalid("email", campaign.Because(campaign.CodeTooLong, "max", fmt.Sprint(MaxEmail)))
	case !emailForm.MatchString(s):
		return "", invalid("email", campaign.Because(campaign.CodeBadEmail))
	}
	return s, nil
}

// newEmail is Email of an address that nobody has yet. One without a dot, such as
// ana@loja, is a slip wherever people write it; whoever has it already keeps it.
func newEmail(s string) (string, error) {
	s, err := Email(s)
	if _, host, _ := strings.Cut(s, "@"); err == nil && host != "localhost" && !strings.Contains(host, ".") {
		return "", invalid("email", campaign.Because(campaign.CodeBadEmail))
	}
	return s, err
}

func invalid(field string, why campaign.Reason) campaign.Invalid {
	return campaign.Invalid{&campaign.FieldError{Field: field, Why: why}}
}

// checkPassword refuses passwords that are too easy to guess: short ones, and those
// that are tried first. There is no rule about signs and digits, which only make
// people write passwords down.
func checkPassword(field, password, email string) error {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return invalid(field, campaign.Because(campaign.CodeTooShort, "min", fmt.Sprint(MinPassword)))
	case len(password) > MaxPassword:
		return invalid(field, campaign.Because(campaign.CodeTooLong, "max", fmt.Sprint(MaxPassword)))
	case !utf8.ValidString(password):
		return invalid(field, campaign.Because(campaign.CodeNotUTF8))
	case guessable(password, email):
		return invalid(field, campaign.Because(campaign.CodeGuessable))
	}
	return nil
}

// checkName refuses a name that is too long; an empty one is refused where one
// is needed.
func checkName(field, name string, needed bool) error {
	switch {
	case needed && strings.TrimSpace(name) == "":
		return invalid(field, campaign.Because(campaign.CodeMissing))
	case utf8.RuneCountInString(name) > MaxName:
		return invalid(field, campaign.Because(campaign.CodeTooLong, "max", fmt.Sprint(MaxName)))
	case !utf8.ValidString(name):
		return invalid(field, campaign.Because(campaign.CodeNotUTF8))
	}
	return nil
}

func checkRole(field string, r campaign.Role) error {
	switch r {
	case campaign.Viewer, campaign.Operator, campaign.Admin:
		return nil
	case "":
		return invalid(field, campaign.Because(campaign.CodeMissing))
	}
	return invalid(field, campaign.Because(campaign.CodeBadRole))
}

var tenantForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// checkTenant allows short names that can stand in a path. The empty one is the
// tenant of an installation that has only one.
func checkTenant(t campaign.Tenant) error {
	if t != "" && !tenantForm.MatchString(string(t)) {
		return invalid("tenant", campaign.Because(campaign.CodeBadName))
	}
	return nil
}

// join adds up what is wrong with several fields.
func join(errs ...error) error {
	var all campaign.Invalid
	for _, err := range errs {
		if bad, ok := err.(campaign.Invalid); ok {
			all = append(all, bad...)
		} else if err != nil {
			return err
		}
	}
	if len(all) > 0 {
		return all
	}
	return nil
}
