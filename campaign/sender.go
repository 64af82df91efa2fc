package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Sender puts one message on its way.
//
// The error that Send returns is an order to the ledger, so its mark matters
// more than its text: see NotSent, Refused, Hold, SlowDown, Later and Stop. An error that
// carries none of these marks means that nobody knows whether the message went
// out; the ledger then asks (Lookup) and never sends again by itself.
//
// An implementation must refuse to begin, with ErrLate, once the wall clock or
// the monotonic clock has passed m.StartBy, and must check this as late as it
// can: when it holds the connection. It must never repeat a send by itself,
// and must be safe for concurrent use. A Sender that can do more says so by
// further methods, Lookup and Connector; whoever wraps one has to pass them on.
//
// ctx ends when the send has lasted too long: Timing.Timeout and m.Typing after
// m.StartBy, or earlier when the engine has to end. It does not end with the
// context of Run: what has begun is waited for. What Send returns then is judged
// as ever, so an error that says no more than ctx's is unknown. A Send that does
// not return at all is left behind a second later and is unknown, too; its
// goroutine stays for as long as it hangs. Should it return an Accepted after
// all, that still counts.
type Sender interface {
	Send(ctx context.Context, m Outgoing) (Accepted, error)
}

// Outgoing is one message to one person.
type Outgoing struct {
	Route Route
	To    contact.Phone
	// Text is final: variables are filled in.
	Text string
	// Recipient is the person's place in the campaign's audience, and Message the
	// message that was chosen: for senders that send something else instead of
	// Text, a template of the provider's. What they send then is theirs to keep:
	// the ledger has Text.
	Recipient RecipientID
	Message   MessageID
	// Contact is the person as the campaign has copied them.
	Contact contact.Contact
	// Values are the variables that the message asks for, by name, each as it
	// stands in Text: a default where there was no value. They must not be
	// changed.
	Values map[string]string
	// Attempt identifies this try and is never used again.
	Attempt AttemptID
	// StartBy is the last instant at which the send may begin.
	StartBy time.Time
	// Typing is how long the gateway shows "composing" first. The gateway's
	// answer comes that much later. Usually zero.
	Typing time.Duration
}

// Route names the number that a message leaves from.
type Route struct {
	Tenant Tenant
	// Gateway names the gateway's configuration; empty is the tenant's default.
	Gateway string
	// Instance is the gateway's own name for the number.
	Instance string
}

// Accepted is the gateway's word that it has taken a message over. It is not a
// delivery.
type Accepted struct {
	// ProviderID is the message's id at WhatsApp. Never empty.
	ProviderID string
	// Address is the address the gateway really used. It can differ from the
	// number asked for (ninth digit, LID). Empty if unknown.
	Address string
	// At is the gateway's time of acceptance; zero if it did not say.
	At time.Time
	// Began is the instant at which the request left; zero if unknown.
	Began time.Time
}

// ErrLate is returned by a Sender that was asked to begin after StartBy. It is
// proof that nothing went out and consumes no attempt.
var ErrLate = errors.New("campaign: the latest start has passed, nothing was sent")

// Verdict is the class of a send's outcome.
type Verdict string

const (
	VerdictAccepted Verdict = "accepted" // the gateway has it, with an id
	VerdictNotSent  Verdict = "not_sent" // proven: nothing went out; may be tried again
	VerdictRefused  Verdict = "refused"  // proven: nothing went out, and never will to this person
	VerdictHold     Verdict = "hold"     // proven: nothing went out; the instance is at fault
	VerdictSlow     Verdict = "slow"     // proven: nothing went out; the instance must slow down
	VerdictLater    Verdict = "later"    // proven: nothing went out; this person has to wait
	VerdictStop     Verdict = "stop"     // proven: nothing went out; the campaign is at fault
	VerdictLate     Verdict = "late"     // proven: not begun; no attempt counted
	VerdictUnknown  Verdict = "unknown"  // nobody knows
)

// Ruling is what the ledger reads from the error of a Send.
type Ruling struct {
	Verdict Verdict
	Why     Reason
	// After is how long to wait before the instance sends again (VerdictSlow), or
	// before this person is tried again (VerdictLater).
	After time.Duration
}

type ordered struct {
	r   Ruling
	err error
}

func (o *ordered) Error() string {
	if o.err == nil {
		return "campaign: " + string(o.r.Verdict) + ": " + o.r.Why.String()
	}
	return o.err.Error()
}
func (o *ordered) Unwrap() error { return o.err }

// NotSent marks an error as proof that nothing went out: the name did not
// resolve, nobody listened, no byte was written. The recipient is tried again,
// with back-off, up to the campaign's limit.
func NotSent(err error) error {
	return &ordered{Ruling{Verdict: VerdictNotSent, Why: Because(CodeNotSent)}, err}
}

// Refused marks an error as the gateway's definite no for this recipient.
// Nothing went out and the recipient fails, with why as the reason.
func Refused(why Reason, err error) error {
	return &ordered{Ruling{Verdict: VerdictRefused, Why: why}, err}
}

// Hold marks an error as proof that nothing went out because of the instance
// itself: a wrong key, an unknown instance, a closed connection. The recipient
// waits without a counted attempt, and the instance sends nothing more until
// the cause is gone.
func Hold(why Reason, err error) error {
	return &ordered{Ruling{Verdict: VerdictHold, Why: why}, err}
}

// SlowDown marks an error as proof that nothing went out because the gateway
// asks for fewer requests. The instance waits for at least after.
func SlowDown(after time.Duration, err error) error {
	return &ordered{Ruling{Verdict: VerdictSlow, Why: Because(CodeSlowDown), After: after}, err}
}

// Later marks an error as proof that nothing went out because this person must
// not be written to yet: a provider that bounds the messages to one person. The
// person waits for after, a second at least, without a counted try; the instance
// goes on with others.
func Later(after time.Duration, err error) error {
	return &ordered{Ruling{Verdict: VerdictLater, Why: Because(CodeSendLater), After: max(after, time.Second)}, err}
}

// Stop marks an error as proof that nothing went out because of the campaign or
// its message: a template that the provider has paused. Nobody else of the
// audience would get it either, so the campaign is paused, with why as the
// reason, until somebody resumes it. The recipient waits without a counted try.
func Stop(why Reason, err error) error {
	return &ordered{Ruling{Verdict: VerdictStop, Why: why}, err}
}

// Beginner is what an error of Send can implement to tell when the request left,
// zero if it did not: the ledger then knows whether a send whose outcome is
// unknown began after its StartBy. An Accepted says it in Began.
type Beginner interface {
	error
	BeganAt() time.Time
}

// Judge reads the mark of a Send's error. A nil error is accepted, ErrLate is
// late, an error without a mark is unknown, whatever its text says.
func Judge(err error) Ruling {
	var o *ordered
	switch {
	case err == nil:
		return Ruling{Verdict: VerdictAccepted}
	case errors.Is(err, ErrLate):
		return Ruling{Verdict: VerdictLate, Why: Because(CodeLate)}
	case errors.As(err, &o):
		return o.r
	default:
		return Ruling{Verdict: VerdictUnknown, Why: Because(CodeUnknownOutcome)}
	}
}

// Connector is the power of a Sender that can pair and watch its instances.
type Connector interface {
	// Connection asks the gateway for the state of a number. A gateway that
	// gives no readable answer is ConnectionUnknown, without an error.
	Connection(ctx context.Context, r Route) (Connection, error)
}

// Connection is the state of a number at its gateway.
type Connection string

const (
	ConnectionOpen       Connection = "open"
	ConnectionConnecting Connection = "connecting"
	ConnectionClosed     Connection = "close"
	ConnectionUnknown    Connection = "unknown"
)

// Lookup is the power of a Sender that can search what its gateway has sent.
type Lookup interface {
	// Find returns the gateway's records of messages from q.Route to q.To with
	// exactly q.Text, whose time lies between q.From and q.Until, both
	// included. No record and no error means that the gateway answered and has
	// none, which proves nothing about the send.
	Find(ctx context.Context, q Inquiry) ([]Record, error)
}

// Inquiry asks what became of a send whose outcome was lost.
type Inquiry struct {
	Route       Route
	To          contact.Phone
	Text        string
	From, Until time.Time
	// Attempt is the try that is asked about, as its Outgoing named it: a gateway
	// that let the sender choose the message's id knows it by that.
	Attempt AttemptID
}

// Record is one message that the gateway says it has sent.
type Record struct {
	ProviderID string
	Address    string
	At         time.Time
}
