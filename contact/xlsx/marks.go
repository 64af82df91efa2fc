package xlsx

import (
	"archive/zip"
	"errors"
	"iter"
	"strconv"
	"strings"
)

// marks are what a sheet says of a row beside its values: the library hands
// texts and numbers out alike.
type marks struct {
	line    int
	hidden  bool
	numbers map[int]bool // the columns, from 0, whose cell is a number
}

// errEnough ends a walk that nobody needs further.
var errEnough = errors.New("xlsx: enough")

// rowMarks goes through the rows of a sheet, in their order.
func rowMarks(part *zip.File) iter.Seq2[marks, error] {
	return func(yield func(marks, error) bool) {
		var m marks
		begun, column := false, 0
		give := func() error {
			if begun && !yield(m, nil) {
				return errEnough
			}
			return nil
		}
		err := walk(part, func(tag []byte, _ int64) error {
			switch local(tag) {
			case "row":
				if err := give(); err != nil {
					return err
				}
				line, _ := strconv.Atoi(attribute(tag, "r"))
				if line <= 0 {
					line = m.line + 1
				}
				hidden := attribute(tag, "hidden")
				m, column = marks{line: line, hidden: hidden == "1" || hidden == "true"}, 0
				begun = true
			case "c":
				if at, ok := columnOf(attribute(tag, "r")); ok {
					column = at
				}
				if t := attribute(tag, "t"); begun && (t == "" || t == "n") {
					if m.numbers == nil {
						m.numbers = make(map[int]bool)
					}
					m.numbers[column] = true
				}
				column++
			case "/sheetData":
				err := give()
				begun = false
				return err
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(marks{}, err)
		}
	}
}

// maxMerges bounds the merged cells of a sheet that reach over several rows.
const maxMerges = 100_000

// merge is a column of merged cells: what stands in the first line stands in
// all.
type merge struct{ column, from, to int }

// mergeOf reads the tag of merged cells, A2:B5; ok is false if they are in one
// row, where their owner sees one cell too.
func mergeOf(tag []byte) (merge, bool) {
	first, last, found := strings.Cut(attribute(tag, "ref"), ":")
	column, ok := columnOf(first)
	if !found || !ok {
		return merge{}, false
	}
	letters := func(r rune) bool { return r >= 'A' && r <= 'Z' || r == '$' }
	from, err := strconv.Atoi(strings.TrimLeftFunc(first, letters))
	to, err2 := strconv.Atoi(strings.TrimLeftFunc(last, letters))
	return merge{column, from, to}, errors.Join(err, err2) == nil && 0 < from && from < to
}

// columnOf is the column of a cell's name, from 0: 27 of "AB12".
func columnOf(cell string) (column int, ok bool) {
	for _, r := range strings.TrimPrefix(cell, "$") {
		if r < 'A' || r > 'Z' || column > 16_384 {
			break
		}
		column = column*26 + int(r-'A') + 1
	}
	return column - 1, column > 0 && column <= 16_384
}

// attribute is the value of an attribute of a tag; empty if it has none.
func attribute(tag []byte, name string) string {
	text := string(tag)
	for at := 0; ; {
		i := strings.Index(text[at:], name+"=")
		if i < 0 {
			return ""
		}
		i += at
		at = i + len(name) + 1
		if i == 0 || !strings.ContainsRune(" \t\r\n", rune(text[i-1])) || at == len(text) {
			continue
		}
		quote := text[at]
		if end := strings.IndexByte(text[at+1:], quote); (quote == '"' || quote == '\'') && end >= 0 {
			return text[at+1 : at+1+end]
		}
		return ""
	}
}
