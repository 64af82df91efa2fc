package dump

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encoder writes the rows of a table as lines: JSON arrays, each in the one way
// in which it can be written, so that equal rows are equal lines.
type encoder struct {
	columns []Column
	buf     []byte
	hash    hash.Hash
	rows    int64
}

func newEncoder(cs []Column) *encoder { return &encoder{columns: cs, hash: sha256.New()} }

// line encodes a row, with its newline. The bytes are good until the next call.
func (e *encoder) line(values []any) ([]byte, error) {
	if len(values) != len(e.columns) {
		return nil, fmt.Errorf("a row has %d values for %d columns", len(values), len(e.columns))
	}
	b := append(e.buf[:0], '[')
	for i, c := range e.columns {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := values[i].(type) {
		case int64:
			if c.Kind != Int {
				return nil, wrong(c, v)
			}
			b = strconv.AppendInt(b, v, 10)
		case string:
			if c.Kind != Text {
				return nil, wrong(c, v)
			}
			b = appendText(b, v)
		case []byte:
			if c.Kind != Blob {
				return nil, wrong(c, v)
			}
			b = append(b, '"')
			b = hex.AppendEncode(b, v)
			b = append(b, '"')
		case nil:
			if !c.Null {
				return nil, wrong(c, v)
			}
			b = append(b, "null"...)
		default:
			return nil, wrong(c, v)
		}
	}
	e.buf = append(b, ']', '\n')
	e.hash.Write(e.buf)
	e.rows++
	return e.buf, nil
}

func wrong(c Column, v any) error { return fmt.Errorf("the column %s holds a %T", c.Name, v) }

func (e *encoder) sum() (s [32]byte) {
	e.hash.Sum(s[:0])
	return s
}

const hexDigits = "0123456789abcdef"

// appendText writes a text as JSON. One that is no UTF-8 has no JSON, and
// becomes an object with its bytes.
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, `{"hex":"`...)
		b = hex.AppendEncode(b, []byte(s))
		return append(b, `"}`...)
	}
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(append(b, s[from:i]...), '\\', c)
		case c < ' ':
			b = append(append(b, s[from:i]...), '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			continue
		}
		from = i + 1
	}
	return append(append(b, s[from:]...), '"')
}

var errLine = errors.New("a row is not written as rows are")

// decode reads a line, without its newline, into values, one for each column.
// It reads what line has written and nothing else.
func decode(line string, columns []Column, values []any) error {
	rest, ok := strings.CutPrefix(line, "[")
	for i, c := range columns {
		if i > 0 && ok {
			rest, ok = strings.CutPrefix(rest, ",")
		}
		if !ok {
			return errLine
		}
		if values[i], rest, ok = decodeValue(rest, c); !ok {
			return errLine
		}
	}
	if rest != "]" {
		return errLine
	}
	return nil
}

func decodeValue(s string, c Column) (v any, rest string, ok bool) {
	if c.Null && strings.HasPrefix(s, "null") {
		return nil, s[4:], true
	}
	switch c.Kind {
	case Int:
		end := 0
		for end < len(s) && (s[end] == '-' || s[end] >= '0' && s[end] <= '9') {
			end++
		}
		n, err := strconv.ParseInt(s[:end], 10, 64)
		digits := strings.TrimPrefix(s[:end], "-")
		if err != nil || digits[0] == '0' && s[:end] != "0" {
			return nil, "", false
		}
		return n, s[end:], true
	case Blob:
		text, rest, ok := quoted(s)
		raw, err := hex.DecodeString(text)
		return raw, rest, ok && err == nil && strings.ToLower(text) == text
	default:
		if rest, raw := strings.CutPrefix(s, `{"hex":`); raw {
			v, rest, ok := decodeValue(rest, Column{Kind: Blob})
			if !ok || utf8.Valid(v.([]byte)) {
				return nil, "", false
			}
			rest, ok = strings.CutPrefix(rest, "}")
			return string(v.([]byte)), rest, ok
		}
		text, rest, ok := quoted(s)
		if !ok || !utf8.ValidString(text) {
			return nil, "", false
		}
		text, ok = unescape(text)
		return text, rest, ok
	}
}

// quoted cuts a text in quotes, as it is written, off the front.
func quoted(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], s[i+1:], true
		}
	}
	return "", "", false
}

// unescape undoes appendText.
func unescape(s string) (string, bool) {
	plain := true
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' {
			return "", false
		}
		plain = plain && s[i] != '\\'
	}
	if plain {
		return strings.Clone(s), true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		switch i++; {
		case i < len(s) && (s[i] == '"' || s[i] == '\\'):
			b = append(b, s[i])
		case i+4 < len(s) && s[i:i+3] == "u00" && (s[i+3] == '0' || s[i+3] == '1') && strings.IndexByte(hexDigits, s[i+4]) >= 0:
			b = append(b, (s[i+3]-'0')<<4|byte(strings.IndexByte(hexDigits, s[i+4])))
			i += 4
		default:
			return "", false
		}
	}
	return string(b), true
}
