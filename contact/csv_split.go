package contact

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// splitter cuts a stream of bytes, ASCII or a superset of it, into rows. Its
// buffer grows up to the longest row allowed and no further.
type splitter struct {
	r     io.Reader
	buf   []byte // buf[start:end] is unread
	start int
	end   int
	eof   bool

	delim byte
	eol   byte // '\n', or '\r' in files of old Macs
	max   int
	line  int // physical lines read
	text  decoder
	cells []string
}

// Next implements RowReader.
func (s *splitter) Next() (TableRow, error) {
	line, next, err := s.firstLine()
	if err != nil {
		return TableRow{}, err
	}
	row := TableRow{Line: s.line + 1}
	if len(line) > s.max {
		row.Fault = ReasonRowLong
		row.Raw = s.text.lenient(line[:min(len(line), 1024, s.max)]) + "…" // so that it cannot pass for a whole row
		if err := s.skipLine(next); err != nil {
			return TableRow{}, err
		}
		return row, nil
	}
	quoted := bytes.IndexByte(line, '"') >= 0
	if quoted {
		n, ok, err := s.quotedRow()
		if err != nil {
			return TableRow{}, err
		}
		if !ok {
			row.Fault, row.Raw = ReasonQuote, s.text.lenient(s.buf[s.start:s.start+len(line)])
			s.start += next
			s.line++
			return row, nil
		}
		line, next = s.buf[s.start:s.start+n.end], n.next
	}
	str, ok := s.text.decode(line)
	if bytes.IndexByte(line, 0) >= 0 {
		row.Fault = ReasonNUL
	} else if !ok {
		row.Fault = ReasonEncoding
	}
	s.line += 1 + bytes.Count(line, []byte{s.eol})
	s.start += next
	s.split(str, quoted)
	row.Cells = s.cells
	return row, nil
}

// firstLine finds the unread physical line: its bytes without the line end, and
// where the next one starts. A line that is longer than allowed comes with at
// least one byte too many and perhaps without its end.
func (s *splitter) firstLine() (line []byte, next int, err error) {
	from := 0
	for {
		if i := bytes.IndexByte(s.buf[s.start+from:s.end], s.eol); i >= 0 {
			n := from + i
			return s.chomp(s.buf[s.start : s.start+n]), n + 1, nil
		}
		from = s.end - s.start
		if from > s.max+1 { // one more for a CR
			return s.buf[s.start:s.end], from, nil
		}
		if s.eof {
			if from == 0 {
				return nil, 0, io.EOF
			}
			return s.chomp(s.buf[s.start:s.end]), from, nil
		}
		if err := s.fill(); err != nil {
			return nil, 0, err
		}
	}
}

func (s *splitter) chomp(line []byte) []byte {
	if s.eol == '\n' && len(line) > 0 && line[len(line)-1] == '\r' {
		return line[:len(line)-1]
	}
	return line
}

// skipLine passes over a line that is too long, of which n bytes have been
// seen, without keeping it.
func (s *splitter) skipLine(n int) error {
	s.line++
	ended := s.buf[s.start+n-1] == s.eol
	s.start += n
	for !ended {
		if i := bytes.IndexByte(s.buf[s.start:s.end], s.eol); i >= 0 {
			s.start += i + 1
			return nil
		}
		s.start = s.end
		if s.eof {
			return nil
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads more bytes behind the unread ones.
func (s *splitter) fill() error {
	if s.start > 0 && s.end == len(s.buf) {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, max(len(s.buf), bufferSize))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.eof = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("contact: reading the file: %w", err)
		}
		if n > 0 {
			return nil
		}
	}
	return fmt.Errorf("contact: reading the file: %w", io.ErrNoProgress)
}

const bufferSize = 64 << 10

// at returns the i-th unread byte, reading on if it must; ok is false at the
// end of the file and past the longest row.
func (s *splitter) at(i int) (c byte, ok bool, err error) {
	for s.start+i >= s.end {
		if s.eof || i > s.max+1 {
			return 0, false, nil
		}
		if err := s.fill(); err != nil {
			return 0, false, err
		}
	}
	return s.buf[s.start+i], true, nil
}

type extent struct{ end, next int }

// quotedRow finds the end of the unread row, which contains a quote. ok is
// false if its quotes do not match.
func (s *splitter) quotedRow() (e extent, ok bool, err error) {
	i := 0
	for { // one cell after the other
		c, more, err := s.at(i)
		for more && (c == ' ' || c == '\t') && c != s.delim {
			i++
			c, more, err = s.at(i)
		}
		if more && c == '"' {
			if i, ok, err = s.closing(i + 1); !ok {
				return extent{}, false, err
			}
			c, more, err = s.at(i)
			for more && (c == ' ' || c == '\t' || c == '\r') && c != s.delim && c != s.eol {
				i++
				c, more, err = s.at(i)
			}
			if more && c != s.delim && c != s.eol {
				return extent{}, false, nil
			}
		} else {
			for more && c != s.delim && c != s.eol {
				i++
				c, more, err = s.at(i)
			}
		}
		switch {
		case err != nil:
			return extent{}, false, err
		case !more && !s.eof || i > s.max+1:
			return extent{}, false, nil
		case !more:
			return extent{s.trimmed(i), i}, i <= s.max, nil
		case c == s.eol:
			end := s.trimmed(i)
			return extent{end, i + 1}, end <= s.max, nil
		}
		i++ // the delimiter
	}
}

func (s *splitter) trimmed(n int) int { return len(s.chomp(s.buf[s.start : s.start+n])) }

// closing finds the byte after the quote that closes the cell whose text begins
// at i.
func (s *splitter) closing(i int) (after int, ok bool, err error) {
	for {
		if s.start+i < s.end {
			q := bytes.IndexByte(s.buf[s.start+i:s.end], '"')
			if q < 0 {
				i = s.end - s.start
			} else {
				i += q
			}
		}
		c, more, err := s.at(i)
		if err != nil || !more {
			return 0, false, err
		}
		if c != '"' {
			continue // what was just read is searched next
		}
		c, more, err = s.at(i + 1)
		if err != nil {
			return 0, false, err
		}
		if !more || c != '"' {
			return i + 1, true, nil
		}
		i += 2
	}
}

// split cuts a row, whose quotes match, into s.cells.
func (s *splitter) split(row string, quoted bool) {
	s.cells = s.cells[:0]
	for {
		if quoted {
			if cell, rest, more, ok := cutQuoted(row, s.delim); ok {
				s.cells = append(s.cells, cell)
				if !more {
					return
				}
				row = rest
				continue
			}
		}
		i := strings.IndexByte(row, s.delim)
		if i < 0 {
			s.cells = append(s.cells, row)
			return
		}
		s.cells = append(s.cells, row[:i])
		row = row[i+1:]
	}
}

// cutQuoted cuts off the first cell if it is a quoted one. more says that
// another cell follows.
func cutQuoted(row string, delim byte) (cell, rest string, more, ok bool) {
	i := 0
	for i < len(row) && (row[i] == ' ' || row[i] == '\t') && row[i] != delim {
		i++
	}
	if i == len(row) || row[i] != '"' {
		return "", "", false, false
	}
	row = row[i+1:]
	doubled := false
	for i = 0; ; i++ {
		q := strings.IndexByte(row[i:], '"')
		if q < 0 { // cannot be: the quotes match
			return row, "", false, true
		}
		i += q
		if i+1 == len(row) || row[i+1] != '"' {
			break
		}
		doubled = true
		i++
	}
	cell, rest = row[:i], row[i+1:]
	if doubled {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	if i = strings.IndexByte(rest, delim); i < 0 {
		return cell, "", false, true
	}
	return cell, rest[i+1:], true, true
}

func blank(cells []string) bool {
	for _, c := range cells {
		if trim(c) != "" {
			return false
		}
	}
	return true
}

// trim removes blanks of every kind from both ends.
func trim(s string) string {
	if s == "" {
		return s
	}
	first, last := s[0], s[len(s)-1]
	if first > ' ' && first < utf8.RuneSelf && last > ' ' && last < utf8.RuneSelf {
		return s
	}
	return strings.TrimFunc(s, isSpace)
}

func (s *splitter) encoding() Encoding { return s.text.encoding }
