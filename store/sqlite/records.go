package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// Tenant implements campaign.Store.
func (s *Store) Tenant(t campaign.Tenant) campaign.Records { return &records{s, t} }

type records struct {
	s      *Store
	tenant campaign.Tenant
}

// View implements campaign.Records.
func (r *records) View(ctx context.Context, f func(campaign.Reader) error) error {
	return r.s.view(ctx, func(v *view) error {
		reader := r.s.shared.Reader(ctx, v.tx, r.tenant)
		defer reader.End()
		return f(reader)
	})
}

// Update implements campaign.Records.
func (r *records) Update(ctx context.Context, f func(campaign.Writer) error) error {
	return r.s.writer.do(ctx, func(t *tx) error {
		w := &commander{r.s.shared.Writer(ctx, t, r.tenant), t, r.s.ahead}
		defer w.End()
		return f(w)
	})
}

// commander is the Writer of a command, which keeps what is read ahead true.
type commander struct {
	*sqlrecords.Writer
	t     *tx
	ahead *ahead
}

// Erase implements campaign.PersonWriter. What it frees in the file is
// overwritten even where that takes a write of its own.
func (c *commander) Erase(now time.Time, p contact.Phone) (out campaign.Erasure, err error) {
	places, err := c.Places(p)
	if err != nil {
		return out, err
	}
	for _, id := range places {
		c.ahead.forget(id)
	}
	if err := c.t.exec(`PRAGMA secure_delete = ON`); err != nil {
		return out, err
	}
	defer func() {
		if e := c.t.exec(`PRAGMA secure_delete = FAST`); err == nil {
			err = e
		}
	}()
	return c.Writer.Erase(now, p)
}

// Contacts implements campaign.Records. Its methods that write are
// transactions of their own: they must not be called within an Update, which
// they would wait for.
func (r *records) Contacts() contact.Store { return r.s.shared.Contacts(r, r.tenant) }

// Read, Write, Store and Join make records a sqlrecords.Crowd.
func (r *records) Read(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.s.view(ctx, func(v *view) error { return f(v.tx) })
}

func (r *records) Write(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.s.writer.do(ctx, func(t *tx) error { return f(t) })
}

func (r *records) Store(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.Write(ctx, f)
}
func (r *records) Join(ctx context.Context, f func(sqlrecords.DB) error) error {
	return r.Write(ctx, f)
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
	err = s.view(ctx, func(v *view) error {
		rows, err := v.tx.QueryContext(ctx, tenantsOfEvents)
		if err != nil {
			return explain(err)
		}
		defer rows.Close()
		for rows.Next() {
			var t string
			if err := rows.Scan(&t); err != nil {
				return explain(err)
			}
			names = append(names, campaign.Tenant(t))
		}
		return explain(rows.Err())
	})
	return names, err
}

// view is one snapshot.
type view struct{ tx *sql.Tx }

// view runs f in a transaction that only reads.
func (s *Store) view(ctx context.Context, f func(*view) error) error {
	t, err := s.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	switch {
	case s.writer.closed.Load():
		if err == nil {
			t.Rollback()
		}
		return fmt.Errorf("sqlite: %w", campaign.ErrClosed)
	case err != nil:
		return fmt.Errorf("sqlite: %w", explain(err))
	}
	defer t.Rollback()
	return f(&view{t})
}

// ask runs a query that was compiled at Open and calls f for each row. It is
// too short to be interrupted.
func (v *view) ask(s *Store, query string, f func(*sql.Rows) error, args ...any) error {
	return each(f)(v.tx.Stmt(s.asked[query]).Query(args...))
}
