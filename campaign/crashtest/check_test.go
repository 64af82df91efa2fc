package crashtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// sound demands that the checker of the invariants finds nothing at an
// instant. sends are what the gateway has really sent; nil if that is not asked.
func sound(t testing.TB, s campaign.Store, now time.Time, o audit.Options, sends []evolutiontest.Send) audit.Report {
	t.Helper()
	o.Limit, o.Now = 5, func() time.Time { return now }
	if sends != nil {
		o.Performed = deeds(t, s, sends)
	}
	r, err := audit.Check(t.Context(), s, &o)
	require.NoError(t, err)
	require.Empty(t, r.Violations)
	return r
}

// deeds names the attempt that each send belongs to: the one that holds its
// provider id, else the lost one with its phone and text.
func deeds(t testing.TB, s campaign.Store, sends []evolutiontest.Send) []audit.Deed {
	t.Helper()
	byID, lost := map[string]campaign.AttemptID{}, map[string]campaign.AttemptID{}
	err := s.Tenant(tenant).View(context.Background(), func(r campaign.Reader) error {
		cs, err := r.Campaigns(campaign.CampaignQuery{})
		require.NoError(t, err)
		for _, c := range cs {
			open, err := r.Flights(c.ID)
			require.NoError(t, err)
			for _, a := range open {
				lost[a.Text+" "+string(a.Phone)] = a.ID
			}
			for from := int64(0); from < c.Total; from += 1000 {
				ended, err := r.History(c.ID, from, min(from+1000, c.Total))
				require.NoError(t, err)
				for _, e := range ended {
					if e.ProviderID != "" {
						byID[e.ProviderID] = e.Attempt
					}
				}
			}
		}
		return nil
	})
	require.NoError(t, err)
	all := make([]audit.Deed, 0, len(sends))
	for _, x := range sends {
		phone, err := contact.FromAddress(x.JID)
		require.NoError(t, err)
		a, ok := byID[x.ID]
		if !ok {
			a, ok = lost[x.Text+" "+string(phone)]
		}
		require.True(t, ok, "no attempt tells of message %d of the gateway", x.Seq)
		all = append(all, audit.Deed{Phone: phone, At: x.At, Attempt: a, ProviderID: x.ID})
	}
	return all
}
