package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// Fill loads the rows of a source into the store, which must be migrated and
// empty: rows of any kind are dump.ErrNotEmpty. It is one transaction with every
// guard of the schema in force, and reads all rows once more to find them equal
// before it commits; so what fails, is interrupted or killed leaves the store
// empty. Whoever wants to write to the store meanwhile waits.
//
// With finish the loaded store refuses to send until finish has returned without
// an error: it is shut for attempts and daemons, and for nothing else.
func (s *Store) Fill(ctx context.Context, from dump.Source, finish func(context.Context, *Store) error) (m dump.Manifest, err error) {
	if err := s.usable(ctx); err != nil {
		return m, err
	}
	t, err := s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: `begin isolation level read committed read write; ` + s.atLeisure + `; ` + s.durable})
	if err != nil {
		return m, fmt.Errorf("postgres: begin: %w", explain(err))
	}
	defer rollback(ctx, t)
	if err := claim(ctx, t); err != nil {
		return m, err
	}
	if m, err = fill(ctx, t, from); err != nil {
		return m, err
	}
	if finish != nil {
		if err := shut(ctx, t, []string{"attempts", "daemons"}, "the rows were loaded, and what follows the loading did not end well: drop the schema "+
			s.options.Schema+" and load it again"); err != nil {
			return m, err
		}
	}
	if err := commit(ctx, t.Commit); err != nil || finish == nil {
		return m, err
	}
	if err := finish(ctx, s); err != nil {
		return m, err
	}
	return m, s.Reopen(ctx)
}

// claim keeps everybody else from writing, and looks whether somebody has.
func claim(ctx context.Context, t pgx.Tx) error {
	all := make([]string, 0, 32)
	for _, table := range append(dump.Tables(), dump.Table{Name: "daemons"}) {
		all = append(all, sqlrecords.Name(table.Name))
	}
	if _, err := t.Exec(ctx, `LOCK TABLE `+strings.Join(all, ", ")+` IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return fmt.Errorf("postgres: nobody else may work on a store that is loaded: %w", explain(err))
	}
	for _, name := range all {
		var has bool
		if err := t.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+name+`)`).Scan(&has); err != nil {
			return fmt.Errorf("postgres: look whether the store is empty: %w", explain(err))
		}
		if has {
			return fmt.Errorf("postgres: %w: its table %s has rows: name another database or schema, or drop this schema if what is in it is not needed",
				dump.ErrNotEmpty, strings.Trim(name, `"`))
		}
	}
	return nil
}

func fill(ctx context.Context, t pgx.Tx, from dump.Source) (m dump.Manifest, err error) {
	seen := dump.Watch(from)
	numbers, err := seen.Each(ctx, func(table dump.Table, rows dump.Rows) error {
		_, err := t.CopyFrom(ctx, pgx.Identifier{table.Name}, table.Names(), rows)
		switch {
		case rows.Err() != nil: // what the server says then is about us
			return rows.Err()
		case err != nil:
			return fmt.Errorf("postgres: write the table %s: %w", table.Name, explain(err))
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	m = seen.Manifest
	for _, c := range m.Tables {
		sequence, err := sequenceOf(ctx, t, c.Table)
		if err != nil {
			return m, err
		}
		if sequence == "" {
			continue
		}
		n := numbers[c.Table.Name]
		if _, err := t.Exec(ctx, `SELECT setval($1::text::regclass, greatest($2::bigint, 1), $2::bigint > 0)`, sequence, n); err != nil {
			return m, fmt.Errorf("postgres: write the numbers of the table %s: %w", c.Table.Name, explain(err))
		}
	}
	// Plans are to know how large the tables are.
	for _, c := range m.Tables {
		if _, err := t.Exec(ctx, `ANALYZE `+sqlrecords.Name(c.Table.Name)); err != nil {
			return m, fmt.Errorf("postgres: analyze the table %s: %w", c.Table.Name, explain(err))
		}
	}
	holds, err := dump.Sum(ctx, &reread{t, m.Shape()})
	if err != nil {
		return m, err
	}
	return m, sqlrecords.Loaded(m, holds)
}

// reread is what a transaction has written.
type reread struct {
	t      pgx.Tx
	tables []dump.Table
}

func (r *reread) Each(ctx context.Context, f func(dump.Table, dump.Rows) error) (dump.Numbers, error) {
	return eachTable(ctx, r.t, r.tables, f)
}
