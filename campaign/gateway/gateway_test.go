package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/stretchr/testify/require"
)

const key = "KEY-hunter2hunter2"

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a store with gateways on it, on a clock that stands.
type world struct {
	*testing.T
	*Gateways
	docs   document.Store
	now    time.Time
	events []string
}

func newWorld(t *testing.T, o Options) *world {
	w := &world{T: t, docs: memory.New().Documents(), now: noon}
	w.Gateways = w.open(o, secretOf(1))
	return w
}

func secretOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func (w *world) open(o Options, secret []byte) *Gateways {
	o.Now = func() time.Time { return w.now }
	o.Record = func(_ context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) error {
		w.events = append(w.events, fmt.Sprintf("%s %s %s %s", t, author, what, why.Args["name"]))
		return nil
	}
	g, err := New(w.docs, secret, &o)
	require.NoError(w, err)
	return g
}

func (w *world) desk(t campaign.Tenant, r campaign.Role) *Desk {
	return w.As(campaign.Caller{Tenant: t, Author: "ana", Role: r})
}

func (w *world) save(s Settings) Gateway {
	w.Helper()
	g, err := w.desk("acme", campaign.Admin).Save(w.Context(), s)
	require.NoError(w, err)
	return g
}

func route(t campaign.Tenant, name string) campaign.Route {
	return campaign.Route{Tenant: t, Gateway: name, Instance: "loja"}
}

func TestSettingsAreKeptAndFound(t *testing.T) {
	w := newWorld(t, Options{})
	ctx := t.Context()
	_, err := w.Find(ctx, route("acme", ""))
	require.ErrorIs(t, err, ErrNone)
	g := w.save(Settings{URL: " HTTPS://Gateway.Example:443/evo/ ", Key: key})
	require.Equal(t, "https://gateway.example/evo", g.URL)
	require.Equal(t, noon, g.KeyAt)
	s, err := w.Find(ctx, route("acme", ""))
	require.NoError(t, err)
	require.Equal(t, "https://gateway.example/evo", s.URL)
	require.Equal(t, evolution.Secret(key), s.Key)
	require.Equal(t, evolution.V2, s.Profile, "a version that is not known proves the least")
	require.Same(t, w.pool, s.Pool, "it is dialled under guard")
	w.save(Settings{Name: "b", URL: "http://b.example", Key: "b", Profile: evolution.V18})
	s, err = w.Find(ctx, route("acme", "b"))
	require.NoError(t, err)
	require.Equal(t, evolution.V18, s.Profile)
	all, err := w.desk("acme", campaign.Viewer).Gateways(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []string{"", "b"}, []string{all[0].Name, all[1].Name})
	for _, other := range []campaign.Route{route("beta", ""), route("", ""), route("acme", "c"), route("beta", "b")} {
		_, err := w.Find(ctx, other)
		require.ErrorIs(t, err, ErrNone)
	}
	require.NoError(t, w.desk("acme", campaign.Admin).Remove(ctx, "b"))
	_, err = w.Find(ctx, route("acme", "b"))
	require.ErrorIs(t, err, ErrNone, "a removal counts at once")
	require.ErrorIs(t, w.desk("acme", campaign.Admin).Remove(ctx, "b"), campaign.ErrNotFound)
	require.Equal(t, []string{"acme ana gateway.added ", "acme ana gateway.added b", "acme ana gateway.removed b"}, w.events)
}

func TestEditsAndTheKey(t *testing.T) {
	w := newWorld(t, Options{})
	ctx, desk := t.Context(), w.desk("acme", campaign.Admin)
	g := w.save(Settings{URL: "https://a.example", Key: key})
	_, err := desk.Save(ctx, Settings{URL: "https://a.example", Key: key})
	require.ErrorIs(t, err, campaign.ErrStale, "it is there already")
	_, err = desk.Save(ctx, Settings{Rev: g.Rev + 1, URL: "https://a.example"})
	require.ErrorIs(t, err, campaign.ErrStale)

	// A key is never sent to another address than it was set for.
	for _, other := range []string{"https://attacker.example", "http://a.example", "https://a.example/x", "https://a.example:8443"} {
		_, err = desk.Save(ctx, Settings{Rev: g.Rev, URL: other})
		require.ErrorContains(t, err, "key:", other)
		_, err = desk.Test(ctx, Settings{URL: other})
		require.ErrorContains(t, err, "key:", other)
	}
	g = w.save(Settings{Rev: g.Rev, URL: "https://A.example/", Profile: evolution.V236})
	s, err := w.Find(ctx, route("acme", ""))
	require.NoError(t, err)
	require.Equal(t, evolution.Secret(key), s.Key, "the same address keeps its key")
	require.Equal(t, evolution.V236, s.Profile)
	g = w.save(Settings{Rev: AnyRev, URL: "https://b.example", Key: "other"})
	s, err = w.Find(ctx, route("acme", ""))
	require.NoError(t, err)
	require.Equal(t, evolution.Secret("other"), s.Key, "a change counts at once")
	require.NotZero(t, g.Rev)
}

func TestRoles(t *testing.T) {
	w := newWorld(t, Options{})
	w.save(Settings{URL: "https://a.example", Key: key})
	for _, r := range []campaign.Role{campaign.Viewer, campaign.Operator, "nonsense"} {
		d := w.desk("acme", r)
		_, err := d.Save(t.Context(), Settings{Rev: AnyRev, URL: "https://a.example", Key: key})
		require.ErrorIs(t, err, campaign.ErrForbidden)
		_, err = d.Test(t.Context(), Settings{})
		require.ErrorIs(t, err, campaign.ErrForbidden)
		require.ErrorIs(t, d.Remove(t.Context(), ""), campaign.ErrForbidden)
		require.ErrorIs(t, d.Retire(t.Context(), "", nil), campaign.ErrForbidden)
		require.ErrorIs(t, d.Keep(t.Context(), ""), campaign.ErrForbidden)
		_, err = d.Gateway(t.Context(), "")
		require.Equal(t, r == "nonsense", errors.Is(err, campaign.ErrForbidden))
	}
	_, err := w.desk("beta", campaign.Admin).Gateway(t.Context(), "")
	require.ErrorIs(t, err, campaign.ErrNotFound, "another tenant's looks like none")
	require.ErrorIs(t, w.desk("beta", campaign.Admin).Remove(t.Context(), ""), campaign.ErrNotFound)
	_, err = w.desk("acme", campaign.Viewer).Gateway(t.Context(), "")
	require.NoError(t, err)
}

func TestSettingsThatCannotBeRight(t *testing.T) {
	w := newWorld(t, Options{AllowSetting: "CAMPAIGND_GATEWAY_ALLOW"})
	for _, c := range []struct {
		s     Settings
		field string
		code  campaign.Code
	}{
		{Settings{}, "url", campaign.CodeMissing},
		{Settings{URL: "gateway.example"}, "url", CodeBadURL},
		{Settings{URL: "ftp://gateway.example"}, "url", CodeBadURL},
		{Settings{URL: "https://ana:hunter2@gateway.example"}, "url", CodeBadURL},
		{Settings{URL: "https://gateway.example?x=hunter2"}, "url", CodeBadURL},
		{Settings{URL: "https://gateway.example#hunter2"}, "url", CodeBadURL},
		{Settings{URL: "http://%zzhunter2"}, "url", CodeBadURL},
		{Settings{URL: "https://" + strings.Repeat("a", MaxURL)}, "url", campaign.CodeTooLong},
		{Settings{URL: "http://127.0.0.1:8080"}, "url", CodeAddressRefused},
		{Settings{URL: "http://2130706433/"}, "url", CodeAddressRefused},
		{Settings{URL: "https://a.example", Key: "hunter2\n"}, "key", CodeBadKey},
		{Settings{URL: "https://a.example", Key: evolution.Secret(strings.Repeat("k", MaxKey+1))}, "key", campaign.CodeTooLong},
		{Settings{URL: "https://a.example"}, "key", campaign.CodeMissing},
		{Settings{URL: "https://a.example", Key: key, Profile: "v9"}, "profile", CodeBadProfile},
		{Settings{URL: "https://a.example", Key: key, Name: strings.Repeat("n", MaxName+1)}, "name", campaign.CodeTooLong},
		{Settings{URL: "https://a.example", Key: key, Name: "\xff"}, "name", campaign.CodeNotUTF8},
	} {
		_, err := w.desk("acme", campaign.Admin).Save(t.Context(), c.s)
		var bad campaign.Invalid
		require.ErrorAs(t, err, &bad, "%v", c.s.URL)
		require.Equal(t, c.field, bad[0].Field, err)
		require.Equal(t, c.code, bad[0].Why.Code, err)
		require.NotContains(t, err.Error(), "hunter2")
	}
	_, err := w.desk("acme", campaign.Admin).Save(t.Context(), Settings{URL: "http://192.168.0.7:8080", Key: key})
	require.ErrorContains(t, err, "CAMPAIGND_GATEWAY_ALLOW=192.168.0.7:8080")
}

// A row that is moved, or whose address is changed behind our back, does not
// give its key away.
func TestACiphertextBelongsToItsRow(t *testing.T) {
	w := newWorld(t, Options{Fresh: time.Nanosecond})
	ctx := t.Context()
	w.save(Settings{URL: "https://a.example", Key: key})
	d, err := w.docs.Get(ctx, "acme", kindGateway, "=")
	require.NoError(t, err)
	require.NotContains(t, string(d.Data), "hunter2")
	move := func(tenant, name string, edit func(*record)) error {
		var r record
		require.NoError(t, json.Unmarshal(d.Data, &r))
		edit(&r)
		_, err := document.Save(ctx, w.docs, document.Document{Tenant: tenant, Kind: kindGateway, Key: "=" + name, Rev: AnyRev, Data: encode(r)})
		require.NoError(t, err)
		w.now = w.now.Add(time.Second)
		_, err = w.Find(ctx, route(campaign.Tenant(tenant), name))
		return err
	}
	same := func(*record) {}
	require.NoError(t, move("acme", "", same))
	require.ErrorIs(t, move("beta", "", same), ErrUnsealed)
	require.ErrorIs(t, move("acme", "copy", same), ErrUnsealed)
	require.ErrorIs(t, move("acme", "", func(r *record) { r.URL = "https://attacker.example" }), ErrUnsealed)
	for i := range 3 {
		require.ErrorIs(t, move("acme", "", func(r *record) { r.Key[i*5] ^= 1 }), ErrUnsealed)
	}
	require.ErrorIs(t, move("acme", "", func(r *record) { r.Key = nil }), ErrUnsealed)
	require.NoError(t, move("acme", "", same))

	other := w.open(Options{}, secretOf(2))
	_, err = other.Find(ctx, route("acme", ""))
	require.ErrorIs(t, err, ErrUnsealed)
	require.Equal(t, campaign.VerdictUnknown, campaign.Judge(err).Verdict, "the router holds the number")
}

func TestAnotherSecretIsRefused(t *testing.T) {
	w := newWorld(t, Options{})
	require.NoError(t, w.CheckSecret(t.Context()))
	require.NoError(t, w.CheckSecret(t.Context()))
	require.NoError(t, w.open(Options{}, secretOf(1)).CheckSecret(t.Context()))
	require.ErrorIs(t, w.open(Options{}, secretOf(2)).CheckSecret(t.Context()), ErrWrongSecret)
	d, err := w.docs.Get(t.Context(), "", kindSecret, "check")
	require.NoError(t, err)
	require.NotContains(t, string(d.Data), string(secretOf(1)))
}

func TestTheOperatorsGatewayStandsIn(t *testing.T) {
	own := evolution.Server{URL: "http://127.0.0.1:8080", Key: "operators", Profile: evolution.V236}
	w := newWorld(t, Options{Default: own})
	s, err := w.Find(t.Context(), route("acme", ""))
	require.NoError(t, err)
	require.Equal(t, own, s)
	_, err = w.Find(t.Context(), route("acme", "other"))
	require.ErrorIs(t, err, ErrNone, "it has no name")
	w.save(Settings{URL: "http://127.0.0.1:8080", Key: key})
	s, err = w.Find(t.Context(), route("acme", ""))
	require.NoError(t, err)
	require.Equal(t, evolution.Secret(key), s.Key, "a tenant's own comes first; the operator's host is allowed")
	_, err = w.desk("acme", campaign.Admin).Save(t.Context(), Settings{Rev: AnyRev, URL: "http://127.0.0.1:8081", Key: key})
	require.ErrorContains(t, err, "loopback", "its port alone")
	_, err = New(w.docs, secretOf(1), &Options{Default: evolution.Server{URL: "nonsense"}})
	require.Error(t, err)
	_, err = New(w.docs, secretOf(1), &Options{Allow: []string{"http://x"}})
	require.Error(t, err)
}

// broken is a store that cannot be asked.
type broken struct{ document.Store }

func (broken) Get(context.Context, string, string, string) (document.Document, error) {
	return document.Document{}, errors.New("down")
}

// The latest start of a send is an instant of the engine's clock, which is not
// always the machine's.
func TestSendsAreMeasuredByTheSameClock(t *testing.T) {
	w := newWorld(t, Options{})
	w.save(Settings{URL: "https://a.example", Key: key})
	s, err := w.Find(t.Context(), route("acme", ""))
	require.NoError(t, err)
	require.Equal(t, noon, s.Now())
}

func TestFindRemembersForAWhile(t *testing.T) {
	w := newWorld(t, Options{})
	w.save(Settings{URL: "https://a.example", Key: key})
	_, err := w.Find(t.Context(), route("acme", ""))
	require.NoError(t, err)
	w.store = broken{w.docs}
	w.now = noon.Add(5*time.Second - 1)
	_, err = w.Find(t.Context(), route("acme", ""))
	require.NoError(t, err, "it believes what it has read")
	w.now = noon.Add(5 * time.Second)
	_, err = w.Find(t.Context(), route("acme", ""))
	require.Equal(t, campaign.VerdictNotSent, campaign.Judge(err).Verdict, "a store that is down is tried again")
	w.now = noon.Add(-time.Second)
	_, err = w.Find(t.Context(), route("acme", ""))
	require.Error(t, err, "a clock that was set back does not make it believe for ever")
}

func TestTest(t *testing.T) {
	emulator, err := evolutiontest.New(&evolutiontest.Options{Scale: -1})
	require.NoError(t, err)
	srv := httptest.NewServer(emulator)
	t.Cleanup(func() { srv.Close(); _ = emulator.Close() })
	w := newWorld(t, Options{Allow: []string{strings.TrimPrefix(srv.URL, "http://")}})
	ctx, desk := t.Context(), w.desk("acme", campaign.Admin)

	rep, err := desk.Test(ctx, Settings{URL: srv.URL, Key: evolutiontest.DefaultKey})
	require.NoError(t, err)
	require.True(t, rep.OK, "%+v", rep)
	require.Equal(t, "2.3.6", rep.Version)
	rep, err = desk.Test(ctx, Settings{URL: srv.URL, Key: "wrong"})
	require.NoError(t, err)
	require.Equal(t, evolution.CodeWrongKey, rep.Problem.Code)
	require.False(t, rep.OK)
	_, err = desk.Test(ctx, Settings{})
	require.ErrorIs(t, err, ErrNone)

	w.save(Settings{URL: srv.URL, Key: evolutiontest.DefaultKey})
	rep, err = desk.Test(ctx, Settings{})
	require.NoError(t, err)
	require.True(t, rep.OK)
	g, err := desk.Gateway(ctx, "")
	require.NoError(t, err)
	require.Equal(t, "2.3.6", g.Version)
	require.Equal(t, noon, g.CheckedAt)
	require.True(t, g.Problem.IsZero())
	s, err := w.Find(ctx, route("acme", ""))
	require.NoError(t, err)
	require.Equal(t, evolution.V236, s.Profile, "what a gateway says chooses its dialect")
	rep, err = desk.Test(ctx, Settings{URL: srv.URL})
	require.NoError(t, err)
	require.True(t, rep.OK, "the stored key, at its own address")

	srv.Close()
	rep, err = desk.Test(ctx, Settings{})
	require.NoError(t, err)
	// Which of the two depends on whether a connection was left open.
	require.Contains(t, []campaign.Code{evolution.CodeUnreachable, evolution.CodeNoAnswer}, rep.Problem.Code)
	require.False(t, rep.OK)
	g, err = desk.Gateway(ctx, "")
	require.NoError(t, err)
	require.Equal(t, rep.Problem, g.Problem)
	require.Equal(t, "2.3.6", g.Version, "what it was is still known")
	g = w.save(Settings{Rev: g.Rev, URL: srv.URL, Key: "another"})
	require.Zero(t, g.CheckedAt, "nobody has tested these")
}

func TestNothingPrintsAKey(t *testing.T) {
	w := newWorld(t, Options{Default: evolution.Server{URL: "https://own.example", Key: key}})
	g := w.save(Settings{URL: "https://a.example", Key: key})
	s, err := w.Find(t.Context(), route("acme", ""))
	require.NoError(t, err)
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{g, s, Settings{Key: key}, w.o.Default} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, verb, v)
		}
		log.Info("x", "v", v)
		_ = json.NewEncoder(&out).Encode(v)
	}
	require.NotContains(t, out.String(), "hunter2")
	require.NotContains(t, out.String(), fmt.Sprintf("%x", key))
}
