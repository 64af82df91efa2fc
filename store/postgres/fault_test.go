package postgres

import (
	"context"
	"net/url"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// failing makes the database refuse so many insertions of attempts, with a
// code, that a transaction loses against others.
func (w *world) failing(times, code string) {
	w.Helper()
	require.NoError(w, w.raw(`CREATE SEQUENCE tries`, `CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('tries') <= `+times+` THEN RAISE EXCEPTION USING ERRCODE = '`+code+`', MESSAGE = 'another one won'; END IF;
			RETURN NEW;
		END $$`, `CREATE TRIGGER lose BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION lose()`))
}

// A transaction that loses is run again, with fresh rows, and leaves one trace.
func TestRetry_WithFreshRows(t *testing.T) {
	for _, code := range []string{"40001", "40P01", "55P03"} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t, nil)
			id := w.campaign("acme", 1, 0, 3)
			w.failing("2", code)
			var seen []*campaign.Rows
			r, err := w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(r *campaign.Rows) {
				require.Zero(t, r.Jobs[id].Cursor.Position)
				require.Empty(t, r.Begin)
				seen = append(seen, r)
				w.plan(1)(r)
			})
			require.NoError(t, err)
			require.Len(t, seen, 3)
			require.Same(t, seen[2], r)
			b := w.books("acme", id)
			require.EqualValues(t, 1, b.Flying)
			require.EqualValues(t, 1, b.Cursor.Picked[1])
		})
	}
}

func TestRetry_Ends(t *testing.T) {
	w := newWorld(t, &Options{Tries: 3})
	id := w.campaign("acme", 1, 0, 3)
	w.failing("9", "40001")
	calls := 0
	plan := func(r *campaign.Rows) { calls++; w.plan(1)(r) }
	_, err := w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, plan)
	require.ErrorIs(t, err, ErrBusy)
	require.NotErrorIs(t, err, campaign.ErrConflict)
	require.Equal(t, 3, calls)
	require.Equal(t, campaign.Books{}, w.books("acme", id))

	ctx, cancel := context.WithCancel(w.ctx)
	_, err = w.Take(ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(r *campaign.Rows) { w.plan(1)(r); cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

// A daemon that is frozen while it holds a campaign does not hold the others
// up, and its transaction is ended by the server.
func TestFrozenHolder_IsGoneAround(t *testing.T) {
	w := newWorld(t, &Options{LockTimeout: 100 * time.Millisecond})
	held := w.campaign("acme", 1, 0, 3)
	free := w.campaign("acme", 1, 100, 3)
	frozen := w.session()
	_, err := frozen.Exec(w.ctx, `begin; select * from progress where campaign = 1 for update`)
	require.NoError(t, err)
	as := w.take(9, 1)
	require.Len(t, as, 1)
	require.Equal(t, free, as[0].Recipient.Campaign)
	_, err = frozen.Exec(w.ctx, `rollback`)
	require.NoError(t, err)
	as = w.take(9, 1)
	require.NotEmpty(t, as)
	require.Equal(t, held, as[0].Recipient.Campaign)
}

// A plan that takes longer than the server waits loses its transaction, and
// nothing of it stays.
func TestIdleTransaction_IsEndedByTheServer(t *testing.T) {
	w := newWorld(t, &Options{IdleTimeout: 50 * time.Millisecond, Tries: 2})
	id := w.campaign("acme", 1, 0, 3)
	calls := 0
	r, err := w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(r *campaign.Rows) {
		if calls++; calls == 1 {
			w.waitFor(`SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%')`)
		}
		w.plan(1)(r)
	})
	require.NoError(t, err)
	require.Equal(t, 2, calls)
	require.Len(t, r.Begin, 1)
	require.EqualValues(t, 1, w.books("acme", id).Flying)
	require.EqualValues(t, 1, w.books("acme", id).Cursor.Picked[1])
}

// A statement that fails in an Update ends it, even if the function goes on.
func TestUpdate_GoesNowhereAfterAnError(t *testing.T) {
	w := newWorld(t, nil)
	w.campaign("acme", 1, 0, 3)
	err := w.Tenant("acme").Update(w.ctx, func(tx campaign.Writer) error {
		require.NoError(t, tx.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{7}))
		require.ErrorIs(t, tx.SaveInstance(&campaign.Instance{Remote: "remote-1", Rev: 1}), campaign.ErrConflict)
		require.ErrorIs(t, tx.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{8}), campaign.ErrConflict)
		return nil
	})
	require.ErrorIs(t, err, campaign.ErrConflict)
	w.view("acme", func(r campaign.Reader) error {
		s, err := r.Suppressed([]campaign.SuppressionKey{{7}, {8}})
		require.Equal(t, []bool{false, false}, s)
		return err
	})
}

// An answer to COMMIT that is lost leaves open what was stored, and says so;
// what is lost before it has stored nothing, and is done again.
func TestLostAnswers(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*servers.Proxy)
		is    error
		taken int64
	}{
		{"the answer to COMMIT", func(p *servers.Proxy) { p.LoseAnswer("commit\x00") }, ErrCommit, 1},
		{"the COMMIT", func(p *servers.Proxy) { p.LoseRequest("commit\x00") }, ErrCommit, 0},
		{"the answer to the attempts", func(p *servers.Proxy) { p.LoseAnswer("INSERT INTO attempts") }, nil, 1},
		{"the beginning", func(p *servers.Proxy) { p.LoseRequest("begin isolation") }, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			id := w.campaign("acme", 1, 0, 9)
			direct := w.pool.Config().ConnString()
			p := servers.NewProxy(t, target(t, direct))
			far := &world{TB: t, Store: connect(t, p.URL(direct)), ctx: w.ctx}
			c.set(p)
			_, err := far.Take(far.ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, far.plan(1))
			if c.is == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, c.is)
			}
			w.waitFor(`SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%')`)
			require.Equal(t, c.taken, w.books("acme", id).Flying)
			require.Equal(t, c.taken, w.books("acme", id).Cursor.Position)

			// The store goes on, and a settlement whose answer is lost may be repeated.
			as := append(far.take(1, 2), far.take(1, 2)...)
			require.NotEmpty(t, as)
			p.LoseAnswer("commit\x00")
			require.ErrorIs(t, far.settle(as), ErrCommit)
			require.NoError(t, far.settle(as))
			require.EqualValues(t, len(as), w.books("acme", id).Tally.Sent)

			p.LoseAnswer("commit\x00")
			err = far.Tenant("acme").Update(far.ctx, func(tx campaign.Writer) error {
				return tx.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{1})
			})
			require.ErrorIs(t, err, ErrCommit)
		})
	}
}

// target is where the server of a URL listens.
func target(t testing.TB, raw string) string {
	u, err := url.Parse(raw)
	require.NoError(t, err)
	if dir := u.Query().Get("host"); dir != "" {
		return dir + "/.s.PGSQL." + u.Query().Get("port")
	}
	return u.Host
}

func TestErrors_NameWhatToDo(t *testing.T) {
	ctx := context.Background()
	s := connect(t, servers.Postgres(t))
	_, err := s.Agenda(ctx, noon, 1)
	require.ErrorIs(t, err, ErrSchema)
	require.ErrorIs(t, s.Tenant("acme").View(ctx, func(r campaign.Reader) error { _, err := r.Numbers(); return err }), ErrSchema)
	require.ErrorIs(t, s.Beat(ctx, campaign.Daemon{Name: "d"}), ErrSchema)

	w := newWorld(t, &Options{StatementTimeout: 50 * time.Millisecond})
	require.ErrorIs(t, w.raw(`SELECT pg_sleep(30)`), ErrBusy)
	require.ErrorIs(t, w.raw(`SET TRANSACTION READ ONLY`, `INSERT INTO facts VALUES ('x', 1)`), ErrReadOnly)

	pool, err := pgxpool.New(ctx, "postgres://nobody@127.0.0.1:1/none?connect_timeout=2")
	require.NoError(t, err)
	defer pool.Close()
	away, err := New(pool, nil)
	require.NoError(t, err)
	_, err = away.Agenda(ctx, noon, 1)
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorIs(t, away.Tenant("a").Update(ctx, func(campaign.Writer) error { return nil }), ErrUnavailable)
	require.ErrorIs(t, away.Migrate(ctx), ErrUnavailable)

	w.pool.Close()
	_, err = w.Agenda(ctx, noon, 1)
	require.ErrorIs(t, err, ErrUnavailable)
}

func TestNew_Options(t *testing.T) {
	_, err := New(nil, nil)
	require.ErrorContains(t, err, "pgxpool.New")
	pool, err := pgxpool.New(context.Background(), "postgres://nobody@127.0.0.1:1/none")
	require.NoError(t, err)
	defer pool.Close()
	for _, name := range []string{"Upper", "with space", `quo"te`, "1st", "pg_mine", "a-b", "é", "a012345678901234567890123456789012345678901"} {
		_, err := New(pool, &Options{Schema: name})
		require.ErrorContains(t, err, "lower case", name)
	}
	s, err := New(pool, &Options{Schema: "mine_2", LockTimeout: time.Microsecond})
	require.NoError(t, err)
	require.Contains(t, s.writes, `search_path to "mine_2"`)
	require.Contains(t, s.writes, `lock_timeout to '1ms'`)
}

// Two stores in schemas of their own know nothing of each other, also on one
// pool whose connections have seen both.
func TestSchemas_AreApart(t *testing.T) {
	ctx := context.Background()
	config, err := pgxpool.ParseConfig(servers.Postgres(t))
	require.NoError(t, err)
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(ctx, config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	var worlds []*world
	for _, name := range []string{"left_side", "right_side"} {
		s, err := New(pool, &Options{Schema: name})
		require.NoError(t, err)
		require.NoError(t, s.Migrate(ctx))
		worlds = append(worlds, &world{TB: t, Store: s, ctx: ctx})
	}
	left, right := worlds[0], worlds[1]
	id := left.campaign("acme", 2, 0, 5)
	for range 8 { // past the number of runs after which plans are kept
		require.Empty(t, right.take(9, 1))
		_, err := left.Take(ctx, campaign.TakeQuery{Now: noon, Max: 1, Slots: 1}, func(r *campaign.Rows) { require.NotEmpty(t, r.Turns) })
		require.NoError(t, err)
	}
	as := left.take(9, 1)
	require.Len(t, as, 2)
	require.NoError(t, left.settle(as))
	require.EqualValues(t, 2, left.books("acme", id).Tally.Sent)
	right.view("acme", func(r campaign.Reader) error {
		list, err := r.Campaigns(campaign.CampaignQuery{})
		require.Empty(t, list)
		return err
	})
	var path string
	require.NoError(t, pool.QueryRow(ctx, `show search_path`).Scan(&path))
	require.Equal(t, `"$user", public`, path, "the pool's connections are left as they were")
}

// Several daemons that start at once bring the schema up to date once; a newer
// one is refused; a step that fails leaves nothing.
func TestMigrate(t *testing.T) {
	ctx := context.Background()
	url := servers.Postgres(t)
	errs := make(chan error, 4)
	for range 4 {
		s := connect(t, url)
		go func() { errs <- s.Migrate(ctx) }()
	}
	for range 4 {
		require.NoError(t, <-errs)
	}
	s := connect(t, url)
	require.NoError(t, s.Migrate(ctx))
	w := &world{TB: t, Store: s, ctx: ctx}
	id := w.campaign("acme", 1, 0, 3)

	files := stepsTo(t, 9999)
	next := "99999_"
	files[next+"broken.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE half (a int);\nSELECT 1/0;\n")}
	require.Error(t, s.migrate(ctx, files))
	require.ErrorIs(t, w.raw(`SELECT * FROM half`), ErrSchema)
	files[next+"broken.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE whole (a int);\n")}
	require.NoError(t, s.migrate(ctx, files))
	require.NoError(t, w.raw(`SELECT * FROM whole`))
	require.ErrorIs(t, s.Migrate(ctx), ErrNewer)
	require.EqualValues(t, 3, func() int64 {
		var c campaign.Campaign
		w.view("acme", func(r campaign.Reader) (err error) { c, err = r.Campaign(id); return err })
		return c.Total
	}())
}
