package xlsx

import (
	"archive/zip"
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
)

// Limits of what the library takes into memory at once. A text has 32,767
// characters in Excel and a sheet 1,048,576 rows.
const (
	maxRow   = 1 << 20   // the bytes of a row
	maxCells = 1000      // the values in a row, and the columns that may hold one
	maxRows  = 1_048_576 // the rows of a sheet
	maxText  = 128 << 10 // the bytes of a text in the table of texts
	maxTexts = 4_000_000 // the texts in that table
	maxAside = 16 << 20  // the bytes of a sheet around its rows
)

// scanSheet goes through the tags of a sheet for the number of its last row, for
// its merged cells, and for whether any cell has a value.
func scanSheet(f *zip.File) (s sheet, hasText bool, err error) {
	var begun, ended bool
	var rows, cells, column int
	var from int64 // where the row begins, or what stands around the rows
	err = walk(f, func(tag []byte, at int64) error {
		most := int64(maxAside)
		if begun && !ended {
			most = maxRow
		}
		if at-from > most {
			return errLarge
		}
		switch local(tag) {
		case "row":
			if rows++; rows > maxRows {
				return errLarge
			}
			s.last = max(s.last, number(tag))
			from, cells, column = at, 0, 0
		case "c":
			// A value in the last column makes a row of 16,384 cells.
			if at, ok := columnOf(attribute(tag, "r")); ok {
				column = at
			}
			column++
		case "f":
			if column > maxCells {
				return errLarge
			}
		case "v", "is":
			hasText = true
			if cells++; cells > maxCells || column > maxCells {
				return errLarge
			}
		case "sheetData":
			begun, from = true, at
			ended = ended || bytes.HasSuffix(tag, []byte("/>"))
		case "/sheetData":
			ended, from = true, at
		case "mergeCell":
			if m, ok := mergeOf(tag); ok {
				s.merges = append(s.merges, m)
			}
			if len(s.merges) > maxMerges {
				return errLarge
			}
			from = at
		}
		return nil
	})
	if err == nil && !ended {
		err = errMissing
	}
	s.part = f
	return s, hasText, err
}

// scanTexts goes through the table of texts.
func scanTexts(f *zip.File) error {
	var texts int
	var from int64
	return walk(f, func(tag []byte, at int64) error {
		if at-from > maxText {
			return errLarge
		}
		if local(tag) == "si" {
			if texts++; texts > maxTexts {
				return errLarge
			}
			from = at
		}
		return nil
	})
}

// walk gives f the beginning of each tag, without its <, with its place; at the
// end it gives f the place of the end. What hides text from somebody who looks
// for tags, comments and the like, no spreadsheet writes, and another encoding
// than UTF-8 none either.
func walk(part *zip.File, f func(tag []byte, at int64) error) error {
	if part == nil {
		return errMissing
	}
	in, err := part.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	var at int64
	for r := bufio.NewReaderSize(in, 64<<10); ; {
		text, err := r.ReadSlice('<')
		at += int64(len(text))
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return err
		}
		if err != nil {
			if err2 := f(nil, at); err2 != nil || err == io.EOF {
				return err2
			}
			continue
		}
		tag, _ := r.Peek(512)
		if i := bytes.IndexByte(tag, '>'); i >= 0 {
			tag = tag[:i+1]
		}
		if len(tag) > 0 && (tag[0] == '!' || tag[0] == '?' && !plain(tag)) {
			return errMissing
		}
		if err := f(tag, at); err != nil {
			return err
		}
	}
}

// plain reports whether a declaration is that of XML in UTF-8.
func plain(tag []byte) bool {
	text := strings.ToLower(string(tag))
	if !strings.HasPrefix(text, "?xml ") || !strings.HasSuffix(text, "?>") {
		return false
	}
	_, encoding, named := strings.Cut(text, "encoding=")
	return !named || strings.HasPrefix(strings.Trim(encoding, `"'`), "utf-8")
}

// local is a tag's name without its namespace, with the slash of an end.
func local(tag []byte) string {
	end := bytes.IndexAny(tag, " \t\r\n>")
	if end < 0 {
		end = len(tag)
	}
	name := strings.TrimSuffix(string(tag[:end]), "/")
	slash := ""
	if strings.HasPrefix(name, "/") {
		slash, name = "/", name[1:]
	}
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return slash + name
}

// number is the attribute r of a row, or 0.
func number(tag []byte) int {
	n, err := strconv.Atoi(attribute(tag, "r"))
	if err != nil {
		return 0
	}
	return n
}
