package sqlrecords

import (
	"database/sql"
	"fmt"
	"strings"
)

// Insert is an INSERT of many rows at a time.
type Insert struct {
	Table string
	// Columns are written as "phone text, active bigint".
	Columns string
	// Known, if set, are the columns of a unique key, as in "team, contact":
	// rows that are there already are left alone.
	Known string
	// Returning, if set, are the columns that each inserted row answers with.
	Returning string
}

// Names are the columns without their types.
func (in Insert) Names() []string { return names(in.Columns) }

func names(columns string) (list []string) {
	for c := range strings.SplitSeq(columns, ",") {
		list = append(list, strings.Fields(c)[0])
	}
	return list
}

// Update is an UPDATE of many rows at a time, each found by its id: the first
// of the columns, which are written as those of an Insert.
type Update struct{ Table, Columns string }

func (w *Writer) run(query string, args []any) error { return w.exec(query, args...) }

// Text is the statement for rows that come from a VALUES list or a SELECT.
func (in Insert) Text(rows string) string {
	q := "INSERT INTO " + in.Table + " (" + strings.Join(in.Names(), ", ") + ") " + rows
	if in.Known != "" {
		q += " ON CONFLICT (" + in.Known + ") DO NOTHING"
	}
	if in.Returning != "" {
		q += " RETURNING " + in.Returning
	}
	return q
}

// insert puts n rows in, of which row appends the values, in their order, and
// calls each for what they return. It tells how many rows were new, where
// nothing is returned.
func (w *Writer) insert(in Insert, n int, row func(args []any, i int) []any, each func(*sql.Rows) error) (added int64, err error) {
	if w.db == nil {
		return 0, errEnded
	}
	err = w.d.Insert(in, n, row, func(query string, args []any) error {
		if in.Returning != "" {
			return w.rows(query, each, args...)
		}
		k, err := w.affect(query, args...)
		added += k
		return err
	})
	return added, err
}

// Values is a Dialect.Insert for databases that know no arrays: rows go in by
// the largest of a few sizes that fits, since a statement costs as much as a
// few rows of it.
func Values(in Insert, n int, row func(args []any, i int) []any, run func(query string, args []any) error) error {
	one := "(?" + strings.Repeat(",?", len(in.Names())-1) + ")"
	var args []any
	for i := 0; i < n; {
		k := 1
		for _, size := range [...]int{64, 16, 4} {
			if size <= n-i {
				k = size
				break
			}
		}
		args = args[:0]
		for range k {
			args = row(args, i)
			i++
		}
		if err := run(in.Text("VALUES "+one+strings.Repeat(","+one, k-1)), args); err != nil {
			return err
		}
	}
	return nil
}

// RowByRow is a Dialect.Update for databases to which a statement costs no
// round trip.
func RowByRow(u Update, n int, row func(args []any, i int) []any, run func(query string, args []any) error) error {
	var set []string
	for i, name := range names(u.Columns) {
		set = append(set, fmt.Sprintf("%s = ?%d", name, i+1))
	}
	query := "UPDATE " + u.Table + " SET " + strings.Join(set[1:], ", ") + " WHERE " + set[0]
	var args []any
	for i := range n {
		args = row(args[:0], i)
		if err := run(query, args); err != nil {
			return err
		}
	}
	return nil
}
