package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// A start and a single message that meet a busy number say so to errors.Is and
// errors.As, among whatever else stands in the way.
func TestABusyNumberIsFoundInTheError(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	number := w.number("n", campaign.Pace{})
	first := w.start(3, campaign.Draft{Instances: []campaign.InstanceID{number}})
	second := w.draft(3, campaign.Draft{Instances: []campaign.InstanceID{number}})
	_, start := w.s.Start(ctx, second.ID)
	_, one := w.s.SendOne(ctx, "one", number, people(9, 1)[0], "oi")
	for _, err := range []error{start, one} {
		require.ErrorIs(t, err, campaign.ErrBusy)
		require.ErrorIs(t, err, campaign.ErrConflict)
		var busy *campaign.BusyError
		require.ErrorAs(t, err, &busy)
		require.Equal(t, campaign.BusyError{Instance: number, Campaign: first.ID}, *busy)
	}
	empty, err := w.s.Create(ctx, campaign.Draft{Name: "x", Instances: w.numbers(1, fast())})
	require.NoError(t, err)
	_, err = w.s.Start(ctx, empty.ID)
	require.NotErrorIs(t, err, campaign.ErrBusy)
}
