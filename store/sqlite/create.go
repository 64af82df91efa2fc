package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// Create makes a new database at path of the rows of a source. A file that is
// there already is not touched, and the error wraps dump.ErrNotEmpty. The name
// appears when the database is complete, read once more and found equal to what
// was loaded, and on the disk: what fails, is interrupted or killed leaves no
// database, at most a file whose name ends in ".loading", which the next Create
// writes over.
//
// finish, unless it is nil, is given the loaded store before it has its name; an
// error of it ends the whole.
func Create(ctx context.Context, path string, from dump.Source, finish func(context.Context, *Store) error) (m dump.Manifest, err error) {
	file, err := resolve(path)
	if err != nil {
		return m, err
	}
	l, err := acquire(file + ".lock")
	if err != nil {
		return m, err
	}
	defer l.release() // the database is what it is by then
	if _, err := os.Lstat(file); err == nil {
		return m, fmt.Errorf("sqlite: %w: there is a file %s: move it away, or name another one", dump.ErrNotEmpty, file)
	}
	loading := file + ".loading"
	clean := func() error {
		for _, end := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
			if err := os.Remove(loading + end); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("sqlite: %w", err)
			}
		}
		return nil
	}
	if err := clean(); err != nil {
		return m, err
	}
	if m, err = load(ctx, loading, from); err == nil && finish != nil {
		err = finishing(ctx, loading, finish)
	}
	if err == nil {
		err = settleFile(loading, file)
	}
	if cerr := clean(); err != nil { // what remains of a success harms nobody
		return m, errors.Join(err, cerr)
	}
	return m, nil
}

// load makes a database that is worth nothing unless it ends well, so it keeps
// no journal and syncs once.
func load(ctx context.Context, path string, from dump.Source) (m dump.Manifest, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return m, fmt.Errorf("sqlite: %w", err)
	}
	db, err := sql.Open("sqlite", bareDSN(path, "_pragma=journal_mode(OFF)", "_pragma=synchronous(OFF)", "_pragma=locking_mode(EXCLUSIVE)",
		"_pragma=foreign_keys(1)", "_pragma=cache_size(-64000)"))
	if err != nil {
		return m, fmt.Errorf("sqlite: %w", err)
	}
	defer func() { err = errors.Join(err, explain(db.Close())) }()
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db, steps()); err != nil {
		return m, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return m, fmt.Errorf("sqlite: %w", explain(err))
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return m, fmt.Errorf("sqlite: %w", explain(err))
	}
	seen := dump.Watch(from)
	numbers, err := seen.Each(ctx, func(t dump.Table, rows dump.Rows) error {
		if err := insertAll(ctx, conn, t, rows); err != nil {
			return fmt.Errorf("sqlite: write the table %s: %w", t.Name, explain(err))
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	for _, c := range seen.Manifest.Tables {
		if err := setNumber(ctx, conn, c.Table, numbers[c.Table.Name]); err != nil {
			return m, fmt.Errorf("sqlite: write the numbers of the table %s: %w", c.Table.Name, explain(err))
		}
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return m, fmt.Errorf("sqlite: %w", explain(err))
	}
	holds, err := dump.Sum(ctx, &reread{conn, seen.Manifest.Shape()})
	if err == nil {
		err = sqlrecords.Loaded(seen.Manifest, holds)
	}
	return seen.Manifest, err
}

// setNumber says which numbers were given.
func setNumber(ctx context.Context, conn *sql.Conn, t dump.Table, n int64) error {
	switch {
	case t.Counter != "":
		_, err := conn.ExecContext(ctx, `UPDATE `+sqlrecords.Name(t.Counter)+` SET last = ?`, n)
		return err
	case t.Forever:
		if _, err := conn.ExecContext(ctx, `DELETE FROM sqlite_sequence WHERE name = ?`, t.Name); err != nil {
			return err
		}
		_, err := conn.ExecContext(ctx, `INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)`, t.Name, n)
		return err
	}
	return nil
}

// reread is the database that was just written.
type reread struct {
	conn   *sql.Conn
	tables []dump.Table
}

func (r *reread) Each(ctx context.Context, f func(dump.Table, dump.Rows) error) (dump.Numbers, error) {
	return eachTable(ctx, r.conn, r.tables, f)
}

// insertAll writes rows, many in a statement. Its statements know no context,
// and the rows ask it.
func insertAll(ctx context.Context, conn *sql.Conn, t dump.Table, rows dump.Rows) error {
	b := newBulk(sqlrecords.Name(t.Name), sqlrecords.Names(t))
	var many, one *sql.Stmt
	prepare := func(s **sql.Stmt, query string) (err error) {
		if *s == nil {
			*s, err = conn.PrepareContext(ctx, query)
		}
		return err
	}
	defer func() {
		for _, s := range []*sql.Stmt{many, one} {
			if s != nil {
				s.Close()
			}
		}
	}()
	args := make([]any, 0, bulkSizes[0]*b.columns)
	for rows.Next() {
		vs, err := rows.Values()
		if err != nil {
			return err
		}
		if args = append(args, vs...); len(args) < cap(args) {
			continue
		}
		if err := prepare(&many, b.text[0]); err != nil {
			return err
		}
		if _, err := many.Exec(args...); err != nil {
			return err
		}
		args = args[:0]
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for ; len(args) > 0; args = args[b.columns:] {
		if err := prepare(&one, b.text[len(b.text)-1]); err != nil {
			return err
		}
		if _, err := one.Exec(args[:b.columns]...); err != nil {
			return err
		}
	}
	return nil
}

// finishing opens the loaded database as a store, for finish.
func finishing(ctx context.Context, path string, finish func(context.Context, *Store) error) error {
	s, err := Open(ctx, path, nil)
	if err != nil {
		return err
	}
	return errors.Join(finish(ctx, s), s.Close())
}

// settleFile brings a database without a journal to the disk, and gives it its
// name.
func settleFile(from, to string) error {
	if _, err := os.Stat(from + "-wal"); err == nil {
		return fmt.Errorf("sqlite: %s was not closed well, so it is not used", from)
	}
	f, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if d, err := os.Open(to[:strings.LastIndexByte(to, os.PathSeparator)+1]); err == nil {
		_ = d.Sync() // some file systems refuse
		d.Close()
	}
	return nil
}
