package schedule

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner reads a text from left to right. It never fails: what is not there
// is the empty string, and pos has not moved.
type scanner struct {
	text string
	pos  int // in bytes
}

func (s *scanner) rest() string { return s.text[s.pos:] }
func (s *scanner) done() bool   { return s.pos == len(s.text) }

func (s *scanner) skip(what func(rune) bool) {
	s.pos = len(s.text) - len(strings.TrimLeftFunc(s.rest(), what))
}

func (s *scanner) space() { s.skip(unicode.IsSpace) }

// separators skips everything that may stand between two clauses.
func (s *scanner) separators() {
	for {
		s.skip(func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;.&/", r) })
		if s.word("and", "e") == "" {
			return
		}
	}
}

// letters reads the word at pos, folded, without moving.
func (s *scanner) letters() (word string, end int) {
	end = len(s.text)
	for i, r := range s.rest() {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && r != '_' {
			end = s.pos + i
			break
		}
	}
	return fold(s.text[s.pos:end]), end
}

// word reads a word when it is one of those given, which are folded.
func (s *scanner) word(oneOf ...string) string {
	got, end := s.letters()
	for _, w := range oneOf {
		if got == w && got != "" {
			s.pos = end
			return w
		}
	}
	return ""
}

// words reads several words, written with spaces or hyphens between them. It
// moves only when all of them are there.
func (s *scanner) words(list string) bool {
	start := s.pos
	for i, w := range strings.Fields(list) {
		if i > 0 {
			s.space()
			s.mark("-")
			s.space()
		}
		if s.word(w) == "" {
			s.pos = start
			return false
		}
	}
	return true
}

// mark reads one of the given characters.
func (s *scanner) mark(oneOf string) bool {
	r, size := utf8.DecodeRuneInString(s.rest())
	if size == 0 || r == utf8.RuneError || !strings.ContainsRune(oneOf, r) {
		return false
	}
	s.pos += size
	return true
}

// dash reads what may stand between the two ends of a range: a hyphen or a
// dash, or a word such as "to" or "até", with space around it. It moves only
// when there is one.
func (s *scanner) dash() bool {
	start := s.pos
	s.space()
	if s.mark("-–—‑") || s.word("to", "through", "thru", "until", "till", "a", "as", "ate") != "" {
		s.space()
		return true
	}
	s.pos = start
	return false
}

// digit reports whether a clock may begin at pos.
func (s *scanner) digit() bool {
	return !s.done() && s.text[s.pos] >= '0' && s.text[s.pos] <= '9'
}

// clock reads everything that looks like a part of a time of day.
func (s *scanner) clock() string {
	start := s.pos
	s.skip(func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsDigit(r) || unicode.IsLetter(r)) || r == ':'
	})
	return s.text[start:s.pos]
}

// raw reads up to white space, a comma or a semicolon.
func (s *scanner) raw() string {
	start := s.pos
	s.skip(func(r rune) bool { return !unicode.IsSpace(r) && r != ',' && r != ';' })
	return s.text[start:s.pos]
}
