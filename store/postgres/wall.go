package postgres

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/jackc/pgx/v5"
)

// ownTenant is what the policy of a table asks of a row that has a tenant, and
// byParent of one that has a parent with one.
const ownTenant = `tenant = current_setting('campaigns.tenant', true)`

func byParent(table, column, parent string) string {
	return `EXISTS (SELECT 1 FROM ` + parent + ` parent WHERE parent.id = ` + table + `.` + column + ` AND parent.` + ownTenant + `)`
}

// walled are the tables that hold rows of tenants, and whose a row is. The role
// of the records may use these and no others.
var walled = []struct{ table, whose string }{
	{"campaigns", ownTenant},
	{"progress", byParent("progress", "campaign", "campaigns")},
	{"recipients", byParent("recipients", "campaign", "campaigns")},
	{"results", byParent("results", "campaign", "campaigns")},
	{"waiting", byParent("waiting", "campaign", "campaigns")},
	{"instances", ownTenant},
	{"meters", byParent("meters", "instance", "instances")},
	{"attempts", ownTenant},
	{"ended", ownTenant},
	{"events", ownTenant},
	{"seals", ownTenant},
	{"notices", ownTenant},
	{"calendars", ownTenant},
	{"suppressed", ownTenant},
	{"warm", ownTenant},
	{"documents", ownTenant},
	{"contacts", ownTenant},
	{"contact_tags", ownTenant},
	{"contact_groups", ownTenant},
	{"contact_members", byParent("contact_members", "team", "contact_groups")},
	{"contact_segments", ownTenant},
	{"contact_grams", byParent("contact_grams", "segment", "contact_segments")},
	{"contact_changed", ownTenant},
	{"contact_tag_sizes", ownTenant},
	{"event_hours", ownTenant},
}

// A policy whose text changes gets another name, so that Migrate sees that it
// is missing.
const policy = "tenant_wall"

// Wall tells how the tenants' second wall stands. The first is that the records
// of a tenant name it in every statement; the second is the server's: each
// transaction of the records takes a role that sees the rows of one tenant only,
// so that a statement that forgets to name it finds nothing of others.
type Wall struct {
	// Role is the role of the records' transactions, "" if Options leave the
	// wall out.
	Role string
	// User is whom the pool connects as, and Superuser tells that no policy
	// binds it: the records are walled in all the same, because of their role,
	// and whoever else connects as that user is not.
	User      string
	Superuser bool
	// Gaps says what is missing, each in a sentence. Migrate mends what it may.
	Gaps []string
}

// Stands tells whether there is a wall without gaps.
func (w Wall) Stands() bool { return w.Role != "" && len(w.Gaps) == 0 }

const (
	wallUser = `SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`
	wallRole = `SELECT rolsuper OR rolbypassrls, pg_has_role(oid, CASE WHEN current_setting('server_version_num')::int >= 160000
		THEN 'SET' ELSE 'MEMBER' END) FROM pg_roles WHERE rolname = $1`
	// wallTables answers, for each table that there is, what is missing.
	wallTables = `SELECT c.relname, NOT c.relrowsecurity,
			NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = $3),
			EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname <> $3 AND p.polpermissive),
			c.relowner = r.oid,
			NOT has_schema_privilege(r.oid, n.oid, 'USAGE') OR NOT has_table_privilege(r.oid, c.oid, 'SELECT')
				OR NOT has_table_privilege(r.oid, c.oid, 'INSERT') OR NOT has_table_privilege(r.oid, c.oid, 'UPDATE')
				OR NOT has_table_privilege(r.oid, c.oid, 'DELETE')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r
		WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND r.rolname = $2 ORDER BY c.relname`
)

// gaps is what is missing of a wall, by table.
type gaps struct {
	role                   bool // it does not exist
	grant                  bool // the user may not take it
	off, policy, rights    []string
	unbound, owned, others []string
	missing                []string
}

// Wall looks at the tenants' second wall. It changes nothing.
func (s *Store) Wall(ctx context.Context) (Wall, error) {
	if err := s.usable(ctx); err != nil {
		return Wall{}, err
	}
	w := Wall{Role: s.options.role()}
	if err := s.records.QueryRowContext(ctx, wallUser).Scan(&w.User, &w.Superuser); err != nil {
		return Wall{}, fmt.Errorf("postgres: look at the wall: %w", explain(err))
	}
	if w.Role == "" {
		w.Gaps = []string{"there is none: Options.NoWall is set"}
		return w, nil
	}
	g, err := s.gaps(ctx, s.records)
	if err != nil {
		return Wall{}, fmt.Errorf("postgres: look at the wall: %w", explain(err))
	}
	w.Gaps = g.sentences(w.Role, w.User)
	return w, nil
}

func (g *gaps) sentences(role, user string) (list []string) {
	say := func(yes bool, format string, args ...any) {
		if yes {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	names := func(tables []string) string { return strings.Join(tables, ", ") }
	say(g.role, "the role %q does not exist: call Migrate", role)
	say(g.grant, "%q may not take the role %q: call Migrate, or have somebody who may GRANT it", user, role)
	say(len(g.unbound) > 0, "the role %q is a superuser or has BYPASSRLS, so no policy binds it", role)
	say(len(g.owned) > 0, "the role %q owns, and so sees all of: %s", role, names(g.owned))
	say(len(g.missing) > 0, "tables are missing: %s: call Migrate", names(g.missing))
	say(len(g.off) > 0, "row-level security is off for: %s", names(g.off))
	say(len(g.policy) > 0, "no policy %s on: %s: call Migrate", policy, names(g.policy))
	say(len(g.others) > 0, "further permissive policies, which let more through, on: %s", names(g.others))
	say(len(g.rights) > 0, "the role %q lacks rights on: %s", role, names(g.rights))
	return list
}

// querier is a pool or a transaction of database/sql.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) gaps(ctx context.Context, q querier) (g gaps, err error) {
	role := s.options.role()
	var unbound, may bool
	switch err := q.QueryRowContext(ctx, wallRole, role).Scan(&unbound, &may); {
	case errors.Is(err, sql.ErrNoRows):
		g.role = true
		return g, nil
	case err != nil:
		return g, err
	}
	g.grant = !may
	if unbound {
		g.unbound = []string{role}
	}
	rows, err := q.QueryContext(ctx, wallTables, s.options.Schema, role, policy)
	if err != nil {
		return g, err
	}
	defer rows.Close()
	known := make(map[string]bool, len(walled))
	for _, w := range walled {
		known[w.table] = true
	}
	for rows.Next() {
		var (
			table                            string
			off, bare, others, owned, rights bool
		)
		if err := rows.Scan(&table, &off, &bare, &others, &owned, &rights); err != nil {
			return g, err
		}
		add := func(list *[]string, yes bool) {
			if yes {
				*list = append(*list, table)
			}
		}
		add(&g.owned, owned)
		if known[table] {
			delete(known, table)
			add(&g.off, off)
			add(&g.policy, bare)
			add(&g.others, others)
			add(&g.rights, rights)
		}
	}
	for _, w := range walled {
		if known[w.table] {
			g.missing = append(g.missing, w.table)
		}
	}
	return g, rows.Err()
}

// role is the role of the records' transactions, "" for none.
func (o *Options) role() string {
	if o.NoWall {
		return ""
	}
	return o.Schema + "_tenant"
}

// raise builds what is missing of the wall, and takes no lock where nothing is.
func (s *Store) raise(ctx context.Context, db *sql.DB) error {
	role := s.options.role()
	if role == "" {
		return nil
	}
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("postgres: the tenants' wall: %w", explain(err))
	}
	defer t.Rollback()
	err = s.raiseIn(ctx, t, role)
	if err == nil {
		err = t.Commit()
	}
	if code(err) == "42501" {
		return fmt.Errorf("postgres: the tenants' wall needs a role that this user may not make or take: let it have CREATEROLE, "+
			"or have an administrator run CREATE ROLE %q NOLOGIN; GRANT %q TO <this user>; or set Options.NoWall: %w", role, role, explain(err))
	}
	if err != nil {
		return fmt.Errorf("postgres: the tenants' wall: %w", explain(err))
	}
	return nil
}

func (s *Store) raiseIn(ctx context.Context, t *sql.Tx, role string) error {
	exec := func(query string, args ...any) error {
		_, err := t.ExecContext(ctx, query, args...)
		return err
	}
	if err := exec(`SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))`, s.lock("/wall")); err != nil {
		return err
	}
	g, err := s.gaps(ctx, t)
	if err != nil {
		return err
	}
	name := pgx.Identifier{role}.Sanitize()
	if g.role {
		// Roles belong to the cluster: another database's daemon may be making it.
		err := exec(`DO $$ BEGIN CREATE ROLE ` + name + ` NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`)
		if err != nil {
			return err
		}
		if g, err = s.gaps(ctx, t); err != nil {
			return err
		}
	}
	if g.grant {
		if err := exec(`GRANT ` + name + ` TO CURRENT_USER`); err != nil {
			return err
		}
	}
	if len(g.rights) > 0 {
		err := exec(`GRANT USAGE ON SCHEMA "` + s.options.Schema + `" TO ` + name + `; GRANT SELECT, INSERT, UPDATE, DELETE ON ` +
			strings.Join(g.rights, ", ") + ` TO ` + name)
		if err != nil {
			return err
		}
	}
	off, bare := make(map[string]bool), make(map[string]bool)
	for _, table := range g.off {
		off[table] = true
	}
	for _, table := range g.policy {
		bare[table] = true
	}
	for _, w := range walled {
		if bare[w.table] {
			// Everybody else, the ledger first of all, sees all rows. The owner
			// of the tables is not even asked: row security is not forced, which
			// would cost the ledger and forbid the owner a dump.
			rule := `(current_user <> '` + role + `' OR ` + w.whose + `)`
			if err := exec(`CREATE POLICY ` + policy + ` ON ` + w.table + ` USING ` + rule + ` WITH CHECK ` + rule); err != nil {
				return err
			}
		}
		if off[w.table] {
			if err := exec(`ALTER TABLE ` + w.table + ` ENABLE ROW LEVEL SECURITY`); err != nil {
				return err
			}
		}
	}
	return nil
}

// within is how a transaction of a tenant's records goes behind the wall. The
// name comes as hexadecimal digits, so it cannot be anything but a name.
func (s *Store) within(t campaign.Tenant) string {
	role := s.options.role()
	if role == "" {
		return ""
	}
	return `; set local role "` + role + `"; select set_config('campaigns.tenant', convert_from(decode('` +
		hex.EncodeToString([]byte(t)) + `', 'hex'), 'UTF8'), true)`
}
