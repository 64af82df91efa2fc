package contact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold brings a text to the form in which texts are compared and searched:
// lower case, without accents, runs of blanks as one space, none at the ends.
// "  JOSÉ  da Conceição" folds to "jose da conceicao".
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for _, r := range s {
		if isSpace(r) {
			blank = b.Len() > 0
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			continue // an accent that stands by itself (decomposed text)
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(plain(unicode.ToLower(r)))
	}
	return b.String()
}

// plain takes the accent off a lower case Latin letter.
func plain(r rune) rune {
	if r < 0x80 {
		return r
	}
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ă', 'ą', 'ª':
		return 'a'
	case 'ç', 'ć', 'č':
		return 'c'
	case 'è', 'é', 'ê', 'ë', 'ē', 'ę', 'ě':
		return 'e'
	case 'ì', 'í', 'î', 'ï', 'ī':
		return 'i'
	case 'ñ', 'ń', 'ň':
		return 'n'
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ō', 'ő', 'º':
		return 'o'
	case 'ś', 'š', 'ş':
		return 's'
	case 'ù', 'ú', 'û', 'ü', 'ū', 'ů', 'ű':
		return 'u'
	case 'ý', 'ÿ':
		return 'y'
	case 'ź', 'ž', 'ż':
		return 'z'
	}
	return r
}

// isSpace is unicode.IsSpace and the marks that look like nothing: the byte
// order mark and the zero-width space.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b'
}

// VarName brings the name of a user's own field to the form in which messages
// refer to it: folded, everything that is no letter and no digit an underscore,
// at most 60 bytes. "Código do Cliente (ERP)" becomes "codigo_do_cliente_erp",
// for {{codigo_do_cliente_erp}}. What has no letter and no digit becomes empty.
func VarName(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range Fold(s) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = b.Len() > 0
			continue
		}
		n := utf8.RuneLen(r)
		if gap {
			n++
		}
		if b.Len()+n > maxVarName {
			break
		}
		if gap {
			b.WriteByte('_')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// NormalizeTag brings one tag to its normal form: lower case, runs of blanks as
// one space, none at the ends. Accents stay.
func NormalizeTag(s string) string {
	if isPlainWord(s) {
		return s
	}
	return strings.ToLower(strings.Join(strings.FieldsFunc(s, isSpace), " "))
}

// NormalizeTags returns tags as a set: each normalised, empty ones dropped,
// each once, in alphabetical order; nil when none is left. The argument is not
// changed.
func NormalizeTags(tags []string) []string {
	if len(tags) == 0 {
		return nil
	}
	set := make([]string, 0, len(tags))
	for _, t := range tags {
		if t = NormalizeTag(t); t != "" {
			set = append(set, t)
		}
	}
	if len(set) == 0 {
		return nil
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// isPlainWord reports whether s consists of lower case ASCII letters, digits,
// dashes and underscores, and so is normal already.
func isPlainWord(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && !isDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// cleanLine is a text for one line: runs of blanks and line ends are one space.
func cleanLine(s string) string {
	s = strings.TrimFunc(s, isSpace)
	other := false // blanks that are not the plain space, perhaps
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c == ' ' && s[i-1] == ' ' {
			return strings.Join(strings.FieldsFunc(s, isSpace), " ")
		}
		other = other || c >= 0x80
	}
	if other && strings.IndexFunc(s, func(r rune) bool { return r != ' ' && isSpace(r) }) >= 0 {
		return strings.Join(strings.FieldsFunc(s, isSpace), " ")
	}
	return s
}
