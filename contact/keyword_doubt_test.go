package contact_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/contact"
)

// What looks like a wish to leave and is none is shown to somebody; the rest of
// what people answer is not.
func TestDoubts(t *testing.T) {
	words, err := contact.DefaultKeywords().Extend(contact.WishOut, "Vaza")
	require.NoError(t, err)
	for _, text := range []string{
		"vou sair agora", "sair?", "por favor me tira disso", "Não tenho interesse, obrigada", "chega!", "pode parar", "BLOQUEAR", "quero cancelar meu pedido",
		"Como saio da lista?", "cara para de me mandar essas coisas todo dia", "quem passou meu número?", "Vou denunciar no PROCON", "isso é spam",
		"não quero", "Naaao quero sairrr desse grupo", "ô vaza daqui", "please leave me alone", "I do not want this", "ya no quiero esto",
		strings.Repeat("bla ", 300) + "quero SAIR dessa lista agora",
	} {
		word, doubtful := words.Doubt(text)
		require.True(t, doubtful, text)
		require.NotEmpty(t, word, text)
	}
	for _, text := range []string{
		"", "oi", "SAIR", "quero sair da lista", "VOLTAR", "sim, quero", "qual o preço?", "cheguei", "saiu barato", "paredes", "obrigado!", "👍",
		"Pode mandar mais informações", "o número 1", "…",
	} {
		word, doubtful := words.Doubt(text)
		require.False(t, doubtful, "%s by %s", text, word)
	}
}

func TestAWishIsNoDoubt(t *testing.T) {
	words := contact.DefaultKeywords()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(slices.Concat(words.Out, contact.Hints(), []string{"oi", "bom dia", "quero", "por favor", "?", "!!", "🛑"})).Draw(t, "a") +
			" " + rapid.SampledFrom(slices.Concat(words.Out, words.In, contact.Hints(), []string{"", "agora", "?", "pls"})).Draw(t, "b")
		wish, _ := words.Read(text)
		_, doubtful := words.Doubt(text)
		require.False(t, doubtful && wish != contact.NoWish, text)
	})
}

func TestOwnWords(t *testing.T) {
	words := contact.DefaultKeywords()
	for word, want := range map[string]error{
		"": contact.ErrWordEmpty, "🛑 !": contact.ErrWordEmpty, "\xff": contact.ErrWordEmpty, strings.Repeat("a ", 40): contact.ErrWordLong,
		"vaza?": contact.ErrWordAsks, "Obrigado!": contact.ErrWordPolite, "oi": contact.ErrWordPolite,
		"sair": contact.ErrWordTaken, "S A I R": contact.ErrWordTaken, "Voltar": contact.ErrWordTaken, "quero sair": contact.ErrWordTaken, "stop please": contact.ErrWordTaken,
	} {
		for _, wish := range []contact.Wish{contact.WishOut, contact.WishIn} {
			got, err := words.Extend(wish, word)
			require.ErrorIs(t, err, want, word)
			require.Equal(t, words, got, word)
		}
	}
	more, err := words.Extend(contact.WishOut, "  Não   quero ")
	require.NoError(t, err)
	wish, word := more.Read("nao QUERO, por favor!")
	require.Equal(t, contact.WishOut, wish)
	require.Equal(t, "Não quero", word)
	_, err = more.Extend(contact.WishIn, "não quero")
	require.ErrorIs(t, err, contact.ErrWordTaken)
	more, err = more.Extend(contact.WishIn, "quero de volta")
	require.NoError(t, err)
	wish, _ = more.Read("Quero de volta 😀")
	require.Equal(t, contact.WishIn, wish)
	wish, _ = words.Read("não quero")
	require.Equal(t, contact.NoWish, wish, "what was given is as it was")
}

// Whatever is taken as a word is one from then on.
func TestAnOwnWordIsRead(t *testing.T) {
	words := contact.DefaultKeywords()
	rapid.Check(t, func(t *rapid.T) {
		wish := rapid.SampledFrom([]contact.Wish{contact.WishOut, contact.WishIn}).Draw(t, "wish")
		word := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zà-ú0-9 '?!]{1,20}`)).Draw(t, "word")
		more, err := words.Extend(wish, word)
		if err != nil {
			require.Equal(t, words, more)
			return
		}
		got, _ := more.Read(word)
		require.Equal(t, wish, got, "%q", word)
	})
}
