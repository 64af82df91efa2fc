package contact

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding is how a file writes its characters.
type Encoding string

// Encodings.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
	ASCII       Encoding = "ascii" // so far: nothing has shown which of utf-8 and windows-1252 it is
)

// windows1252 holds the characters of 0x80 to 0x9f, which are where the
// encoding differs from Latin-1. Five are not given out.
var windows1252 = [32]rune{
	'€', 0xfffd, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xfffd, 'Ž', 0xfffd,
	0xfffd, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xfffd, 'ž', 'Ÿ',
}

// decoder turns the bytes of a row into text. As long as everything was ASCII
// it is undecided between UTF-8 and Windows-1252.
type decoder struct{ encoding Encoding }

// decode returns the row as UTF-8; ok is false if it has bytes that the
// encoding does not have.
func (d *decoder) decode(b []byte) (s string, ok bool) {
	if isASCII(b) {
		return string(b), true
	}
	if d.encoding == ASCII {
		d.encoding = Windows1252
		if utf8.Valid(b) {
			d.encoding = UTF8
		}
	}
	if d.encoding != Windows1252 {
		return string(b), utf8.Valid(b) && !bytes.Contains(b, []byte("\ufffd"))
	}
	var w strings.Builder
	w.Grow(len(b) + 16)
	ok = true
	for _, c := range b {
		switch {
		case c < utf8.RuneSelf:
			w.WriteByte(c)
		case c < 0xa0:
			r := windows1252[c-0x80]
			ok = ok && r != utf8.RuneError
			w.WriteRune(r)
		default:
			w.WriteRune(rune(c))
		}
	}
	return w.String(), ok
}

// lenient returns the bytes as UTF-8 whatever they are, and decides nothing.
func (d decoder) lenient(b []byte) string {
	s, _ := d.decode(b)
	return strings.ToValidUTF8(s, "\ufffd")
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// byteOrderMark finds the encoding that a file announces, and the length of the
// announcement.
func byteOrderMark(b []byte) (Encoding, int) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return UTF8, 3
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return UTF16LE, 2
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return UTF16BE, 2
	}
	return "", 0
}

// detectEncoding judges a file without a byte order mark by its beginning;
// whole says that there is nothing more.
func detectEncoding(b []byte, whole bool) Encoding {
	if e := nulPattern(b); e != "" {
		return e
	}
	valid, broken := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			valid++
		case !whole && !utf8.FullRune(b[i:]):
			// cut off by the end of the sample
		default:
			broken++
		}
		i += n
	}
	switch {
	case valid == 0 && broken == 0:
		return ASCII
	case valid > broken:
		return UTF8
	}
	return Windows1252
}

// nulPattern recognises UTF-16 by the zero half of its Latin letters.
func nulPattern(b []byte) Encoding {
	var nul [2]int
	for i, c := range b {
		if c == 0 {
			nul[i&1]++
		}
	}
	few, many := len(b)/100, len(b)*3/10
	switch {
	case len(b) < 4:
		return ""
	case nul[1] > many && nul[0] <= few:
		return UTF16LE
	case nul[0] > many && nul[1] <= few:
		return UTF16BE
	}
	return ""
}

// utf16Reader turns UTF-16 into UTF-8. A lone surrogate and a lone last byte
// become the byte 0xff, which UTF-8 does not have, so that the row in which
// they stand is refused.
type utf16Reader struct {
	r    io.Reader
	big  bool
	in   [8 << 10]byte
	n    int    // bytes in in
	all  []byte // what the last read became
	out  []byte // the part of all that is not yet given
	high rune   // a high surrogate that waits for its other half, or 0
	err  error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	if len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.read() // perhaps nothing, as readers may: the caller asks again
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) read() {
	n, err := u.r.Read(u.in[u.n:])
	u.n += n
	u.err = err
	u.out = u.all[:0]
	even := u.n &^ 1
	for i := 0; i < even; i += 2 {
		if u.big {
			u.rune(rune(u.in[i])<<8 | rune(u.in[i+1]))
		} else {
			u.rune(rune(u.in[i+1])<<8 | rune(u.in[i]))
		}
	}
	u.n = copy(u.in[:], u.in[even:u.n])
	if err != nil {
		if u.high != 0 || u.n > 0 {
			u.out = append(u.out, 0xff)
		}
		u.high, u.n = 0, 0
	}
	u.all = u.out
}

func (u *utf16Reader) rune(r rune) {
	if u.high != 0 {
		pair := utf16.DecodeRune(u.high, r)
		u.high = 0
		if pair != utf8.RuneError {
			u.out = utf8.AppendRune(u.out, pair)
			return
		}
		u.out = append(u.out, 0xff)
	}
	switch {
	case r >= 0xd800 && r < 0xdc00:
		u.high = r
	case utf16.IsSurrogate(r):
		u.out = append(u.out, 0xff)
	default:
		u.out = utf8.AppendRune(u.out, r)
	}
}
