package evolution

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/stretchr/testify/require"
)

// emulate starts the emulator with the instance "loja" open.
func emulate(t testing.TB, o *evolutiontest.Options) (*evolutiontest.Gateway, Server) {
	t.Helper()
	if o == nil {
		o = &evolutiontest.Options{}
	}
	if o.Scale == 0 {
		o.Scale = -1
	}
	g, err := evolutiontest.New(o)
	require.NoError(t, err)
	srv := httptest.NewUnstartedServer(g)
	srv.Config.ErrorLog = quiet
	srv.Start()
	t.Cleanup(func() { _ = g.Close(); srv.Close() })
	require.NoError(t, g.Open("loja"))
	s := Server{URL: srv.URL, Key: evolutiontest.DefaultKey, Profile: V236}
	if o.V1 {
		s.Profile = V18
	}
	return g, s
}

// Whatever the gateway does, a proof is true: what is judged not sent is not
// in the ledger of what really went out, and what is accepted is there once.
func TestNoFaultOfTheGatewayMakesAProofFalse(t *testing.T) {
	want := map[evolutiontest.Kind]campaign.Verdict{
		evolutiontest.TooMany:           campaign.VerdictSlow,
		evolutiontest.Unlicensed:        campaign.VerdictHold,
		evolutiontest.NotInMemory:       campaign.VerdictHold,
		evolutiontest.NeverConnected:    campaign.VerdictHold,
		evolutiontest.LookupClosed:      campaign.VerdictHold,
		evolutiontest.LookupTimeout:     campaign.VerdictHold,
		evolutiontest.LookupRateLimited: campaign.VerdictHold,
		evolutiontest.NotOnWhatsApp:     campaign.VerdictRefused,
		evolutiontest.GraphError:        campaign.VerdictRefused,
		evolutiontest.LID:               campaign.VerdictAccepted,
		evolutiontest.ErrorLater:        campaign.VerdictAccepted,
		evolutiontest.DeadSocket:        campaign.VerdictAccepted,
		evolutiontest.NoAck:             campaign.VerdictAccepted,
		evolutiontest.StatusSuppressed:  campaign.VerdictAccepted,
		evolutiontest.StatusEarly:       campaign.VerdictAccepted,
		evolutiontest.WebhookLost:       campaign.VerdictAccepted,
		evolutiontest.WebhookTwice:      campaign.VerdictAccepted,
		evolutiontest.WebhookReordered:  campaign.VerdictAccepted,
		evolutiontest.WebhookEarly:      campaign.VerdictAccepted,
	}
	for _, k := range evolutiontest.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			g, s := emulate(t, nil)
			wait := time.Duration(0)
			switch k {
			case evolutiontest.TimeoutAfter, evolutiontest.Drip:
				wait = time.Second
			}
			_, err := g.Inject(evolutiontest.Fault{Kind: k, For: wait})
			require.NoError(t, err)
			s.Timeout = 100 * time.Millisecond
			m := outgoing(time.Now().Add(200 * time.Millisecond))
			acc, err := New(s).Send(t.Context(), m)
			verdict := campaign.Judge(err).Verdict
			expected := want[k]
			if expected == "" {
				expected = campaign.VerdictUnknown
			}
			require.Equal(t, expected, verdict, "%v", err)
			require.Equal(t, 1, g.Asked(), "asked once, whatever came back")
			switch verdict {
			case campaign.VerdictAccepted:
				require.Equal(t, acc.ProviderID, g.Sends()[0].ID)
			case campaign.VerdictUnknown:
			default:
				require.Zero(t, g.Count(), "judged %s, and it went out", verdict)
			}
			if err != nil {
				requireSilent(t, err, string(s.Key))
			}
		})
	}
}

func TestSendThroughTheEmulator(t *testing.T) {
	for _, v1 := range []bool{false, true} {
		g, s := emulate(t, &evolutiontest.Options{V1: v1})
		c := New(s)
		acc, err := c.Send(t.Context(), outgoing(soon()))
		require.NoError(t, err)
		sent := g.SendsTo("5511900001234")
		require.Len(t, sent, 1)
		require.Equal(t, testText, sent[0].Text)
		require.Equal(t, sent[0].ID, acc.ProviderID)
		require.Equal(t, "5511900001234@s.whatsapp.net", acc.Address)
		require.WithinDuration(t, sent[0].At, acc.At, 2*time.Second)
		require.False(t, acc.Began.IsZero())

		for name, change := range map[string]func(*campaign.Outgoing){
			"not_on_whatsapp":  func(m *campaign.Outgoing) { m.To = "+5511900000404" },
			"instance_unknown": func(m *campaign.Outgoing) { m.Route.Instance = "nada" },
		} {
			m := outgoing(soon())
			change(&m)
			_, err := c.Send(t.Context(), m)
			require.Equal(t, campaign.Code(name), campaign.Judge(err).Why.Code)
		}
		s.Key = "wrong"
		_, err = New(s).Send(t.Context(), outgoing(soon()))
		require.Equal(t, CodeWrongKey, campaign.Judge(err).Why.Code)
		require.Equal(t, 1, g.Count())
	}
}

// captured is a server that keeps the last request and answers what it is told.
type captured struct {
	method, path, body string
	header             http.Header
	all                []string
}

func capture(t testing.TB, status int, answers ...string) (*captured, string) {
	t.Helper()
	var got captured
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got.method, got.path, got.body, got.header = r.Method, r.RequestURI, string(b), r.Header
		answer := answers[min(len(got.all), len(answers)-1)]
		got.all = append(got.all, string(b))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	return &got, srv.URL
}

func TestTheRequestOnTheWire(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Server
		m    func(*campaign.Outgoing)
		path string
		body string
	}{
		{"plain", Server{}, nil, "/message/sendText/loja",
			`{"number":"5511900001234","text":"Oi"}`},
		{"typing", Server{}, func(m *campaign.Outgoing) { m.Typing = 1200*time.Millisecond + 700 }, "/message/sendText/loja",
			`{"number":"5511900001234","text":"Oi","delay":1200}`},
		{"negative typing", Server{}, func(m *campaign.Outgoing) { m.Typing = -time.Second }, "/message/sendText/loja",
			`{"number":"5511900001234","text":"Oi"}`},
		{"no preview", Server{NoLinkPreview: true, Profile: V2}, nil, "/message/sendText/loja",
			`{"number":"5511900001234","text":"Oi","linkPreview":false}`},
		{"1.8", Server{Profile: V18}, nil, "/message/sendText/loja",
			`{"number":"5511900001234","options":{},"textMessage":{"text":"Oi"}}`},
		{"1.8 with all", Server{Profile: V18, NoLinkPreview: true}, func(m *campaign.Outgoing) { m.Typing = time.Second }, "/message/sendText/loja",
			`{"number":"5511900001234","options":{"delay":1000,"presence":"composing","linkPreview":false},"textMessage":{"text":"Oi"}}`},
		{"a name with everything", Server{}, func(m *campaign.Outgoing) { m.Route.Instance = "Loja nº 1/a?b#c%d" }, "/message/sendText/Loja%20n%C2%BA%201%2Fa%3Fb%23c%25d",
			`{"number":"5511900001234","text":"Oi"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, base := capture(t, 201, accepted)
			c.s.URL, c.s.Key = base+"/", testKey
			m := outgoing(soon())
			m.Text = "Oi"
			if c.m != nil {
				c.m(&m)
			}
			_, err := New(c.s).Send(t.Context(), m)
			require.NoError(t, err)
			require.Equal(t, http.MethodPost, got.method)
			require.Equal(t, c.path, got.path)
			require.Equal(t, c.body, got.body)
			require.Equal(t, string(testKey), got.header.Get("apikey"))
			require.Equal(t, "identity", got.header.Get("Accept-Encoding"))
			require.Equal(t, "application/json", got.header.Get("Content-Type"))
			for _, h := range []string{"Idempotency-Key", "X-Idempotency-Key", "Authorization", "Expect"} {
				require.Empty(t, got.header.Values(h))
			}
		})
	}
	t.Run("a base with a path", func(t *testing.T) {
		got, base := capture(t, 201, accepted)
		_, err := New(Server{URL: base + "/api%2Fv2/evo/", Key: testKey}).Send(t.Context(), outgoing(soon()))
		require.NoError(t, err)
		require.Equal(t, "/api%2Fv2/evo/message/sendText/loja", got.path)
	})
}

func TestTextsTravelUnchanged(t *testing.T) {
	for _, text := range []string{"a\nb\tc", `"<>&\`, "Olá 👋🏽 – \u2028\u2029", "{{nome}}", " leading and trailing \n"} {
		got, base := capture(t, 201, accepted)
		m := outgoing(soon())
		m.Text = text
		_, err := New(Server{URL: base, Key: testKey}).Send(t.Context(), m)
		require.NoError(t, err)
		var in struct{ Text string }
		require.NoError(t, json.Unmarshal([]byte(got.body), &in))
		require.Equal(t, text, in.Text)
	}
}

func TestUnfitMessagesAreRefusedHere(t *testing.T) {
	w := newWire(t, func(l *link) { l.whole() })
	c := New(Server{URL: w.url, Key: testKey})
	for name, change := range map[string]func(*campaign.Outgoing){
		"empty":     func(m *campaign.Outgoing) { m.Text = "" },
		"blank":     func(m *campaign.Outgoing) { m.Text = " \n\t\u00a0" },
		"not UTF-8": func(m *campaign.Outgoing) { m.Text = "caf\xe9" },
		"no number": func(m *campaign.Outgoing) { m.To = "" },
		"short":     func(m *campaign.Outgoing) { m.To = "+551190" },
		"a group":   func(m *campaign.Outgoing) { m.To = "+551190000123412345" },
		"a jid":     func(m *campaign.Outgoing) { m.To = "5511900001@g.us" },
		"formatted": func(m *campaign.Outgoing) { m.To = "+55 11 90000" },
	} {
		m := outgoing(soon())
		change(&m)
		_, err := c.Send(t.Context(), m)
		r := campaign.Judge(err)
		require.Equal(t, campaign.VerdictRefused, r.Verdict, name)
		require.Equal(t, CodeInvalidMessage, r.Why.Code, name)
	}
	require.Zero(t, w.conns.Load())
}

// One wrong setting holds the instance; it must not fail every recipient.
func TestMisconfiguredServersHold(t *testing.T) {
	for name, s := range map[string]Server{
		"empty":        {},
		"no key":       {URL: "http://gateway.example"},
		"no scheme":    {URL: "gateway.example", Key: testKey},
		"no host":      {URL: "http://", Key: testKey},
		"another":      {URL: "ftp://gateway.example", Key: testKey},
		"opaque":       {URL: "http:gateway.example", Key: testKey},
		"not a URL":    {URL: "http://gateway.example/%zz", Key: testKey},
		"credentials":  {URL: "http://u:hunter2@gateway.example", Key: testKey},
		"a query":      {URL: "http://gateway.example?instanceName=x", Key: testKey},
		"a fragment":   {URL: "http://gateway.example#x", Key: testKey},
		"key of lines": {URL: "http://gateway.example", Key: testKey + "\r\nX: y"},
		"a profile":    {URL: "http://gateway.example", Key: testKey, Profile: "v9"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(s).Send(t.Context(), outgoing(soon()))
			r := campaign.Judge(err)
			require.Equal(t, campaign.VerdictHold, r.Verdict)
			require.Equal(t, CodeMisconfigured, r.Why.Code)
			requireSilent(t, err, "hunter2", string(testKey))
			require.Error(t, New(s).Delete(t.Context(), outgoing(noon).Route))
		})
	}
	for _, name := range []string{"", ".", ".."} {
		m := outgoing(soon())
		m.Route.Instance = name
		_, err := New(Server{URL: "http://gateway.example", Key: testKey}).Send(t.Context(), m)
		require.Equal(t, CodeMisconfigured, campaign.Judge(err).Why.Code)
	}
}

func TestRouter(t *testing.T) {
	g1, s1 := emulate(t, nil)
	g2, s2 := emulate(t, nil)
	c := NewRouter(func(_ context.Context, r campaign.Route) (Server, error) {
		switch r.Gateway {
		case "one":
			return s1, nil
		case "two":
			return s2, nil
		case "busy":
			return Server{}, campaign.NotSent(io.ErrUnexpectedEOF)
		}
		return Server{}, io.ErrUnexpectedEOF
	})
	send := func(gateway string) error {
		m := outgoing(soon())
		m.Route.Gateway = gateway
		_, err := c.Send(t.Context(), m)
		return err
	}
	require.NoError(t, send("one"))
	require.NoError(t, send("two"))
	require.NoError(t, send("two"))
	require.Equal(t, 1, g1.Count())
	require.Equal(t, 2, g2.Count())

	err := send("none")
	require.Equal(t, campaign.VerdictHold, campaign.Judge(err).Verdict)
	require.Equal(t, CodeNoGateway, campaign.Judge(err).Why.Code)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, campaign.VerdictNotSent, campaign.Judge(send("busy")).Verdict)
}

// Sends that follow each other share a connection, also through a router that
// makes a new Server each time.
func TestConnectionsAreShared(t *testing.T) {
	w := newWire(t, func(l *link) {
		for l.whole() != nil {
			ok201(l)
		}
	})
	c := NewRouter(func(context.Context, campaign.Route) (Server, error) {
		return Server{URL: w.url, Key: testKey}, nil
	})
	for range 20 {
		_, err := c.Send(t.Context(), outgoing(soon()))
		require.NoError(t, err)
	}
	require.Equal(t, int64(1), w.conns.Load())
}
