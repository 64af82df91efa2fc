package schedule

import (
	"strings"
	"time"
	"unicode"
)

// fold makes a word comparable: lower case, without the accents of Portuguese
// however they are encoded.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case strings.ContainsRune("áàâãä", r):
			return 'a'
		case strings.ContainsRune("éèêë", r):
			return 'e'
		case strings.ContainsRune("íìîï", r):
			return 'i'
		case strings.ContainsRune("óòôõö", r):
			return 'o'
		case strings.ContainsRune("úùûü", r):
			return 'u'
		case r == 'ç':
			return 'c'
		}
		return r
	}, s)
}

// dayOf reads the name of one day: English or Portuguese, short, long or
// plural. It takes a folded word.
func dayOf(word string) (time.Weekday, bool) {
	switch word {
	case "sun", "sunday", "sundays", "dom", "domingo", "domingos":
		return time.Sunday, true
	case "mon", "monday", "mondays", "seg", "segunda", "segundas":
		return time.Monday, true
	case "tue", "tues", "tuesday", "tuesdays", "ter", "terca", "tercas":
		return time.Tuesday, true
	case "wed", "weds", "wednesday", "wednesdays", "qua", "quarta", "quartas":
		return time.Wednesday, true
	case "thu", "thur", "thurs", "thursday", "thursdays", "qui", "quinta", "quintas":
		return time.Thursday, true
	case "fri", "friday", "fridays", "sex", "sexta", "sextas":
		return time.Friday, true
	case "sat", "saturday", "saturdays", "sab", "sabado", "sabados":
		return time.Saturday, true
	}
	return 0, false
}

// phrases are the clauses' first words. Each is spelled in folded words; the
// longest that fits counts.
type phrase struct {
	words string
	means clause
	kind  string // for clauseKind
}

type clause int

const (
	clauseNone clause = iota
	clauseKind
	clauseOwnKind
	clauseParams
	clauseDaily
	clauseWeekdays
	clauseWeekend
	clauseSkip
	clauseZone
	clauseMissed
)

var phrases = [...]phrase{
	{"immediate", clauseKind, KindImmediate},
	{"immediately", clauseKind, KindImmediate},
	{"imediato", clauseKind, KindImmediate},
	{"imediata", clauseKind, KindImmediate},
	{"imediatamente", clauseKind, KindImmediate},
	{"business_days", clauseKind, KindBusinessDays},
	{"business days", clauseKind, KindBusinessDays},
	{"dias uteis", clauseKind, KindBusinessDays},
	{"business_hours", clauseKind, KindBusinessHours},
	{"business hours", clauseKind, KindBusinessHours},
	{"horario comercial", clauseKind, KindBusinessHours},
	{"custom", clauseKind, KindCustom},
	{"custom_period", clauseKind, KindCustom},
	{"personalizado", clauseKind, KindCustom},
	{"kind", clauseOwnKind, ""},
	{"tipo", clauseOwnKind, ""},
	{"params", clauseParams, ""},
	{"every day", clauseDaily, ""},
	{"everyday", clauseDaily, ""},
	{"daily", clauseDaily, ""},
	{"todos os dias", clauseDaily, ""},
	{"todo dia", clauseDaily, ""},
	{"diariamente", clauseDaily, ""},
	{"weekdays", clauseWeekdays, ""},
	{"weekends", clauseWeekend, ""},
	{"fins de semana", clauseWeekend, ""},
	{"fim de semana", clauseWeekend, ""},
	{"skip", clauseSkip, ""},
	{"except", clauseSkip, ""},
	{"no", clauseSkip, ""},
	{"pular", clauseSkip, ""},
	{"exceto", clauseSkip, ""},
	{"sem", clauseSkip, ""},
	{"zone", clauseZone, ""},
	{"timezone", clauseZone, ""},
	{"time zone", clauseZone, ""},
	{"tz", clauseZone, ""},
	{"fuso", clauseZone, ""},
	{"fuso horario", clauseZone, ""},
	{"missed start", clauseMissed, ""},
	{"inicio perdido", clauseMissed, ""},
}

// nearWord finds the word of the language that a mistyped one most likely
// means, or nothing. It takes a folded word.
func nearWord(word string) string {
	best, least := "", 3
	try := func(known string) {
		// A slip of one letter in three at most: anything is near "tz".
		if d := distance(word, known); d < least && 3*d <= len(known) {
			best, least = known, d
		}
	}
	for _, name := range dayNames {
		try(name)
	}
	for _, name := range []string{
		"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
		"dom", "seg", "ter", "qua", "qui", "sex", "sab",
		"domingo", "segunda", "terca", "quarta", "quinta", "sexta", "sabado",
		"weekends", "holidays", "feriados", "closed", "fechado", "hold",
	} {
		try(name)
	}
	for _, p := range phrases {
		try(p.words)
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b.
func distance(a, b string) int {
	const most = 64 // of words longer than this the answer is only "far"
	if len(a) > most || len(b) > most {
		return most
	}
	var rows [3][most + 1]int
	before, last, row := rows[0][:], rows[1][:], rows[2][:]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
