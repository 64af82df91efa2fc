package contact

import (
	"log/slog"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Phone is a number in canonical E.164: "+5511900001234". A Brazilian mobile
// number always has its ninth digit, so that one person is one Phone however
// their number was typed; other countries with two spellings have one form as
// well ([Phone.Canonical]). [ParsePhone] and [FromAddress] make Phones; a
// conversion from a string makes one only if the string is canonical already
// (see [Phone.Valid]).
//
// A Phone is personal data. slog prints it redacted by itself; everything else
// (fmt, errors, metric labels) must be given [Phone.Redacted].
type Phone string

// String is the whole number, "+5511900001234": for people who may see it, and
// for stores.
func (p Phone) String() string { return string(p) }

// Digits is the number without +, as gateways want it: "5511900001234".
func (p Phone) Digits() string { return strings.TrimPrefix(string(p), "+") }

// Spelled is the number as people write it, "(11) 90000-1234", of other countries
// "(+54) 11 5555-0100": for spreadsheets, which take a cell that begins with + for
// a formula and bare digits for a figure. ParsePhone reads it.
func (p Phone) Spelled() string {
	n, err := phonenumbers.Parse(string(p), "ZZ")
	if err != nil || !p.Valid() {
		return string(p)
	}
	if p.brazilian() {
		at := len(p) - 4
		return "(" + string(p[3:5]) + ") " + string(p[5:at]) + "-" + string(p[at:])
	}
	code := strconv.Itoa(int(n.GetCountryCode()))
	s := phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	return "(+" + code + ") " + strings.TrimLeft(strings.TrimPrefix(s, "+"+code), " -")
}

// Redacted hides at least four digits: "+55119****1234", "+5511****1234" for a
// landline. What is too short to hide anything is hidden altogether.
func (p Phone) Redacted() string {
	const tail, hidden, head = 4, 4, 6
	h := min(head, len(p)-tail-hidden)
	if h < 3 {
		return "****"
	}
	return string(p[:h]) + "****" + string(p[len(p)-tail:])
}

// LogValue makes slog print the redacted number.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.Redacted()) }

// Valid reports whether p is canonical: what ParsePhone would make of it.
func (p Phone) Valid() bool {
	q, r := parsePhone(string(p), DefaultRegion)
	return r == "" && q == p
}

func (p Phone) brazilian() bool {
	return strings.HasPrefix(string(p), "+55") && (len(p) == 13 || len(p) == 14)
}

// Region is the ISO 3166 code of the number's country, "BR"; empty when it
// cannot be told.
func (p Phone) Region() string {
	if p.brazilian() {
		return DefaultRegion
	}
	n, err := phonenumbers.Parse(string(p), "ZZ")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(n)
}

// AreaCode is the two digits of a Brazilian area code (DDD), "11"; empty for
// other countries.
func (p Phone) AreaCode() string {
	if !p.brazilian() {
		return ""
	}
	return string(p[3:5])
}

// IsMobile reports whether the number belongs to a mobile phone; where a
// country does not tell mobile numbers from fixed ones (the United States, and
// Argentina once its two spellings are one), it is true.
func (p Phone) IsMobile() bool {
	if p.brazilian() {
		return len(p) == 14
	}
	for _, v := range p.Variants() {
		n, err := phonenumbers.Parse("+"+v, "ZZ")
		if err != nil {
			continue
		}
		if t := phonenumbers.GetNumberType(n); t == phonenumbers.MOBILE || t == phonenumbers.FIXED_LINE_OR_MOBILE {
			return true
		}
	}
	return false
}

// Zone is the IANA name of the time zone of a Brazilian area code:
// "America/Manaus" for 92. It is where the number was given out, which is a
// good guess of where its owner is and no more: people keep numbers when they
// move, and a few areas span two zones (the far west of 97, Fernando de Noronha
// in 81), whose larger part is returned. Other countries give false: use the
// campaign's zone.
func (p Phone) Zone() (name string, ok bool) {
	if !p.brazilian() || !isDigit(p[3]) || !isDigit(p[4]) {
		return "", false
	}
	name = brazilZones[int(p[3]-'0')*10+int(p[4]-'0')]
	return name, name != ""
}
