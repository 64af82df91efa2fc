package control

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// file is a list that is answered whole, piece by piece: CSV for spreadsheets,
// ndjson for programs.
type file[T any] struct {
	// name is the file's, without its ending.
	name, format string
	rows         iter.Seq2[T, error]
	// plain is a row as JSON. cells gives the headings of the sheet, and what
	// makes the cells of a row.
	plain func(*visit, T) any
	cells func(*visit) ([]string, func(T) []string)
}

func (f file[T]) serve(ctx context.Context, a *api) *streamed {
	return &streamed{Body: func(huma.Context) {
		v := visitOf(ctx)
		h := v.w.Header()
		h.Set("Content-Disposition", `attachment; filename="`+f.name+`.`+f.format+`"`)
		out := bufio.NewWriterSize(&patient{ctx, v.w, http.NewResponseController(v.w), a.Limits.WriteTime}, 32<<10)
		var write func(T) error
		if f.format == "ndjson" {
			h.Set("Content-Type", "application/x-ndjson")
			enc := json.NewEncoder(out)
			write = func(row T) error { return enc.Encode(f.plain(v, row)) }
		} else {
			h.Set("Content-Type", "text/csv; charset=utf-8")
			head, cells := f.cells(v)
			line := sheetLines(out)
			_ = line(head) // what is written at last tells of a trouble
			write = func(row T) error { return line(cells(row)) }
		}
		for row, err := range f.rows {
			if err == nil {
				err = write(row)
			}
			if err != nil {
				// Half a file must not pass for a whole one: the connection breaks.
				a.Logger.Error("export broke off", "request", v.id, "error", err.Error())
				panic(http.ErrAbortHandler)
			}
		}
		if out.Flush() != nil {
			panic(http.ErrAbortHandler)
		}
	}}
}

// patient gives the client a while for each piece, and no longer, while ctx lasts.
type patient struct {
	ctx  context.Context
	w    io.Writer
	c    *http.ResponseController
	wait time.Duration
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	_ = p.c.SetWriteDeadline(soon(p.wait))
	return p.w.Write(b)
}

// sheetLines begins a CSV file, and returns what writes a line of it.
func sheetLines(w io.Writer) func(cells []string) error {
	_, _ = io.WriteString(w, "\ufeff") // how spreadsheets know UTF-8
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	return func(cells []string) error {
		for i := range cells {
			cells[i] = inert(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
}

// inert keeps a spreadsheet from taking a cell for a formula: one that begins
// as a formula does gets an apostrophe, which spreadsheets hide. Blanks before
// it do not help.
func inert(cell string) string {
	t := strings.TrimLeft(cell, " \u00a0\ufeff")
	if t != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(t)[0]) {
		return "'" + cell
	}
	return cell
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
