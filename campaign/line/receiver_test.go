package line_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

const sair = `{"event":"messages.upsert","instance":"vendas","data":{"key":{"remoteJid":"5511900000001@s.whatsapp.net","fromMe":false,"id":"IN1"},"message":{"conversation":"SAIR"},"messageTimestamp":1772452800}}`

// The matrix of forgeries: whoever lacks one secret changes nothing, and what
// concerns nobody is answered so that the gateway does not repeat it.
func TestForgeries(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	w.number("vendas")
	w.number("compras")
	w.keep()
	path, header := w.address("vendas")
	other, otherHeader := w.address("compras")
	swap := func(s string) string { return strings.Replace(s, `"vendas"`, `"compras"`, 1) }
	in := func(chat, field string) string {
		return strings.Replace(sair, `"5511900000001@s.whatsapp.net"`, `"`+chat+`","`+field+`":"5511900000001@s.whatsapp.net"`, 1)
	}
	name := strings.TrimPrefix(path, line.Prefix)
	number, mac, _ := strings.Cut(name, ".")
	long := sair[:len(sair)-2] + `,"x":"` + strings.Repeat("x", evolution.MaxWebhook) + `"}}`
	for _, c := range []struct {
		name, method, path, header, body string
		code                             int
	}{
		{"no path", "POST", line.Prefix, header, sair, 404},
		{"a guessed path", "POST", line.Prefix + "1", header, sair, 404},
		{"half the secret", "POST", path[:len(path)-1], header, sair, 404},
		{"more than the secret", "POST", path + "A", header, sair, 404},
		{"an empty secret", "POST", line.Prefix + number + ".", header, sair, 404},
		{"another number's secret", "POST", line.Prefix + number + "." + strings.Split(other, ".")[1], header, sair, 404},
		{"a number spelled otherwise", "POST", line.Prefix + "0" + number + "." + mac, header, sair, 404},
		{"a number with a sign", "POST", line.Prefix + "+" + number + "." + mac, header, sair, 404},
		{"the header as path", "POST", line.Prefix + number + "." + header, header, sair, 404},
		{"no header", "POST", path, "", sair, 401},
		{"a wrong header", "POST", path, header + "A", sair, 401},
		{"the header of another number", "POST", path, otherHeader, sair, 401},
		{"the path as header", "POST", path, mac, sair, 401},
		{"a question", "GET", path, header, "", 405},
		{"a redirected report", "GET", path + "/messages-upsert", header, "", 405},
		{"put", "PUT", path, header, sair, 405},
		{"another number's report", "POST", path, header, swap(sair), 200},
		{"an unknown number's report", "POST", other, otherHeader, sair, 200},
		{"nothing", "POST", path, header, "", 200},
		{"noise", "POST", path, header, "{]", 200},
		{"a list", "POST", path, header, "[" + sair + "]", 200},
		{"too long", "POST", path, header, long, 200},
		{"an event that nobody knows", "POST", path, header, `{"event":"chats.set","instance":"vendas","data":[1,2]}`, 200},
		{"a group", "POST", path, header, strings.Replace(sair, "5511900000001@s.whatsapp.net", "120363000000000000@g.us", 1), 200},
		{"a group that tells who wrote", "POST", path, header, in("120363000000000000@g.us", "senderPn"), 200},
		{"a status that tells who wrote", "POST", path, header, in("status@broadcast", "remoteJidAlt"), 200},
		{"a channel that tells who wrote", "POST", path, header, in("120363000000000000@newsletter", "participantAlt"), 200},
		{"an unknown anonymous address", "POST", path, header, strings.Replace(sair, "5511900000001@s.whatsapp.net", "77@lid", 1), 200},
		{"the owner's own words", "POST", path, header, strings.Replace(sair, `"fromMe":false`, `"fromMe":true`, 1), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://x"+c.path, strings.NewReader(c.body))
			if c.header != "" {
				r.Header.Set(line.Header, c.header)
			}
			rec := httptest.NewRecorder()
			w.office.Receiver.ServeHTTP(rec, r)
			require.Equal(t, c.code, rec.Code)
			require.False(t, w.optedOut(1))
			require.NotContains(t, rec.Body.String(), mac)
		})
	}
	require.Equal(t, 200, w.report(path+"/messages-upsert", header, sair), "one address for each event")
	require.True(t, w.optedOut(1))
}

// A store that is down makes the gateway report again, and the report counts
// once.
func TestTheStoreIsDown(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{Acks: []evolutiontest.Ack{}})
	id := w.number("vendas")
	w.keep()
	c := w.start(1, id)
	w.until("it is sent", func() bool { return w.progress(c).Sent == 1 })
	path, header := w.address("vendas")
	rs, err := w.s.Recipient(w.ctx, campaign.RecipientID{Campaign: c, Position: 1})
	require.NoError(t, err)
	read := `{"event":"messages.update","instance":"vendas","data":{"keyId":"` + rs.ProviderID + `","remoteJid":"1@lid","fromMe":true,"status":"READ","messageId":"db"},"apikey":"KEY"}`
	w.store.down.Store(true)
	require.Equal(t, 503, w.report(path, header, read))
	require.Equal(t, 503, w.report(path, header, strings.Replace(sair, "SAIR", "oi", 1)))
	w.store.down.Store(false)
	for range 2 {
		require.Equal(t, 200, w.report(path, header, read))
	}
	w.until("it is read", func() bool { return w.progress(c).Read == 1 })
	require.EqualValues(t, 1, w.progress(c).Delivered)
}

// Reports that are repeated late do not undo what a person has wished since.
func TestWishesInAnyOrder(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	now := w.now()
	wish := func(word string, at time.Time) {
		t.Helper()
		body := strings.NewReplacer("SAIR", word, "1772452800", strconv.FormatInt(at.Unix(), 10)).Replace(sair)
		require.Equal(t, 200, w.report(path, header, body))
	}
	events := func() int {
		es, err := w.s.Events(w.ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventOptedOut, campaign.EventOptedIn}})
		require.NoError(t, err)
		return len(es)
	}
	wish("VOLTAR", now.Add(-10*time.Minute))
	require.Zero(t, events(), "nobody was out")
	wish("SAIR", now.Add(-9*time.Minute))
	require.True(t, w.optedOut(1))
	wish("VOLTAR", now.Add(-10*time.Minute))
	require.True(t, w.optedOut(1), "the older wish comes again")
	wish("SAIR", now.Add(-9*time.Minute))
	wish("sair!", now.Add(-8*time.Minute))
	require.Equal(t, 1, events(), "repeats are no events")
	wish("START", now.Add(-8*time.Minute))
	require.True(t, w.optedOut(1), "in the same second, in doubt nothing is sent")
	wish("START", now.Add(-7*time.Minute))
	require.False(t, w.optedOut(1))
	wish("SAIR", now.Add(-9*time.Minute))
	require.False(t, w.optedOut(1), "the older wish comes again")
	wish("SAIR", now.Add(-6*time.Minute))
	require.True(t, w.optedOut(1))
	w.open() // a new process knows nothing of what was written when
	wish("VOLTAR", now.Add(-31*time.Minute))
	require.True(t, w.optedOut(1), "too old to be trusted")
	wish("SAIR", now.Add(-300*24*time.Hour))
	require.True(t, w.optedOut(1))
	require.NoError(t, w.s.OptOut(w.ctx, campaign.Because(campaign.CodeByPerson, "reason", "e-mail of 3 May"), phone(1)))
	wish("Voltar", now)
	require.True(t, w.optedOut(1), "an answer of a menu undoes nothing that an operator recorded")
}

// A gateway without a way out reports "connecting" many times a second.
func TestAStormOfConnecting(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	for range 500 {
		require.Equal(t, 200, w.report(path, header, `{"event":"connection.update","instance":"vendas","data":{"state":"connecting","statusReason":200}}`))
	}
	require.Equal(t, campaign.ConnectionConnecting, w.connection(id))
	es, err := w.s.Events(w.ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventInstanceState}})
	require.NoError(t, err)
	require.Len(t, es, 1)
	require.Equal(t, 200, w.report(path, header, `{"event":"connection.update","instance":"vendas","data":{"state":"open","statusReason":200,"wuid":"5511900000077@s.whatsapp.net"}}`))
	require.Equal(t, campaign.ConnectionOpen, w.connection(id))
	ns, err := w.s.Numbers(w.ctx)
	require.NoError(t, err)
	require.Equal(t, "+5511900000077", ns[0].Instance.Phone)
}

// What WhatsApp says of a number's new chats shuts its lane to strangers until
// then, and to nobody else; that it may again lets one message try it.
func TestAReportThatTheNumberMayBeginNoChats(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	until := w.now().Add(7 * time.Hour).Truncate(time.Second).UTC()
	tell := func(lock string) campaign.Meter {
		t.Helper()
		require.Equal(t, 200, w.report(path, header, `{"event":"connection.update","instance":"vendas","data":{"reachoutTimeLock":`+lock+`}}`))
		n, err := w.s.Number(w.ctx, id)
		require.NoError(t, err)
		return n.Meter
	}
	for range 3 { // the gateway repeats itself
		m := tell(`{"isActive":true,"timeEnforcementEnds":"` + until.Format(time.RFC3339) + `"}`)
		require.Equal(t, until, m.Cold.Until)
		require.True(t, m.Held.IsZero(), "people who know the number get their messages")
	}
	es, err := w.s.Events(w.ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventInstanceColdHeld}})
	require.NoError(t, err)
	require.Len(t, es, 1)
	m := tell(`{"isActive":false}`)
	_, shut := m.Cold.Shut(w.now().Add(time.Second))
	require.False(t, shut)
	require.False(t, m.Cold.Held.IsZero(), "one message tries it first")
}

// A campaign's log tells that one of its numbers has lost its connection, and that
// it has it again.
func TestADisconnectIsInTheCampaignsLog(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	w.keep()
	require.NoError(t, w.s.Heard(w.ctx, id, campaign.ConnectionOpen))
	c, err := w.s.Create(w.ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{id}})
	require.NoError(t, err)
	_, err = w.s.Add(w.ctx, c.ID, campaign.Everyone(contact.Contact{Phone: "+5511900000001"}))
	require.NoError(t, err)
	_, err = w.s.Start(w.ctx, c.ID)
	require.NoError(t, err)
	path, header := w.address("vendas")
	for _, state := range []string{"close", "open"} {
		require.Equal(t, 200, w.report(path, header, `{"event":"connection.update","instance":"vendas","data":{"state":"`+state+`","statusReason":401}}`))
	}
	es, err := w.s.Events(w.ctx, campaign.EventQuery{Campaign: c.ID, Types: []campaign.EventType{campaign.EventInstanceState}})
	require.NoError(t, err)
	require.Len(t, es, 2)
	require.Equal(t, "close", es[0].Why.Args["state"])
	require.Equal(t, "open", es[1].Why.Args["state"])
}

// Somebody who waits for the phone asks for the state, and is faster than the
// report: what the report tells besides the state still counts.
func TestThePhoneIsLearntThoughTheStateWasKnown(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	w.keep()
	state, err := w.office.Desk.State(w.ctx, w.s, id)
	require.NoError(t, err)
	require.Equal(t, campaign.ConnectionOpen, state)
	path, header := w.address("vendas")
	require.Equal(t, 200, w.report(path, header, `{"event":"connection.update","instance":"vendas","data":{"state":"open","statusReason":200,"wuid":"5511900000077@s.whatsapp.net"}}`))
	n, err := w.s.Number(w.ctx, id)
	require.NoError(t, err)
	require.Equal(t, "+5511900000077", n.Instance.Phone)
}

// An anonymous address that was told once is known from then on.
func TestAnonymousAddresses(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	hidden := strings.Replace(sair, "5511900000001@s.whatsapp.net", "77@lid", 1)
	require.Equal(t, 200, w.report(path, header, hidden))
	require.False(t, w.optedOut(1))
	told := strings.NewReplacer(`"5511900000001@s.whatsapp.net"`, `"77@lid","remoteJidAlt":"5511900000001@s.whatsapp.net"`, "SAIR", "oi").Replace(sair)
	require.Equal(t, 200, w.report(path, header, told))
	require.Equal(t, 200, w.report(path, header, hidden))
	require.True(t, w.optedOut(1))
}

func FuzzReceiver(f *testing.F) {
	w := newWorld(f, newStore(), evolutiontest.Options{})
	w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	for _, s := range []string{sair, "", "{}", `{"event":"connection.update","instance":"vendas","data":{"state":"open"}}`,
		`{"event":"qrcode.updated","instance":"vendas","data":{"qrcode":{"code":"2@x"}}}`,
		`{"event":"messages.update","instance":"vendas","data":{"keyId":"A","status":3,"remoteJid":"77@lid"}}`,
		`{"event":"messages.edited","instance":"vendas","data":{"key":{"id":"A"},"editedMessage":{"conversation":"SAIR"}}}`,
		`{"event":"messages.upsert","instance":"vendas","data":{"key":{"id":"A","remoteJid":"77@lid"},"message":{"conversation":"SAIR"},"contextInfo":{"stanzaId":"B"}}}`} {
		f.Add(path, header, s)
		f.Add(path[1:], "", s)
	}
	f.Fuzz(func(t *testing.T, p, h, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL.Path = p
		r.Header[line.Header] = []string{h}
		rec := httptest.NewRecorder()
		w.office.Receiver.ServeHTTP(rec, r)
		ours := strings.HasPrefix(p, path) && h == header
		switch rec.Code {
		case 200:
			if !ours && !strings.HasPrefix(strings.TrimPrefix(p, line.Prefix), strings.TrimPrefix(path, line.Prefix)) {
				t.Fatalf("%q is nobody's path and was taken", p)
			}
		case 404, 401:
			if ours && (len(p) == len(path) || p[len(path)] == '/') {
				t.Fatalf("a report of ours is answered %d", rec.Code)
			}
		default:
			t.Fatalf("a report is answered %d", rec.Code)
		}
	})
}

// What another tenant knows of its own number is worth nothing at ours, and
// what is reported there counts there alone.
func TestForgeriesOfAnotherTenant(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	w.number("vendas")
	rival := w.engine.As(campaign.Caller{Tenant: "rival", Author: "bob", Role: campaign.Host})
	require.NoError(t, w.gateway.Open("deles"))
	_, err := rival.AddInstance(w.ctx, campaign.Instance{Remote: "deles", Connection: campaign.ConnectionOpen})
	require.NoError(t, err)
	w.keep()
	path, header := w.address("vendas")
	theirs, theirHeader := w.address("deles")
	ours, _, _ := strings.Cut(strings.TrimPrefix(path, line.Prefix), ".")
	_, theirMAC, _ := strings.Cut(theirs, ".")
	out := func(s *campaign.Service) bool {
		o, err := s.OptedOut(w.ctx, phone(1))
		require.NoError(t, err)
		return o[0]
	}
	for _, c := range []struct {
		name, path, header, body string
		code                     int
	}{
		{"their secrets at our number", line.Prefix + ours + "." + theirMAC, theirHeader, sair, 404},
		{"their path secret and our header", line.Prefix + ours + "." + theirMAC, header, sair, 404},
		{"our path and their header", path, theirHeader, sair, 401},
		{"our number's name at their address", theirs, theirHeader, sair, 200},
	} {
		require.Equal(t, c.code, w.report(c.path, c.header, c.body), c.name)
		require.False(t, out(w.s) || out(rival), c.name)
	}
	require.Equal(t, 200, w.report(theirs, theirHeader, strings.Replace(sair, `"vendas"`, `"deles"`, 1)))
	require.True(t, out(rival))
	require.False(t, out(w.s), "a wish holds where it was written")
}
