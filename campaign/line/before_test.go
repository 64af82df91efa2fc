package line_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/memory"
)

// theirs is the webhook of a shop's own system, with a secret in each part.
var theirs = evolution.Subscription{URL: "https://n8n.example/webhook/key-in-path", Headers: map[string]evolution.Secret{"Authorization": "Bearer key-in-header"},
	Events: []string{"MESSAGES_UPSERT", "CALL"}, ByEvents: true, Base64: true}

// shop is a world in which the gateway has a number whose webhook is theirs.
func shop(t *testing.T, s campaign.Store) *world {
	w := newWorld(t, s, evolutiontest.Options{})
	w.config.Documents = s.(interface{ Documents() document.Store }).Documents()
	w.open()
	require.NoError(t, w.gateway.Open("loja"))
	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "loja"}, theirs))
	return w
}

func (w *world) registered(name string) evolution.Subscription {
	w.Helper()
	s, _, err := w.client.Subscribed(w.ctx, campaign.Route{Instance: name})
	require.NoError(w, err)
	return s
}

func (w *world) ours(id campaign.InstanceID, name string) bool {
	w.Helper()
	return line.ReportsOf(secret, id, w.registered(name), true) == line.ReportsHere
}

func (w *world) reported() (whys []campaign.Reason) {
	w.Helper()
	es, err := w.s.Events(w.ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventInstanceReports}})
	require.NoError(w, err)
	for _, e := range es {
		whys = append(whys, e.Why)
	}
	return whys
}

func conflict(t *testing.T, err error) campaign.Reason {
	t.Helper()
	var c *campaign.ConflictError
	require.ErrorAs(t, err, &c)
	return c.Why
}

// A webhook that somebody else has set is not displaced unasked: recording the
// number names it, with the word it is kept whole, and the number's removal puts
// it back.
func TestAForeignWebhookIsTakenByAWordAndPutBack(t *testing.T) {
	stores(t, func(t *testing.T, s campaign.Store) {
		w := shop(t, s)
		d := w.office.Desk
		_, err := d.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, false)
		require.Equal(t, campaign.Because(campaign.CodeWebhookElsewhere, "address", "https://n8n.example"), conflict(t, err))
		require.Equal(t, theirs, w.registered("loja"))
		ns, err := w.s.Numbers(w.ctx)
		require.NoError(t, err)
		require.Empty(t, ns)

		operator := w.engine.As(campaign.Caller{Tenant: tenant, Role: campaign.Operator})
		_, err = d.Record(w.ctx, operator, campaign.Instance{Remote: "loja"}, true)
		require.ErrorIs(t, err, campaign.ErrForbidden)
		require.Equal(t, theirs, w.registered("loja"))

		in, err := d.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, true)
		require.NoError(t, err)
		require.True(t, w.ours(in.ID, "loja"))
		require.Equal(t, line.Registered, d.Registration(in.ID).State)
		require.Equal(t, []campaign.Reason{campaign.Because(campaign.CodeWebhookTaken, "address", "https://n8n.example")}, w.reported())
		for doc, err := range document.All(w.ctx, w.config.Documents, document.Query{Tenant: string(tenant), Kind: "line.webhook"}) {
			require.NoError(t, err)
			require.NotContains(t, string(doc.Data), "key-in", "it is sealed")
		}

		w.open() // another process
		w.ahead.Add(int64(time.Hour))
		w.keep()
		require.True(t, w.ours(in.ID, "loja"))
		require.NoError(t, w.office.Desk.Forget(w.ctx, w.s, in.ID))
		require.Equal(t, theirs, w.registered("loja"))
		require.Empty(t, w.documents())
	})
}

func (w *world) documents() (keys []string) {
	w.Helper()
	for d, err := range document.All(w.ctx, w.config.Documents, document.Query{Tenant: string(tenant), Kind: "line.webhook"}) {
		require.NoError(w, err)
		keys = append(keys, d.Key)
	}
	return keys
}

// Where nothing was, our address does not stay as a dead one that is switched on.
func TestOurAddressGoesWithTheNumber(t *testing.T) {
	w := shop(t, memory.New())
	require.NoError(t, w.gateway.Open("vendas"))
	in, err := w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "vendas"}, false)
	require.NoError(t, err)
	require.True(t, w.ours(in.ID, "vendas"))
	require.NoError(t, w.office.Desk.Forget(w.ctx, w.s, in.ID))
	require.True(t, w.registered("vendas").Off)

	// One that was switched off is kept without a word, and is off again.
	off := theirs
	off.Off = true
	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "vendas"}, off))
	in, err = w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "vendas"}, false)
	require.NoError(t, err)
	require.True(t, w.ours(in.ID, "vendas"))
	require.NoError(t, w.office.Desk.Forget(w.ctx, w.s, in.ID))
	back := w.registered("vendas")
	require.True(t, back.Off)
	require.Equal(t, theirs.URL, back.URL)
	require.Equal(t, theirs.Headers, back.Headers)
}

// Somebody registers theirs later: it stays, the state and the log say so once,
// and theirs stays too when the number is removed.
func TestAWebhookThatIsSetLaterStays(t *testing.T) {
	w := shop(t, memory.New())
	d := w.office.Desk
	in, err := d.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, true)
	require.NoError(t, err)
	later := theirs
	later.URL = "https://chatwoot.example/secret"
	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "loja"}, later))
	r, err := d.Reports(w.ctx, w.s, in.ID)
	require.NoError(t, err)
	require.Equal(t, line.Elsewhere, r.State, "it is asked now, not remembered")
	require.Equal(t, "https://chatwoot.example", r.Address)
	w.ahead.Add(int64(11 * time.Minute))
	w.keep()
	w.open()
	w.keep() // another process tells nothing twice
	require.Equal(t, later, w.registered("loja"))
	require.Equal(t, line.Elsewhere, w.office.Desk.Registration(in.ID).State)
	elsewhere := campaign.Because(campaign.CodeWebhookElsewhere, "address", "https://chatwoot.example")
	require.Equal(t, elsewhere, w.office.Desk.Registration(in.ID).Why)
	require.Equal(t, elsewhere, w.reported()[1])
	require.Len(t, w.reported(), 2)

	operator := w.engine.As(campaign.Caller{Tenant: tenant, Role: campaign.Operator})
	require.ErrorIs(t, w.office.Desk.TakeWebhook(w.ctx, operator, in.ID), campaign.ErrForbidden)
	require.NoError(t, w.office.Desk.TakeWebhook(w.ctx, w.s, in.ID))
	require.True(t, w.ours(in.ID, "loja"))
	require.Equal(t, campaign.CodeWebhookTaken, w.reported()[2].Code)
	require.Len(t, w.reported(), 3)

	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "loja"}, theirs))
	require.NoError(t, w.office.Desk.Forget(w.ctx, w.s, in.ID))
	require.Equal(t, theirs, w.registered("loja"), "what is there now is not ours to change")
}

// What was read at the gateway decides, whatever was heard before.
func TestReportsAreAskedForNow(t *testing.T) {
	w := shop(t, memory.New())
	d := w.office.Desk
	id := w.number("vendas")
	w.keep()
	c := w.start(1, id)
	w.until("it is read", func() bool { return w.progress(c).Read == 1 })
	ask := func() line.Callback {
		t.Helper()
		r, err := d.Reports(w.ctx, w.s, id)
		require.NoError(t, err)
		return r.State
	}
	require.Equal(t, line.Verified, ask())
	whole := w.registered("vendas")
	for name, bend := range map[string]func(*evolution.Subscription){
		"off":       func(s *evolution.Subscription) { s.Off = true },
		"an event":  func(s *evolution.Subscription) { s.Events = s.Events[:1] },
		"no header": func(s *evolution.Subscription) { s.Headers = nil },
		"old host":  func(s *evolution.Subscription) { s.URL = strings.Replace(s.URL, "127.0.0.1", "old.example", 1) },
	} {
		bent := whole
		bend(&bent)
		require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "vendas"}, bent))
		require.Equal(t, line.Nowhere, ask(), name)
		w.keep()
		require.Contains(t, []line.Callback{line.Registered, line.Verified}, ask(), "%s: it is put right at once", name)
	}
	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "vendas"}, theirs))
	require.Equal(t, line.Elsewhere, ask())
	require.NoError(t, w.client.Delete(w.ctx, campaign.Route{Instance: "vendas"}))
	r, err := d.Reports(w.ctx, w.s, id)
	require.NoError(t, err)
	require.Equal(t, line.Unasked, r.State)
	require.Equal(t, evolution.CodeInstanceUnknown, r.Why.Code)
}

// A gateway that is down while its number is removed is asked until it answers.
func TestTheGatewayIsDownAtTheRemoval(t *testing.T) {
	w := shop(t, memory.New())
	in, err := w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, true)
	require.NoError(t, err)
	w.down.Store(true)
	err = w.office.Desk.Forget(w.ctx, w.s, in.ID)
	var left *line.LeftError
	require.ErrorAs(t, err, &left)
	require.Equal(t, campaign.Because(campaign.CodeWebhookLeft, "address", "https://n8n.example"), left.Why())
	_, err = w.s.Number(w.ctx, in.ID)
	require.ErrorIs(t, err, campaign.ErrNotFound)
	w.open()
	w.keep()
	w.down.Store(false)
	require.True(t, w.ours(in.ID, "loja"))
	w.ahead.Add(int64(11 * time.Minute))
	w.keep()
	require.Equal(t, theirs, w.registered("loja"))
	require.Empty(t, w.documents())

	// A removal that is refused changes nothing.
	in, err = w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, true)
	require.NoError(t, err)
	w.start(3, in.ID)
	require.ErrorIs(t, w.office.Desk.Forget(w.ctx, w.s, in.ID), campaign.ErrConflict)
	w.ahead.Add(int64(11 * time.Minute))
	w.keep()
	require.True(t, w.ours(in.ID, "loja"))

	// And a word that cannot be carried out refuses.
	w.down.Store(true)
	_, err = w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "outra"}, true)
	require.Error(t, err)
	made, err := w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "outra"}, false)
	require.NoError(t, err, "a gateway that is down is asked later")
	require.Equal(t, line.NotRegistered, w.office.Desk.Registration(made.ID).State)
}

// Who takes a number over takes over what has to be put back too.
func TestWhoTakesANumberOverPutsTheWebhookBack(t *testing.T) {
	s := memory.New()
	w := shop(t, s)
	options := &campaign.Options{Now: w.now, Endpoint: func(_ context.Context, r campaign.Route) (string, error) { return "http://gateway/" + r.Instance, nil }}
	var err error
	w.engine, err = campaign.New(w.store, w.client, options)
	require.NoError(t, err)
	w.config.Engine = w.engine
	w.s = w.engine.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Host})
	w.open()
	first, err := w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, true)
	require.NoError(t, err)
	host := w.engine.As(campaign.Caller{Tenant: "otica", Role: campaign.Host})
	_, err = w.office.Desk.Record(w.ctx, host, campaign.Instance{Remote: "loja"}, true)
	require.Equal(t, campaign.CodeNumberTwice, conflict(t, err).Code)
	require.True(t, w.ours(first.ID, "loja"))
	second, err := w.office.Desk.Record(w.ctx, host.TakeOver(), campaign.Instance{Remote: "loja"}, false)
	require.NoError(t, err)
	require.True(t, w.ours(second.ID, "loja"))
	require.NoError(t, w.office.Desk.Forget(w.ctx, w.s, first.ID))
	require.True(t, w.ours(second.ID, "loja"), "the gateway's webhook is the other record's")
	require.NoError(t, w.office.Desk.Forget(w.ctx, host, second.ID))
	require.Equal(t, theirs, w.registered("loja"))
}

// A number's gateway instance is made anew, and a webhook that was not taken
// must not go with it.
func TestAForeignWebhookOutlivesAnewPairing(t *testing.T) {
	w := shop(t, memory.New())
	in, err := w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, true)
	require.NoError(t, err)
	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "loja"}, theirs))
	require.NoError(t, w.office.Desk.Disconnect(w.ctx, w.s, in.ID))
	_, err = w.office.Desk.Pair(w.ctx, w.s, in.ID, "")
	require.NoError(t, err)
	require.Equal(t, theirs, w.registered("loja"))
	require.Equal(t, line.Elsewhere, w.office.Desk.Registration(in.ID).State)
}

// Without a place to keep it, what somebody else has set stays.
func TestWithoutDocumentsNothingForeignIsDisplaced(t *testing.T) {
	w := newWorld(t, memory.New(), evolutiontest.Options{})
	require.NoError(t, w.gateway.Open("loja"))
	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "loja"}, theirs))
	_, err := w.office.Desk.Record(w.ctx, w.s, campaign.Instance{Remote: "loja"}, true)
	require.Equal(t, campaign.CodeWebhookElsewhere, conflict(t, err).Code)
	id := w.number("loja")
	w.keep()
	require.Equal(t, campaign.CodeWebhookElsewhere, conflict(t, w.office.Desk.TakeWebhook(w.ctx, w.s, id)).Code)
	require.Equal(t, theirs, w.registered("loja"))

	w.config.PublicURL = ""
	w.open()
	require.Equal(t, campaign.CodeNoPublicURL, conflict(t, w.office.Desk.TakeWebhook(w.ctx, w.s, id)).Code)
	require.True(t, errors.Is(w.office.Desk.TakeWebhook(w.ctx, w.s, id), campaign.ErrConflict))
}

// What is kept of a subscription is all of it.
func TestASubscriptionSurvivesTheGateway(t *testing.T) {
	w := shop(t, memory.New())
	require.Equal(t, theirs, w.registered("loja"))
	text, err := json.Marshal(theirs)
	require.NoError(t, err)
	require.NotContains(t, string(text), "key-in-header")
}
