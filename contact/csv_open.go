package contact

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// sampleSize is how much of a file's beginning decides about its encoding, line
// ends and delimiter.
const sampleSize = 64 << 10

var delimiters = []byte{';', ',', '\t', '|'}

// openCSV finds out how the file is written and prepares to read its rows.
func openCSV(r io.Reader, o *CSVOptions) (RowReader, Layout, error) {
	var l Layout
	head, whole, err := readSample(r)
	if err != nil {
		return nil, l, err
	}
	if len(head) == 0 {
		return nil, l, &FileError{Reason: ReasonFileEmpty}
	}
	if isSpreadsheet(head) {
		return nil, l, &FileError{Reason: ReasonFileSheet}
	}
	enc, mark := byteOrderMark(head)
	l.BOM = mark > 0
	head = head[mark:]
	if card := "BEGIN:VCARD"; len(head) >= len(card) && strings.EqualFold(string(head[:len(card)]), card) {
		return nil, l, &FileError{Reason: ReasonFileCards}
	}
	switch o.Encoding {
	case "":
		if enc == "" {
			enc = detectEncoding(head, whole)
		}
	case UTF8, UTF16LE, UTF16BE, Windows1252:
		enc = o.Encoding
	default:
		return nil, l, &FileError{Reason: ReasonEncodingName}
	}
	s := &splitter{max: o.MaxRow, text: decoder{enc}}
	s.r = io.MultiReader(bytes.NewReader(head), r)
	if enc == UTF16LE || enc == UTF16BE {
		s.r = &utf16Reader{r: s.r, big: enc == UTF16BE}
	} else if looksBinary(head) {
		return nil, l, &FileError{Reason: ReasonFileBinary}
	}
	s.buf = make([]byte, bufferSize)
	for s.end < sampleSize && !s.eof {
		if err := s.fill(); err != nil {
			return nil, l, err
		}
	}
	sample := s.buf[:s.end]
	s.eol = '\n'
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
		s.eol = '\r'
	}
	sep, skip := sepLine(sample, s.eol)
	if skip > 0 {
		s.start, s.line = skip, 1
		sample = sample[skip:]
	}
	switch {
	case o.Delimiter != 0:
		if o.Delimiter > '|' || bytes.IndexByte(delimiters, byte(o.Delimiter)) < 0 {
			return nil, l, &FileError{Reason: ReasonDelimiter}
		}
		s.delim = byte(o.Delimiter)
	case skip > 0:
		if bytes.IndexByte(delimiters, sep) < 0 {
			return nil, l, &FileError{Reason: ReasonDelimiter}
		}
		s.delim = sep
	default:
		s.delim = detectDelimiter(sample, s.eol, s.eof, o)
	}
	l.Encoding, l.Delimiter = enc, string(rune(s.delim))
	return s, l, nil
}

// readSample reads the beginning of the file; whole says that it is all.
func readSample(r io.Reader) (head []byte, whole bool, err error) {
	head = make([]byte, sampleSize)
	n, err := io.ReadFull(r, head)
	switch err {
	case nil:
		return head, false, nil
	case io.EOF, io.ErrUnexpectedEOF:
		return head[:n], true, nil
	}
	return nil, false, fmt.Errorf("contact: reading the file: %w", err)
}

// isSpreadsheet recognises files that people take for CSV: workbooks, which are
// ZIP archives or OLE documents, and the HTML or XML that some systems name
// .xls.
func isSpreadsheet(b []byte) bool {
	for _, magic := range []string{"PK\x03\x04", "PK\x05\x06", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	_, mark := byteOrderMark(b)
	start := strings.ToLower(strings.TrimSpace(string(b[mark:min(len(b), 64)])))
	for _, tag := range []string{"<html", "<!doctype", "<table", "<?xml", "{\\rtf"} {
		if strings.HasPrefix(start, tag) {
			return true
		}
	}
	return false
}

// looksBinary recognises files that are no text: documents and archives by
// their first bytes, others by control characters.
func looksBinary(b []byte) bool {
	for _, magic := range []string{"%PDF", "\x1f\x8b", "\x89PNG", "\xff\xd8\xff", "GIF8", "\x7fELF", "MZ\x90", "SQLite format 3\x00"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	control := 0
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\v' && c != '\f' {
			control++
		}
	}
	return control > 2+len(b)/50
}

// sepLine recognises the first line "sep=;" with which spreadsheets are told
// the delimiter. skip is its length with the line end, 0 if there is none.
func sepLine(b []byte, eol byte) (sep byte, skip int) {
	line, _, found := bytes.Cut(b, []byte{eol})
	skip = len(line)
	if found {
		skip++
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == len(`"sep=;"`) && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) != len("sep=;") || !strings.EqualFold(string(line[:4]), "sep=") {
		return 0, 0
	}
	return line[4], skip
}

// detectDelimiter chooses the delimiter under which the sample looks most like
// a table: first whether a header then names a phone, and how early it stands,
// then how many rows have as many cells as it, then how many cells that is. A
// file with one column has none, and gets the one that is the least likely
// inside a cell.
func detectDelimiter(sample []byte, eol byte, whole bool, o *CSVOptions) byte {
	best, bestScore := delimiters[0], -1
	for _, d := range delimiters {
		rows := sampleRows(sample, d, eol, whole)
		at, score := 0, 0
		if !o.NoHeader && o.Columns == nil {
			at = headerAmong(rows[:min(len(rows), headerRows)], o)
			if namesPhone(rows[at].Cells, o) {
				score = (headerRows - at) * 1_000_000
			}
		}
		rows = rows[at:]
		cells := len(rows[0].Cells)
		if cells < 2 {
			continue
		}
		same := 0
		for _, r := range rows {
			if len(r.Cells) == cells {
				same++
			}
		}
		score += same*1000/len(rows)*100 + min(cells, 99)
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// sampleRows splits the first 50 rows with text under a delimiter; there is at
// least one.
func sampleRows(b []byte, delim, eol byte, whole bool) (rows []TableRow) {
	var cells []string
	cell := 0 // where this cell begins
	quoted, content := false, false
	end := func(i int) {
		cells = append(cells, strings.Trim(string(b[cell:i]), " \t\r\""))
		cell = i + 1
	}
	for i := 0; i < len(b) && len(rows) < 50; i++ {
		switch c := b[i]; {
		case quoted:
			quoted = c != '"' // a doubled quote ends and begins again
		case c == '"' && (!content || i > 0 && b[i-1] == '"'):
			quoted, content = true, true
		case c == delim:
			end(i)
			content = false
		case c == eol:
			if len(cells) > 0 || len(bytes.TrimSpace(b[cell:i])) > 0 {
				end(i)
				rows = append(rows, TableRow{Cells: cells})
			}
			cells, cell, content = nil, i+1, false
		case c != ' ':
			content = true
		}
	}
	if len(rows) == 0 || whole && len(rows) < 50 && cell < len(b) {
		end(len(b))
		rows = append(rows, TableRow{Cells: cells})
	}
	return rows
}
