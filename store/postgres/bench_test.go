package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/stretchr/testify/require"
)

// BenchmarkContacts is the benchmark that every store has.
func BenchmarkContacts(b *testing.B) {
	campaigntest.BenchmarkContacts(b, func(b *testing.B) contact.Store { return connect(b, fresh(b)).Tenant("acme").Contacts() })
}

// BenchmarkTake measures takes of 100 beside a ledger of ten thousand rows and
// beside one of ten million, in turn, so that whatever else the machine does
// slows both; the ratio is what counts. The large one takes ten minutes and 15
// GB of disk to set up; -short leaves it out.
func BenchmarkTake(b *testing.B) {
	const most, warm, small, large = 100, 300, 10_000, 10_000_000
	if testing.Short() {
		b.Skip("it takes ten minutes to set up")
	}
	server := servers.NewPostgres(b, &servers.PGOptions{NoSync: true, Settings: map[string]string{"shared_buffers": "1GB", "max_wal_size": "8GB"}})
	var worlds []*world
	for i, n := range []int{small, large} {
		name := fmt.Sprintf("ledger%d", i)
		_, err := connect(b, server.URL()).pool.Exec(b.Context(), `CREATE DATABASE `+name)
		require.NoError(b, err)
		w := &world{TB: b, Store: connect(b, server.Database(name)), ctx: b.Context()}
		require.NoError(b, w.Migrate(b.Context()))
		w.age("acme", n)
		w.campaign("acme", most, 0, most*(warm+b.N))
		worlds = append(worlds, w)
	}
	took := make([]time.Duration, len(worlds))
	for i := range warm + b.N {
		if i == warm { // plans have been made and pages been read
			b.ResetTimer()
			clear(took)
		}
		for j, w := range worlds {
			began := time.Now()
			as := w.take(most, 1)
			took[j] += time.Since(began)
			require.Len(b, as, most)
			require.NoError(b, w.settle(as))
		}
	}
	for j, name := range []string{"small-ns/recipient", "large-ns/recipient"} {
		b.ReportMetric(float64(took[j].Nanoseconds())/float64(b.N*most), name)
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "large/small")
	b.ReportMetric(0, "ns/op")
}

// age gives a tenant a campaign that has ended, with n people who have read
// what it sent them. Its rows are written by SQL past the guards, since the
// ledger would need hours.
func (w *world) age(t campaign.Tenant, n int) {
	w.Helper()
	id := w.campaign(t, 1, 0, 1)
	c := w.session()
	do := func(query string, args ...any) {
		w.Helper()
		_, err := c.Exec(w.ctx, query, args...)
		require.NoError(w, err, query)
	}
	do(`SET session_replication_role = replica`)
	do(`SET maintenance_work_mem = '1GB'`)
	rows, err := c.Query(w.ctx, `SELECT i.indexname, i.indexdef FROM pg_indexes i
		WHERE i.schemaname = 'campaigns' AND i.tablename IN ('recipients', 'results', 'ended', 'events') AND i.indexname NOT LIKE '%_pkey'`)
	require.NoError(w, err)
	var names, definitions []string
	for rows.Next() {
		var name, definition string
		require.NoError(w, rows.Scan(&name, &definition))
		names, definitions = append(names, name), append(definitions, definition)
	}
	require.NoError(w, rows.Err())
	for _, name := range names {
		do(`DROP INDEX ` + name)
	}
	t0 := noon.AddDate(0, -1, 0).UnixMicro()
	do(`INSERT INTO recipients (campaign, position, phone, contact)
		SELECT $1, i, '+55119' || lpad(i::text, 8, '0'), json_build_object('name', 'Ana ' || i, 'phone', '+55119' || lpad(i::text, 8, '0'))::text
		FROM generate_series(2, $2::bigint) i`, id, n)
	do(`INSERT INTO ended (attempt, tenant, campaign, position, generation, try, instance, message, phone, taken_at, ended_at, outcome, provider_id, evidence, why)
		SELECT decode(md5('a' || i), 'hex'), $4, $1, i, 1, 1, 1, 1, '+55119' || lpad(i::text, 8, '0'), $3 + i, $3 + i + 1000, 'accepted',
			'3EB0' || upper(left(md5(i::text), 16)), 'answer', ''
		FROM generate_series(1, $2::bigint) i`, id, n, t0, string(t))
	do(`INSERT INTO results (campaign, position, state, why, message, tries, generation, instance, provider_id, taken_at, sent_at, delivered_at, read_at, responded_at)
		SELECT campaign, position, 'read', '', 1, 1, 1, instance, provider_id, taken_at, ended_at, ended_at, ended_at + 1000000, 0 FROM ended`)
	for _, kind := range []campaign.EventType{campaign.EventTaken, campaign.EventSent} {
		do(`INSERT INTO events (tenant, at, type, campaign, position, instance, attempt, message, author, why)
			SELECT tenant, taken_at, $1, campaign, position, instance, attempt, message, '', '' FROM ended`, string(kind))
	}
	for _, definition := range definitions {
		do(definition)
	}
	do(`UPDATE campaigns SET total = $2, status = 'completed' WHERE id = $1`, id, n)
	do(`UPDATE progress SET position = $2, sent = $2, delivered = $2, read = $2 WHERE campaign = $1`, id, n)
	do(`UPDATE meters SET serves = NULL WHERE serves = $1`, id)
	do(`VACUUM (ANALYZE)`)
	do(`CHECKPOINT`)
}
