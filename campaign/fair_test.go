package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// A tenant with a crowd of numbers that are always due does not starve one
// with a single number: turns go by the instant at which they fell due, so that
// nobody who comes later overtakes.
func TestACrowdStarvesNobody(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	const crowd = 300
	w.start(20*crowd, campaign.Draft{Instances: w.numbers(crowd, campaign.Pace{NoGap: true})})

	small := w.e.As(campaign.Caller{Tenant: "padaria", Author: "bia", Role: campaign.Host})
	in, err := small.AddInstance(ctx, campaign.Instance{Remote: "alone", Pace: campaign.Pace{NoGap: true}})
	require.NoError(t, err)
	c, err := small.Create(ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{in.ID}})
	require.NoError(t, err)
	_, err = small.Add(ctx, c.ID, campaign.Everyone(people(900_000, 10)...))
	require.NoError(t, err)
	_, err = small.Start(ctx, c.ID)
	require.NoError(t, err)

	// A step sends to 32: a round of everybody is ten.
	for step := 1; step <= 100; step++ {
		_, err := w.e.Step(ctx)
		require.NoError(t, err)
		w.clock.Advance(time.Millisecond)
		p, err := small.Progress(ctx, c.ID)
		require.NoError(t, err)
		require.GreaterOrEqual(t, p.Sent, int64(min((step-1)/11, 10)), "step %d", step)
	}
	p, err := w.s.Progress(ctx, 1)
	require.NoError(t, err)
	require.Greater(t, p.Sent, int64(3000), "the crowd goes on as well")
}
