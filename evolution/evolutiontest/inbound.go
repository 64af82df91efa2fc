package evolutiontest

import (
	"cmp"
	"fmt"
	"strconv"
)

// Inbound is a text that someone sends to an instance.
type Inbound struct {
	Instance string `json:"instance"`
	From     string `json:"from"` // number, spelt as send routes accept it
	Text     string `json:"text"`
	Name     string `json:"name,omitempty"`   // pushName. Defaults to Contato
	LID      bool   `json:"lid,omitempty"`    // the chat goes by LID, the phone is in remoteJidAlt
	FromMe   bool   `json:"fromMe,omitempty"` // typed by the owner, on the phone, to From
	// Anonymous is LID without remoteJidAlt: nothing tells the phone.
	Anonymous bool `json:"anonymous,omitempty"`
	// Quotes is the id of the message that the text answers.
	Quotes string `json:"quotes,omitempty"`
	// Reaction says that Text is a reaction to the message Quotes; empty takes it
	// back.
	Reaction bool `json:"reaction,omitempty"`
	// Edits is the id of an earlier message, which gets this text: a
	// MESSAGES_EDITED, which names nobody but that id.
	Edits string `json:"edits,omitempty"`
}

// Receive lets the instance receive a text and makes a MESSAGES_UPSERT of it.
// reported is false when none is made: the instance is not open, or it was
// paired anew after a logout through the API, which leaves the original deaf
// until it is created anew or its process restarts.
func (g *Gateway) Receive(m Inbound) (keyID string, reported bool, err error) {
	err = g.with(m.Instance, func(in *instance) error {
		jid := normalise(m.From)
		if found := g.ask(m.From); found.Exists {
			jid = found.JID
		}
		if m.Edits != "" {
			keyID, reported = m.Edits, in.state == stateOpen && !in.deaf
			if reported {
				g.edit(in, m)
			}
			return nil
		}
		key := Key{RemoteJID: jid, FromMe: m.FromMe, ID: "3A" + newUUIDHex()[:18]}
		if m.LID || m.Anonymous {
			key.RemoteJID, key.RemoteJIDAlt, key.AddressingMode = lidOf(jid), jid, "lid"
		}
		if m.Anonymous {
			key.RemoteJIDAlt = ""
		}
		keyID = key.ID
		if in.state != stateOpen || in.deaf {
			return nil
		}
		name := cmp.Or(m.Name, "Contato")
		if m.FromMe {
			name = "Você"
		}
		body, typ := map[string]any{"conversation": m.Text}, "conversation"
		var quotes map[string]any
		switch {
		case m.Reaction:
			typ = "reactionMessage"
			body = map[string]any{typ: map[string]any{
				"key": map[string]any{"remoteJid": key.RemoteJID, "fromMe": true, "id": m.Quotes}, "text": m.Text,
			}}
		case m.Quotes != "":
			quotes = map[string]any{"stanzaId": m.Quotes, "participant": in.Owner + userServer, "quotedMessage": map[string]any{"conversation": ""}}
			if row := in.byID[m.Quotes]; row != nil {
				quotes["quotedMessage"] = row.Body
			}
		}
		g.upsert(in, key, name, body, typ, "android", quotes)
		reported = true
		return nil
	})
	return keyID, reported, err
}

// edit gives a stored message another text and tells of it as the original does:
// the key inside is that of the writer's phone, with the chat as they see it, so
// that nothing but the id says whose it is. g.mu is held.
func (g *Gateway) edit(in *instance, m Inbound) {
	now := g.now().UTC()
	body := map[string]any{"conversation": m.Text}
	g.emit(in, "MESSAGES_EDITED", map[string]any{
		"key":  map[string]any{"remoteJid": in.Owner + userServer, "fromMe": true, "id": m.Edits},
		"type": "MESSAGE_EDIT", "editedMessage": body, "timestampMs": strconv.FormatInt(now.UnixMilli(), 10),
	})
	if row := in.byID[m.Edits]; row != nil {
		row.Body, row.At = body, now
	}
}

// upsert stores what came in and tells of it. g.mu is held.
func (g *Gateway) upsert(in *instance, key Key, name string, body map[string]any, typ, source string, quotes map[string]any) {
	now := g.now().UTC()
	row := &message{
		Instance: in.Name, RowID: rowID(), Key: key, PushName: name, Type: typ, Body: body, At: now, Source: source,
	}
	if g.storing && !g.o.Compact {
		in.store(row)
		g.ledger.note(record{Row: row})
	}
	data := map[string]any{
		"key": key, "pushName": name, "message": body, "messageType": typ, "messageTimestamp": now.Unix(),
		"instanceId": in.ID, "source": source,
	}
	if quotes != nil {
		data["contextInfo"] = quotes
	}
	if !key.FromMe {
		data["status"] = "DELIVERY_ACK"
	}
	if g.o.V1 {
		data["owner"] = in.Name
	}
	g.emit(in, "MESSAGES_UPSERT", data)
}

// inboundEvolution answers POST /webhook/evolution, the way in of the
// EVOLUTION channel: numberId is the instance's number.
func (g *Gateway) inboundEvolution(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := c.str("numberId")
	for _, in := range g.sorted() {
		if in.Integration != Evolution || id == "" || in.Number != id {
			continue
		}
		key, _ := c.body["key"].(map[string]any)
		jid, _ := key["remoteJid"].(string)
		fromMe, _ := key["fromMe"].(bool)
		kid, _ := key["id"].(string)
		body, _ := c.body["message"].(map[string]any)
		g.upsert(in, Key{RemoteJID: jid, FromMe: fromMe, ID: cmp.Or(kid, newUUID())},
			c.str("pushName"), body, cmp.Or(c.str("messageType"), "conversation"), "unknown", nil)
		break
	}
	return ok(map[string]any{"status": "success"})
}

func newUUIDHex() string { return fmt.Sprintf("%X", []byte(newUUID())[:18]) }
