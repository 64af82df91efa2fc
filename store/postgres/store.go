package postgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// Options of a Store. The zero value is good.
type Options struct {
	// Schema is the SQL schema that the store has for itself: up to 40 lower
	// case letters, digits and underscores. Stores on one schema share their
	// rows, those on different ones know nothing of each other. Defaults to
	// "campaigns".
	Schema string
	// LockTimeout bounds how long a statement waits for the lock of another
	// transaction. Defaults to 5 s.
	LockTimeout time.Duration
	// StatementTimeout bounds each statement. Defaults to 30 s.
	StatementTimeout time.Duration
	// IdleTimeout is when the server ends a transaction of the ledger whose
	// process has stopped talking, so that a frozen daemon does not hold the
	// others up. Defaults to 2 s.
	IdleTimeout time.Duration
	// Tries is how often a transaction of the ledger is run that loses to
	// another one, with fresh rows and a growing pause before each. Defaults to 8.
	Tries int
	// NoWall leaves the tenants' second wall out, for a database where Migrate
	// can make no role and nobody can make it: see [Wall].
	NoWall bool
	// Direct is a connection string that leads to the server itself, where the
	// pool leads to a pooler in transaction mode: Migrate and Wakes use it.
	// Defaults to the pool's own settings.
	Direct string
}

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

func (o *Options) fill() (Options, error) {
	var f Options
	if o != nil {
		f = *o
	}
	if f.Schema == "" {
		f.Schema = "campaigns"
	}
	if !schemaName.MatchString(f.Schema) || strings.HasPrefix(f.Schema, "pg_") {
		return f, fmt.Errorf("postgres: %q is no name for the store's schema: use up to 40 lower case letters, digits and underscores, not beginning with pg_ or a digit", f.Schema)
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&f.LockTimeout, 5 * time.Second}, {&f.StatementTimeout, 30 * time.Second}, {&f.IdleTimeout, 2 * time.Second}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
		*d.field = max(*d.field, time.Millisecond) // 0 would switch the limit off
	}
	if f.Tries <= 0 {
		f.Tries = 8
	}
	return f, nil
}

// Store keeps campaigns in a schema of a PostgreSQL database. It implements
// campaign.Store, is safe for concurrent use, also by any number of processes
// on one database, and starts no goroutines of its own.
type Store struct {
	pool    *pgxpool.Pool
	options Options
	records *sql.DB
	shared  *sqlrecords.Dialect
	closed  atomic.Bool
	name    string // what this store's notifications say

	// How each kind of transaction begins.
	writes, reads  string // of the ledger
	update, viewed string // of the records
	// What a transaction over whole tables sets, and one that must last.
	atLeisure, durable string
}

var _ campaign.Store = (*Store)(nil)

// New makes a Store on a pool, which stays the caller's: its size bounds how
// much the store does at a time, and the caller closes it after the store. New
// does not connect. Call Migrate before the first use of a database, and after
// each update of the program.
func New(pool *pgxpool.Pool, o *Options) (*Store, error) {
	if pool == nil {
		return nil, errors.New("postgres: New needs a pool: make one with pgxpool.New")
	}
	opt, err := o.fill()
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, options: opt, records: stdlib.OpenDBFromPool(pool), name: rand.Text()}
	s.shared = &sqlrecords.Dialect{Error: explain,
		// An array is looked up by an index; a subquery could be joined with the
		// whole table instead, and was, where the table had grown since its
		// statistics were made.
		Ints:  "= ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text(%s::text::json)))",
		Texts: "= ANY (ARRAY(SELECT value FROM json_array_elements_text(%s::text::json)))",
		Blobs: "= ANY (ARRAY(SELECT decode(value, 'hex') FROM json_array_elements_text(%s::text::json)))", Insert: insertArrays, Update: updateArrays, RowValues: true,
		// Beside an equality alone, an index of all rows of the owner looks as good
		// while there are few: a plan that was made then went through all of them,
		// for each batch of an import. In the order of phones only one index gives
		// them.
		ByPhone: `json_array_elements_text($2::text::json) v (phone) CROSS JOIN LATERAL (SELECT * FROM %[1]s x
			WHERE x.%[2]s = $1 AND x.phone >= v.phone COLLATE "C" AND x.phone <= v.phone COLLATE "C" ORDER BY x.phone LIMIT 1) x`,
		NextRev: "SELECT nextval('document_revs')", Hold: holdContacts}

	// A pool behind a pooler may get another connection for each transaction,
	// so each sets what it needs, for itself alone.
	place := `set local search_path to "` + opt.Schema + `", pg_temp; set local statement_timeout to ` + millis(opt.StatementTimeout) + `; `
	// A take that is lost after its message has gone out is a message sent
	// twice, so commits wait for the disk whatever the database's default is.
	durable := `set local lock_timeout to ` + millis(opt.LockTimeout) + `; ` +
		`select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'; `
	// The ledger looks rows up by their keys. A plan that was made while a table
	// was empty would go through all of it later.
	keyed := `set local enable_seqscan to off; set local enable_hashjoin to off; set local enable_mergejoin to off; ` +
		`set local enable_bitmapscan to off; set local jit to off; set local plan_cache_mode to force_generic_plan; `
	s.writes = `begin isolation level read committed read write; ` + place + durable + keyed +
		`set local idle_in_transaction_session_timeout to ` + millis(opt.IdleTimeout)
	s.reads = `begin isolation level repeatable read read only; ` + place + keyed
	// So do the records, whose tables may be a million rows larger than their
	// statistics say.
	s.update = place + durable + keyed
	s.viewed = place + keyed
	s.atLeisure = place + `set local statement_timeout to 0; set local idle_in_transaction_session_timeout to 0`
	s.durable = durable
	return s, nil
}

func millis(d time.Duration) string { return fmt.Sprintf("'%dms'", d.Milliseconds()) }

// Close ends the store: every later call returns campaign.ErrClosed. The pool
// stays open. It may be repeated.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.records.Close()
}

func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return fmt.Errorf("postgres: %w", campaign.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("postgres: nothing was done: %w", err)
	}
	return nil
}

// holdContacts is how long a change of many contacts may last. Only other changes
// of the same tenant's contacts wait for its end, and an erasure, behind which
// the tenant's takes wait; it is a twentieth of the LockTimeout by default.
const holdContacts = 250 * time.Millisecond

// The advisory locks of a tenant have these words before its name, after the
// schema. Their keys are hashes: two tenants that share one wait for each
// other now and then, no more.
const (
	// lockTenant: commands take it alone, the ledger takes it together.
	lockTenant = "/tenant/"
	// lockLog: whoever adds to a tenant's logs holds it alone until the
	// commit, so that the Seqs of its events become visible in their order, and
	// whoever stashes reports holds it together.
	lockLog = "/log/"
	// lockContacts: whoever writes a tenant's contacts or groups, but for
	// members who are added.
	lockContacts = "/contacts/"
	// lockMembers: whoever adds a tenant's members to groups, or takes members,
	// contacts or groups away. It comes after lockContacts.
	lockMembers = "/members/"
)

func (s *Store) lock(kind string) string { return "campaigns/" + s.options.Schema + kind }

// read runs f in a transaction that sees one snapshot.
func (s *Store) read(ctx context.Context, f func(pgx.Tx) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	t, err := s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: s.reads})
	if err != nil {
		return fmt.Errorf("postgres: %w", explain(err))
	}
	defer rollback(ctx, t)
	return explain(f(t))
}
