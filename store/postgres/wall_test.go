package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// neighbours is a store in which two tenants have rows in every table.
func neighbours(t *testing.T, o *Options) *world {
	w := newWorld(t, o)
	w.fillNeighbours()
	return w
}

func (w *world) fillNeighbours() {
	w.shared.Segment = 1
	for i, tenant := range []campaign.Tenant{"acme", "beta"} {
		w.campaign(tenant, 3, 100*i, 20)
		w.update(tenant, func(tx campaign.Writer) error {
			require.NoError(w, tx.SaveCalendar(campaign.Calendar{Rev: 1, States: []string{"SP"}}))
			require.NoError(w, tx.Suppress(noon, campaign.OutByOperator, campaign.SuppressionKey{1}))
			require.NoError(w, tx.Record(campaign.Event{Type: "noted", At: noon}))
			return tx.Seal(campaign.SealOver(campaign.Seal{}, tenant, []campaign.Event{{Seq: 1}}, noon))
		})
		book := w.Tenant(tenant).Contacts()
		up, err := book.UpsertContacts(w.ctx, noon, []contact.Contact{{Name: "Ana", Phone: phone(100 * i), Active: true, Tags: []string{"vip"}}})
		require.NoError(w, err)
		g, err := book.CreateGroup(w.ctx, noon, contact.Group{Name: "Todos"})
		require.NoError(w, err)
		_, err = book.AddMembers(w.ctx, noon, g.ID, []int64{up[0].ID})
		require.NoError(w, err)
	}
	as := w.take(9, 1)
	require.Len(w, as, 6)
	require.NoError(w, w.settle(as[2:4]))
	require.NoError(w, w.settle(as[:1]))
	require.NoError(w, w.settle(as[5:]))
	for _, id := range []string{"1", "2"} {
		require.NoError(w, w.raw(`UPDATE progress SET position = 9 WHERE campaign = `+id,
			`INSERT INTO waiting (campaign, position, due, tries, generation, why) VALUES (`+id+`, 5, 1, 0, 1, '')`))
	}
	for _, tenant := range []string{"acme", "beta"} {
		require.NoError(w, w.raw(`INSERT INTO notices (tenant, instance, provider_id, kind, at, arrived_at, known) VALUES ('`+tenant+`', 1, 'x', 'read', 1, 1, 0)`,
			`INSERT INTO documents (tenant, kind, name, rev, ref, data, expires_at) VALUES ('`+tenant+`', 'k', 'n', 1, '', '', 0)`,
			`INSERT INTO warm (tenant, phone, instance, since) VALUES ('`+tenant+`', '+5511900000001', 1, 1)`,
			`INSERT INTO contact_changed (tenant, contact) VALUES ('`+tenant+`', 1)`))
	}
}

// count is how many rows of a table a transaction of the records sees.
func (w *world) count(t campaign.Tenant, table string) (n int) {
	w.Helper()
	require.NoError(w, w.behind(t, func(tx *sql.Tx) error {
		return tx.QueryRowContext(w.ctx, `SELECT count(*) FROM `+table).Scan(&n)
	}))
	return n
}

func (w *world) behind(t campaign.Tenant, f func(*sql.Tx) error) error {
	return w.Store.view(w.ctx, w.within(t), f)
}

// SQL without a word of a tenant sees, changes and removes the rows of the one
// tenant whose transaction it is in.
func TestWall_RawSQL(t *testing.T) {
	w := neighbours(t, nil)
	for _, table := range walled {
		t.Run(table.table, func(t *testing.T) {
			var all int
			require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT count(*) FROM campaigns.`+table.table).Scan(&all))
			acme, beta := w.count("acme", table.table), w.count("beta", table.table)
			require.Positive(t, acme)
			require.Positive(t, beta)
			require.Equal(t, all, acme+beta)
			require.Zero(t, w.count("nobody", table.table))
			require.Zero(t, w.count("", table.table))
			for _, change := range []string{`DELETE FROM ` + table.table, `UPDATE ` + table.table + ` SET ` + column(t, w, table.table) + ` = ` + column(t, w, table.table)} {
				require.NoError(t, w.changesNothing(t, "nobody", change), change)
			}
		})
	}
	for _, c := range []string{
		`INSERT INTO suppressed (tenant, key, at) VALUES ('beta', '\x` + strings.Repeat("02", 32) + `', 1)`,
		`UPDATE campaigns SET tenant = 'beta'`,
		`INSERT INTO recipients (campaign, position, phone, contact) VALUES (2, 21, '+5511900009999', '{}')`,
		`INSERT INTO events (tenant, at, type, campaign, position, instance, message, author, why) VALUES ('beta', 1, 'x', 0, 0, 0, 0, '', '')`,
	} {
		err := w.Store.change(w.ctx, w.within("acme"), func(tx *sql.Tx) error { _, err := tx.ExecContext(w.ctx, c); return err })
		require.ErrorIs(t, err, ErrReadOnly, c)
		require.ErrorContains(t, err, "row-level security", c)
	}
	for _, table := range []string{"daemons", "facts", "locks", "goose_db_version"} {
		require.Error(t, w.behind("acme", func(tx *sql.Tx) error { _, err := tx.ExecContext(w.ctx, `SELECT * FROM `+table); return err }), table)
	}
}

// changesNothing executes a statement that may change nothing: the rows of others are
// not there for it.
func (w *world) changesNothing(t *testing.T, tenant campaign.Tenant, query string) error {
	return w.Store.change(w.ctx, w.within(tenant), func(tx *sql.Tx) error {
		r, err := tx.ExecContext(w.ctx, query)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		require.Zero(t, n)
		return err
	})
}

// column is the first column of a table.
func column(t *testing.T, w *world, table string) (name string) {
	require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT attname FROM pg_attribute WHERE attrelid = ('campaigns.' || $1)::regclass AND attnum = 1`, table).Scan(&name))
	return name
}

// forgetful runs statements as a program would whose WHERE forgets the tenant.
type forgetful struct {
	sqlrecords.DB
	forgot *int
}

var naming = regexp.MustCompile(`(\w+\.)?tenant = (\$\d+)`)

func (f forgetful) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	wrong := naming.ReplaceAllString(query, `($2::text = $2::text)`)
	if wrong != query {
		*f.forgot++
	}
	return f.DB.QueryContext(ctx, wrong, args...)
}

// reads are what a tenant's records answer, as text.
func reads(t *testing.T, r campaign.Reader) (list []string) {
	add := func(v any, err error) {
		require.NoError(t, err)
		list = append(list, fmt.Sprintf("%+v", v))
	}
	cs, err := r.Campaigns(campaign.CampaignQuery{})
	add(cs, err)
	ns, err := r.Numbers()
	add(ns, err)
	es, err := r.Events(campaign.EventQuery{})
	add(es, err)
	seals, err := r.Seals(0, 10)
	add(seals, err)
	cal, err := r.Calendar()
	add(cal, err)
	sup, err := r.Suppressed([]campaign.SuppressionKey{{1}})
	add(sup, err)
	for id := campaign.ID(1); id <= 2; id++ {
		flights, err := r.Flights(id)
		add(flights, err)
		history, err := r.History(id, 0, 100)
		add(history, err)
		people, err := r.Recipients(campaign.RecipientQuery{Campaign: id})
		add(people, err)
	}
	return list
}

// A store that forgets to name the tenant answers what one does that does not,
// where the wall stands; and where there is none it does not.
func TestWall_HoldsAForgetfulStore(t *testing.T) {
	for _, open := range []bool{false, true} {
		t.Run(fmt.Sprintf("no wall %v", open), func(t *testing.T) {
			w := neighbours(t, &Options{NoWall: open})
			differ := 0
			for _, tenant := range []campaign.Tenant{"acme", "beta"} {
				forgot := 0
				require.NoError(t, w.behind(tenant, func(tx *sql.Tx) error {
					right := reads(t, w.shared.Reader(w.ctx, tx, tenant))
					wrong := reads(t, w.shared.Reader(w.ctx, forgetful{tx, &forgot}, tenant))
					for i := range right {
						if right[i] != wrong[i] {
							differ++
						}
					}
					return nil
				}))
				require.GreaterOrEqual(t, forgot, 9)
				// A person of the other tenant, by number.
				theirs := map[campaign.Tenant]int64{"acme": 2, "beta": 1}[tenant]
				err := w.behind(tenant, func(tx *sql.Tx) error {
					_, err := w.shared.Contacts(here{forgetful{tx, &forgot}}, tenant).Contact(w.ctx, theirs)
					return err
				})
				if open {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, contact.ErrNotFound)
				}
			}
			if open {
				require.Greater(t, differ, 4)
			} else {
				require.Zero(t, differ)
			}
		})
	}
}

// here runs all in the transaction that it is in.
type here struct{ db sqlrecords.DB }

func (h here) Read(_ context.Context, f func(sqlrecords.DB) error) error  { return f(h.db) }
func (h here) Write(_ context.Context, f func(sqlrecords.DB) error) error { return f(h.db) }
func (h here) Store(_ context.Context, f func(sqlrecords.DB) error) error { return f(h.db) }
func (h here) Join(_ context.Context, f func(sqlrecords.DB) error) error  { return f(h.db) }

// Every table that is not known to hold nothing of tenants is walled.
func TestWall_NoTableIsForgotten(t *testing.T) {
	w := newWorld(t, nil)
	rows, err := w.pool.Query(w.ctx, `SELECT relname FROM pg_class WHERE relnamespace = 'campaigns'::regnamespace AND relkind IN ('r', 'p')`)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	known := []string{"daemons", "facts", "locks", "goose_db_version"} // of the whole store
	for _, table := range walled {
		known = append(known, table.table)
	}
	require.ElementsMatch(t, known, all)
}

// A name that is no name of a tenant cannot break out of the statement.
func TestWall_NamesAreNames(t *testing.T) {
	w := neighbours(t, nil)
	for _, name := range []campaign.Tenant{`acme'; reset role; --`, `\`, `'`, "*", "%", "acme "} {
		require.Zero(t, w.count(name, "campaigns"), name)
	}
}

// account makes a user who may log in, and the URL by which it does.
func account(t *testing.T, w *world, name, rights string) (at string) {
	t.Helper()
	_, err := w.pool.Exec(w.ctx, `CREATE ROLE `+name+` LOGIN PASSWORD 'test' `+rights)
	require.NoError(t, err)
	t.Cleanup(func() {
		for _, q := range []string{`REASSIGN OWNED BY ` + name + ` TO CURRENT_USER`, `DROP OWNED BY ` + name, `DROP ROLE ` + name} {
			if _, err := w.pool.Exec(context.Background(), q); err != nil {
				t.Error(err)
			}
		}
	})
	u, err := url.Parse(w.pool.Config().ConnString())
	require.NoError(t, err)
	u.User = url.UserPassword(name, "test")
	return u.String()
}

// The ledger sees all tenants and the records one, whoever the daemon is: the
// owner of the tables, or somebody who was granted them.
func TestWall_WithoutASuperuser(t *testing.T) {
	admin := &world{TB: t, Store: connect(t, servers.Postgres(t)), ctx: t.Context()}
	owner := account(t, admin, "wall_owner", "CREATEROLE")
	_, err := admin.pool.Exec(admin.ctx, `DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO wall_owner', current_database()); END $$`)
	require.NoError(t, err)
	one := &world{TB: t, Store: connect(t, owner), ctx: t.Context()}
	require.NoError(t, one.Migrate(one.ctx))
	one.fillNeighbours()
	state, err := one.Wall(one.ctx)
	require.NoError(t, err)
	require.Equal(t, Wall{Role: "campaigns_tenant", User: "wall_owner"}, state)

	user := account(t, admin, "wall_user", "")
	other := &world{TB: t, Store: connect(t, user), ctx: t.Context(), next: 1 << 32}
	_, err = one.pool.Exec(one.ctx, `GRANT USAGE ON SCHEMA campaigns TO wall_user;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA campaigns TO wall_user; GRANT USAGE ON ALL SEQUENCES IN SCHEMA campaigns TO wall_user`)
	require.NoError(t, err)
	err = other.Tenant("acme").View(other.ctx, func(campaign.Reader) error { return nil })
	require.ErrorIs(t, err, ErrSchema)
	require.ErrorContains(t, err, "wall")
	state, err = other.Wall(other.ctx)
	require.NoError(t, err)
	require.False(t, state.Stands())
	require.Contains(t, state.Gaps[0], "may not take")
	_, err = one.pool.Exec(one.ctx, `GRANT campaigns_tenant TO wall_user`)
	require.NoError(t, err)
	for _, w := range []*world{one, other} {
		as := w.take(3, 1)
		require.NotEmpty(t, as)
		require.NoError(t, w.settle(as))
		require.Equal(t, 1, w.count("acme", "campaigns"))
		require.Equal(t, 20, w.count("beta", "recipients"))
	}
}

// The check names what is missing, and Migrate mends it.
func TestWall_Check(t *testing.T) {
	w := newWorld(t, nil)
	state, err := w.Wall(w.ctx)
	require.NoError(t, err)
	require.True(t, state.Stands(), state.Gaps)
	require.True(t, state.Superuser, "the tests' own user")

	for _, c := range []struct{ breaks, says string }{
		{`DROP POLICY tenant_wall ON events`, "policy"},
		{`ALTER TABLE contacts DISABLE ROW LEVEL SECURITY`, "row-level security is off"},
		{`REVOKE SELECT ON results FROM campaigns_tenant`, "lacks rights"},
	} {
		require.NoError(t, w.raw(c.breaks))
		state, err := w.Wall(w.ctx)
		require.NoError(t, err)
		require.False(t, state.Stands(), c.breaks)
		require.Contains(t, state.Gaps[0], c.says)
		require.NoError(t, w.Migrate(w.ctx))
		state, err = w.Wall(w.ctx)
		require.NoError(t, err)
		require.True(t, state.Stands(), state.Gaps)
	}
	require.NoError(t, w.raw(`CREATE POLICY more ON events USING (true)`))
	state, err = w.Wall(w.ctx)
	require.NoError(t, err)
	require.Contains(t, state.Gaps[0], "further permissive policies")

	open := w.second(&Options{NoWall: true})
	state, err = open.Wall(w.ctx)
	require.NoError(t, err)
	require.False(t, state.Stands())
	require.NoError(t, open.Migrate(w.ctx))
}

// Who may make no role is told what to ask for.
func TestWall_WhoMayNotMakeARole(t *testing.T) {
	admin := &world{TB: t, Store: connect(t, servers.Postgres(t)), ctx: t.Context()}
	poor := account(t, admin, "wall_poor", "")
	_, err := admin.pool.Exec(admin.ctx, `CREATE SCHEMA own_room AUTHORIZATION wall_poor`)
	require.NoError(t, err)
	s := connectWith(t, poor, &Options{Schema: "own_room"})
	err = s.Migrate(t.Context())
	require.ErrorContains(t, err, `CREATE ROLE "own_room_tenant" NOLOGIN`)
	require.ErrorContains(t, err, "NoWall")
	require.NoError(t, connectWith(t, poor, &Options{Schema: "own_room", NoWall: true}).Migrate(t.Context()))
	_, err = admin.pool.Exec(admin.ctx, `CREATE ROLE own_room_tenant NOLOGIN; GRANT own_room_tenant TO wall_poor`)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.pool.Exec(context.Background(), `DROP OWNED BY own_room_tenant; DROP ROLE own_room_tenant`)
		require.NoError(t, err)
	})
	require.NoError(t, s.Migrate(t.Context()))
	state, err := s.Wall(t.Context())
	require.NoError(t, err)
	require.True(t, state.Stands(), state.Gaps)
}

// While a newer version migrates, a daemon of the version before writes: what is
// kept beside its rows needs no right that its role does not have yet.
func TestWall_AnEarlierVersionWritesBesideNewTables(t *testing.T) {
	w := neighbours(t, nil)
	derived := []string{"contact_segments", "contact_grams", "contact_changed", "contact_tag_sizes", "event_hours"}
	require.NoError(t, w.raw(`INSERT INTO contact_segments (tenant, first, through, size, ids) SELECT 'acme', min(id), max(id), count(*), '' FROM contacts WHERE tenant = 'acme' ON CONFLICT DO NOTHING`,
		`REVOKE ALL ON `+strings.Join(derived, ", ")+` FROM `+pgx.Identifier{w.options.role()}.Sanitize()))
	require.NoError(t, w.Store.change(w.ctx, w.within("acme"), func(tx *sql.Tx) error {
		for _, q := range []string{
			`INSERT INTO contact_tags (tenant, tag, contact) SELECT tenant, 'novo', id FROM contacts`,
			`UPDATE contacts SET search = 'bia'`,
			`DELETE FROM contact_tags`,
			`DELETE FROM contact_members`,
			`DELETE FROM contacts`,
			`INSERT INTO events (tenant, at, type, campaign, position, instance, message, author, why) VALUES ('acme', 1, 'campaign.paused', 1, 0, 0, 0, '', '')`,
		} {
			if _, err := tx.ExecContext(w.ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}))
	var changed, hours int
	require.NoError(t, w.pool.QueryRow(w.ctx, `SELECT (SELECT count(*) FROM campaigns.contact_changed WHERE tenant = 'acme'),
		(SELECT count(*) FROM campaigns.event_hours WHERE campaign = 1 AND type = 'campaign.paused')`).Scan(&changed, &hours))
	require.Equal(t, []int{1, 1}, []int{changed, hours})
}
