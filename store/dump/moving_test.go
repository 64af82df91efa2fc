package dump_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/postgres"
	"github.com/alreasense/campaigns/store/sqlite"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

// empty is a migrated store on a database of the test's own.
func empty(t testing.TB) *postgres.Store {
	t.Helper()
	s := unmigrated(t, servers.Postgres(t))
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func unmigrated(t testing.TB, url string) *postgres.Store {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s, err := postgres.New(pool, nil)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func open(t testing.TB, path string, o *sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// lived is a database that has been through a day of crashes and commands.
// It is made once.
func lived(t testing.TB) *sqlite.Store {
	t.Helper()
	path := filepath.Join(unsynced(t), "lived.db")
	require.NoError(t, os.WriteFile(path, once(t), 0o600))
	return open(t, path, nil)
}

var (
	made     sync.Once
	template []byte
)

func once(t testing.TB) []byte {
	made.Do(func() {
		s := live(t, 7)
		require.NoError(t, s.Close())
		var err error
		template, err = os.ReadFile(s.Path())
		require.NoError(t, err)
	})
	return template
}

// unsynced is a directory in memory where there is one: a simulated day commits
// some thousand times.
func unsynced(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "dump-test-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func clean(t testing.TB, s campaign.Store) {
	t.Helper()
	r, err := audit.Check(t.Context(), s, &audit.Options{Now: func() time.Time { return noon.AddDate(50, 0, 0) }})
	require.NoError(t, err)
	require.Empty(t, r.Violations)
}

func sum(t testing.TB, s dump.Source) dump.Manifest {
	t.Helper()
	m, err := dump.Sum(t.Context(), s)
	require.NoError(t, err)
	return m
}

// Whatever a store has lived through, it is the same in another kind of store,
// and back again, and out of a file, and the audit finds nothing.
func TestMovingChangesNothing(t *testing.T) {
	worlds := 1
	if os.Getenv("CAMPAIGNS_TORTURE") != "" {
		worlds = 200
	}
	for range worlds {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			from := live(t, seed)
			was := sum(t, from.Dump())
			require.NotZero(t, was.Count("ended"))
			require.NotZero(t, was.Count("seals"))
			require.NotZero(t, was.Count("attempts"))
			require.NotZero(t, was.Count("contact_tags"))
			require.EqualValues(t, 2, was.Numbers["documents"])

			there := empty(t)
			m, err := there.Fill(t.Context(), from.Dump(), nil)
			require.NoError(t, err)
			require.NoError(t, was.Same(m))
			require.NoError(t, was.Same(sum(t, there.Dump())))
			clean(t, there)

			dir := t.TempDir()
			file := filepath.Join(dir, "monday.dump")
			_, err = dump.WriteFile(t.Context(), file, there.Dump(), dump.Header{MadeAt: noon, Store: "postgres"})
			require.NoError(t, err)
			f, err := dump.OpenFile(file)
			require.NoError(t, err)
			defer f.Close()
			back := filepath.Join(dir, "back.db")
			m, err = sqlite.Create(t.Context(), back, f, nil)
			require.NoError(t, err)
			require.NoError(t, was.Same(m))
			s := open(t, back, nil)
			require.NoError(t, was.Same(sum(t, s.Dump())))
			clean(t, s)

			// A group that is made now has a number that was never given.
			for _, people := range []contact.Store{there.Tenant("acme").Contacts(), s.Tenant("acme").Contacts()} {
				g, err := people.CreateGroup(t.Context(), noon, contact.Group{Name: "New"})
				require.NoError(t, err)
				require.Equal(t, was.Numbers["contact_groups"]+1, g.ID)
			}
		})
	}
}

// Both schemas have the tables and columns that are dumped, and nothing else
// that should be.
func TestNothingIsLeftBehind(t *testing.T) {
	want := map[string]map[string]bool{}
	for _, table := range dump.Tables() {
		want[table.Name] = map[string]bool{}
		for _, c := range table.Columns {
			want[table.Name][c.Name] = c.Null
		}
	}
	// Heartbeats belong to processes, versions to the program.
	// The counter of documents is their table's number, and locks last seconds.
	leave := map[string]bool{"daemons": true, "goose_db_version": true, "document_revs": true, "locks": true,
		// These are made of the others.
		"contact_segments": true, "contact_grams": true, "contact_changed": true, "contact_tag_sizes": true, "event_hours": true}

	url := servers.Postgres(t)
	require.NoError(t, unmigrated(t, url).Migrate(t.Context()))
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), `SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns WHERE table_schema = 'campaigns'`)
	require.NoError(t, err)
	has := map[string]map[string]bool{}
	var table, column string
	var null bool
	_, err = pgx.ForEachRow(rows, []any{&table, &column, &null}, func() error {
		if has[table] == nil && !leave[table] {
			has[table] = map[string]bool{}
		}
		if !leave[table] {
			has[table][column] = null
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, want, has, "PostgreSQL")
	require.Equal(t, want, sqliteColumns(t, leave), "SQLite")
}

func TestAStoreThatIsNotEmptyIsNotFilled(t *testing.T) {
	from := lived(t)
	there := empty(t)
	require.NoError(t, there.Beat(t.Context(), campaign.Daemon{Name: "d", Deadline: 2 * time.Second, StartedAt: noon, BeatAt: noon}))
	_, err := there.Fill(t.Context(), from.Dump(), nil)
	require.ErrorIs(t, err, dump.ErrNotEmpty)
	require.ErrorContains(t, err, "its table facts has rows: name another database or schema")

	path := filepath.Join(t.TempDir(), "x.db")
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o600))
	_, err = sqlite.Create(t.Context(), path, from.Dump(), nil)
	require.ErrorIs(t, err, dump.ErrNotEmpty)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "precious", string(b))
	_, err = sqlite.Create(t.Context(), filepath.Join(t.TempDir(), "none", "x.db"), from.Dump(), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = sqlite.Create(t.Context(), from.Path(), from.Dump(), nil)
	require.ErrorIs(t, err, sqlite.ErrLocked)
}

var errStopped = errors.New("stopped here")

// failing ends with an error after some rows of a table, or when all have been
// read.
type failing struct {
	dump.Source
	table string
	after int
}

func (s failing) Each(ctx context.Context, f func(dump.Table, dump.Rows) error) (dump.Numbers, error) {
	n, err := s.Source.Each(ctx, func(t dump.Table, rows dump.Rows) error {
		if t.Name == s.table {
			rows = &failingRows{Rows: rows, left: s.after}
		}
		return f(t, rows)
	})
	if err == nil && s.table == "" {
		err = errStopped
	}
	return n, err
}

type failingRows struct {
	dump.Rows
	left int
}

func (r *failingRows) Next() bool { r.left--; return r.left >= 0 && r.Rows.Next() }
func (r *failingRows) Err() error {
	if r.left < 0 {
		return errStopped
	}
	return r.Rows.Err()
}

// A load that fails anywhere leaves nothing, and can be begun again.
func TestALoadThatFailsLeavesNothing(t *testing.T) {
	from := lived(t)
	there, dir := empty(t), t.TempDir()
	path := filepath.Join(dir, "x.db")
	nothing := sum(t, there.Dump())
	require.Zero(t, nothing.Rows())
	failures := []failing{{from.Dump(), "campaigns", 0}, {from.Dump(), "recipients", 5}, {from.Dump(), "events", 70}, {from.Dump(), "", 0}}
	for _, f := range failures {
		_, err := there.Fill(t.Context(), f, nil)
		require.ErrorIs(t, err, errStopped)
		require.Zero(t, sum(t, there.Dump()).Rows())
		_, err = sqlite.Create(t.Context(), path, f, nil)
		require.ErrorIs(t, err, errStopped)
	}
	_, err := sqlite.Create(t.Context(), path, from.Dump(), func(context.Context, *sqlite.Store) error { return errStopped })
	require.ErrorIs(t, err, errStopped)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err = sqlite.Create(stopped, path, from.Dump(), nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = there.Fill(stopped, from.Dump(), nil)
	require.ErrorIs(t, err, context.Canceled)
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{path + ".lock"}, left)

	// A file that a killed process has left is written over.
	require.NoError(t, os.WriteFile(path+".loading", []byte("half"), 0o600))
	_, err = sqlite.Create(t.Context(), path, from.Dump(), nil)
	require.NoError(t, err)
	require.NoFileExists(t, path+".loading")
	require.NoError(t, sum(t, from.Dump()).Same(sum(t, open(t, path, nil).Dump())))
	_, err = there.Fill(t.Context(), from.Dump(), nil)
	require.NoError(t, err)
}

// bent changes rows on their way: what a load has written is compared with what
// it has read, so this must not be what the comparison sees. Guards of the
// schema stand in force instead.
type bent struct {
	dump.Source
	table, column string
	value         any
}

func (s bent) Each(ctx context.Context, f func(dump.Table, dump.Rows) error) (dump.Numbers, error) {
	return s.Source.Each(ctx, func(t dump.Table, rows dump.Rows) error {
		if t.Name == s.table {
			for i, c := range t.Columns {
				if c.Name == s.column {
					rows = &bentRows{rows, i, s.value}
				}
			}
		}
		return f(t, rows)
	})
}

type bentRows struct {
	dump.Rows
	at    int
	value any
}

func (r *bentRows) Values() ([]any, error) {
	vs, err := r.Rows.Values()
	if err == nil {
		vs[r.at] = r.value
	}
	return vs, err
}

func TestGuardsStayInForce(t *testing.T) {
	from := lived(t)
	there, path := empty(t), filepath.Join(t.TempDir(), "x.db")
	for _, b := range []bent{
		{from.Dump(), "campaigns", "status", "asleep"},
		{from.Dump(), "results", "campaign", int64(1 << 40)},
		{from.Dump(), "ended", "attempt", bytes.Repeat([]byte{1}, 16)},
		{from.Dump(), "ended", "attempt", []byte{}},
		{from.Dump(), "recipients", "phone", ""},
		{from.Dump(), "campaigns", "draft", "no JSON"},
		{from.Dump(), "seals", "hash", []byte("short")},
	} {
		_, err := there.Fill(t.Context(), b, nil)
		require.ErrorIs(t, err, campaign.ErrConflict, "%s.%s", b.table, b.column)
		require.ErrorContains(t, err, "write the table "+b.table)
		_, err = sqlite.Create(t.Context(), path, b, nil)
		require.ErrorIs(t, err, campaign.ErrConflict, "%s.%s", b.table, b.column)
		require.ErrorContains(t, err, "write the table "+b.table)
	}
	// A character that PostgreSQL does not have.
	_, err := there.Fill(t.Context(), bent{from.Dump(), "recipients", "contact", "a\x00b"}, nil)
	require.ErrorContains(t, err, "write the table recipients")
}

// A store that was shut can be read, and refuses every change with the sentence
// it was given, to this program and to a process that was frozen meanwhile.
func TestShut(t *testing.T) {
	const why = "it's at postgres://db.example/campaigns since noon"
	from := lived(t)
	was := sum(t, from.Dump())
	url := servers.Postgres(t)
	there := unmigrated(t, url)
	text, err := there.ShutWhy(t.Context())
	require.NoError(t, err)
	require.Empty(t, text)
	require.NoError(t, there.Migrate(t.Context()))
	_, err = there.Fill(t.Context(), from.Dump(), nil)
	require.NoError(t, err)
	type shutter interface {
		campaign.Store
		Shut(context.Context, string) error
		Reopen(context.Context) error
		ShutWhy(context.Context) (string, error)
		Dump(...dump.Table) dump.Source
	}
	for _, s := range []shutter{from, there} {
		refused := func(want bool) {
			daemon := campaign.Daemon{Name: "zombie", Deadline: simulationDeadline(t, from), StartedAt: noon, BeatAt: noon}
			for name, err := range map[string]error{
				"beat": s.Beat(t.Context(), daemon),
				"command": s.Tenant("acme").Update(t.Context(), func(w campaign.Writer) error {
					return w.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{3})
				}),
				"inbox": s.Stash(t.Context(), []campaign.Notice{{Tenant: "acme", Instance: 1, ProviderID: "x", Kind: campaign.NoticeRead, At: noon, ArrivedAt: noon}}),
			} {
				if !want {
					require.NoError(t, err, name)
					continue
				}
				require.ErrorIs(t, err, dump.ErrShut, "%T %s", s, name)
				require.ErrorContains(t, err, why, "%T %s", s, name)
			}
		}
		require.NoError(t, s.Shut(t.Context(), "first"))
		require.NoError(t, s.Shut(t.Context(), why))
		text, err := s.ShutWhy(t.Context())
		require.NoError(t, err)
		require.Equal(t, why, text)
		refused(true)
		require.NoError(t, was.Same(sum(t, s.Dump())), "it can be read")
		require.NoError(t, s.Reopen(t.Context()))
		refused(false)
		text, err = s.ShutWhy(t.Context())
		require.NoError(t, err)
		require.Empty(t, text)
		require.NoError(t, s.Shut(t.Context(), why))
	}
	err = unmigrated(t, url).Migrate(t.Context())
	require.ErrorIs(t, err, dump.ErrShut)
	require.ErrorContains(t, err, why)

	require.NoError(t, from.Close())
	_, err = sqlite.Open(t.Context(), from.Path(), nil)
	require.ErrorIs(t, err, dump.ErrShut)
	require.ErrorContains(t, err, why)
	ro := open(t, from.Path(), &sqlite.Options{ReadOnly: true})
	clean(t, ro)
	require.NoError(t, ro.Close())
	again := open(t, from.Path(), &sqlite.Options{Shut: true})
	require.NoError(t, again.Reopen(t.Context()))
	require.NoError(t, again.Close())
	open(t, from.Path(), nil)
}

// While a loaded store is being finished it can be written, but sends nothing.
func TestNothingIsSentBeforeTheEnd(t *testing.T) {
	from := lived(t)
	url := servers.Postgres(t)
	there := unmigrated(t, url)
	require.NoError(t, there.Migrate(t.Context()))
	daemon := campaign.Daemon{Name: "early", Deadline: simulationDeadline(t, from), StartedAt: noon, BeatAt: noon}
	write := func(s campaign.Store) error {
		return s.Tenant("acme").Update(t.Context(), func(w campaign.Writer) error {
			return w.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{9})
		})
	}
	_, err := there.Fill(t.Context(), from.Dump(), func(ctx context.Context, s *postgres.Store) error {
		require.ErrorIs(t, s.Beat(ctx, daemon), dump.ErrShut)
		require.ErrorIs(t, unmigrated(t, url).Migrate(ctx), dump.ErrShut)
		return write(s)
	})
	require.NoError(t, err)
	require.NoError(t, there.Beat(t.Context(), daemon))

	other := empty(t)
	_, err = other.Fill(t.Context(), from.Dump(), func(context.Context, *postgres.Store) error { return errStopped })
	require.ErrorIs(t, err, errStopped)
	err = other.Beat(t.Context(), daemon)
	require.ErrorIs(t, err, dump.ErrShut)
	require.ErrorContains(t, err, "drop the schema campaigns and load it again")
}

// What holds for the whole store moves with it: a stop of everything stays until
// somebody ends it, and opt-outs stay under the key that was made for the store.
func TestMovingKeepsTheStopAndTheKey(t *testing.T) {
	ctx := t.Context()
	engine := func(s campaign.Store, o *campaign.Options) (*campaign.Engine, *campaign.Service) {
		e, err := campaign.New(s, &moody{}, o)
		require.NoError(t, err)
		return e, e.As(campaign.Caller{Tenant: "acme", Author: "ana", Role: campaign.Host})
	}
	left := contact.Phone("+5511900000001")
	from := open(t, filepath.Join(unsynced(t), "from.db"), nil)
	e, s := engine(from, nil)
	require.NoError(t, s.OptOut(ctx, campaign.Because("asked"), left))
	_, err := e.StopAll(ctx, "ana", "a test")
	require.NoError(t, err)

	there := empty(t)
	_, err = there.Fill(ctx, from.Dump(), nil)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "monday.dump")
	_, err = dump.WriteFile(ctx, file, there.Dump(), dump.Header{MadeAt: noon, Store: "postgres"})
	require.NoError(t, err)
	f, err := dump.OpenFile(file)
	require.NoError(t, err)
	defer f.Close()
	back := filepath.Join(t.TempDir(), "back.db")
	_, err = sqlite.Create(ctx, back, f, nil)
	require.NoError(t, err)

	for name, store := range map[string]campaign.Store{"PostgreSQL": there, "SQLite": open(t, back, nil)} {
		other, _ := engine(store, &campaign.Options{Secret: []byte("another")})
		require.ErrorIs(t, other.CheckSecret(ctx), campaign.ErrSecret, name)
		e, s := engine(store, nil)
		h, on, err := e.StoppedAll(ctx)
		require.NoError(t, err)
		require.True(t, on, name)
		require.Equal(t, "a test", h.Reason)
		out, err := s.OptedOut(ctx, left)
		require.NoError(t, err)
		require.Equal(t, []bool{true}, out, name)
	}
}
