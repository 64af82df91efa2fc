package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// Dump is the store as a source of rows: of all tables, or of the ones that are
// named, with these columns. Each reads one snapshot, also beside a daemon that
// works; while it is read, the write-ahead log grows.
func (s *Store) Dump(tables ...dump.Table) dump.Source {
	if len(tables) == 0 {
		tables = dump.Tables()
	}
	return &source{s, tables}
}

type source struct {
	s      *Store
	tables []dump.Table
}

// Each implements dump.Source.
func (d *source) Each(ctx context.Context, f func(dump.Table, dump.Rows) error) (numbers dump.Numbers, err error) {
	err = d.s.view(ctx, func(v *view) error {
		numbers, err = eachTable(ctx, v.tx, d.tables, f)
		return err
	})
	return numbers, err
}

// asker is a connection or a transaction.
type asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func eachTable(ctx context.Context, q asker, tables []dump.Table, f func(dump.Table, dump.Rows) error) (dump.Numbers, error) {
	numbers := dump.Numbers{}
	for _, t := range tables {
		rows, err := q.QueryContext(ctx, sqlrecords.Select(t))
		if err != nil {
			return nil, fmt.Errorf("sqlite: read the table %s: %w", t.Name, explain(err))
		}
		err = f(t, newDumpRows(rows, t))
		if err := errors.Join(err, rows.Close()); err != nil {
			return nil, err
		}
		var highest string
		switch {
		case t.Counter != "":
			highest = `SELECT last FROM ` + sqlrecords.Name(t.Counter)
		case t.Forever:
			highest = `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ` + sqlrecords.Literal(t.Name) + `), 0)`
		case t.Numbered != "":
			highest = sqlrecords.Highest(t)
		default:
			continue
		}
		var n int64
		if err := q.QueryRowContext(ctx, highest).Scan(&n); err != nil {
			return nil, fmt.Errorf("sqlite: read the numbers of the table %s: %w", t.Name, explain(err))
		}
		numbers[t.Name] = n
	}
	return numbers, nil
}

// dumpRows are the rows of one table.
type dumpRows struct {
	rows   *sql.Rows
	values []any
	dest   []any
	err    error
}

func newDumpRows(rows *sql.Rows, t dump.Table) *dumpRows {
	r := &dumpRows{rows: rows, values: make([]any, len(t.Columns)), dest: make([]any, len(t.Columns))}
	for i := range r.values {
		r.dest[i] = &r.values[i]
	}
	return r
}

func (r *dumpRows) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	r.err = explain(r.rows.Scan(r.dest...))
	for i, v := range r.values {
		if b, ok := v.([]byte); ok && b == nil { // empty, as the driver has it
			r.values[i] = []byte{}
		}
	}
	return r.err == nil
}

func (r *dumpRows) Values() ([]any, error) { return r.values, r.err }

func (r *dumpRows) Err() error {
	if r.err != nil {
		return r.err
	}
	return explain(r.rows.Err())
}
