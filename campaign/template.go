package campaign

import (
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alreasense/campaigns/contact"
)

// Template is a message's text, compiled. It never changes and may be used by
// many goroutines at once.
type Template struct {
	source string
	parts  []part
	uses   []Use
	size   int // a guess at the length of a rendered text
}

// part is a piece of plain text, or a variable when name is not empty.
type part struct {
	text     string // plain text, or the default
	name     string
	optional bool // it has a default
	inside   bool // it stands inside a sentence
}

// Use is one place at which a text asks for a variable.
type Use struct {
	// Name is in the form of contact.VarName: "primeiro_nome".
	Name string `json:"name"`
	// Default is printed when there is no value; HasDefault tells an empty
	// default from none.
	Default    string `json:"default,omitempty"`
	HasDefault bool   `json:"has_default,omitempty"`
	Place
}

// Compile reads a text with variables:
//
//	{{nome}}             the value; a person without one cannot get the message
//	{{ Saudação }}       blanks at the ends, case and accents do not matter
//	{{primeiro nome}}    blanks, dots and dashes inside are underscores
//	{{nome|amigo}}       the default, for a person without a value
//	{{nome|}}            an empty default: nothing at all
//
// A variable and its default stand on one line and hold no braces; blanks
// around a default are dropped, and it begins at the first bar. A single brace
// is plain text. Two braces in a row are always the beginning or the end of a
// variable: they cannot be part of the text, but may come with a value.
//
// dia_semana begins with a capital at the beginning of a line or a sentence, and
// with a small letter inside one.
//
// The problems are all that keep the text from being sent, in the order of the
// text; with a problem the Template is nil. A text that is blank, longer than
// MaxText characters, not UTF-8 or that holds a NUL is a problem too. Compile does
// not know which variables exist: see Lint.
func Compile(text string) (*Template, []Problem) {
	if bad := unsendable(text); bad != nil {
		return nil, bad
	}
	s := scanner{text: text}
	s.scan()
	if len(s.bad) > 0 {
		return nil, s.bad
	}
	t := &Template{source: text, parts: s.parts, uses: s.uses}
	for _, p := range t.parts {
		t.size += len(p.text)
		if p.name != "" {
			t.size += 24
		}
	}
	return t, nil
}

// String returns the text that was compiled.
func (t *Template) String() string { return t.source }

// Uses lists where the text asks for variables, in its order.
func (t *Template) Uses() []Use { return slices.Clone(t.uses) }

// Names lists the variables that the text asks for, each once, in the order of
// their first use.
func (t *Template) Names() []string { return t.names(func(Use) bool { return true }) }

// Required lists the variables that the text asks for without a default at one
// place at least: a person without a value for one of them cannot get the
// message.
func (t *Template) Required() []string { return t.names(func(u Use) bool { return !u.HasDefault }) }

func (t *Template) names(want func(Use) bool) []string {
	var names []string
	for _, u := range t.uses {
		if want(u) && !slices.Contains(names, u.Name) {
			names = append(names, u.Name)
		}
	}
	return names
}

// Render appends the text for one person, of no campaign, to buf and returns it.
// Values are asked for at the instant at, whose location is the campaign's zone;
// nil Variables are BuiltinVariables. A value that is blank counts as none.
//
// The text is made in one pass: what stands in a value is never read as a
// variable, so braces in a name come out as they are.
//
// The error is a *MissingError for a variable without value and default, or a
// *TextError when the text would come out blank (CodeEmptyText), longer than
// MaxText characters (CodeTextTooLong), or with a value that is not UTF-8 or holds a
// NUL (CodeNotUTF8). Variables that panic are an error, too, whose reason is
// CodeVariablesFailed. buf comes back as it was then: there is no half text.
func (t *Template) Render(buf []byte, vs Variables, to contact.Contact, at time.Time) ([]byte, error) {
	return t.render(buf, vs, Ask{Contact: to, At: at})
}

// render is Render for whom ask names.
func (t *Template) render(buf []byte, vs Variables, ask Ask) (out []byte, err error) {
	if vs == nil {
		vs = BuiltinVariables
	}
	start, asked := len(buf), ""
	defer func() {
		if v := recover(); v != nil {
			out, err = buf[:start], &panicked{"the value of {{" + asked + "}}", v, debug.Stack(), Because(CodeVariablesFailed, "name", asked)}
		}
	}()
	buf = slices.Grow(buf, t.size)
	for i := range t.parts {
		p := &t.parts[i]
		asked = p.name
		if p.name == "" {
			buf = append(buf, p.text...)
			continue
		}
		v, ok := vs.Value(ask, p.name)
		if !ok || !visible(v) {
			if !p.optional {
				return buf[:start], &MissingError{Name: p.name}
			}
			v = p.text
		} else if !clean(v) {
			return buf[:start], &TextError{Because(CodeNotUTF8, "name", p.name)}
		}
		if p.inside && p.name == "dia_semana" {
			v = smallWeekday(v)
		}
		buf = append(buf, v...)
		if overlong(buf[start:]) {
			return buf[:start], &TextError{tooLong(0)}
		}
	}
	switch out := buf[start:]; {
	case overlong(out):
		return buf[:start], &TextError{tooLong(0)}
	case !visible(out):
		return buf[:start], &TextError{Because(CodeEmptyText)}
	}
	return buf, nil
}

// values are the names that the text asks for, each as render puts it. They are
// asked for once more: nothing is kept of a text that nobody sends.
func (t *Template) values(vs Variables, ask Ask) map[string]string {
	if len(t.uses) == 0 {
		return nil
	}
	all := make(map[string]string, len(t.uses))
	err := guard("the variables", func() error {
		for _, u := range t.uses {
			if _, ok := all[u.Name]; ok {
				continue
			}
			v, ok := vs.Value(ask, u.Name)
			if !ok || !visible(v) {
				v = u.Default
			}
			all[u.Name] = v
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return all
}

// Text is Render for a single text.
func (t *Template) Text(vs Variables, to contact.Contact, at time.Time) (string, error) {
	return t.text(vs, Ask{Contact: to, At: at})
}

func (t *Template) text(vs Variables, ask Ask) (string, error) {
	var room [1024]byte
	b, err := t.render(room[:0], vs, ask)
	return string(b), err
}

// MissingError refuses to render a text for a person who lacks a value.
type MissingError struct {
	// Name is the variable's.
	Name string
}

// Error names the variable and the two ways out.
func (e *MissingError) Error() string { return "campaign: " + e.Reason().Text(English) }

// Reason is CodeVariableMissing.
func (e *MissingError) Reason() Reason { return Because(CodeVariableMissing, "name", e.Name) }

// TextError refuses a text that came out unfit to be sent.
type TextError struct {
	Why Reason
}

// Error is the reason in English.
func (e *TextError) Error() string { return "campaign: " + e.Why.Text(English) }

// Reason returns Why.
func (e *TextError) Reason() Reason { return e.Why }

// renderReason is the reason in an error of Render.
func renderReason(err error) Reason {
	if r, ok := err.(interface{ Reason() Reason }); ok {
		return r.Reason()
	}
	return Because(CodeBadTemplate, "problem", err.Error())
}

// visible reports whether a text shows anything: blanks, controls and the
// characters that have no width show nothing.
func visible[T string | []byte](s T) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c > ' ' && c != 0x7f {
				return true
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		// Two letters that fonts draw as nothing: Braille's blank pattern and
		// the Hangul filler.
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u2800' && r != '\u3164' {
			return true
		}
		i += n
	}
	return false
}

// clean reports whether a text can be stored and sent at all.
func clean(s string) bool {
	return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s)
}

// overlong reports whether a text has more characters than a message may.
func overlong[T string | []byte](s T) bool {
	return len(s) > MaxText && (len(s) > MaxText*utf8.UTFMax || utf8.RuneCountInString(string(s)) > MaxText)
}

// tooLong tells the limit, and the length where it is known.
func tooLong(length int) Reason {
	if length == 0 {
		return Because(CodeTextTooLong, "max", itoa(MaxText))
	}
	return Because(CodeTextTooLong, "max", itoa(MaxText), "length", itoa(length))
}
