package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// Who was failed by one of two numbers waits for the other one, is told so in both
// languages, and gets the message by it.
func TestWhoWaitsForAnotherNumber(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	numbers := w.numbers(2, campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute})
	c := w.start(9, campaign.Draft{Instances: numbers, AfterRestriction: campaign.RestrictionOtherNumber})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	p := w.recipient(c.ID, 1)
	require.Equal(t, campaign.Sent, p.State)
	failed := p.Instance
	require.NoError(t, w.e.Receive(ctx, campaign.Notice{Tenant: tenant, Instance: failed, ProviderID: p.ProviderID, Kind: campaign.NoticeError, At: w.clock.Now()}))
	_, err = w.e.Step(ctx) // both rest
	require.NoError(t, err)

	why, codes := w.why(c.ID, 1)
	require.Equal(t, campaign.Pending, why.Recipient.State)
	require.NotContains(t, codes, campaign.CodeAfterRestriction, "nothing about the person is in the way")
	require.Len(t, why.Numbers, 2)
	opens := w.clock.Now().Add(30 * time.Minute).UTC()
	for _, n := range why.Numbers {
		last := n.Shut[len(n.Shut)-1]
		if n.Instance != failed {
			require.NotEqual(t, campaign.CodeAfterRestriction, last.Why.Code)
			require.Equal(t, why.OpensAt, n.OpensAt)
			require.True(t, n.OpensAt.Before(opens))
			continue
		}
		require.Equal(t, campaign.CodeAfterRestriction, last.Why.Code)
		require.Equal(t, opens, last.Until)
		require.Equal(t, opens, n.OpensAt)
		require.Equal(t, "WhatsApp refused the message because of the number, not because of this person; "+
			"another number of the campaign sends it again, and this one only from Mar 2 09:30", campaign.WordsIn(campaign.English).Text(last.Why, w.clock.Now().Location()))
		require.Equal(t, "o WhatsApp recusou a mensagem por causa do número, e não desta pessoa; "+
			"outro número da campanha a envia de novo, e este só a partir de 02/03 09:30", campaign.WordsIn(campaign.Portuguese).Text(last.Why, w.clock.Now().Location()))
	}
	w.play("2026-03-02 10:30")
	p = w.recipient(c.ID, 1)
	require.Equal(t, campaign.Sent, p.State)
	require.NotEqual(t, failed, p.Instance)
	require.True(t, p.TakenAt.Before(opens))
}
