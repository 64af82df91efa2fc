package sqlrecords

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
)

// Reader reads the rows of one tenant in one transaction.
type Reader struct {
	d      *Dialect
	ctx    context.Context
	db     DB
	tenant campaign.Tenant
}

var _ campaign.Reader = (*Reader)(nil)

// Reader reads t's rows through db until End is called.
func (d *Dialect) Reader(ctx context.Context, db DB, t campaign.Tenant) *Reader {
	return &Reader{d, ctx, db, t}
}

// End makes every later call fail.
func (r *Reader) End() { r.db = nil }

// rows calls f for each row of a query.
func (r *Reader) rows(query string, f func(*sql.Rows) error, args ...any) error {
	if r.db == nil {
		return errEnded
	}
	rows, err := r.db.QueryContext(r.ctx, r.d.Bind(query), args...)
	if err != nil {
		return r.d.wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return r.d.wrap(err)
		}
	}
	return r.d.wrap(rows.Err())
}

var errEnded = fmt.Errorf("sqlrecords: a Reader or Writer was used after the function it was given to had returned: copy what is needed: %w", campaign.ErrClosed)

// one reads one row, or returns ErrNotFound with what was sought.
func (r *Reader) one(what string, query string, f func(*sql.Rows) error, args ...any) error {
	found := false
	err := r.rows(query, func(row *sql.Rows) error { found = true; return f(row) }, args...)
	if err == nil && !found {
		return fmt.Errorf("%s: %w", what, campaign.ErrNotFound)
	}
	return err
}

// exists reports whether a query has a row.
func (r *Reader) exists(query string, args ...any) (found bool, err error) {
	err = r.rows(query, func(*sql.Rows) error { found = true; return nil }, args...)
	return found, err
}
