package evolution

import (
	"encoding/json"
	"strings"
)

// Status is how far a message has come, in the order in which one outranks
// the other: a status is news only if it is greater than the one that is
// known. StatusFailed stands below StatusDelivered, because a message that was
// delivered cannot fail any more.
type Status int

const (
	// StatusNone is no news: a status that says nothing about delivery, such
	// as DELETED, which the gateway also reports for an edited message.
	StatusNone Status = iota
	// StatusPending: the gateway has it.
	StatusPending
	// StatusServer: WhatsApp has it.
	StatusServer
	// StatusFailed: WhatsApp, or Meta, refused it after the gateway had
	// accepted it. Not every gateway passes on why, see MessageUpdate.Code.
	StatusFailed
	// StatusDelivered: it is on the person's phone.
	StatusDelivered
	// StatusRead: it was read, as far as the person lets that be known.
	StatusRead
	// StatusPlayed: a voice message was played.
	StatusPlayed
)

// String is the name in lower case.
func (s Status) String() string {
	switch s {
	case StatusPending:
		return "pending"
	case StatusServer:
		return "server"
	case StatusFailed:
		return "failed"
	case StatusDelivered:
		return "delivered"
	case StatusRead:
		return "read"
	case StatusPlayed:
		return "played"
	}
	return "none"
}

// ParseStatus reads the gateway's word: ERROR, PENDING, SERVER_ACK,
// DELIVERY_ACK, READ, PLAYED of the ordinary channel, SENT, DELIVERED, READ,
// FAILED of the business channel. Anything else is StatusNone.
func ParseStatus(word string) Status {
	switch strings.ToUpper(word) {
	case "PENDING":
		return StatusPending
	case "SERVER_ACK", "SENT":
		return StatusServer
	case "ERROR", "FAILED":
		return StatusFailed
	case "DELIVERY_ACK", "DELIVERED":
		return StatusDelivered
	case "READ":
		return StatusRead
	case "PLAYED":
		return StatusPlayed
	}
	return StatusNone
}

// UnmarshalJSON reads a word, or the number that stands for it on the wire:
// 0 ERROR, 1 PENDING, 2 SERVER_ACK, 3 DELIVERY_ACK, 4 READ, 5 PLAYED. What
// cannot be read is StatusNone, never an error.
func (s *Status) UnmarshalJSON(b []byte) error {
	*s = StatusNone
	var word string
	if json.Unmarshal(b, &word) == nil {
		*s = ParseStatus(word)
		return nil
	}
	var n *int
	if json.Unmarshal(b, &n) != nil || n == nil {
		return nil
	}
	byNumber := [...]Status{StatusFailed, StatusPending, StatusServer, StatusDelivered, StatusRead, StatusPlayed}
	if *n >= 0 && *n < len(byNumber) {
		*s = byNumber[*n]
	}
	return nil
}
