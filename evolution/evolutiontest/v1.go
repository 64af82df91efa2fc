package evolutiontest

import "net/http"

// This file is version 1.8 where it differs from 2.3.6.

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
