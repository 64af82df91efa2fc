package contact

import (
	"slices"
	"strings"
)

// Wish is what a person asks for with one word.
type Wish string

const (
	// NoWish is every message that is not exactly a keyword.
	NoWish Wish = ""
	// WishOut asks to get no more messages, WishIn to get them again.
	WishOut Wish = "out"
	WishIn  Wish = "in"
)

// Keywords are the words that a person stops messages with, and begins them
// again. How they are spelled does not matter: they are compared by Fold.
type Keywords struct {
	Out, In []string
}

// DefaultKeywords are the words that are used where nobody chose others.
func DefaultKeywords() Keywords {
	return Keywords{
		Out: []string{"SAIR", "PARAR", "PARE", "CANCELAR", "STOP", "DESCADASTRAR", "DESCADASTRE", "REMOVER", "UNSUBSCRIBE"},
		In:  []string{"VOLTAR", "START"},
	}
}

// Read tells whether a text is a keyword, and which, as it stands in the list.
// A keyword is the whole message but for case, accents, blanks around it, the
// stars, underscores, tildes and quotes in which people wrap words, and full
// stops, commas and exclamation marks at its end: "Sair.", " *SAIR!!* ". A
// word in a sentence is none, and neither is a question. A word in both lists
// stops.
func (k Keywords) Read(text string) (Wish, string) {
	if len(text) > maxKeyword {
		return NoWish, ""
	}
	text = bare(text)
	if text == "" {
		return NoWish, ""
	}
	is := func(word string) bool { return bare(word) == text }
	if i := slices.IndexFunc(k.Out, is); i >= 0 {
		return WishOut, k.Out[i]
	}
	if i := slices.IndexFunc(k.In, is); i >= 0 {
		return WishIn, k.In[i]
	}
	return NoWish, ""
}

// maxKeyword is the longest message in bytes that can be a keyword.
const maxKeyword = 200

// bare is a message without what surrounds its words.
func bare(text string) string {
	const wraps, ends = "*_~\"'`“”‘’«»", ".,;:!…"
	text = strings.TrimLeft(Fold(text), " "+wraps)
	return strings.TrimRight(text, " "+wraps+ends)
}
