package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// State is where a recipient stands.
type State string

const (
	Pending   State = "pending"   // not taken yet, or waiting for another try
	Sending   State = "sending"   // in flight
	Unknown   State = "unknown"   // the outcome was lost; never sent again by itself
	Sent      State = "sent"      // the gateway has it
	Delivered State = "delivered" // on the person's device
	Read      State = "read"      // seen
	Failed    State = "failed"    // will not be sent; Why tells
	Skipped   State = "skipped"   // left out on purpose; Why tells
	Dropped   State = "cancelled" // the campaign was cancelled first
)

// States lists every state of a recipient.
func States() []State {
	return []State{Pending, Sending, Unknown, Sent, Delivered, Read, Failed, Skipped, Dropped}
}

// rank orders the states that a message passes after it was accepted. The
// others have no rank.
func (s State) rank() int {
	switch s {
	case Sent:
		return 1
	case Delivered:
		return 2
	case Read:
		return 3
	}
	return 0
}

// Recipient is a person in a campaign's audience.
type Recipient struct {
	ID RecipientID
	// Contact is a copy, made when the person was added. Of one who was erased
	// there is an ErasedPhone alone.
	Contact contact.Contact
	State   State
	// Why explains failed, skipped, pending-but-waiting and unknown.
	Why Reason
	// Message is the last message chosen; zero before the first take.
	Message MessageID
	// Tries counts sends that were begun, or may have been, in this generation.
	Tries int
	// Generation is 1, and one more for each resend that an operator, a standing
	// order or the policy after a restriction has ordered.
	Generation int
	// Due is when a waiting recipient is tried again; zero otherwise.
	Due time.Time

	Instance                             InstanceID
	ProviderID                           string
	TakenAt, SentAt, DeliveredAt, ReadAt time.Time
	RespondedAt                          time.Time
}

// Derive fills in what a recipient's own row does not hold: a row is written
// when the recipient is settled, and until then its state follows from the
// open attempt or the waiting row that it has, either of which may be nil, and
// from the campaign's status. Stores call it for every recipient they return.
func (r *Recipient) Derive(s Status, open *Attempt, w *Waiting) {
	if open != nil {
		r.Message, r.Tries, r.Generation = open.Message, open.Try, open.Generation
		r.Instance, r.TakenAt, r.Why = open.Instance, open.TakenAt, open.Why
	} else if w != nil {
		r.Tries, r.Generation, r.Due, r.Why = w.Tries, w.Generation, w.Due, w.Why
	}
	if open != nil || w != nil {
		// What its own row may tell is of a message before.
		r.ProviderID, r.SentAt, r.DeliveredAt, r.ReadAt = "", time.Time{}, time.Time{}, time.Time{}
	}
	if r.Generation == 0 {
		r.Generation = 1
	}
	switch {
	case open != nil && open.Phase == Flying:
		r.State = Sending
	case open != nil:
		r.State = Unknown
	case r.State != "":
	case s == Cancelled:
		r.State = Dropped
	default:
		r.State = Pending
	}
}
