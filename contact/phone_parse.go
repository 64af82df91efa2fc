package contact

import (
	"errors"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// ErrPhone is what every *PhoneError wraps: errors.Is(err, contact.ErrPhone).
var ErrPhone = errors.New("contact: not a phone number")

// PhoneError says why something is not the phone number of a person.
//
// Input is what was typed, cut to 64 bytes. It may well be a whole phone
// number, so it is for the eyes of the person whose file or form it came from
// and for nobody else: Error, LogValue and GoString leave it out.
type PhoneError struct {
	Reason Reason
	Input  string
}

// Error gives the reason in English, without the number.
func (e *PhoneError) Error() string { return "contact: phone: " + e.Reason.Text("en") }

// Text gives the reason in a language, "pt" or "en", without the number.
func (e *PhoneError) Text(lang string) string { return e.Reason.Text(lang) }

// Unwrap makes errors.Is(err, ErrPhone) true.
func (e *PhoneError) Unwrap() error { return ErrPhone }

// LogValue logs the reason's code only.
func (e *PhoneError) LogValue() slog.Value { return slog.StringValue(string(e.Reason)) }

// GoString keeps the number out of %#v.
func (e *PhoneError) GoString() string { return "&contact.PhoneError{Reason:" + string(e.Reason) + "}" }

func phoneError(r Reason, input string) *PhoneError {
	if len(input) > 64 {
		input = strings.ToValidUTF8(input[:64], "")
	}
	return &PhoneError{Reason: r, Input: input}
}

// DefaultRegion is the country of numbers that name none.
const DefaultRegion = "BR"

// maxDigits bounds what is collected: 15 digits of E.164, the international
// prefix 00 or a trunk prefix and a carrier, and room to see that there are
// too many.
const maxDigits = 24

// ParsePhone reads a phone number as people write it and returns its one
// canonical form. Region is the ISO 3166 code of the country of numbers that
// name none ("BR", "PT"); empty means [DefaultRegion].
//
// Blanks of every kind, dots, dashes, brackets, invisible direction marks,
// full-width and Arabic digits, a leading apostrophe and a trailing ".0" (a
// whole number that a program wrote as a float) are formatting. A country code
// is announced by + or 00; in Brazil it is also recognised by length, since a
// national number never has more than 11 digits. That is how area code 55 is
// told from country code 55: 55990001234 is +5555990001234.
//
// In Brazil the trunk prefix 0, also with a carrier (0 15 11 …) or the
// placeholder of one (0xx11 …), is removed, the area code must exist, and a
// mobile number without its ninth digit receives it. Numbers of other countries
// must be valid in the metadata of libphonenumber; of those that WhatsApp knows
// under two spellings, Argentina's and Mexico's, one is made of both (see
// [Phone.Canonical]).
//
// Links and addresses that hold a number are read too: tel:, whatsapp:, wa.me
// and the addresses of [FromAddress].
//
// Nothing is guessed. Refused, each with a [Reason] of its own, are numbers
// without an area code, in scientific notation (a spreadsheet has already
// thrown digits away), with letters, with a fraction, and two numbers in one
// place. The error is always a [*PhoneError].
//
// ParsePhone of a Phone is that Phone, for every region.
func ParsePhone(s, region string) (Phone, error) {
	p, r := parsePhone(s, region)
	if r != "" {
		return "", phoneError(r, s)
	}
	return p, nil
}

// parsePhone is ParsePhone without the allocation of an error.
func parsePhone(s, region string) (Phone, Reason) {
	s, r := outOfLink(s)
	if r != "" {
		return "", r
	}
	p, r := parseNumber(s, region)
	if (r == ReasonLetters || r == ReasonCharacters || r == ReasonTooLong) && holdsSeveral(s) {
		r = ReasonSeveral
	}
	return p, r
}

// parseNumber reads a number that stands by itself.
func parseNumber(s, region string) (Phone, Reason) {
	if region == "" {
		region = DefaultRegion
	}
	region = strings.ToUpper(region)
	var w written
	if r := w.read(s); r != "" {
		return "", r
	}
	d := w.digits[:w.n]
	if w.plus && d[0] == '0' {
		return "", ReasonCountry
	}
	if region == DefaultRegion && !w.plus {
		if w.n > 2 && d[0] == '0' && d[1] == '0' && d[2] != '0' {
			d, w.plus = d[2:], true
		} else if saysBrazil(d) {
			return brazilian(d[2:])
		} else {
			return brazilian(d)
		}
	}
	if w.plus && len(d) > 2 && d[0] == '5' && d[1] == '5' {
		return brazilian(d[2:])
	}
	return foreign(d, w.plus, region)
}

// written is a number as it was typed: its digits, and whether + stood first.
type written struct {
	digits [maxDigits]byte
	n      int
	plus   bool
}

func (w *written) read(s string) Reason {
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if w.n == maxDigits {
				return ReasonTooLong
			}
			w.digits[w.n] = byte(r)
			w.n++
		case r == ' ' || r == '-' || r == '.' || r == '(' || r == ')' || r == '\t' || r == '[' || r == ']':
			if r == '.' && w.run(s[:i]) {
				if done, why := fraction(s[i+1:]); done || why != "" {
					return why
				}
			}
		case r == '+' || r == '\uff0b':
			if w.plus || w.n > 0 {
				return ReasonCharacters
			}
			w.plus = true
		default:
			d, why := w.unusual(s, i, r)
			switch {
			case why == readWhole:
				return ""
			case why != "":
				return why
			case d != 0:
				if w.n == maxDigits {
					return ReasonTooLong
				}
				w.digits[w.n] = d
				w.n++
			}
		}
	}
	if w.n == 0 {
		return ReasonEmpty
	}
	return ""
}

// readWhole ends the reading early: what follows is the ".0" of a float.
const readWhole Reason = "\x00whole"

// unusual judges a character that is neither an ASCII digit nor common
// formatting. It returns the digit that it stands for, 0 for formatting, or
// the reason to refuse.
func (w *written) unusual(s string, i int, r rune) (byte, Reason) {
	switch {
	case r >= '\uff10' && r <= '\uff19':
		return byte(r-'\uff10') + '0', ""
	case r >= '\u0660' && r <= '\u0669':
		return byte(r-'\u0660') + '0', ""
	case r >= '\u06f0' && r <= '\u06f9':
		return byte(r-'\u06f0') + '0', ""
	case r == '\'' && w.n == 0 && !w.plus:
		return 0, "" // a spreadsheet's mark for text
	case r == ',':
		if w.run(s[:i]) {
			if done, why := fraction(s[i+1:]); why != "" {
				return 0, why
			} else if done {
				return 0, readWhole
			}
		}
		if scientific(s) {
			return 0, ReasonScientific
		}
		return 0, ReasonSeveral
	case r == '/' || r == ';' || r == '|' || r == '\n' || r == '\r':
		switch {
		case w.n == 0:
			return 0, ReasonCharacters
		case r == '/' && isDate(s):
			return 0, ReasonDate
		}
		return 0, ReasonSeveral
	case (r == 'x' || r == 'X') && w.n == 1 && w.digits[0] == '0' && !w.plus:
		return 0, "" // 0xx11: any carrier
	case (r == 'e' || r == 'E') && scientific(s):
		return 0, ReasonScientific
	case unicode.IsLetter(r):
		return 0, ReasonLetters
	case formatting(r):
		return 0, ""
	}
	return 0, ReasonCharacters
}

// run reports whether s, up to a decimal mark, is one unbroken run of at least
// ten digits: nobody writes a phone number so, programs write floats so.
func (w *written) run(s string) bool {
	s = strings.TrimLeft(s, " '+")
	return w.n >= 10 && len(s) == w.n
}

// fraction judges what follows the decimal mark of a long number: one or two
// zeros are a float without a fraction and end the number; one or two other
// digits are a fraction. Anything else is no fraction at all.
func fraction(s string) (done bool, why Reason) {
	s = strings.TrimRight(s, " \t")
	switch {
	case s == "0" || s == "00":
		return true, ""
	case len(s) == 1 && isDigit(s[0]), len(s) == 2 && isDigit(s[0]) && isDigit(s[1]):
		return false, ReasonDecimal
	}
	return false, ""
}

// scientific reports whether s is a number with an exponent, as spreadsheets
// show long ones: 5,51199E+12, 5.5E12.
func scientific(s string) bool {
	s = strings.TrimSpace(s)
	mantissa, exp, ok := strings.Cut(strings.ToLower(s), "e")
	if !ok || mantissa == "" {
		return false
	}
	exp = strings.TrimLeft(exp, "+-")
	return exp != "" && strings.Trim(exp, "0123456789") == "" &&
		strings.Trim(mantissa, "0123456789.,+- ") == "" && strings.ContainsAny(mantissa, "0123456789")
}

// isDate reports whether s begins with a day as people write it, 2/3/2026.
func isDate(s string) bool {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return false
	}
	for i, p := range parts {
		if len(p) < 1 || len(p) > 2 && (i == 1 || len(p) != 4) || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// formatting reports whether r says nothing: blanks, dashes, brackets and the
// invisible marks that come along when a number is copied from a page or from
// an address book.
func formatting(r rune) bool {
	switch {
	case r == utf8.RuneError:
		return false
	case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Pd, r):
		return true
	}
	switch r {
	case '\u2212', // minus
		'\uff08', '\uff09', '\uff0e', // full-width brackets and dot
		'\u00b7', '\u2022', '\u2024': // dots in the middle of the line
		return true
	}
	return false
}

// foreign reads numbers of other countries, and of Brazil when they are dialled
// from elsewhere.
func foreign(d []byte, plus bool, region string) (Phone, Reason) {
	s := string(d)
	if plus {
		s = "+" + s
		region = "ZZ"
	} else if phonenumbers.GetCountryCodeForRegion(region) == 0 {
		return "", ReasonRegion
	}
	if plus {
		s = string(Phone(s).Canonical())
	}
	n, err := phonenumbers.Parse(s, region)
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "", ReasonCountry
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return "", ReasonTooLong
	case err != nil:
		return "", ReasonTooShort
	}
	p := phonenumbers.Format(n, phonenumbers.E164)
	if n.GetCountryCode() == 55 {
		return brazilian([]byte(p[len("+55"):]))
	}
	if assigned(Phone(p), n) {
		return Phone(p).Canonical(), ""
	}
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.TOO_SHORT:
		return "", ReasonTooShort
	case phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return "", ReasonAreaMissing
	case phonenumbers.TOO_LONG:
		return "", ReasonTooLong
	}
	return "", ReasonInvalid
}

// assigned reports whether a number is one of its country's plan. Of a number
// with two spellings either one can be: Argentina's plan knows one of them as a
// mobile phone's and the other, if at all, as a fixed line's.
func assigned(p Phone, n *phonenumbers.PhoneNumber) bool {
	if phonenumbers.IsValidNumber(n) {
		return true
	}
	for _, v := range p.Variants() {
		if other, err := phonenumbers.Parse("+"+v, "ZZ"); err == nil && phonenumbers.IsValidNumber(other) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
