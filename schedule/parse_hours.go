package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/holiday"
)

// hours reads days and their spans. A phrase for several days has been read
// already when ph is not nil.
func (p *parser) hours(ph *phrase) *ParseError {
	p.days = nil
	if ph == nil || ph.means != clauseDaily {
		if ph != nil && ph.means == clauseWeekdays {
			p.days = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
		} else if ph != nil {
			p.days = []time.Weekday{time.Saturday, time.Sunday}
		}
		if err := p.moreDays(ph == nil); err != nil {
			return err
		}
	}
	p.space()
	p.mark(":")
	p.fillers()
	at := p.pos
	if p.word("closed", "fechado", "fechada") != "" {
		p.leading = false
		return p.closeDays(at)
	}
	if !p.digit() {
		if p.leading && len(p.days) > 0 {
			p.daysAfter(at)
			return nil
		}
		return p.errorAt(at, `the days before this have no hours: write them after the days, as in "mon-fri 09:00-18:00", or "closed"`)
	}
	p.leading = false
	return p.spans()
}

// daysAfter gives the hours that stand at the beginning to the days that follow
// them.
func (p *parser) daysAfter(end int) {
	p.pos, p.leading, p.loose = end, false, true
	daily := p.spec.Daily
	p.spec.Daily = nil
	for i, s := range daily {
		p.addSpan(p.where[fmt.Sprintf("daily[%d]", i)], s)
	}
}

// moreDays reads a list of days and ranges of days. With first, the list
// begins here; without, it goes on, if it does.
func (p *parser) moreDays(first bool) *ParseError {
	for {
		start := p.pos
		if !first {
			p.separators()
		}
		from, ok := p.day()
		if !ok {
			p.pos = start
			return nil
		}
		first = false
		to := from
		if p.dash() {
			at := p.pos
			if to, ok = p.day(); !ok {
				return p.noDay(at)
			}
		}
		for d := from; ; d = (d + 1) % 7 {
			if !slices.Contains(p.days, d) {
				p.days = append(p.days, d)
			}
			if d == to {
				break
			}
		}
	}
}

func (p *parser) noDay(at int) *ParseError {
	word, end := p.letters()
	if near := nearWord(word); near != "" {
		return p.errorAt(at, "%q is no day: did you mean %q?", cut(p.text[at:end]), near)
	}
	return p.errorAt(at, `a range of days ends with a day: write "mon-fri"`)
}

// day reads one day, "segunda-feira" included.
func (p *parser) day() (time.Weekday, bool) {
	word, end := p.letters()
	d, ok := dayOf(word)
	if !ok {
		return 0, false
	}
	p.pos = end
	if d >= time.Monday && d <= time.Friday && p.mark("-‑ ") && p.word("feira", "feiras") == "" {
		p.pos = end
	}
	return d, true
}

func (p *parser) fillers() {
	for p.space(); p.word("das", "de", "from", "at") != ""; {
		p.space()
	}
}

func (p *parser) closeDays(at int) *ParseError {
	if p.days == nil {
		return p.errorAt(at, "a schedule that is closed every day never opens: name the days that are closed")
	}
	for _, d := range p.days {
		p.closed[d] = true
		p.where["week."+dayNames[d]] = at
	}
	p.hasHours, p.loose = true, true
	return nil
}

// spans reads one span and those that follow it.
func (p *parser) spans() *ParseError {
	p.hasHours, p.loose = true, false
	for {
		at := p.pos
		var s Span
		var err *ParseError
		if s.From, err = p.time(); err != nil {
			return err
		}
		if !p.dash() {
			if s.From == holiday.ClockAt(24, 0) {
				p.space()
				p.word("hours", "horas")
				p.addSpan(at, Span{To: s.From})
				return nil
			}
			return p.errorAt(p.pos, "%s has no end: write a span such as %s-18:00", s.From, s.From)
		}
		if s.To, err = p.time(); err != nil {
			return err
		}
		p.addSpan(at, s)
		end := p.pos
		p.separators()
		if p.fillers(); !p.digit() {
			p.pos = end
			return nil
		}
	}
}

func (p *parser) addSpan(at int, s Span) {
	if p.days == nil {
		p.note("daily", len(p.spec.Daily), at)
		p.spec.Daily = append(p.spec.Daily, s)
	}
	for _, d := range p.days {
		p.note("week."+dayNames[d], len(p.spec.Week[d]), at)
		p.spec.Week[d] = append(p.spec.Week[d], s)
	}
}

// note remembers where a span stands, and where the first one of its list.
func (p *parser) note(field string, i, at int) {
	if i == 0 {
		p.where[field] = at
	}
	p.where[fmt.Sprintf("%s[%d]", field, i)] = at
}

// time reads a time of day; "9" is nine o'clock here, where nothing else could
// be meant.
func (p *parser) time() (holiday.Clock, *ParseError) {
	at := p.pos
	text := p.clock()
	if text == "" {
		return 0, p.errorAt(at, "a time of day is missing here: write 09:00 or 9h")
	}
	if n := len(text); n <= 2 && strings.Trim(text, "0123456789") == "" {
		text += ":00"
	}
	c, err := holiday.ParseClock(text)
	if err != nil {
		return 0, p.errorAt(at, "%s", err)
	}
	return c, nil
}
