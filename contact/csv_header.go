package contact

import (
	"io"
	"slices"
	"strconv"
)

// headerRows is among how many rows with text, from the first, the header is
// looked for: reports have titles, dates and filters above it.
const headerRows = 20

// begin reads the header and settles what the columns mean.
func (c *CSV) begin() error {
	rows, layout, err := c.open()
	if err != nil {
		return err
	}
	c.rows, c.report.Layout = rows, layout
	names, err := c.header()
	if err != nil {
		return err
	}
	if c.o.Columns != nil {
		names = c.o.Columns
	}
	c.columns, err = mapColumns(names, &c.o)
	if err != nil {
		return err
	}
	c.mended = slices.ContainsFunc(c.columns, func(col column) bool { return col.isReason() })
	c.report.Layout.Header = !c.o.NoHeader
	for _, col := range c.columns {
		c.report.Layout.Columns = append(c.report.Layout.Columns, col.Column)
	}
	if c.o.Refused != nil {
		c.refused = newRefusedWriter(c.o.Refused, c.report.Layout, c.o.Lang)
	}
	return nil
}

// header finds the names of the columns. Rows that were read to find them and
// are not above the header are left in c.ahead.
func (c *CSV) header() (names []string, err error) {
	if c.o.HeaderRow > 0 && !c.o.NoHeader {
		return c.headerAt(c.o.HeaderRow)
	}
	if err := c.look(1); err != nil {
		return nil, err
	}
	if len(c.ahead) == 0 {
		return nil, &FileError{Reason: ReasonFileEmpty}
	}
	first := c.ahead[0]
	if c.o.NoHeader {
		if len(first.Cells) == 1 {
			return []string{"telefone"}, nil
		}
		return nil, nil // mapColumns asks for names
	}
	if first.Fault != "" {
		return nil, &FileError{Reason: first.Fault}
	}
	at := 0
	if c.o.Columns == nil && (!namesPhone(first.Cells, &c.o) || filled(first.Cells) == 1) {
		if err := c.look(headerRows); err != nil {
			return nil, err
		}
		at = headerAmong(c.ahead, &c.o)
	}
	first = c.ahead[at]
	c.ahead = c.ahead[at+1:]
	c.report.Layout.HeaderLine = first.Line
	return first.Cells, nil
}

// headerAt takes the row in that line for the header.
func (c *CSV) headerAt(line int) ([]string, error) {
	for {
		row, err := c.rows.Next()
		switch {
		case err == io.EOF, err == nil && row.Line > line:
			return nil, &FileError{Reason: ReasonHeaderRow, Columns: []string{strconv.Itoa(line)}}
		case err != nil:
			return nil, err
		case row.Line < line:
			continue
		case row.Fault != "":
			return nil, &FileError{Reason: row.Fault}
		case blank(row.Cells):
			return nil, &FileError{Reason: ReasonHeaderRow, Columns: []string{strconv.Itoa(line)}}
		}
		c.report.Layout.HeaderLine = line
		return slices.Clone(row.Cells), nil
	}
}

// look reads rows into c.ahead until n of them have text. Blank rows before the
// first are counted and passed over.
func (c *CSV) look(n int) error {
	have := 0
	for _, row := range c.ahead {
		if row.Fault != "" || !blank(row.Cells) {
			have++
		}
	}
	for have < n {
		row, err := c.rows.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if row.Fault == "" && blank(row.Cells) {
			if len(c.ahead) == 0 {
				c.report.Blank++
				continue
			}
		} else {
			have++
		}
		row.Cells = slices.Clone(row.Cells)
		c.ahead = append(c.ahead, row)
	}
	return nil
}

// headerAmong is the index of the header: the first row that names a phone. A
// row with one cell above a table of several is a title, whatever it says. If
// no row names a phone it is the first, and mapColumns says what is missing.
func headerAmong(rows []TableRow, o *CSVOptions) int {
	title := -1
	for i, row := range rows {
		if row.Fault != "" || !namesPhone(row.Cells, o) {
			continue
		}
		if filled(row.Cells) > 1 {
			return i
		}
		if title < 0 {
			title = i
		}
	}
	if title >= 0 && !slices.ContainsFunc(rows, func(r TableRow) bool { return filled(r.Cells) > 1 }) {
		return title
	}
	return max(title, 0)
}

// filled counts the cells that have text.
func filled(cells []string) (n int) {
	for _, c := range cells {
		if trim(c) != "" {
			n++
		}
	}
	return n
}
