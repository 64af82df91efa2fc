package line_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// sentTo is the provider id of the message that the nth person got.
func (w *world) sentTo(c campaign.ID, n int64) string {
	w.Helper()
	r, err := w.s.Recipient(w.ctx, campaign.RecipientID{Campaign: c, Position: n})
	require.NoError(w, err)
	require.NotEmpty(w, r.ProviderID)
	return r.ProviderID
}

// quotes is what a person wrote from an anonymous address, as an answer to a
// message.
func (w *world) quotes(chat, id, text, quoted string) string {
	return fmt.Sprintf(`{"event":"messages.upsert","instance":"vendas","data":{"key":{"remoteJid":%q,"fromMe":false,"id":%q},`+
		`"message":{"conversation":%q},"contextInfo":{"stanzaId":%q},"messageTimestamp":%d}}`, chat, id, text, quoted, w.now().Unix())
}

// Whoever quotes a message of ours from an address that tells no phone is the
// person that it went to: the answer counts, the wish to leave is taken, and the
// address is known from then on.
func TestAnAnonymousAddressIsMatchedByWhatItQuotes(t *testing.T) {
	stores(t, func(t *testing.T, s campaign.Store) {
		w := newWorld(t, s, evolutiontest.Options{Acks: []evolutiontest.Ack{}})
		id := w.number("vendas")
		w.keep()
		c := w.start(2, id)
		w.until("they are sent", func() bool { return w.progress(c).Sent == 2 })
		say := func(m evolutiontest.Inbound) {
			t.Helper()
			m.Instance, m.Anonymous = "vendas", true
			_, reported, err := w.gateway.Receive(m)
			require.NoError(t, err)
			require.True(t, reported)
		}
		say(evolutiontest.Inbound{From: phone(1).Digits(), Text: "Quem é?", Quotes: w.sentTo(c, 1)})
		w.until("the answer counts", func() bool { return w.progress(c).Responded == 1 })
		say(evolutiontest.Inbound{From: phone(1).Digits(), Text: "SAIR"})
		w.until("the address is known without a quotation", func() bool { return w.optedOut(1) })
		require.False(t, w.optedOut(2))
		say(evolutiontest.Inbound{From: phone(2).Digits(), Text: "👎", Quotes: w.sentTo(c, 2), Reaction: true})
		w.until("a reaction is an answer", func() bool { return w.progress(c).Responded == 2 })
	})
}

// What teaches nothing: who is quoted is somebody's of another number or another
// tenant, nobody's, or it was said elsewhere than in the person's own chat.
func TestQuotationsThatTeachNothing(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{Acks: []evolutiontest.Ack{}})
	id := w.number("vendas")
	other := w.number("compras")
	rival := w.engine.As(campaign.Caller{Tenant: "rival", Author: "bob", Role: campaign.Host})
	require.NoError(t, w.gateway.Open("deles"))
	theirs, err := rival.AddInstance(w.ctx, campaign.Instance{Remote: "deles", Connection: campaign.ConnectionOpen, Pace: campaign.Pace{NoGap: true}})
	require.NoError(t, err)
	w.keep()
	path, header := w.address("vendas")
	sent := func(by campaign.InstanceID) campaign.ID {
		c := w.start(2, by)
		w.until("they are sent", func() bool { return w.progress(c).Sent == 2 })
		return c
	}
	c, elsewhere, mine := sent(id), sent(other), w.s
	w.s = rival
	foreign := w.sentTo(sent(theirs.ID), 1)
	w.s = mine
	ours := w.sentTo(c, 1)
	own := func(body string) string { return strings.Replace(body, `"fromMe":false`, `"fromMe":true`, 1) }
	in := func(body, field string) string {
		return strings.Replace(body, `"fromMe":false`, `"fromMe":false,`+field, 1)
	}
	for name, body := range map[string]string{
		"an id that is nobody's":          w.quotes("77@lid", "A", "SAIR", "3EB0000000000000000000"),
		"an id in another spelling":       w.quotes("77@lid", "A", "SAIR", strings.ToLower(ours)),
		"a message of another number":     w.quotes("77@lid", "A", "SAIR", w.sentTo(elsewhere, 1)),
		"a message of another tenant":     w.quotes("77@lid", "A", "SAIR", foreign),
		"no message":                      w.quotes("77@lid", "A", "SAIR", ""),
		"said in a group":                 w.quotes("120363000000000000@g.us", "A", "SAIR", ours),
		"said in a group, by an address":  in(w.quotes("120363000000000000@g.us", "A", "SAIR", ours), `"participant":"77@lid"`),
		"said in a status":                in(w.quotes("status@broadcast", "A", "SAIR", ours), `"participant":"77@lid"`),
		"said in a channel":               w.quotes("120363000000000000@newsletter", "A", "SAIR", ours),
		"the owner's own words":           own(w.quotes("77@lid", "A", "SAIR", ours)),
		"a report about nobody's message": `{"event":"messages.update","instance":"vendas","data":{"keyId":"3EB0000000000000000000","remoteJid":"77@lid","status":"READ"}}`,
		"a report about another number's": `{"event":"messages.update","instance":"vendas","data":{"keyId":"` + w.sentTo(elsewhere, 1) + `","remoteJid":"77@lid","status":"READ"}}`,
		"an edit of our message":          `{"event":"messages.edited","instance":"vendas","data":{"key":{"remoteJid":"77@lid","fromMe":false,"id":"` + ours + `"},"editedMessage":{"conversation":"SAIR"}}}`,
		"an edit of nobody's message":     `{"event":"messages.edited","instance":"vendas","data":{"key":{"remoteJid":"5511900000001@s.whatsapp.net","fromMe":false,"id":"3A"},"editedMessage":{"conversation":"SAIR"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 200, w.report(path, header, body))
			require.Equal(t, 200, w.report(path, header, w.wrote("B", "SAIR", false)), "the address is still unknown")
			require.False(t, w.optedOut(1) || w.optedOut(2))
			_, err := w.engine.Step(w.ctx)
			require.NoError(t, err)
			require.Zero(t, w.progress(c).Responded+w.progress(elsewhere).Responded)
		})
	}
	// What is known is not unlearnt by a quotation.
	require.Equal(t, 200, w.report(path, header, w.quotes("77@lid", "C", "Oi", ours)))
	require.Equal(t, 200, w.report(path, header, w.quotes("77@lid", "D", "SAIR", w.sentTo(c, 2))))
	require.True(t, w.optedOut(1))
	require.False(t, w.optedOut(2))
}

// A report of a delivery tells whose an anonymous address is.
func TestReportsOfDeliveriesTellWhoseAnAddressIs(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{Acks: []evolutiontest.Ack{}})
	id := w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	c := w.start(1, id)
	w.until("it is sent", func() bool { return w.progress(c).Sent == 1 })
	require.Equal(t, 200, w.report(path, header, `{"event":"messages.update","instance":"vendas","data":{"keyId":"`+w.sentTo(c, 1)+`","remoteJid":"77@lid","status":"DELIVERY_ACK"}}`))
	require.Equal(t, 200, w.report(path, header, w.wrote("B", "SAIR", false)))
	require.True(t, w.optedOut(1))
}

// An answer can be faster than the settlement of the send that it answers: the
// gateway is asked to report it again, and nothing is lost. Answers to nothing of
// ours wait no longer than the sends that were under way when they were written.
func TestAnswersToSendsThatAreUnderWay(t *testing.T) {
	w := newWorld(t, newStore(), evolutiontest.Options{Acks: []evolutiontest.Ack{}})
	id := w.number("vendas")
	w.keep()
	path, header := w.address("vendas")
	w.lost.Store(true) // the gateway's own word that it has sent it
	c := w.start(1, id)
	early := make(chan int, 1)
	var once sync.Once
	held := &held{Store: w.store.Store, settle: func() {
		once.Do(func() {
			sends := w.gateway.Sends()
			require.Len(t, sends, 1)
			early <- w.report(path, header, w.quotes("77@lid", "A", "SAIR", sends[0].ID))
		})
	}}
	w.store.Store = held
	w.until("it is sent", func() bool { return w.progress(c).Sent == 1 })
	require.Equal(t, http.StatusServiceUnavailable, <-early)
	require.False(t, w.optedOut(1))
	require.Equal(t, 200, w.report(path, header, w.quotes("77@lid", "A", "SAIR", w.sentTo(c, 1))))
	require.True(t, w.optedOut(1))
	w.until("the answer counts", func() bool { return w.progress(c).Responded == 1 })
	require.Equal(t, 200, w.report(path, header, w.quotes("78@lid", "B", "SAIR", "3EB0NOBODY")), "nothing is under way")
}

// held calls something before it settles.
type held struct {
	campaign.Store
	settle func()
}

func (h *held) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	h.settle()
	return h.Store.Settle(ctx, now, ss, apply)
}

// A message that is edited to a wish to leave is one, though the report does not
// say who wrote it, and never a second answer. It is found by a process that has
// not seen the message, too.
func TestEditsToAWishAreTaken(t *testing.T) {
	for _, anew := range []bool{false, true} {
		for _, anonymous := range []bool{false, true} {
			t.Run(fmt.Sprintf("a new process %v, anonymous %v", anew, anonymous), func(t *testing.T) {
				w := newWorld(t, newStore(), evolutiontest.Options{Acks: []evolutiontest.Ack{}})
				w.config.LIDs = line.NewLIDs()
				w.open()
				id := w.number("vendas")
				w.keep()
				c := w.start(2, id)
				w.until("they are sent", func() bool { return w.progress(c).Sent == 2 })
				said, _, err := w.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: phone(1).Digits(), Text: "Quem é?",
					Anonymous: anonymous, Quotes: w.sentTo(c, 1)})
				require.NoError(t, err)
				w.until("it counts", func() bool { return w.progress(c).Responded == 1 })
				if anew {
					w.open()
				}
				edit := func(id, text string) {
					t.Helper()
					_, reported, err := w.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: phone(1).Digits(), Edits: id, Text: text})
					require.NoError(t, err)
					require.True(t, reported)
				}
				edit(said, "Quem é você?")
				edit(said, "SAIR")
				w.until("the wish is taken", func() bool { return w.optedOut(1) })
				w.until("it is said to the campaign", func() bool {
					es, err := w.s.Events(w.ctx, campaign.EventQuery{Campaign: c, Types: []campaign.EventType{campaign.EventLeft}})
					require.NoError(t, err)
					return len(es) == 1
				})
				require.EqualValues(t, 1, w.progress(c).Responded)
				require.False(t, w.optedOut(2))
			})
		}
	}
}
