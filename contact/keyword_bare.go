package contact

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// bare is a message as its words alone: each letter and digit in its plainest
// form, everything else a blank between words, and the last letter once.
func bare(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unseen(r):
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(plain(unicode.ToLower(r)))
	}
	s := []rune(b.String())
	for n := len(s); n > 1 && s[n-1] == s[n-2] && unicode.IsLetter(s[n-1]); n-- {
		s = s[:n-1]
	}
	return string(s)
}

// unseen reports whether a character belongs to the one before it or shows
// nothing at all: it parts no words.
func unseen(r rune) bool {
	switch r {
	case '\'', '’', '\u115f', '\u1160': // an apostrophe; fillers, letters that are blank
		return true
	}
	return unicode.In(r, unicode.M, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// asks reports whether a text has a question mark.
func asks(text string) bool {
	return strings.ContainsAny(norm.NFKD.String(text), "?¿❓❔؟")
}

// together is a word whose letters stand apart, "s a i r", as one; empty if
// that is not what a text is.
func together(text string) string {
	words := strings.Fields(text)
	if len(words) < 3 || slices.ContainsFunc(words, func(w string) bool { return len(w) != 1 }) {
		return ""
	}
	return bare(strings.Join(words, ""))
}

// spoken are the readings of a bare message: as it is, its letters together,
// and without what people say to be polite, at its beginning and at its end.
func spoken(text string) []string {
	out := []string{text}
	if t := together(text); t != "" {
		out = append(out, t)
	}
	for cut := true; cut; {
		cut = false
		for _, p := range polite() {
			if rest, ok := strings.CutPrefix(text, p+" "); ok {
				text, cut = rest, true
			}
			if rest, ok := strings.CutSuffix(text, " "+p); ok {
				text, cut = bare(rest), true
			}
		}
		if cut {
			out = append(out, text)
		}
	}
	return out
}
