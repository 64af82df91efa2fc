package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/dump"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// Options of a Store. The zero value is good.
type Options struct {
	// Readers is how many Views run at the same time. Defaults to 4.
	Readers int
	// BusyTimeout is how long a call waits for other programs that write to
	// the database, such as a shell or a backup tool. Defaults to 5 s.
	BusyTimeout time.Duration
	// ReadOnly opens a database that exists, beside a process that works on it
	// or without one: for checks and reports. No lock is taken, the schema
	// stays as it is and must be that of this program, and every call that
	// would write returns ErrReadOnly.
	ReadOnly bool
	// Shut opens a database although it was shut, to copy it once more or to
	// Reopen it. Nothing else can be written.
	Shut bool
}

// Store is an open database. It implements campaign.Store, is safe for
// concurrent use, and starts no goroutines of its own.
type Store struct {
	path   string
	lock   *lock
	writer *writer
	reads  *sql.DB
	asked  map[string]*sql.Stmt // by their text
	shared *sqlrecords.Dialect
	known  *known
	ahead  *ahead
	living crew
}

var _ campaign.Store = (*Store)(nil)

// Open opens the database at path, or makes it, and brings its schema up to
// date. The directory must exist. The context bounds the opening alone.
//
// What can go wrong has a sentinel: ErrLocked, ErrNewer, ErrNotDatabase,
// ErrReadOnly, ErrFull, dump.ErrShut. A path of ":memory:", or an empty one, is refused: for
// a store that need not last there is package memory.
func Open(ctx context.Context, path string, o *Options) (*Store, error) {
	var opt Options
	if o != nil {
		opt = *o
	}
	if opt.Readers <= 0 {
		opt.Readers = 4
	}
	if opt.BusyTimeout <= 0 {
		opt.BusyTimeout = 5 * time.Second
	}
	file, err := resolve(path)
	if err != nil {
		return nil, err
	}
	s := &Store{path: file, known: newKnown(), ahead: newAhead()}
	s.shared = &sqlrecords.Dialect{Numbered: true, Error: explain,
		Ints: "IN (SELECT value FROM json_each(%s))", Texts: "IN (SELECT value FROM json_each(%s))", Blobs: "IN (SELECT unhex(value) FROM json_each(%s))",
		Insert: sqlrecords.Values, Update: sqlrecords.RowByRow, By: "INDEXED BY %s",
		NextRev: "UPDATE document_revs SET last = last + 1 RETURNING last"}
	open := s.open
	if opt.ReadOnly {
		open = s.openReading
	} else if s.lock, err = acquire(file + ".lock"); err != nil {
		return nil, err
	}
	if err := open(ctx, opt); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) error {
	writes, err := sql.Open("sqlite", dsn(s.path, o, "_txlock=immediate"))
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	writes.SetMaxOpenConns(1)
	s.writer = newWriter(writes)
	if err := writes.PingContext(ctx); err != nil {
		return fmt.Errorf("sqlite: open %s: %w", s.path, explain(err))
	}
	why, err := shutWhy(ctx, writes)
	switch {
	case err != nil:
		return fmt.Errorf("sqlite: open %s: %w", s.path, explain(err))
	case why != "" && !o.Shut:
		return fmt.Errorf("%w: %s", dump.ErrShut, why)
	}
	if err := migrate(ctx, writes, steps()); err != nil {
		return fmt.Errorf("%w (%s)", err, s.path)
	}
	if err := s.openReads(ctx, o, "_pragma=query_only(1)"); err != nil {
		return err
	}
	if err := s.compile(ctx); err != nil || o.Shut {
		return err
	}
	return s.tidy(ctx)
}

// tidy makes what contacts are searched by where it is missing: after an
// update of the program, and after a restore.
func (s *Store) tidy(ctx context.Context) error {
	names, err := sqlrecords.TenantsOfContacts(ctx, s.reads)
	if err != nil {
		return fmt.Errorf("sqlite: %w", explain(err))
	}
	for _, t := range names {
		if err := s.shared.Contacts(&records{s, t}, t).Tidy(ctx); err != nil {
			return fmt.Errorf("sqlite: make what contacts are searched by: %w", err)
		}
	}
	return nil
}

// Close waits for the call that is writing, if any, and closes the database.
// Every later call returns campaign.ErrClosed. It may be repeated.
func (s *Store) Close() error {
	var errs []error
	if s.reads != nil {
		errs = append(errs, s.reads.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	for i, err := range errs {
		if errors.Is(err, os.ErrClosed) {
			errs[i] = nil
		}
	}
	return errors.Join(errs...)
}

// Path is the database's file, absolute and without links.
func (s *Store) Path() string { return s.path }

// resolve makes a path absolute and follows its links, so that one database
// has one lock.
func resolve(path string) (string, error) {
	if path == "" || path == ":memory:" || strings.HasPrefix(path, "file:") {
		return "", fmt.Errorf("sqlite: %q is not a file's path: name a file such as campaigns.db (for a store that need not last use package memory)", path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("sqlite: the directory %s does not exist: make it first: %w", filepath.Dir(abs), os.ErrNotExist)
	case err != nil:
		return "", fmt.Errorf("sqlite: %w", err)
	}
	abs = filepath.Join(dir, filepath.Base(abs))
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return abs, nil
	case err != nil:
		return "", fmt.Errorf("sqlite: %w", err)
	case info.IsDir():
		return "", fmt.Errorf("%w: %s is a directory: name a file in it", ErrNotDatabase, abs)
	}
	return filepath.EvalSymlinks(abs)
}

// dsn names the file with the settings that each connection begins with.
func dsn(path string, o Options, more ...string) string {
	q := []string{
		fmt.Sprintf("_busy_timeout=%d", o.BusyTimeout.Milliseconds()),
		"_pragma=cache_size(-16000)",
	}
	if !o.ReadOnly {
		q = append(q,
			"_pragma=journal_mode(WAL)",
			"_pragma=synchronous(FULL)",
			"_pragma=foreign_keys(1)",
			"_pragma=secure_delete(fast)", // what is deleted does not linger in a page that is written anyway
			"_pragma=wal_autocheckpoint(8000)",
			"_pragma=journal_size_limit(67108864)",
		)
	}
	return bareDSN(path, append(q, more...)...)
}

// bareDSN names the file with the settings that every connection has.
func bareDSN(path string, more ...string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/…
	}
	q := append([]string{"_pragma=temp_store(MEMORY)", "_dqs=0"}, more...)
	return (&url.URL{Scheme: "file", Path: p, RawQuery: strings.Join(q, "&")}).String()
}
