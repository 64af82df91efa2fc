package campaign

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/alreasense/campaigns/contact"
)

// Problem is one thing that is wrong with a text.
type Problem struct {
	Place
	// Name is the variable in question, in the form of contact.VarName; empty
	// when there is none.
	Name string `json:"name,omitempty"`
	// Why is the fault in a form that has words; it tells the place too, in
	// the arguments "line" and "column".
	Why Reason `json:"why"`
	// Suggest is a known variable that was probably meant; empty if none is
	// near.
	Suggest string `json:"suggest,omitempty"`
	// Warning tells that the text can go out as it is, but may not be what
	// its author had in mind. A problem that is no warning keeps the campaign
	// from starting.
	Warning bool `json:"warning,omitempty"`
}

// Error is the reason in English, with its place.
func (p Problem) Error() string { return p.Why.Text(English) }

// Lint lists what is wrong with a text, in its order: all that Compile refuses,
// variables that nobody knows (CodeVariableUnknown, with the known name that
// is nearest), and, as warnings, what goes out as it stands and was hardly meant
// so:
//
//	{nome}                      CodeOneBrace
//	[nome] #NOME# %nome% <nome> CodeForeign
//	{Oi|Olá}                    CodeSpintax
//	\n, typed as two characters CodeTypedEscape
//	{{nome|'amigo'}} {{nome|upper}} CodeDefaultOdd
//	{{saudacao|Oi}}             CodeDefaultIdle: there is always a value
//	U+FFFD                      CodeDamaged
//
// known are the names that exist besides those of BuiltinVariables: the host's
// own Variables and the own fields of the audience. They are brought to the
// form of contact.VarName. An empty result means that the text compiles and
// every name has a meaning; whether each person has the values is told by
// Template.Lacking.
func Lint(text string, known []string) []Problem {
	if bad := unsendable(text); bad != nil {
		return bad
	}
	names := vocabulary(known)
	s := scanner{text: text}
	s.scan()
	found := append(s.bad, singles(text, names)...)
	found = append(found, foreign(text, names)...)
	found = append(found, escapes(text)...)
	found = append(found, defaults(text, s.uses)...)
	for _, u := range s.uses {
		if slices.Contains(names, u.Name) {
			continue
		}
		p := Problem{Place: u.Place, Name: u.Name, Suggest: nearest(u.Name, names)}
		p.Why = u.because(CodeVariableUnknown, "name", u.Name)
		if p.Suggest != "" {
			p.Why.Args["suggest"] = p.Suggest
		}
		found = append(found, p)
	}
	slices.SortStableFunc(found, func(a, b Problem) int { return a.Offset - b.Offset })
	return found
}

// Lacking lists the places at which the text asks, without a default, for a
// value that some people do not have. without tells for each name how many of
// the audience lack it; names are in the form of contact.VarName. The problems
// are warnings: those people are left out and the others get the message.
func (t *Template) Lacking(without map[string]int64) []Problem {
	var found []Problem
	for _, u := range t.uses {
		if n := without[u.Name]; n > 0 && !u.HasDefault {
			found = append(found, Problem{Place: u.Place, Name: u.Name, Warning: true,
				Why: u.because(CodeVariableMissing, "name", u.Name, "count", strconv.FormatInt(n, 10))})
		}
	}
	return found
}

// unsendable finds what makes it pointless to look further.
func unsendable(text string) []Problem {
	all := Place{Line: 1, Column: 1, Length: len(text)}
	if overlong(text) {
		return []Problem{{Place: all, Why: tooLong(utf8.RuneCountInString(text))}}
	}
	if !clean(text) {
		at := 0
		for at < len(text) && text[at] != 0 {
			r, n := utf8.DecodeRuneInString(text[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		s := scanner{text: text}
		p := s.place(at, at+1)
		return []Problem{{Place: p, Why: p.because(CodeNotUTF8)}}
	}
	if !visible(text) {
		return []Problem{{Place: all, Why: Because(CodeEmptyText)}}
	}
	return nil
}

// vocabulary is every known name: the caller's, then the built-in ones.
func vocabulary(known []string) []string {
	names := make([]string, 0, len(known)+len(builtinNames))
	for _, k := range known {
		if k = contact.VarName(k); k != "" {
			names = append(names, k)
		}
	}
	return append(names, builtinNames...)
}

// Nearest is the name that somebody may have meant who wrote another; empty when
// that would be a guess.
func Nearest(name string, names []string) string { return nearest(name, names) }

// nearest is the known name that needs the fewest slips of the hand to become
// name: the first one of those that are equally near, and none when even that
// would be a guess.
func nearest(name string, names []string) string {
	limit := 3
	switch n := utf8.RuneCountInString(name); {
	case n <= 3:
		limit = 1
	case n <= 7:
		limit = 2
	}
	best, few := "", limit+1
	for _, k := range names {
		if d := slips(name, k, few); d < few {
			best, few = k, d
		}
	}
	return best
}

// slips counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b (the optimal string alignment distance). What is
// limit or more comes out as limit.
func slips(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d >= limit || -d >= limit {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], limit)
}
