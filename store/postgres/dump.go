package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// Dump is the store as a source of rows: of all tables, or of the ones that are
// named, with these columns. Each reads one snapshot, also beside daemons that
// work. A snapshot that stays open for long costs them throughput, since the
// small tables that they churn cannot be vacuumed meanwhile.
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
	if err := d.s.usable(ctx); err != nil {
		return nil, err
	}
	begin := `begin isolation level repeatable read read only; ` + d.s.atLeisure
	t, err := d.s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", explain(err))
	}
	defer rollback(ctx, t)
	return eachTable(ctx, t, d.tables, f)
}

func eachTable(ctx context.Context, t pgx.Tx, tables []dump.Table, f func(dump.Table, dump.Rows) error) (dump.Numbers, error) {
	numbers := dump.Numbers{}
	for _, table := range tables {
		rows, err := t.Query(ctx, sqlrecords.Select(table))
		if err != nil {
			return nil, fmt.Errorf("postgres: read the table %s: %w", table.Name, explain(err))
		}
		err = f(table, &dumpRows{rows: rows})
		rows.Close()
		if err := errors.Join(err, explain(rows.Err())); err != nil {
			return nil, err
		}
		// A sequence is no part of the snapshot. Numbers that were given since
		// are skipped in the copy, which does no harm.
		sequence, err := sequenceOf(ctx, t, table)
		highest := `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ` + sequence
		switch {
		case err != nil:
			return nil, err
		case sequence == "":
			continue
		case table.Counter == "" && !table.Forever:
			highest = sqlrecords.Highest(table)
		}
		var n int64
		if err := t.QueryRow(ctx, highest).Scan(&n); err != nil {
			return nil, fmt.Errorf("postgres: read the numbers of the table %s: %w", table.Name, explain(err))
		}
		numbers[table.Name] = n
	}
	return numbers, nil
}

// sequenceOf names the sequence that numbers a table, if any.
func sequenceOf(ctx context.Context, t pgx.Tx, table dump.Table) (name string, err error) {
	switch {
	case table.Counter != "":
		return sqlrecords.Name(table.Counter), nil
	case table.Numbered == "":
		return "", nil
	}
	err = t.QueryRow(ctx, `SELECT pg_get_serial_sequence(quote_ident($1::text), $2::text)`, table.Name, table.Numbered).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("postgres: look for the numbers of the table %s: %w", table.Name, explain(err))
	}
	return name, nil
}

// dumpRows are the rows of one table.
type dumpRows struct {
	rows   pgx.Rows
	values []any
	err    error
}

func (r *dumpRows) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	r.values, r.err = r.rows.Values()
	for i, v := range r.values {
		switch v := v.(type) {
		case int32:
			r.values[i] = int64(v)
		case int16:
			r.values[i] = int64(v)
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
