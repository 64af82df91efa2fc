package evolutiontest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

const key = evolutiontest.DefaultKey

// quick is a gateway whose waits are gone and whose clock stands still.
func quick(t testing.TB, change ...func(*evolutiontest.Options)) *evolutiontest.Gateway {
	t.Helper()
	o := &evolutiontest.Options{
		Scale: -1,
		Now:   func() time.Time { return time.Date(2026, 11, 22, 16, 58, 23, 264e6, time.UTC) },
	}
	for _, f := range change {
		f(o)
	}
	g, err := evolutiontest.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, g.Close()) })
	return g
}

// do asks the handler itself; route is "METHOD /path".
func do(g http.Handler, apikey, route, body string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequest(method, "http://gateway"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if apikey != "" {
		r.Header.Set("apikey", apikey)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

var (
	ids    = regexp.MustCompile(`3EB0[0-9A-F]{18}`)
	uuids  = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	pngs   = regexp.MustCompile(`data:image/png;base64,[A-Za-z0-9+/=]+`)
	codes  = regexp.MustCompile(`2@[A-Za-z0-9+/=]+,evolutiontest`)
	rowIDs = regexp.MustCompile(`cm[0-9a-f]{23}`)
	pairs  = regexp.MustCompile(`"pairingCode":"[0-9A-F]{8}"`)
)

// plain replaces what is drawn at random by its kind.
func plain(s string) string {
	s = ids.ReplaceAllString(s, "KEYID")
	s = uuids.ReplaceAllString(s, "UUID")
	s = pngs.ReplaceAllString(s, "PNG")
	s = codes.ReplaceAllString(s, "CODE")
	s = rowIDs.ReplaceAllString(s, "ROW")
	return pairs.ReplaceAllString(s, `"pairingCode":"PAIR"`)
}

type exchange struct {
	key    string // "global", "token" (of a1), "other" (of b1), "wrong", ""
	route  string
	body   string
	status int
	want   string // exact JSON, with kinds for random values; empty: not compared
}

func play(t *testing.T, g *evolutiontest.Gateway, list []exchange) {
	t.Helper()
	for _, x := range list {
		apikey := map[string]string{"global": key, "wrong": "nonsense", "": ""}[x.key]
		switch x.key {
		case "token":
			apikey, _ = g.Token("a1")
		case "other":
			apikey, _ = g.Token("b1")
		}
		w := do(g, apikey, x.route, x.body)
		require.Equal(t, x.status, w.Code, "%s %s\n%s", x.route, x.body, w.Body)
		if x.want != "" {
			require.JSONEq(t, x.want, plain(w.Body.String()), "%s %s", x.route, x.body)
		}
	}
}

const (
	sendA1       = "POST /message/sendText/a1"
	unauthorized = `{"status":401,"error":"Unauthorized","response":{"message":"Unauthorized"}}`
)

func list(status int, name string, messages ...string) string {
	b, _ := json.Marshal(map[string]any{"status": status, "error": name, "response": map[string]any{"message": messages}})
	return string(b)
}

func nested(messages ...string) string {
	b, _ := json.Marshal(map[string]any{"status": 400, "error": "Bad Request", "response": map[string]any{"message": [][]string{messages}}})
	return string(b)
}

func text(status int, message string) string {
	b, _ := json.Marshal(map[string]any{"status": status, "error": "Internal Server Error", "response": map[string]any{"message": message}})
	return string(b)
}

func TestOrderOfChecks(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1", "b1"))
	play(t, g, []exchange{
		{"", "GET /", "", 200, ""},
		{"", "GET /nope", "", 404, list(404, "Not Found", "Cannot GET /nope")},
		{"", "GET /message/sendText/a1", "", 404, list(404, "Not Found", "Cannot GET /message/sendText/a1")},
		{"", "DELETE /instance/delete/", "", 404, list(404, "Not Found", "Cannot DELETE /instance/delete/")},
		{"", "POST /message/sendText/ghost", "{}", 404, list(404, "Not Found", `The "ghost" instance does not exist`)},
		{"wrong", "GET /instance/connectionState/ghost", "", 404, list(404, "Not Found", `The "ghost" instance does not exist`)},
		{"", sendA1, "{}", 401, unauthorized},
		{"wrong", sendA1, "{}", 401, unauthorized},
		{"other", sendA1, "{}", 401, unauthorized},
		{"token", sendA1, "{}", 400, nested(`instance requires property "number"`, `instance requires property "text"`)},
		{"global", sendA1, `{"number":"5511900001234"`, 400, text(400, "Unexpected end of JSON input")},
		{"", sendA1, `{"number":"5511900001234"`, 400, text(400, "Unexpected end of JSON input")},
		{"wrong", "POST /instance/create", `{"instanceName":"a1"}`, 403, list(403, "Forbidden", `This name "a1" is already in use.`)},
		{"token", "POST /instance/create", `{"instanceName":"c1"}`, 401, unauthorized},
		{"", "POST /verify-creds", "", 401, unauthorized},
		{"global", "POST /verify-creds", "", 200, ""},
		{"", "GET /instance/fetchInstances", "", 401, unauthorized},
		{"token", "GET /instance/fetchInstances?instanceName=b1", "", 401, unauthorized},
		{"global", "GET /instance/fetchInstances?instanceName=ghost", "", 404, list(404, "Not Found", `Instance "ghost" not found`)},
	})
	require.Equal(t, 0, g.Count())
}

func TestQueryOverridesPathAfterTheKeyCheck(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1", "b1"))
	play(t, g, []exchange{
		{"other", "GET /instance/connectionState/b1?instanceName=a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
		{"other", "GET /instance/connectionState/b1?instanceName=ghost", "", 200, `{"instance":{"instanceName":"ghost"}}`},
	})
}

// The connection state is one level down, beside the name.
func TestLesson_G1_StateBelowInstance(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	play(t, g, []exchange{
		{"global", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
		{"global", "GET /instance/connect/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
	})
	require.NoError(t, g.Unload("a1"))
	play(t, g, []exchange{
		{"global", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1"}}`},
		{"global", "GET /instance/connect/a1", "", 200, `{"error":true,"message":"[object Object]"}`},
		{"global", "POST /instance/restart/a1", "", 200, `{"error":true,"message":"[object Object]"}`},
		{"global", sendA1, `{"number":"5511900001234","text":"oi"}`, 500, text(500, "Cannot read properties of undefined (reading 'textMessage')")},
	})
}

func TestSendText(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	play(t, g, []exchange{
		{"token", sendA1, `{"number":"5511900001234","text":"Olá <b>você</b> & tudo","unknown":1}`, 201, `{
			"key":{"remoteJid":"5511900001234@s.whatsapp.net","fromMe":true,"id":"KEYID"},"pushName":"Você",
			"status":"PENDING","message":{"conversation":"Olá <b>você</b> & tudo"},
			"contextInfo":{"mentionedJid":[],"groupMentions":[],"ephemeralSettingTimestamp":null,"disappearingMode":null},
			"messageType":"conversation","messageTimestamp":1795366703,"instanceId":"UUID","source":"web"}`},
		{"token", sendA1, `{"number":5511900001234,"text":"x"}`, 400, nested("Invalid format")},
		{"token", sendA1, `{"number":"5511900001234","text":"x","delay":1.5}`, 400, nested("Enter a value in milliseconds")},
		{"token", sendA1, `{"number":"5511900001234","text":"x","delay":"5"}`, 400, nested("Enter a value in milliseconds")},
		{"token", sendA1, `{"number":"5511900001234","text":"x","delay":-5}`, 201, ""},
		{"token", sendA1, `{"number":"5511900001234","text":"x","linkPreview":"yes"}`, 400, nested("linkPreview is not of a type(s) boolean")},
		{"token", sendA1, `{"number":"5511900001234","text":"x","mentioned":[]}`, 400, nested("mentioned does not meet minimum length of 1")},
		{"token", sendA1, `{"number":"5511900001234","text":"  "}`, 400, list(400, "Bad Request", "Text is required")},
		{"token", sendA1, `{"number":"5511900000404","text":"x"}`, 400, `{"status":400,"error":"Bad Request","response":{"message":[
			{"jid":"5511900000404@s.whatsapp.net","exists":false,"number":"5511900000404"}]}}`},
		{"token", sendA1, `{"number":"","text":"x"}`, 400, `{"status":400,"error":"Bad Request","response":{"message":[
			{"jid":"@s.whatsapp.net","exists":false,"number":""}]}}`},
		{"token", sendA1, `{"number":"120363000000000404@g.us","text":"x"}`, 400, list(400, "Bad Request", "[object Object]")},
		{"token", sendA1, `{"number":"120363000000000111@g.us","text":"x"}`, 201, ""},
		{"token", sendA1, ``, 400, nested(`instance requires property "number"`, `instance requires property "text"`)},
		{"token", sendA1, `[1]`, 400, nested(`instance requires property "number"`, `instance requires property "text"`)},
		{"token", sendA1, `"x"`, 400, text(400, `Unexpected token '"', ""x"" is not valid JSON`)},
		{"token", sendA1, `{"textMessage":{"text":"x"},"number":"5511900001234"}`, 400, nested(`instance requires property "text"`)},
	})
	require.Equal(t, 2, g.CountTo("+55 11 90000-1234"))
	require.Equal(t, 3, g.Count())
	require.Equal(t, map[string]int{"551100001234": 2, "120363000000000111": 1}, g.Counts())
}

func TestEverySendIsANewMessage(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	seen := map[string]bool{}
	for range 50 {
		w := do(g, key, sendA1, `{"number":"5511900001234","text":"same","id":"MINE","messageId":"MINE","key":{"id":"MINE"}}`)
		var got struct{ Key evolutiontest.Key }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
		require.Len(t, got.Key.ID, 22)
		require.Regexp(t, `^3EB0[0-9A-F]{18}$`, got.Key.ID)
		seen[got.Key.ID] = true
	}
	require.Len(t, seen, 50)
	require.Len(t, g.SendsTo("5511900001234"), 50)
}

func TestFormBodyCountsAsJSON(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	r := httptest.NewRequest("POST", "http://gateway/message/sendText/a1",
		strings.NewReader(url.Values{"number": {"5511900001234"}, "text": {"oi"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("apikey", key)
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	require.Equal(t, 201, w.Code, w.Body)
	require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "Express", w.Header().Get("X-Powered-By"))
	require.Equal(t, "true", w.Header().Get("Access-Control-Allow-Credentials"))
	require.Empty(t, w.Header().Values("Access-Control-Allow-Origin"))
	require.Equal(t, []string{"Origin, Accept-Encoding"}, w.Header().Values("Vary"))
	require.NotEmpty(t, w.Header().Get("ETag"))
	require.NotEmpty(t, w.Header().Get("Content-Length"))
}

func TestLargeAnswersAreCompressedWhenAsked(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	srv := httptest.NewServer(g)
	defer srv.Close()
	req, err := http.NewRequest("POST", srv.URL+"/message/sendText/a1",
		strings.NewReader(`{"number":"5511900001234","text":"`+strings.Repeat("long ", 500)+`"}`))
	require.NoError(t, err)
	req.Header.Set("apikey", key)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	res, err := srv.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.True(t, res.Uncompressed)
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.True(t, json.Valid(b))
	require.True(t, bytes.Contains(b, []byte("long long")))
}

func TestLicense(t *testing.T) {
	g := quick(t, func(o *evolutiontest.Options) { o.License = true })
	require.NoError(t, g.Open("a1"))
	want := `{"code":"LICENSE_REQUIRED","error":"service not activated","message":"This server must be activated before it can be used",
		"register_url":"http://localhost:8080/manager/login"}`
	play(t, g, []exchange{
		{"", "GET /", "", 200, ""},
		{"", "GET /nope", "", 503, want},
		{"", sendA1, `{}`, 503, want},
	})
	g.SetLicense(false)
	play(t, g, []exchange{{"global", sendA1, `{"number":"5511900001234","text":"x"}`, 201, ""}})
}
