package campaign_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// The seals of a run, computed again from its events.
func reseal(t *testing.T, w *world) (seals []campaign.Seal, covered, open int) {
	t.Helper()
	require.NoError(t, w.store.Tenant(tenant).View(ctx, func(r campaign.Reader) error {
		var err error
		seals, err = r.Seals(0, 1000)
		require.NoError(t, err)
		prev := campaign.Seal{}
		for _, s := range seals {
			es, err := r.Events(campaign.EventQuery{After: prev.Through, Limit: int(s.Events)})
			require.NoError(t, err)
			require.Equal(t, s, campaign.SealOver(prev, tenant, es, s.At))
			covered += len(es)
			prev = s
		}
		es, err := r.Events(campaign.EventQuery{After: prev.Through, Limit: 1000})
		open = len(es)
		return err
	}))
	return seals, covered, open
}

func TestTheEventLogIsSealed(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(100, campaign.Draft{Instances: w.numbers(3, campaign.Pace{})})
	w.play("2026-03-02 11:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	w.clock.Advance(10 * time.Minute)
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	seals, covered, open := reseal(t, w)
	require.Greater(t, len(seals), 3, "in batches, as time goes by")
	require.Greater(t, covered, 200)
	require.Zero(t, open)
}

// Whatever is changed in an event changes the hash.
func TestASealNoticesEveryChange(t *testing.T) {
	full := func() campaign.Event {
		return campaign.Event{Seq: 3, Tenant: "t", At: time.UnixMicro(5), Type: "a", Campaign: 1, Position: 2, Instance: 3,
			Attempt: campaign.AttemptID{4}, Message: 5, Author: "x", Why: campaign.Because("c", "k", "v", "l", "w")}
	}
	base := campaign.SealOver(campaign.Seal{}, "t", []campaign.Event{full()}, time.Time{})
	for i, change := range []func(*campaign.Event){
		func(e *campaign.Event) { e.Seq++ }, func(e *campaign.Event) { e.At = e.At.Add(time.Microsecond) },
		func(e *campaign.Event) { e.Type = "b" }, func(e *campaign.Event) { e.Campaign++ }, func(e *campaign.Event) { e.Position++ },
		func(e *campaign.Event) { e.Instance++ }, func(e *campaign.Event) { e.Attempt[3]++ }, func(e *campaign.Event) { e.Message++ },
		func(e *campaign.Event) { e.Author = "y" }, func(e *campaign.Event) { e.Author, e.Type = "", "ax" }, func(e *campaign.Event) { e.Why.Code = "d" },
		func(e *campaign.Event) { e.Why.Args["k"] = "u" }, func(e *campaign.Event) { delete(e.Why.Args, "l") },
		func(e *campaign.Event) { e.Why.Args["m"] = "" },
	} {
		e := full()
		change(&e)
		require.NotEqual(t, base.Hash, campaign.SealOver(campaign.Seal{}, "t", []campaign.Event{e}, time.Time{}).Hash, fmt.Sprint("change ", i))
	}
	require.NotEqual(t, base.Hash, campaign.SealOver(campaign.Seal{}, "u", []campaign.Event{full()}, time.Time{}).Hash)
	require.NotEqual(t, base.Hash, campaign.SealOver(campaign.Seal{Hash: [32]byte{1}}, "t", []campaign.Event{full()}, time.Time{}).Hash)
	require.Equal(t, base.Hash, campaign.SealOver(campaign.Seal{}, "t", []campaign.Event{full()}, time.Now()).Hash)
}
