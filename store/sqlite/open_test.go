package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

func TestOpen_MakesAndReopens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "números & 100% ?#.db")
	w := openWorld(t, path)
	c := w.campaign(1, 0, 3)
	require.Equal(t, path, w.Path())
	require.FileExists(t, path)
	require.NoError(t, w.Close())
	require.NoError(t, w.Close(), "a second Close")
	require.NoFileExists(t, path+"-wal", "the last Close folds the log into the database")

	w = openWorld(t, path)
	w.view(func(r campaign.Reader) error {
		got, err := r.Campaign(c)
		require.NoError(t, err)
		require.EqualValues(t, 3, got.Total)
		require.EqualValues(t, uint64(1)<<63, got.Seed)
		return nil
	})
}

func TestOpen_Refuses(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 500)), 0o600))

	for _, c := range []struct{ name, path, says string }{
		{"no path", "", "not a file's path"},
		{"memory", ":memory:", "use package memory"},
		{"uri", "file:x.db?mode=memory", "not a file's path"},
		{"no directory", filepath.Join(dir, "missing", "x.db"), "does not exist: make it first"},
		{"a directory", dir, "is a directory"},
		{"another file", text, "not a readable database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(ctx, c.path, nil)
			require.ErrorContains(t, err, c.says)
			require.Nil(t, s)
		})
	}
	_, err := Open(ctx, text, nil)
	require.ErrorIs(t, err, ErrNotDatabase)
	b, err := os.ReadFile(text)
	require.NoError(t, err)
	require.Contains(t, string(b), "this is no database", "the file is left alone")
}

func TestOpen_NotWritable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		// Modes do not bind this user: a directory in place of the lock file
		// gives the same refusal.
		path := filepath.Join(t.TempDir(), "x.db")
		require.NoError(t, os.Mkdir(path+".lock", 0o700))
		_, err := Open(context.Background(), path, nil)
		require.ErrorIs(t, err, ErrReadOnly)
		return
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err := Open(context.Background(), filepath.Join(dir, "x.db"), nil)
	require.ErrorIs(t, err, ErrReadOnly)
}

func TestOpen_OneAtATime(t *testing.T) {
	w := newWorld(t)
	link := filepath.Join(t.TempDir(), "link.db")
	require.NoError(t, os.Symlink(w.Path(), link))
	for _, path := range []string{w.Path(), link} {
		_, err := Open(w.ctx, path, nil)
		require.ErrorIs(t, err, ErrLocked)
		require.ErrorContains(t, err, w.Path()+".lock")
		require.ErrorContains(t, err, fmt.Sprintf("by process %d", os.Getpid()))
	}
	w.campaign(1, 0, 1) // the refused ones have not harmed it
	require.NoError(t, w.Close())
	w = openWorld(t, link)
	require.EqualValues(t, 1, w.count(`SELECT count(*) FROM campaigns`))
}

func TestOpen_ContextDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := filepath.Join(t.TempDir(), "x.db")
	_, err := Open(ctx, path, nil)
	require.ErrorIs(t, err, context.Canceled)
	openWorld(t, path) // the lock is free again
}

func TestOpen_NewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	w := openWorld(t, path)
	w.raw(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	require.NoError(t, w.Close())
	_, err := Open(w.ctx, path, nil)
	require.ErrorIs(t, err, ErrNewer)
	require.ErrorContains(t, err, "99999")
}

// A step that fails, or is killed, in its middle leaves the schema as it was.
func TestMigrate_RestartsInTheMiddle(t *testing.T) {
	ctx := context.Background()
	db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "x.db"), Options{}, "_txlock=immediate"))
	require.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)

	first := &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE one (x INTEGER);\n")}
	broken := &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE two (x INTEGER);\nINSERT INTO nowhere VALUES (1);\n")}
	whole := &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE two (x INTEGER);\nINSERT INTO two VALUES (1);\n")}
	require.Error(t, migrate(ctx, db, fstest.MapFS{"00001_a.sql": first, "00002_b.sql": broken}))
	var n int
	require.NoError(t, db.QueryRow(`SELECT count(*) FROM sqlite_master WHERE name IN ('one', 'two')`).Scan(&n))
	require.Equal(t, 1, n, "the first step stays, nothing of the second")
	require.NoError(t, migrate(ctx, db, fstest.MapFS{"00001_a.sql": first, "00002_b.sql": whole}))
	require.NoError(t, migrate(ctx, db, fstest.MapFS{"00001_a.sql": first, "00002_b.sql": whole}), "again changes nothing")
	require.NoError(t, db.QueryRow(`SELECT count(*) FROM two`).Scan(&n))
	require.Equal(t, 1, n)
}

// What is counted as it happens is what there is; and what was there before it
// was counted is counted too.
func TestMigrate_CountsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	w := openWorld(t, path)
	w.campaign(2, 0, 30)
	w.settle(noon, w.take(noon, 8, 8))
	c := people(1, 1)[0]
	c.Tags = []string{"novo", "vip"}
	_, err := w.Tenant("acme").Contacts().CreateContact(w.ctx, noon, c)
	require.NoError(t, err)
	hold := func() {
		t.Helper()
		const hours = `SELECT tenant, campaign, at - at % 3600000000, type, instance, message, count(*) FROM events
			WHERE campaign <> 0 AND type <> 'recipient.taken' GROUP BY 1, 2, 3, 4, 5, 6`
		const tags = `SELECT tenant, tag, count(*) FROM contact_tags GROUP BY 1, 2`
		for sums, counted := range map[string]string{hours: `SELECT * FROM event_hours`, tags: `SELECT * FROM contact_tag_sizes`} {
			require.Positive(t, w.count(`SELECT count(*) FROM (`+counted+`)`))
			require.Zero(t, w.count(`SELECT count(*) FROM (`+sums+` EXCEPT `+counted+`)`), sums)
			require.Zero(t, w.count(`SELECT count(*) FROM (`+counted+` EXCEPT `+sums+`)`), sums)
		}
	}
	hold()
	w.raw(`DROP TRIGGER contact_tagged; DROP TRIGGER contact_untagged; DROP TRIGGER event_counted; DROP TABLE event_hours;
		DROP TABLE contact_tag_sizes; DROP INDEX events_kind; DROP INDEX results_responded; DELETE FROM goose_db_version WHERE version_id >= 12;
		ALTER TABLE suppressed DROP COLUMN level; ALTER TABLE notices DROP COLUMN why; ALTER TABLE notices DROP COLUMN blame;
		DROP INDEX instances_endpoint; DROP INDEX instances_owner; ALTER TABLE instances DROP COLUMN suspended;
		ALTER TABLE instances DROP COLUMN endpoint; ALTER TABLE instances DROP COLUMN owner;
		DROP INDEX waiting_lane; ALTER TABLE waiting DROP COLUMN lane; ALTER TABLE meters DROP COLUMN cold;
		ALTER TABLE meters DROP COLUMN cold_until; ALTER TABLE meters DROP COLUMN cold_holds; ALTER TABLE meters DROP COLUMN cold_errors;
		DROP TABLE warm`)
	require.NoError(t, w.Close())
	w = openWorld(t, path)
	hold()
}

// A number knows whom it reached before that was recorded, and who answered it.
func TestMigrate_KnowsWhomItReached(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	w := openWorld(t, path)
	id := w.campaign(1, 0, 8)
	w.settle(noon, w.take(noon, 8, 8))
	w.raw(fmt.Sprintf(`UPDATE results SET state = 'delivered', delivered_at = 7 WHERE campaign = %[1]d AND position IN (1, 2);
		UPDATE results SET responded_at = 9 WHERE campaign = %[1]d AND position = 3;
		UPDATE results SET state = 'failed' WHERE campaign = %[1]d AND position = 4;
		UPDATE ended SET phone = '' WHERE campaign = %[1]d AND position = 2;
		DROP INDEX waiting_lane; ALTER TABLE waiting DROP COLUMN lane; ALTER TABLE meters DROP COLUMN cold;
		ALTER TABLE meters DROP COLUMN cold_until; ALTER TABLE meters DROP COLUMN cold_holds; ALTER TABLE meters DROP COLUMN cold_errors;
		DROP TABLE warm; DELETE FROM goose_db_version WHERE version_id >= 16`, int64(id)))
	require.NoError(t, w.Close())
	w = openWorld(t, path)
	require.EqualValues(t, 2, w.count(`SELECT count(*) FROM warm`))
	require.EqualValues(t, 1, w.count(fmt.Sprintf(`SELECT count(*) FROM warm WHERE tenant = 'acme' AND phone = '%s' AND since = 7`, phone(0))))
	require.EqualValues(t, 1, w.count(fmt.Sprintf(`SELECT count(*) FROM warm WHERE tenant = 'acme' AND phone = '%s' AND since = 9`, phone(2))))
}

func TestMigrations_AreNumbered(t *testing.T) {
	files, err := fs.Glob(steps(), "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for i, f := range files {
		require.True(t, strings.HasPrefix(f, fmt.Sprintf("%05d_", i+1)), f)
	}
}

func TestConnections_AreDurable(t *testing.T) {
	w := newWorld(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		require.NoError(t, w.writer.do(w.ctx, func(tx *tx) error {
			return tx.query("PRAGMA "+pragma, func(row *sql.Rows) error {
				var got string
				require.NoError(t, row.Scan(&got))
				require.Equal(t, want, got, pragma)
				return nil
			})
		}))
	}
	_, err := w.reads.Exec(`DELETE FROM facts`)
	require.ErrorContains(t, err, "readonly", "readers cannot write")
}

// After Close everything says so.
func TestStore_Closed(t *testing.T) {
	w := newWorld(t)
	w.campaign(1, 0, 1)
	require.NoError(t, w.Close())
	nothing := func(*campaign.Rows) { t.Fatal("called") }
	_, take := w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, nothing)
	_, settle := w.Settle(w.ctx, noon, nil, nothing)
	_, agenda := w.Agenda(w.ctx, noon, 1)
	for i, err := range []error{take, settle, agenda, w.Beat(w.ctx, campaign.Daemon{Name: "d"}),
		w.Tenant("acme").View(w.ctx, func(campaign.Reader) error { t.Fatal("called"); return nil }),
		w.Tenant("acme").Update(w.ctx, func(campaign.Writer) error { t.Fatal("called"); return nil })} {
		require.ErrorIs(t, err, campaign.ErrClosed, "call %d", i)
	}
}

// raw runs a statement beside all rules of the program.
func (w *world) raw(query string, args ...any) {
	w.Helper()
	require.NoError(w, w.tryRaw(query, args...))
}

func (w *world) tryRaw(query string, args ...any) error {
	return w.writer.do(w.ctx, func(t *tx) error { return t.exec(query, args...) })
}

func (w *world) count(query string, args ...any) (n int64) {
	w.Helper()
	require.NoError(w, w.reads.QueryRow(query, args...).Scan(&n))
	return n
}

// A disk that is full refuses the call as a whole, and the store goes on when
// there is room again.
func TestStore_DiskFull(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(1, 0, 50)
	pages := w.count(`PRAGMA page_count`)
	limit := func(n int64) { w.raw(fmt.Sprintf(`PRAGMA max_page_count = %d`, n)) }
	limit(pages)

	var full error
	for range 100 {
		if full = w.Tenant("acme").Update(w.ctx, func(tx campaign.Writer) error {
			got, err := tx.Campaign(c)
			if err != nil {
				return err
			}
			added, err := tx.Enlist(c, got.Total, people(int(got.Total), 20))
			got.Total += int64(len(added))
			got.Rev++
			return errors.Join(err, tx.SaveCampaign(&got))
		}); full != nil {
			break
		}
	}
	require.ErrorIs(t, full, ErrFull)
	require.ErrorContains(t, full, "make room")
	total := w.count(`SELECT total FROM campaigns`)
	require.Equal(t, total, w.count(`SELECT count(*) FROM recipients`), "all or nothing of a call is stored")

	limit(1 << 30)
	w.settle(noon, w.take(noon, 10, 10))
	require.EqualValues(t, 10, w.count(`SELECT sent FROM progress`))
	require.NoError(t, w.check())
}

// Another program that writes is waited for, then named.
func TestStore_Busy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(context.Background(), path, &Options{BusyTimeout: 1})
	require.NoError(t, err)
	defer s.Close()
	w := &world{TB: t, Store: s, ctx: context.Background()}
	w.campaign(1, 0, 3)

	shell, err := sql.Open("sqlite", dsn(path, Options{}, ""))
	require.NoError(t, err)
	defer shell.Close()
	conn, err := shell.Conn(w.ctx)
	require.NoError(t, err)
	_, err = conn.ExecContext(w.ctx, "BEGIN IMMEDIATE")
	require.NoError(t, err)
	_, err = w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, w.plan(1))
	require.ErrorIs(t, err, ErrBusy)
	_, err = conn.ExecContext(w.ctx, "ROLLBACK")
	require.NoError(t, err)
	require.Len(t, w.take(noon, 1, 1), 1)
}

// A context that ends before the commit leaves nothing.
func TestStore_Cancelled(t *testing.T) {
	w := newWorld(t)
	w.campaign(1, 0, 3)
	ctx, cancel := context.WithCancel(w.ctx)
	plan := w.plan(1)
	_, err := w.Take(ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(r *campaign.Rows) { plan(r); cancel() })
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, w.count(`SELECT count(*) FROM attempts`))
	as := w.take(noon, 1, 1)
	require.Len(t, as, 1)
	require.EqualValues(t, 1, as[0].Recipient.Position, "what was read ahead of a cursor that was rolled back is offered again")

	// A call that waits for its turn gives up with its context.
	_, err = w.Take(ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(*campaign.Rows) { t.Fatal("called") })
	require.ErrorIs(t, err, context.Canceled)
}

// A panic of a caller's function rolls back and leaves the store usable.
func TestStore_Panics(t *testing.T) {
	w := newWorld(t)
	w.campaign(1, 0, 3)
	require.PanicsWithValue(t, "oops", func() {
		w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(r *campaign.Rows) { panic("oops") })
	})
	require.PanicsWithValue(t, "oops", func() {
		w.Tenant("acme").Update(w.ctx, func(tx campaign.Writer) error {
			require.NoError(t, tx.Record(campaign.Event{Type: campaign.EventCampaignEdited}))
			panic("oops")
		})
	})
	require.Zero(t, w.count(`SELECT count(*) FROM events`))
	require.Len(t, w.take(noon, 1, 1), 1)
}

// check asks SQLite whether the file is whole and every reference leads
// somewhere.
func (w *world) check() error {
	var verdict string
	if err := w.reads.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		return errors.Join(err, errors.New("integrity: "+verdict))
	}
	rows, err := w.reads.Query(`PRAGMA foreign_key_check`)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		return errors.New("a reference leads nowhere")
	}
	return rows.Err()
}
