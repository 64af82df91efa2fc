package evolution

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/stretchr/testify/require"
)

func codeOf(err error) campaign.Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// G1: the state was read one level too high, so that every number was
// disconnected, and then the check was switched off.
func TestLesson_G1_StateIsReadBelowInstance(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		state  campaign.Connection
		code   campaign.Code
	}{
		{200, `{"instance":{"instanceName":"loja","state":"open"}}`, "open", ""},
		{200, `{"instance":{"instanceName":"loja","state":"close"}}`, "close", ""},
		{200, `{"instance":{"instanceName":"loja","state":"connecting"}}`, "connecting", ""},
		{200, `{"instance":{"instanceName":"loja"}}`, "unknown", ""}, // in the database only
		{200, `{"instance":{"instanceName":"loja","state":null}}`, "unknown", ""},
		{200, `{"instance":{"instanceName":"loja","state":"OPEN!"}}`, "unknown", ""},
		{200, `{"instanceName":"loja","state":"open"}`, "unknown", ""}, // the wrong level
		{200, `{"instance":"open"}`, "unknown", ""},
		{200, `[]`, "unknown", ""},
		{200, ``, "unknown", ""},
		{200, `<html>`, "unknown", ""},
		{200, `{"error":true,"message":"[object Object]"}`, "unknown", ""},
		{500, envelope(500, "Internal Server Error", `"oops"`), "unknown", ""},
		{502, `<html>`, "unknown", ""},
		{429, ``, "unknown", ""},
		{404, `<html>`, "unknown", ""},
		{404, envelope(404, "Not Found", `["The \"loja\" instance does not exist"]`), "unknown", CodeInstanceUnknown},
		{401, envelope(401, "Unauthorized", `"Unauthorized"`), "unknown", CodeWrongKey},
		{503, `{"code":"LICENSE_REQUIRED"}`, "unknown", CodeLicenseRequired},
	} {
		got, base := capture(t, c.status, c.body)
		state, err := New(Server{URL: base, Key: testKey}).Connection(t.Context(), campaign.Route{Instance: "loja"})
		require.Equal(t, c.state, state, c.body)
		require.Equal(t, c.code, codeOf(err), "%s: %v", c.body, err)
		require.Equal(t, c.code == "", err == nil, c.body)
		require.Equal(t, "/instance/connectionState/loja", got.path)
		require.Empty(t, got.body)
	}
}

func TestConnectionOfAnUnreachableGateway(t *testing.T) {
	down := New(Server{URL: "http://gateway.example", Key: testKey, Pool: &Pool{Dial: refuse(errors.New("no route"))}})
	state, err := down.Connection(t.Context(), campaign.Route{Instance: "loja"})
	require.NoError(t, err)
	require.Equal(t, campaign.ConnectionUnknown, state)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = down.Connection(ctx, campaign.Route{Instance: "loja"})
	require.ErrorIs(t, err, context.Canceled)
}

func TestConnect(t *testing.T) {
	for _, c := range []struct {
		body string
		qr   QR
		code campaign.Code
	}{
		{`{"pairingCode":null,"code":"2@abc","base64":"data:image/png;base64,AA==","count":3}`,
			QR{Code: "2@abc", Base64: "data:image/png;base64,AA==", Count: 3, State: "unknown"}, ""},
		{`{"pairingCode":"ABCD1234","code":"2@abc","base64":"data:,","count":1}`,
			QR{Code: "2@abc", Base64: "data:,", PairingCode: "ABCD1234", Count: 1, State: "unknown"}, ""},
		{`{"count":0}`, QR{State: "unknown"}, ""},
		{`{"instance":{"instanceName":"b1","state":"open"}}`, QR{State: "open"}, ""},
		{`{"error":true,"message":"[object Object]"}`, QR{State: "unknown"}, CodeRejected},
		{`[1]`, QR{State: "unknown"}, CodeUnclear},
	} {
		got, base := capture(t, 200, c.body)
		qr, err := New(Server{URL: base, Key: testKey}).Connect(t.Context(), campaign.Route{Instance: "loja"}, "5511900001234")
		require.Equal(t, c.qr, qr)
		require.Equal(t, c.code, codeOf(err))
		require.Equal(t, c.qr.Code != "", qr.Ready())
		require.Equal(t, "/instance/connect/loja?number=5511900001234", got.path)
	}
}

func TestLifeOfAnInstance(t *testing.T) {
	g, s := emulate(t, nil)
	c := New(s)
	ctx := t.Context()
	r := campaign.Route{Instance: "nova"}

	require.NoError(t, c.VerifyKey(ctx, r))
	version, err := c.Version(ctx, campaign.Route{})
	require.NoError(t, err)
	require.Equal(t, V236, ProfileOf(version))

	_, err = c.Connection(ctx, r)
	require.Equal(t, CodeInstanceUnknown, codeOf(err))
	made, err := c.Create(ctx, r, NewInstance{Token: "tok-nova", QR: true})
	require.NoError(t, err)
	require.Equal(t, "nova", made.Name)
	require.NotEmpty(t, made.ID)
	require.Equal(t, Secret("tok-nova"), made.Token)
	require.True(t, made.QR.Ready())
	_, err = c.Create(ctx, r, NewInstance{})
	require.Equal(t, CodeForbidden, codeOf(err))

	qr, err := c.Connect(ctx, r, "")
	require.NoError(t, err)
	require.True(t, qr.Ready())
	require.NoError(t, g.Scan("nova"))
	state, err := c.Connection(ctx, r)
	require.NoError(t, err)
	require.Equal(t, campaign.ConnectionOpen, state)
	qr, err = c.Connect(ctx, r, "")
	require.NoError(t, err)
	require.Equal(t, campaign.ConnectionOpen, qr.State)

	own := s
	own.Key = made.Token
	list, err := New(own).Instances(ctx, campaign.Route{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, made.ID, list[0].ID)
	require.Equal(t, made.Token, list[0].Token)
	list, err = c.Instances(ctx, campaign.Route{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	_, err = c.Instances(ctx, campaign.Route{Instance: "nada"})
	require.Equal(t, CodeInstanceUnknown, codeOf(err))

	require.NoError(t, c.Restart(ctx, r))
	require.NoError(t, c.Logout(ctx, r))
	require.Eventually(t, func() bool {
		state, _ := c.Connection(ctx, r)
		return state == campaign.ConnectionClosed
	}, 5*time.Second, time.Millisecond)
	require.Equal(t, CodeRejected, codeOf(c.Logout(ctx, r)))
	require.Equal(t, CodeRejected, codeOf(c.Restart(ctx, r)))
	require.NoError(t, c.Delete(ctx, r))

	s.Key = "wrong"
	require.Equal(t, CodeWrongKey, codeOf(New(s).VerifyKey(ctx, r)))
	g.SetLicense(true)
	require.Equal(t, CodeLicenseRequired, codeOf(c.VerifyKey(ctx, r)))
}

func TestLifeOfAnInstanceInVersion1(t *testing.T) {
	_, s := emulate(t, &evolutiontest.Options{V1: true})
	c := New(s)
	r := campaign.Route{Instance: "nova"}
	version, err := c.Version(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, V18, ProfileOf(version))
	made, err := c.Create(t.Context(), r, NewInstance{Token: "tok"})
	require.NoError(t, err)
	require.Equal(t, Secret("tok"), made.Token)
	list, err := c.Instances(t.Context(), campaign.Route{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.NotEmpty(t, list[0].Name)
	require.NoError(t, c.Restart(t.Context(), campaign.Route{Instance: "loja"}))
}

func TestInstancesInEitherShape(t *testing.T) {
	for body, want := range map[string]Instance{
		`[{"id":"1","name":"loja","connectionStatus":"close","ownerJid":"5511900001234@s.whatsapp.net","profileName":"Loja","integration":"WHATSAPP-BAILEYS","token":"T","disconnectionReasonCode":401,"disconnectionAt":"2026-03-04T12:00:00.000Z"}]`: {
			Name: "loja", ID: "1", State: "close", Owner: "5511900001234@s.whatsapp.net", ProfileName: "Loja", Integration: "WHATSAPP-BAILEYS",
			Token: "T", DisconnectedFor: 401, DisconnectedAt: noon},
		`[{"id":"1","name":"loja","connectionStatus":"open","ownerJid":null,"disconnectionReasonCode":null,"disconnectionAt":null}]`: {
			Name: "loja", ID: "1", State: "open"},
		`[{"instance":{"instanceName":"loja","instanceId":"1","owner":"x","profileName":"Loja","status":"open","apikey":"T"}}]`: {
			Name: "loja", ID: "1", State: "open", Owner: "x", ProfileName: "Loja", Token: "T"},
		`{"instance":{"instanceName":"loja","status":"connecting"}}`: {
			Name: "loja", State: "connecting"},
	} {
		_, base := capture(t, 200, body)
		list, err := New(Server{URL: base, Key: testKey}).Instances(t.Context(), campaign.Route{Instance: "loja"})
		require.NoError(t, err)
		require.Equal(t, []Instance{want}, list)
	}
}

func TestProfileOf(t *testing.T) {
	for version, p := range map[string]Profile{
		"2.3.6": V236, "v2.3.6": V236, "2.3.7": V237, "2.3.8": V2, "2.3.70": V2, "2.4.0": V240, "v2.4.0": V240, "2.4.1": V2, "2.3.60": V2, "": V2, "1.8.6": V18, "v1.7": V18, "0.9": V18, "10.0": V2,
	} {
		require.Equal(t, p, ProfileOf(version), version)
	}
}

func TestNumbers(t *testing.T) {
	got, base := capture(t, 200, `[{"jid":"1-2@g.us","exists":true,"number":"1-2"},
		{"jid":"5511900000404@s.whatsapp.net","exists":false,"number":"5511900000404"},
		{"jid":"553190000123@s.whatsapp.net","exists":true,"number":"5531990000123","name":"Ana","lid":"77@lid"},
		{"jid":"5511900001234@s.whatsapp.net","exists":true,"number":"5511900001234","lid":"lid"}]`)
	c := New(Server{URL: base, Key: testKey})
	r := campaign.Route{Instance: "loja"}
	ns, err := c.Numbers(t.Context(), r, "+5511900001234", "+5531990000123", "+5511900000404", "+5511900009999", "+5511900001234", "")
	require.NoError(t, err)
	require.JSONEq(t, `{"numbers":["5511900001234","5531990000123","5511900000404","5511900009999"]}`, got.body)
	require.Equal(t, []Number{
		{Phone: "+5511900001234", Exists: true, Known: true, Address: "5511900001234@s.whatsapp.net"},
		{Phone: "+5531990000123", Exists: true, Known: true, Address: "553190000123@s.whatsapp.net", LID: "77@lid"},
		{Phone: "+5511900000404", Known: true, Address: "5511900000404@s.whatsapp.net"},
		{Phone: "+5511900009999"},
		{Phone: "+5511900001234", Exists: true, Known: true, Address: "5511900001234@s.whatsapp.net"},
		{},
	}, ns)

	none, err := c.Numbers(t.Context(), r)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = c.Numbers(t.Context(), r, contact.Phone(""))
	require.NoError(t, err)
	require.Len(t, got.all, 1)

	// The errors of this route have no envelope.
	for _, body := range []string{`{"status":400,"error":"Bad Request","message":[["x"]]}`, `{}`, `{"data":null,"isBoom":true,"output":{"statusCode":428}}`} {
		_, base := capture(t, 400, body)
		_, err := New(Server{URL: base, Key: testKey}).Numbers(t.Context(), r, "+5511900001234")
		require.Equal(t, CodeRejected, codeOf(err))
	}
	_, s := emulate(t, nil)
	ns, err = New(s).Numbers(t.Context(), r, "+5511900000404", "+5511900001234")
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, []bool{ns[0].Exists, ns[1].Exists})
}

func TestSubscribe(t *testing.T) {
	got, base := capture(t, 201, `{"id":"x"}`)
	r := campaign.Route{Instance: "loja"}
	sub := Subscription{URL: "https://me.example/hook", Headers: map[string]Secret{"X-Secret": "s3"}, Events: Events()}
	require.NoError(t, New(Server{URL: base, Key: testKey}).Subscribe(t.Context(), r, sub))
	require.Equal(t, "/webhook/set/loja", got.path)
	require.JSONEq(t, `{"webhook":{"enabled":true,"url":"https://me.example/hook","byEvents":false,"base64":false,"headers":{"X-Secret":"s3"},
		"events":["SEND_MESSAGE","MESSAGES_UPSERT","MESSAGES_UPDATE","CONNECTION_UPDATE","QRCODE_UPDATED"]}}`, got.body)

	old := New(Server{URL: base, Key: testKey, Profile: V18})
	require.Equal(t, CodeMisconfigured, codeOf(old.Subscribe(t.Context(), r, sub)))
	require.NoError(t, old.Subscribe(t.Context(), r, Subscription{URL: "https://me.example/hook", Off: true}))
	require.JSONEq(t, `{"enabled":false,"url":"https://me.example/hook","webhook_by_events":false,"webhook_base64":false,"events":[]}`, got.body)

	_, s := emulate(t, nil)
	c := New(s)
	_, ok, err := c.Subscribed(t.Context(), r)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, c.Subscribe(t.Context(), r, sub))
	back, ok, err := c.Subscribed(t.Context(), r)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, sub, back)
}

// A call that changes something reaches the gateway once, a read up to three
// times; what has not left may be repeated in either case.
func TestWhichCallsAreRepeated(t *testing.T) {
	r := campaign.Route{Instance: "loja"}
	calls := map[string]struct {
		posts int64
		do    func(*Client) error
	}{
		"create":      {1, func(c *Client) error { _, err := c.Create(t.Context(), r, NewInstance{}); return err }},
		"connect":     {1, func(c *Client) error { _, err := c.Connect(t.Context(), r, ""); return err }},
		"restart":     {1, func(c *Client) error { return c.Restart(t.Context(), r) }},
		"logout":      {1, func(c *Client) error { return c.Logout(t.Context(), r) }},
		"delete":      {1, func(c *Client) error { return c.Delete(t.Context(), r) }},
		"subscribe":   {1, func(c *Client) error { return c.Subscribe(t.Context(), r, Subscription{}) }},
		"state":       {3, func(c *Client) error { _, err := c.Connection(t.Context(), r); return err }},
		"instances":   {3, func(c *Client) error { _, err := c.Instances(t.Context(), r); return err }},
		"numbers":     {3, func(c *Client) error { _, err := c.Numbers(t.Context(), r, "+5511900001234"); return err }},
		"find status": {3, func(c *Client) error { _, err := c.FindStatus(t.Context(), r, "3EB0"); return err }},
		"find": {3, func(c *Client) error {
			_, err := c.Find(t.Context(), campaign.Inquiry{Route: r, To: "+5511900001234", Text: "x", From: noon, Until: noon})
			return err
		}},
	}
	faults := map[string]func(*link){
		"reset after the headers": func(l *link) { l.head(); l.reset() },
		"end after the body":      func(l *link) { l.whole() },
		"502": func(l *link) {
			l.whole()
			l.say("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		},
	}
	for name, call := range calls {
		for fault, serve := range faults {
			t.Run(name+"/"+fault, func(t *testing.T) {
				w := newWire(t, serve)
				err := call.do(New(Server{URL: w.url, Key: testKey}))
				if name != "state" { // which is unknown, without an error
					require.Error(t, err)
				}
				require.Equal(t, call.posts, w.posts.Load())
			})
		}
		t.Run(name+"/nobody listens at first", func(t *testing.T) {
			w := newWire(t, func(l *link) {
				l.whole()
				l.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
			})
			tries := 0
			c := New(Server{URL: w.url, Key: testKey, Pool: &Pool{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if tries++; tries < 3 {
					return nil, errors.New("refused")
				}
				return new(net.Dialer).DialContext(ctx, network, addr)
			}}})
			_ = call.do(c)
			require.Equal(t, 3, tries)
			require.Equal(t, int64(1), w.posts.Load())
		})
	}
}

func TestOddAnswersOfCalls(t *testing.T) {
	r := campaign.Route{Instance: "loja"}
	for _, c := range []struct {
		status int
		body   string
		code   campaign.Code
	}{
		{200, `{"status":"SUCCESS","error":false,"response":{"message":"Instance deleted"}}`, ""},
		{200, ``, ""},
		{403, ``, CodeForbidden},
		{404, envelope(404, "Not Found", `["Cannot DELETE /x"]`), CodeRejected},
		{404, `<html>`, CodeUnclear},
		{429, ``, CodeSlowDown},
		{500, envelope(500, "Internal Server Error", `"Connection Closed"`), CodeDisconnected},
		{500, envelope(500, "Internal Server Error", `["a","b"]`), CodeUnclear},
		{307, ``, CodeUnclear},
	} {
		_, base := capture(t, c.status, c.body)
		err := New(Server{URL: base, Key: testKey}).Delete(t.Context(), r)
		require.Equal(t, c.code, codeOf(err), c.body)
		require.Equal(t, c.code == "", err == nil)
	}
	_, base := capture(t, http.StatusOK, `{"version":5}`, `{}`)
	c := New(Server{URL: base, Key: testKey})
	for range 2 {
		_, err := c.Version(t.Context(), r)
		require.Equal(t, CodeUnclear, codeOf(err))
	}
	require.Equal(t, CodeMisconfigured, codeOf(c.Delete(t.Context(), campaign.Route{})))
	_, err := c.Create(t.Context(), campaign.Route{}, NewInstance{})
	require.Equal(t, CodeMisconfigured, codeOf(err))
}
