package evolutiontest_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

func TestUploadedFile(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	require.NoError(t, form.WriteField("number", "5511900001234"))
	require.NoError(t, form.WriteField("mediatype", "document"))
	require.NoError(t, form.WriteField("caption", "segue"))
	part, err := form.CreateFormFile("file", "contrato.pdf")
	require.NoError(t, err)
	_, err = part.Write([]byte("%PDF"))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	for _, path := range []string{"sendMedia", "sendWhatsAppAudio"} {
		r := httptest.NewRequest("POST", "/message/"+path+"/a1", bytes.NewReader(b.Bytes()))
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("apikey", key)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		require.Equal(t, 201, w.Code, "%s: %s", path, w.Body)
		if path == "sendMedia" {
			require.Contains(t, w.Body.String(), `"fileName":"contrato.pdf"`)
		}
	}
	require.Equal(t, "segue", g.Sends()[0].Text)
}

func TestBodiesOfOtherTypes(t *testing.T) {
	g := quick(t)
	require.NoError(t, g.Open("a1"))
	for _, c := range []struct {
		contentType, body string
		status            int
		part              string
	}{
		{"text/plain", hello, 400, `requires property \"number\"`},
		{"", hello, 400, `requires property \"number\"`},
		{"multipart/form-data", "no boundary", 400, `requires property \"number\"`},
		{"multipart/form-data; boundary=x", "not a form", 400, `requires property \"number\"`},
		{"application/x-www-form-urlencoded", "%zz", 400, `requires property \"number\"`},
		{"application/x-www-form-urlencoded", "number=1&number=2&text=x", 400, "Invalid format"},
		{"APPLICATION/JSON; charset=utf-8", hello, 201, "PENDING"},
		{"application/json", hello + "x", 400, "Unexpected non-whitespace character after JSON at position"},
		{"application/json", "{'number'", 400, "Unexpected token"},
		{"application/json", "   ", 400, "Unexpected end of JSON input"},
	} {
		r := httptest.NewRequest("POST", "/message/sendText/a1", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.contentType)
		r.Header.Set("apikey", key)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		require.Equal(t, c.status, w.Code, "%+v\n%s", c, w.Body)
		require.Contains(t, w.Body.String(), c.part, "%+v", c)
	}
}

func TestPreflight(t *testing.T) {
	w := do(quick(t), "", "OPTIONS /message/sendText/a1", "")
	require.Equal(t, 204, w.Code)
	require.Empty(t, w.Header().Values("Access-Control-Allow-Origin"))
	require.Equal(t, "Origin, Accept-Encoding", w.Header().Get("Vary"))
	w = do(quick(t), "", "HEAD /", "")
	require.Equal(t, 200, w.Code)
	require.Equal(t, "Express", w.Header().Get("X-Powered-By"))
}

// Instances that a restarted server finds: the paired come back, the others
// show codes, those of other channels are open.
func TestRestartConnectsEveryInstance(t *testing.T) {
	dir := t.TempDir()
	bubble(t, &evolutiontest.Options{Dir: dir}, func(t *testing.T, g *evolutiontest.Gateway) {
		require.NoError(t, g.Open("paired", "lost"))
		require.NoError(t, g.Drop("lost", 403, 0))
		play(t, g, []exchange{
			{"global", "POST /instance/create", `{"instanceName":"new","integration":"WHATSAPP-BAILEYS"}`, 201, ""},
			{"global", "POST /instance/create", `{"instanceName":"cloud","integration":"WHATSAPP-BUSINESS"}`, 201, ""},
		})
	})
	bubble(t, &evolutiontest.Options{Dir: dir}, func(t *testing.T, g *evolutiontest.Gateway) {
		states := func() map[string]string {
			var rows []struct{ Name, ConnectionStatus string }
			require.NoError(t, json.Unmarshal(do(g, key, "GET /instance/fetchInstances", "").Body.Bytes(), &rows))
			out := map[string]string{}
			for _, r := range rows {
				out[r.Name] = r.ConnectionStatus
			}
			return out
		}
		require.Equal(t, map[string]string{"paired": "connecting", "lost": "connecting", "new": "connecting", "cloud": "open"}, states())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, map[string]string{"paired": "open", "lost": "connecting", "new": "connecting", "cloud": "open"}, states())
		play(t, g, []exchange{{"global", "GET /instance/connect/new", "", 200, `{"pairingCode":null,"code":"CODE","base64":"PNG","count":1}`}})
		var rows []map[string]any
		require.NoError(t, json.Unmarshal(do(g, key, "GET /instance/fetchInstances?instanceName=lost", "").Body.Bytes(), &rows))
		require.Len(t, rows, 1)
		require.Equal(t, float64(403), rows[0]["disconnectionReasonCode"])
		require.NotNil(t, rows[0]["disconnectionAt"])
	})
}

// A paired number that connects again comes straight to open.
func TestConnectOfAPairedInstanceHasNoCode(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *evolutiontest.Gateway) {
		require.NoError(t, g.Open("a1"))
		require.NoError(t, g.Storm("a1", 2, time.Hour)) // flickers to close
		play(t, g, []exchange{
			{"token", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"close"}}`},
			{"token", "GET /instance/connect/a1", "", 200, `{"count":0}`},
			{"token", "GET /instance/connectionState/a1", "", 200, `{"instance":{"instanceName":"a1","state":"open"}}`},
		})
	})
}

func TestSocketLostWhileTyping(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *evolutiontest.Gateway) {
		require.NoError(t, g.Open("a1"))
		done := make(chan *httptest.ResponseRecorder, 1)
		go func() { done <- do(g, key, sendA1, `{"number":"5511900001234","text":"x","delay":5000}`) }()
		time.Sleep(time.Second)
		require.NoError(t, g.Drop("a1", 428, -1))
		w := <-done
		require.Equal(t, 400, w.Code)
		require.JSONEq(t, list(400, "Bad Request", "Error: Connection Closed"), w.Body.String())
		require.Equal(t, 0, g.Count())
	})
}

// Close lets every blocked call go; nothing of it is performed.
func TestCloseEndsBlockedCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := evolutiontest.New(nil)
		require.NoError(t, err)
		require.NoError(t, g.Open("a1"))
		require.Equal(t, 201, do(g, key, "POST /instance/create", `{"instanceName":"b1","integration":"WHATSAPP-BAILEYS"}`).Code)
		ended := make(chan any, 4)
		for _, c := range [][2]string{
			{sendA1, `{"number":"5511900001234","text":"x","delay":3600000}`},
			{"POST /chat/sendPresence/a1", `{"number":"5511900001234","presence":"composing","delay":3600000}`},
			{"GET /instance/connect/b1", ""},
			{"POST /instance/create", `{"instanceName":"c1","integration":"WHATSAPP-BAILEYS","qrcode":true}`},
		} {
			go func() {
				defer func() { ended <- recover() }()
				do(g, key, c[0], c[1])
			}()
		}
		synctest.Wait()
		require.Empty(t, ended)
		require.NoError(t, g.Close())
		for range 4 {
			require.Equal(t, http.ErrAbortHandler, <-ended)
		}
		require.Equal(t, 0, g.Count())
		require.Equal(t, 0, g.Suppressed())
	})
}

func TestHangIsBoundedByFor(t *testing.T) {
	bubble(t, nil, func(t *testing.T, g *evolutiontest.Gateway) {
		require.NoError(t, g.Open("a1"))
		_, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.HangAfter, For: time.Minute})
		require.NoError(t, err)
		start := time.Now()
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { do(g, key, sendA1, hello) })
		require.Equal(t, time.Minute, time.Since(start))
		require.Equal(t, 1, g.Count())
	})
}

func TestSlowReceiverGetsTheEventAgain(t *testing.T) {
	hooked(t, evolutiontest.Options{Acks: []evolutiontest.Ack{}}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
		r.answers = []int{0} // the answer never came
		send(t, g)
		time.Sleep(time.Minute)
		got := r.events("")
		require.Len(t, got, 2)
		require.Equal(t, got[0].raw, got[1].raw)
	})
}

func TestDeliveriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var inside, most int
		guard := make(chan struct{}, 1)
		rt := roundTripper(func(req *http.Request) (*http.Response, error) {
			guard <- struct{}{}
			inside++
			most = max(most, inside)
			<-guard
			<-gate
			guard <- struct{}{}
			inside--
			<-guard
			w := httptest.NewRecorder()
			return w.Result(), nil
		})
		g, err := evolutiontest.New(&evolutiontest.Options{Deliveries: 3, Transport: rt, Acks: []evolutiontest.Ack{}})
		require.NoError(t, err)
		require.NoError(t, g.Open("a1"))
		require.Equal(t, 201, do(g, key, "POST /webhook/set/a1", `{"webhook":{"enabled":true,"url":"http://r/","events":[]}}`).Code)
		for range 10 {
			require.Equal(t, 201, do(g, key, sendA1, hello).Code)
		}
		synctest.Wait()
		require.Equal(t, 3, inside)
		close(gate)
		synctest.Wait()
		require.Equal(t, 3, most)
		require.Equal(t, 0, inside)
		require.NoError(t, g.Close())
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
