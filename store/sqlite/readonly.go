package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// openReading opens a database that exists for reading only, beside whoever
// works on it. It takes no lock, and neither makes nor changes a schema.
func (s *Store) openReading(ctx context.Context, o Options) error {
	s.writer = newWriter(nil)
	if _, err := os.Stat(s.path); err != nil {
		return fmt.Errorf("sqlite: there is no database to read: %w", err)
	}
	if err := s.openReads(ctx, o, "mode=ro", "_pragma=query_only(1)"); err != nil {
		return err
	}
	var have int64
	err := s.reads.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&have)
	if err != nil {
		return fmt.Errorf("%w: it has no schema of ours: name a database that a store has made: %w", ErrNotDatabase, err)
	}
	want, err := newest(steps())
	switch {
	case err != nil:
		return err
	case have > want:
		return fmt.Errorf("%w: its schema has version %d and this program knows %d: read it with the newer program", ErrNewer, have, want)
	case have < want:
		return fmt.Errorf("sqlite: the schema of %s has version %d and this program reads %d: open it for writing once, which brings it up to date", s.path, have, want)
	}
	return s.compile(ctx)
}

// newest is the version of the last of the steps, whose names begin with it.
func newest(steps fs.FS) (last int64, err error) {
	names, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("sqlite: migrations: %w", err)
	}
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("sqlite: migration %q has no number: %w", name, err)
		}
		last = max(last, n)
	}
	return last, nil
}

// openReads opens the connections that Views use.
func (s *Store) openReads(ctx context.Context, o Options, more ...string) (err error) {
	if s.reads, err = sql.Open("sqlite", dsn(s.path, o, more...)); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	s.reads.SetMaxOpenConns(o.Readers)
	s.reads.SetMaxIdleConns(o.Readers)
	if err := s.reads.PingContext(ctx); err != nil {
		return fmt.Errorf("sqlite: open %s: %w", s.path, explain(err))
	}
	return nil
}

// compile prepares the queries of Agenda.
func (s *Store) compile(ctx context.Context) (err error) {
	s.asked = make(map[string]*sql.Stmt, len(agendaQueries))
	for _, q := range agendaQueries {
		if s.asked[q], err = s.reads.PrepareContext(ctx, q); err != nil {
			return fmt.Errorf("sqlite: open %s: %w", s.path, explain(err))
		}
	}
	return nil
}

// errReading is what every call that would write returns.
var errReading = fmt.Errorf("%w: it was opened for reading only: open it without Options.ReadOnly", ErrReadOnly)
