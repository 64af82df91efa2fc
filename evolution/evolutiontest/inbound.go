package evolutiontest

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// Inbound is a text that someone sends to an instance.
type Inbound struct {
	Instance string `json:"instance"`
	From     string `json:"from"` // number, spelt as send routes accept it
	Text     string `json:"text"`
	Name     string `json:"name,omitempty"`   // pushName. Defaults to Contato
	LID      bool   `json:"lid,omitempty"`    // the chat goes by LID, the phone is in remoteJidAlt
	FromMe   bool   `json:"fromMe,omitempty"` // typed by the owner, on the phone, to From
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
		key := Key{RemoteJID: jid, FromMe: m.FromMe, ID: "3A" + newUUIDHex()[:18]}
		if m.LID {
			key.RemoteJID, key.RemoteJIDAlt, key.AddressingMode = lidOf(jid), jid, "lid"
		}
		keyID = key.ID
		if in.state != stateOpen || in.deaf {
			return nil
		}
		name := cmp.Or(m.Name, "Contato")
		if m.FromMe {
			name = "Você"
		}
		g.upsert(in, key, name, map[string]any{"conversation": m.Text}, "conversation", "android")
		reported = true
		return nil
	})
	return keyID, reported, err
}

// upsert stores what came in and tells of it. g.mu is held.
func (g *Gateway) upsert(in *instance, key Key, name string, body map[string]any, typ, source string) {
	now := g.now().UTC()
	row := &Message{
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
	if !key.FromMe {
		data["status"] = "DELIVERY_ACK"
	}
	if g.o.V1 {
		data["owner"] = in.Name
	}
	g.emit(in, "MESSAGES_UPSERT", data)
}

// sendEvolution sends through the channel that needs nothing but the server.
func (g *Gateway) sendEvolution(c *call, in *instance, m content, number string) answer {
	if delay := time.Duration(c.num("delay")) * time.Millisecond; delay > 0 && !g.wait(g.scaled(delay)) {
		return answer{}
	}
	if a, hit := g.strikeRelay(c); hit {
		return a
	}
	return g.carryOut(c, in, m, Key{RemoteJID: number, FromMe: true, ID: newUUID()}, "")
}

// sendBusiness sends through the Graph API: no look-up, no typing.
func (g *Gateway) sendBusiness(c *call, in *instance, m content, number string) answer {
	if a, hit := g.strikeRelay(c); hit {
		return a
	}
	key := Key{RemoteJID: normalise(number), FromMe: true, ID: "wamid." + newUUIDHex()}
	return g.carryOut(c, in, m, key, "PENDING")
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
			c.str("pushName"), body, cmp.Or(c.str("messageType"), "conversation"), "unknown")
		break
	}
	return ok(map[string]any{"status": "success"})
}

func newUUIDHex() string { return fmt.Sprintf("%X", []byte(newUUID())[:18]) }

// routesV1 changes the table to version 1.8.
func routesV1(m map[string]route) {
	text := m["POST message/sendText"]
	text.schema, text.do = textSchemaV1, (*Gateway).sendTextV1
	m["POST message/sendText"] = text
	for _, path := range []string{"instance/restart", "chat/markMessageAsRead"} {
		m[http.MethodPut+" "+path] = m[http.MethodPost+" "+path]
		delete(m, http.MethodPost+" "+path)
	}
	m["GET chat/findChats"] = m["POST chat/findChats"]
	delete(m, "POST chat/findChats")
	set := m["POST settings/set"]
	set.schema, set.do = settingsSchemaV1, (*Gateway).setSettingsV1
	m["POST settings/set"] = set
	create := m["POST instance/create"]
	create.schema = createSchemaV1
	m["POST instance/create"] = create
}

var textSchemaV1 = []rule{
	numberRule,
	{name: "options", kind: "object", fields: []rule{
		delayRule,
		{name: "presence", kind: "string", enum: presences},
		{name: "linkPreview", kind: "boolean"},
		quotedRule,
		{name: "mentions", kind: "object", fields: []rule{everyOneRule, mentionedRule}},
	}},
	{name: "textMessage", kind: "object", required: true, fields: []rule{
		{name: "text", kind: "string", required: true},
	}},
}

var createSchemaV1 = []rule{
	{name: "instanceName", kind: "string"},
	{name: "token", kind: "string"},
	{name: "qrcode", kind: "boolean"},
	{name: "webhook", kind: "string"},
	{name: "webhook_by_events", kind: "boolean"},
	{name: "events", kind: "array", strings: true, enum: eventNames},
	{name: "reject_call", kind: "boolean"},
	{name: "groups_ignore", kind: "boolean"},
}

var settingsSchemaV1 = []rule{
	{name: "reject_call", kind: "boolean", required: true},
	{name: "msg_call", kind: "string"},
	{name: "groups_ignore", kind: "boolean", required: true},
	{name: "always_online", kind: "boolean", required: true},
	{name: "read_messages", kind: "boolean", required: true},
	{name: "read_status", kind: "boolean", required: true},
	{name: "sync_full_history", kind: "boolean", required: true},
}

// sendTextV1 reads the nested body of version 1.8.
func (g *Gateway) sendTextV1(c *call) answer {
	flat := map[string]any{"number": c.body["number"]}
	if o, given := c.body["options"].(map[string]any); given && o["delay"] != nil {
		flat["delay"] = o["delay"]
	}
	if t, given := c.body["textMessage"].(map[string]any); given {
		flat["text"] = t["text"]
	}
	c.body = flat
	return g.sendText(c)
}

// wrapWebhookV1 turns the unwrapped body of version 1.8 into version 2's. A
// missing field stays missing, for the schema to name.
func wrapWebhookV1(body map[string]any) map[string]any {
	in := map[string]any{"enabled": true}
	for from, to := range map[string]string{
		"url": "url", "enabled": "enabled", "webhook_by_events": "byEvents", "webhook_base64": "base64", "events": "events",
	} {
		if v, there := body[from]; there {
			in[to] = v
		}
	}
	if in["events"] == nil {
		in["events"] = []any{}
	}
	return map[string]any{"webhook": in}
}

// setSettingsV1 reads the snake-case names of version 1.8.
func (g *Gateway) setSettingsV1(c *call) answer {
	for from, to := range map[string]string{
		"reject_call": "rejectCall", "msg_call": "msgCall", "groups_ignore": "groupsIgnore", "always_online": "alwaysOnline",
		"read_messages": "readMessages", "read_status": "readStatus", "sync_full_history": "syncFullHistory",
	} {
		if v, there := c.body[from]; there {
			c.body[to] = v
		}
	}
	return g.setSettings(c)
}

// rowV1 is an instance in the list of version 1.8.
func (in *instance) rowV1() map[string]any {
	m := map[string]any{
		"instanceName": in.Name, "instanceId": in.ID, "status": in.state, "apikey": in.Token, "integration": in.Integration,
	}
	if in.Owner != "" {
		m["owner"], m["profileName"] = in.ownerJID(), in.profile()
	}
	return map[string]any{"instance": m}
}
