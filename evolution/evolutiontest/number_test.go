package evolutiontest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

func TestAddressOfANumber(t *testing.T) {
	off := false
	g := quick(t, func(o *evolutiontest.Options) {
		o.NumberCache = &off
		o.Exists = func(digits string) (string, bool) { return digits, true }
	})
	require.NoError(t, g.Open("a1"))
	for _, c := range [][2]string{
		{"5531987654321@s.whatsapp.net", "5531987654321@s.whatsapp.net"},
		{"5531987654321:12@s.whatsapp.net", "5531987654321@s.whatsapp.net"},
		{"1203@g.us", "1203@g.us"},
		{"77@lid", "77@lid"},
		{"status@broadcast", "status@broadcast"},
		{"+55 (11) 90000-1234", "5511900001234@s.whatsapp.net"},
		{"5511900001234@c.us", "5511900001234@s.whatsapp.net"},
		{"55a11b900001234", "5511900001234@s.whatsapp.net"},
		{"120363000000000111", "120363000000000111@g.us"},
		{"5511900001234-1400000000", "5511900001234-1400000000@g.us"},
		{"5531987654321", "553187654321@s.whatsapp.net"},
		{"5531087654321", "553187654321@s.whatsapp.net"},
		{"5531567654321", "5531567654321@s.whatsapp.net"},
		{"5511987654321", "5511987654321@s.whatsapp.net"},
		{"5530987654321", "5530987654321@s.whatsapp.net"},
		{"553187654321", "553187654321@s.whatsapp.net"},
		{"5215512345678", "525512345678@s.whatsapp.net"},
		{"5285512345678", "525512345678@s.whatsapp.net"},
		{"5491112345678", "541112345678@s.whatsapp.net"},
		{"11987654321", "11987654321@s.whatsapp.net"},
		{"005511987654321", "005511987654321@s.whatsapp.net"},
		{"abc", "@s.whatsapp.net"},
		{"", "@s.whatsapp.net"},
	} {
		w := do(g, key, sendA1, `{"number":"`+c[0]+`","text":"x"}`)
		require.Equal(t, 201, w.Code, "%s: %s", c[0], w.Body)
		require.Contains(t, w.Body.String(), `"remoteJid":"`+c[1]+`"`, c[0])
	}
}

// WhatsApp knows these numbers by their other spelling.
func TestOtherSpelling(t *testing.T) {
	known := map[string]string{"5511900001234": "551100001234", "5531567654321": "553167654321", "525512345678": "5215512345678"}
	g := quick(t, func(o *evolutiontest.Options) {
		o.Exists = func(digits string) (string, bool) { as, yes := known[digits]; return as, yes }
	})
	require.NoError(t, g.Open("a1"))
	play(t, g, []exchange{
		{"global", "POST /chat/whatsappNumbers/a1", `{"numbers":["+5511900001234","5511900001234","5531567654321","5215512345678","442000001234"]}`, 200, `[
			{"jid":"5511900001234@s.whatsapp.net","exists":false,"number":"+5511900001234"},
			{"jid":"551100001234@s.whatsapp.net","exists":true,"number":"5511900001234","name":"Contato 1234"},
			{"jid":"553167654321@s.whatsapp.net","exists":true,"number":"5531567654321","name":"Contato 4321"},
			{"jid":"5215512345678@s.whatsapp.net","exists":true,"number":"5215512345678","name":"Contato 5678"},
			{"jid":"442000001234@s.whatsapp.net","exists":false,"number":"442000001234"}]`},
		{"global", sendA1, `{"number":"5531567654321","text":"x"}`, 201, ""},
	})
	require.Equal(t, "553167654321@s.whatsapp.net", g.Sends()[0].JID)
	require.Equal(t, 1, g.CountTo("5531567654321"))
}

func TestNumberCache(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	alive, asked := true, 0
	silence := []evolutiontest.Ack{} // nobody else reads the clock
	g := quick(t, func(o *evolutiontest.Options) {
		o.Now, o.Acks = func() time.Time { return now }, silence
		o.Exists = func(digits string) (string, bool) { asked++; return digits, alive }
	})
	require.NoError(t, g.Open("a1"))
	codes := func(number string) int { return do(g, key, sendA1, `{"number":"`+number+`","text":"x"}`).Code }
	require.Equal(t, 201, codes("5511900001234"))
	require.Equal(t, 201, codes("+5511900001234"))
	require.Equal(t, 1, asked, "the second came from the cache")
	require.Equal(t, 201, codes("442000001234"))
	require.Equal(t, 201, codes("442000001234"))
	require.Equal(t, 3, asked, "other countries are looked up every time")
	alive = false
	require.Equal(t, 400, codes("442000001234"))
	require.Equal(t, 201, codes("5511900001234"), "believed for 7 days")
	now = now.Add(7 * 24 * time.Hour)
	require.Equal(t, 400, codes("5511900001234"))

	off := false
	g = quick(t, func(o *evolutiontest.Options) {
		o.NumberCache = &off
		o.Exists = func(digits string) (string, bool) { asked++; return digits, true }
	})
	require.NoError(t, g.Open("a1"))
	asked = 0
	require.Equal(t, 201, codes("5511900001234"))
	require.Equal(t, 201, codes("5511900001234"))
	require.Equal(t, 2, asked)
}

func TestWhatsAppNumbers(t *testing.T) {
	g := quick(t)
	play(t, g, []exchange{{"global", "POST /instance/create", `{"instanceName":"a1","integration":"WHATSAPP-BAILEYS"}`, 201, ""}})
	route := "POST /chat/whatsappNumbers/a1"
	play(t, g, []exchange{
		{"token", route, `{}`, 400, `{}`},
		{"token", route, `{"numbers":[]}`, 400, `{"status":400,"error":"Bad Request","message":[["numbers does not meet minimum length of 1"]]}`},
		{"token", route, `{"numbers":["1","1"]}`, 400, `{"status":400,"error":"Bad Request","message":[["numbers contains duplicate item"]]}`},
		{"token", route, `{"numbers":["5511900001234"]}`, 400, `{}`},
	})
	require.NoError(t, g.Scan("a1"))
	play(t, g, []exchange{
		{"token", route, `{"numbers":["5511900001234","120363000000000111@g.us","5511900000404","status@broadcast"]}`, 200, `[
			{"jid":"status@broadcast","exists":true,"number":"status@broadcast"},
			{"jid":"120363000000000111@g.us","exists":true,"number":"120363000000000111@g.us"},
			{"jid":"5511900001234@s.whatsapp.net","exists":true,"number":"5511900001234","name":"Contato 1234"},
			{"jid":"5511900000404@s.whatsapp.net","exists":false,"number":"5511900000404"}]`},
	})
	require.NoError(t, g.Drop("a1", 428, -1))
	play(t, g, []exchange{
		{"token", route, `{"numbers":["5511900001234"]}`, 200, `[{"jid":"5511900001234@s.whatsapp.net","exists":true,"number":"5511900001234"}]`},
		{"token", route, `{"numbers":["5511900009999"]}`, 400, `{"data":null,"isBoom":true,"isServer":false,"output":{"statusCode":428,
			"payload":{"statusCode":428,"error":"Precondition Required","message":"Connection Closed"},"headers":{}}}`},
	})
}

func FuzzBody(f *testing.F) {
	routes := []string{
		sendA1, "POST /instance/create", "POST /chat/findMessages/a1", "POST /chat/findStatusMessage/a1",
		"POST /chat/whatsappNumbers/a1", "POST /chat/sendPresence/a1", "POST /chat/markMessageAsRead/a1",
		"POST /webhook/set/a1", "POST /settings/set/a1", "POST /message/sendMedia/a1", "POST /message/sendPoll/a1",
		"POST /message/sendButtons/a1", "POST /message/sendReaction/a1", "POST /webhook/evolution", "POST /chat/findChats/a1",
		"POST /_emulator/faults", "POST /_emulator/drop/a1", "POST /_emulator/inbound", "DELETE /chat/deleteMessageForEveryone/a1",
	}
	for _, body := range []string{
		hello, `{`, `[]`, `null`, `{"number":{},"text":[]}`, `{"where":{"key":{"id":5},"messageTimestamp":{"gte":"x","lte":7}},"page":-1,"offset":1e300}`,
		`{"number":"5511900001234","text":"x","delay":1e400}`, `{"numbers":["a",{},[]]}`, `{"webhook":{"enabled":true,"url":"","events":[1]}}`,
		`{"key":5,"reaction":"é"}`, `{"number":"` + strings.Repeat("9", 100) + `","text":"\ud800"}`, `{"kind":"no-id","for":"x"}`, "\xff{}",
	} {
		for i := range routes {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, body string) {
		g := quick(t)
		require.NoError(t, g.Open("a1"))
		w := do(g, key, routes[int(i)%len(routes)], body)
		if w.Code < 500 {
			return
		}
		got := w.Body.String()
		for _, known := range []string{"Cannot read properties of undefined", "Argument `name`", "Connection Closed"} {
			if strings.Contains(got, known) && w.Code == 500 {
				return
			}
		}
		t.Fatalf("%d %s", w.Code, got)
	})
}
