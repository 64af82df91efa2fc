package campaign_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
)

func TestAddingOpensACompletedCampaignInTheSameStep(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(1, campaign.Pace{NoGap: true})
	c := w.start(2, campaign.Draft{Instances: ids})
	w.play("2026-03-02 10:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))

	_, err := w.s.Add(ctx, c.ID, campaign.Everyone(people(1, 3)...))
	var refused *campaign.TransitionError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "não dá para adicionar pessoas a uma campanha concluída: reabra-a no mesmo passo (reopen, --reopen)", refused.Text(campaign.Portuguese))
	require.Equal(t, "people cannot be added to a completed campaign: reopen it in the same step (reopen, --reopen)", refused.Text(campaign.English))

	in, err := w.s.Reopening().Add(ctx, c.ID, campaign.Everyone(people(1, 2)...))
	require.NoError(t, err)
	require.EqualValues(t, 2, in.Duplicates)
	require.Equal(t, campaign.Completed, w.status(c.ID), "nobody is new: nothing is opened")

	in, err = w.s.Reopening().Add(ctx, c.ID, campaign.Everyone(people(1, 3)...))
	require.NoError(t, err)
	require.EqualValues(t, 1, in.Added)
	require.Equal(t, campaign.Active, w.status(c.ID))
	w.play("2026-03-02 11:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.EqualValues(t, 3, w.progress(c.ID).Sent)
	require.Equal(t, 3, w.once())

	// What keeps it from starting keeps it shut, with everybody outside.
	other := w.start(1, campaign.Draft{Name: "outra", Instances: ids, StartAt: w.clock.Now().Add(-time.Minute)})
	_, err = w.s.Reopening().Add(ctx, c.ID, campaign.Everyone(people(1, 5)...))
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.EqualValues(t, 3, w.progress(c.ID).Total)
	_, err = w.s.Cancel(ctx, other.ID, "")
	require.NoError(t, err)
	_, err = w.s.Reopening().Add(ctx, other.ID, campaign.Everyone(people(7, 1)...))
	require.ErrorIs(t, err, campaign.ErrConflict, "what was cancelled is ended for good")
}

// lostWorld has a completed campaign whose one send is unknown and decidable.
func lostWorld(t *testing.T, with ...func(*world)) (*world, campaign.RecipientID) {
	w := newWorld(t, "2026-03-02 09:00", with...)
	lose := true
	w.sent.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
		if lose {
			lose = false
			return campaign.Accepted{}, errors.New("time-out")
		}
		return campaign.Accepted{ProviderID: "second"}, nil
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 20:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.EqualValues(t, 1, w.progress(c.ID).Unknown)
	return w, campaign.RecipientID{Campaign: c.ID, Position: 1}
}

func TestAResendOpensACompletedCampaignInTheSameStep(t *testing.T) {
	w, id := lostWorld(t)
	require.ErrorIs(t, w.s.Decide(ctx, id, campaign.Resend, ""), campaign.ErrConflict)
	require.Equal(t, campaign.Completed, w.status(id.Campaign))
	require.NoError(t, w.s.Reopening().Decide(ctx, id, campaign.Resend, "ligou"))
	w.play("2026-03-02 21:00")
	require.EqualValues(t, 1, w.progress(id.Campaign).Sent)
	require.Equal(t, campaign.Completed, w.status(id.Campaign))
	require.Equal(t, 2, w.sent.Count())
	require.ErrorIs(t, w.s.Reopening().Decide(ctx, id, campaign.Resend, ""), campaign.ErrConflict, "its outcome is known")
	require.Equal(t, campaign.Completed, w.status(id.Campaign), "and nothing was opened for it")
}

// settleFails is a store whose next settlement is not carried out, as if the
// process had died before it.
type settleFails struct {
	campaign.Store
	armed bool
}

func (s *settleFails) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, f func(*campaign.Rows)) (*campaign.Rows, error) {
	if s.armed {
		s.armed = false
		return nil, errors.New("died")
	}
	return s.Store.Settle(ctx, now, ss, f)
}

// The order is durable with the reopening: who comes next carries it out.
func TestAResendIsCarriedOutByWhoComesNext(t *testing.T) {
	var store *settleFails
	w, id := lostWorld(t, func(w *world) { store = &settleFails{Store: w.store}; w.store = store })
	store.armed = true
	require.Error(t, w.s.Reopening().Decide(ctx, id, campaign.Resend, ""))
	require.Equal(t, campaign.Active, w.status(id.Campaign))
	w.restart("another process")
	w.play("2026-03-02 21:00")
	require.EqualValues(t, 1, w.progress(id.Campaign).Sent)
	require.Equal(t, campaign.Completed, w.status(id.Campaign))
	require.Equal(t, 2, w.sent.Count())
}

// A triggered campaign: it starts with nobody, sends to whoever comes, and ends
// when it is told to.
func TestACampaignIsKeptOpenUntilItIsToldToEnd(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c, err := w.s.Create(ctx, campaign.Draft{Name: "pedidos", KeepOpen: true, Instances: w.numbers(1, campaign.Pace{NoGap: true}),
		Messages: []campaign.Message{{Text: "Obrigado, {{nome}}"}}})
	require.NoError(t, err)
	_, err = w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	for i, day := range []string{"2026-03-02 10:00", "2026-03-04 10:00", "2026-03-09 10:00"} {
		w.play(day)
		require.Equal(t, campaign.Active, w.status(c.ID))
		require.Equal(t, i, w.sent.Count())
		_, err := w.s.Add(ctx, c.ID, campaign.Everyone(people(i+1, 1)...))
		require.NoError(t, err)
		if i == 2 {
			_, err := w.s.Complete(ctx, c.ID)
			require.ErrorIs(t, err, campaign.ErrConflict, "somebody is left")
		}
	}
	w.play("2026-03-09 11:00")
	done, err := w.s.Complete(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Completed, done.Status)
	require.Equal(t, 3, w.once())
	_, err = w.s.Complete(ctx, c.ID)
	require.ErrorIs(t, err, campaign.ErrConflict)

	once := w.start(1, campaign.Draft{Name: "uma vez", Instances: done.Instances})
	w.play("2026-03-09 12:00")
	require.Equal(t, campaign.Completed, w.status(once.ID))
	_, err = w.s.ReopenKept(ctx, once.ID)
	require.NoError(t, err)
	w.play("2026-03-10 12:00")
	require.Equal(t, campaign.Active, w.status(once.ID))
}

// Every command has a sentence of its own for every status that refuses it.
func TestRefusedCommandsHaveWords(t *testing.T) {
	for _, c := range campaign.Commands() {
		for _, s := range campaign.Statuses() {
			e := &campaign.TransitionError{Command: c, From: s}
			pt, en := e.Text(campaign.Portuguese), e.Text(campaign.English)
			require.Contains(t, pt, "uma campanha ", c)
			require.Contains(t, pt, "não dá para ", c)
			for _, text := range []string{pt, en} {
				require.NotContains(t, text, "%")
			}
			require.NotEqual(t, pt, en)
		}
	}
}
