package evolutiontest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// stocked has five messages an hour apart, "m0" to "m4", to two people, and
// an inbound one, "in".
func stocked(t *testing.T) *evolutiontest.Gateway {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	g := quick(t, func(o *evolutiontest.Options) {
		o.Now = func() time.Time { return now }
		o.Acks = []evolutiontest.Ack{}
	})
	require.NoError(t, g.Open("a1"))
	for i := range 5 {
		require.Equal(t, 201, do(g, key, sendA1, fmt.Sprintf(`{"number":"551190000123%d","text":"m%d"}`, i%2, i)).Code)
		now = now.Add(time.Hour)
	}
	_, _, err := g.Receive(evolutiontest.Inbound{Instance: "a1", From: "5511900001230", Text: "in", LID: true})
	require.NoError(t, err)
	return g
}

func TestFindMessages(t *testing.T) {
	g := stocked(t)
	for _, c := range [][2]string{
		{`{}`, "6/1/1 in m4 m3 m2 m1 m0"},
		{`{"where":{"key":{"remoteJid":"5511900001230@s.whatsapp.net"}}}`, "3/1/1 m4 m2 m0"},
		{`{"where":{"key":{"remoteJid":"5511900001230"}}}`, "0/0/1"},
		{`{"where":{"key":{"remoteJidAlt":"5511900001230@s.whatsapp.net"}}}`, "1/1/1 in"},
		{`{"where":{"key":{"fromMe":true}}}`, "5/1/1 m4 m3 m2 m1 m0"},
		{`{"where":{"key":{"fromMe":false}}}`, "6/1/1 in m4 m3 m2 m1 m0"},
		{`{"where":{"key":{"id":"` + g.Sends()[3].ID + `"}}}`, "1/1/1 m3"},
		{`{"where":{"key":{"id":"none"}}}`, "0/0/1"},
		{`{"where":{"source":"android"}}`, "1/1/1 in"},
		{`{"where":{"messageType":"imageMessage"}}`, "0/0/1"},
		{`{"where":{"messageTimestamp":{"gte":"2026-11-22T11:00:00Z","lte":"2026-11-22T12:00:00Z"}}}`, "2/1/1 m2 m1"},
		{`{"where":{"messageTimestamp":{"gte":"2026-11-22T13:00:00.000Z"}}}`, "6/1/1 in m4 m3 m2 m1 m0"},
		{`{"where":{"messageTimestamp":{"lte":"2026-11-22T10:00:00.000Z"}}}`, "6/1/1 in m4 m3 m2 m1 m0"},
		{`{"page":2,"offset":4}`, "6/2/2 m1 m0"},
		{`{"page":9,"offset":4}`, "6/2/9"},
		{`{"limit":1,"where":{"message":{"conversation":"m1"}}}`, "6/1/1 in m4 m3 m2 m1 m0"},
	} {
		w := do(g, key, "POST /chat/findMessages/a1", c[0])
		require.Equal(t, 200, w.Code, c[0])
		var got struct {
			Messages struct {
				Total, Pages, CurrentPage int
				Records                   []struct{ Message struct{ Conversation string } }
			}
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
		line := fmt.Sprintf("%d/%d/%d", got.Messages.Total, got.Messages.Pages, got.Messages.CurrentPage)
		for _, r := range got.Messages.Records {
			line += " " + r.Message.Conversation
		}
		require.Equal(t, c[1], line, c[0])
	}
	id := g.Sends()[0].ID
	_, err := g.PushStatus("a1", id, "READ")
	require.NoError(t, err)
	play(t, g, []exchange{
		{"token", "POST /chat/findMessages/a1", `{"where":{"key":{"id":"` + id + `"}}}`, 200, `{"messages":{"total":1,"pages":1,"currentPage":1,"records":[
			{"id":"ROW","key":{"remoteJid":"5511900001230@s.whatsapp.net","fromMe":true,"id":"KEYID"},"pushName":"Você",
			"messageType":"conversation","message":{"conversation":"m0"},"messageTimestamp":1795341600,"instanceId":"UUID","source":"web",
			"contextInfo":null,"MessageUpdate":[{"status":"READ"}]}]}}`},
	})
}

func TestFindStatusMessage(t *testing.T) {
	g := stocked(t)
	sends := g.Sends()
	for _, s := range sends[:2] {
		for _, status := range []string{"DELIVERY_ACK", "READ"} {
			_, err := g.PushStatus("a1", s.ID, status)
			require.NoError(t, err)
		}
	}
	count := func(body string) int {
		var rows []map[string]any
		require.NoError(t, json.Unmarshal(do(g, key, "POST /chat/findStatusMessage/a1", body).Body.Bytes(), &rows))
		for _, r := range rows {
			require.ElementsMatch(t, []string{"id", "keyId", "remoteJid", "fromMe", "participant", "pollUpdates", "status", "messageId", "instanceId"}, keys(r))
		}
		return len(rows)
	}
	require.Equal(t, 4, count(`{}`))
	require.Equal(t, 2, count(`{"where":{"id":"`+sends[0].ID+`"}}`))
	require.Equal(t, 0, count(`{"where":{"id":"`+sends[4].ID+`"}}`))
	require.Equal(t, 2, count(`{"where":{"remoteJid":"5511900001231@s.whatsapp.net"}}`))
	require.Equal(t, 4, count(`{"where":{"status":"READ","fromMe":false}}`))
	require.Equal(t, 1, count(`{"page":2,"offset":3}`))
}

func TestStoringOff(t *testing.T) {
	off := false
	g := quick(t, func(o *evolutiontest.Options) { o.StoreMessages = &off })
	require.NoError(t, g.Open("a1"))
	play(t, g, []exchange{
		{"token", sendA1, hello, 201, ""},
		{"token", "POST /chat/findMessages/a1", `{}`, 200, `{"messages":{"total":0,"pages":0,"currentPage":1,"records":[]}}`},
		{"token", "POST /chat/findStatusMessage/a1", `{}`, 200, `[]`},
	})
	require.Equal(t, 1, g.Count())
}

func TestOtherChatRoutes(t *testing.T) {
	g := stocked(t)
	var chats []map[string]any
	require.NoError(t, json.Unmarshal(do(g, key, "POST /chat/findChats/a1", `{}`).Body.Bytes(), &chats))
	require.Len(t, chats, 3)
	require.NoError(t, json.Unmarshal(do(g, key, "POST /chat/findContacts/a1", `{"where":{"remoteJid":"5511900001230@s.whatsapp.net"}}`).Body.Bytes(), &chats))
	require.Len(t, chats, 1)
	read := `{"readMessages":[{"id":"x","fromMe":false,"remoteJid":"5511900001230@s.whatsapp.net"}]}`
	play(t, g, []exchange{
		{"token", "POST /chat/markMessageAsRead/a1", read, 201, `{"message":"Read messages","read":"success"}`},
		{"token", "POST /chat/markMessageAsRead/a1", `{"readMessages":[{}]}`, 400, nested(`readMessages[0] requires property "id"`,
			`readMessages[0] requires property "fromMe"`, `readMessages[0] requires property "remoteJid"`)},
		{"token", "POST /chat/sendPresence/a1", `{"number":"5511900001234"}`, 400, nested(`instance requires property "presence"`, `instance requires property "delay"`)},
		{"token", "DELETE /chat/deleteMessageForEveryone/a1", `{"id":"x","fromMe":true,"remoteJid":"5511900001230@s.whatsapp.net"}`, 201, ""},
	})
	require.NoError(t, g.Drop("a1", 428, -1))
	play(t, g, []exchange{
		{"token", "POST /chat/markMessageAsRead/a1", read, 500, list(500, "Internal Server Error", "Read messages fail", "Error: Connection Closed")},
		{"token", "POST /instance/setPresence/a1", `{"presence":"available"}`, 400, list(400, "Bad Request", "Error: Connection Closed")},
	})
}

func TestOtherMessages(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	n := `{"number":"5511900001234",`
	media := "Owned media must be a url or base64"
	for _, c := range []struct {
		path, body string
		status     int
		part       string
	}{
		{"sendMedia", n + `"mediatype":"image","media":"http://192.0.2.1/x.jpg","caption":"veja"}`, 201, `"messageType":"imageMessage"`},
		{"sendMedia", n + `"mediatype":"image","media":"` + pixel + `"}`, 201, `"fileSha256"`},
		{"sendMedia", n + `"mediatype":"image","media":"aGVsbG8="}`, 500, `["Error: pngload_buffer: libspng read error"]`},
		{"sendMedia", n + `"mediatype":"image","media":"http://127.0.0.1:1/x.jpg"}`, 500, `["Error: connect ECONNREFUSED 127.0.0.1:1"]`},
		{"sendSticker", n + `"sticker":"aGVsbG8="}`, 500, `"message":"Input buffer contains unsupported image format"`},
		{"sendMedia", n + `"mediatype":"image","media":"http://localhost/x.jpg"}`, 400, media},
		{"sendMedia", n + `"mediatype":"image","media":"data:image/png;base64,aGVsbG8="}`, 400, media},
		{"sendMedia", n + `"mediatype":"document","media":"aGVsbG8="}`, 400, "For base64 the file name must be informed."},
		{"sendMedia", n + `"mediatype":"poster","media":"aGVsbG8="}`, 400, "mediatype is not one of enum values: image,document,video,audio"},
		{"sendMedia", `{}`, 400, `[["instance requires property \"number\"","instance requires property \"mediatype\""]]`},
		{"sendWhatsAppAudio", n + `"audio":"aGVsbG8="}`, 201, "audioMessage"},
		{"sendPtv", n + `"video":"aGVsbG8="}`, 201, "ptvMessage"},
		{"sendSticker", n + `"sticker":"nonsense!"}`, 400, media},
		{"sendLocation", n + `"latitude":-23.5,"longitude":-46.6,"name":"Sé","address":"Praça"}`, 201, `"degreesLatitude":-23.5,"degreesLongitude":-46.6`},
		{"sendLocation", n + `"latitude":"-23.5","longitude":-46.6}`, 400, "latitude is not of a type(s) number"},
		{"sendContact", n + `"contact":[{"fullName":"Ana","phoneNumber":"5511900009999"}]}`, 201, `waid=5511900009999`},
		{"sendContact", n + `"contact":[]}`, 400, "contact does not meet minimum length of 1"},
		{"sendReaction", `{"key":{"id":"x","remoteJid":"5511900001234@s.whatsapp.net","fromMe":true},"reaction":"👍"}`, 201, "reactionMessage"},
		{"sendReaction", `{"key":{"id":"x","remoteJid":"5511900001234@s.whatsapp.net","fromMe":true},"reaction":"good"}`, 400, "Reaction must be a single emoji or empty string"},
		{"sendPoll", n + `"name":"?","selectableCount":1,"values":["a","b"]}`, 201, `"options":[{"optionName":"a"},{"optionName":"b"}],"selectableOptionsCount":1`},
		{"sendPoll", n + `"name":"?","selectableCount":1,"values":["a"]}`, 400, "values does not meet minimum length of 2"},
		{"sendPoll", n + `"name":"?","selectableCount":1,"values":["1","2","3","4","5","6","7","8","9","10","11"]}`, 400, "values does not meet maximum length of 10"},
		{"sendButtons", n + `"buttons":[{"type":"reply"}]}`, 201, `"viewOnceMessage":{"message":{"interactiveMessage":`},
		{"sendButtons", n + `"buttons":[{"type":"reply"},{"type":"url"}]}`, 400, "Reply buttons cannot be mixed with other button types"},
		{"sendButtons", n + `"buttons":[{"type":"reply"},{"type":"reply"},{"type":"reply"},{"type":"reply"}]}`, 400, "Maximum of 3"},
		{"sendButtons", n + `"buttons":[{"type":"pix"},{"type":"url"}]}`, 400, "PIX"},
		{"sendList", n + `"title":"t","footerText":"f","buttonText":"b","sections":[{}]}`, 201, "listMessage"},
		{"sendTemplate", n + `"name":"x","language":"pt_BR"}`, 500, "Method not available in the Baileys service"},
		{"sendStatus", `{"type":"text","content":"oi"}`, 201, "status@broadcast"},
		{"sendMedia", `{"number":"5511900000404","mediatype":"image","media":"` + pixel + `"}`, 400, `"exists":false`},
		{"sendMedia", `{"number":"5511900000404","mediatype":"image","media":"aGVsbG8="}`, 500, "pngload_buffer"},
	} {
		before := g.Count()
		w := do(g, key, "POST /message/"+c.path+"/a1", c.body)
		require.Equal(t, c.status, w.Code, "%s %s\n%s", c.path, c.body, w.Body)
		require.Contains(t, w.Body.String(), c.part)
		if c.status == 201 {
			require.Equal(t, before+1, g.Count(), c.path)
			require.Equal(t, "message/"+c.path, g.Sends()[before].Route)
		} else {
			require.Equal(t, before, g.Count(), c.path)
		}
	}
	require.Equal(t, "veja", g.Sends()[0].Text)
}

// pixel is a PNG of one point.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

func TestOtherChannels(t *testing.T) {
	g := quick(t)
	play(t, g, []exchange{
		{"global", "POST /instance/create", `{"instanceName":"a1","integration":"EVOLUTION","number":"5511900000001"}`, 201, ""},
		{"global", "POST /instance/create", `{"instanceName":"b1","integration":"WHATSAPP-BUSINESS"}`, 201, ""},
		{"global", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
		{"token", sendA1, `{"number":"5511900001234","text":" "}`, 201, `{"key":{"remoteJid":"5511900001234","fromMe":true,"id":"UUID"},
			"pushName":null,"message":{"conversation":" "},"contextInfo":{},"messageType":"conversation","messageTimestamp":1795366703,
			"instanceId":"UUID","source":"unknown"}`},
		{"token", "POST /chat/whatsappNumbers/a1", `{"numbers":["5511900001234"]}`, 400,
			`{"status":400,"error":"Bad Request","message":"Method not available on Evolution Channel"}`},
		{"token", "POST /message/sendLocation/a1", `{"number":"5511900001234","latitude":1,"longitude":1}`, 400,
			list(400, "Bad Request", "Method not available on Evolution Channel")},
		{"token", "POST /message/sendContact/a1", `{"number":"5511900001234","contact":[{"fullName":"Ana","phoneNumber":"5511900009999"}]}`, 400,
			list(400, "Bad Request", "Method not available on Evolution Channel")},
		{"token", "POST /message/sendTemplate/a1", `{"number":"5511900001234","name":"x","language":"pt_BR"}`, 400, ""},
		{"", "POST /webhook/evolution", `{"numberId":"5511900000001","key":{"id":"IN","remoteJid":"5511900001234"},"pushName":"Ana",
			"message":{"conversation":"oi"},"messageType":"conversation"}`, 200, ""},
		{"token", "DELETE /instance/logout/a1", "", 200, ""},
		{"other", "POST /message/sendText/b1", `{"number":"5511900001234","text":"x","delay":86400000}`, 201, ""},
		{"other", "POST /message/sendTemplate/b1", `{"number":"5511900001234","name":"x","language":"pt_BR"}`, 201, ""},
	})
	require.True(t, strings.HasPrefix(g.Sends()[1].ID, "wamid."))
	require.Contains(t, do(g, key, "POST /chat/findMessages/a1", `{"where":{"key":{"id":"IN"}}}`).Body.String(), `"pushName":"Ana"`)
	require.Equal(t, 201, do(g, key, sendA1, hello).Code, "sends succeed after a logout")
}

func TestBusinessWords(t *testing.T) {
	r := &receiver{}
	bubble(t, &evolutiontest.Options{Transport: r}, func(t *testing.T, g *evolutiontest.Gateway) {
		play(t, g, []exchange{
			{"global", "POST /instance/create", `{"instanceName":"a1","integration":"WHATSAPP-BUSINESS","webhook":{"url":"http://r/","events":["MESSAGES_UPDATE"]}}`, 201, ""},
			{"global", sendA1, hello, 201, ""},
		})
		time.Sleep(time.Minute)
		got := r.events("messages.update")
		require.Len(t, got, 2)
		require.Equal(t, "DELIVERED", got[0].data(t)["status"])
		require.Equal(t, false, got[0].data(t)["fromMe"])
	})
}

func TestVersion1(t *testing.T) {
	r := &receiver{}
	bubble(t, &evolutiontest.Options{V1: true, Transport: r}, func(t *testing.T, g *evolutiontest.Gateway) {
		require.Contains(t, do(g, "", "GET /", "").Body.String(), `"version":"1.8.6"`)
		w := do(g, key, "POST /instance/create", `{"instanceName":"a1","token":"TA"}`)
		require.Equal(t, 201, w.Code)
		require.Contains(t, w.Body.String(), `"hash":{"apikey":"TA"}`)
		require.Contains(t, w.Body.String(), `"status":"created"`)
		require.NoError(t, g.Scan("a1"))
		play(t, g, []exchange{
			{"token", "POST /webhook/set/a1", `{"url":"http://r/","events":["MESSAGES_UPDATE"]}`, 201, ""},
			{"token", sendA1, hello, 400, nested(`instance requires property "textMessage"`)},
			{"token", sendA1, `{"number":"5511900001234","options":{"delay":"x"},"textMessage":{"text":"oi"}}`, 400, nested("Enter a value in milliseconds")},
			{"token", sendA1, `{"number":"5511900001234","options":{"delay":1200},"textMessage":{"text":"oi"}}`, 201, ""},
			{"token", "POST /instance/restart/a1", "", 404, ""},
			{"token", "PUT /instance/restart/a1", "", 200, ""},
			{"token", "GET /chat/findChats/a1", "", 200, ""},
			{"token", "GET /instance/fetchInstances", "", 200, ""},
			{"token", "POST /settings/set/a1", `{"reject_call":true,"groups_ignore":true,"always_online":false,"read_messages":false,"read_status":false,"sync_full_history":false}`, 201, ""},
		})
		time.Sleep(time.Minute)
		m := r.events("messages.update")[0].data(t)
		require.Equal(t, g.Sends()[0].ID, m["id"])
		require.Contains(t, m, "datetime")
		require.NotContains(t, m, "keyId")
		var plainList []any
		require.NoError(t, json.Unmarshal(do(g, key, "POST /chat/findMessages/a1", `{}`).Body.Bytes(), &plainList))
		require.Len(t, plainList, 1)
	})
}

func TestControl(t *testing.T) {
	g := quick(t)
	control := "/_emulator/"
	play(t, g, []exchange{
		{"", "POST " + control + "open/a1", "", 200, `{"ok":true}`},
		{"", "POST " + control + "scan/ghost", "", 404, ""},
		{"", "POST " + control + "nope", "", 404, ""},
		{"", "GET " + control + "scan/a1", "", 405, ""},
		{"", "PUT " + control + "faults", "", 405, ""},
		{"", "POST " + control + "faults", `{"kind":"typo"}`, 400, ""},
		{"", "POST " + control + "faults", `{"kind":"row-lost","typo":1}`, 400, ""},
		{"", "POST " + control + "faults", `{"kind":"row-lost","times":1,"for":"1m30s"}`, 200, `{"id":1}`},
		{"", "GET " + control + "faults", "", 200, `[{"id":1,"struck":0,"fault":{"kind":"row-lost","times":1,"for":"1m30s"}}]`},
		{"global", sendA1, hello, 400, ""},
		{"global", sendA1, hello, 201, ""},
		{"", "GET " + control, "", 200, `{"asked":2,"performed":2,"suppressed":0,"givenUp":0,"instances":1,"faults":1}`},
		{"", "DELETE " + control + "faults?id=1", "", 200, ""},
		{"", "DELETE " + control + "faults", "", 200, ""},
		{"", "DELETE " + control + "faults?id=x", "", 400, ""},
		{"", "GET " + control + "counts", "", 200, `{"551100001234":2}`},
		{"", "GET " + control + "sends?number=5511900009999", "", 200, `[]`},
		{"", "POST " + control + "inbound", `{"instance":"a1","from":"5511900001234","text":"SAIR","lid":true}`, 200, ""},
		{"", "POST " + control + "status/a1", `{"id":"x","status":"READ"}`, 200, `{"reported":false}`},
		{"", "POST " + control + "drop/a1", `{"code":428,"down":"-1s"}`, 200, ""},
		{"", "POST " + control + "drop/a1", `{"down":"soon"}`, 400, ""},
		{"global", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"connecting"}}`},
		{"", "POST " + control + "storm/a1", `{"n":3,"every":"20ms"}`, 200, ""},
		{"", "POST " + control + "unload/a1", ``, 200, ""},
		{"", "POST " + control + "license?on=true", ``, 200, ""},
		{"global", sendA1, hello, 503, ""},
		{"", "POST " + control + "license?on=false", ``, 200, ""},
		{"", "POST " + control + "license", ``, 400, ""},
		{"", "POST " + control + "storing?on=false", ``, 200, ""},
	})
	var sends []evolutiontest.Send
	require.NoError(t, json.Unmarshal(do(g, "", "GET "+control+"sends", "").Body.Bytes(), &sends))
	require.Equal(t, g.Sends(), sends)
	var requests []evolutiontest.Request
	require.NoError(t, json.Unmarshal(do(g, "", "GET "+control+"requests", "").Body.Bytes(), &requests))
	require.Equal(t, g.Requests(), requests)
	var kinds []struct {
		Kind      evolutiontest.Kind
		Performed bool
	}
	require.NoError(t, json.Unmarshal(do(g, "", "GET "+control+"kinds", "").Body.Bytes(), &kinds))
	require.Len(t, kinds, len(evolutiontest.Kinds()))
	for _, k := range kinds {
		require.Equal(t, k.Kind.Performed(), k.Performed)
	}
}
