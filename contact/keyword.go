package contact

import "slices"

// Wish is what a person asks for with one message.
type Wish string

const (
	// NoWish is every message that is not exactly a keyword, or a sentence that
	// can mean nothing else.
	NoWish Wish = ""
	// WishOut asks to get no more messages, WishIn to get them again.
	WishOut Wish = "out"
	WishIn  Wish = "in"
)

// Keywords are the words that a person stops messages with, and begins them
// again. How they are spelled does not matter: see Read.
type Keywords struct {
	Out, In []string
	// WordsOnly leaves out Sentences.
	WordsOnly bool
}

// DefaultKeywords are the words that are used where nobody chose others, and
// Sentences. docs/optout.md says why these.
func DefaultKeywords() Keywords {
	return Keywords{
		Out: []string{
			"SAIR", "PARAR", "PARE", "CANCELAR", "CANCELE", "CANCELA", "REMOVER", "REMOVA",
			"DESCADASTRAR", "DESCADASTRE", "DESCADASTRA", "DESINSCREVER",
			"STOP", "STOP ALL", "STOPALL", "CANCEL", "UNSUBSCRIBE", "OPT OUT", "OPTOUT", "BAJA",
		},
		In: []string{"VOLTAR", "START"},
	}
}

// maxKeyword is the longest message in bytes that can be a wish.
const maxKeyword = 400

// Read tells whether a text is a wish, and by which word of the lists or by
// which of Sentences.
//
// The word is the whole message but for what surrounds it: case, accents, full
// width and other styles of letters, blanks, marks of all kinds, emoji, and
// characters that are not seen; its last letter may be held, and all of its
// letters may stand apart: "Sair.", " *SAIR!!* ", "🛑 SAIR", "ＳＡＩＲ",
// "sairrr", "S A I R". Around a word that stops, and around sentences, people
// may also be polite: "Bom dia, sair por favor". Any other word makes it no wish, and
// so does a question mark. A word in both lists stops.
func (k Keywords) Read(text string) (Wish, string) {
	if len(text) > maxKeyword || asks(text) {
		return NoWish, ""
	}
	whole := bare(text)
	if whole == "" {
		return NoWish, ""
	}
	for _, said := range spoken(whole) {
		is := func(word string) bool { return bare(word) == said }
		if i := slices.IndexFunc(k.Out, is); i >= 0 {
			return WishOut, k.Out[i]
		}
		if !k.WordsOnly && sentences()[said] {
			return WishOut, said
		}
	}
	for _, said := range [...]string{whole, together(whole)} {
		is := func(word string) bool { return said != "" && bare(word) == said }
		if i := slices.IndexFunc(k.In, is); i >= 0 {
			return WishIn, k.In[i]
		}
	}
	return NoWish, ""
}
