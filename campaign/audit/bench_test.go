package audit_test

import (
	"database/sql"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/store/sqlite"
)

// crowd is a database in which a campaign has been sent to n people, most of
// whom have read it; one in fifty was tried twice. Its rows are written by SQL,
// since an engine would need hours.
func crowd(tb testing.TB, n int) *sqlite.Store {
	tb.Helper()
	s := openSQLite(tb)
	w := newWorld(tb, s, 1)
	in := w.number("acme", "n1", campaign.Pace{NoGap: true})
	id := w.draft("acme", 0, 1, campaign.Draft{Instances: []campaign.InstanceID{in}, Messages: []campaign.Message{{Text: "Oi, {{nome}}"}}})
	w.start("acme", id)
	_, err := w.as("acme").Pause(w.ctx, id, "")
	require.NoError(tb, err)

	db, err := sql.Open("sqlite", s.Path())
	require.NoError(tb, err)
	defer db.Close()
	do := func(query string, args ...any) {
		_, err := db.Exec(query, args...)
		require.NoError(tb, err, query)
	}
	t0 := monday.UnixMicro()
	do(`DELETE FROM recipients`)
	do(`INSERT INTO recipients (campaign, position, phone, contact)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
		SELECT ?1, i, '+55119' || printf('%08d', i), json_object('name', 'Ana ' || i, 'phone', '+55119' || printf('%08d', i)) FROM n`, id, n)
	do(`UPDATE campaigns SET total = ?`, n)
	do(`UPDATE progress SET position = ?, sent = ?, delivered = ?, read = ?, picked = ?, retries = ?, released = ?, sent_of = ?`,
		n, n, n, n, fmt.Sprintf(`{"1":%d}`, n+n/50), n/50, fmt.Sprintf(`{"1":%d}`, n/50), fmt.Sprintf(`{"1":%d}`, n))
	// Each position has a second of its own.
	do(`INSERT INTO ended (attempt, tenant, campaign, position, generation, try, instance, message, phone, taken_at, ended_at, outcome, provider_id, evidence, why)
		SELECT randomblob(16), 'acme', campaign, position, 1, 1, ?1, 1, phone, ?2 + 1000000 * position, ?2 + 1000000 * position + 1000, 'not_sent', '', '', ''
		FROM recipients WHERE position % 50 = 0 ORDER BY position`, in, t0)
	do(`INSERT INTO ended (attempt, tenant, campaign, position, generation, try, instance, message, phone, taken_at, ended_at, outcome, provider_id, evidence, why)
		SELECT randomblob(16), 'acme', campaign, position, 1, 1 + (position % 50 = 0), ?1, 1, phone, ?2 + 1000000 * position + 100000, ?2 + 1000000 * position + 200000,
			'accepted', '3EB0' || hex(randomblob(8)), 'answer', '' FROM recipients ORDER BY position`, in, t0)
	do(`INSERT INTO results (campaign, position, state, why, message, tries, generation, instance, provider_id, taken_at, sent_at, delivered_at, read_at, responded_at)
		SELECT campaign, position, 'read', '', 1, try, 1, instance, provider_id, taken_at, ended_at, ended_at, ended_at + 1000000, 0
		FROM ended WHERE outcome = 'accepted'`)
	do(`UPDATE campaigns SET status = 'active'`)
	do(`UPDATE meters SET serves = ?`, id)
	do(`INSERT INTO events (tenant, at, type, campaign, position, instance, attempt, message, author, why)
		VALUES ('acme', ?2, 'campaign.recipients_added', ?1, 0, 0, NULL, 0, '', json_object('code', 'people_added', 'args', json_object('added', ?3))),
			('acme', ?2, 'campaign.resumed', ?1, 0, 0, NULL, 0, '', '')`, id, t0, fmt.Sprint(n-1))
	do(`UPDATE campaigns SET rev = rev + 2`)
	do(`INSERT INTO events (tenant, at, type, campaign, position, instance, attempt, message, author, why)
		SELECT 'acme', at, type, campaign, position, instance, attempt, message, '', '' FROM (
			SELECT *, taken_at AS at, 'recipient.taken' AS type FROM ended UNION ALL
			SELECT *, ended_at, iif(outcome = 'accepted', 'recipient.sent', 'recipient.retry') FROM ended UNION ALL
			SELECT *, ended_at + 500000, 'recipient.delivered' FROM ended WHERE outcome = 'accepted' UNION ALL
			SELECT *, ended_at + 600000, 'recipient.read' FROM ended WHERE outcome = 'accepted')
		ORDER BY at`)
	w.clock.Advance(time.Duration(n+10) * time.Second)
	var last campaign.Seal
	for {
		var es []campaign.Event
		require.NoError(tb, s.Tenant("acme").View(w.ctx, func(r campaign.Reader) (err error) {
			es, err = r.Events(campaign.EventQuery{After: last.Through, Limit: 1000})
			return err
		}))
		if len(es) == 0 {
			return s
		}
		last = campaign.SealOver(last, "acme", es, w.clock.Now())
		require.NoError(tb, s.Tenant("acme").Update(w.ctx, func(tx campaign.Writer) error { return tx.Seal(last) }))
	}
}

// BenchmarkCheck is a check of a campaign with four events for each of its
// people, on a database in a file.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmark(b, n) })
	}
}

// BenchmarkMillion is that of a million people. It takes a minute or more to
// set up.
func BenchmarkMillion(b *testing.B) { benchmark(b, 1_000_000) }

func benchmark(b *testing.B, n int) {
	s := crowd(b, n)
	now := func() time.Time { return monday.AddDate(1, 0, 0) }
	var most uint64
	b.ReportAllocs()
	for b.Loop() {
		r := check(b, s, &audit.Options{Now: now})
		require.Empty(b, r.Violations)
		require.EqualValues(b, n, r.Figures.States[campaign.Read])
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapSys)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "people/s")
	b.ReportMetric(float64(most)/1e6, "heap-MB")
}
