package desk

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// table prints rows under headings, each column as wide as its widest cell.
// The last column is cut where the terminal ends; nothing else is.
type table struct {
	head []string
	rows [][]string
	// right marks the columns of figures.
	right map[int]bool
}

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = printable(fmt.Sprint(c))
	}
	t.rows = append(t.rows, row)
}

func (t *table) print(w io.Writer, width int) {
	wide := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(row []string) {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			gap := strings.Repeat(" ", wide[i]-utf8.RuneCountInString(cell))
			switch {
			case t.right[i]:
				b.WriteString(gap + cell)
			case i == len(row)-1:
				b.WriteString(cell)
			default:
				b.WriteString(cell + gap)
			}
		}
		fmt.Fprintln(w, cut(strings.TrimRight(b.String(), " "), width))
	}
	line(t.head)
	for _, row := range t.rows {
		line(row)
	}
}

// cut shortens a line to the terminal's width; 0 leaves it whole.
func cut(s string, width int) string {
	if width <= 1 || utf8.RuneCountInString(s) <= width {
		return s
	}
	runes := []rune(s)
	return string(runes[:width-1]) + "…"
}

// printable keeps what strangers have typed from moving the cursor, or the
// lines of a table.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return utf8.RuneError
		}
		return r
	}, s)
}
