package evolutiontest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// An event that a receiver got.
type event struct {
	at     time.Time
	method string
	url    string
	header http.Header
	raw    string
	Event  string
	Data   json.RawMessage
}

func (e event) data(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(e.Data, &m))
	return m
}

// receiver is a webhook receiver without a network. answers are the statuses
// it gives, in order; then 200.
type receiver struct {
	mu      sync.Mutex
	got     []event
	answers []int
}

func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	e := event{at: time.Now(), method: req.Method, url: req.URL.String(), header: req.Header}
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		e.raw = string(b)
		if len(b) > 0 {
			if err := json.Unmarshal(b, &e); err != nil {
				return nil, err
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, e)
	status := 200
	if len(r.answers) > 0 {
		status, r.answers = r.answers[0], r.answers[1:]
	}
	res := httptest.NewRecorder()
	if status >= 300 && status < 400 {
		res.Header().Set("Location", "http://elsewhere/hook")
	}
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	res.WriteHeader(status)
	out := res.Result()
	out.Request = req
	return out, nil
}

// events is what came so far, of one kind if named.
func (r *receiver) events(kind string) []event {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.got), func(e event) bool { return kind != "" && e.Event != kind })
}

func (r *receiver) forget() {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = nil
}

// hooked is a bubble with an open instance a1 that tells a receiver all.
func hooked(t *testing.T, o evolutiontest.Options, f func(t *testing.T, g *evolutiontest.Gateway, r *receiver)) {
	r := &receiver{}
	o.Transport = r
	bubble(t, &o, func(t *testing.T, g *evolutiontest.Gateway) {
		require.Equal(t, 201, do(g, key, "POST /instance/create",
			`{"instanceName":"a1","token":"TA","integration":"WHATSAPP-BAILEYS","number":"5511900000001"}`).Code)
		require.Equal(t, 201, do(g, key, "POST /webhook/set/a1",
			`{"webhook":{"enabled":true,"url":"http://receiver/hook","events":[],"headers":{"x-secret":"s"}}}`).Code)
		require.NoError(t, g.Scan("a1"))
		r.forget()
		f(t, g, r)
	})
}

const hello = `{"number":"5511900001234","text":"oi"}`

func send(t *testing.T, g *evolutiontest.Gateway) string {
	t.Helper()
	w := do(g, key, sendA1, hello)
	require.Equal(t, 201, w.Code, w.Body)
	sends := g.Sends()
	return sends[len(sends)-1].ID
}

func TestWebhookConfiguration(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	row := `"id":"ROW","url":"http://h","headers":{"k":"v"},"webhookByEvents":true,"webhookBase64":false,
		"createdAt":"2026-11-22T16:58:23.264Z","updatedAt":"2026-11-22T16:58:23.264Z","instanceId":"UUID"`
	set := "POST /webhook/set/a1"
	play(t, g, []exchange{
		{"token", "GET /webhook/find/a1", "", 200, `null`},
		{"token", set, `{"url":"http://h","enabled":true}`, 400, nested(`instance requires property "webhook"`)},
		{"token", set, `{"webhook":{}}`, 400, nested(`webhook requires property "enabled"`, `webhook requires property "url"`)},
		{"token", set, `{"webhook":{"enabled":true,"url":"http://h"}}`, 500, text(500, "Cannot read properties of undefined (reading 'length')")},
		{"token", set, `{"webhook":{"enabled":true,"url":"http://h","events":["CALL"],"byEvents":true,"headers":{"k":"v"}}}`, 201,
			`{` + row + `,"enabled":true,"events":["CALL"]}`},
		{"token", set, `{"webhook":{"enabled":false,"url":"http://h"}}`, 201, `{` + row + `,"enabled":false,"events":[]}`},
		{"token", "GET /webhook/find/a1", "", 200, `{` + row + `,"enabled":false,"events":[]}`},
	})
	w := do(g, key, set, `{"webhook":{"enabled":true,"url":"http://h","events":["NOPE"]}}`)
	require.Equal(t, 400, w.Code)
	require.Contains(t, w.Body.String(), "webhook.events[0] is not one of enum values: APPLICATION_STARTUP,QRCODE_UPDATED,")
	w = do(g, key, set, `{"webhook":{"enabled":true,"url":"not an address","events":[]}}`)
	var got struct{ Events []string }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
	require.Len(t, got.Events, 31)
	play(t, g, []exchange{
		{"token", "POST /settings/set/a1", `{"rejectCall":true}`, 400, nested(
			`instance requires property "groupsIgnore"`, `instance requires property "alwaysOnline"`, `instance requires property "readMessages"`,
			`instance requires property "readStatus"`, `instance requires property "syncFullHistory"`)},
		{"token", "POST /settings/set/a1", settingsOff, 201, `{"settings":{"instanceName":"a1","settings":` + settingsTold + `}}`},
	})
}

func TestEnvelope(t *testing.T) {
	zone := time.FixedZone("", -3*3600)
	hooked(t, evolutiontest.Options{Zone: zone}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		w := do(g, key, sendA1, hello)
		got := r.events("")
		require.Len(t, got, 1)
		e := got[0]
		require.Equal(t, "http://receiver/hook", e.url)
		require.Equal(t, "POST", e.method)
		require.Equal(t, "application/json", e.header.Get("Content-Type"))
		require.Equal(t, "axios/1.12.2", e.header.Get("User-Agent"))
		require.Equal(t, "s", e.header.Get("X-Secret"))
		require.JSONEq(t, `{"event":"send.message","instance":"a1","data":`+w.Body.String()+`,"destination":"http://receiver/hook",
			"date_time":"1999-12-31T21:00:00.000Z","sender":"5511900000001@s.whatsapp.net","server_url":"http://localhost:8080",
			"apikey":"TA"}`, e.raw)
	})
}

func TestPathsByEventAndToken(t *testing.T) {
	hooked(t, evolutiontest.Options{HideKey: true}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		require.Equal(t, 201, do(g, key, "POST /webhook/set/a1",
			`{"webhook":{"enabled":true,"url":"http://receiver/by","byEvents":true,"events":[],"headers":{"jwt_key":"secret"}}}`).Code)
		send(t, g)
		e := r.events("")[0]
		require.Equal(t, "http://receiver/by/send-message", e.url)
		require.Contains(t, e.raw, `"destination":"http://receiver/by"`)
		require.Contains(t, e.raw, `"apikey":null`)
		require.Empty(t, e.header.Get("Jwt_key"))
		token, isBearer := strings.CutPrefix(e.header.Get("Authorization"), "Bearer ")
		require.True(t, isBearer)
		parts := strings.Split(token, ".")
		require.Len(t, parts, 3)
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write([]byte(parts[0] + "." + parts[1]))
		require.Equal(t, base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), parts[2])
		claims, err := base64.RawURLEncoding.DecodeString(parts[1])
		require.NoError(t, err)
		require.JSONEq(t, `{"iat":946684800,"exp":946685400,"app":"evolution","action":"webhook"}`, string(claims))
	})
}

func TestOnlySubscribedEvents(t *testing.T) {
	hooked(t, evolutiontest.Options{}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		require.Equal(t, 201, do(g, key, "POST /webhook/set/a1",
			`{"webhook":{"enabled":true,"url":"http://receiver/hook","events":["MESSAGES_UPDATE"]}}`).Code)
		send(t, g)
		time.Sleep(time.Minute)
		require.Len(t, r.events(""), 2)
		require.Len(t, r.events("messages.update"), 2)
	})
}

func TestRetryTable(t *testing.T) {
	fail := slices.Repeat([]int{500, 429, 0, 503, 418}, 4)
	hooked(t, evolutiontest.Options{Acks: []evolutiontest.Ack{}}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		r.answers = slices.Clone(fail)
		send(t, g)
		time.Sleep(time.Hour)
		got := r.events("")
		require.Len(t, got, 10)
		for i, want := range []float64{5, 10, 20, 40, 80, 160, 300, 300, 300} {
			gap := got[i+1].at.Sub(got[i].at).Seconds()
			require.InDelta(t, want, gap, want*0.2+1e-6, "wait %d", i)
			require.GreaterOrEqual(t, gap, 5.0)
			require.Equal(t, got[0].raw, got[i+1].raw)
		}
		require.Equal(t, 1, g.GivenUp())
	})
	for _, status := range []int{400, 401, 403, 404, 422} {
		hooked(t, evolutiontest.Options{Acks: []evolutiontest.Ack{}}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
			r.answers = []int{status}
			send(t, g)
			time.Sleep(time.Hour)
			require.Len(t, r.events(""), 1, status)
			require.Equal(t, 1, g.GivenUp())
		})
	}
	hooked(t, evolutiontest.Options{Acks: []evolutiontest.Ack{}}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		r.answers = []int{307}
		send(t, g)
		time.Sleep(time.Hour)
		got := r.events("")
		require.Len(t, got, 2)
		require.Equal(t, "GET http://elsewhere/hook ", got[1].method+" "+got[1].url+" "+got[1].raw)
		require.Equal(t, 0, g.GivenUp())
	})
}

func TestAcknowledgements(t *testing.T) {
	hooked(t, evolutiontest.Options{}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		id := send(t, g)
		time.Sleep(time.Minute)
		got := r.events("messages.update")
		require.Len(t, got, 2)
		require.Equal(t, "DELIVERY_ACK", got[0].data(t)["status"])
		require.Equal(t, "READ", got[1].data(t)["status"])
		require.Equal(t, 3*time.Second, got[1].at.Sub(got[0].at))
		require.JSONEq(t, `{"keyId":"KEYID","remoteJid":"5511900001234@s.whatsapp.net","fromMe":true,"status":"DELIVERY_ACK",
			"instanceId":"UUID","messageId":"ROW"}`, plain(string(got[0].Data)))

		// Repeated within half an hour: suppressed. After it: reported.
		reported, err := g.PushStatus("a1", id, "READ")
		require.NoError(t, err)
		require.False(t, reported)
		time.Sleep(31 * time.Minute)
		reported, err = g.PushStatus("a1", id, "READ")
		require.NoError(t, err)
		require.True(t, reported)
		// An id that was never stored is dropped while storing is on.
		reported, err = g.PushStatus("a1", "3EB0000000000000000000", "READ")
		require.NoError(t, err)
		require.False(t, reported)
		g.SetStoring(false)
		reported, err = g.PushStatus("a1", "3EB0000000000000000001", "READ")
		require.NoError(t, err)
		require.True(t, reported)
		_, err = g.PushStatus("a1", id, "SEEN")
		require.Error(t, err)
	})
}

func TestPercentages(t *testing.T) {
	o := evolutiontest.Options{Seed: 7, Acks: []evolutiontest.Ack{
		{Status: "DELIVERY_ACK", Percent: 80}, {Status: "READ", Percent: 50},
	}}
	tally := func() map[string]int {
		n := map[string]int{}
		hooked(t, o, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
			for range 400 {
				send(t, g)
			}
			for _, e := range r.events("messages.update") {
				n[e.data(t)["status"].(string)]++
			}
		})
		return n
	}
	n := tally()
	require.InDelta(t, 320, n["DELIVERY_ACK"], 40)
	require.InDelta(t, 160, n["READ"], 40)
	require.Equal(t, n, tally(), "the same seed, the same dice")
	_, err := evolutiontest.New(&evolutiontest.Options{Acks: []evolutiontest.Ack{{Status: "SEEN"}}})
	require.Error(t, err)
}

func TestInbound(t *testing.T) {
	hooked(t, evolutiontest.Options{}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		in := evolutiontest.Inbound{Instance: "a1", From: "5511900001234", Text: "SAIR", Name: "Ana"}
		_, reported, err := g.Receive(in)
		require.NoError(t, err)
		require.True(t, reported)
		got := r.events("messages.upsert")
		require.Len(t, got, 1)
		m := got[0].data(t)
		require.Equal(t, map[string]any{"conversation": "SAIR"}, m["message"])
		require.Equal(t, "DELIVERY_ACK", m["status"])
		require.Equal(t, "Ana", m["pushName"])
		require.Equal(t, "5511900001234@s.whatsapp.net", m["key"].(map[string]any)["remoteJid"])
		require.Equal(t, false, m["key"].(map[string]any)["fromMe"])

		r.forget()
		in.LID = true
		_, _, err = g.Receive(in)
		require.NoError(t, err)
		k := r.events("messages.upsert")[0].data(t)["key"].(map[string]any)
		require.True(t, strings.HasSuffix(k["remoteJid"].(string), "@lid"))
		require.Equal(t, "5511900001234@s.whatsapp.net", k["remoteJidAlt"])
		require.Equal(t, "lid", k["addressingMode"])

		r.forget()
		_, _, err = g.Receive(evolutiontest.Inbound{Instance: "a1", From: "5511900001234", Text: "eu", FromMe: true})
		require.NoError(t, err)
		require.NotContains(t, r.events("messages.upsert")[0].data(t), "status")

		// After a logout through the API and a new pairing: silence.
		require.Equal(t, 200, do(g, key, "DELETE /instance/logout/a1", "").Code)
		synctest.Wait()
		require.NoError(t, g.Scan("a1"))
		_, reported, err = g.Receive(in)
		require.NoError(t, err)
		require.False(t, reported)
		// Delete and create: heard again. So after a logout on the phone.
		require.Equal(t, 200, do(g, key, "DELETE /instance/delete/a1", "").Code)
		time.Sleep(2 * time.Second)
		require.NoError(t, g.Open("a1"))
		require.NoError(t, g.Drop("a1", 401, 0))
		_, reported, _ = g.Receive(in)
		require.False(t, reported, "closed")
		require.NoError(t, g.Scan("a1"))
		_, reported, _ = g.Receive(in)
		require.True(t, reported)
	})
}

func TestConnectionEvents(t *testing.T) {
	hooked(t, evolutiontest.Options{}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		states := func() (out []string) {
			for _, e := range r.events("connection.update") {
				out = append(out, e.data(t)["state"].(string))
			}
			r.forget()
			return out
		}
		require.NoError(t, g.Drop("a1", 428, 10*time.Second))
		time.Sleep(time.Minute)
		require.Equal(t, []string{"connecting", "connecting", "open"}, states(), "a lost socket has no close event")

		require.NoError(t, g.Storm("a1", 50, 20*time.Millisecond))
		time.Sleep(time.Minute)
		got := states()
		require.Len(t, got, 52)
		require.Equal(t, "open", got[51])
		require.NotContains(t, got, "close")

		require.NoError(t, g.Drop("a1", 401, 0))
		require.Equal(t, float64(401), r.events("status.instance")[0].data(t)["disconnectionReasonCode"])
		require.Equal(t, "null", string(r.events("logout.instance")[0].Data))
		require.Equal(t, []string{"close"}, states())

		// 30 codes that nobody scans.
		require.Equal(t, 200, do(g, key, "GET /instance/connect/a1", "").Code)
		time.Sleep(time.Hour)
		codes := r.events("qrcode.updated")
		require.Len(t, codes, 31)
		require.JSONEq(t, `{"qrcode":{"instance":"a1","pairingCode":null,"code":"CODE","base64":"PNG"}}`, plain(string(codes[0].Data)))
		require.JSONEq(t, `{"message":"QR code limit reached, please login again","statusCode":500}`, string(codes[30].Data))
		require.Equal(t, []string{"connecting", "refused"}, states())
		require.Contains(t, do(g, key, "GET /instance/connectionState/a1", "").Body.String(), `"close"`)
	})
}
