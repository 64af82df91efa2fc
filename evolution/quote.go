package evolution

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/alreasense/campaigns/contact"
)

// members are those of an object, the first ones if there are more than a message
// has: what a report costs must not be a multiple of what it weighs.
type members map[string]json.RawMessage

const mostMembers = 64

// UnmarshalJSON implements json.Unmarshaler.
func (m *members) UnmarshalJSON(b []byte) error {
	*m = nil
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return err // of another type: none
	}
	*m = members{}
	for n := 0; n < mostMembers && dec.More(); n++ {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		(*m)[name.(string)] = value
	}
	return nil
}

// quotation is what a message says of the one that it answers.
type quotation struct {
	ID   string `json:"stanzaId"`
	Chat string `json:"remoteJid"` // where that one stands, if it is another chat
}

// answers is the id of the message that a message quotes or reacts to; b is the
// whole of it. v2 lays the quotation beside the message, v1.8 leaves it inside.
func answers(b []byte, k messageKey) string {
	var m struct {
		Quotation quotation `json:"contextInfo"`
		Message   members   `json:"message"`
	}
	if !decode(b, &m) {
		return ""
	}
	q := m.Quotation
	if q.ID == "" {
		q = quoted(m.Message, 0)
	}
	if _, err := contact.FromAddress(q.Chat); isReason(err, contact.ReasonGroup) || isReason(err, contact.ReasonBroadcast) {
		return "" // a group's message or a status, answered in private
	}
	return q.ID
}

// quoted looks for the quotation inside of a message, in the order of its
// members' names.
func quoted(message members, depth int) quotation {
	for _, name := range slices.Sorted(maps.Keys(message)) {
		var part struct {
			Quotation quotation  `json:"contextInfo"`
			Message   members    `json:"message"`
			Key       messageKey `json:"key"`
		}
		if !decode(message[name], &part) {
			continue
		}
		switch {
		case part.Quotation.ID != "":
			return part.Quotation
		case name == "reactionMessage" && part.Key.ID != "":
			return quotation{ID: part.Key.ID, Chat: part.Key.RemoteJID}
		case part.Message != nil && depth < deepest:
			if q := quoted(part.Message, depth+1); q.ID != "" {
				return q
			}
		}
	}
	return quotation{}
}
