package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Connection asks for the state of the route's number. An answer without a
// state that is known (an instance that is only in the gateway's database has
// none), a failure of the gateway and a lost connection are all
// ConnectionUnknown without an error. The error is for what stays wrong until
// somebody changes it (no such instance, wrong key, no licence, no gateway),
// and for a ctx that has ended.
func (c *Client) Connection(ctx context.Context, r campaign.Route) (campaign.Connection, error) {
	var a struct {
		Instance struct {
			State string `json:"state"`
		} `json:"instance"`
	}
	err := c.call(ctx, r, ask{op: "state", method: http.MethodGet, route: "/instance/connectionState", read: true}, &a)
	if err != nil {
		if ctx.Err() != nil {
			return campaign.ConnectionUnknown, ctx.Err()
		}
		var e *Error
		if errors.As(err, &e) {
			switch e.Code {
			case CodeNoAnswer, CodeUnclear, CodeUnreachable, CodeDisconnected, CodeRejected, CodeSlowDown:
				return campaign.ConnectionUnknown, nil
			}
		}
		return campaign.ConnectionUnknown, err
	}
	return connectionOf(a.Instance.State), nil
}

// connectionOf maps the gateway's word. "refused" is what an instance says
// when its last QR code has run out.
func connectionOf(state string) campaign.Connection {
	switch state {
	case "open":
		return campaign.ConnectionOpen
	case "connecting":
		return campaign.ConnectionConnecting
	case "close", "closed", "refused":
		return campaign.ConnectionClosed
	}
	return campaign.ConnectionUnknown
}

// NewInstance is what Create makes. Only the name is needed, which the route
// gives.
type NewInstance struct {
	// Integration is the channel: WHATSAPP-BAILEYS, WHATSAPP-BUSINESS or
	// EVOLUTION. Not sent to v1.8. Defaults to WHATSAPP-BAILEYS.
	Integration string
	// Token will open the instance's own routes. Defaults to one that the
	// gateway draws, see Created.Token.
	Token Secret
	// Number, in bare digits, asks for a pairing code besides the QR code.
	Number string
	// QR connects at once; the gateway then answers after 5 s.
	QR bool
	// GroupsIgnore drops messages of groups.
	GroupsIgnore bool
}

// Created is an instance that has just been made.
type Created struct {
	Name  string
	ID    string
	State campaign.Connection
	// Token opens this instance's routes.
	Token Secret
	// QR is set if NewInstance.QR was.
	QR QR
}

// Create makes the instance that the route names; it needs the global key. A
// name that is taken is CodeForbidden, also for a moment after Delete, which
// the gateway finishes later than it answers: wait two seconds and try again.
func (c *Client) Create(ctx context.Context, r campaign.Route, n NewInstance) (Created, error) {
	fail := &Error{Op: "create", Route: r}
	t, err := c.find(ctx, r)
	if err != nil {
		return Created{}, misconfigured(fail, err)
	}
	if r.Instance == "" {
		return Created{}, misconfigured(fail, errNoInstance)
	}
	in := map[string]any{"instanceName": r.Instance, "qrcode": n.QR}
	if n.Token != "" {
		in["token"] = string(n.Token)
	}
	if n.Number != "" {
		in["number"] = n.Number
	}
	if t.Profile == V18 {
		in["groups_ignore"] = n.GroupsIgnore
	} else {
		in["integration"], in["groupsIgnore"] = n.Integration, n.GroupsIgnore
		if n.Integration == "" {
			in["integration"] = "WHATSAPP-BAILEYS"
		}
	}
	var a struct {
		Instance struct {
			Name   string `json:"instanceName"`
			ID     string `json:"instanceId"`
			Status string `json:"status"`
		} `json:"instance"`
		Hash json.RawMessage `json:"hash"`
		QR   qrAnswer        `json:"qrcode"`
	}
	err = t.call(ctx, fail, ask{op: "create", method: http.MethodPost, route: "/instance/create", whole: true, in: in}, &a)
	if err != nil {
		return Created{}, err
	}
	made := Created{Name: a.Instance.Name, ID: a.Instance.ID, State: connectionOf(a.Instance.Status), QR: a.QR.qr()}
	var token string
	var old struct {
		Key string `json:"apikey"`
	}
	if json.Unmarshal(a.Hash, &token) != nil && json.Unmarshal(a.Hash, &old) == nil {
		token = old.Key // v1.8
	}
	made.Token = Secret(token)
	return made, nil
}

// QR is what pairs a phone with an instance. It is as good as a password
// while it lives (45 s): show it to the person who asked and nobody else.
type QR struct {
	// Code is the text of the QR code, empty when there is none (yet).
	Code string
	// Base64 is the picture as a data URL, "data:image/png;base64,…".
	Base64 string
	// PairingCode is typed into the phone instead; empty unless a number
	// was given.
	PairingCode string
	// Count is how often the code has been renewed; the gateway gives up
	// after 30 by default.
	Count int
	// State is the instance's, where the answer says it: open when there is
	// nothing left to pair. ConnectionUnknown otherwise.
	State campaign.Connection
}

// Ready reports whether there is something to scan or to type.
func (q QR) Ready() bool { return q.Code != "" || q.PairingCode != "" }

// String tells no code.
func (q QR) String() string {
	if q.Ready() {
		return "QR code [secret]"
	}
	return "no QR code, state " + string(q.State)
}

// GoString is String.
func (q QR) GoString() string { return q.String() }

type qrAnswer struct {
	Code        string `json:"code"`
	Base64      string `json:"base64"`
	PairingCode string `json:"pairingCode"`
	Count       int    `json:"count"`
	Instance    struct {
		State string `json:"state"`
	} `json:"instance"`
}

func (a qrAnswer) qr() QR {
	return QR{a.Code, a.Base64, a.PairingCode, a.Count, connectionOf(a.Instance.State)}
}

// Connect starts the instance's socket and returns what is to be scanned. The
// gateway waits 2 s for a first code; a QR that is not Ready and whose State
// is not open means "ask again", and also "connected at once": ask Connection
// too. A number, in bare digits, asks for a pairing code. The gateway's
// failure, which it reports with status 200, is CodeRejected.
func (c *Client) Connect(ctx context.Context, r campaign.Route, number string) (QR, error) {
	q := ask{op: "connect", method: http.MethodGet, route: "/instance/connect"}
	if number != "" {
		q.query = url.Values{"number": {number}}
	}
	var a qrAnswer
	err := c.call(ctx, r, q, &a)
	return a.qr(), err
}

// Restart closes the socket and opens it again. The gateway answers before it
// has done so, and refuses a closed instance with CodeRejected: use Connect.
func (c *Client) Restart(ctx context.Context, r campaign.Route) error {
	t, err := c.find(ctx, r)
	if err != nil {
		return misconfigured(&Error{Op: "restart", Route: r}, err)
	}
	method := http.MethodPost
	if t.Profile == V18 {
		method = http.MethodPut
	}
	return t.call(ctx, &Error{Op: "restart", Route: r}, ask{method: method, route: "/instance/restart"}, nil)
}

// Logout unpairs the phone; on a closed instance it is CodeRejected. After
// Logout and a new pairing in the same gateway process, version 2.3.6 reports
// no incoming messages any more, and with them no opt-outs: Delete and Create
// instead, or restart the gateway.
func (c *Client) Logout(ctx context.Context, r campaign.Route) error {
	return c.call(ctx, r, ask{op: "logout", method: http.MethodDelete, route: "/instance/logout"}, nil)
}

// Delete removes the instance with its stored messages, which Find then does
// not see any more. The gateway finishes after it has answered.
func (c *Client) Delete(ctx context.Context, r campaign.Route) error {
	return c.call(ctx, r, ask{op: "delete", method: http.MethodDelete, route: "/instance/delete"}, nil)
}

// Instance is one line of the gateway's list.
type Instance struct {
	Name string
	ID   string
	// State lags behind: it is a column of the gateway's database. Ask
	// Connection for health.
	State       campaign.Connection
	Owner       string // own address, "5511900001234@s.whatsapp.net"
	ProfileName string
	Integration string
	// Token opens the instance's routes; the gateway always tells it.
	Token Secret
	// DisconnectedFor is the code of the last disconnection, 0 for none.
	DisconnectedFor int
	DisconnectedAt  time.Time
}

// Instances lists the instances that the key may see; with a name in the
// route, that one only, and CodeInstanceUnknown if there is none.
func (c *Client) Instances(ctx context.Context, r campaign.Route) ([]Instance, error) {
	q := ask{op: "instances", method: http.MethodGet, route: "/instance/fetchInstances", whole: true, read: true, limit: maxList}
	if r.Instance != "" {
		q.query = url.Values{"instanceName": {r.Instance}}
	}
	var rows many[instanceRow]
	if err := c.call(ctx, r, q, &rows); err != nil {
		return nil, err
	}
	out := make([]Instance, 0, len(rows))
	for _, w := range rows {
		out = append(out, w.instance())
	}
	return out, nil
}

// many reads a list, and one object as a list of one, as v1.8 answers when it
// is asked for one instance.
type many[T any] []T

func (m *many[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var one T
		err := json.Unmarshal(b, &one)
		*m = many[T]{one}
		return err
	}
	var list []T
	err := json.Unmarshal(b, &list)
	*m = list
	return err
}

type instanceRow struct {
	Name        string  `json:"name"`
	ID          string  `json:"id"`
	Status      string  `json:"connectionStatus"`
	Owner       string  `json:"ownerJid"`
	ProfileName string  `json:"profileName"`
	Integration string  `json:"integration"`
	Token       string  `json:"token"`
	Reason      float64 `json:"disconnectionReasonCode"`
	At          string  `json:"disconnectionAt"`
	// The shape of v1.8.
	Old struct {
		Name        string `json:"instanceName"`
		ID          string `json:"instanceId"`
		Owner       string `json:"owner"`
		ProfileName string `json:"profileName"`
		Status      string `json:"status"`
		Token       string `json:"apikey"`
	} `json:"instance"`
}

func (w instanceRow) instance() Instance {
	if o := w.Old; o.Name != "" {
		return Instance{Name: o.Name, ID: o.ID, State: connectionOf(o.Status), Owner: o.Owner, ProfileName: o.ProfileName, Token: Secret(o.Token)}
	}
	i := Instance{
		Name: w.Name, ID: w.ID, State: connectionOf(w.Status), Owner: w.Owner,
		ProfileName: w.ProfileName, Integration: w.Integration, Token: Secret(w.Token), DisconnectedFor: int(w.Reason),
	}
	if at, err := time.Parse(time.RFC3339, w.At); err == nil {
		i.DisconnectedAt = at.UTC()
	}
	return i
}

var instanceNotFound = regexp.MustCompile(`^Instance "(?s:.*)" not found$`)

// notFound is fetchInstances' own 404.
func notFound(a *answer) bool {
	list, ok := a.message.([]any)
	if !ok || a.status != http.StatusNotFound || len(list) != 1 {
		return false
	}
	s, ok := list[0].(string)
	return ok && instanceNotFound.MatchString(s)
}

// Version is the gateway's version, "2.3.6", for ProfileOf. It needs no key.
// The gateway calls out for it, so it is no measure of health.
func (c *Client) Version(ctx context.Context, r campaign.Route) (string, error) {
	var a struct {
		Version string `json:"version"`
	}
	err := c.call(ctx, r, ask{op: "version", method: http.MethodGet, route: "/", whole: true, read: true}, &a)
	if err == nil && a.Version == "" {
		return "", &Error{Op: "version", Route: r, Status: http.StatusOK, Code: CodeUnclear, Err: errShape}
	}
	return a.Version, err
}

// VerifyKey asks whether the key opens the gateway: nil, or CodeWrongKey.
func (c *Client) VerifyKey(ctx context.Context, r campaign.Route) error {
	fail := &Error{Op: "verify key", Route: r}
	t, err := c.find(ctx, r)
	if err != nil {
		return misconfigured(fail, err)
	}
	q := ask{method: http.MethodPost, route: "/verify-creds", whole: true, in: struct{}{}, read: true}
	if t.Profile == V18 { // it has no route that only asks for the key
		q = ask{method: http.MethodGet, route: "/instance/fetchInstances", whole: true, read: true, limit: maxList}
	}
	return t.call(ctx, fail, q, nil)
}
