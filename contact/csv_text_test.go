package contact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

func TestDecodeText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"UTF-8", "Olá, promoção", "Olá, promoção"},
		{"Windows-1252", "Ol\xe1, promo\xe7\xe3o por 5 \x80", "Olá, promoção por 5 €"},
		{"UTF-8 with a mark", "\xef\xbb\xbfOlá\r\nlinha 2", "Olá\nlinha 2"},
		{"UTF-16", "\xff\xfeO\x00l\x00\xe1\x00\r\x00\n\x00!\x00", "Olá\n!"},
		{"UTF-16, the other way round", "\xfe\xff\x00O\x00l\x00\xe1", "Olá"},
		{"UTF-16 without a mark", "O\x00l\x00\xe1\x00 \x00v\x00o\x00c\x00e\x00", "Olá voce"},
		{"an emoji in UTF-16", "\xff\xfe\x3d\xd8\x00\xde", "😀"},
		{"lines of an old Mac", "um\rdois", "um\ndois"},
		{"nothing", "", ""},
	} {
		got, err := contact.DecodeText([]byte(c.in))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
	}
	for name, in := range map[string]string{
		"half a character":       "\xef\xbb\xbfOl\xc3",
		"the scar of another":    "Ol\ufffd",
		"not given out":          "\x81\xe1\xe3",
		"NUL":                    "a\x00b",
		"half a pair":            "\xff\xfe\x3d\xd8a\x00",
		"an odd byte":            "\xff\xfea\x00b",
		"a picture":              "\x89PNG\r\n\x1a\n\x00\x00",
		"UTF-8 with one bad one": strings.Repeat("ação ", 9) + "\xff",
	} {
		_, err := contact.DecodeText([]byte(in))
		require.ErrorIs(t, err, contact.ErrText, name)
	}
}

func FuzzDecodeText(f *testing.F) {
	for _, s := range []string{"", "Ol\xe1\r\n", "\xff\xfea\x00", "\xef\xbb\xbfx", "\x89PNG"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := contact.DecodeText(b)
		if err != nil {
			return
		}
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\r\x00\ufffd") {
			t.Fatalf("%q became %q", b, s)
		}
	})
}
