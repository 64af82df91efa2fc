package contact

import (
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Layout is how a file is understood.
type Layout struct {
	Encoding  Encoding `json:"encoding"`
	BOM       bool     `json:"bom"`       // the file begins with a byte order mark
	Delimiter string   `json:"delimiter"` // one character; empty for tables that are no CSV
	Header    bool     `json:"header"`
	// HeaderLine is where the header stands; what is above it was passed over.
	// 0 if there is none.
	HeaderLine int      `json:"header_line"`
	Columns    []Column `json:"columns"`
}

// Report is what became of a file. Rows = Accepted + Refused, and Refused =
// len(Refusals) + More.
type Report struct {
	Layout   Layout `json:"layout"`
	Lines    int    `json:"lines"`    // physical lines; 0 for tables that are no CSV
	Rows     int    `json:"rows"`     // with text in them, without the header
	Accepted int    `json:"accepted"` //
	Refused  int    `json:"refused"`  //
	Blank    int    `json:"blank"`    // rows passed over, since they have no text
	// Hidden rows were passed over, since the spreadsheet does not show them:
	// see CSVOptions.HiddenRows. They are in none of the other counts.
	Hidden   int            `json:"hidden"`
	ByReason map[Reason]int `json:"by_reason"`
	// Refusals are the first refused rows, by rising line, and after them those
	// of CSV.Refuse.
	Refusals []Refusal `json:"refusals"`
	// More is how many were refused beside those in Refusals, because
	// CSVOptions.KeepRefused or the memory for them was exhausted.
	More int `json:"more"`
}

// Refusal is a row that was refused. Its cells are personal data: they are for
// the owner of the file, and LogValue leaves them out.
type Refusal struct {
	Line   int    `json:"line"`             // the row's first physical line
	Column string `json:"column,omitempty"` // the column's name; empty if it is about the whole row
	Reason Reason `json:"reason"`
	First  int    `json:"first_line,omitempty"` // of duplicates: the line of the row that was accepted
	// Cells are the row as it was read, or, of a row that could not be split,
	// one cell with its text, of a row that is too long its beginning and "…".
	// NUL and bytes that are no text stand as U+FFFD.
	Cells []string `json:"cells"`
}

// Text says in a language, "pt" or "en", where and why: "linha 7, telefone:
// falta o DDD …".
func (r Refusal) Text(lang string) string {
	line, same := "line ", "the same phone stands in line "
	if strings.HasPrefix(strings.ToLower(lang), "pt") {
		line, same = "linha ", "o mesmo telefone está na linha "
	}
	s := line + strconv.Itoa(r.Line)
	if r.Column != "" {
		s += ", " + r.Column
	}
	if r.Reason == ReasonDuplicate && r.First > 0 {
		return s + ": " + same + strconv.Itoa(r.First)
	}
	return s + ": " + r.Reason.Text(lang)
}

// LogValue logs line, column and code, without the cells.
func (r Refusal) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("line", r.Line), slog.String("column", r.Column), slog.String("reason", string(r.Reason)))
}

// LogValue logs the counts only.
func (r Report) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("rows", r.Rows), slog.Int("accepted", r.Accepted), slog.Int("refused", r.Refused))
}

func (r Report) clone() Report {
	r.Layout.Columns = slices.Clone(r.Layout.Columns)
	r.ByReason = maps.Clone(r.ByReason)
	r.Refusals = slices.Clone(r.Refusals)
	return r
}

// refuse records a refused row, whose fault is in the at-th column, or in none
// if at is negative.
func (c *CSV) refuse(row TableRow, at int, why Reason, first int) error {
	r := Refusal{Line: row.Line, Reason: why, First: first}
	if at >= 0 && at < len(c.columns) {
		r.Column = c.columns[at].title()
	}
	c.report.Refused++
	c.report.ByReason[why]++
	if row.Raw != "" {
		r.Cells = []string{showable(row.Raw)}
	} else {
		r.Cells = make([]string, len(row.Cells))
		for i, cell := range row.Cells {
			r.Cells[i] = showable(cell)
		}
	}
	size := 100
	for _, cell := range r.Cells {
		size += 16 + len(cell)
	}
	if len(c.report.Refusals) < c.o.KeepRefused && c.report.More == 0 && c.kept+size <= maxKeptBytes {
		c.kept += size
		c.report.Refusals = append(c.report.Refusals, r)
	} else {
		c.report.More++
	}
	if c.refused != nil {
		return c.refused.write(r)
	}
	return nil
}

func showable(s string) string {
	if checkText(s, len(s)) == "" {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
