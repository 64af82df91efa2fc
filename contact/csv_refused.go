package contact

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteRefused writes the kept refused rows as a CSV file, to be mended and
// read again: UTF-8 with a byte order mark, ";" between cells and CR LF at the
// end of lines, which Brazilian spreadsheets open as it is. The first columns,
// "linha_recusa", "codigo_recusa" and "motivo_recusa" ("refusal_line",
// "refusal_code" and "refusal_reason" in English), say line, reason code, and
// line, column and reason in words; they are passed over by the next import.
// Then follow the columns of the original under their names, also if the
// original had no header; columns without a name are called as their variable.
//
// A cell that a spreadsheet would take for a formula gets an apostrophe before
// it, which the next import removes. Otherwise cells are written as they were. A
// row whose quotes do not match is written
// into one cell, as it stood; of one that was too long only the beginning. Lang
// is "pt" or "en". If Report.More is not 0, there were more refused rows than
// these: give CSVOptions.Refused a writer to have them all.
func (r Report) WriteRefused(w io.Writer, lang string) error {
	b := bufio.NewWriter(w)
	rw := newRefusedWriter(b, r.Layout, lang)
	if len(r.Refusals) == 0 {
		if err := rw.header(); err != nil {
			return err
		}
	}
	for _, refusal := range r.Refusals {
		if err := rw.write(refusal); err != nil {
			return err
		}
	}
	return b.Flush()
}

// refusedWriter writes rows as they are refused: the header with the first.
type refusedWriter struct {
	w      io.Writer
	layout Layout
	lang   string
	begun  bool
	line   []byte
}

func newRefusedWriter(w io.Writer, l Layout, lang string) *refusedWriter {
	return &refusedWriter{w: w, layout: l, lang: lang}
}

func (w *refusedWriter) header() error {
	w.begun = true
	w.line = append(w.line[:0], "\ufeff"...)
	names := "refusal_line;refusal_code;refusal_reason"
	if strings.HasPrefix(strings.ToLower(w.lang), "pt") {
		names = "linha_recusa;codigo_recusa;motivo_recusa"
	}
	w.line = append(w.line, names...)
	for _, c := range w.layout.Columns {
		if !c.isReason() {
			w.cell(c.title())
		}
	}
	return w.flush()
}

func (w *refusedWriter) write(r Refusal) error {
	if !w.begun {
		if err := w.header(); err != nil {
			return err
		}
	}
	w.line = strconv.AppendInt(w.line[:0], int64(r.Line), 10)
	w.cell(string(r.Reason))
	w.cell(r.Text(w.lang))
	whole := r.Reason == ReasonQuote || r.Reason == ReasonRowLong // one cell for all
	for i, cell := range r.Cells {
		if whole || i >= len(w.layout.Columns) || !w.layout.Columns[i].isReason() {
			w.cell(cell)
		}
	}
	return w.flush()
}

// isReason reports whether the column is one of the first of an earlier file of
// refused rows, which the new one replaces.
func (c Column) isReason() bool {
	switch VarName(c.Name) {
	case "linha_recusa", "codigo_recusa", "motivo_recusa", "refusal_line", "refusal_code", "refusal_reason":
		return c.Field == FieldIgnore
	}
	return false
}

// isFormula reports whether a spreadsheet would take a cell for a formula: it
// begins like one, and is no number or phone.
func isFormula(s string) bool {
	// Some spreadsheets read the wide forms as the plain ones.
	s = strings.TrimLeft(s, " \u00a0\ufeff")
	if first, _ := utf8.DecodeRuneInString(s); s == "" || !strings.ContainsRune("=+-@|%\t\r\n＝＋－＠", first) {
		return false
	}
	return s[0] != '+' && s[0] != '-' || strings.Trim(s[1:], "0123456789 ().,-") != "" || len(s) == 1
}

// unmarked is a cell without the apostrophe that was put before a formula.
func unmarked(s string) string {
	if len(s) > 1 && s[0] == '\'' && isFormula(s[1:]) {
		return s[1:]
	}
	return s
}

func (w *refusedWriter) cell(s string) {
	w.line = append(w.line, ';')
	if isFormula(s) {
		s = "'" + s
	}
	w.text(s)
}

func (w *refusedWriter) text(s string) {
	if !strings.ContainsAny(s, ";\"\r\n") && trim(s) == s {
		w.line = append(w.line, s...)
		return
	}
	w.line = append(w.line, '"')
	w.line = append(w.line, strings.ReplaceAll(s, `"`, `""`)...)
	w.line = append(w.line, '"')
}

func (w *refusedWriter) flush() error {
	w.line = append(w.line, "\r\n"...)
	_, err := w.w.Write(w.line)
	return err
}
