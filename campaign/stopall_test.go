package campaign_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/memory"
)

// A stop holds for the daemons beside the one that was told, and for those that
// start later, until somebody ends it.
func TestStopAllHoldsForEveryDaemonOnTheStore(t *testing.T) {
	blocked(t, func(t *testing.T, b *blocking, _ *campaign.Engine, s *campaign.Service, c campaign.Campaign, _ func() error) {
		close(b.gate)
		api, err := campaign.New(b.store, b, &campaign.Options{Daemon: "an API in another process"})
		require.NoError(t, err)
		synctest.Wait()
		in, err := s.AddInstance(ctx, campaign.Instance{Remote: "slow"})
		require.NoError(t, err)
		slow, err := s.Create(ctx, campaign.Draft{Name: "y", Messages: []campaign.Message{{Text: "oi"}}, Instances: []campaign.InstanceID{in.ID}})
		require.NoError(t, err)
		_, err = s.Add(ctx, slow.ID, campaign.Everyone(people(201, 1000)...))
		require.NoError(t, err)
		_, err = s.Start(ctx, slow.ID)
		require.NoError(t, err)
		time.Sleep(5 * time.Minute)

		from := time.Now()
		_, err = api.StopAll(ctx, "ana", "teste")
		require.NoError(t, err)
		require.LessOrEqual(t, time.Since(from), 3*time.Second)
		n := b.count()
		require.Greater(t, n, 100)
		time.Sleep(24 * time.Hour)
		require.Equal(t, n, b.count(), "nothing starts in the other process")
		why, err := s.Explain(ctx, slow.ID)
		require.NoError(t, err)
		require.Equal(t, campaign.CodeStopped, why.Stalled.Code)
		require.Equal(t, "ana", why.Stalled.Args["by"])
		require.Equal(t, "teste", why.Stalled.Args["note"])
		require.NotEmpty(t, why.Stalled.Args["at"])

		later, err := campaign.New(b.store, b, &campaign.Options{Daemon: "started later"})
		require.NoError(t, err)
		for range 3 {
			_, err = later.Step(ctx)
			require.NoError(t, err)
		}
		require.Equal(t, n, b.count(), "nor in one that starts later")
		h, on, err := later.StoppedAll(ctx)
		require.NoError(t, err)
		require.True(t, on)
		require.Equal(t, "ana", h.By)

		require.NoError(t, later.ResumeAll(ctx, "rui"))
		time.Sleep(10 * time.Minute)
		require.Greater(t, b.count(), n, "and all go on when somebody ends it")
		h, on, err = api.StoppedAll(ctx)
		require.NoError(t, err)
		require.False(t, on)
		require.Zero(t, h, "what has ended is not told of")
		_, err = s.Cancel(ctx, slow.ID, "")
		require.NoError(t, err)
	})
}

// haltless is a store that cannot write of the whole installation while it is full.
type haltless struct {
	campaign.Store
	full *bool
}

func (h haltless) Tenant(t campaign.Tenant) campaign.Records {
	if t == "campaignd key check" {
		return haltlessRecords{h.Store.Tenant(t), h.full}
	}
	return h.Store.Tenant(t)
}

type haltlessRecords struct {
	campaign.Records
	full *bool
}

func (h haltlessRecords) Update(ctx context.Context, f func(campaign.Writer) error) error {
	if *h.full {
		return errors.New("disk full")
	}
	return h.Records.Update(ctx, f)
}

// Where the store cannot keep the order, the process that was told stops, and
// says that the others do not.
func TestAStopThatCannotBeKeptStopsThisProcess(t *testing.T) {
	full := false
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.store = haltless{memory.New(), &full} })
	c := w.start(5, campaign.Draft{Instances: w.numbers(1, fast())})
	full = true
	_, err := w.e.StopAll(ctx, "ana", "")
	require.ErrorContains(t, err, "this process has stopped")
	full = false
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	require.Zero(t, w.sent.Count())
	require.NoError(t, w.e.ResumeAll(ctx, "ana"))
	w.play("2026-03-02 10:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
}
