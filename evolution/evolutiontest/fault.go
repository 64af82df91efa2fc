package evolutiontest

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// A Kind is one way in which a send goes wrong. The table below is the whole
// list; Performed tells whether the message goes out all the same.
type Kind string

// Before the message: nothing is performed.
const (
	ResetBefore       Kind = "reset-before"          // the connection is reset
	HangBefore        Kind = "hang-before"           // no answer until the caller leaves or For has passed
	BadGateway        Kind = "proxy-502"             // a proxy's HTML page
	GatewayTimeout    Kind = "proxy-504"             // likewise
	TooMany           Kind = "too-many"              // 429 with Retry-After: RetryAfter seconds
	Redirect          Kind = "redirect"              // 307 to Location
	Unavailable       Kind = "unavailable"           // a bare 503
	Unlicensed        Kind = "license"               // 503 LICENSE_REQUIRED
	NotInMemory       Kind = "not-in-memory"         // 500 TypeError textMessage
	NeverConnected    Kind = "never-connected"       // 500 TypeError onWhatsApp
	LookupClosed      Kind = "lookup-closed"         // 500 Connection Closed
	LookupTimeout     Kind = "lookup-timeout"        // 500 TypeError find, after For
	LookupRateLimited Kind = "lookup-rate-overlimit" // 500 rate-overlimit
	CacheFailed       Kind = "cache-failed"          // 500 Prisma, from the number cache
	NotOnWhatsApp     Kind = "not-on-whatsapp"       // 400 exists:false
	RelayClosed       Kind = "relay-closed"          // 400 Error: Connection Closed
	RelayTimeout      Kind = "relay-timeout"         // 400 Error: Timed Out, nothing written
	RelayRateLimited  Kind = "relay-rate-overlimit"  // 400 Error: rate-overlimit
	RelayForbidden    Kind = "relay-forbidden"       // 400 Error: forbidden
	GroupUnknown      Kind = "group-unknown"         // 400 [object Object]
	GraphError        Kind = "graph-error"           // 201 with the Graph error as body
)

// After the message: it is performed, the answer is what goes wrong.
const (
	ResetAfter          Kind = "reset-after"         // row stored, webhook sent, connection reset
	KilledAfter         Kind = "killed-after"        // no row, no webhook, connection reset
	HangAfter           Kind = "hang-after"          // no answer until the caller leaves or For has passed
	TimeoutAfter        Kind = "timeout-after"       // the right answer, after For
	BadGatewayAfter     Kind = "proxy-502-after"     // a proxy's HTML page
	GatewayTimeoutAfter Kind = "proxy-504-after"     // likewise
	UnavailableAfter    Kind = "unavailable-after"   // a bare 503
	RelayTimeoutAfter   Kind = "relay-timeout-after" // 400 Error: Timed Out, row not stored
	RelayClosedAfter    Kind = "relay-closed-after"  // 400 Error: Connection Closed, row not stored
	RowLost             Kind = "row-lost"            // 400 Prisma: no row, no webhook
	Drip                Kind = "drip"                // 201, the body byte by byte, For apart
	Cut                 Kind = "cut"                 // 201, half the body, then the connection ends
	Garbage             Kind = "garbage"             // 201 with a body that is not JSON
	NoID                Kind = "no-id"               // 201 without key.id
	EmptyID             Kind = "empty-id"            // 201 with an empty key.id
	EmptyBody           Kind = "empty-body"          // 201 without a body, as 2.3.7 can answer
	LID                 Kind = "lid"                 // 201, remoteJid a LID, the phone in remoteJidAlt
	ErrorLater          Kind = "error-later"         // 201, For later status ERROR
	DeadSocket          Kind = "dead-socket"         // 201 from a socket nobody reads: Send.Dead, never acknowledged
	NoAck               Kind = "no-ack"              // 201, received, but no status is ever reported
	StatusSuppressed    Kind = "status-suppressed"   // 201, every status is swallowed
	StatusEarly         Kind = "status-early"        // DELIVERY_ACK overtakes the row: lost, and suppressed
	WebhookLost         Kind = "webhook-lost"        // the send's events are not delivered; Event narrows it
	WebhookTwice        Kind = "webhook-twice"       // they are delivered twice; Event narrows it
	WebhookReordered    Kind = "webhook-reordered"   // statuses backwards, then SEND_MESSAGE
	WebhookEarly        Kind = "webhook-early"       // SEND_MESSAGE is delivered before the answer is written
)

var before = []Kind{
	ResetBefore, HangBefore, BadGateway, GatewayTimeout, TooMany, Redirect, Unavailable, Unlicensed,
	NotInMemory, NeverConnected, LookupClosed, LookupTimeout, LookupRateLimited, CacheFailed, NotOnWhatsApp,
	RelayClosed, RelayTimeout, RelayRateLimited, RelayForbidden, GroupUnknown, GraphError,
}

var afterwards = []Kind{
	ResetAfter, KilledAfter, HangAfter, TimeoutAfter, BadGatewayAfter, GatewayTimeoutAfter, UnavailableAfter,
	RelayTimeoutAfter, RelayClosedAfter, RowLost, Drip, Cut, Garbage, NoID, EmptyID, EmptyBody, LID, ErrorLater, DeadSocket,
	NoAck, StatusSuppressed, StatusEarly, WebhookLost, WebhookTwice, WebhookReordered, WebhookEarly,
}

// Kinds lists every kind of fault, those that perform nothing first.
func Kinds() []Kind { return slices.Concat(before, afterwards) }

// Performed reports whether a send struck by this fault goes out, if nothing
// else is wrong with it. The ledger tells what happened to each.
func (k Kind) Performed() bool { return slices.Contains(afterwards, k) }

// ErrUnknownFault is wrapped by Inject for a kind that Kinds does not list.
var ErrUnknownFault = errors.New("evolutiontest: no such kind of fault; Kinds lists them")

// A Fault is a rule that makes matching sends go wrong. Of the rules that
// match a send the oldest strikes. Its zero fields match every send.
type Fault struct {
	Kind     Kind   `json:"kind"`
	Instance string `json:"instance,omitempty"` // name; empty: any
	Number   string `json:"number,omitempty"`   // person, spelt any way; empty: anyone
	// Call strikes only the nth send asked for to a number through an
	// instance since the gateway's ledger began, counted from 1.
	Call int `json:"call,omitempty"`
	// Nth strikes only the nth send that this rule matches, counted from 1.
	Nth int `json:"nth,omitempty"`
	// Times ends the rule after so many strikes. Zero: never.
	Times int `json:"times,omitempty"`
	// Probability, between 0 and 1, that a matching send is struck, thrown by
	// Options.Seed, number and call. Zero: always.
	Probability float64 `json:"probability,omitempty"`
	// For is the wait of the kinds that wait: not scaled, except for
	// ErrorLater, whose wait is an acknowledgement's. Zero: at once for those
	// that answer, without bound for the hanging kinds.
	For time.Duration `json:"for,omitempty"`
	// RetryAfter of TooMany, in seconds. Zero: no such header.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Location of Redirect. Zero: /elsewhere.
	Location string `json:"location,omitempty"`
	// Text replaces the Prisma text of RowLost and CacheFailed.
	Text string `json:"text,omitempty"`
	// Event narrows WebhookLost and WebhookTwice to SEND_MESSAGE or
	// MESSAGES_UPDATE.
	Event string `json:"event,omitempty"`
}

type armed struct {
	Fault
	id      int
	matched int
	struck  int
}

// kind of a fault that may be none.
func (a *armed) kind() Kind {
	if a == nil {
		return ""
	}
	return a.Kind
}

// Inject arms a fault and returns its id for Clear. Sends that have begun
// are not struck.
func (g *Gateway) Inject(f Fault) (id int, err error) {
	if !slices.Contains(Kinds(), f.Kind) {
		return 0, fmt.Errorf("%w: %q", ErrUnknownFault, f.Kind)
	}
	if f.Probability < 0 || f.Probability > 1 {
		return 0, fmt.Errorf("evolutiontest: fault probability %v is not between 0 and 1", f.Probability)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nextFault++
	g.faults = append(g.faults, &armed{Fault: f, id: g.nextFault})
	return g.nextFault, nil
}

// Clear disarms the faults with these ids, or all when none is given.
func (g *Gateway) Clear(ids ...int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = slices.DeleteFunc(g.faults, func(a *armed) bool {
		return len(ids) == 0 || slices.Contains(ids, a.id)
	})
}

// Struck counts how often the fault with this id has struck; 0 for an id
// that is not armed any more.
func (g *Gateway) Struck(id int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, a := range g.faults {
		if a.id == id {
			return a.struck
		}
	}
	return 0
}

// strike picks the fault of one send. g.mu is held.
func (g *Gateway) strike(instance, number string, call int) *armed {
	var hit *armed
	for _, a := range g.faults {
		if a.Instance != "" && a.Instance != instance ||
			a.Number != "" && person(normalise(a.Number)) != person(normalise(number)) ||
			a.Call > 0 && a.Call != call {
			continue
		}
		a.matched++
		if hit != nil ||
			a.Nth > 0 && a.matched != a.Nth ||
			a.Times > 0 && a.struck >= a.Times ||
			a.Probability > 0 && g.die("fault", strconv.Itoa(a.id)+" "+callKey(instance, number), call) >= a.Probability {
			continue
		}
		a.struck++
		hit = a
	}
	return hit
}

func callKey(instance, number string) string {
	return instance + "\x00" + person(normalise(number))
}

// die is a number in [0, 1) that depends on the seed and on what it is thrown
// for, so that the order of arrival does not matter.
func (g *Gateway) die(purpose, subject string, n int) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(purpose + "\x00" + subject))
	return rand.New(rand.NewPCG(g.o.Seed, h.Sum64()+uint64(n)*0x9e3779b97f4a7c15)).Float64()
}
