package postgres

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// Tenant implements campaign.Store.
func (s *Store) Tenant(t campaign.Tenant) campaign.Records { return &records{s, t} }

type records struct {
	s      *Store
	tenant campaign.Tenant
}

// View implements campaign.Records.
func (r *records) View(ctx context.Context, f func(campaign.Reader) error) error {
	return r.s.view(ctx, r.s.within(r.tenant), func(t *sql.Tx) error {
		reader := r.s.shared.Reader(ctx, t, r.tenant)
		defer reader.End()
		return f(reader)
	})
}

// Update implements campaign.Records. It waits for the ledger's transactions
// that work on this tenant, and keeps further ones out.
func (r *records) Update(ctx context.Context, f func(campaign.Writer) error) error {
	return r.s.alone(ctx, r.tenant, func(t *sql.Tx) error {
		w := &commander{Writer: r.s.shared.Writer(ctx, t, r.tenant)}
		w.people = func() error { return r.s.exclude(ctx, t, r.tenant, lockContacts, lockMembers) }
		defer w.End()
		if err := f(w); err != nil || !w.woke {
			return err
		}
		_, err := t.ExecContext(ctx, notify, r.s.channel(), r.s.name)
		return err
	}, lockTenant)
}

// Contacts implements campaign.Records. Its methods that write exclude each
// other, but for members who join beside people who are stored, and neither an
// Update nor the ledger.
func (r *records) Contacts() contact.Store { return r.s.shared.Contacts(r, r.tenant) }

// Read, Write, Store and Join make records a sqlrecords.Crowd.
func (r *records) Read(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.s.view(ctx, r.s.within(r.tenant), func(t *sql.Tx) error { return f(t) })
}

func (r *records) Write(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.s.alone(ctx, r.tenant, func(t *sql.Tx) error { return f(t) }, lockContacts, lockMembers)
}

func (r *records) Store(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.s.alone(ctx, r.tenant, func(t *sql.Tx) error { return f(t) }, lockContacts)
}

func (r *records) Join(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.s.alone(ctx, r.tenant, func(t *sql.Tx) error { return f(t) }, lockMembers)
}

// view runs f in a transaction that sees one snapshot, behind the wall that
// within names.
func (s *Store) view(ctx context.Context, within string, f func(*sql.Tx) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	t, err := s.records.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("postgres: %w", explain(err))
	}
	defer t.Rollback()
	if _, err := t.ExecContext(ctx, s.viewed+within); err != nil {
		return begun(err)
	}
	return f(t)
}

const aloneLock = `SELECT pg_advisory_xact_lock(hashtextextended($1::text || $2::text, 0))`

// alone runs f in a transaction that holds locks of the tenant alone. They
// stand before every statement of f, each of which sees what had been
// committed when it began: so f sees whatever a transaction did that had one of
// them before. It is tried once: f may have changed values of its caller.
func (s *Store) alone(ctx context.Context, tenant campaign.Tenant, f func(*sql.Tx) error, kinds ...string) error {
	return s.change(ctx, s.within(tenant), func(t *sql.Tx) error {
		if err := s.exclude(ctx, t, tenant, kinds...); err != nil {
			return err
		}
		return f(t)
	})
}

// exclude waits for locks of the tenant, in their order, which the transaction
// then holds alone.
func (s *Store) exclude(ctx context.Context, t *sql.Tx, tenant campaign.Tenant, kinds ...string) error {
	for _, kind := range kinds {
		if _, err := t.ExecContext(ctx, aloneLock, s.lock(kind), string(tenant)); err != nil {
			return fmt.Errorf("postgres: wait for the tenant: %w", explain(err))
		}
	}
	return nil
}

// begun tells what went wrong at the beginning of a transaction. A role that is
// not there or not to be taken is the wall's.
func begun(err error) error {
	switch code(err) {
	case "22023", "42501":
		return fmt.Errorf("%w: the tenants' wall does not stand: %w", ErrSchema, err)
	}
	return fmt.Errorf("postgres: begin: %w", explain(err))
}

// change runs f in a transaction, once.
func (s *Store) change(ctx context.Context, within string, f func(*sql.Tx) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	conn, err := s.records.Conn(ctx)
	if err != nil {
		return fmt.Errorf("postgres: %w", explain(err))
	}
	defer conn.Close()
	// The transaction itself outlives the context, which is asked before the
	// commit, so that a COMMIT is not interrupted.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	t, err := conn.BeginTx(own, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("postgres: begin: %w", explain(err))
	}
	defer t.Rollback()
	if _, err := t.ExecContext(ctx, s.update+within); err != nil {
		return begun(err)
	}
	if err := f(t); err != nil {
		return explain(err)
	}
	return commit(ctx, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, cancel)()
		return t.Commit()
	})
}

// tenantsOfEvents steps from tenant to tenant, so its cost does not grow with
// the log.
const tenantsOfEvents = `WITH RECURSIVE t (tenant) AS (
		SELECT min(tenant) FROM events
		UNION ALL
		SELECT (SELECT min(e.tenant) FROM events e WHERE e.tenant > t.tenant) FROM t WHERE t.tenant IS NOT NULL
	) SELECT tenant FROM t WHERE tenant IS NOT NULL`

// Tenants implements campaign.Store.
func (s *Store) Tenants(ctx context.Context) (names []campaign.Tenant, err error) {
	err = s.read(ctx, func(t pgx.Tx) error {
		rows, err := t.Query(ctx, tenantsOfEvents)
		if err != nil {
			return err
		}
		return each(func(row pgx.Rows) error {
			var name string
			err := row.Scan(&name)
			names = append(names, campaign.Tenant(name))
			return err
		})(rows)
	})
	return names, err
}
