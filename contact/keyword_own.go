package contact

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of the words that somebody adds to DefaultKeywords.
const (
	// MaxOwnWord is the longest one, in characters; MaxOwnWords is how many of
	// each kind there are at most.
	MaxOwnWord  = 60
	MaxOwnWords = 50
)

// Errors of Keywords.Extend.
var (
	ErrWordEmpty  = errors.New("contact: a word needs a letter or a digit")
	ErrWordLong   = errors.New("contact: a word is too long")
	ErrWordAsks   = errors.New("contact: a word with a question mark is a question, and never a wish")
	ErrWordPolite = errors.New("contact: people write this to be polite")
	ErrWordTaken  = errors.New("contact: this is a word already")
	ErrWordCount  = errors.New("contact: there are too many words")
)

// Extend returns the keywords with one word more, of people who want no messages
// (WishOut) or want them again (WishIn). It refuses a word that is read as a wish
// already, by whichever list or sentence, and one that could never be a wish by
// itself, such as a greeting.
func (k Keywords) Extend(wish Wish, word string) (Keywords, error) {
	word = strings.Join(strings.Fields(word), " ")
	list := &k.Out
	if wish == WishIn {
		list = &k.In
	}
	plain := bare(word)
	switch {
	case !utf8.ValidString(word) || plain == "":
		return k, ErrWordEmpty
	case utf8.RuneCountInString(word) > MaxOwnWord:
		return k, ErrWordLong
	case asks(word):
		return k, ErrWordAsks
	case slices.Contains(polite(), plain):
		return k, ErrWordPolite
	}
	if was, _ := k.Read(word); was != NoWish {
		return k, ErrWordTaken
	}
	*list = append(slices.Clone(*list), word)
	return k, nil
}

// SameWord reports whether two words are read alike.
func SameWord(a, b string) bool { return bare(a) == bare(b) }
