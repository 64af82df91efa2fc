package evolution

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// Which message of ours somebody answers, in every shape that it is told.
func TestWhatAMessageAnswers(t *testing.T) {
	const key = `"key":{"id":"A","remoteJid":"77@lid","fromMe":false}`
	for _, c := range []struct{ name, data, want string }{
		{"nothing", `"message":{"conversation":"SAIR"}`, ""},
		{"a text, of v2", `"message":{"conversation":"SAIR"},"contextInfo":{"stanzaId":"3EB01","participant":"5511900000000@s.whatsapp.net","quotedMessage":{"conversation":"Oi"}}`, "3EB01"},
		{"a text, of v1.8", `"message":{"extendedTextMessage":{"text":"SAIR","contextInfo":{"stanzaId":"3EB01"}}}`, "3EB01"},
		{"a picture", `"message":{"imageMessage":{"caption":"SAIR","contextInfo":{"stanzaId":"3EB01"}}}`, "3EB01"},
		{"a button", `"message":{"buttonsResponseMessage":{"selectedDisplayText":"SAIR","contextInfo":{"stanzaId":"3EB01"}}}`, "3EB01"},
		{"a message that vanishes", `"message":{"ephemeralMessage":{"message":{"extendedTextMessage":{"text":"SAIR","contextInfo":{"stanzaId":"3EB01"}}}}}`, "3EB01"},
		{"a reaction", `"message":{"reactionMessage":{"key":{"id":"3EB01","fromMe":true,"remoteJid":"77@lid"},"text":"x"}}`, "3EB01"},
		{"beside what only has a context", `"message":{"messageContextInfo":{"deviceListMetadata":{}},"conversation":"SAIR"},"contextInfo":{"expiration":0,"stanzaId":"3EB01"}`, "3EB01"},
		{"a group's message, answered in private", `"message":{"conversation":"SAIR"},"contextInfo":{"stanzaId":"3EB01","remoteJid":"120363000000000000@g.us"}`, ""},
		{"a status", `"message":{"conversation":"SAIR"},"contextInfo":{"stanzaId":"3EB01","remoteJid":"status@broadcast"}`, ""},
		{"a reaction to a group's message", `"message":{"reactionMessage":{"key":{"id":"3EB01","remoteJid":"120363000000000000@g.us"},"text":"x"}}`, ""},
		{"what is no quotation", `"message":{"conversation":"SAIR"},"contextInfo":["3EB01"]`, ""},
		{"an id that is none", `"message":{"conversation":"SAIR"},"contextInfo":{"stanzaId":7}`, ""},
		{"too deep", `"message":` + strings.Repeat(`{"ephemeralMessage":{"message":`, 20) + `{"extendedTextMessage":{"contextInfo":{"stanzaId":"3EB01"}}}` + strings.Repeat(`}}`, 20), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := ParseWebhook([]byte(delivery("messages.upsert", `{`+key+`,`+c.data+`}`)))
			require.NoError(t, err)
			require.Equal(t, c.want, e.Data.(MessageIn).Answers)
		})
	}
}

// An edit tells the message and its new text, and nothing of who did it.
func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       Data
	}{
		{"a text", `{"key":{"remoteJid":"5511900000000@s.whatsapp.net","fromMe":true,"id":"3A1"},"type":"MESSAGE_EDIT","editedMessage":{"conversation":"SAIR"},"timestampMs":"1772452800500"}`,
			MessageEdited{ID: "3A1", Text: "SAIR", At: time.UnixMilli(1772452800500).UTC()}},
		{"a text with a link, and a time in two halves", `{"key":{"id":"3A1"},"type":14,"editedMessage":{"extendedTextMessage":{"text":"SAIR"}},"timestampMs":{"low":-1361050124,"high":412,"unsigned":false}}`,
			MessageEdited{ID: "3A1", Text: "SAIR", At: time.UnixMilli(412<<32 + 2933917172).UTC()}},
		{"a caption", `{"key":{"id":"3A1"},"editedMessage":{"imageMessage":{"caption":"SAIR"}}}`, MessageEdited{ID: "3A1", Text: "SAIR"}},
		{"taken back", `{"key":{"id":"3A1"},"type":"REVOKE"}`, Other{}},
		{"a setting of the chat", `{"type":"EPHEMERAL_SETTING","ephemeralExpiration":86400}`, Other{}},
		{"nothing", `null`, Other{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"messages.edited", "MESSAGES_EDITED"} {
				e, err := ParseWebhook([]byte(delivery(name, c.data)))
				require.NoError(t, err)
				require.Equal(t, c.want, e.Data)
			}
		})
	}
}

// The address of a chat in a report of a delivery is that of the addressee.
func TestUpdatesTellAnonymousAddresses(t *testing.T) {
	for data, want := range map[string]string{
		`{"keyId":"A","status":"READ","remoteJid":"77:3@lid"}`:                                              "77@lid",
		`{"keyId":"A","status":"READ","remoteJid":"5511900000001@s.whatsapp.net"}`:                          "",
		`{"keyId":"A","status":"READ","remoteJid":"120363000000000000@g.us","participant":"77@lid"}`:        "",
		`{"keyId":"A","status":"READ","remoteJid":"77@lid","participant":"78@lid"}`:                         "",
		`{"keyId":"A","status":"READ","remoteJid":"status@broadcast","participant":"77@lid","fromMe":true}`: "",
	} {
		e, err := ParseWebhook([]byte(delivery("messages.update", data)))
		require.NoError(t, err)
		require.Equal(t, want, e.Data.(MessageUpdate).LID, data)
	}
}

// Whose a message is that was edited, the gateway's own store tells.
func TestWritten(t *testing.T) {
	for _, v1 := range []bool{false, true} {
		g, s := emulate(t, &evolutiontest.Options{V1: v1})
		c := New(s)
		m := outgoing(soon())
		acc, err := c.Send(t.Context(), m)
		require.NoError(t, err)
		id, _, err := g.Receive(evolutiontest.Inbound{Instance: "loja", From: "5511900001234", Text: "Oi", LID: true})
		require.NoError(t, err)

		in, ok, err := c.Written(t.Context(), m.Route, id)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, contact.Phone("+5511900001234"), in.Phone)
		require.False(t, in.FromMe)
		require.Equal(t, "Oi", in.Text)
		own, ok, err := c.Written(t.Context(), m.Route, acc.ProviderID)
		require.NoError(t, err)
		require.True(t, ok && own.FromMe)
		_, ok, err = c.Written(t.Context(), m.Route, "3ANOBODY")
		require.NoError(t, err)
		require.False(t, ok)
		_, _, err = c.Written(t.Context(), m.Route, "")
		require.Error(t, err)
	}
}

// A gateway that does not know of edits refuses the whole subscription: it is
// asked again without them, and 1.8 is not asked for them at all.
func TestSubscribeWithoutEdits(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile Profile
		knows   bool
		asked   int
		edits   bool
	}{
		{"2.3.6", V236, true, 1, true}, {"an early 2", V2, false, 2, false}, {"1.8", V18, false, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked, last := 0, ""
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var b json.RawMessage
				require.NoError(t, json.NewDecoder(r.Body).Decode(&b))
				asked, last = asked+1, string(b)
				if !c.knows && strings.Contains(last, EventEdited) {
					w.WriteHeader(http.StatusBadRequest)
					_, _ = w.Write([]byte(`{"status":400,"error":"Bad Request","response":{"message":[["instance.webhook.events[0] is not one of enum values: QRCODE_UPDATED"]]}}`))
					return
				}
				w.WriteHeader(http.StatusCreated)
				_, _ = w.Write([]byte(`{}`))
			}))
			defer s.Close()
			client := New(Server{URL: s.URL, Key: "k", Profile: c.profile})
			require.NoError(t, client.Subscribe(t.Context(), campaign.Route{Instance: "loja"}, Subscription{URL: "http://x", Events: append(Events(), EventEdited)}))
			require.Equal(t, c.asked, asked)
			require.Equal(t, c.edits, strings.Contains(last, EventEdited))
			require.Contains(t, last, "MESSAGES_UPSERT")
		})
	}
}
