package contact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

func TestKeywords(t *testing.T) {
	own := contact.Keywords{Out: []string{"Não quero mais", "Chega", "START"}, In: []string{"START", ""}}
	for _, c := range []struct {
		k    contact.Keywords
		text string
		wish contact.Wish
		word string
	}{
		{contact.DefaultKeywords(), "SAIR", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "sair", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "SAIR.", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "  Sair !!! \n", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "*SAIR*", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "“Sair”…", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "sa\u00edr", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "sai\u0301r", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "\u00a0PARAR\u00a0", contact.WishOut, "PARAR"},
		{contact.DefaultKeywords(), "Cancelar", contact.WishOut, "CANCELAR"},
		{contact.DefaultKeywords(), "stop", contact.WishOut, "STOP"},
		{contact.DefaultKeywords(), "voltar", contact.WishIn, "VOLTAR"},
		{contact.DefaultKeywords(), "Start.", contact.WishIn, "START"},
		{contact.DefaultKeywords(), "sair?", contact.NoWish, ""},
		{contact.DefaultKeywords(), "SAIREI", contact.NoWish, ""},
		{contact.DefaultKeywords(), "S A I R", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "s.a.i.r.", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), ".sair", contact.WishOut, "SAIR"},
		{contact.DefaultKeywords(), "", contact.NoWish, ""},
		{contact.DefaultKeywords(), "...", contact.NoWish, ""},
		{contact.DefaultKeywords(), "👍", contact.NoWish, ""},
		{contact.Keywords{}, "SAIR", contact.NoWish, ""},
		{own, "nao  QUERO mais.", contact.WishOut, "Não quero mais"},
		{own, "chega", contact.WishOut, "Chega"},
		{own, "Chega, por favor!", contact.WishOut, "Chega"},
		{own, "sair", contact.NoWish, ""},
		{own, "quero sair", contact.WishOut, "quero sair"},
		{contact.Keywords{WordsOnly: true}, "quero sair", contact.NoWish, ""},
		{own, "start", contact.WishOut, "START"},
		{own, "!", contact.NoWish, ""},
	} {
		wish, word := c.k.Read(c.text)
		require.Equal(t, c.wish, wish, c.text)
		require.Equal(t, c.word, word, c.text)
	}
}
