package evolutiontest

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The integrations that create accepts.
const (
	Baileys   = "WHATSAPP-BAILEYS"
	Business  = "WHATSAPP-BUSINESS"
	Evolution = "EVOLUTION"
)

// The states of connectionState.
const (
	stateClose      = "close"
	stateConnecting = "connecting"
	stateOpen       = "open"
)

// savedInstance is the part of an instance that survives its process.
type savedInstance struct {
	Name        string    `json:"name"`
	ID          string    `json:"id"`
	Token       string    `json:"token"`
	Integration string    `json:"integration"`
	Number      string    `json:"number,omitempty"`
	Owner       string    `json:"owner,omitempty"` // digits; set once paired
	Paired      bool      `json:"paired,omitempty"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
	Code        int       `json:"code,omitempty"` // of the last disconnection
	Left        time.Time `json:"left,omitzero"`  // when that was
	Settings    settings  `json:"settings"`
	Webhook     *webhook  `json:"webhook,omitempty"`
	Presence    string    `json:"presence,omitempty"`
}

// An instance is one WhatsApp account. Its fields are under Gateway.mu.
type instance struct {
	savedInstance

	state    string
	socket   bool // one was made in this process: look-ups do not fail on undefined
	unloaded bool // in the database, not in memory
	deleting bool
	deaf     bool // inbound is lost since a logout through the API
	qr       int  // count of QR codes shown
	code     string
	pairing  string
	epoch    int // of the socket: timers of an older one do nothing
	rows     []*message
	byID     map[string]*message
	byChat   map[string][]*message
	statuses map[string][]string
	recent   map[string]time.Time // (id, status) last seen, for suppression
}

func newInstance(s savedInstance) *instance {
	return &instance{
		savedInstance: s,
		state:         stateClose,
		byID:          map[string]*message{},
		byChat:        map[string][]*message{},
		statuses:      map[string][]string{},
		recent:        map[string]time.Time{},
	}
}

type goneInstance struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// save writes the durable part to the disk. g.mu is held.
func (g *Gateway) save(in *instance) {
	in.Updated = g.now().UTC()
	copied := in.savedInstance
	g.keep(record{Instance: &copied})
}

// keep syncs a record of the gateway's own configuration; it is rare enough
// to do so under the lock.
func (g *Gateway) keep(rec record) {
	if err := g.ledger.commit(rec); err != nil {
		g.log.Error("ledger not written, a restarted gateway will not know of this change", "err", err)
	}
}

// restore is save read back.
func (g *Gateway) restore(s savedInstance) {
	if in := g.instances[s.Name]; in != nil && in.ID == s.ID {
		in.savedInstance = s
		return
	}
	g.instances[s.Name] = newInstance(s)
}

// wakeAll connects what was stored, as a restarted server does.
func (g *Gateway) wakeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, in := range g.instances {
		switch {
		case in.Integration != Baileys:
			in.state = stateOpen
		case in.Paired:
			g.reconnect(in)
		default:
			g.dial(in, "")
		}
	}
}

// create answers POST /instance/create.
func (g *Gateway) create(c *call) answer {
	name, isString := c.body["instanceName"].(string)
	if !isString {
		return thrown("Argument `name`: Invalid value provided. Expected String.")
	}
	integration := c.str("integration")
	if g.o.V1 {
		integration = cmp.Or(integration, Baileys)
	}
	if !slices.Contains([]string{Baileys, Business, Evolution}, integration) {
		return refused(http.StatusBadRequest, "Invalid integration")
	}
	if c.str("proxyHost") == "invalid" {
		return refused(http.StatusBadRequest, "Invalid proxy")
	}
	now := g.now().UTC()
	in := newInstance(savedInstance{
		Name: name, ID: newUUID(), Integration: integration, Number: c.str("number"),
		Token: cmp.Or(c.str("token"), strings.ToUpper(newUUID())), Created: now, Updated: now,
	})
	in.Settings.read(c.body)
	if integration != Baileys {
		in.state, in.Paired, in.Owner = stateOpen, true, keep(in.Number, "")
	}
	if bad, failed := g.webhookAtCreate(c, in); failed {
		return bad
	}
	g.mu.Lock()
	if g.instances[name] != nil {
		g.mu.Unlock()
		return refused(http.StatusForbidden, `This name "`+name+`" is already in use.`)
	}
	g.instances[name] = in
	g.save(in)
	g.emit(in, "INSTANCE_CREATE", map[string]any{"instanceName": name, "instanceId": in.ID})
	g.mu.Unlock()

	var qr any
	if c.flag("qrcode") && integration == Baileys {
		g.mu.Lock()
		g.dial(in, in.Number)
		g.mu.Unlock()
		if !g.wait(g.scaled(5 * time.Second)) {
			return answer{}
		}
		g.mu.Lock()
		qr = in.qrObject()
		g.mu.Unlock()
		g.autoPair(in)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return created(g.createdBody(in, qr))
}

func (g *Gateway) createdBody(in *instance, qr any) map[string]any {
	body := map[string]any{
		"instance": map[string]any{
			"instanceName": in.Name, "instanceId": in.ID, "integration": in.Integration,
			"webhookWaBusiness": nil, "accessTokenWaBusiness": "", "status": in.state,
		},
		"hash": in.Token, "webhook": map[string]any{},
		"websocket": map[string]any{}, "rabbitmq": map[string]any{}, "nats": map[string]any{}, "sqs": map[string]any{},
		"settings": in.Settings,
	}
	if w := in.Webhook; w != nil {
		m := map[string]any{"webhookUrl": w.URL, "webhookByEvents": w.ByEvents, "webhookBase64": w.Base64}
		if len(w.Headers) > 0 {
			m["webhookHeaders"] = w.Headers
		}
		body["webhook"] = m
	}
	if qr != nil {
		body["qrcode"] = qr
	}
	if g.o.V1 {
		body["hash"] = map[string]any{"apikey": in.Token}
		body["instance"].(map[string]any)["status"] = "created"
	}
	return body
}

// connectionState answers GET /instance/connectionState: the state key is
// missing while the instance is only in the database.
func (g *Gateway) connectionState(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	return ok(map[string]any{"instance": stateOf(c.name, g.instances[c.name])})
}

func stateOf(name string, in *instance) map[string]any {
	m := map[string]any{"instanceName": name}
	if in != nil && !in.unloaded {
		m["state"] = in.state
	}
	return m
}

// fetchInstances answers with database rows, the caller's own if the key is
// a token.
func (g *Gateway) fetchInstances(c *call) answer {
	q := c.r.URL.Query()
	g.mu.Lock()
	defer g.mu.Unlock()
	list := []any{}
	for _, in := range g.sorted() {
		if !same(c.key, g.o.Key) && !same(c.key, in.Token) ||
			q.Get("instanceName") != "" && q.Get("instanceName") != in.Name ||
			q.Get("instanceId") != "" && q.Get("instanceId") != in.ID ||
			q.Get("number") != "" && q.Get("number") != in.Number && q.Get("number") != in.Owner {
			continue
		}
		if g.o.V1 {
			list = append(list, in.rowV1())
			continue
		}
		list = append(list, in.row())
	}
	if asked := cmp.Or(q.Get("instanceName"), q.Get("instanceId"), q.Get("number")); len(list) == 0 && asked != "" {
		return refused(http.StatusNotFound, `Instance "`+asked+`" not found`)
	}
	return ok(list)
}

// row is an instance as the database shows it.
func (in *instance) row() map[string]any {
	m := map[string]any{
		"id": in.ID, "name": in.Name, "connectionStatus": in.state, "ownerJid": in.ownerJID(),
		"profileName": nil, "profilePicUrl": nil, "integration": in.Integration,
		"number": null(in.Number), "businessId": nil, "token": in.Token, "clientName": "evolution",
		"disconnectionReasonCode": nil, "disconnectionObject": nil, "disconnectionAt": nil,
		"createdAt": stamp(in.Created), "updatedAt": stamp(in.Updated),
		"Chatwoot": nil, "Proxy": nil, "Rabbitmq": nil, "Nats": nil, "Sqs": nil, "Websocket": nil,
		"Setting": in.Settings.row(in),
		"_count":  map[string]int{"Message": len(in.rows), "Contact": len(in.byChat), "Chat": len(in.byChat)},
	}
	if in.Owner != "" {
		m["profileName"] = in.profile()
	}
	if in.Code != 0 {
		m["disconnectionReasonCode"], m["disconnectionAt"] = in.Code, stamp(in.Left)
		m["disconnectionObject"] = in.disconnection()
	}
	return m
}

func (in *instance) ownerJID() any {
	if in.Owner == "" {
		return nil
	}
	return in.Owner + userServer
}

func (in *instance) profile() string { return "Perfil " + in.Name }

// sorted lists the instances by age. g.mu is held.
func (g *Gateway) sorted() []*instance {
	list := make([]*instance, 0, len(g.instances))
	for _, in := range g.instances {
		list = append(list, in)
	}
	slices.SortFunc(list, func(a, b *instance) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.Name, b.Name))
	})
	return list
}

// setPresence answers POST /instance/setPresence.
func (g *Gateway) setPresence(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "setPresence")
	if in == nil {
		return a
	}
	if !in.socket {
		return refused(http.StatusBadRequest, "TypeError: "+undefinedText("sendPresenceUpdate"))
	}
	if in.state != stateOpen {
		return refused(http.StatusBadRequest, "Error: Connection Closed")
	}
	in.Presence = c.str("presence")
	g.save(in)
	return created(map[string]any{"presence": in.Presence})
}

// live is the instance in memory, or the program error of a method that is
// called on nothing. g.mu is held.
func (g *Gateway) live(c *call, method string) (*instance, answer) {
	in := g.instances[c.name]
	if in == nil || in.unloaded {
		return nil, undefined(method)
	}
	return in, answer{}
}

// newUUID is a random UUID of version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// madeUp is an account's own number when none was given, always the same for
// a name: +55 11 9 0000-xxxx.
func madeUp(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return fmt.Sprintf("551190000%04d", h.Sum32()%10000)
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// stamp is a database instant: UTC, milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
