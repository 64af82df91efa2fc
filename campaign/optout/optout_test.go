package optout_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/alreasense/campaigns/store/sqlite"
)

var monday = time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)

type kept interface {
	campaign.Store
	Documents() document.Store
}

// world is a book on fake time.
type world struct {
	*testing.T
	store  kept
	clock  *campaigntest.Clock
	engine *campaign.Engine
	book   *optout.Book
}

func stores(t *testing.T, f func(w *world)) {
	run := func(name string, open func(t *testing.T) kept) {
		t.Run(name, func(t *testing.T) {
			w := &world{T: t, store: open(t), clock: campaigntest.NewClock(monday)}
			var err error
			w.engine, err = campaign.New(w.store, &campaigntest.Recorder{Now: w.clock.Now}, &campaign.Options{Now: w.clock.Now})
			require.NoError(t, err)
			w.book = w.open(1)
			f(w)
		})
	}
	run("memory", func(*testing.T) kept { return memory.New() })
	run("sqlite", func(t *testing.T) kept {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "c.db"), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	})
}

func (w *world) open(secret byte) *optout.Book {
	b, err := optout.New(w.engine, w.store.Documents(), bytes.Repeat([]byte{secret}, 32))
	require.NoError(w, err)
	return b
}

func (w *world) desk() *optout.Desk {
	return w.book.As(campaign.Caller{Tenant: "loja", Author: "ana", Role: campaign.Operator})
}

func (w *world) service() *campaign.Service {
	return w.engine.As(campaign.Caller{Tenant: "loja", Role: campaign.Host})
}

func (w *world) keep(from contact.Phone, text string) {
	w.Helper()
	require.NoError(w, w.book.Keep(w.Context(), "loja", optout.Doubt{From: from, Text: text, Word: "chega", Message: fmt.Sprintf("%X", len(text)), At: w.clock.Now(), Instance: 3}))
}

func (w *world) texts() (all []string) {
	w.Helper()
	rs, err := w.desk().Reviews(w.Context(), 0, 10_000)
	require.NoError(w, err)
	for _, r := range rs {
		all = append(all, r.Text)
	}
	n, err := w.desk().Count(w.Context())
	require.NoError(w, err)
	require.Len(w, all, n)
	return all
}

const ana, bia contact.Phone = "+5511900000001", "+5511900000002"

func TestWhatIsKept(t *testing.T) {
	stores(t, func(w *world) {
		w.keep(ana, "chega!")
		w.keep(ana, "chega!") // the gateway repeats its reports
		require.Equal(w, []string{"chega!"}, w.texts())
		require.Equal(w, []string{"chega!"}, w.texts())
		w.clock.Advance(time.Hour)
		w.keep(ana, strings.Repeat("á", 400)+"fim")
		w.keep(bia, "\xffchega")
		require.Equal(w, []string{"chega!", strings.Repeat("á", optout.MaxText-1) + "…"}, w.texts()[:2])

		// Nothing of it can be read in the store.
		ds, err := w.store.Documents().List(w.Context(), document.Query{Tenant: "loja", Kind: "optout.review"})
		require.NoError(w, err)
		require.Len(w, ds, 3)
		for _, d := range ds {
			require.NotContains(w, string(d.Data), "chega")
			require.NotContains(w, string(d.Data), "áá")
		}
		w.book = w.open(2)
		rs, err := w.desk().Reviews(w.Context(), 0, 10)
		require.NoError(w, err)
		require.True(w, rs[0].Unreadable, "another secret does not read it, and the list still opens")
		require.Empty(w, rs[0].Text)
		w.book = w.open(1)

		w.clock.Advance(optout.Kept - time.Hour)
		require.Len(w, w.texts(), 2, "the first has waited for its time")
		w.clock.Advance(time.Hour)
		require.Empty(w, w.texts())
		n, err := w.store.Documents().Purge(w.Context(), w.clock.Now(), 100)
		require.NoError(w, err)
		require.Equal(w, 3, n)
	})
}

func TestBoundsOfReviews(t *testing.T) {
	stores(t, func(w *world) {
		for i := range optout.MaxOfPerson + 2 {
			w.clock.Advance(time.Minute)
			w.keep(ana, strings.Repeat("chega ", i+1))
		}
		require.Len(w, w.texts(), optout.MaxOfPerson)
		optout.SetMost(w.book, 6)
		for i := range 8 {
			w.clock.Advance(time.Second)
			w.keep(contact.Phone(fmt.Sprintf("+551190000010%d", i)), "chega")
		}
		require.Len(w, w.texts(), 6)
	})
}

func TestWhoGetsNothingAnywayIsNotShown(t *testing.T) {
	stores(t, func(w *world) {
		require.NoError(w, w.service().OptOut(w.Context(), campaign.Because(campaign.CodeByPerson), ana))
		w.keep(ana, "chega")
		require.Empty(w, w.texts())
	})
}

func TestDecisions(t *testing.T) {
	stores(t, func(w *world) {
		w.keep(ana, "chega!!")
		w.clock.Advance(time.Minute)
		w.keep(ana, "vou sair daqui")
		w.clock.Advance(time.Minute)
		w.keep(bia, "cancelar o pedido")
		rs, err := w.desk().Reviews(w.Context(), 0, 10)
		require.NoError(w, err)
		viewer := w.book.As(campaign.Caller{Tenant: "loja", Role: campaign.Viewer})
		_, err = viewer.Reviews(w.Context(), 0, 10)
		require.ErrorIs(w, err, campaign.ErrForbidden)
		_, err = viewer.Take(w.Context(), rs[0].ID, "")
		require.ErrorIs(w, err, campaign.ErrForbidden)
		require.ErrorIs(w, viewer.Dismiss(w.Context(), rs[0].ID), campaign.ErrForbidden)
		rival := w.book.As(campaign.Caller{Tenant: "rival", Role: campaign.Admin})
		_, err = rival.Take(w.Context(), rs[0].ID, "")
		require.ErrorIs(w, err, campaign.ErrNotFound)
		require.ErrorIs(w, rival.Dismiss(w.Context(), rs[0].ID), campaign.ErrNotFound)
		require.Len(w, w.texts(), 3)

		_, err = w.desk().Take(w.Context(), rs[1].ID, "read by Ana")
		require.NoError(w, err)
		require.Equal(w, []string{"cancelar o pedido"}, w.texts(), "everything of the person is decided")
		_, err = w.desk().Take(w.Context(), rs[1].ID, "")
		require.ErrorIs(w, err, campaign.ErrNotFound)
		levels, err := w.service().OptOutLevels(w.Context(), ana, bia)
		require.NoError(w, err)
		require.Equal(w, []campaign.Level{campaign.OutByOperator, campaign.NotOut}, levels)

		require.NoError(w, w.desk().Dismiss(w.Context(), rs[2].ID))
		require.Empty(w, w.texts())
		require.NoError(w, w.book.Keep(w.Context(), "loja", rs[2].Doubt))
		require.Empty(w, w.texts(), "the gateway repeats a report of what was dismissed")

		es, err := w.service().Events(w.Context(), campaign.EventQuery{})
		require.NoError(w, err)
		require.Len(w, es, 2)
		require.Equal(w, campaign.EventOptedOut, es[0].Type)
		require.Equal(w, "ana", es[0].Author)
		require.Equal(w, "read by Ana (message E)", es[0].Why.Args["reason"])
		require.Equal(w, campaign.EventReviewDismissed, es[1].Type)
		for _, e := range es {
			require.NotContains(w, fmt.Sprintf("%+v", e), "sair")
			require.NotContains(w, fmt.Sprintf("%+v", e), "pedido")
		}
	})
}

func TestAPersonWhoIsErasedLeavesNothing(t *testing.T) {
	stores(t, func(w *world) {
		w.keep(ana, "chega")
		w.keep(bia, "chega disso")
		for _, of := range []struct {
			p contact.Phone
			n int
		}{{ana, 1}, {bia, 1}, {"+5511900000009", 0}} {
			rs, err := w.desk().ReviewsOf(w.Context(), of.p)
			require.NoError(w, err)
			require.Len(w, rs, of.n)
		}
		require.NoError(w, w.book.Forget(w.Context(), "loja", ana))
		require.Equal(w, []string{"chega disso"}, w.texts())
		require.NoError(w, w.book.Settle(w.Context(), "loja", bia))
		ds, err := w.store.Documents().List(w.Context(), document.Query{Tenant: "loja", Kind: "optout.review"})
		require.NoError(w, err)
		require.Len(w, ds, 1)
		require.Empty(w, ds[0].Ref, "what was decided names nobody")
		require.Equal(w, "{}", string(ds[0].Data))
	})
}

// Of many who add words at the same moment nobody undoes what another did.
func TestWordsAreAddedTogether(t *testing.T) {
	stores(t, func(w *world) {
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				_, err := w.desk().AddWord(w.Context(), contact.WishOut, fmt.Sprintf("vaza %d", i))
				require.NoError(w, err)
			})
		}
		all.Wait()
		words, err := w.book.Keywords(w.Context(), "loja")
		require.NoError(w, err)
		require.Len(w, words.Out, len(contact.DefaultKeywords().Out)+8)
		other, err := w.book.Keywords(w.Context(), "rival")
		require.NoError(w, err)
		require.Equal(w, contact.DefaultKeywords(), other)
		_, err = w.book.As(campaign.Caller{Tenant: "loja", Role: campaign.Viewer}).AddWord(w.Context(), contact.WishOut, "fora")
		require.ErrorIs(w, err, campaign.ErrForbidden)
		for i := 8; i < contact.MaxOwnWords; i++ {
			_, err := w.desk().AddWord(w.Context(), contact.WishOut, fmt.Sprintf("vaza %d", i))
			require.NoError(w, err)
		}
		_, err = w.desk().AddWord(w.Context(), contact.WishIn, "demais")
		var f *campaign.FieldError
		require.ErrorAs(w, err, &f)
		require.Equal(w, campaign.CodeTooMany, f.Why.Code)
		require.NoError(w, w.desk().RemoveWord(w.Context(), "VAZA 3"))
		require.ErrorIs(w, w.desk().RemoveWord(w.Context(), "VAZA 3"), campaign.ErrNotFound)
		require.ErrorIs(w, w.desk().RemoveWord(w.Context(), "sair"), campaign.ErrConflict)
	})
}
