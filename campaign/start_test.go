package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// A second start of a scheduled campaign must not take it out of the plan: it
// could be neither unscheduled nor edited then.
func TestStartingAScheduledCampaignTwiceChangesNothing(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.draft(1, campaign.Draft{Instances: w.numbers(1, campaign.Pace{}), StartAt: at(t, "2026-03-03 10:00")})
	first, err := w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Scheduled, first.Status)
	again, err := w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = w.e.As(campaign.Caller{Tenant: tenant, Role: campaign.Viewer}).Start(ctx, c.ID)
	require.ErrorIs(t, err, campaign.ErrForbidden)
	_, err = w.s.Unschedule(ctx, c.ID)
	require.NoError(t, err, "it can still be taken back")
	_, err = w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	w.play("2026-03-03 11:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
}
