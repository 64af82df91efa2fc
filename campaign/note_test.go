package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// There is one history, and nobody can make up a send in it.
func TestNote(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	host := w.e.As(campaign.Caller{Tenant: "acme", Author: "user:ana", Role: campaign.Host})
	require.NoError(t, host.Note(ctx, campaign.EventSignedIn, campaign.Because(campaign.CodeAbout, "name", "ana")))
	for _, made := range []campaign.EventType{campaign.EventSent, campaign.EventCampaignDeleted, campaign.EventOptedIn, campaign.EventCalendarChanged, "", "user.nonsense"} {
		require.ErrorIs(t, host.Note(ctx, made, campaign.Reason{}), campaign.ErrConflict, made)
	}
	for _, r := range []campaign.Role{campaign.Viewer, campaign.Operator, campaign.Admin} {
		other := w.e.As(campaign.Caller{Tenant: "acme", Role: r})
		require.ErrorIs(t, other.Note(ctx, campaign.EventSignedIn, campaign.Reason{}), campaign.ErrForbidden)
	}
	events, err := host.Events(ctx, campaign.EventQuery{})
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, "user:ana", events[0].Author)
	require.Equal(t, campaign.EventSignedIn, events[0].Type)
	require.Equal(t, "ana", events[0].Why.Args["name"])
}
