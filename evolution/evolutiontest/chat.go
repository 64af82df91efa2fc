package evolutiontest

import (
	"cmp"
	"hash/fnv"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// bare is the error of whatsappNumbers, which has no envelope.
func bare(complaints []string) answer {
	return answer{status: http.StatusBadRequest, body: struct {
		Status  int        `json:"status"`
		Error   string     `json:"error"`
		Message [][]string `json:"message"`
	}{http.StatusBadRequest, "Bad Request", [][]string{complaints}}}
}

// programError is what whatsappNumbers makes of a TypeError.
func programError() answer {
	return answer{status: http.StatusBadRequest, body: struct{}{}}
}

// boom is a closed socket as whatsappNumbers serialises it.
func boom() answer {
	return answer{status: http.StatusBadRequest, body: map[string]any{
		"data": nil, "isBoom": true, "isServer": false,
		"output": map[string]any{
			"statusCode": 428,
			"payload":    map[string]any{"statusCode": 428, "error": "Precondition Required", "message": "Connection Closed"},
			"headers":    map[string]any{},
		},
	}}
}

// whatsappNumbers answers POST /chat/whatsappNumbers: broadcasts, groups,
// then users, whatever the order asked.
func (g *Gateway) whatsappNumbers(c *call) answer {
	list, listed := c.body["numbers"].([]any)
	if !listed {
		return programError()
	}
	g.mu.Lock()
	in := g.instances[c.name]
	if in == nil || in.unloaded {
		g.mu.Unlock()
		return programError()
	}
	channel, socket, state := in.Integration, in.socket, in.state
	g.mu.Unlock()
	switch channel {
	case Evolution:
		return answer{status: http.StatusBadRequest, body: map[string]any{
			"status": http.StatusBadRequest, "error": "Bad Request", "message": notOnEvolution,
		}}
	case Business:
		return refused(http.StatusBadRequest, "Method not available on this Channel")
	}
	out := []lookedUp{}
	for _, v := range list {
		number, _ := v.(string)
		found, hit := g.inCache(number)
		switch {
		case hit:
		case !socket:
			return programError()
		case state != stateOpen:
			return boom()
		default:
			found = g.ask(number)
			g.remember(found)
		}
		out = append(out, found)
	}
	slices.SortStableFunc(out, func(a, b lookedUp) int { return cmp.Compare(audience(a.JID), audience(b.JID)) })
	return ok(out)
}

func audience(jid string) int {
	switch {
	case strings.HasSuffix(jid, broadcast):
		return 0
	case strings.HasSuffix(jid, groupServer):
		return 1
	}
	return 2
}

// findMessages answers POST /chat/findMessages.
func (g *Gateway) findMessages(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "fetchMessages")
	if in == nil {
		return a
	}
	where, _ := c.body["where"].(map[string]any)
	found := in.search(where)
	page, size := pageOf(c.body)
	records := make([]any, 0, min(size, len(found)))
	for _, row := range cutPage(found, page, size) {
		records = append(records, in.record(row))
	}
	if g.o.V1 {
		return ok(records)
	}
	return ok(map[string]any{"messages": map[string]any{
		"total": len(found), "pages": (len(found) + size - 1) / size, "currentPage": page, "records": records,
	}})
}

// search filters as the original does: a false fromMe and a single time
// bound count for nothing, addresses must match exactly. Newest first, by
// whole seconds.
func (in *instance) search(where map[string]any) []*message {
	key, _ := where["key"].(map[string]any)
	id, _ := key["id"].(string)
	jid, _ := key["remoteJid"].(string)
	alt, _ := key["remoteJidAlt"].(string)
	participant, _ := key["participant"].(string)
	typ, _ := where["messageType"].(string)
	source, _ := where["source"].(string)
	rowID, _ := where["id"].(string)
	from, to, window := bounds(where["messageTimestamp"])
	rows := in.rows
	switch {
	case id != "":
		rows = nil
		if row := in.byID[id]; row != nil {
			rows = []*message{row}
		}
	case jid != "":
		rows = in.byChat[jid]
	}
	out := []*message{}
	for _, m := range slices.Backward(rows) {
		at := m.At.Unix()
		if jid != "" && m.Key.RemoteJID != jid || alt != "" && m.Key.RemoteJIDAlt != alt ||
			participant != "" && m.Key.Participant != participant || key["fromMe"] == true && !m.Key.FromMe ||
			typ != "" && m.Type != typ || source != "" && m.Source != source || rowID != "" && m.RowID != rowID ||
			window && (at < from || at > to) {
			continue
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b *message) int { return cmp.Compare(b.At.Unix(), a.At.Unix()) })
	return out
}

// bounds reads a time window, which counts only when both ends are there.
func bounds(v any) (from, to int64, both bool) {
	m, _ := v.(map[string]any)
	gte, _ := m["gte"].(string)
	lte, _ := m["lte"].(string)
	a, err := time.Parse(time.RFC3339Nano, gte)
	if err != nil {
		return 0, 0, false
	}
	b, err := time.Parse(time.RFC3339Nano, lte)
	return a.Unix(), b.Unix(), err == nil
}

// pageOf reads page and offset, which is the size of a page.
func pageOf(body map[string]any) (page, size int) {
	page, size = 1, 50
	if f, given := body["page"].(float64); given && f >= 1 {
		page = int(min(f, math.MaxInt32))
	}
	if f, given := body["offset"].(float64); given && f >= 1 {
		size = int(min(f, math.MaxInt32))
	}
	return page, size
}

func cutPage[T any](list []T, page, size int) []T {
	from := min((page-1)*size, len(list))
	return list[from:min(from+size, len(list))]
}

// record is a row as findMessages shows it.
func (in *instance) record(m *message) map[string]any {
	updates := []any{}
	for _, s := range in.statuses[m.Key.ID] {
		updates = append(updates, map[string]any{"status": in.word(s)})
	}
	return map[string]any{
		"id": m.RowID, "key": m.Key, "pushName": null(m.PushName), "messageType": m.Type, "message": m.Body,
		"messageTimestamp": m.At.Unix(), "instanceId": in.ID, "source": m.Source, "contextInfo": nil,
		"MessageUpdate": updates,
	}
}

// word is a status in the channel's vocabulary.
func (in *instance) word(status string) string {
	if in.Integration == Business {
		return businessWords[status]
	}
	return status
}

// findStatusMessage answers POST /chat/findStatusMessage: id and remoteJid
// filter, nothing else does, and the order means nothing.
func (g *Gateway) findStatusMessage(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "fetchStatusMessage")
	if in == nil {
		return a
	}
	where, _ := c.body["where"].(map[string]any)
	id, _ := where["id"].(string)
	jid, _ := where["remoteJid"].(string)
	rows := in.rows
	if id != "" {
		rows = nil
		if row := in.byID[id]; row != nil {
			rows = []*message{row}
		}
	}
	type line struct {
		ID          string `json:"id"`
		KeyID       string `json:"keyId"`
		RemoteJID   string `json:"remoteJid"`
		FromMe      bool   `json:"fromMe"`
		Participant any    `json:"participant"`
		PollUpdates any    `json:"pollUpdates"`
		Status      string `json:"status"`
		MessageID   string `json:"messageId"`
		InstanceID  string `json:"instanceId"`
		shuffle     uint64
	}
	list := []line{}
	for _, m := range rows {
		if jid != "" && m.Key.RemoteJID != jid {
			continue
		}
		for _, s := range in.statuses[m.Key.ID] {
			h := fnv.New64a()
			_, _ = h.Write([]byte(m.RowID + s))
			list = append(list, line{
				ID: "st" + m.RowID[2:] + s, KeyID: m.Key.ID, RemoteJID: m.Key.RemoteJID, FromMe: m.Key.FromMe,
				Status: in.word(s), MessageID: m.RowID, InstanceID: in.ID, shuffle: h.Sum64(),
			})
		}
	}
	slices.SortStableFunc(list, func(a, b line) int { return cmp.Compare(a.shuffle, b.shuffle) })
	page, size := pageOf(c.body)
	return ok(cutPage(list, page, size))
}

// findChats answers POST /chat/findChats.
func (g *Gateway) findChats(c *call) answer {
	return g.perChat(c, "fetchChats", func(in *instance, jid string, last *message) map[string]any {
		return map[string]any{
			"id": last.RowID, "remoteJid": jid, "pushName": last.PushName, "updatedAt": stamp(last.At), "unreadCount": 0,
			"lastMessage": in.record(last),
		}
	})
}

// findContacts answers POST /chat/findContacts.
func (g *Gateway) findContacts(c *call) answer {
	return g.perChat(c, "fetchContacts", func(in *instance, jid string, last *message) map[string]any {
		return map[string]any{
			"id": last.RowID, "remoteJid": jid, "pushName": last.PushName, "profilePicUrl": nil,
			"createdAt": stamp(last.At), "updatedAt": stamp(last.At), "instanceId": in.ID,
		}
	})
}

func (g *Gateway) perChat(c *call, method string, show func(in *instance, jid string, last *message) map[string]any) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, method)
	if in == nil {
		return a
	}
	where, _ := c.body["where"].(map[string]any)
	wanted, _ := where["remoteJid"].(string)
	jids := make([]string, 0, len(in.byChat))
	for jid := range in.byChat {
		if wanted == "" || wanted == jid {
			jids = append(jids, jid)
		}
	}
	slices.Sort(jids)
	list := []any{}
	for _, jid := range jids {
		rows := in.byChat[jid]
		list = append(list, show(in, jid, rows[len(rows)-1]))
	}
	return ok(list)
}

// sendPresence answers POST /chat/sendPresence, after the delay.
func (g *Gateway) sendPresence(c *call) answer {
	g.mu.Lock()
	in, a := g.live(c, "sendPresence")
	g.mu.Unlock()
	if in == nil {
		return a
	}
	if _, a, stop := g.lookup(c, in, c.str("number")); stop {
		return a
	}
	if !g.wait(g.scaled(time.Duration(c.num("delay")) * time.Millisecond)) {
		return answer{}
	}
	return created(map[string]any{"presence": c.str("presence")})
}

// markMessageAsRead answers POST /chat/markMessageAsRead.
func (g *Gateway) markMessageAsRead(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "markMessageAsRead")
	switch {
	case in == nil:
		return a
	case !in.socket && in.Integration == Baileys:
		return refused(http.StatusInternalServerError, "Read messages fail", "TypeError: "+undefinedText("readMessages"))
	case in.state != stateOpen:
		return refused(http.StatusInternalServerError, "Read messages fail", "Error: Connection Closed")
	}
	return created(map[string]any{"message": "Read messages", "read": "success"})
}

// deleteMessage answers DELETE /chat/deleteMessageForEveryone.
func (g *Gateway) deleteMessage(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "deleteMessage")
	switch {
	case in == nil:
		return a
	case in.state != stateOpen:
		return refused(http.StatusInternalServerError, "Error while deleting message for everyone", "Error: Connection Closed")
	}
	key := Key{RemoteJID: c.str("remoteJid"), FromMe: c.flag("fromMe"), ID: c.str("id"), Participant: c.str("participant")}
	g.emit(in, "MESSAGES_DELETE", key)
	return created(map[string]any{
		"key":              map[string]any{"remoteJid": key.RemoteJID, "fromMe": true, "id": "3EB0" + strings.ToUpper(newUUID()[:8]+"0000000000")},
		"message":          map[string]any{"protocolMessage": map[string]any{"key": key, "type": "REVOKE"}},
		"messageTimestamp": g.now().Unix(), "status": "PENDING",
	})
}
