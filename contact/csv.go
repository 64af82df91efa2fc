package contact

import (
	"errors"
	"io"
	"iter"
)

// CSVOptions says what is known about a file beforehand. Nil or the zero value
// finds everything out and reads Brazilian numbers.
type CSVOptions struct {
	// Region of numbers that name no country. Defaults to DefaultRegion.
	Region string
	// Delimiter is ';', ',', '\t' or '|'. Defaults to what a sep= line says,
	// else to the one of the four that splits the file's beginning best.
	Delimiter rune
	// Encoding of the bytes. Defaults to what the beginning shows; see [ReadCSV].
	Encoding Encoding
	// NoHeader says that the first row is a contact already. Columns must then
	// name the columns, unless there is only one: that is the phone.
	NoHeader bool
	// HeaderRow is the line of the header, as a spreadsheet or editor counts it,
	// from 1; what stands above is passed over. Defaults to finding it: the
	// first of the first 20 rows with text that names a phone.
	HeaderRow int
	// HiddenRows reads the rows that a spreadsheet hides, by a filter for
	// instance. Without it they are passed over and counted in Report.Hidden.
	HiddenRows bool
	// Columns are the names of the columns in order, instead of those in the
	// header (which is still passed over, unless NoHeader).
	Columns []string
	// Mapping overrides what a column's name means. Keys are names of columns,
	// compared by VarName. A key that no column has is an error.
	Mapping map[string]Field
	// Tags are given to every contact, beside those of its row.
	Tags []string
	// Consent and Basis are given to every contact whose row says none.
	Consent string
	Basis   Basis
	// MaxRows ends the reading after so many rows with text, for a preview.
	// Defaults to no end.
	MaxRows int
	// MaxRow is the greatest length of a row in bytes; longer ones are refused,
	// and memory is bounded by it. Defaults to DefaultMaxRow.
	MaxRow int
	// KeepRefused is how many refused rows Report.Refusals keeps, up to 8 MiB of
	// cells; the others are counted in Report.More. Defaults to
	// DefaultKeepRefused; negative keeps none.
	KeepRefused int
	// Refused, if set, is given every refused row as it is met, in the form of
	// Report.WriteRefused, however many there are. An error of it ends the
	// reading.
	Refused io.Writer
	// Left, if set, is told of every row that says that its person wants no
	// messages ("Descadastrado", "opt_out", "Aceita receber mensagens?"), whose
	// row is refused with ReasonLeft. An error of it ends the reading.
	Left func(Left) error
	// Lang is the language of the reasons that Refused is given, "pt" or "en".
	// Defaults to "pt".
	Lang string
}

// Defaults of CSVOptions.
const (
	DefaultMaxRow      = 256 << 10
	DefaultKeepRefused = 10_000
	maxKeptBytes       = 8 << 20
)

// ErrFile is what every *FileError wraps.
var ErrFile = errors.New("contact: unreadable file")

// FileError says why a whole file cannot be read as a list of contacts.
type FileError struct {
	Reason Reason
	// Columns are the names that were seen, for reasons that are about columns.
	// They come from the user's file: show them to its owner.
	Columns []string
}

// Error gives the reason in English, with the number of columns but without
// their names.
func (e *FileError) Error() string { return "contact: file: " + e.Reason.Text("en") }

// Text gives the reason in a language, "pt" or "en", with the names of the
// columns that were seen and, if the phone is missing, the names that would be
// recognised.
func (e *FileError) Text(lang string) string { return fileErrorText(e, lang) }

// Unwrap makes errors.Is(err, ErrFile) true.
func (e *FileError) Unwrap() error { return ErrFile }

// CSV reads contacts from a file. It is used by one goroutine.
type CSV struct {
	o      CSVOptions
	open   func() (RowReader, Layout, error)
	opened bool
	err    error // of the file as a whole; final

	rows    RowReader
	columns []column
	row     TableRow   // the last one taken
	ahead   []TableRow // rows that were read to find the header, and are still to be taken
	seen    phoneSet
	report  Report
	kept    int
	mended  bool // the file is one of refused rows
	refused *refusedWriter
}

// ReadCSV reads contacts from CSV as Brazilian spreadsheets write it. It starts
// to read when the first of [CSV.Layout] and [CSV.All] is called, and holds no
// more of the file in memory than a few rows, whatever the file's size; beside
// that, about 40 bytes for each accepted row to find duplicates.
//
// Encoding: a byte order mark decides, else NUL bytes in a pattern (UTF-16),
// else whether the first 64 KiB are UTF-8 or Windows-1252. If they are plain
// ASCII, the first row that is not decides, which is exact, since ASCII is the
// same in both. Once decided it stays: a later row with bytes that the encoding
// does not have is refused ([ReasonEncoding]), and so is one with U+FFFD, the
// scar of an earlier conversion.
//
// Lines end in LF, CR LF or, if the first 64 KiB have no LF, CR. Line numbers
// are those of a text editor: from 1, with the lines inside quoted cells.
//
// Quotes: a cell that begins with a quote, after blanks perhaps, is quoted and
// may hold separators, line ends and doubled quotes. Quotes in the middle of
// other cells are text. If a quoted cell does not end, or goes on after its
// end, its line is refused ([ReasonQuote]) and reading goes on with the next
// line.
//
// Rows may be shorter than the header, since spreadsheets leave out empty cells
// at the end. Longer ones are refused unless what is too much is empty. Rows
// without any text are passed over and counted as blank. Cells are trimmed;
// ="…", which keeps a spreadsheet from reading a number, is the text inside;
// other formulas are text like any other.
//
// The header is the first of the first 20 rows with text that names a phone:
// what stands above it, a title or a date, is passed over.
//
// Columns are found by the words of their names in Portuguese and English,
// without regard to case, accents and punctuation; see [Field]. All other
// columns become variables of the contact, by [VarName].
//
// A phone that stands in an earlier accepted row is a duplicate and refused
// ([ReasonDuplicate]), with the line of that row.
func ReadCSV(r io.Reader, o *CSVOptions) *CSV {
	c := newCSV(o)
	c.open = func() (RowReader, Layout, error) { return openCSV(r, &c.o) }
	return c
}

// RowReader gives the rows of a table that is no CSV file, such as a sheet.
type RowReader interface {
	// Next returns the next row, or io.EOF after the last. Its cells may be
	// overwritten by the next call.
	Next() (TableRow, error)
}

// TableRow is one row of a table.
type TableRow struct {
	Line  int // as the user counts, from 1
	Cells []string
	// Hidden says that its owner does not see the row.
	Hidden bool
	// Fault, if set, refuses the row: ReasonQuote, ReasonRowLong, ReasonNUL or
	// ReasonEncoding. Cells then hold what can be shown of it.
	Fault Reason
	// Raw, if set, is the row that could not be split into cells.
	Raw string
}

// ReadTable reads contacts from rows that are split already, by the same rules
// and with the same report as ReadCSV. The options about bytes (Delimiter,
// Encoding, MaxRow) have no meaning here.
func ReadTable(rows RowReader, o *CSVOptions) *CSV {
	c := newCSV(o)
	c.open = func() (RowReader, Layout, error) { return rows, Layout{}, nil }
	return c
}

func newCSV(o *CSVOptions) *CSV {
	c := &CSV{seen: phoneSet{}}
	if o != nil {
		c.o = *o
	}
	if c.o.MaxRow <= 0 {
		c.o.MaxRow = DefaultMaxRow
	}
	if c.o.KeepRefused == 0 {
		c.o.KeepRefused = DefaultKeepRefused
	}
	if c.o.Lang == "" {
		c.o.Lang = "pt"
	}
	c.o.Tags = NormalizeTags(c.o.Tags)
	c.report.ByReason = map[Reason]int{}
	return c
}

// Layout reads the header, if it has not been read, and says how the file is
// understood: what a preview shows before the import. Encoding is "ascii" as
// long as no row has needed more. The error is that of the whole file: a
// [*FileError], or the reader's.
func (c *CSV) Layout() (Layout, error) {
	if err := c.start(); err != nil {
		return Layout{}, err
	}
	return c.Report().Layout, nil
}

// All gives the valid contacts in the file's order. Refused rows are not seen
// here: they are in the report. An error is about the whole file or its reader,
// comes with a zero Contact, and is the last thing given. Contacts are active
// unless their row says otherwise, and valid in the sense of
// [Contact.Validate].
//
// A loop that ends early leaves the rest unread; a later call goes on from
// there, so that the first rows can be shown before the others are imported.
func (c *CSV) All() iter.Seq2[Contact, error] {
	return func(yield func(Contact, error) bool) {
		if err := c.start(); err != nil {
			yield(Contact{}, err)
			return
		}
		for c.o.MaxRows <= 0 || c.report.Rows < c.o.MaxRows {
			row, err := c.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				c.err = err
				yield(Contact{}, err)
				return
			}
			if row.Hidden && !c.o.HiddenRows {
				c.report.Hidden++
				continue
			}
			c.row = row
			to, ok, err := c.take(row)
			if err != nil {
				c.err = err
				yield(Contact{}, err)
				return
			}
			if ok && !yield(to, nil) {
				return
			}
		}
	}
}

// Report says what has been read so far; after the last contact it is complete.
func (c *CSV) Report() Report {
	r := c.report.clone()
	if s, ok := c.rows.(*splitter); ok {
		r.Lines, r.Layout.Encoding = s.line, s.encoding()
	}
	return r
}

// Row is the row that the last contact of All was made of. Its cells stand
// until the next contact is asked for.
func (c *CSV) Row() TableRow { return c.row }

// Refuse counts a row as refused whose contact All has given already: for what
// only shows later, such as a contact that the store cannot take. It is written
// and reported behind those that were refused before. The row may be one of
// another reader of the same file.
func (c *CSV) Refuse(row TableRow, why Reason) error {
	if err := c.start(); err != nil {
		return err
	}
	c.report.Accepted--
	return c.refuse(row, -1, why, 0)
}

func (c *CSV) next() (TableRow, error) {
	if len(c.ahead) > 0 {
		row := c.ahead[0]
		c.ahead = c.ahead[1:]
		return row, nil
	}
	return c.rows.Next()
}

// start opens the file and reads its header, once.
func (c *CSV) start() error {
	if c.opened || c.err != nil {
		return c.err
	}
	c.opened = true
	c.err = c.begin()
	return c.err
}

// phoneSet remembers phones and the line of each. At most 15 digits fit into 64
// bits, so it is exact and never takes one number for another.
type phoneSet map[uint64]uint32

// add returns the line at which p was added before, or 0.
func (s phoneSet) add(p Phone, line int) int {
	var key uint64
	for i := 1; i < len(p); i++ {
		key = key*10 + uint64(p[i]-'0')
	}
	if first, ok := s[key]; ok {
		return int(first)
	}
	s[key] = uint32(line)
	return 0
}
