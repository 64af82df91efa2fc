package postgres

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// stepsTo are the first n migrations.
func stepsTo(t *testing.T, n int) fstest.MapFS {
	files := fstest.MapFS{}
	names, err := fs.Glob(steps(), "*.sql")
	require.NoError(t, err)
	slices.Sort(names)
	for _, name := range names[:min(n, len(names))] {
		text, err := fs.ReadFile(steps(), name)
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// first is a database as the first version of the program left it.
func first(t *testing.T) (url string) {
	url = servers.Postgres(t)
	s := connectWith(t, url, &Options{NoWall: true})
	require.NoError(t, s.migrate(t.Context(), stepsTo(t, 1)))
	rows, err := os.ReadFile("testdata/version1.sql")
	require.NoError(t, err)
	require.NoError(t, (&world{TB: t, Store: s, ctx: t.Context()}).raw(string(rows)))
	return url
}

// survives demands that what stands in testdata is there, passes the audit, and
// can be gone on with.
func survives(t *testing.T, s *Store) {
	t.Helper()
	report, err := audit.Check(t.Context(), s, &audit.Options{Now: func() time.Time { return noon.Add(time.Hour) }})
	require.NoError(t, err)
	require.Empty(t, report.Violations)
	require.EqualValues(t, 48, report.Figures.Recipients)
	require.EqualValues(t, 48, report.Figures.Events)
	require.EqualValues(t, 16, report.Figures.Attempts)
	w := &world{TB: t, Store: s, ctx: t.Context(), next: 1 << 40}
	require.Positive(t, w.sumsHold())
	before := w.books("loja", 1)
	require.EqualValues(t, 4, before.Tally.Sent)
	r, err := s.Take(t.Context(), campaign.TakeQuery{Now: noon.Add(time.Hour), Max: 1, Slots: 1}, w.plan(1))
	require.NoError(t, err)
	require.Len(t, r.Begin, 1)
	_, err = s.Settle(t.Context(), noon.Add(time.Hour), []campaign.Settlement{{Attempt: r.Begin[0].ID, Outcome: campaign.OutcomeAccepted}}, accept)
	require.NoError(t, err)
	w.sumsHold()
}

// sumsHold demands that what is counted as it happens is what there is, and
// returns how many sums there are.
func (w *world) sumsHold() (n int) {
	w.Helper()
	const (
		hours = `SELECT tenant, campaign, at - at % 3600000000, type, instance, message, count(*) FROM campaigns.events
			WHERE campaign <> 0 AND type <> 'recipient.taken' GROUP BY 1, 2, 3, 4, 5, 6`
		tags = `SELECT tenant, tag, count(*) FROM campaigns.contact_tags GROUP BY 1, 2`
	)
	for sums, counted := range map[string]string{hours: `SELECT * FROM campaigns.event_hours`, tags: `SELECT * FROM campaigns.contact_tag_sizes`} {
		var differ, all int
		require.NoError(w, w.pool.QueryRow(w.ctx, `SELECT (SELECT count(*) FROM ((`+sums+` EXCEPT `+counted+`) UNION ALL (`+counted+` EXCEPT `+sums+`)) d),
			(SELECT count(*) FROM (`+counted+`) c)`).Scan(&differ, &all))
		require.Zero(w, differ, sums)
		n += all
	}
	return n
}

// Data that was written at the first version survives to the newest.
func TestMigrate_FromTheFirstVersion(t *testing.T) {
	s := connect(t, first(t))
	require.NoError(t, s.Migrate(t.Context()))
	survives(t, s)
}

// A number knows whom it reached before that was recorded, and who answered it.
func TestMigrate_KnowsWhomItReached(t *testing.T) {
	s := connect(t, first(t))
	w := &world{TB: t, Store: s, ctx: t.Context()}
	require.NoError(t, s.migrate(t.Context(), stepsTo(t, 17)))
	var sent []int64
	rows, err := s.pool.Query(t.Context(), `SELECT s.position FROM campaigns.results s JOIN campaigns.ended e ON e.campaign = s.campaign AND e.position = s.position
		AND e.outcome = 'accepted' WHERE s.campaign = 1 AND s.state = 'sent' ORDER BY 1`)
	require.NoError(t, err)
	require.NoError(t, each(func(row pgx.Rows) error {
		var n int64
		err := row.Scan(&n)
		sent = append(sent, n)
		return err
	})(rows))
	require.GreaterOrEqual(t, len(sent), 3)
	require.NoError(t, w.raw(fmt.Sprintf(`UPDATE campaigns.results SET state = 'delivered', delivered_at = 7 WHERE campaign = 1 AND position = %d`, sent[0]),
		fmt.Sprintf(`UPDATE campaigns.results SET responded_at = 9 WHERE campaign = 1 AND position = %d`, sent[1])))
	require.NoError(t, s.Migrate(t.Context()))
	var n, since int
	require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT count(*), sum(w.since) FROM campaigns.warm w
		JOIN campaigns.recipients r ON r.phone = w.phone AND r.campaign = 1 WHERE w.tenant = 'loja'`).Scan(&n, &since))
	require.Equal(t, []int{2, 16}, []int{n, since})
}

// statement is the first line of a statement of a migration.
var statement = regexp.MustCompile(`(?m)^(CREATE|ALTER) [^\n]*`)

// A migration that is cut off in the middle, by whatever ends its connection,
// leaves the version before it, and begins again.
func TestMigrate_CutInTheMiddle(t *testing.T) {
	url := first(t)
	p := servers.NewProxy(t, target(t, url))
	far, near := connect(t, p.URL(url)), connect(t, url)
	names, err := fs.Glob(steps(), "*.sql")
	require.NoError(t, err)
	for n := 2; n <= len(names); n++ {
		files := stepsTo(t, n)
		newest := slices.Max(slices.Collect(maps.Keys(files)))
		found := statement.FindAllString(string(files[newest].Data), -1)
		text := found[len(found)-1]
		for _, lose := range []func(string) <-chan struct{}{p.LoseRequest, p.LoseAnswer} {
			lost := lose(text)
			require.Error(t, far.migrate(t.Context(), files), text)
			<-lost
			var version int
			require.NoError(t, near.pool.QueryRow(t.Context(), `SELECT max(version_id) FROM campaigns.goose_db_version`).Scan(&version))
			require.Equal(t, n-1, version, text)
		}
		require.NoError(t, near.migrate(t.Context(), files))
	}
	require.NoError(t, near.Migrate(t.Context()))
	survives(t, near)
}
