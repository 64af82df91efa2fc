package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/stretchr/testify/require"
)

// On a disk that is full nothing is begun, what was begun is settled when there
// is room again, and nobody is lost or taken twice.
func TestStore_DiskFull(t *testing.T) {
	server := servers.NewPostgres(t, &servers.PGOptions{Settings: map[string]string{"autovacuum": "off"}})
	s := connect(t, server.URL())
	require.NoError(t, s.Migrate(t.Context()))
	w := &world{TB: t, Store: s, ctx: context.Background()}
	id := w.campaign("acme", 40, 0, 200)
	begun := w.take(10, 1)
	require.Len(t, begun, 10)
	// Events of another tenant fill the table and its last page.
	require.NoError(t, w.raw(`INSERT INTO events (tenant, at, type, campaign, position, instance, attempt, message, author, why)
		SELECT 'other', 1, 'campaign.created', 0, 0, 0, NULL, 0, '', repeat('x', 1000) FROM generate_series(1, 20000)`))
	server.Fill(t)
	before := w.books("acme", id)
	_, full := w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 30, Slots: 1}, func(r *campaign.Rows) {
		w.plan(30)(r)
		for range 100 { // more than the last page takes
			r.Events = append(r.Events, campaign.Event{Tenant: "acme", At: r.Now, Type: campaign.EventCampaignEdited, Campaign: id, Author: strings.Repeat("x", 1000)})
		}
	})
	require.ErrorIs(t, full, ErrFull)
	require.NoError(t, server.Drain())
	require.Equal(t, before, w.books("acme", id), "nothing of it was stored")
	require.NoError(t, w.settle(begun))
	next := w.take(30, 1)
	require.Len(t, next, 30)
	require.NoError(t, w.settle(next))
	require.EqualValues(t, 40, w.books("acme", id).Tally.Sent)
}
