package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Attempt is one try to send one message: the row that is committed before
// the first byte leaves. While it is open it is at once the claim, the lease
// and the guard: nobody else takes its recipient, its phone or its slot.
type Attempt struct {
	ID        AttemptID
	Tenant    Tenant
	Recipient RecipientID
	// Generation and Try number the attempt: a new generation only by order,
	// a new try only when the one before is proven unsent.
	Generation, Try int
	Instance        InstanceID
	// Slot is the place in the instance that the attempt holds while it flies:
	// 0 unless the sender can burst.
	Slot    int
	Route   Route
	Phone   contact.Phone
	Message MessageID
	// Text is final.
	Text string
	// Gap is how long after this send's start the instance rests.
	Gap time.Duration

	TakenAt time.Time
	// StartBy is the last instant at which the send may begin.
	StartBy time.Time
	// Quarantine is the last instant at which the gateway can still carry the
	// send out; the phone stays held until then if the outcome is unknown.
	Quarantine time.Time
	// SweepAt is when the attempt is given up as lost even if its process
	// lives. TakenAt ≤ StartBy ≤ SweepAt, and StartBy ≤ Quarantine.
	SweepAt time.Time
	// Daemon names the process that took it.
	Daemon string

	Phase Phase
	// Held tells that the phone is taken by this attempt.
	Held bool
	// Looked counts inquiries of an unknown attempt; LookAt is the next one,
	// zero when none is planned.
	Looked int
	LookAt time.Time
	// Why tells how an unknown attempt came to be.
	Why Reason
}

// Phase tells the two kinds of open attempt apart.
type Phase string

const (
	Flying Phase = "flying" // its process may still be sending it
	Lost   Phase = "lost"   // nobody knows; shown as unknown
)

// Closed is an attempt that has ended, as the append-only log keeps it.
type Closed struct {
	Attempt         AttemptID
	Tenant          Tenant
	Recipient       RecipientID
	Generation, Try int
	Instance        InstanceID
	Message         MessageID
	// Phone is empty once the person was erased.
	Phone contact.Phone
	// EndedAt is not before TakenAt, even if a clock was set back meanwhile.
	TakenAt, EndedAt time.Time
	// Outcome is how it ended; Accepted alone counts as sent.
	Outcome    Outcome
	ProviderID string
	// Evidence names what an accepted attempt rests on: the gateway's answer,
	// a reconciliation match, an operator.
	Evidence Evidence
	Why      Reason
}

// Outcome is how an attempt ended, or what has been learnt of it.
type Outcome string

const (
	OutcomeAccepted     Outcome = "accepted"        // the gateway has it
	OutcomeNotSent      Outcome = "not_sent"        // proven unsent; a try was used
	OutcomeRefused      Outcome = "refused"         // proven unsent, for good
	OutcomeHeld         Outcome = "held"            // proven unsent, by the instance's fault; no try used
	OutcomeSlowed       Outcome = "slowed"          // proven unsent, the gateway wants a pause; no try used
	OutcomeLate         Outcome = "late"            // not begun; no try used
	OutcomePostponed    Outcome = "postponed"       // not begun, or proven unsent: the person has to wait; no try used
	OutcomeUnknown      Outcome = "unknown"         // nobody knows
	OutcomeNoTrace      Outcome = "no_trace"        // asked again, and the gateway has no record: still unknown
	OutcomeMarkedUnsent Outcome = "marked_not_sent" // an operator's word; the recipient fails
	OutcomeResend       Outcome = "resend"          // an operator's order, or the standing one: a new generation
)

// Evidence is what a sent message rests on.
type Evidence string

const (
	ByAnswer   Evidence = "answer"   // the gateway answered with an id
	ByRecord   Evidence = "record"   // the gateway's own record was found later
	ByWebhook  Evidence = "webhook"  // the gateway reported it by itself
	ByOperator Evidence = "operator" // a named person says so
)

// Settlement is what became of one attempt.
type Settlement struct {
	Attempt AttemptID
	Outcome Outcome
	// Accepted is the gateway's answer (OutcomeAccepted).
	Accepted Accepted
	Evidence Evidence
	Why      Reason
	// After is how long the instance rests (OutcomeSlowed), how long the person
	// waits (OutcomePostponed; zero is PhoneWait), or how long to wait before the
	// next inquiry, since the gateway gave no answer to this one (OutcomeNoTrace).
	After time.Duration
	// Stops pauses the campaign (OutcomePostponed): it is at fault.
	Stops bool
	// Began is when the request left, for an outcome that is unknown; zero if
	// nobody saw it.
	Began time.Time
	// Author is the operator who decided; empty when the system did.
	Author string
	Note   string
}

// Waiting is a recipient behind the cursor that is to be taken again.
type Waiting struct {
	Recipient  RecipientID
	Due        time.Time
	Tries      int
	Generation int
	Why        Reason
	// Lane is zero for who may be taken by any number of the campaign. Otherwise
	// it is for numbers whose cold lane is not shut, and for the one that it
	// names: the person is known to it, and to no other if it is not Strangers.
	Lane InstanceID
}
