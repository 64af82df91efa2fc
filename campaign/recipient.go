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
	// Contact is a copy, made when the person was added.
	Contact contact.Contact
	State   State
	// Why explains failed, skipped, pending-but-waiting and unknown.
	Why Reason
	// Message is the last message chosen; zero before the first take.
	Message MessageID
	// Tries counts sends that were begun, or may have been, in this generation.
	Tries int
	// Generation is 1, and one more for each resend that an operator ordered.
	Generation int
	// Due is when a waiting recipient is tried again; zero otherwise.
	Due time.Time

	Instance                             InstanceID
	ProviderID                           string
	TakenAt, SentAt, DeliveredAt, ReadAt time.Time
	RespondedAt                          time.Time
}
