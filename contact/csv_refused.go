package contact

import (
	"bufio"
	"io"
	"strings"
)

// WriteRefused writes the kept refused rows as a CSV file, to be mended and
// read again: UTF-8 with a byte order mark, ";" between cells and CR LF at the
// end of lines, which Brazilian spreadsheets open as it is. The first column,
// "motivo_recusa" ("refusal_reason" in English), says line, column and reason,
// and is passed over by the next import. Then follow the columns of the
// original under their names, also if the original had no header; columns
// without a name are called as their variable.
//
// Cells are written as they were. A row whose quotes do not match is written
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
	if strings.HasPrefix(strings.ToLower(w.lang), "pt") {
		w.line = append(w.line, "motivo_recusa"...)
	} else {
		w.line = append(w.line, "refusal_reason"...)
	}
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
	w.line = w.line[:0]
	w.text(r.Text(w.lang))
	whole := r.Reason == ReasonQuote || r.Reason == ReasonRowLong // one cell for all
	for i, cell := range r.Cells {
		if whole || i >= len(w.layout.Columns) || !w.layout.Columns[i].isReason() {
			w.cell(cell)
		}
	}
	return w.flush()
}

// isReason reports whether the column is the first of an earlier file of refused
// rows, which the new one replaces.
func (c Column) isReason() bool {
	name := VarName(c.Name)
	return c.Field == FieldIgnore && (name == "motivo_recusa" || name == "refusal_reason")
}

func (w *refusedWriter) cell(s string) {
	w.line = append(w.line, ';')
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
