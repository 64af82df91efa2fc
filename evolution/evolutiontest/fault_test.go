package evolutiontest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// post sends over a real connection, follows no redirect, and gives up after
// timeout. status 0 means that no answer came.
func post(t *testing.T, base string, timeout time.Duration) (status int, body string, header http.Header, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", base+"/message/sendText/a1", strings.NewReader(hello))
	require.NoError(t, err)
	req.Header.Set("apikey", key)
	req.Header.Set("Content-Type", "application/json")
	tr := &http.Transport{DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}).Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), res.Header, err
}

// Every kind of fault: what the caller sees, whether the message went out,
// whether its row is stored.
func TestEveryFault(t *testing.T) {
	const never = 300 * time.Millisecond
	cases := map[evolutiontest.Kind]struct {
		status int    // 0: no answer
		body   string // exact, or a part if it does not begin with {
		row    bool
		cut    bool // the body ends early
	}{
		evolutiontest.ResetBefore:       {},
		evolutiontest.HangBefore:        {},
		evolutiontest.BadGateway:        {status: 502, body: "<h1>502 Bad Gateway</h1>"},
		evolutiontest.GatewayTimeout:    {status: 504, body: "<h1>504 Gateway Timeout</h1>"},
		evolutiontest.TooMany:           {status: 429, body: "Too many requests"},
		evolutiontest.Redirect:          {status: 307},
		evolutiontest.Unavailable:       {status: 503, body: "<h1>503"},
		evolutiontest.Unlicensed:        {status: 503, body: "LICENSE_REQUIRED"},
		evolutiontest.NotInMemory:       {status: 500, body: text(500, "Cannot read properties of undefined (reading 'textMessage')")},
		evolutiontest.NeverConnected:    {status: 500, body: text(500, "Cannot read properties of undefined (reading 'onWhatsApp')")},
		evolutiontest.LookupClosed:      {status: 500, body: text(500, "Connection Closed")},
		evolutiontest.LookupTimeout:     {status: 500, body: text(500, "Cannot read properties of undefined (reading 'find')")},
		evolutiontest.LookupRateLimited: {status: 500, body: text(500, "rate-overlimit")},
		evolutiontest.CacheFailed:       {status: 500, body: "Prisma"},
		evolutiontest.NotOnWhatsApp: {status: 400, body: `{"status":400,"error":"Bad Request","response":{"message":[
			{"jid":"5511900001234@s.whatsapp.net","exists":false,"number":"5511900001234"}]}}`},
		evolutiontest.RelayClosed:      {status: 400, body: list(400, "Bad Request", "Error: Connection Closed")},
		evolutiontest.RelayTimeout:     {status: 400, body: list(400, "Bad Request", "Error: Timed Out")},
		evolutiontest.RelayRateLimited: {status: 400, body: list(400, "Bad Request", "Error: rate-overlimit")},
		evolutiontest.RelayForbidden:   {status: 400, body: list(400, "Bad Request", "Error: forbidden")},
		evolutiontest.GroupUnknown:     {status: 400, body: list(400, "Bad Request", "[object Object]")},
		evolutiontest.GraphError:       {status: 201, body: `"code":131030`},

		evolutiontest.ResetAfter:          {row: true},
		evolutiontest.KilledAfter:         {},
		evolutiontest.HangAfter:           {row: true},
		evolutiontest.TimeoutAfter:        {row: true},
		evolutiontest.BadGatewayAfter:     {status: 502, body: "<h1>502 Bad Gateway</h1>", row: true},
		evolutiontest.GatewayTimeoutAfter: {status: 504, body: "<h1>504 Gateway Timeout</h1>", row: true},
		evolutiontest.UnavailableAfter:    {status: 503, body: "<h1>503", row: true},
		evolutiontest.RelayTimeoutAfter:   {status: 400, body: list(400, "Bad Request", "Error: Timed Out")},
		evolutiontest.RelayClosedAfter:    {status: 400, body: list(400, "Bad Request", "Error: Connection Closed")},
		evolutiontest.RowLost:             {status: 400, body: `"message":["PrismaClient`},
		evolutiontest.Drip:                {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.Cut:                 {status: 201, body: `"id":"3EB0`, row: true, cut: true},
		evolutiontest.Garbage:             {status: 201, body: `{"key":{"remoteJid":`, row: true},
		evolutiontest.NoID:                {status: 201, body: `{"key":{"fromMe":true,"remoteJid":"5511900001234@s.whatsapp.net"},"message":{"conversation":"oi"},"status":"PENDING"}`, row: true},
		evolutiontest.EmptyBody:           {status: 201, row: true},
		evolutiontest.EmptyID:             {status: 201, body: `"id":""`, row: true},
		evolutiontest.LID:                 {status: 201, body: `@lid","remoteJidAlt":"5511900001234@s.whatsapp.net"`, row: true},
		evolutiontest.ErrorLater:          {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.DeadSocket:          {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.NoAck:               {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.StatusSuppressed:    {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.StatusEarly:         {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.WebhookLost:         {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.WebhookTwice:        {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.WebhookReordered:    {status: 201, body: `"id":"3EB0`, row: true},
		evolutiontest.WebhookEarly:        {status: 201, body: `"id":"3EB0`, row: true},
	}
	for _, kind := range evolutiontest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			want, listed := cases[kind]
			require.True(t, listed, "every kind has a case")
			dir := t.TempDir()
			g := quick(t, func(o *evolutiontest.Options) { o.Dir = dir })
			require.NoError(t, g.Open("a1"))
			srv := httptest.NewServer(g)
			defer srv.Close()
			f := evolutiontest.Fault{Kind: kind, Times: 1, RetryAfter: 7}
			if kind == evolutiontest.TimeoutAfter {
				f.For = time.Hour // ended by Close
			}
			id, err := g.Inject(f)
			require.NoError(t, err)

			timeout := never
			if want.status != 0 {
				timeout = time.Minute
			}
			status, body, header, err := post(t, srv.URL, timeout)
			require.Equal(t, want.status, status)
			require.Equal(t, want.status == 0 || want.cut, err != nil, "%v", err)
			switch {
			case strings.HasPrefix(want.body, `{"`) && json.Valid([]byte(want.body)):
				require.JSONEq(t, want.body, body)
			default:
				require.Contains(t, body, want.body)
			}
			if kind == evolutiontest.TooMany {
				require.Equal(t, "7", header.Get("Retry-After"))
			}
			if kind == evolutiontest.Redirect {
				require.Equal(t, "/elsewhere", header.Get("Location"))
			}
			require.Equal(t, 1, g.Struck(id))

			performed := 0
			if kind.Performed() {
				performed = 1
			}
			sends, err := evolutiontest.ReadLedger(dir)
			require.NoError(t, err)
			require.Len(t, sends, performed)
			require.Equal(t, performed, g.CountTo("5511900001234"))
			require.Equal(t, 1, g.Asked())
			require.Equal(t, kind, g.Requests()[0].Fault)
			if performed == 1 {
				require.Equal(t, kind, sends[0].Fault)
				require.Equal(t, want.row, sends[0].Row)
				require.Equal(t, kind == evolutiontest.DeadSocket, sends[0].Dead)
			}
			stored := do(g, key, "POST /chat/findMessages/a1", `{}`).Body.String()
			require.Equal(t, want.row, strings.Contains(stored, `"total":1`), stored)

			// The next send is not struck.
			status, _, _, err = post(t, srv.URL, time.Minute)
			require.NoError(t, err)
			require.Equal(t, 201, status)
			require.NoError(t, g.Close()) // lets the hanging calls go
		})
	}
	require.Len(t, cases, len(evolutiontest.Kinds()))
}

func TestCallerWhoHangsUpIsSentTo(t *testing.T) {
	arrived := make(chan struct{})
	g, err := evolutiontest.New(&evolutiontest.Options{Exists: func(digits string) (string, bool) {
		close(arrived)
		return digits, true
	}})
	require.NoError(t, err)
	require.NoError(t, g.Open("a1"))
	srv := httptest.NewServer(g)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", srv.URL+"/message/sendText/a1",
		strings.NewReader(`{"number":"5511900001234","text":"oi","delay":50}`))
	require.NoError(t, err)
	req.Header.Set("apikey", key)
	req.Header.Set("Content-Type", "application/json")
	answered := make(chan error, 1)
	go func() {
		res, err := srv.Client().Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		answered <- err
	}()
	<-arrived
	cancel()
	require.ErrorIs(t, <-answered, context.Canceled)
	srv.Close() // returns when the handler has
	require.Equal(t, 1, g.Count())
	require.NoError(t, g.Close())
}

func TestWhichSendIsStruck(t *testing.T) {
	type row struct {
		fault evolutiontest.Fault
		want  string // of 6 sends: A to ...1111, B to ...2222; x: struck
	}
	for _, r := range []row{
		{evolutiontest.Fault{}, "xxxxxx"},
		{evolutiontest.Fault{Times: 2}, "xx...."},
		{evolutiontest.Fault{Nth: 3}, "..x..."},
		{evolutiontest.Fault{Call: 2}, "..xx.."},
		{evolutiontest.Fault{Number: "+55 (11) 9 0000-2222"}, ".x.x.x"},
		{evolutiontest.Fault{Number: "551100002222", Nth: 2}, "...x.."},
		{evolutiontest.Fault{Instance: "b1"}, "......"},
		{evolutiontest.Fault{Instance: "a1", Call: 3, Number: "5511900001111"}, "....x."},
		{evolutiontest.Fault{Probability: 1}, "xxxxxx"},
	} {
		g := quick(t)
		require.NoError(t, g.Open("a1"))
		r.fault.Kind = evolutiontest.LookupClosed
		_, err := g.Inject(r.fault)
		require.NoError(t, err)
		got := ""
		for i := range 6 {
			number := []string{"5511900001111", "5511900002222"}[i%2]
			if do(g, key, sendA1, `{"number":"`+number+`","text":"x"}`).Code == 500 {
				got += "x"
			} else {
				got += "."
			}
		}
		require.Equal(t, r.want, got, "%+v", r.fault)
	}
}

func TestProbabilityDoesNotDependOnOrder(t *testing.T) {
	strikes := func(seed uint64, step int) (out map[string]bool) {
		g := quick(t, func(o *evolutiontest.Options) { o.Seed = seed })
		require.NoError(t, g.Open("a1"))
		_, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.RelayTimeout, Probability: 0.3})
		require.NoError(t, err)
		out = map[string]bool{}
		for i := range 101 {
			number := "55119000" + strconv.Itoa(10000+i*step%101)
			out[number] = do(g, key, sendA1, `{"number":"`+number+`","text":"x"}`).Code == 400
		}
		return out
	}
	a := strikes(1, 1)
	require.Equal(t, a, strikes(1, 7), "the order of arrival changed the dice")
	require.NotEqual(t, a, strikes(2, 1))
	n := 0
	for _, struck := range a {
		if struck {
			n++
		}
	}
	require.InDelta(t, 30, n, 15)
}

func TestInjectRefusesNonsense(t *testing.T) {
	g := quick(t)
	_, err := g.Inject(evolutiontest.Fault{Kind: "typo"})
	require.ErrorIs(t, err, evolutiontest.ErrUnknownFault)
	_, err = g.Inject(evolutiontest.Fault{Kind: evolutiontest.NoID, Probability: 2})
	require.Error(t, err)
	id, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.NoID})
	require.NoError(t, err)
	other, err := g.Inject(evolutiontest.Fault{Kind: evolutiontest.EmptyID})
	require.NoError(t, err)
	g.Clear(id)
	require.Equal(t, 1, g.Figures().Faults)
	g.Clear(other)
	require.Equal(t, 0, g.Figures().Faults)
	require.Equal(t, 0, g.Struck(id))
}

func TestFaultsOfEvents(t *testing.T) {
	names := func(es []event, t *testing.T) (out []string) {
		for _, e := range es {
			name := e.Event
			if s, has := e.data(t)["status"]; has && e.Event == "messages.update" {
				name = s.(string)
			}
			out = append(out, name)
		}
		return out
	}
	for _, c := range []struct {
		fault evolutiontest.Fault
		want  []string
	}{
		{evolutiontest.Fault{Kind: evolutiontest.LID}, []string{"send.message", "DELIVERY_ACK", "READ"}},
		{evolutiontest.Fault{Kind: evolutiontest.WebhookLost}, nil},
		{evolutiontest.Fault{Kind: evolutiontest.WebhookLost, Event: "SEND_MESSAGE"}, []string{"DELIVERY_ACK", "READ"}},
		{evolutiontest.Fault{Kind: evolutiontest.WebhookTwice, Event: "MESSAGES_UPDATE"},
			[]string{"send.message", "DELIVERY_ACK", "DELIVERY_ACK", "READ", "READ"}},
		{evolutiontest.Fault{Kind: evolutiontest.WebhookReordered}, []string{"READ", "DELIVERY_ACK", "send.message"}},
		{evolutiontest.Fault{Kind: evolutiontest.WebhookEarly}, []string{"send.message", "DELIVERY_ACK", "READ"}},
		{evolutiontest.Fault{Kind: evolutiontest.ErrorLater, For: time.Second}, []string{"send.message", "ERROR"}},
		{evolutiontest.Fault{Kind: evolutiontest.DeadSocket}, []string{"send.message"}},
		{evolutiontest.Fault{Kind: evolutiontest.NoAck}, []string{"send.message"}},
		{evolutiontest.Fault{Kind: evolutiontest.StatusSuppressed}, []string{"send.message"}},
		{evolutiontest.Fault{Kind: evolutiontest.StatusEarly}, []string{"send.message", "READ"}},
		{evolutiontest.Fault{Kind: evolutiontest.RowLost}, nil},
		{evolutiontest.Fault{Kind: evolutiontest.KilledAfter}, nil},
	} {
		hooked(t, evolutiontest.Options{}, func(t *testing.T, g *evolutiontest.Gateway, r *receiver) {
			_, err := g.Inject(c.fault)
			require.NoError(t, err)
			func() {
				defer func() { _ = recover() }() // a reset has no connection to reset here
				do(g, key, sendA1, hello)
			}()
			if c.fault.Kind == evolutiontest.WebhookEarly {
				r.mu.Lock()
				require.Len(t, r.got, 1, "delivered before the answer was written")
				r.mu.Unlock()
			}
			time.Sleep(time.Minute)
			require.Equal(t, c.want, names(r.events(""), t), "%s", c.fault.Kind)
		})
	}
}
