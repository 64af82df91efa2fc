package evolution

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/stretchr/testify/require"
)

// delivery wraps data as the gateway does.
func delivery(event, data string) string {
	return fmt.Sprintf(`{"event":%q,"instance":"loja","data":%s,"destination":"https://me.example/hook","date_time":"2026-03-04T09:00:00.000Z","sender":"5511900000000@s.whatsapp.net","server_url":"http://localhost:8080","apikey":"TOKEN-OF-LOJA"}`, event, data)
}

var deliveries = []struct {
	name, body string
	want       Data
}{
	{"a send", delivery("send.message", accepted),
		MessageSent{ID: "3EB04CB96F35310BADFA76", Address: "5511900001234@s.whatsapp.net", Phone: "+5511900001234", Text: "Olá", At: noon}},
	{"a send, v1.8", delivery("send.message", raw18),
		MessageSent{ID: "BAE5F4A0B1C2D3E4", Address: "5511900001234@s.whatsapp.net", Phone: "+5511900001234", Text: "Olá", At: noon}},
	{"a send without key", delivery("send.message", `{"message":{"conversation":"x"}}`), Other{}},

	{"incoming", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","fromMe":false,"id":"3A01"},"pushName":"Maria","status":"DELIVERY_ACK","message":{"conversation":"SAIR"},"messageType":"conversation","messageTimestamp":1772625600,"instanceId":"a","source":"android"}`),
		MessageIn{ID: "3A01", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", Text: "SAIR", Name: "Maria", At: noon}},
	{"typed by the owner", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","fromMe":true,"id":"3A02"},"message":{"conversation":"oi"},"messageTimestamp":1772625600}`),
		MessageIn{ID: "3A02", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", FromMe: true, Text: "oi", At: noon}},
	{"upper-case name", delivery("MESSAGES_UPSERT", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A03"}}`),
		MessageIn{ID: "3A03", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net"}},
	{"a group", delivery("messages.upsert", `{"key":{"remoteJid":"120363000000000000@g.us","participant":"5511900001234@s.whatsapp.net","id":"3A04"},"message":{"conversation":"oi"}}`),
		MessageIn{ID: "3A04", Address: "120363000000000000@g.us", Text: "oi"}},
	{"a button", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A05"},"message":{"buttonsResponseMessage":{"selectedDisplayText":"Parar"}}}`),
		MessageIn{ID: "3A05", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", Text: "Parar"}},
	{"a caption", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A06"},"message":{"imageMessage":{"caption":"sair"}}}`),
		MessageIn{ID: "3A06", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", Text: "sair"}},
	{"a vanishing message", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A07"},"message":{"ephemeralMessage":{"message":{"extendedTextMessage":{"text":"sair"}}}}}`),
		MessageIn{ID: "3A07", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", Text: "sair"}},
	{"a member of an odd type", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A08"},"pushName":5,"message":{"conversation":"sair","imageMessage":[]}}`),
		MessageIn{ID: "3A08", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", Text: "sair"}},
	{"a reaction", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A09"},"message":{"reactionMessage":{"key":{"id":"3EB0"},"text":"👍"}}}`),
		MessageIn{ID: "3A09", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", Answers: "3EB0"}},
	{"a reaction taken back", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A10"},"message":{"reactionMessage":{"key":{"id":"3EB0"},"text":""}}}`), Other{}},
	{"a reaction taken back, without text", delivery("messages.upsert", `{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A11"},"message":{"reactionMessage":{"key":{"id":"3EB0"}}}}`), Other{}},
	{"no message at all", delivery("messages.upsert", `null`), Other{}},

	{"delivered", delivery("messages.update", `{"keyId":"3EB0","remoteJid":"77@lid","fromMe":true,"status":"DELIVERY_ACK","instanceId":"a","messageId":"clx0"}`),
		MessageUpdate{ID: "3EB0", Status: StatusDelivered, FromMe: true, Address: "77@lid", LID: "77@lid"}},
	{"v1.8", delivery("messages.update", `{"id":"3EB0","remoteJid":"5511900001234@s.whatsapp.net","fromMe":true,"status":"READ","datetime":1772625600000,"owner":"loja"}`),
		MessageUpdate{ID: "3EB0", Status: StatusRead, FromMe: true, Address: "5511900001234@s.whatsapp.net", At: noon}},
	{"business channel", delivery("messages.update", `{"keyId":"wamid.A","remoteJid":"5511900001234@s.whatsapp.net","fromMe":false,"status":"FAILED"}`),
		MessageUpdate{ID: "wamid.A", Status: StatusFailed, Address: "5511900001234@s.whatsapp.net"}},
	{"Meta's code", delivery("messages.update", `{"keyId":"wamid.A","status":"FAILED","errors":[{"code":131026,"title":"Message undeliverable"}]}`),
		MessageUpdate{ID: "wamid.A", Status: StatusFailed, Code: "131026"}},
	{"WhatsApp's code", delivery("messages.update", `{"keyId":"3EB0","status":"ERROR","messageStubParameters":["463"]}`),
		MessageUpdate{ID: "3EB0", Status: StatusFailed, Code: "463"}},
	{"a code that is none", delivery("messages.update", `{"keyId":"3EB0","status":"ERROR","messageStubParameters":["5511900001234",{"a":1},null],"error":"Ana"}`),
		MessageUpdate{ID: "3EB0", Status: StatusFailed}},
	{"a code of no failure", delivery("messages.update", `{"keyId":"3EB0","status":"READ","error":{"code":463}}`),
		MessageUpdate{ID: "3EB0", Status: StatusRead}},
	{"an edit, called deleted", delivery("messages.update", `{"keyId":"3EB0","fromMe":true,"status":"DELETED"}`),
		MessageUpdate{ID: "3EB0", Status: StatusNone, FromMe: true}},
	{"no status", delivery("messages.update", `{"keyId":"3EB0","fromMe":true}`),
		MessageUpdate{ID: "3EB0", Status: StatusNone, FromMe: true}},
	{"a list", delivery("messages.update", `[{"keyId":"3EB0","status":"READ"}]`), Other{}},

	{"open", delivery("connection.update", `{"instance":"loja","state":"open","statusReason":200,"wuid":"553190000123@s.whatsapp.net","profileName":"Loja"}`),
		ConnectionUpdate{State: campaign.ConnectionOpen, Reason: 200, Phone: "+5531990000123"}},
	{"logged out", delivery("connection.update", `{"instance":"loja","state":"close","statusReason":401}`),
		ConnectionUpdate{State: campaign.ConnectionClosed, Reason: 401}},
	{"refused", delivery("connection.update", `{"instance":"loja","state":"refused","statusReason":428}`),
		ConnectionUpdate{State: campaign.ConnectionClosed, Reason: 428}},
	{"a state nobody knows", delivery("connection.update", `{"instance":"loja","state":"dreaming"}`),
		ConnectionUpdate{State: campaign.ConnectionUnknown}},
	{"no state", delivery("connection.update", `{"instance":"loja"}`), Other{}},
	{"no new chats", delivery("connection.update", `{"instance":"loja","reachoutTimeLock":{"isActive":true,"timeEnforcementEnds":"2026-03-05T12:00:00.000Z","enforcementType":"DEFAULT"}}`),
		ConnectionUpdate{State: campaign.ConnectionUnknown, Lock: &ReachoutLock{Active: true, Until: time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)}}},
	{"no new chats, in seconds", delivery("connection.update", `{"state":"open","statusReason":200,"reachoutTimeLock":{"isActive":true,"timeEnforcementEnds":1772712000}}`),
		ConnectionUpdate{State: campaign.ConnectionOpen, Reason: 200, Lock: &ReachoutLock{Active: true, Until: time.Unix(1772712000, 0).UTC()}}},
	{"no new chats, in milliseconds as text", delivery("connection.update", `{"reachoutTimeLock":{"isActive":true,"timeEnforcementEnds":"1772712000000"}}`),
		ConnectionUpdate{State: campaign.ConnectionUnknown, Lock: &ReachoutLock{Active: true, Until: time.Unix(1772712000, 0).UTC()}}},
	{"no new chats, who knows until when", delivery("connection.update", `{"reachoutTimeLock":{"isActive":true,"timeEnforcementEnds":{"low":1}}}`),
		ConnectionUpdate{State: campaign.ConnectionUnknown, Lock: &ReachoutLock{Active: true}}},
	{"new chats again", delivery("connection.update", `{"reachoutTimeLock":{"isActive":false,"timeEnforcementEnds":null}}`),
		ConnectionUpdate{State: campaign.ConnectionUnknown, Lock: &ReachoutLock{}}},

	{"a code", delivery("qrcode.updated", `{"qrcode":{"instance":"loja","pairingCode":null,"code":"2@x","base64":"data:,"}}`),
		QRCodeUpdate{QR: QR{Code: "2@x", Base64: "data:,", State: campaign.ConnectionUnknown}}},
	{"no code left", delivery("qrcode.updated", `{"message":"QR code limit reached, please login again","statusCode":500}`),
		QRCodeUpdate{QR: QR{State: campaign.ConnectionUnknown}, Exhausted: true}},

	{"logout", delivery("logout.instance", `null`), Other{}},
	{"status", delivery("status.instance", `{"instance":"loja","status":"closed","disconnectionReasonCode":401}`), Other{}},
	{"something new", delivery("poll.closed", `[1,2]`), Other{}},
}

func TestParseWebhook(t *testing.T) {
	for _, c := range deliveries {
		t.Run(c.name, func(t *testing.T) {
			e, err := ParseWebhook([]byte(c.body))
			require.NoError(t, err)
			require.Equal(t, "loja", e.Instance)
			require.Equal(t, strings.ToLower(e.Name), e.Name)
			require.Equal(t, c.want, e.Data)
			require.NotContains(t, string(e.Raw()), "TOKEN-OF-LOJA")
			var before, after map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.body), &before))
			require.NoError(t, json.Unmarshal(e.Raw(), &after))
			if _, ok := before["apikey"]; ok {
				before["apikey"] = nil
			}
			require.Equal(t, before, after, "nothing but the key is missing")
		})
	}
}

// What the owner wrote is no answer and says nothing of whose an anonymous address
// is, in whatever shape it comes: the sender's number is the owner's own.
func TestOurOwnMessagesNameNoStranger(t *testing.T) {
	const own = `"senderPn":"5511900009999@s.whatsapp.net","participant":"5511900009999@s.whatsapp.net"`
	for _, fromMe := range []string{`true`, `"true"`, `1`, `"1"`, `"yes"`, `{}`} {
		for chat, phone := range map[string]contact.Phone{
			`"remoteJid":"1@lid"`: "", `"remoteJid":"1@lid","remoteJidAlt":"5511900001234@s.whatsapp.net"`: "+5511900001234",
			`"remoteJid":"5511900001234@s.whatsapp.net","remoteJidAlt":"1@lid"`: "+5511900001234",
		} {
			data := `{"key":{` + chat + `,"id":"3A04","fromMe":` + fromMe + `,` + own + `},"message":{"conversation":"SAIR"}}`
			e, err := ParseWebhook([]byte(delivery("messages.upsert", data)))
			require.NoError(t, err)
			in := e.Data.(MessageIn)
			require.True(t, in.FromMe, data)
			require.Equal(t, phone, in.Phone, data)
			require.Equal(t, "1@lid", in.LID, data)
			e, err = ParseWebhook([]byte(delivery("send.message", strings.Replace(data, `,"fromMe":`+fromMe, ``, 1))))
			require.NoError(t, err)
			require.Equal(t, phone, e.Data.(MessageSent).Phone, data)
		}
	}
	for _, not := range []string{`false`, `null`, `0`, `"false"`} {
		e, err := ParseWebhook([]byte(delivery("messages.upsert", `{"key":{"remoteJid":"1@lid","senderPn":"5511900001234@s.whatsapp.net","id":"3A04","fromMe":`+not+`}}`)))
		require.NoError(t, err)
		require.Equal(t, MessageIn{ID: "3A04", Phone: "+5511900001234", Address: "1@lid", LID: "1@lid"}, e.Data)
	}
}

// What is written in a group, a status or a channel is written to nobody,
// whatever else the event says of who wrote it.
func TestOnlyChatsWithOnePersonNameAPerson(t *testing.T) {
	for _, chat := range []string{"status@broadcast", "1234@broadcast", "120363000000000000@g.us", "120363000000000000@newsletter"} {
		for _, more := range []string{
			``, `,"participant":"5511900001234@s.whatsapp.net"`, `,"participantAlt":"5511900001234@s.whatsapp.net"`,
			`,"senderPn":"5511900001234@s.whatsapp.net"`, `,"remoteJidAlt":"5511900001234@s.whatsapp.net"`,
			`,"participant":"1@lid","remoteJidAlt":"1@lid","senderPn":"5511900001234@s.whatsapp.net"`,
		} {
			for _, name := range []string{"messages.upsert", "send.message"} {
				e, err := ParseWebhook([]byte(delivery(name, `{"key":{"remoteJid":"`+chat+`","id":"3A04"`+more+`},"message":{"conversation":"SAIR"}}`)))
				require.NoError(t, err)
				if name == "send.message" {
					require.Equal(t, MessageSent{ID: "3A04", Address: chat, Text: "SAIR"}, e.Data, more)
				} else {
					require.Equal(t, MessageIn{ID: "3A04", Address: chat, Text: "SAIR"}, e.Data, more)
				}
			}
		}
	}
	for _, more := range []string{`"remoteJidAlt":"5511900001234@s.whatsapp.net"`, `"senderPn":"5511900001234@s.whatsapp.net"`} {
		e, err := ParseWebhook([]byte(delivery("messages.upsert", `{"key":{"remoteJid":"1@lid","id":"3A04",`+more+`}}`)))
		require.NoError(t, err)
		require.Equal(t, MessageIn{ID: "3A04", Phone: "+5511900001234", Address: "1@lid", LID: "1@lid"}, e.Data)
	}
}

// What a person wrote is theirs: bytes that are no characters do not keep a reply
// from being heard.
func TestParseWebhookTakesDamagedText(t *testing.T) {
	e, err := ParseWebhook([]byte(delivery("messages.upsert",
		`{"key":{"remoteJid":"5511900001234@s.whatsapp.net","id":"3A01"},"pushName":"Jo\ud83do","message":{"conversation":"n`+"\xe3"+`o"}}`)))
	require.NoError(t, err)
	require.Equal(t, MessageIn{ID: "3A01", Phone: "+5511900001234", Address: "5511900001234@s.whatsapp.net", Text: "n\ufffdo", Name: "Jo\ufffdo"}, e.Data)
}

func TestParseWebhookRefuses(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `"x"`, `{`, `{}`, `{"event":""}`, `{"event":5,"instance":"a"}`, `{"event":"x"}`, `{"event":"x","instance":5}`,
		`{"event":"x","instance":"a"} {}`, `{"event":"x","instance":"a","pad":"` + strings.Repeat("x", MaxWebhook) + `"}`,
		strings.Repeat("[", 1<<20),
	} {
		_, err := ParseWebhook([]byte(body))
		require.ErrorIs(t, err, ErrWebhook)
		require.Less(t, len(err.Error()), 200)
	}
}

// G8, on the receiving side: the instance's key comes with every event.
func TestLesson_G8_WebhookKeysAreStripped(t *testing.T) {
	for _, body := range []string{
		`{"event":"x","instance":"a","apikey":"SECRET"}`,
		`{"event":"x","instance":"a","apiKey":"SECRET","APIKEY":"SECRET","api_key":"SECRET"}`,
		`{"event":"x","instance":"a","\u0061pikey":"SECRET"}`,
		`{"event":"x","instance":"a","data":{"apikey":"SECRET","n":12345678901234567890}}`,
		`{"event":"x","instance":"a","data":[1,"apikey",{"apikey":["SECRET",{"apikey":"SECRET"}],"n":1e999},"SECRE"]}`,
		`{"apikey":"apikey","event":"x","instance":"a","data":{"apikey":"SECRET"}}`,
		`{"event":"x","instance":"a","data":[{"in":{"\u0061piKey":{"deep":"SECRET"},"n":12345678901234567890}}]}`,
	} {
		e, err := ParseWebhook([]byte(body))
		require.NoError(t, err)
		require.NotContains(t, string(e.Raw()), "SECRET")
		if strings.Contains(body, "1234567890") {
			require.Contains(t, string(e.Raw()), "12345678901234567890", "numbers are kept as they are")
		}
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", e, e, e), "SECRET")
	}
}

// G3: status names were not mapped, and statuses were matched by the
// database's id instead of the message's.
func TestLesson_G3_KeyIDAndStatusNames(t *testing.T) {
	for word, want := range map[string]Status{
		`"ERROR"`: StatusFailed, `"PENDING"`: StatusPending, `"SERVER_ACK"`: StatusServer, `"DELIVERY_ACK"`: StatusDelivered,
		`"READ"`: StatusRead, `"PLAYED"`: StatusPlayed, `"SENT"`: StatusServer, `"DELIVERED"`: StatusDelivered, `"FAILED"`: StatusFailed,
		`"read"`: StatusRead, `"DELETED"`: StatusNone, `"NEW_ONE"`: StatusNone, `""`: StatusNone, `null`: StatusNone,
		`0`: StatusFailed, `1`: StatusPending, `2`: StatusServer, `3`: StatusDelivered, `4`: StatusRead, `5`: StatusPlayed,
		`6`: StatusNone, `-1`: StatusNone, `1.5`: StatusNone, `true`: StatusNone, `{}`: StatusNone,
	} {
		e, err := ParseWebhook([]byte(delivery("messages.update", `{"keyId":"3EB0","messageId":"clx0","status":`+word+`}`)))
		require.NoError(t, err)
		require.Equal(t, MessageUpdate{ID: "3EB0", Status: want}, e.Data, word)
	}
	// The database's id alone is no id.
	e, err := ParseWebhook([]byte(delivery("messages.update", `{"messageId":"clx0","status":"READ"}`)))
	require.NoError(t, err)
	require.Equal(t, Other{}, e.Data)

	// The order in which one outranks the other.
	require.IsIncreasing(t, []Status{StatusNone, StatusPending, StatusServer, StatusFailed, StatusDelivered, StatusRead, StatusPlayed})
	require.Equal(t, "none pending server failed delivered read played",
		fmt.Sprint(StatusNone)+" "+fmt.Sprintln(StatusPending, StatusServer, StatusFailed, StatusDelivered, StatusRead, StatusPlayed)[:len("pending server failed delivered read played")])
}

// G6: replies never found their contact: with a plus sign or without, with
// the ninth digit or without, from an anonymous chat.
func TestLesson_G6_RepliesHaveOnePhone(t *testing.T) {
	const maria = "+5531990000123"
	for _, key := range []string{
		`{"id":"A","remoteJid":"5531990000123@s.whatsapp.net"}`,
		`{"id":"A","remoteJid":"553190000123@s.whatsapp.net"}`,
		`{"id":"A","remoteJid":"553190000123:12@s.whatsapp.net"}`,
		`{"id":"A","remoteJid":"553190000123@c.us"}`,
		`{"id":"A","remoteJid":"77@lid","remoteJidAlt":"553190000123@s.whatsapp.net","addressingMode":"lid"}`,
		`{"id":"A","remoteJid":"77:4@lid","remoteJidAlt":"5531990000123:4@s.whatsapp.net"}`,
		`{"id":"A","remoteJid":"553190000123@s.whatsapp.net","remoteJidAlt":"77@lid"}`,
		`{"id":"A","remoteJid":"77@lid","senderPn":"553190000123@s.whatsapp.net"}`,
	} {
		e, err := ParseWebhook([]byte(delivery("messages.upsert", `{"key":`+key+`,"message":{"conversation":"SAIR"}}`)))
		require.NoError(t, err)
		in := e.Data.(MessageIn)
		require.Equal(t, contact.Phone(maria), in.Phone, key)
		if strings.Contains(key, "@lid") {
			require.Equal(t, "77@lid", in.LID, key)
		}
	}
	// A LID is not a number, however much it looks like one.
	e, err := ParseWebhook([]byte(delivery("messages.upsert", `{"key":{"id":"A","remoteJid":"5531990000123@lid"}}`)))
	require.NoError(t, err)
	require.Empty(t, e.Data.(MessageIn).Phone)
	require.Equal(t, "5531990000123@lid", e.Data.(MessageIn).LID)
}

// Everything that the emulator reports can be read.
func TestWebhooksOfTheEmulator(t *testing.T) {
	for _, v1 := range []bool{false, true} {
		g, s := emulate(t, &evolutiontest.Options{V1: v1, Acks: []evolutiontest.Ack{{Status: "DELIVERY_ACK"}, {Status: "READ"}}})
		events := make(chan Event, 64)
		hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			e, err := ParseWebhook(b)
			if err != nil {
				t.Error(err)
				return
			}
			events <- e
		}))
		defer hook.Close()
		c := New(s)
		m := outgoing(soon())
		require.NoError(t, c.Subscribe(t.Context(), m.Route, Subscription{URL: hook.URL, Events: Events()}))
		acc, err := c.Send(t.Context(), m)
		require.NoError(t, err)
		_, reported, err := g.Receive(evolutiontest.Inbound{Instance: "loja", From: "5511900001234", Text: "SAIR", LID: true})
		require.NoError(t, err)
		require.True(t, reported)

		var sent, read, reply bool
		deadline := time.After(20 * time.Second)
		for !sent || !read || !reply {
			select {
			case e := <-events:
				require.Equal(t, "loja", e.Instance)
				switch d := e.Data.(type) {
				case MessageSent:
					require.Equal(t, acc.ProviderID, d.ID)
					require.Equal(t, testText, d.Text)
					sent = true
				case MessageUpdate:
					require.Equal(t, acc.ProviderID, d.ID)
					read = read || d.Status == StatusRead
				case MessageIn:
					require.Equal(t, contact.Phone("+5511900001234"), d.Phone)
					require.NotEmpty(t, d.LID)
					require.Equal(t, "SAIR", d.Text)
					reply = true
				}
			case <-deadline:
				t.Fatalf("v1 %v: sent %v, read %v, reply %v", v1, sent, read, reply)
			}
		}
	}
}

func FuzzWebhook(f *testing.F) {
	for _, c := range deliveries {
		f.Add([]byte(c.body))
	}
	f.Add([]byte(`{"event":"x","instance":"a","data":{"\u0061pikey":"SECRET"}}`))
	f.Add([]byte(delivery("messages.edited", `{"key":{"id":"A"},"editedMessage":{"conversation":"SAIR"},"timestampMs":"1772452800500"}`)))
	f.Add([]byte(delivery("messages.upsert", `{"key":{"id":"A","remoteJid":"7@lid"},"message":{"ephemeralMessage":{"message":{"imageMessage":{"contextInfo":{"stanzaId":"B"}}}}}}`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := ParseWebhook(body)
		if err != nil {
			require.ErrorIs(t, err, ErrWebhook)
			return
		}
		require.NotEmpty(t, e.Name)
		require.NotNil(t, e.Data)
		require.True(t, json.Valid(e.Raw()))
		var v any
		dec := json.NewDecoder(bytes.NewReader(e.Raw()))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&v))
		requireNoKey(t, v)
		switch d := e.Data.(type) {
		case MessageSent:
			require.NotEmpty(t, d.ID)
			requirePhone(t, d.Phone)
		case MessageIn:
			require.NotEmpty(t, d.ID)
			requirePhone(t, d.Phone)
		case MessageEdited:
			require.NotEmpty(t, d.ID)
			require.NotEmpty(t, d.Text)
		case MessageUpdate:
			require.NotEmpty(t, d.ID)
			require.Contains(t, []Status{StatusNone, StatusPending, StatusServer, StatusFailed, StatusDelivered, StatusRead, StatusPlayed}, d.Status)
		case ConnectionUpdate:
			requirePhone(t, d.Phone)
		}
		// What was stored reads the same again.
		again, err := ParseWebhook(e.Raw())
		if len(e.Raw()) <= MaxWebhook {
			require.NoError(t, err)
			require.Equal(t, e.Data, again.Data)
		}
	})
}

func requirePhone(t *testing.T, p contact.Phone) {
	if p != "" {
		require.True(t, p.Valid(), "%s", p)
	}
}

func requireNoKey(t *testing.T, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if strings.EqualFold(k, "apikey") || strings.EqualFold(k, "api_key") {
				require.Nil(t, e, k)
			}
			requireNoKey(t, e)
		}
	case []any:
		for _, e := range v {
			requireNoKey(t, e)
		}
	}
}

func TestWhomAFailureIsAbout(t *testing.T) {
	for code, want := range map[string]campaign.Blame{
		"": campaign.BlameUnknown, "500": campaign.BlameUnknown, "463": campaign.BlameNumber, "131026": campaign.BlameRecipient,
	} {
		why, blame := MessageUpdate{Status: StatusFailed, Code: code}.Failure()
		require.Equal(t, want, blame, code)
		require.Equal(t, code, why.Args["code"])
	}
	why, blame := MessageUpdate{Status: StatusRead, Code: "463"}.Failure()
	require.True(t, why.IsZero())
	require.Empty(t, blame)
}
