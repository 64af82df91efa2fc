package line_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// A word that a tenant has added opts people out of that tenant's campaigns, and
// what only looks like a wish waits for somebody to read it, once.
func TestOwnWordsAndDoubts(t *testing.T) {
	stores(t, func(t *testing.T, s campaign.Store) {
		w := newWorld(t, s, evolutiontest.Options{})
		book, err := optout.New(w.engine, s.(interface{ Documents() document.Store }).Documents(), bytes.Repeat([]byte{1}, 32))
		require.NoError(t, err)
		w.config.OptOuts = book
		w.open()
		w.number("vendas")
		w.keep()
		path, header := w.address("vendas")
		say := func(who, id, text string) {
			t.Helper()
			body := strings.NewReplacer("5511900000001", who, "SAIR", text, "IN1", id).Replace(sair)
			require.Equal(t, http.StatusOK, w.report(path, header, body))
		}
		desk := book.As(campaign.Caller{Tenant: tenant, Author: "ana", Role: campaign.Operator})
		count := func() int {
			t.Helper()
			n, err := desk.Count(t.Context())
			require.NoError(t, err)
			return n
		}
		say("5511900000001", "3A11", "chega")
		say("5511900000001", "3A11", "chega")
		say("5511900000002", "3A12", "qual o horário?")
		require.False(t, w.optedOut(1))
		require.Equal(t, 1, count())
		rs, err := desk.Reviews(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Equal(t, "chega", rs[0].Text)
		require.Equal(t, phone(1), rs[0].From)

		_, err = desk.AddWord(t.Context(), contact.WishOut, "Chega")
		require.NoError(t, err)
		say("5511900000002", "3A13", "CHEGA!!")
		require.True(t, w.optedOut(2))
		require.False(t, w.optedOut(1), "what was written before stays as it was read")
		say("5511900000001", "3A14", "sair")
		require.True(t, w.optedOut(1))
		require.Zero(t, count(), "who has left waits for nobody")
	})
}
