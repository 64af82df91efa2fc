package campaign

import (
	"maps"
	"strings"
	"time"
)

// Words is a catalogue: for each code a sentence in one language. It is a value
// that does not change; a host that adds senders, windows or rotations of its
// own adds their codes by With.
//
// A sentence may hold arguments in braces, and parts in brackets that are left
// out unless the reason has all of their arguments:
//
//	"the number rests[ until {until}]"
//
// An argument that stands outside of brackets and is missing is shown as "?".
// How a value is shown depends on its form and name:
//
//	RFC 3339          a time, by the clock of the zone that Text is given, with
//	                  its year if At says so
//	min, max, gap,
//	after, for        a time.Duration such as "1m30s" is shown as "1 min 30 s"
//	why               a code: its own sentence, without arguments
//	status            a campaign's status: its name; a number: as it is
//	state             a Connection: its name
//	evidence, was     an Evidence, an Outcome: its name
//
// All else is shown as it is. What a value holds is never read as an argument.
type Words struct {
	language Language
	own      map[Code]string
	year     int // whose dates are written without it; 0 for every year
}

// WordsIn returns the catalogue of a language, with a sentence for every code
// that this package and package evolution give.
func WordsIn(l Language) Words { return Words{language: l} }

// With returns a catalogue with more sentences; one for a known code replaces
// the built-in one. A key "x.y" is a sentence of its own for reasons with code
// x whose argument "fault" or "code" is y.
func (w Words) With(own map[Code]string) Words {
	joined := make(map[Code]string, len(w.own)+len(own))
	maps.Copy(joined, w.own)
	maps.Copy(joined, own)
	w.own = joined
	return w
}

// At returns a catalogue for a reader of that instant: dates of another year are
// written with it.
func (w Words) At(now time.Time) Words {
	w.year = now.Year()
	return w
}

// Text puts a reason into words, as Reason.TextIn does. A nil loc leaves times
// as they stand. The zero Reason has no words.
func (w Words) Text(r Reason, loc *time.Location) string {
	sentence, ok := w.sentence(r)
	if !ok {
		return r.String()
	}
	var b strings.Builder
	for sentence != "" {
		plain, rest, found := strings.Cut(sentence, "[")
		w.fill(&b, plain, r.Args, loc)
		if !found {
			break
		}
		optional, after, _ := strings.Cut(rest, "]")
		if complete(optional, r.Args) {
			w.fill(&b, optional, r.Args, loc)
		}
		sentence = after
	}
	return b.String()
}

func (w Words) sentence(r Reason) (string, bool) {
	for _, name := range [...]string{"fault", "code"} {
		if v := r.Args[name]; v != "" {
			if s, ok := w.lookup(r.Code + "." + Code(v)); ok {
				return s, true
			}
		}
	}
	return w.lookup(r.Code)
}

func (w Words) lookup(c Code) (string, bool) {
	if s, ok := w.own[c]; ok {
		return s, true
	}
	if p, ok := reasonWords[c]; ok {
		return w.language.pick(p), true
	}
	return "", false
}

// fill writes a piece of a sentence with its arguments.
func (w Words) fill(b *strings.Builder, piece string, args map[string]string, loc *time.Location) {
	for {
		plain, rest, found := strings.Cut(piece, "{")
		b.WriteString(plain)
		if !found {
			return
		}
		name, after, _ := strings.Cut(rest, "}")
		if v := args[name]; v != "" {
			b.WriteString(w.value(name, v, loc))
		} else {
			b.WriteString("?")
		}
		piece = after
	}
}

// complete reports whether every argument of a piece has a value.
func complete(piece string, args map[string]string) bool {
	for {
		_, rest, found := strings.Cut(piece, "{")
		if !found {
			return true
		}
		name, after, _ := strings.Cut(rest, "}")
		if args[name] == "" {
			return false
		}
		piece = after
	}
}

// value shows one argument.
func (w Words) value(name, v string, loc *time.Location) string {
	switch name {
	case "why":
		if _, ok := w.lookup(Code(v)); ok {
			return w.Text(Reason{Code: Code(v)}, loc)
		}
		return v
	case "status":
		return Status(v).Text(w.language)
	case "state":
		return Connection(v).Text(w.language)
	case "was":
		return Outcome(v).Text(w.language)
	case "evidence":
		return Evidence(v).Text(w.language)
	case "min", "max", "gap", "after", "for":
		if strings.ContainsAny(v, "hms") {
			if d, err := time.ParseDuration(v); err == nil {
				return spell(d)
			}
		}
	}
	if loc != nil && len(v) >= len("2006-01-02T15:04:05Z") && v[10] == 'T' {
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			t = t.In(loc)
			another := w.year != 0 && t.Year() != w.year
			switch {
			case w.language.portuguese() && another:
				return t.Format("02/01/2006 15:04")
			case w.language.portuguese():
				return t.Format("02/01 15:04")
			case another:
				return t.Format("Jan 2 2006 15:04")
			}
			return t.Format("Jan 2 15:04")
		}
	}
	if t, err := time.Parse(time.DateOnly, v); err == nil && w.language.portuguese() {
		return t.Format("02/01/2006")
	}
	return v
}

// spell writes a duration with the units that both languages share: "1 h 30
// min", "20 s". Below a second it is left to time.Duration.
func spell(d time.Duration) string {
	if d < time.Second || d%time.Second != 0 {
		return d.String()
	}
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 {
			parts = append(parts, itoa(int(n)), u.name)
			d -= n * u.size
		}
	}
	return strings.Join(parts, " ")
}
