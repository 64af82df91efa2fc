package schedule

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// ParseError is why [Parse] does not take a text, and where.
type ParseError struct {
	// Offset is where in the text the trouble is, in bytes from 0.
	Offset int
	// Column is the same place for people: in characters from 1.
	Column int
	// Problem says what is wrong and what to write instead.
	Problem string

	field error // the FieldError behind the problem, if any
}

// Error prints the column and the problem.
func (e *ParseError) Error() string {
	return fmt.Sprintf("schedule: character %d: %s", e.Column, e.Problem)
}

// Unwrap returns the [FieldError] when the text was understood and the Spec
// that it describes is no good, for instance because it never opens.
func (e *ParseError) Unwrap() error { return e.field }

// Parse reads a schedule as people type it, in English or Portuguese:
//
//	immediate
//	business days
//	horário comercial, fuso America/Manaus
//	mon-fri 09:00-12:00 13:30-18:00, skip holidays, zone America/Sao_Paulo
//	seg a sex das 9h às 18h; sáb 9h-13h; pular feriados
//	every day 08:00-20:00; sun closed, skip holidays
//	kind tides, params {"port": "Santos"}
//
// A text is a list of clauses, in any order, separated by commas or
// semicolons; capitals and accents do not matter.
//
//	immediate | business days | business hours | custom | kind NAME
//	DAYS SPANS                 days: mon, seg, monday; mon-fri; sat, sun; every day
//	                           spans: 09:00-12:00 13h30-18h 9-18, or "closed"
//	SPANS                      alone, at the beginning: every day, or the days that
//	                           follow without hours of their own: 9h-18h, seg a sex
//	                           24h is the whole day
//	skip weekends | skip holidays | pular feriados | sem fins de semana
//	zone NAME                  an IANA zone; DefaultZone without it
//	missed start POLICY        run_if_within 2h | hold | skip
//	params JSON                for kind NAME
//
// Hours make the schedule custom, so that the word may be left out. Days that
// are named follow their own hours, and "every day" covers the rest; a day
// that is named twice has the spans of both. A closed day is closed, whatever
// else is said of it.
//
// The result is canonical and valid; only a kind of one's own may still turn
// out to be unknown. The error is a [*ParseError].
func Parse(text string) (Spec, error) {
	p := parser{scanner: scanner{text: text}, where: make(map[string]int)}
	if err := p.parse(); err != nil {
		return Spec{}, err
	}
	return p.spec.Canonical(), nil
}

type parser struct {
	scanner
	spec  Spec
	where map[string]int // fields that were given, and at which byte

	days     []time.Weekday // whose spans come next; nil for every day
	closed   [7]bool        // days that are closed in so many words
	loose    bool           // spans need days before them
	leading  bool           // spans stand at the beginning, and days may follow them
	hasHours bool
}

func (p *parser) parse() *ParseError {
	for p.separators(); !p.done(); p.separators() {
		if err := p.clause(); err != nil {
			return err
		}
	}
	if p.spec.Kind == "" {
		_, weekends := p.where["skip_weekends"]
		_, holidays := p.where["skip_holidays"]
		if !p.hasHours && !weekends && !holidays {
			return p.errorAt(len(p.text), `nothing says when to send: write "immediate", "business days" or hours such as "mon-fri 09:00-18:00"`)
		}
		p.spec.Kind = KindCustom
	}
	// What stands on a closed day must make sense too, so it goes only now.
	err := p.judge()
	if err != nil || p.closed == [7]bool{} {
		return err
	}
	for d, closed := range p.closed {
		if closed {
			p.spec.Week[d] = []Span{}
		}
	}
	return p.judge()
}

// judge turns the first problem of the Spec into one of the text.
func (p *parser) judge() *ParseError {
	var first *ParseError
	for _, e := range p.spec.problems() {
		at, ok := p.where[e.Field]
		if !ok {
			at = p.where["kind"]
		}
		if first == nil || at < first.Offset {
			first = p.errorAt(at, "%s", e.Problem)
			first.field = e
		}
	}
	return first
}

func (p *parser) errorAt(at int, format string, args ...any) *ParseError {
	return &ParseError{
		Offset:  at,
		Column:  utf8.RuneCountInString(p.text[:at]) + 1,
		Problem: fmt.Sprintf(format, args...),
	}
}

// once notes that a field is given, and refuses a second time.
func (p *parser) once(field string, at int) *ParseError {
	if _, again := p.where[field]; again {
		return p.errorAt(at, "%s is given twice: keep one", strings.ReplaceAll(field, "_", " "))
	}
	p.where[field] = at
	return nil
}

func (p *parser) clause() *ParseError {
	start := p.pos
	if p.digit() {
		if p.loose {
			return p.errorAt(start, `these hours follow no day: write the days before them, as in "mon-fri 09:00-18:00"`)
		}
		p.leading = !p.hasHours
		return p.spans()
	}
	if word, _ := p.letters(); word != "" {
		if _, ok := dayOf(word); ok {
			return p.hours(nil)
		}
	}
	best := p.phrase()
	switch best.means {
	case clauseDaily, clauseWeekdays, clauseWeekend:
		return p.hours(&best)
	case clauseNone:
		return p.lost()
	}
	p.loose = p.hasHours
	switch best.means {
	case clauseKind:
		p.spec.Kind = best.kind
		return p.once("kind", start)
	case clauseOwnKind:
		return p.ownKind(start)
	case clauseSkip:
		return p.skips()
	case clauseZone:
		return p.zone(start)
	case clauseMissed:
		return p.missed(start)
	}
	return p.params(start)
}

// phrase reads the longest known phrase at pos.
func (p *parser) phrase() (best phrase) {
	start, end := p.pos, p.pos
	for _, ph := range phrases {
		if p.pos = start; p.words(ph.words) && p.pos > end {
			best, end = ph, p.pos
		}
	}
	p.pos = end
	return best
}

// lost is the error about something that begins no clause.
func (p *parser) lost() *ParseError {
	start := p.pos
	word, end := p.letters()
	if word == "" {
		r, _ := utf8.DecodeRuneInString(p.rest())
		return p.errorAt(start, "%q has no meaning here: write clauses such as \"mon-fri 09:00-18:00, skip holidays\"", r)
	}
	typed := cut(p.text[start:end])
	if near := nearWord(word); near != "" {
		return p.errorAt(start, "%q is not understood: did you mean %q?", typed, near)
	}
	return p.errorAt(start, "%q is not understood: write days with hours, \"skip weekends\", \"skip holidays\", \"zone NAME\", or \"kind NAME\" for a window of your own", typed)
}

// cut shortens what an error repeats.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// skips reads what is skipped: weekends, holidays or both.
func (p *parser) skips() *ParseError {
	for first := true; ; first = false {
		start := p.pos
		p.separators()
		at := p.pos
		field := p.skipped()
		end := p.pos
		if field != "" && !first {
			// In "skip holidays; weekends 09:00-12:00" the weekends are days.
			if p.space(); p.digit() || p.word("closed") != "" {
				field = ""
			}
		}
		switch {
		case field == "" && first:
			return p.errorAt(at, `what is skipped is missing here: write "skip weekends" or "skip holidays"; a single day is closed by "sun closed"`)
		case field == "":
			p.pos = start
			return nil
		case field == "skip_weekends":
			p.spec.SkipWeekends = true
		default:
			p.spec.SkipHolidays = true
		}
		p.where[field], p.pos = at, end
	}
}

// skipped reads what may be skipped and returns the name of the field.
func (p *parser) skipped() string {
	switch {
	case p.word("weekends", "weekend") != "", p.words("fins de semana"),
		p.words("fim de semana"), p.words("finais de semana"):
		return "skip_weekends"
	case p.word("holidays", "holiday", "feriados", "feriado") != "":
		return "skip_holidays"
	}
	return ""
}

func (p *parser) zone(start int) *ParseError {
	p.colon()
	at := p.pos
	if p.spec.Zone = p.raw(); p.spec.Zone == "" {
		return p.errorAt(at, "the name of the zone is missing here: write \"zone %s\"", DefaultZone)
	}
	if err := p.once("zone", start); err != nil {
		return err
	}
	p.where["zone"] = at
	if _, problem := p.spec.location(); problem != nil {
		// At once: what follows may be the rest of a name with a space in it.
		err := p.errorAt(at, "%s", problem.Problem)
		err.field = *problem
		return err
	}
	return nil
}

func (p *parser) ownKind(start int) *ParseError {
	p.colon()
	at := p.pos
	name := p.raw()
	if name == "" {
		return p.errorAt(at, `the name of the kind is missing here: write "kind NAME"`)
	}
	p.spec.Kind = name
	return p.once("kind", start)
}

func (p *parser) missed(start int) *ParseError {
	p.colon()
	at := p.pos
	var m Missed
	switch {
	case p.words("run_if_within"), p.words("run if within"), p.words("run within"), p.words("run"),
		p.words("executar ate"), p.words("executar"):
		m.Policy = RunIfWithin
	case p.words("hold"), p.words("segurar"):
		m.Policy = HoldIfMissed
	case p.words("skip"), p.words("pular"):
		m.Policy = SkipIfMissed
	default:
		return p.errorAt(at, "a policy is missing here: write run_if_within 1h, hold or skip")
	}
	end := p.pos
	if p.space(); p.digit() {
		at := p.pos
		text := p.raw()
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return p.errorAt(at, "%q is no duration: write 90m or 1h30m", cut(text))
		}
		m.Within = d
	} else {
		p.pos = end
	}
	p.spec.Missed = m
	return p.once("missed_start", start)
}

func (p *parser) params(start int) *ParseError {
	p.colon()
	in := json.NewDecoder(strings.NewReader(p.rest()))
	if err := in.Decode(&p.spec.Params); err != nil {
		return p.errorAt(p.pos, "params are JSON, and this is not: write an object such as {\"days\": 3} (%v)", err)
	}
	p.pos += int(in.InputOffset())
	return p.once("params", start)
}

func (p *parser) colon() {
	p.space()
	p.mark(":=")
	p.space()
}
