package campaign_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
)

// A standing order acts at an inquiry. Given after the last one it has nothing
// to act at, and the campaign must not wait for it: it completes, and its lost
// send stays for a person to decide.
func TestStandingOrderAfterTheLastInquiry(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, "2026-03-02 09:00")
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if m.To == people(1, 1)[0].Phone {
			return campaign.Accepted{}, errors.New("time-out")
		}
		return campaign.Accepted{ProviderID: "rec-2"}, nil
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(2, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	_, err = w.s.Pause(ctx, c.ID, "")
	require.NoError(t, err)
	w.play("2026-03-02 20:00")
	require.EqualValues(t, 1, w.progress(c.ID).Unknown)

	was, err := w.s.Campaign(ctx, c.ID)
	require.NoError(t, err)
	_, err = w.s.Edit(ctx, c.ID, was.Rev, func(d *campaign.Draft) error { d.AtLeastOnce = true; return nil })
	require.NoError(t, err)
	_, err = w.s.Resume(ctx, c.ID)
	require.NoError(t, err)
	w.play("2026-03-04 20:00")
	p := w.progress(c.ID)
	require.EqualValues(t, 1, p.Sent)
	require.EqualValues(t, 1, p.Unknown, "nothing is sent again")
	require.Equal(t, campaign.Completed, w.status(c.ID))
}
