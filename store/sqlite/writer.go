package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/alreasense/campaigns/campaign"
)

// writer is the one connection that writes. Its statements are compiled once.
type writer struct {
	// db is nil where nothing may be written.
	db *sql.DB
	// turn holds a token while nobody writes.
	turn   chan struct{}
	closed atomic.Bool
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt
}

func newWriter(db *sql.DB) *writer {
	w := &writer{db: db, turn: make(chan struct{}, 1)}
	w.turn <- struct{}{}
	return w
}

// do runs f in a transaction. The context is asked before it begins, by f as
// it sees fit, and once more before the commit; a statement that runs is not
// interrupted, since transactions are short and an interrupted connection
// would have to be thrown away with its compiled statements.
func (w *writer) do(ctx context.Context, f func(*tx) error) (err error) {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer func() { w.turn <- struct{}{} }()
	t := &tx{w: w}
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		w.heal(err)
		return fmt.Errorf("sqlite: begin: %w", err)
	}
	done := false
	defer func() {
		if !done { // an error, or a panic of a caller's function
			if e := t.exec("ROLLBACK"); e != nil {
				w.drop()
			}
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sqlite: nothing was stored: %w", err)
	}
	if err := t.exec("COMMIT"); err != nil {
		if doubtful(err) {
			return fmt.Errorf("%w: %w", ErrCommit, err)
		}
		return fmt.Errorf("sqlite: commit: %w", err)
	}
	done = true
	return nil
}

// lock waits for the connection, which w.turn hands on in the order of asking.
func (w *writer) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	select {
	case <-w.turn:
	case <-ctx.Done():
		return fmt.Errorf("sqlite: waiting for the writer: %w", ctx.Err())
	}
	if err := w.connect(); err != nil {
		w.turn <- struct{}{}
		return err
	}
	return nil
}

func (w *writer) connect() error {
	if w.closed.Load() {
		return fmt.Errorf("sqlite: %w", campaign.ErrClosed)
	}
	if w.conn != nil {
		return nil
	}
	if w.db == nil {
		return errReading
	}
	conn, err := w.db.Conn(context.Background())
	if err != nil {
		return fmt.Errorf("sqlite: connect: %w", explain(err))
	}
	w.conn, w.stmts = conn, make(map[string]*sql.Stmt)
	return nil
}

// heal drops the connection after an error that says it is useless.
func (w *writer) heal(err error) {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		w.drop()
	}
}

// drop closes the connection; the next transaction opens another.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	for _, s := range w.stmts {
		s.Close()
	}
	w.conn.Close()
	w.conn, w.stmts = nil, nil
}

func (w *writer) close() error {
	<-w.turn
	defer func() { w.turn <- struct{}{} }()
	if w.closed.Swap(true) {
		return nil
	}
	w.drop()
	if w.db == nil {
		return nil
	}
	return w.db.Close()
}

// tx is a running transaction. As a sqlrecords.DB it leaves contexts to do.
type tx struct{ w *writer }

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s, ok := t.w.stmts[query]; ok {
		return s, nil
	}
	s, err := t.w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, explain(err)
	}
	t.w.stmts[query] = s
	return s, nil
}

func (t *tx) exec(query string, args ...any) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return explain(err)
}

// affect is exec that tells how many rows it changed.
func (t *tx) affect(query string, args ...any) (int64, error) {
	s, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, explain(err)
	}
	return r.RowsAffected()
}

// query calls f for each row.
func (t *tx) query(query string, f func(*sql.Rows) error, args ...any) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	return each(f)(s.Query(args...))
}

// each is a reader of all rows of a query.
func each(f func(*sql.Rows) error) func(*sql.Rows, error) error {
	return func(rows *sql.Rows, err error) error {
		if err != nil {
			return explain(err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := f(rows); err != nil {
				return err
			}
		}
		return explain(rows.Err())
	}
}

// ExecContext and QueryContext make a tx a sqlrecords.DB. A context that is
// done ends the transaction before the statement begins.
func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	r, err := s.Exec(args...)
	return r, explain(err)
}

func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.Query(args...)
	return rows, explain(err)
}
