package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// Shut makes the store refuse every further change, by this program or another,
// until Reopen: for one whose rows have moved elsewhere, and must not be worked
// on in two places. why is a sentence that says where they are; it is what
// Migrate and every call that would write then answer, in an error that wraps
// dump.ErrShut. A store that was shut before gets the new sentence.
//
// What others write while Shut waits for them is in the store when it returns,
// and nothing is afterwards, whatever program they run and whenever they wake
// up: the tables themselves refuse it. The role must own the tables.
func (s *Store) Shut(ctx context.Context, why string) error {
	return s.transact(ctx, func(t *tx) error {
		all := []string{"daemons"}
		for _, table := range dump.Tables() {
			all = append(all, table.Name)
		}
		return shut(ctx, t, all, why)
	})
}

func shut(ctx context.Context, t pgx.Tx, tables []string, why string) error {
	for _, table := range tables {
		name := sqlrecords.Name(table)
		_, err := t.Exec(ctx, `DROP TRIGGER IF EXISTS shut ON `+name+`; CREATE TRIGGER shut BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON `+name+
			` FOR EACH STATEMENT EXECUTE FUNCTION refuse(`+sqlrecords.Literal(dump.ErrShut.Error()+": "+why)+`)`)
		if err != nil {
			return fmt.Errorf("postgres: shut the table %s: %w", table, explain(err))
		}
	}
	return nil
}

// Reopen takes back what Shut did. It is for the case that the rows have not
// moved after all: where they have, both places would send to the same people.
func (s *Store) Reopen(ctx context.Context) error {
	return s.transact(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, `SELECT c.relname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
			WHERE g.tgname = 'shut' AND c.relnamespace = to_regnamespace($1::text) ORDER BY 1`, `"`+s.options.Schema+`"`)
		if err != nil {
			return explain(err)
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return explain(err)
		}
		for _, table := range tables {
			if _, err := t.Exec(ctx, `DROP TRIGGER shut ON `+sqlrecords.Name(table)); err != nil {
				return fmt.Errorf("postgres: reopen the table %s: %w", table, explain(err))
			}
		}
		return nil
	})
}

// ShutWhy is the sentence of a store that is shut, or empty. A store that was
// never migrated is not shut.
func (s *Store) ShutWhy(ctx context.Context) (why string, err error) {
	if err := s.usable(ctx); err != nil {
		return "", err
	}
	var args []byte
	// What sends nothing is shut, whatever else may still be written.
	err = s.pool.QueryRow(ctx, `SELECT tgargs FROM pg_trigger WHERE tgname = 'shut' AND tgrelid = to_regclass($1::text)`,
		`"`+s.options.Schema+`".attempts`).Scan(&args)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("postgres: look whether the store is shut: %w", explain(err))
	}
	return string(bytes.TrimPrefix(bytes.TrimSuffix(args, []byte{0}), []byte(dump.ErrShut.Error()+": "))), nil
}

// Living lists the daemons whose last heartbeat is not before since.
func (s *Store) Living(ctx context.Context, since time.Time) (names []string, err error) {
	err = s.read(ctx, func(t pgx.Tx) error {
		rows, err := t.Query(ctx, `SELECT name FROM daemons WHERE beat_at >= $1 ORDER BY name`, sqlrecords.Micros(since))
		if err != nil {
			return err
		}
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return names, err
}
