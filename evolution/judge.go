package evolution

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// verdict is what one row of the table decides.
type verdict struct {
	as   campaign.Verdict
	code campaign.Code
}

// A rule is one row of the allow-list: an answer that proves that nothing
// went out. What no row matches is unknown.
type rule struct {
	name  string
	match func(*answer, Profile) bool
	verdict
}

// rules is read from the top. A 400 is not a proof by itself: the gateway
// also answers 400 when it could not store a message that it has sent.
var rules = [...]rule{
	{"the key is refused", status(http.StatusUnauthorized),
		verdict{campaign.VerdictHold, CodeWrongKey}},
	{"the key may not", status(http.StatusForbidden),
		verdict{campaign.VerdictHold, CodeForbidden}},
	{"no such instance", noInstance,
		verdict{campaign.VerdictHold, CodeInstanceUnknown}},
	{"waits for its licence", unlicensed,
		verdict{campaign.VerdictHold, CodeLicenseRequired}},
	{"the number is not on WhatsApp", func(a *answer, _ Profile) bool { return a.status == http.StatusBadRequest && absent(a.message, 0) },
		verdict{campaign.VerdictRefused, CodeNotOnWhatsApp}},
	{"the body is against the schema", func(a *answer, _ Profile) bool { return a.status == http.StatusBadRequest && a.schema() },
		verdict{campaign.VerdictRefused, CodeInvalidMessage}},
	{"the socket is closed at the lookup", beforeRelay(
		"Connection Closed",
		"Cannot read properties of undefined (reading 'onWhatsApp')",  // never connected
		"Cannot read properties of undefined (reading 'find')",        // the lookup timed out
		"Cannot read properties of undefined (reading 'textMessage')", // in the database, not in memory
	), verdict{campaign.VerdictHold, CodeDisconnected}},
	{"WhatsApp limits the lookups", beforeRelay("rate-overlimit"),
		verdict{campaign.VerdictHold, CodeRateOverlimit}},
	{"asked to slow down", status(http.StatusTooManyRequests),
		verdict{campaign.VerdictSlow, CodeSlowDown}},
	{"turned away by its form", status(
		http.StatusMethodNotAllowed, http.StatusLengthRequired, http.StatusRequestEntityTooLarge,
		http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusRequestHeaderFieldsTooLarge,
	), verdict{campaign.VerdictNotSent, CodeRejected}},
	{"Meta refused it", func(a *answer, _ Profile) bool { return success(a.status) && a.graph() },
		verdict{campaign.VerdictRefused, CodeGatewayRefused}},
}

func status(any ...int) func(*answer, Profile) bool {
	return func(a *answer, _ Profile) bool {
		for _, s := range any {
			if a.status == s {
				return true
			}
		}
		return false
	}
}

func success(status int) bool { return status >= 200 && status <= 299 }

// beforeRelay matches exceptions that versions whose source is known throw before
// a message reaches the socket: status 500, its envelope, and exactly this text
// as a plain string. The same words in a list or after "Error: " come from
// later, and other versions have not been read.
func beforeRelay(texts ...string) func(*answer, Profile) bool {
	return func(a *answer, p Profile) bool {
		if !behaviours[p].raises || a.status != http.StatusInternalServerError || !a.enveloped() {
			return false
		}
		for _, t := range texts {
			if a.only() == t {
				return true
			}
		}
		return false
	}
}

var noSuchInstance = regexp.MustCompile(`^The "(?s:.*)" instance does not exist$`)

// noInstance is the guard's 404. A 404 of a proxy, or for a route that the
// gateway does not have, is another matter.
func noInstance(a *answer, _ Profile) bool {
	if a.status != http.StatusNotFound {
		return false
	}
	list, ok := a.message.([]any)
	if !ok || len(list) != 1 {
		return false
	}
	s, ok := list[0].(string)
	return ok && noSuchInstance.MatchString(s)
}

func unlicensed(a *answer, _ Profile) bool {
	return a.status == http.StatusServiceUnavailable && a.text("code") == "LICENSE_REQUIRED"
}

// sent is the body of a send that was accepted, by v2 and by v1.8 alike.
type sent struct {
	Key struct {
		ID        string `json:"id"`
		RemoteJID string `json:"remoteJid"`
	} `json:"key"`
	Timestamp stamp `json:"messageTimestamp"`
}

// judge reads the answer to a send. Any 2xx with a message id is accepted; a
// row of rules is a proof that nothing went out; all else is unknown, and the
// Error that comes back bears no mark. e is filled in and marked.
func judge(p Profile, status int, header http.Header, body []byte, now time.Time, text string, key Secret, e *Error) (campaign.Accepted, error) {
	if success(status) {
		var s sent
		if json.Unmarshal(body, &s) == nil && strings.TrimSpace(s.Key.ID) != "" {
			return campaign.Accepted{ProviderID: s.Key.ID, Address: s.Key.RemoteJID, At: s.Timestamp.Time}, nil
		}
	}
	a := read(status, body)
	e.Status = status
	e.Message = said(a.words(), text, key)
	for i := range rules {
		if rules[i].match(a, p) {
			e.Code = rules[i].code
			return campaign.Accepted{}, rules[i].mark(e, header, now)
		}
	}
	e.Code = CodeUnclear
	switch {
	case behaviours[p].empties && status == http.StatusCreated && len(bytes.TrimSpace(body)) == 0:
		// It went out. Which of the gateway's messages it is, a record or the
		// report of the send tells: until then nothing could follow it.
		e.Code, e.Message = CodeNoID, "accepted, without a message id"
	case e.Message != "":
	case status >= 300 && status <= 399:
		e.Message = "a redirect; give the gateway's final address"
	case success(status):
		e.Message = "no message id in the answer"
	case a.known == nil && len(bytes.TrimSpace(body)) > 0:
		e.Message = "the answer is not the gateway's JSON"
	}
	return campaign.Accepted{}, e
}

// mark gives the error the class of the verdict.
func (v verdict) mark(e *Error, header http.Header, now time.Time) error {
	why := campaign.Because(e.Code)
	if e.Status != 0 {
		why = campaign.Because(e.Code, "status", strconv.Itoa(e.Status))
	}
	switch v.as {
	case campaign.VerdictHold:
		return campaign.Hold(why, e)
	case campaign.VerdictRefused:
		return campaign.Refused(why, e)
	case campaign.VerdictSlow:
		return campaign.SlowDown(retryAfter(header, now), e)
	default:
		return campaign.NotSent(e)
	}
}

const (
	defaultSlow = time.Minute
	longestSlow = time.Hour
)

// retryAfter reads Retry-After, in seconds or as a date: a minute without
// one, never less than a second, never more than an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(s); err == nil {
		if n > int(longestSlow/time.Second) {
			return longestSlow
		}
		return max(time.Second, time.Duration(n)*time.Second)
	}
	if at, err := http.ParseTime(s); err == nil {
		return min(max(time.Second, at.Sub(now)), longestSlow)
	}
	return defaultSlow
}
