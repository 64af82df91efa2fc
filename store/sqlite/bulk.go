package sqlite

import "strings"

// bulk is an INSERT of many rows at a time. A statement costs as much as a few
// rows of it, so rows go in by the largest of a few sizes that fits.
type bulk struct {
	columns int
	text    [len(bulkSizes)]string
}

var bulkSizes = [...]int{64, 16, 4, 1}

// newBulk makes the statements "insert (…) VALUES (?, …), …".
func newBulk(into, columns string) bulk {
	b := bulk{columns: strings.Count(columns, ",") + 1}
	row := "(?" + strings.Repeat(",?", b.columns-1) + ")"
	for i, n := range bulkSizes {
		b.text[i] = "INSERT INTO " + into + " (" + columns + ") VALUES " + row + strings.Repeat(","+row, n-1)
	}
	return b
}

// or adds what happens to a row that is there already.
func (b bulk) or(clause string) bulk {
	for i := range b.text {
		b.text[i] += clause
	}
	return b
}

// insert puts n rows in. values appends those of row i.
func (t *tx) insert(b *bulk, n int, values func(args []any, i int) []any) error {
	args := make([]any, 0, b.columns*min(n, bulkSizes[0]))
	for i := 0; i < n; {
		k := 0
		for bulkSizes[k] > n-i {
			k++
		}
		args = args[:0]
		for range bulkSizes[k] {
			args = values(args, i)
			i++
		}
		if err := t.exec(b.text[k], args...); err != nil {
			return err
		}
	}
	return nil
}
