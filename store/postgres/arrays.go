package postgres

import (
	"strings"

	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// bulk is a statement over many rows at a time, which come as one array for
// each column.
type bulk struct {
	text string
}

// unnest is "unnest($1::bytea[], …) AS v (id, …)" for columns that are written
// as "id bytea, …". Integers of every size come as bigint.
func unnest(columns string) (from, names string) {
	var types, list []string
	for i, c := range strings.Split(columns, ",") {
		f := strings.Fields(c)
		list = append(list, f[0])
		types = append(types, "$"+digits(i+1)+"::"+f[1]+"[]")
	}
	names = strings.Join(list, ", ")
	return "unnest(" + strings.Join(types, ", ") + ") AS v (" + names + ")", names
}

func digits(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return string(rune('0'+n/10)) + string(rune('0'+n%10))
}

// insert is an INSERT of the columns; more follows it.
func insert(table, columns, more string) bulk {
	from, names := unnest(columns)
	return bulk{"INSERT INTO " + table + " (" + names + ") SELECT " + names + " FROM " + from + " " + more}
}

// insertArrays is the Insert of the shared records: one statement for all rows.
func insertArrays(in sqlrecords.Insert, n int, row func(args []any, i int) []any, run func(query string, args []any) error) error {
	if n == 0 {
		return nil
	}
	from, names := unnest(in.Columns)
	return run(in.Text("SELECT "+names+" FROM "+from), columns(n, row))
}

// updateArrays is the Update of the shared records: one statement for all rows.
func updateArrays(u sqlrecords.Update, n int, row func(args []any, i int) []any, run func(query string, args []any) error) error {
	if n == 0 {
		return nil
	}
	return run(update(u.Table, u.Columns, "id").text, columns(n, row))
}

// update is an UPDATE of the columns that are not the key.
func update(table, columns, key string) bulk {
	from, names := unnest(columns)
	var set []string
	for _, n := range strings.Split(names, ", ") {
		if n != key {
			set = append(set, n+" = v."+n)
		}
	}
	return bulk{"UPDATE " + table + " t SET " + strings.Join(set, ", ") + " FROM " + from + " WHERE t." + key + " = v." + key}
}

// queue adds the statement to a batch with n rows, whose values row appends.
func (s *bulk) queue(b *pgx.Batch, n int, row func(args []any, i int) []any) *pgx.QueuedQuery {
	return b.Queue(s.text, columns(n, row)...)
}

// columns turns rows of int64, string and []byte into an array for each column.
func columns(n int, row func(args []any, i int) []any) []any {
	var (
		out  []any
		args []any
	)
	for i := range n {
		args = row(args[:0], i)
		if out == nil {
			out = make([]any, len(args))
			for k, v := range args {
				switch v.(type) {
				case int64:
					out[k] = make([]int64, 0, n)
				case string:
					out[k] = make([]string, 0, n)
				case []byte:
					out[k] = make([][]byte, 0, n)
				}
			}
		}
		for k, v := range args {
			switch list := out[k].(type) {
			case []int64:
				out[k] = append(list, v.(int64))
			case []string:
				out[k] = append(list, v.(string))
			case [][]byte:
				out[k] = append(list, v.([]byte))
			}
		}
	}
	return out
}

// each is a reader of all rows of a query.
func each(f func(pgx.Rows) error) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		defer rows.Close()
		for rows.Next() {
			if err := f(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// part is a run of the columns of a row, for a scanner of sqlrecords.
type part struct {
	row  pgx.Rows
	from int
}

// Scan implements sqlrecords.Scanner.
func (p part) Scan(dest ...any) error {
	all := make([]any, len(p.row.FieldDescriptions()))
	copy(all[p.from:], dest)
	return p.row.Scan(all...)
}

// width counts the columns of a list.
func width(columns string) int { return strings.Count(columns, ",") + 1 }

func ints[T ~int64](ids []T) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

func texts[T ~string](ss []T) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = string(s)
	}
	return out
}

// set is a list of keys without repetition, in the order of their first use.
type set[K comparable] struct {
	has  map[K]struct{}
	list []K
}

func (s *set[K]) add(k K) {
	if _, ok := s.has[k]; ok {
		return
	}
	if s.has == nil {
		s.has = make(map[K]struct{})
	}
	s.has[k] = struct{}{}
	s.list = append(s.list, k)
}
