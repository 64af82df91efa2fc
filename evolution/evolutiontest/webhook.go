package evolutiontest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// eventNames are the subscriptions, as webhook/set spells them.
var eventNames = []string{
	"APPLICATION_STARTUP", "QRCODE_UPDATED",
	"MESSAGES_SET", "MESSAGES_UPSERT", "MESSAGES_EDITED", "MESSAGES_UPDATE", "MESSAGES_DELETE",
	"SEND_MESSAGE", "SEND_MESSAGE_UPDATE",
	"CONTACTS_SET", "CONTACTS_UPSERT", "CONTACTS_UPDATE", "PRESENCE_UPDATE",
	"CHATS_SET", "CHATS_UPSERT", "CHATS_UPDATE", "CHATS_DELETE",
	"GROUPS_UPSERT", "GROUP_UPDATE", "GROUP_PARTICIPANTS_UPDATE",
	"CONNECTION_UPDATE", "LABELS_EDIT", "LABELS_ASSOCIATION", "CALL",
	"TYPEBOT_START", "TYPEBOT_CHANGE_STATUS",
	"REMOVE_INSTANCE", "LOGOUT_INSTANCE", "INSTANCE_CREATE", "INSTANCE_DELETE", "STATUS_INSTANCE",
}

// webhook is the configuration of one instance.
type webhook struct {
	ID       string            `json:"id"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers"`
	Enabled  bool              `json:"enabled"`
	Events   []string          `json:"events"`
	ByEvents bool              `json:"webhookByEvents"`
	Base64   bool              `json:"webhookBase64"`
	Created  string            `json:"createdAt"`
	Updated  string            `json:"updatedAt"`
	Instance string            `json:"instanceId"`
}

// setWebhook answers POST /webhook/set.
func (g *Gateway) setWebhook(c *call) answer {
	if g.o.V1 {
		c.body = wrapWebhookV1(c.body)
	}
	if complaints := complain(webhookSchema, c.body, ""); len(complaints) > 0 {
		return badSchema(complaints)
	}
	in, _ := c.body["webhook"].(map[string]any)
	events, listed := in["events"].([]any)
	if in["enabled"] == true && !listed {
		return undefined("length")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	target, a := g.live(c, "setWebhook")
	if target == nil {
		return a
	}
	w := target.configure(in, events, g.now())
	g.save(target)
	if g.o.V1 {
		return created(map[string]any{"webhook": map[string]any{
			"instanceName": target.Name,
			"webhook": map[string]any{
				"url": w.URL, "events": w.Events, "webhook_by_events": w.ByEvents, "webhook_base64": w.Base64, "enabled": w.Enabled,
			},
		}})
	}
	return created(w)
}

// configure merges a request into the stored configuration: what it omits
// stays. The stored value is replaced, never written to.
func (in *instance) configure(body map[string]any, events []any, now time.Time) *webhook {
	w := webhook{ID: rowID(), Instance: in.ID, Created: stamp(now)}
	if in.Webhook != nil {
		w = *in.Webhook
	}
	w.Updated = stamp(now)
	w.URL, _ = body["url"].(string)
	w.Enabled, _ = body["enabled"].(bool)
	if b, given := body["byEvents"].(bool); given {
		w.ByEvents = b
	}
	if b, given := body["base64"].(bool); given {
		w.Base64 = b
	}
	if h, given := body["headers"].(map[string]any); given {
		w.Headers = map[string]string{}
		for k, v := range h {
			if s, isString := v.(string); isString {
				w.Headers[k] = s
			}
		}
	}
	switch {
	case !w.Enabled:
		w.Events = []string{}
	case len(events) == 0:
		w.Events = slices.Clone(eventNames)
	default:
		w.Events = nil
		for _, e := range events {
			if s, isString := e.(string); isString {
				w.Events = append(w.Events, s)
			}
		}
	}
	in.Webhook = &w
	return &w
}

// webhookAtCreate reads the webhook of create, which nothing validates.
func (g *Gateway) webhookAtCreate(c *call, in *instance) (answer, bool) {
	if g.o.V1 {
		url, isString := c.body["webhook"].(string)
		if !isString || url == "" {
			return answer{}, false
		}
		events, _ := c.body["events"].([]any)
		in.configure(map[string]any{"enabled": true, "url": url, "byEvents": c.body["webhook_by_events"]}, events, g.now())
		return answer{}, false
	}
	body, present := c.body["webhook"].(map[string]any)
	if !present {
		return answer{}, false
	}
	events, listed := body["events"].([]any)
	if !listed {
		return refused(http.StatusBadRequest, undefinedText("length")), true
	}
	body = maps.Clone(body)
	body["enabled"] = true
	in.configure(body, events, g.now())
	return answer{}, false
}

// findWebhook answers GET /webhook/find: the word null when never set.
func (g *Gateway) findWebhook(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "findWebhook")
	if in == nil {
		return a
	}
	return ok(in.Webhook)
}

// delivery is one event on its way to one receiver.
type delivery struct {
	event   string // dotted
	url     string
	header  http.Header
	body    []byte
	attempt int // made so far
	id      string
}

// posted is the body of a delivery.
type posted struct {
	Event       string  `json:"event"`
	Instance    string  `json:"instance"`
	Data        any     `json:"data"`
	Destination string  `json:"destination"`
	DateTime    string  `json:"date_time"`
	Sender      string  `json:"sender,omitempty"`
	ServerURL   string  `json:"server_url"`
	APIKey      *string `json:"apikey"`
}

// emit queues an event for the instance's webhook. g.mu is held.
func (g *Gateway) emit(in *instance, event string, data any) {
	if d := g.deliveryOf(in, event, data); d != nil {
		g.courier.post(d)
	}
}

// deliveryOf is nil when nobody subscribed. g.mu is held.
func (g *Gateway) deliveryOf(in *instance, event string, data any) *delivery {
	w := in.Webhook
	if w == nil || !w.Enabled || w.URL == "" || !slices.Contains(w.Events, event) {
		return nil
	}
	now := g.now()
	p := posted{
		Event: strings.ReplaceAll(strings.ToLower(event), "_", "."), Instance: in.Name, Data: data,
		Destination: w.URL, DateTime: now.In(g.o.Zone).Format("2006-01-02T15:04:05.000") + "Z", ServerURL: g.o.URL,
	}
	if in.Owner != "" {
		p.Sender = in.Owner + userServer
	}
	if !g.o.HideKey {
		token := in.Token
		p.APIKey = &token
	}
	body, err := json.Marshal(p)
	if err != nil {
		g.log.Error("webhook body", "event", p.Event, "err", err)
		return nil
	}
	d := &delivery{event: p.Event, url: w.URL, body: body, header: http.Header{}, id: newUUID()}
	if w.ByEvents {
		d.url += "/" + strings.ReplaceAll(p.Event, ".", "-")
	}
	d.header.Set("Content-Type", "application/json")
	d.header.Set("Accept", "application/json, text/plain, */*")
	d.header.Set("User-Agent", "axios/1.12.2")
	for k, v := range w.Headers {
		if k == "jwt_key" {
			d.header.Set("Authorization", "Bearer "+signed(v, now))
			continue
		}
		d.header.Set(k, v)
	}
	return d
}

// settings is what settings/set stores, and what it and create tell of it.
type settings struct {
	RejectCall      bool   `json:"rejectCall"`
	MsgCall         string `json:"msgCall,omitempty"`
	GroupsIgnore    bool   `json:"groupsIgnore"`
	AlwaysOnline    bool   `json:"alwaysOnline"`
	ReadMessages    bool   `json:"readMessages"`
	ReadStatus      bool   `json:"readStatus"`
	SyncFullHistory bool   `json:"syncFullHistory"`
	WavoipToken     string `json:"wavoipToken,omitempty"`
}

func (s *settings) read(body map[string]any) {
	for name, to := range map[string]*bool{
		"rejectCall": &s.RejectCall, "groupsIgnore": &s.GroupsIgnore, "alwaysOnline": &s.AlwaysOnline,
		"readMessages": &s.ReadMessages, "readStatus": &s.ReadStatus, "syncFullHistory": &s.SyncFullHistory,
	} {
		if b, given := body[name].(bool); given {
			*to = b
		}
	}
	for name, to := range map[string]*string{"msgCall": &s.MsgCall, "wavoipToken": &s.WavoipToken} {
		if v, given := body[name].(string); given {
			*to = v
		}
	}
}

// row is the settings as a database row of their own.
func (s *settings) row(in *instance) map[string]any {
	return map[string]any{
		"id": "setting-" + in.ID, "rejectCall": s.RejectCall, "msgCall": s.MsgCall, "groupsIgnore": s.GroupsIgnore,
		"alwaysOnline": s.AlwaysOnline, "readMessages": s.ReadMessages, "readStatus": s.ReadStatus,
		"syncFullHistory": s.SyncFullHistory, "wavoipToken": s.WavoipToken,
		"createdAt": stamp(in.Created), "updatedAt": stamp(in.Updated), "instanceId": in.ID,
	}
}

func (g *Gateway) setSettings(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "setSettings")
	if in == nil {
		return a
	}
	in.Settings.read(c.body)
	g.save(in)
	return created(map[string]any{"settings": map[string]any{
		"instanceName": in.Name, "settings": in.Settings,
	}})
}

func (g *Gateway) findSettings(c *call) answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, a := g.live(c, "findSettings")
	if in == nil {
		return a
	}
	s := in.Settings
	return ok(map[string]any{
		"rejectCall": s.RejectCall, "msgCall": s.MsgCall, "groupsIgnore": s.GroupsIgnore, "alwaysOnline": s.AlwaysOnline,
		"readMessages": s.ReadMessages, "readStatus": s.ReadStatus, "syncFullHistory": s.SyncFullHistory, "wavoipToken": s.WavoipToken,
	})
}
