package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// A ramp acts from the day on which it was set, unless another first day was
// named: one that caps nothing would get a young number blocked.
func TestARampBeginsToday(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ramp := campaign.Pace{NoGap: true, Ramp: []int{2, 3}}
	young, err := w.s.AddInstance(ctx, campaign.Instance{Remote: "young", Pace: ramp})
	require.NoError(t, err)
	require.True(t, young.Since.Equal(at(t, "2026-03-02 09:00")), "%s", young.Since)
	known, err := w.s.AddInstance(ctx, campaign.Instance{Remote: "known", Pace: ramp, Since: at(t, "2026-02-01 09:00")})
	require.NoError(t, err)
	require.True(t, known.Since.Equal(at(t, "2026-02-01 09:00")))

	old, err := w.s.AddInstance(ctx, campaign.Instance{Remote: "old"})
	require.NoError(t, err)
	require.True(t, old.Since.IsZero())
	edit := func(f func(*campaign.Instance)) {
		old, err = w.s.EditInstance(ctx, old.ID, func(i *campaign.Instance) error { f(i); return nil })
		require.NoError(t, err)
	}
	edit(func(i *campaign.Instance) { i.Name = "antigo" })
	require.True(t, old.Since.IsZero())
	edit(func(i *campaign.Instance) { i.Pace = ramp })
	require.True(t, old.Since.Equal(at(t, "2026-03-02 09:00")))
	edit(func(i *campaign.Instance) { i.Since = time.Time{} })
	edit(func(i *campaign.Instance) { i.Name = "velho" })
	day, why := old.RampDay(w.clock.Now())
	require.Zero(t, day)
	require.Equal(t, campaign.CodeRampNoDay, why.Code, "who takes the day away is told that the ramp is off")

	c := w.draft(5, campaign.Draft{Instances: []campaign.InstanceID{young.ID}})
	f, err := w.s.Forecast(ctx, c.ID)
	require.NoError(t, err)
	var sends []int64
	for _, d := range f.Days {
		sends = append(sends, d.Sends)
	}
	require.Equal(t, []int64{2, 3}, sends, "the forecast knows it too")

	_, err = w.s.Create(ctx, campaign.Draft{Name: "x", Pace: campaign.Pace{Ramp: []int{1}}})
	var bad campaign.Invalid
	require.ErrorAs(t, err, &bad)
	require.Equal(t, "pace.ramp", bad[0].Field)
	require.Equal(t, campaign.CodeRampOfNumber, bad[0].Why.Code)
}
