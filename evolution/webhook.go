package evolution

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// MaxWebhook is the longest event that ParseWebhook reads, in bytes. Events
// that carry no media are some kilobytes long.
const MaxWebhook = 4 << 20

// ErrWebhook is wrapped by every error of ParseWebhook. Do not answer it with
// 400: the gateway would forget the event, which is right for noise but not
// for an event of a version that is not understood yet. Store it and answer
// 200, or answer 500.
var ErrWebhook = errors.New("evolution: not an event of Evolution API")

// Event is one report of a gateway.
//
// Reports come late, twice, out of order, or never, and they are not signed:
// whoever knows the address can send one. Check a secret header before
// parsing, match messages by their id alone, and let a status only go forward.
type Event struct {
	// Name is the event in the dotted form of v2: "messages.update".
	Name string
	// Instance is the gateway's name of the number.
	Instance string
	// Data is a MessageSent, MessageIn, MessageEdited, MessageUpdate,
	// ConnectionUpdate, QRCodeUpdate, or Other for everything else.
	Data Data

	body []byte
}

// Data is what an event reports.
type Data interface{ data() }

// MessageSent reports a message that this instance sent through the API. It
// can arrive before the answer to the send, and also when that never came.
type MessageSent struct {
	ID      string // the provider id
	Address string
	LID     string
	Phone   contact.Phone // empty where the address tells none
	Text    string
	At      time.Time
}

// MessageIn reports a message in a chat that did not leave through the API:
// what a person wrote, or, with FromMe, what the owner typed on the phone.
type MessageIn struct {
	ID string
	// Phone is who the chat is with, in canonical spelling; empty for
	// groups, broadcasts and for anonymous chats whose number is not told.
	Phone contact.Phone
	// Address is the chat's address as the gateway stores it.
	Address string
	// LID is the chat's anonymous address, if it has one. Kept together with
	// Phone it is what Server.LIDs is asked for later.
	LID    string
	FromMe bool
	// Answers is the provider id of the message that this one quotes or reacts
	// to, in this chat. It tells who wrote where the address does not: whoever
	// quotes a message of ours has got it.
	Answers string
	Text    string // empty for pictures without a caption, reactions and the like
	Name    string // the name that the person gave themselves
	At      time.Time
}

// MessageEdited reports that a message of a chat was written anew. The gateway
// does not say who did it: inside stands the address as the writer's phone sees
// it, so only the message's id says whose it is. See Client.Written.
type MessageEdited struct {
	ID   string // of the message that was edited
	Text string
	At   time.Time
}

// MessageUpdate reports how far a message has come.
type MessageUpdate struct {
	// ID is the provider id (keyId in v2, id in v1.8), never the gateway's
	// own messageId.
	ID     string
	Status Status
	// FromMe is false for own messages of the business channel too.
	FromMe  bool
	Address string
	// LID is the chat's anonymous address, if that is what the gateway tells. It
	// belongs to whom the message went to.
	LID string
	// Code is the provider's own code of a failure, where the gateway passes it
	// on: Meta's ("131026"), or that of WhatsApp's refusal ("463").
	Code string
	// At is when, if the gateway says it; v2 does not.
	At time.Time
}

// ConnectionUpdate reports the state of the number. "Connecting" can come many
// times a second while a gateway has no way out, and a lost connection that is
// rebuilt reports no close.
type ConnectionUpdate struct {
	State campaign.Connection
	// Reason is the gateway's status reason: 200 unless it knows better,
	// 401 logged out, 428 when QR codes ran out.
	Reason int
	// Phone is the number that was paired, on open.
	Phone contact.Phone
	// Lock is WhatsApp's word on new chats of the number, if that is what is
	// reported; nil otherwise.
	Lock *ReachoutLock
}

// ReachoutLock is WhatsApp's word on whether a number may begin chats. Its client
// library reports it with the connection (reachoutTimeLock); Evolution up to 2.3.7
// passes it on to nobody.
type ReachoutLock struct {
	Active bool
	// Until is when it ends; zero if that is not told.
	Until time.Time
}

// QRCodeUpdate brings the next code to scan, or says that there is none left.
type QRCodeUpdate struct {
	QR QR
	// Exhausted is true when nobody scanned in time: Connect starts anew.
	Exhausted bool
}

// Other is an event that this package does not read further.
type Other struct{}

func (MessageSent) data()      {}
func (MessageIn) data()        {}
func (MessageEdited) data()    {}
func (MessageUpdate) data()    {}
func (ConnectionUpdate) data() {}
func (QRCodeUpdate) data()     {}
func (Other) data()            {}

// String names the event and its instance, nothing of its content.
func (e Event) String() string { return fmt.Sprintf("%s of %q", e.Name, e.Instance) }

// GoString is String.
func (e Event) GoString() string { return e.String() }

// LogValue logs name and instance only.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", e.Name), slog.String("instance", e.Instance))
}

// ParseWebhook reads one delivery of a gateway's webhook, of v2 and of v1.8.
// An event whose data lacks what its kind needs (a status without a message
// id) is Other, so that it can still be stored. date_time is not read: it is
// local time that claims to be UTC.
func ParseWebhook(body []byte) (Event, error) {
	if len(body) > MaxWebhook {
		return Event{}, fmt.Errorf("%w: it is longer than %d bytes", ErrWebhook, MaxWebhook)
	}
	var whole *struct {
		Event    *string         `json:"event"`
		Instance *string         `json:"instance"`
		Data     json.RawMessage `json:"data"`
	}
	err := json.Unmarshal(body, &whole)
	var mismatch *json.UnmarshalTypeError
	switch {
	case err != nil && !errors.As(err, &mismatch) || whole == nil || mismatch != nil && mismatch.Field == "":
		return Event{}, fmt.Errorf("%w: it is not one JSON object", ErrWebhook)
	case whole.Event == nil || *whole.Event == "" || mismatch != nil && mismatch.Field == "event":
		return Event{}, fmt.Errorf("%w: the event has no name", ErrWebhook)
	case whole.Instance == nil || mismatch != nil:
		return Event{}, fmt.Errorf("%w: the event names no instance", ErrWebhook)
	}
	e := Event{Name: strings.ReplaceAll(strings.ToLower(*whole.Event), "_", "."), Instance: *whole.Instance, body: body}
	e.Data = parseData(e.Name, whole.Data)
	return e, nil
}

func parseData(name string, b json.RawMessage) Data {
	var d Data
	switch name {
	case "send.message":
		d = parseSent(b)
	case "messages.upsert":
		d = parseIn(b)
	case "messages.edited":
		d = parseEdited(b)
	case "messages.update":
		d = parseUpdate(b)
	case "connection.update":
		d = parseConnection(b)
	case "qrcode.updated":
		d = parseQR(b)
	}
	if d == nil {
		return Other{}
	}
	return d
}

// decode reads data as far as it goes: a member of an unexpected type is left
// out and does not lose the event.
func decode(b []byte, into any) bool {
	err := json.Unmarshal(b, into)
	var mismatch *json.UnmarshalTypeError
	return err == nil || errors.As(err, &mismatch)
}

type messageData struct {
	Key       messageKey `json:"key"`
	PushName  string     `json:"pushName"`
	Message   content    `json:"message"`
	Timestamp stamp      `json:"messageTimestamp"`
}

func parseSent(b []byte) Data {
	var m messageData
	if !decode(b, &m) || m.Key.ID == "" {
		return nil
	}
	m.Key.FromMe = true // whatever is missing
	return MessageSent{
		ID: m.Key.ID, Address: m.Key.RemoteJID, LID: m.Key.anonymous(), Phone: m.Key.phone(),
		Text: m.Message.text(0), At: m.Timestamp.Time,
	}
}

func parseIn(b []byte) Data {
	var m messageData
	if !decode(b, &m) || m.Key.ID == "" {
		return nil
	}
	if r := m.Message.Reaction; r != nil && r.Text == "" {
		return nil // a reaction that was taken back says nothing
	}
	return MessageIn{
		ID: m.Key.ID, Phone: m.Key.phone(), Address: m.Key.RemoteJID, LID: m.Key.anonymous(), FromMe: bool(m.Key.FromMe),
		Answers: answers(b, m.Key), Text: m.Message.text(0), Name: m.PushName, At: m.Timestamp.Time,
	}
}

// parseEdited reads an edit. Messages that are taken back come by the same name,
// without a text.
func parseEdited(b []byte) Data {
	var e struct {
		Key    messageKey `json:"key"`
		Edited content    `json:"editedMessage"`
		At     stamp      `json:"timestampMs"`
	}
	if !decode(b, &e) || e.Key.ID == "" {
		return nil
	}
	text := e.Edited.text(0)
	if text == "" {
		return nil
	}
	return MessageEdited{ID: e.Key.ID, Text: text, At: e.At.Time}
}

func parseUpdate(b []byte) Data {
	var u struct {
		KeyID     string `json:"keyId"`
		ID        string `json:"id"` // v1.8
		RemoteJID string `json:"remoteJid"`
		Within    string `json:"participant"`
		FromMe    bool   `json:"fromMe"`
		Status    Status `json:"status"`
		DateTime  stamp  `json:"datetime"` // v1.8

		// Why it failed: as WhatsApp's client library says it, or Meta.
		Stub   []word      `json:"messageStubParameters"`
		Error  *errorCode  `json:"error"`
		Errors []errorCode `json:"errors"`
	}
	if !decode(b, &u) {
		return nil
	}
	if u.KeyID == "" {
		u.KeyID = u.ID
	}
	if u.KeyID == "" {
		return nil
	}
	d := MessageUpdate{ID: u.KeyID, Status: u.Status, FromMe: u.FromMe, Address: u.RemoteJID, At: u.DateTime.Time}
	if u.Within == "" {
		d.LID = messageKey{RemoteJID: u.RemoteJID}.anonymous()
	}
	if d.Status == StatusFailed {
		if u.Error != nil {
			u.Errors = append(u.Errors, *u.Error)
		}
		for _, e := range u.Errors {
			u.Stub = append(u.Stub, e.Code)
		}
		for _, w := range u.Stub {
			if d.Code = w.code(); d.Code != "" {
				break
			}
		}
	}
	return d
}

func parseConnection(b []byte) Data {
	var c struct {
		State  string  `json:"state"`
		Reason float64 `json:"statusReason"`
		Own    string  `json:"wuid"`
		Lock   *struct {
			Active bool            `json:"isActive"`
			Ends   json.RawMessage `json:"timeEnforcementEnds"`
		} `json:"reachoutTimeLock"`
	}
	if !decode(b, &c) || c.State == "" && c.Lock == nil {
		return nil
	}
	u := ConnectionUpdate{State: connectionOf(c.State), Reason: int(c.Reason)}
	if c.Lock != nil {
		u.Lock = &ReachoutLock{Active: c.Lock.Active, Until: endOf(c.Lock.Ends)}
	}
	if p, err := contact.FromAddress(c.Own); err == nil {
		u.Phone = p
	}
	return u
}

// endOf reads an instant, as text or as seconds or milliseconds since 1970.
func endOf(b json.RawMessage) time.Time {
	text := strings.Trim(string(b), `"`)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC()
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0 || n > 1e15:
		return time.Time{}
	case n > 1e11:
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}

func parseQR(b []byte) Data {
	var q struct {
		QR     *qrAnswer `json:"qrcode"`
		Status int       `json:"statusCode"`
	}
	switch {
	case !decode(b, &q):
		return nil
	case q.QR != nil:
		return QRCodeUpdate{QR: q.QR.qr()}
	case q.Status != 0:
		return QRCodeUpdate{QR: QR{State: campaign.ConnectionUnknown}, Exhausted: true}
	}
	return nil
}
