package evolutiontest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// content is what a send route makes of its body.
type content struct {
	method string         // of the original, named by its TypeErrors
	typ    string         // messageType
	text   string         // or the caption, for the ledger
	body   map[string]any // message
	check  func() (answer, bool)

	whatsapp bool   // not on the EVOLUTION channel
	media    string // where the media comes from
}

// sendText answers POST /message/sendText.
func (g *Gateway) sendText(c *call) answer {
	text := c.str("text")
	return g.perform(c, content{
		method: "textMessage", typ: "conversation", text: text,
		body: map[string]any{"conversation": text},
		check: func() (answer, bool) {
			if strings.TrimSpace(text) == "" {
				return refused(http.StatusBadRequest, "Text is required"), true
			}
			return answer{}, false
		},
	})
}

// sentBody is the 201 of a send, and the data of SEND_MESSAGE.
type sentBody struct {
	Key         Key            `json:"key"`
	PushName    any            `json:"pushName"`
	Status      string         `json:"status,omitempty"`
	Message     map[string]any `json:"message"`
	ContextInfo any            `json:"contextInfo"`
	MessageType string         `json:"messageType"`
	Timestamp   any            `json:"messageTimestamp"`
	InstanceID  string         `json:"instanceId"`
	Source      string         `json:"source"`
}

// perform walks a send through receipt, look-up, typing, relay, row, webhook
// and answer. The caller's leaving stops nothing.
func (g *Gateway) perform(c *call, m content) answer {
	number := c.str("number")
	g.receive(c, number, m.text)
	a := g.walk(c, m, number)
	g.mu.Lock()
	g.book.addAnswer(c.seq, a.status)
	g.mu.Unlock()
	if a.status != 0 {
		g.ledger.note(record{Answer: &Request{Seq: c.seq, Status: a.status}})
	}
	return a
}

// receive writes the receipt and picks the fault.
func (g *Gateway) receive(c *call, number, text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.book.seq++
	c.seq = g.book.seq
	g.calls[callKey(c.name, number)]++
	c.strike = g.strike(c.name, number, g.calls[callKey(c.name, number)])
	r := Request{
		Seq: c.seq, At: g.now().UTC(), Instance: c.name, Route: c.path, Number: number, Text: text, Fault: c.strike.kind(),
	}
	g.book.addRequest(r)
	g.ledger.note(record{Request: &r})
}

func (g *Gateway) walk(c *call, m content, number string) answer {
	if g.o.Latency > 0 && !g.wait(g.o.Latency) {
		return answer{}
	}
	if a, hit := g.strikeProxy(c); hit {
		return a
	}
	g.mu.Lock()
	in, a := g.live(c, m.method)
	if in == nil || c.strike.kind() == NotInMemory {
		g.mu.Unlock()
		if in != nil {
			a = undefined(m.method)
		}
		return a
	}
	channel := in.Integration
	g.mu.Unlock()
	if channel == Evolution {
		return g.sendEvolution(c, in, m, number)
	}
	if m.check != nil {
		if a, stop := m.check(); stop {
			return a
		}
	}
	if channel == Business {
		return g.sendBusiness(c, in, m, number)
	}
	found, a, stop := g.lookup(c, in, number)
	if stop {
		return a
	}
	if delay := time.Duration(c.num("delay")) * time.Millisecond; delay > 0 && !g.wait(g.scaled(delay)) {
		return answer{}
	}
	return g.relay(c, in, m, found)
}

// lookup is the stage before the relay; what fails here performs nothing.
func (g *Gateway) lookup(c *call, in *instance, number string) (lookedUp, answer, bool) {
	if a, hit := g.strikeLookup(c, number); hit {
		return lookedUp{}, a, true
	}
	if found, hit := g.inCache(number); hit {
		return found, answer{}, false
	}
	g.mu.Lock()
	socket, state := in.socket, in.state
	g.mu.Unlock()
	switch {
	case !socket:
		return lookedUp{}, undefined("onWhatsApp"), true
	case state != stateOpen:
		return lookedUp{}, thrown("Connection Closed"), true
	}
	found := g.ask(number)
	if !found.Exists {
		if strings.HasSuffix(found.JID, groupServer) {
			return found, refused(http.StatusBadRequest, "[object Object]"), true
		}
		return found, refused(http.StatusBadRequest, lookedUp{JID: found.JID, Number: number}), true
	}
	g.remember(found)
	return found, answer{}, false
}

// relay writes the frame: from here on the message is performed, whatever
// the answer says.
func (g *Gateway) relay(c *call, in *instance, m content, found lookedUp) answer {
	if a, hit := g.strikeRelay(c); hit {
		return a
	}
	g.mu.Lock()
	open := in.state == stateOpen && !in.unloaded
	g.mu.Unlock()
	if !open {
		return refused(http.StatusBadRequest, "Error: Connection Closed")
	}
	key := Key{RemoteJID: found.JID, FromMe: true, ID: g.newID(c.seq)}
	if id := c.str("messageId"); id != "" && g.o.Version == VersionChosenIDs {
		key.ID = id
	}
	if c.strike.kind() == LID {
		key.RemoteJID, key.RemoteJIDAlt, key.AddressingMode = lidOf(found.JID), found.JID, "lid"
	}
	return g.carryOut(c, in, m, key, "PENDING")
}

// carryOut records the send durably, stores its row, follows it up and
// answers. A record that cannot be written performs nothing: the connection
// is cut and the log says so.
func (g *Gateway) carryOut(c *call, in *instance, m content, key Key, status string) answer {
	kind := c.strike.kind()
	now := g.now().UTC()
	g.mu.Lock()
	keepRow := g.storing && !g.o.Compact
	g.mu.Unlock()
	switch kind {
	case RowLost, KilledAfter, RelayTimeoutAfter, RelayClosedAfter:
		keepRow = false
	}
	s := Send{
		Seq: c.seq, At: now, Instance: in.Name, Number: c.str("number"), JID: key.RemoteJID, ID: key.ID,
		Route: c.path, Text: m.text, Fault: kind, Row: keepRow, Dead: kind == DeadSocket,
	}
	recs := []record{{Send: &s}}
	row := &message{
		Instance: in.Name, RowID: rowID(), Key: key, PushName: "Você", Type: m.typ, Body: m.body, At: now, Source: "web",
	}
	around := map[string]any{
		"mentionedJid": []string{}, "groupMentions": []string{}, "ephemeralSettingTimestamp": nil, "disappearingMode": nil,
	}
	if in.Integration == Evolution {
		row.PushName, row.Source, around = "", "unknown", map[string]any{}
	}
	if keepRow {
		recs = append(recs, record{Row: row})
	}
	if g.closing.Err() != nil {
		return answer{}
	}
	if err := g.ledger.commit(recs...); err != nil {
		g.log.Error("ledger not written, nothing was performed", "err", err)
		return answer{write: abort}
	}
	body := sentBody{
		Key: key, PushName: null(row.PushName), Status: status, Message: m.body, ContextInfo: around,
		MessageType: m.typ, Timestamp: now.Unix(), InstanceID: in.ID, Source: row.Source,
	}
	if g.o.V1 {
		body.Timestamp = fmt.Sprint(now.Unix())
	}
	g.mu.Lock()
	g.book.addSend(s)
	if kind == StatusEarly {
		g.early(in, key.ID, "DELIVERY_ACK")
	}
	if keepRow && g.instances[in.Name] == in {
		in.store(row)
	}
	job := &sent{in: in, key: key, rowID: row.RowID, data: body, strike: c.strike, seq: c.seq}
	var first *delivery
	switch kind {
	case RowLost, KilledAfter, RelayTimeoutAfter, RelayClosedAfter:
	case WebhookEarly:
		first = g.deliveryOf(in, "SEND_MESSAGE", body)
		fallthrough
	default:
		g.follow(job)
	}
	g.mu.Unlock()
	if first != nil {
		g.courier.attempt(first)
	}
	return g.strikeAnswer(c, body)
}

// store keeps a row where findMessages looks. g.mu is held.
func (in *instance) store(row *message) {
	in.rows = append(in.rows, row)
	in.byID[row.Key.ID] = row
	in.byChat[row.Key.RemoteJID] = append(in.byChat[row.Key.RemoteJID], row)
}

func (in *instance) addStatus(id, status string) {
	in.statuses[id] = append(in.statuses[id], status)
}

// newID is a message id: 3EB0 and 18 upper-case hex digits, never the same
// twice, drawn from the seed and the request's number when there is a seed.
func (g *Gateway) newID(seq uint64) string {
	a, b := rand.Uint64(), rand.Uint64()
	if g.o.Seed != 0 {
		r := rand.New(rand.NewPCG(g.o.Seed, seq))
		a, b = r.Uint64(), r.Uint64()
	}
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], a)
	binary.BigEndian.PutUint64(raw[8:], b)
	return "3EB0" + strings.ToUpper(hex.EncodeToString(raw[:9]))
}

// rowID is a database id.
func rowID() string {
	return "cm" + strings.ReplaceAll(newUUID(), "-", "")[:23]
}

// lidOf is the LID behind an address, always the same for it.
func lidOf(jid string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(jid))
	return fmt.Sprintf("%015d%s", h.Sum64()%1e15, lidServer)
}
