package sqlrecords

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"
)

// DB is what a statement runs in: a transaction, or a connection that is in
// one.
type DB interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Dialect is where two databases differ. Its fields are set once, before use.
type Dialect struct {
	// Numbered turns $1 into ?1, which SQLite counts and $1 it does not.
	Numbered bool
	// Ints and Texts are what follows a column that has one of the values of a
	// JSON array, which is the parameter %s: IN (…), or whatever makes the
	// database look each of them up by an index.
	Ints, Texts string
	// NextRev is a statement that draws the next revision of a document.
	NextRev string
	// Blobs is the same for hexadecimal numerals, whose bytes are the values.
	Blobs string
	// Insert calls run with statements that together insert n rows, in their
	// order. Row appends the values of the i-th, which are int64, string or
	// []byte.
	Insert func(in Insert, n int, row func(args []any, i int) []any, run func(query string, args []any) error) error
	// Error turns an error of the driver into one that wraps a sentinel of
	// package campaign where there is one, and leaves others as they are.
	Error func(error) error

	// Update is the same for an Update, in any order.
	Update func(u Update, n int, row func(args []any, i int) []any, run func(query string, args []any) error) error

	// By names the index of a table that a statement goes by, as %s; empty where
	// the database knows by itself.
	By string

	// RowValues: a range at the end of an index is written as one of rows, so that
	// no index of the last column alone is taken for it.
	RowValues bool

	// ByPhone is what follows FROM for the rows x of the table %[1]s whose column
	// %[2]s is $1 and whose phone is one of the JSON array $2, each found by its
	// phone. Defaults to two conditions.
	ByPhone string

	// Segment is how many contacts a segment of the search has. Defaults to
	// 8192, and is less in tests.
	Segment int

	// Hold is how long a change of many contacts may last; 0 is none in
	// particular.
	Hold time.Duration

	bound sync.Map
}

// Bind returns the statement as the database wants it. IN (INTS($n)),
// IN (TEXTS($n)) and IN (BLOBS($n)) stand for what the dialect has. Each
// statement is rewritten once.
func (d *Dialect) Bind(query string) string {
	if q, ok := d.bound.Load(query); ok {
		return q.(string)
	}
	q := expand(expand(expand(query, "IN (INTS(", d.Ints), "IN (TEXTS(", d.Texts), "IN (BLOBS(", d.Blobs)
	if d.Numbered {
		q = numbered(q)
	}
	d.bound.Store(query, q)
	return q
}

func expand(query, macro, with string) string {
	var b strings.Builder
	for {
		i := strings.Index(query, macro)
		if i < 0 {
			break
		}
		end := i + strings.IndexByte(query[i:], ')')
		b.WriteString(query[:i])
		b.WriteString(strings.ReplaceAll(with, "%s", query[i+len(macro):end]))
		query = query[end+len("))"):]
	}
	b.WriteString(query)
	return b.String()
}

// numbered rewrites placeholders. No statement of this package holds a dollar
// sign for anything else.
func numbered(query string) string {
	b := []byte(query)
	for i := 0; i+1 < len(b); i++ {
		if b[i] == '$' && b[i+1] >= '1' && b[i+1] <= '9' {
			b[i] = '?'
		}
	}
	return string(b)
}

func (d *Dialect) by(index string) string {
	if d.By == "" || index == "" {
		return ""
	}
	return " " + strings.ReplaceAll(d.By, "%s", index)
}

func (d *Dialect) byPhone(table, owner string) string {
	if d.ByPhone == "" {
		return table + " x WHERE x." + owner + " = $1 AND x.phone IN (TEXTS($2))"
	}
	return fmt.Sprintf(d.ByPhone, table, owner)
}

// after is the condition that columns are equal to values, and the last of them
// greater.
func (d *Dialect) after(columns, values []string) string {
	n := len(columns) - 1
	equal := n
	if d.RowValues {
		// The range is one of the last two columns. One of more would not end
		// before the first column changes, since PostgreSQL looks at that alone:
		// behind a tag it would go through all the tenant's other tags. For the
		// same reason such a range has no end within the last column.
		equal--
	}
	var cond strings.Builder
	for i := range equal {
		cond.WriteString(columns[i] + " = " + values[i] + " AND ")
	}
	if d.RowValues {
		row, prefix := "("+columns[n-1]+", "+columns[n]+")", values[n-1]
		return cond.String() + row + " > (" + prefix + ", " + values[n] + ") AND " + row + " <= (" + prefix + ", 9223372036854775807)"
	}
	return cond.String() + columns[n] + " > " + values[n]
}

func (d *Dialect) wrap(err error) error {
	if err == nil || d.Error == nil {
		return err
	}
	return d.Error(err)
}
