package dump

import (
	"context"
	"errors"
	"fmt"
)

// Rows are the rows of a table, one after the other. Its three methods are also
// what pgx copies from.
type Rows interface {
	// Next moves to the next row, and is false at the end and after an error.
	Next() bool
	// Values are those of the row, in the order of the table's columns: int64,
	// string, []byte or nil. Each of them may be kept, but their slice is used
	// again. They may be asked for twice.
	Values() ([]any, error)
	// Err is what ended the rows early; nil at their end.
	Err() error
}

// Source gives the rows of one instant.
type Source interface {
	// Each calls f for every table, in the order of Tables, and returns which
	// numbers had been given. f may leave rows unread, and ends everything by an
	// error. Rows that came before an error, also one that Each itself returns
	// at the end, are not to be believed.
	Each(ctx context.Context, f func(Table, Rows) error) (Numbers, error)
}

// Numbers are the highest numbers that a store has given, by table; 0 before
// the first.
type Numbers map[string]int64

// ErrNotEmpty: a store that is to be loaded holds rows already.
var ErrNotEmpty = errors.New("the store is not empty")

// ErrShut is what a store returns that was shut for good, because its rows have
// moved elsewhere. Its text says where they are.
var ErrShut = errors.New("the store was shut")

// Count is how many rows of a table there were, and the SHA-256 of their lines.
type Count struct {
	Table  Table
	Rows   int64
	SHA256 [32]byte
}

// Manifest sums up a dump.
type Manifest struct {
	Tables  []Count
	Numbers Numbers
}

// Rows is the number of all rows.
func (m Manifest) Rows() (n int64) {
	for _, c := range m.Tables {
		n += c.Rows
	}
	return n
}

// Count is the number of rows of a table, by its name.
func (m Manifest) Count(table string) int64 {
	for _, c := range m.Tables {
		if c.Table.Name == table {
			return c.Rows
		}
	}
	return 0
}

// Same returns an error that names the first thing in which another dump
// differs. It must be of the same tables and columns.
func (m Manifest) Same(other Manifest) error {
	if len(m.Tables) != len(other.Tables) {
		return fmt.Errorf("there are %d tables and %d", len(m.Tables), len(other.Tables))
	}
	for i, c := range m.Tables {
		switch o := other.Tables[i]; {
		case c.Table.Name != o.Table.Name:
			return fmt.Errorf("the table %s stands where %s was", o.Table.Name, c.Table.Name)
		case c.Rows != o.Rows:
			return fmt.Errorf("the table %s had %d rows and has %d", c.Table.Name, c.Rows, o.Rows)
		case c.SHA256 != o.SHA256:
			return fmt.Errorf("the %d rows of the table %s are not what they were", c.Rows, c.Table.Name)
		}
		if n, o := m.Numbers[c.Table.Name], other.Numbers[c.Table.Name]; n != o {
			return fmt.Errorf("numbers in the table %s had come to %d and come to %d", c.Table.Name, n, o)
		}
	}
	return nil
}

// Shape are the tables that were seen, with their columns.
func (m Manifest) Shape() []Table {
	ts := make([]Table, len(m.Tables))
	for i, c := range m.Tables {
		ts[i] = c.Table
	}
	return ts
}

// Sum reads a source to its end.
func Sum(ctx context.Context, s Source) (Manifest, error) {
	w := Watch(s)
	_, err := w.Each(ctx, func(_ Table, rows Rows) error {
		for rows.Next() {
		}
		return rows.Err()
	})
	return w.Manifest, err
}

// Watched is a Source that sums up what has passed through it.
type Watched struct {
	Source
	// Manifest is complete when Each has returned without an error, and all
	// rows were read.
	Manifest Manifest
}

// Watch makes a Watched.
func Watch(s Source) *Watched { return &Watched{Source: s} }

// Each implements Source.
func (w *Watched) Each(ctx context.Context, f func(Table, Rows) error) (n Numbers, err error) {
	w.Manifest = Manifest{}
	n, err = w.Source.Each(ctx, func(t Table, rows Rows) error {
		r := &watchedRows{Rows: rows, ctx: ctx, enc: newEncoder(t.Columns)}
		if err := f(t, r); err != nil {
			return err
		}
		if err := r.Err(); err != nil {
			return err
		}
		w.Manifest.Tables = append(w.Manifest.Tables, Count{t, r.enc.rows, r.enc.sum()})
		return nil
	})
	w.Manifest.Numbers = n
	return n, err
}

// watchedRows encode each row for its hash, and ask the context now and then.
type watchedRows struct {
	Rows
	ctx context.Context
	enc *encoder
	err error
}

// now and then, in rows
const often = 4096

func (r *watchedRows) Next() bool {
	if r.err != nil {
		return false
	}
	if r.enc.rows%often == 0 {
		if r.err = r.ctx.Err(); r.err != nil {
			return false
		}
	}
	if !r.Rows.Next() {
		return false
	}
	vs, err := r.Rows.Values()
	if err == nil {
		_, err = r.enc.line(vs)
	}
	r.err = err
	return err == nil
}

func (r *watchedRows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.Rows.Err()
}

// Tell returns the source with somebody who is told how far it has been read:
// now and then, and at the end of each table, how many rows of it there were.
func Tell(s Source, progress func(table string, rows int64)) Source { return &told{s, progress} }

type told struct {
	s        Source
	progress func(string, int64)
}

func (w *told) Each(ctx context.Context, f func(Table, Rows) error) (Numbers, error) {
	return w.s.Each(ctx, func(t Table, rows Rows) error {
		r := &toldRows{Rows: rows, n: 0, progress: func(n int64) { w.progress(t.Name, n) }}
		err := f(t, r)
		if err == nil {
			w.progress(t.Name, r.n)
		}
		return err
	})
}

type toldRows struct {
	Rows
	n        int64
	progress func(int64)
}

func (r *toldRows) Next() bool {
	if !r.Rows.Next() {
		return false
	}
	if r.n++; r.n%often == 0 {
		r.progress(r.n)
	}
	return true
}
