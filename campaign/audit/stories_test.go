package audit_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/store/memory"
)

// countStore counts the queries of the log.
type countStore struct {
	campaign.Store
	events *int
}

func (s countStore) Tenant(t campaign.Tenant) campaign.Records {
	return countRecords{s.Store.Tenant(t), s.events}
}

type countRecords struct {
	campaign.Records
	events *int
}

func (r countRecords) View(ctx context.Context, f func(campaign.Reader) error) error {
	return r.Records.View(ctx, func(in campaign.Reader) error { return f(countReader{in, r.events}) })
}

type countReader struct {
	campaign.Reader
	events *int
}

func (r countReader) Events(q campaign.EventQuery) ([]campaign.Event, error) {
	*r.events++
	return r.Reader.Events(q)
}

// A log of millions of events that is read again for each person of whom the
// rows do not say enough would be read for days.
func TestTheLogIsNotReadForEachPerson(t *testing.T) {
	w := newWorld(t, memory.New(), 7)
	w.life()
	queries := 0
	r := check(t, countStore{w.store, &queries}, &audit.Options{Now: w.clock.Now})
	healthy(t, w, r)
	f := r.Figures
	t.Logf("%d queries of the log for %d tenants, %d campaigns and %d people, of whom %d were unknown at some time",
		queries, f.Tenants, f.Campaigns, f.Recipients, f.Asked)
	require.Greater(t, f.Asked, int64(30), "the play has too few people with a story")
	// The log of the tenant, the campaign's since then, its stories, the
	// calendar's changes since then.
	require.LessOrEqual(t, queries, 1+f.Tenants+4*f.Campaigns+int(f.Events)/500)
}
