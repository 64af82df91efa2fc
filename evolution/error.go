package evolution

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
)

// Reasons that this package gives, as arguments of campaign.Refused and
// campaign.Hold and in Error.Code.
const (
	// CodeNotOnWhatsApp: the gateway looked the number up and WhatsApp does
	// not know it.
	CodeNotOnWhatsApp campaign.Code = "not_on_whatsapp"
	// CodeInvalidMessage: an empty text, a number that is none, or a body
	// that the gateway's schema refused.
	CodeInvalidMessage campaign.Code = "invalid_message"
	// CodeGatewayRefused: the business channel passed on Meta's refusal.
	CodeGatewayRefused campaign.Code = "gateway_refused"

	// CodeInstanceUnknown: the gateway has no instance of that name.
	CodeInstanceUnknown campaign.Code = "instance_unknown"
	// CodeWrongKey: 401, the key opens nothing here.
	CodeWrongKey campaign.Code = "wrong_key"
	// CodeForbidden: 403, the key is known and may not do this; on Create
	// also that the name is taken.
	CodeForbidden campaign.Code = "gateway_forbidden"
	// CodeLicenseRequired: the gateway waits for its activation.
	CodeLicenseRequired campaign.Code = "license_required"
	// CodeDisconnected: the number's socket is closed, or was never opened.
	CodeDisconnected campaign.Code = "disconnected"
	// CodeRateOverlimit: WhatsApp refuses the number's lookups for a while.
	CodeRateOverlimit campaign.Code = "rate_overlimit"
	// CodeNoGateway: the router knows no gateway for the route.
	CodeNoGateway campaign.Code = "gateway_unknown"
	// CodeMisconfigured: the gateway's address, key or profile cannot be used.
	CodeMisconfigured campaign.Code = "gateway_misconfigured"

	// CodeSlowDown: 429, something in front of the gateway asks for less.
	CodeSlowDown campaign.Code = "slow_down"
	// CodeUnreachable: no connection, or no byte got through it.
	CodeUnreachable campaign.Code = "gateway_unreachable"
	// CodeTooLate: not begun by the latest start.
	CodeTooLate campaign.Code = "too_late"
	// CodeNoAnswer: the request left and no whole answer came back.
	CodeNoAnswer campaign.Code = "no_answer"
	// CodeUnclear: an answer that proves nothing.
	CodeUnclear campaign.Code = "unclear_answer"
	// CodeNoID: the gateway has sent the message and does not say under which
	// id. Its record is looked for as that of a lost answer is.
	CodeNoID campaign.Code = "accepted_without_id"
	// CodeRejected: the gateway says plainly that it did not do what was asked.
	CodeRejected campaign.Code = "gateway_rejected"
)

var advice = map[campaign.Code]string{
	CodeInstanceUnknown: "create the instance or correct its name",
	CodeWrongKey:        "set the gateway's key",
	CodeForbidden:       "set a key that may use this instance, or choose another name",
	CodeLicenseRequired: "activate the gateway",
	CodeDisconnected:    "connect the number",
	CodeRateOverlimit:   "let the number rest",
	CodeUnreachable:     "check the gateway's address and that it runs",
	CodeNoAnswer:        "the gateway may have done it; look before repeating",
	CodeNoID:            "the gateway has sent it; do not repeat it",
	CodeUnclear:         "the gateway may have done it; look before repeating",
}

// Error is what went wrong with one call. It holds no key, no text of a
// message and no whole phone number, so it can be logged as it is.
type Error struct {
	// Op is the call: "send", "find", "connect" …
	Op string
	// Route is whose call it was.
	Route campaign.Route
	// Status is the HTTP status; 0 without an answer.
	Status int
	// Code is the reason, one of the constants of this package.
	Code campaign.Code
	// Message is what the gateway said, in one line: shortened, digits of
	// numbers masked, and withheld where it could quote a message.
	Message string
	// Began is when the first byte of a send left; zero if none did or
	// nobody saw it.
	Began time.Time
	// Err is the cause on this side of the wire, if there is one.
	Err error
}

// Error says what was asked, what came back and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("evolution: " + e.Op)
	if e.Route.Instance != "" {
		b.WriteString(" " + strconv.Quote(e.Route.Instance))
	}
	b.WriteString(": ")
	if e.Status != 0 {
		b.WriteString(strconv.Itoa(e.Status) + " ")
	}
	b.WriteString(string(e.Code))
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if a := advice[e.Code]; a != "" {
		b.WriteString(" (" + a + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// bare removes the layer of net/http that prints the request's address, and
// with it the instance's name twice.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

const longest = 160

// said makes the gateway's words fit for a log. text is what was being sent.
func said(words []string, text string, key Secret) string {
	s := strings.Join(strings.Fields(strings.ToValidUTF8(strings.Join(words, "; "), "")), " ")
	switch {
	case s == "":
		return ""
	case strings.Contains(strings.ToLower(s), "prisma"):
		// The database layer prints the row it could not write.
		return "a database error (its words are withheld)"
	case quotes(s, text):
		return "(withheld: it quotes the message)"
	}
	if key != "" {
		s = strings.ReplaceAll(s, string(key), redacted)
	}
	s = mask(s)
	if len(s) > longest {
		s = s[:longest]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
		s += "…"
	}
	return s
}

// quotes reports whether s holds any eight characters of text in a row, or
// all of a shorter text. Line breaks and blanks count as one blank.
func quotes(s, text string) bool {
	t := []rune(strings.Join(strings.Fields(text), " "))
	if len(t) == 0 {
		return false
	}
	const window = 8
	if len(t) <= window {
		return strings.Contains(s, string(t))
	}
	for i := 0; i+window <= len(t); i++ {
		if strings.Contains(s, string(t[i:i+window])) {
			return true
		}
	}
	return false
}

// mask replaces all but the last two digits of every run of seven or more.
func mask(s string) string {
	b := []byte(s)
	for i := 0; i < len(b); {
		j := i
		for j < len(b) && b[j] >= '0' && b[j] <= '9' {
			j++
		}
		if j-i >= 7 {
			for k := i; k < j-2; k++ {
				b[k] = '*'
			}
		}
		i = max(j, i+1)
	}
	return string(b)
}

// BeganAt is Began, for an engine that asks whether a send of unknown outcome
// began in time.
func (e *Error) BeganAt() time.Time { return e.Began }
