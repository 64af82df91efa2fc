package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// Shut makes the database refuse every further change, by this program or
// another, until Reopen: for one whose rows have moved elsewhere, and must not
// be worked on in two places. why is a sentence that says where they are; it is
// what Open and every call that would write then answer, in an error that wraps
// dump.ErrShut. A database that was shut before gets the new sentence.
func (s *Store) Shut(ctx context.Context, why string) error {
	return s.writer.do(ctx, func(t *tx) error {
		if err := unshut(t); err != nil {
			return err
		}
		tables := []string{"daemons"}
		for _, d := range dump.Tables() {
			tables = append(tables, d.Name)
		}
		for _, table := range tables {
			for _, change := range []string{"INSERT", "UPDATE", "DELETE"} {
				if err := t.once("CREATE TRIGGER " + sqlrecords.Name(shutPrefix+table+"_"+strings.ToLower(change)) + " BEFORE " + change + " ON " +
					sqlrecords.Name(table) + shutBody + sqlrecords.Literal(dump.ErrShut.Error()+": "+why) + shutEnd); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Reopen takes back what Shut did. It is for the case that the rows have not
// moved after all: where they have, both places would send to the same people.
func (s *Store) Reopen(ctx context.Context) error { return s.writer.do(ctx, unshut) }

// ShutWhy is the sentence of a database that is shut, or empty.
func (s *Store) ShutWhy(ctx context.Context) (string, error) {
	why, err := shutWhy(ctx, s.reads)
	return why, explain(err)
}

const (
	shutPrefix = "shut_"
	shutBody   = " BEGIN SELECT RAISE(ABORT, "
	shutEnd    = "); END"
)

func unshut(t *tx) error {
	var names []string
	err := t.query(`SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'shut\_%' ESCAPE '\'`, func(row *sql.Rows) error {
		var n string
		err := row.Scan(&n)
		names = append(names, n)
		return err
	})
	for _, n := range names {
		if err := t.once("DROP TRIGGER " + sqlrecords.Name(n)); err != nil {
			return err
		}
	}
	return err
}

// shutWhy reads the sentence out of a trigger, which is where it is kept.
func shutWhy(ctx context.Context, db *sql.DB) (string, error) {
	var made string
	err := db.QueryRowContext(ctx, `SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'shut_events_insert'`).Scan(&made)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, text, ok := strings.Cut(made, shutBody+"'"+dump.ErrShut.Error()+": ")
	text, whole := strings.CutSuffix(text, "'"+shutEnd)
	if !ok || !whole {
		return "", fmt.Errorf("sqlite: the trigger shut_events_insert is not one of ours")
	}
	return strings.ReplaceAll(text, "''", "'"), nil
}

// once executes a statement that is not worth to be kept.
func (t *tx) once(query string) error {
	_, err := t.w.conn.ExecContext(context.Background(), query)
	return explain(err)
}
