package contact

import (
	"strings"
	"unicode"
)

// FirstName is the first word of the name that is one, {{primeiro_nome}}: "Ana"
// of "Ana Souza", "Dra. Ana Souza" and "🌸 Ana". Passed over are treatments (Sr,
// Dra., Prof), initials that end in a dot when a word follows, and what has no
// letter: numbers, emoji, dots. Signs around a word are left out. The spelling is
// left alone.
//
// It is empty where nothing in the name is a name: in "+55 11 90000-1234", "🌸",
// ".", "Dr", and in what programs write for none ("null", "sem nome").
func (c Contact) FirstName() string {
	if noName[Fold(c.Name)] {
		return ""
	}
	initial := ""
	for word := range strings.FieldsFuncSeq(c.Name, isSpace) {
		bare := strings.TrimFunc(word, notOfName)
		switch {
		case bare == "" || treatments[Fold(bare)]:
		case strings.HasPrefix(word[strings.Index(word, bare)+len(bare):], "."):
			if initial == "" {
				initial = bare
			}
		default:
			return bare
		}
	}
	return initial
}

// Named is the name, or nothing where FirstName finds nothing in it: {{nome}}.
func (c Contact) Named() string {
	if c.FirstName() == "" {
		return ""
	}
	return c.Name
}

// notOfName is true of what stands around words: signs, digits, emoji.
func notOfName(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) }

// treatments are no names, folded and without their dot.
var treatments = setOf("sr sra srta srs sras dr dra drs dras prof profa profo eng enga exmo exma ilmo ilma mr mrs ms mx")

// noName are what programs and people write where they know none, folded.
var noName = setOf("null none nil undefined nan unknown desconhecido desconhecida anonimo n/a n/d s/n na nd sn sem_nome nao_informado " +
	"nao_informada nao_consta nome no_name sin_nombre contato contact cliente customer teste test whatsapp usuario user")

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[strings.ReplaceAll(w, "_", " ")] = true
	}
	return set
}

// CaseName writes a name with capitals as names have them, "Maria das Dores",
// where all of it is in capitals or all in small letters. Others are returned as
// they are, since their owner has chosen: "McArthur", "Ana da SILVA".
func CaseName(s string) string {
	if s != strings.ToUpper(s) && s != strings.ToLower(s) {
		return s
	}
	var b strings.Builder
	first := true // of a word
	for i, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.Is(unicode.M, r):
			first = r != '\'' && r != '’' || apostrophe(s[:i])
			b.WriteRune(r)
		case first && (i == 0 || !particle(s[i:])):
			b.WriteRune(unicode.ToTitle(r))
			first = false
		default:
			b.WriteRune(unicode.ToLower(r))
			first = false
		}
	}
	return b.String()
}

// apostrophe reports whether a word's beginning before an apostrophe is one
// letter, as in D'Ávila and O'Neil, so that a capital follows.
func apostrophe(before string) bool {
	word := before[strings.LastIndexFunc(before, isSpace)+1:]
	return len([]rune(word)) == 1
}

// particle reports whether the word that s begins with is a small one inside a
// name: "da", "dos", "e".
func particle(s string) bool {
	word, _, more := strings.Cut(s, " ")
	return more && particles[strings.ToLower(word)]
}

var particles = setOf("da das de do dos e di del della la van von der den y")
