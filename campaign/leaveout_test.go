package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

// Spans are what a set of positions is, whatever order they come in.
func TestPositions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ps campaign.Positions
		in := map[int64]bool{}
		for range rapid.IntRange(0, 12).Draw(t, "spans") {
			first := rapid.Int64Range(1, 40).Draw(t, "first")
			last := first + rapid.Int64Range(0, 8).Draw(t, "length")
			ps = ps.With(campaign.Span{First: first, Last: last})
			for n := first; n <= last; n++ {
				in[n] = true
			}
		}
		for n := int64(0); n < 60; n++ {
			require.Equal(t, in[n], ps.Has(n), "%d of %v", n, ps)
		}
		for i := 1; i < len(ps); i++ {
			require.Greater(t, ps[i].First, ps[i-1].Last+1)
		}
	})
}

// Who is taken out of a campaign that sends gets nothing by it; who has got the
// message has got it.
func TestPeopleAreTakenOutOfACampaignThatSends(t *testing.T) {
	clock := campaigntest.NewClock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	sender := &campaigntest.Recorder{Now: clock.Now}
	e, err := campaign.New(memory.New(), sender, &campaign.Options{Now: clock.Now})
	require.NoError(t, err)
	s := e.As(campaign.Caller{Tenant: "shop", Author: "ana", Role: campaign.Host})
	in, err := s.AddInstance(t.Context(), campaign.Instance{Remote: "sales", Connection: campaign.ConnectionOpen})
	require.NoError(t, err)
	c, err := s.Create(t.Context(), campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi"}}, Instances: []campaign.InstanceID{in.ID},
		LeftOut: campaign.Positions{{First: 1, Last: 9}}})
	require.NoError(t, err)
	require.Empty(t, c.LeftOut, "nothing but LeaveOut says who is left out")
	_, err = s.Add(t.Context(), c.ID, campaign.Everyone(contact.Contact{Phone: "+5511900000001"}, contact.Contact{Phone: "+5511900000002"},
		contact.Contact{Phone: "+5511900000003"}, contact.Contact{Phone: "+5511900000004"}))
	require.NoError(t, err)
	_, err = s.Start(t.Context(), c.ID)
	require.NoError(t, err)
	campaigntest.Play(t, e, clock, clock.Now().Add(time.Second))
	require.Len(t, sender.All(), 1)

	got, err := s.LeaveOut(t.Context(), c.ID, "asked at the counter", campaign.Span{First: 1, Last: 1}, campaign.Span{First: 3, Last: 4})
	require.NoError(t, err)
	require.Equal(t, campaign.Left{Out: 2, Late: []campaign.RecipientID{{Campaign: c.ID, Position: 1}}}, got)
	got, err = s.LeaveOut(t.Context(), c.ID, "", campaign.Span{First: 3, Last: 3})
	require.NoError(t, err)
	require.Zero(t, got.Out, "once is enough")
	var bad campaign.Invalid
	_, err = s.LeaveOut(t.Context(), c.ID, "", campaign.Span{First: 4, Last: 5})
	require.ErrorAs(t, err, &bad)
	_, err = s.LeaveOut(t.Context(), c.ID, "")
	require.ErrorAs(t, err, &bad)

	w, err := s.ExplainRecipient(t.Context(), campaign.RecipientID{Campaign: c.ID, Position: 3})
	require.NoError(t, err)
	require.Equal(t, campaign.CodeLeftOut, w.Shut[0].Why.Code)
	f, err := s.Forecast(t.Context(), c.ID)
	require.NoError(t, err)
	require.EqualValues(t, 1, f.Sends)
	campaigntest.Play(t, e, clock, clock.Now().Add(time.Hour))
	require.Len(t, sender.All(), 2)
	for position, want := range map[int64]campaign.State{1: campaign.Sent, 2: campaign.Sent, 3: campaign.Skipped, 4: campaign.Skipped} {
		r, err := s.Recipient(t.Context(), campaign.RecipientID{Campaign: c.ID, Position: position})
		require.NoError(t, err)
		require.Equal(t, want, r.State)
		if want == campaign.Skipped {
			require.Equal(t, campaign.CodeLeftOut, r.Why.Code)
		}
	}
	es, err := s.Events(t.Context(), campaign.EventQuery{Campaign: c.ID, Types: []campaign.EventType{campaign.EventCampaignLeftOut}})
	require.NoError(t, err)
	require.Len(t, es, 2)
	require.Equal(t, "asked at the counter", es[0].Why.Args["note"])
	_, err = s.LeaveOut(t.Context(), c.ID, "", campaign.Span{First: 1, Last: 1})
	var refused *campaign.TransitionError
	require.ErrorAs(t, err, &refused, "it is completed")

	copied, err := s.Duplicate(t.Context(), c.ID, "y", true)
	require.NoError(t, err)
	require.EqualValues(t, 1, copied.Total, "who was left out is left out of a copy")
	require.Empty(t, copied.LeftOut)
}
