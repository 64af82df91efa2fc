package contact

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// ErrText is what DecodeText says of bytes that are no text.
var ErrText = errors.New("contact: the text has bytes that are no characters: save it as UTF-8")

// DecodeText reads a text that a person has written, a message or a note, by the
// rules by which ReadCSV reads a file: a byte order mark decides, else the
// pattern of UTF-16, else whether it is UTF-8 or Windows-1252. The mark is not
// part of the text, and lines end in LF.
//
// What cannot be read as a whole is ErrText: bytes that the encoding does not
// have, NUL, and U+FFFD, the scar of an earlier conversion.
func DecodeText(b []byte) (string, error) {
	enc, mark := byteOrderMark(b)
	b = b[mark:]
	if enc == "" {
		enc = detectEncoding(b, true)
	}
	if enc == UTF16LE || enc == UTF16BE {
		b, _ = io.ReadAll(&utf16Reader{r: bytes.NewReader(b), big: enc == UTF16BE})
	} else if looksBinary(b) {
		return "", ErrText
	}
	d := decoder{enc}
	s, ok := d.decode(b)
	if !ok || strings.IndexByte(s, 0) >= 0 {
		return "", ErrText
	}
	return Lines(s), nil
}

// Lines is a text whose lines end in LF, however they ended: CR LF, or CR alone.
func Lines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
