package sqlite

import (
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

func TestStore_TakeAndSettle(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(2, 0, 5)

	as := w.take(noon, 10, 2)
	require.Len(t, as, 4)
	w.settle(noon, as)

	w.view(func(r campaign.Reader) error {
		b, err := r.Books(c)
		require.NoError(t, err)
		require.EqualValues(t, 4, b.Cursor.Position)
		require.EqualValues(t, 4, b.Tally.Sent)
		sent, err := r.Recipients(campaign.RecipientQuery{Campaign: c, States: []campaign.State{campaign.Sent, campaign.Pending}})
		require.NoError(t, err)
		require.Len(t, sent, 5)
		require.Equal(t, campaign.Pending, sent[4].State)
		es, err := r.Events(campaign.EventQuery{Campaign: c, Position: 1})
		require.NoError(t, err)
		require.Len(t, es, 2)
		return nil
	})
}
