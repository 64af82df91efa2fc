package campaign

import (
	"strconv"
	"strings"
	"time"
)

// Language of words for people.
type Language string

const (
	English    Language = "en"
	Portuguese Language = "pt-BR"
)

// ParseLanguage chooses the language for the value of an Accept-Language
// header (RFC 9110, 12.5.4), or for a single tag such as "pt_BR" or "en-US":
// the one with the higher quality, the first one of equals. Portuguese of any
// country is Portuguese. A text that asks for neither, or for nothing, gets
// Portuguese.
func ParseLanguage(accept string) Language {
	best, quality := Portuguese, 0.0
	for item := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(item, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(params), " ", ""), "q="); ok {
			n, err := strconv.ParseFloat(v, 64)
			if err != nil || n > 1 || !(n > 0) {
				continue
			}
			q = n
		}
		tag = strings.ToLower(strings.TrimSpace(tag))
		if i := strings.IndexAny(tag, "-_."); i >= 0 {
			tag = tag[:i]
		}
		var l Language
		switch tag {
		case "pt":
			l = Portuguese
		case "en":
			l = English
		default:
			continue
		}
		if q > quality {
			best, quality = l, q
		}
	}
	return best
}

// portuguese reports whether l is a kind of Portuguese; every other language
// gets English words.
func (l Language) portuguese() bool {
	return len(l) >= 2 && strings.EqualFold(string(l[:2]), "pt")
}

// pick returns the words of the language.
func (l Language) pick(w pair) string {
	if l.portuguese() {
		return w.pt
	}
	return w.en
}

// pair is one thing in both languages.
type pair struct{ en, pt string }

// Text returns the reason in words: a clause without a full stop that says
// what is the matter and, where somebody can do something, what to do. Times
// come out as they stand in the arguments, in UTC. Languages other than
// Portuguese get English. A code that the catalogue lacks is printed as by
// String.
func (r Reason) Text(l Language) string { return WordsIn(l).Text(r, nil) }

// TextIn is Text with times by the clock of loc: "02/01 15:04" in Portuguese,
// "Jan 2 15:04" in English.
func (r Reason) TextIn(l Language, loc *time.Location) string { return WordsIn(l).Text(r, loc) }

// Text names the status: "em andamento".
func (s Status) Text(l Language) string { return named(l, statusWords, s) }

// Text names the state: "entregue".
func (s State) Text(l Language) string { return named(l, stateWords, s) }

// Text tells what happened: "campanha pausada".
func (t EventType) Text(l Language) string { return named(l, eventWords, t) }

// Text names what the command does, for a button: "Pausar".
func (c Command) Text(l Language) string { return named(l, commandWords, c) }

// Text names who paused the campaign: "por uma pessoa".
func (c Cause) Text(l Language) string { return named(l, causeWords, c) }

// Text names the state of the number: "conectado".
func (c Connection) Text(l Language) string { return named(l, connectionWords, c) }

// Text names how the attempt ended: "aceita".
func (o Outcome) Text(l Language) string { return named(l, outcomeWords, o) }

// Text names what a sent message rests on: "resposta do gateway".
func (e Evidence) Text(l Language) string { return named(l, evidenceWords, e) }

// named looks a name up; one that is not there is printed as it is.
func named[K ~string](l Language, table map[K]pair, k K) string {
	if w, ok := table[k]; ok {
		return l.pick(w)
	}
	return string(k)
}
