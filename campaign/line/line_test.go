package line_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// Lesson G2: delivered, read, answered and opted out come in by webhook, from
// the address that the keeper has registered.
func TestLesson_G2_ReportsComeIn(t *testing.T) {
	stores(t, func(t *testing.T, s campaign.Store) {
		w := newWorld(t, s, evolutiontest.Options{})
		id := w.number("vendas")
		require.Equal(t, line.NotRegistered, w.office.Keeper.Registration(id).State)
		w.keep()
		require.Equal(t, line.Registered, w.office.Keeper.Registration(id).State)

		c := w.start(4, id)
		w.until("all are read", func() bool { return w.progress(c).Read == 4 })
		require.Equal(t, line.Verified, w.office.Keeper.Registration(id).State)

		for _, m := range []evolutiontest.Inbound{
			{Instance: "vendas", From: phone(1).Digits(), Text: "Quanto custa?"},
			{Instance: "vendas", From: phone(1).Digits(), Text: "Alô?"},
			{Instance: "vendas", From: phone(2).Digits(), Text: "Sair.", LID: true},
			{Instance: "vendas", From: phone(3).Digits(), Text: "obrigado", FromMe: true},
			{Instance: "vendas", From: phone(9).Digits(), Text: "parar"},
		} {
			_, reported, err := w.gateway.Receive(m)
			require.NoError(t, err)
			require.True(t, reported)
		}
		w.until("two have answered", func() bool { return w.progress(c).Responded == 2 })
		w.until("two have opted out", func() bool { return w.optedOut(2) && w.optedOut(9) })
		require.False(t, w.optedOut(1))
		p := w.progress(c)
		require.Equal(t, campaign.Counts{1: 2}, p.RespondedOf)
		es, err := w.s.Events(w.ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventOptedOut}})
		require.NoError(t, err)
		require.Len(t, es, 2)
		require.Equal(t, "contact", es[0].Author)
		require.Equal(t, campaign.CodeKeyword, es[0].Why.Code)
		require.NotEmpty(t, es[0].Why.Args["message"])

		// I13: who has opted out gets nothing more.
		c = w.start(3, id)
		w.until("the campaign is over", func() bool { return w.progress(c).Status == campaign.Completed })
		require.EqualValues(t, 2, w.progress(c).Sent)
		require.EqualValues(t, 1, w.progress(c).Skipped)

		w.ahead.Add(int64(2 * time.Second)) // the gateway tells the second, and two wishes in one are a doubt
		_, _, err = w.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: phone(2).Digits(), Text: "VOLTAR"})
		require.NoError(t, err)
		w.until("they are back", func() bool { return !w.optedOut(2) })
		w.mu.Lock()
		defer w.mu.Unlock()
		require.Len(t, w.codes, 1, "every report is answered 200: %v", w.codes)
	})
}

// Version 1.8 sends no headers.
func TestTheOldGatewayReportsToo(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{V1: true})
	id := w.number("vendas")
	w.keep()
	require.Equal(t, line.Registered, w.office.Keeper.Registration(id).State, "%v", w.office.Keeper.Registration(id).Why)
	_, header := w.address("vendas")
	require.Empty(t, header)
	c := w.start(1, id)
	w.until("it is read", func() bool { return w.progress(c).Read == 1 })
}

// What was lost on the way is asked for.
func TestLostReportsAreRepaired(t *testing.T) {
	stores(t, func(t *testing.T, s campaign.Store) {
		w := newWorld(t, s, evolutiontest.Options{})
		id := w.number("vendas")
		w.keep()
		w.lost.Store(true)
		c := w.start(3, id)
		w.until("all are sent", func() bool { return w.progress(c).Sent == 3 && w.gateway.Figures().GivenUp >= 9 })
		w.keep()
		_, err := w.engine.Step(w.ctx)
		require.NoError(t, err)
		require.Zero(t, w.progress(c).Delivered, "a report may still come")
		w.ahead.Store(int64(6 * time.Minute))
		w.keep()
		w.until("all are read", func() bool { return w.progress(c).Read == 3 })
	})
}

// A gateway that stores nothing is not asked for ever.
func TestADryGatewayIsLeftAlone(t *testing.T) {
	storing := false
	w := newWorld(t, newStore(), evolutiontest.Options{StoreMessages: &storing, Acks: []evolutiontest.Ack{}})
	id := w.number("vendas")
	w.keep()
	c := w.start(80, id)
	w.until("all are sent", func() bool { return w.progress(c).Sent == 80 })
	asked := func() int {
		w.ahead.Add(int64(6 * time.Minute))
		before := len(w.asked("/chat/findStatusMessage"))
		w.keep()
		return len(w.asked("/chat/findStatusMessage")) - before
	}
	require.Equal(t, 30, asked())
	require.Equal(t, 20, asked())
	require.Zero(t, asked(), "it knew nothing fifty times")
	w.ahead.Add(int64(time.Hour))
	require.Equal(t, 30, asked(), "and is asked again later")
}

// Somebody switches the webhook off: it is put back.
func TestTheAddressIsRegisteredAgain(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	w.keep()
	off := w.registered("vendas")
	off.Off = true
	require.NoError(t, w.client.Subscribe(w.ctx, campaign.Route{Instance: "vendas"}, off))
	w.keep()
	require.True(t, w.registered("vendas").Off, "it is not looked at all the time")
	w.ahead.Add(int64(11 * time.Minute))
	w.keep()
	require.False(t, w.registered("vendas").Off)
	path, header := w.address("vendas")
	require.Contains(t, path, line.Prefix)
	require.NotEmpty(t, header)
	require.Equal(t, line.Registered, w.office.Keeper.Registration(id).State)
	require.NotContains(t, path+header, "loja")
}

func TestWhereTheGatewayCannotCallBack(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	w.config.PublicURL = ""
	w.open()
	w.keep()
	require.Equal(t, line.NoPublicURL, w.office.Keeper.Registration(id).State)

	w.config.PublicURL = w.front.URL
	w.open()
	in, err := w.s.AddInstance(w.ctx, campaign.Instance{Remote: "sumiu"})
	require.NoError(t, err)
	w.keep()
	r := w.office.Keeper.Registration(in.ID)
	require.Equal(t, line.Failing, r.State)
	require.Equal(t, campaign.Code("instance_unknown"), r.Why.Code)
	require.Equal(t, line.Registered, w.office.Keeper.Registration(id).State, "one does not stop another")
	require.NoError(t, w.gateway.Open("sumiu"))
	w.ahead.Add(int64(31 * time.Second))
	w.keep()
	require.Equal(t, line.Registered, w.office.Keeper.Registration(in.ID).State)
}

// A lost connection holds a number and its return frees it, by reports and by
// questions.
func TestConnections(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{})
	id := w.number("vendas")
	w.keep()
	// A real disconnection, known by a report alone.
	require.NoError(t, w.client.Logout(w.ctx, campaign.Route{Instance: "vendas"}))
	w.until("the number is closed", func() bool { return w.connection(id) == campaign.ConnectionClosed })

	// Back again while reports are lost: known by asking.
	w.lost.Store(true)
	require.NoError(t, w.gateway.Scan("vendas"))
	w.ahead.Add(int64(time.Minute))
	w.keep()
	require.Equal(t, campaign.ConnectionOpen, w.connection(id))
	before := len(w.asked("/instance/connectionState"))
	w.ahead.Add(int64(time.Minute))
	w.keep()
	require.Len(t, w.asked("/instance/connectionState"), before, "a number that was heard of is asked seldom")
	w.ahead.Add(int64(5 * time.Minute))
	w.keep()
	require.Len(t, w.asked("/instance/connectionState"), before+1)

	// A stale report is put right by the question that follows it.
	w.lost.Store(false)
	path, header := w.address("vendas")
	require.Equal(t, 200, w.report(path, header, `{"event":"connection.update","instance":"vendas","data":{"state":"close","statusReason":401}}`))
	require.Equal(t, campaign.ConnectionClosed, w.connection(id))
	w.ahead.Add(int64(3 * time.Second))
	w.keep()
	require.Equal(t, campaign.ConnectionOpen, w.connection(id))
}
