package xlsx

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/xuri/excelize/v2"

	"github.com/alreasense/campaigns/contact"
)

// Options of Open. The zero value is good.
type Options struct {
	// MaxUnpacked bounds the size of the unpacked file in bytes. Defaults to
	// DefaultMaxUnpacked.
	MaxUnpacked int64
	// MaxMemory bounds the parts that are held in memory, all together: large
	// sheets and a large table of texts go into files, and pictures and all the
	// rest must not be larger. Defaults to DefaultMaxMemory.
	MaxMemory int64
	// TempDir is where such files are made. Defaults to the system's directory.
	TempDir string
}

// Defaults of Options: a million rows of ten columns have about 500 MiB when
// they are unpacked.
const (
	DefaultMaxUnpacked = 1 << 30
	DefaultMaxMemory   = 32 << 20
)

// Book is an open workbook. It is used by one goroutine.
type Book struct {
	f        *excelize.File
	file     *os.File // for what the library does not tell
	date1904 bool
	sheets   []sheet
	open     []*excelize.Rows
	stops    []func()
}

// Open opens a workbook. The caller closes it, which removes temporary files.
// What is wrong with the file is a *contact.FileError; other errors are the
// system's.
func Open(path string, o *Options) (_ *Book, err error) {
	opt := Options{MaxUnpacked: DefaultMaxUnpacked, MaxMemory: DefaultMaxMemory}
	if o != nil {
		opt.TempDir = o.TempDir
		if o.MaxUnpacked > 0 {
			opt.MaxUnpacked = o.MaxUnpacked
		}
		if o.MaxMemory > 0 {
			opt.MaxMemory = o.MaxMemory
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("xlsx: %w", err)
	}
	b := &Book{file: file}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	if err := b.survey(file, opt); err != nil {
		return nil, err
	}
	defer guard(&err)
	b.f, err = excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: opt.MaxUnpacked,
		UnzipXMLSizeLimit: max(1, min(opt.MaxMemory/inFile, opt.MaxUnpacked)), TmpDir: opt.TempDir})
	if err != nil {
		if b.f != nil {
			b.f.Close()
		}
		return nil, damaged(err)
	}
	return b, nil
}

// Sheets are the names of the sheets that are not hidden and have text, in
// their order.
func (b *Book) Sheets() (names []string) {
	for _, s := range b.sheets {
		names = append(names, s.name)
	}
	return names
}

// Rows reads a sheet from its beginning; the name may be written without regard
// to case and accents, and be empty if there is only one sheet. The rows of a
// book are read one sheet at a time.
func (b *Book) Rows(name string) (_ contact.RowReader, err error) {
	defer guard(&err)
	i := slices.IndexFunc(b.sheets, func(s sheet) bool { return s.name == name })
	if i < 0 && name != "" {
		i = slices.IndexFunc(b.sheets, func(s sheet) bool { return contact.Fold(s.name) == contact.Fold(name) })
	}
	switch {
	case len(b.sheets) == 0:
		return nil, &contact.FileError{Reason: contact.ReasonFileEmpty}
	case name == "" && len(b.sheets) > 1:
		return nil, &contact.FileError{Reason: contact.ReasonSheets, Columns: b.Sheets()}
	case name == "":
		i = 0
	case i < 0:
		return nil, &contact.FileError{Reason: contact.ReasonSheet, Columns: b.Sheets()}
	}
	r := &rows{book: b, last: b.sheets[i].last, below: make(map[int]merged)}
	r.merges = slices.SortedFunc(slices.Values(b.sheets[i].merges), func(x, y merge) int { return x.from - y.from })
	for _, half := range []**excelize.Rows{&r.raw, &r.shown} {
		if *half, err = b.f.Rows(b.sheets[i].name); err != nil {
			return nil, damaged(err)
		}
		b.open = append(b.open, *half)
	}
	var stop func()
	r.marks, stop = iter.Pull2(rowMarks(b.sheets[i].part))
	b.stops = append(b.stops, stop)
	return r, nil
}

// Close closes the workbook.
func (b *Book) Close() error {
	var errs []error
	for _, r := range b.open {
		r.Close() // its error is that of the rows
	}
	for _, stop := range b.stops {
		stop()
	}
	if b.f != nil {
		errs = append(errs, b.f.Close())
	}
	errs = append(errs, b.file.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	return nil
}

// rows reads a sheet three times side by side: the values as they are stored,
// and as they are shown, which together tell what they mean, and what the sheet
// says of its rows.
type rows struct {
	book       *Book
	raw, shown *excelize.Rows
	marks      func() (marks, error, bool)
	mark       marks // the last that was read
	ended      bool  // there are no more marks
	line, last int
	cells      []string
	merges     []merge        // those that have not begun
	below      map[int]merged // by their column, those that go on
}

// merged is a cell that reaches down to a line.
type merged struct {
	text string
	to   int
}

// Next implements contact.RowReader. Lines are those that the spreadsheet shows.
func (r *rows) Next() (_ contact.TableRow, err error) {
	defer guard(&err)
	more := r.raw.Next()
	if r.shown.Next() != more {
		return contact.TableRow{}, damaged(nil)
	}
	if !more {
		if r.raw.Error() != nil || r.line < r.last {
			return contact.TableRow{}, damaged(r.raw.Error())
		}
		return contact.TableRow{}, io.EOF
	}
	r.line++
	raw, err := r.raw.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return contact.TableRow{}, damaged(err)
	}
	shown, err := r.shown.Columns()
	if err != nil {
		return contact.TableRow{}, damaged(err)
	}
	mark, err := r.marked()
	if err != nil {
		return contact.TableRow{}, damaged(err)
	}
	r.cells = r.cells[:0]
	for i := range max(len(raw), len(shown)) {
		var stored, seen string
		if i < len(raw) {
			stored = raw[i]
		}
		if i < len(shown) {
			seen = shown[i]
		}
		r.cells = append(r.cells, text(stored, seen, mark.numbers[i], r.book.date1904))
	}
	r.fill()
	return contact.TableRow{Line: r.line, Cells: r.cells, Hidden: mark.hidden}, nil
}

// marked is what the sheet says of the row.
func (r *rows) marked() (marks, error) {
	for !r.ended && r.mark.line < r.line {
		m, err, more := r.marks()
		if err != nil {
			return marks{}, err
		}
		r.mark, r.ended = m, !more
	}
	if r.ended || r.mark.line != r.line {
		return marks{}, nil
	}
	return r.mark, nil
}

// fill gives a row that has text what merged cells above say in it.
func (r *rows) fill() {
	empty := !slices.ContainsFunc(r.cells, func(c string) bool { return c != "" })
	for column, m := range r.below {
		switch {
		case r.line > m.to:
			delete(r.below, column)
		case !empty:
			for len(r.cells) <= column {
				r.cells = append(r.cells, "")
			}
			if r.cells[column] == "" {
				r.cells[column] = m.text
			}
		}
	}
	for len(r.merges) > 0 && r.merges[0].from <= r.line {
		if m := r.merges[0]; m.from == r.line && m.column < len(r.cells) {
			r.below[m.column] = merged{r.cells[m.column], m.to}
		}
		r.merges = r.merges[1:]
	}
}

// Part is how much of the sheet has been read, from 0 to 1.
func (r *rows) Part() float64 {
	if r.last <= 0 {
		return 0
	}
	return min(1, float64(r.line)/float64(r.last))
}

func damaged(cause error) error {
	err := error(&contact.FileError{Reason: contact.ReasonDamaged})
	if cause != nil {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// guard turns a panic of the library over a broken file into an error.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = damaged(fmt.Errorf("xlsx: %v", p))
	}
}
