package desk

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// table prints rows under headings, each column as wide as its widest cell.
// Where the terminal is narrower, the widest columns of words go on below
// themselves: nothing is cut.
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

// leastColumn is how narrow a column of words is made, in characters.
const leastColumn = 12

// widths are those of the columns on a terminal so wide; 0 is without an end.
func (t *table) widths(terminal int) []int {
	wide := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	over := 2 * (len(wide) - 1)
	for _, n := range wide {
		over += n
	}
	for over -= terminal; terminal > 0 && over > 0; over-- {
		widest := -1
		for i, n := range wide {
			if !t.right[i] && n > leastColumn && (widest < 0 || n > wide[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break // the terminal breaks the lines
		}
		wide[widest]--
	}
	return wide
}

func (t *table) print(w io.Writer, width int) {
	wide := t.widths(width)
	for _, row := range append([][]string{t.head}, t.rows...) {
		cells, lines := make([][]string, len(row)), 1
		for i, cell := range row {
			cells[i] = wrap(cell, wide[i])
			lines = max(lines, len(cells[i]))
		}
		for n := range lines {
			var b strings.Builder
			for i := range cells {
				if i > 0 {
					b.WriteString("  ")
				}
				cell := ""
				if n < len(cells[i]) {
					cell = cells[i][n]
				}
				gap := strings.Repeat(" ", max(0, wide[i]-utf8.RuneCountInString(cell)))
				if t.right[i] {
					b.WriteString(gap + cell)
				} else {
					b.WriteString(cell + gap)
				}
			}
			fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
		}
	}
}

// wrap breaks a text into lines between words, and a word that is wider than a
// line where the line ends. 0 leaves it whole.
func wrap(s string, width int) (lines []string) {
	for runes := []rune(s); ; {
		if width <= 0 || len(runes) <= width {
			return append(lines, string(runes))
		}
		at := width
		for at > 0 && runes[at] != ' ' {
			at--
		}
		rest := at + 1
		if at == 0 {
			at, rest = width, width
		}
		lines = append(lines, strings.TrimRight(string(runes[:at]), " "))
		runes = runes[rest:]
	}
}

// fold writes a line over as many as the terminal needs, those that follow moved
// to the right.
func fold(w io.Writer, s string, width int) {
	const indent = 4
	if width <= 2*leastColumn {
		width = 0
	}
	first := wrap(s, width)[0]
	fmt.Fprintln(w, first)
	rest := strings.TrimLeft(s[len(first):], " ")
	if rest == "" {
		return
	}
	for _, line := range wrap(rest, width-indent) {
		fmt.Fprintln(w, strings.Repeat(" ", indent)+line)
	}
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
