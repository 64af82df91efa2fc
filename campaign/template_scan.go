package campaign

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alreasense/campaigns/contact"
)

// Faults of CodeTemplateSyntax: the argument "fault".
const (
	faultUnclosed = "unclosed" // {{ without }} on the same line
	faultStray    = "stray"    // }} without {{
	faultBraces   = "braces"   // {{{, }}}, or a brace inside
	faultNested   = "nested"   // a variable inside a variable
	faultEmpty    = "empty"    // {{}}
	faultName     = "name"     // a name with other than letters, digits, _ - . and blanks
	faultDefault  = "default"  // a default as other languages write it: || 'amigo', | default: "amigo"
)

// scanner takes a text apart, from left to right. After a slip it goes on
// behind it, so that all slips are found at once and each is named once.
type scanner struct {
	text  string
	parts []part
	uses  []Use
	bad   []Problem

	// What place has counted up to.
	seen, line, bol int
}

func (s *scanner) scan() {
	plain := 0 // where the plain text before the next variable begins
	for i := 0; i < len(s.text); {
		c := s.text[i]
		if c != '{' && c != '}' {
			i++
			continue
		}
		n := run(s.text, i)
		if n == 1 {
			i++
			continue
		}
		if plain < i {
			s.parts = append(s.parts, part{text: s.text[plain:i]})
		}
		if c == '}' {
			s.fault(i, i+n, faultStray)
			i += n
		} else {
			i = s.variable(i, n)
		}
		plain = i
	}
	if plain < len(s.text) {
		s.parts = append(s.parts, part{text: s.text[plain:]})
	}
}

// variable reads what begins at i with n opening braces, and returns where to
// go on.
func (s *scanner) variable(i, n int) int {
	begin := i + n
	end, nested := s.closing(begin)
	if end < 0 {
		s.fault(i, lineEnd(s.text, i), faultUnclosed)
		return begin
	}
	after := end + run(s.text, end)
	body := s.text[begin:end]
	switch {
	case nested:
		s.fault(i, after, faultNested)
		return after
	case n > 2 || after-end > 2 || strings.ContainsAny(body, "{}"):
		s.fault(i, after, faultBraces)
		return after
	}
	raw, def, optional := strings.Cut(body, "|")
	raw = strings.TrimFunc(raw, unicode.IsSpace)
	name := contact.VarName(raw)
	switch {
	case raw == "":
		s.fault(i, after, faultEmpty)
		return after
	case name == "" || strings.IndexFunc(raw, notInName) >= 0:
		s.fault(i, after, faultName)
		return after
	}
	def = strings.TrimFunc(def, unicode.IsSpace)
	if otherDefault(def) {
		s.fault(i, after, faultDefault)
		return after
	}
	s.parts = append(s.parts, part{text: def, name: name, optional: optional, inside: insideSentence(s.text[:i])})
	s.uses = append(s.uses, Use{Name: name, Default: def, HasDefault: optional, Place: s.place(i, after)})
	return after
}

// otherDefault reports whether a default is written as in another language: after
// two bars, or as the argument of a filter. Whoever writes so does not mean what
// would come out.
func otherDefault(def string) bool {
	if strings.HasPrefix(def, "|") {
		return true
	}
	rest, ok := strings.CutPrefix(strings.ToLower(def), "default")
	rest = strings.TrimFunc(rest, unicode.IsSpace)
	return ok && rest != "" && strings.ContainsRune(":('\"=", rune(rest[0]))
}

// insideSentence reports whether what follows a text stands inside a sentence:
// whether a letter, a digit, a variable, a comma or the like lies between it and
// the last line end or end of a sentence. Marks of emphasis, quotes, bullets,
// and emoji say nothing.
func insideSentence(before string) bool {
	for before != "" {
		r, n := utf8.DecodeLastRuneInString(before)
		switch {
		case r == '\n' || strings.ContainsRune(".!?…", r):
			return false
		case unicode.In(r, unicode.L, unicode.M, unicode.N) && r != '\ufe0f' && r != '\u20e3', strings.ContainsRune(",;:}%/)", r):
			return true
		}
		before = before[:len(before)-n]
	}
	return false
}

// closing finds the }} of a variable whose body begins at i, on the same line.
// It is -1 if there is none before the line's end or before the next variable;
// nested tells that another variable lies in between.
func (s *scanner) closing(i int) (end int, nested bool) {
	for depth := 0; i < len(s.text) && s.text[i] != '\n'; {
		switch n := run(s.text, i); {
		case n < 2:
			i++
		case s.text[i] == '{':
			depth++
			nested = true
			i += n
		case depth > 0 && n < 4:
			depth--
			i += n
		default:
			return i, nested
		}
	}
	return -1, false
}

// run counts the equal braces from i on; 0 if there is no brace at i.
func run(s string, i int) int {
	c := s[i]
	if c != '{' && c != '}' {
		return 0
	}
	n := 1
	for i+n < len(s) && s[i+n] == c {
		n++
	}
	return n
}

func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}

func notInName(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !unicode.IsSpace(r) && r != '_' && r != '-' && r != '.'
}

// fault notes a slip of the syntax that spans from begin to end.
func (s *scanner) fault(begin, end int, fault string) {
	at := s.place(begin, end)
	s.bad = append(s.bad, Problem{Place: at, Why: at.because(CodeTemplateSyntax,
		"fault", fault, "near", snippet(s.text[begin:end]))})
}

// Place is where something stands in a text.
type Place struct {
	// Line and Column count from 1, Column in characters (Unicode code points).
	Line   int `json:"line"`
	Column int `json:"column"`
	// Offset and Length are in bytes, for programs.
	Offset int `json:"offset"`
	Length int `json:"length"`
}

// place locates what spans from begin to end. It must be called with growing
// begins.
func (s *scanner) place(begin, end int) Place {
	s.line += strings.Count(s.text[s.seen:begin], "\n")
	if nl := strings.LastIndexByte(s.text[s.seen:begin], '\n'); nl >= 0 {
		s.bol = s.seen + nl + 1
	}
	s.seen = begin
	return Place{
		Line: s.line + 1, Column: utf8.RuneCountInString(s.text[s.bol:begin]) + 1,
		Offset: begin, Length: end - begin,
	}
}

// because is a reason that tells the place.
func (p Place) because(code Code, pairs ...string) Reason {
	return Because(code, append(pairs, "line", itoa(p.Line), "column", itoa(p.Column))...)
}

const maxSnippet = 40

// snippet is a piece of a text for a message to people: one line, not long.
func snippet(s string) string {
	n := 0
	for i := range s {
		if n == maxSnippet {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

func itoa(n int) string { return strconv.Itoa(n) }
