package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseLanguage(t *testing.T) {
	for accept, want := range map[string]Language{
		"":                            Portuguese,
		"*":                           Portuguese,
		"pt":                          Portuguese,
		"pt-BR":                       Portuguese,
		"PT_br":                       Portuguese,
		"pt-PT,pt;q=0.9,en;q=0.8":     Portuguese,
		"en":                          English,
		"en-US,en;q=0.9,pt-BR;q=0.8":  English,
		"en_US.UTF-8":                 English,
		"fr-FR, en;q=0.3, pt ; q=0.4": Portuguese,
		"de, en;q=0.5":                English,
		"pt;q=0, en;q=0.1":            English,
		"en;q=0":                      Portuguese,
		"en;q=NaN":                    Portuguese,
		"en;q=nonsense, pt;q=0.1":     Portuguese,
		"en;q=7":                      Portuguese,
		"en;q=0.5, pt;q=0.5":          English,
		"es":                          Portuguese,
		"ptx, eng":                    Portuguese,
		";;,,;q=":                     Portuguese,
	} {
		require.Equal(t, want, ParseLanguage(accept), "%q", accept)
	}
	rapid.Check(t, func(t *rapid.T) {
		if l := ParseLanguage(rapid.String().Draw(t, "accept")); l != English && l != Portuguese {
			t.Fatal(l)
		}
	})
}

func TestNames_EveryConstantHasWords(t *testing.T) {
	files := sources(t, ".")
	for typeName, text := range map[string]func(string, Language) string{
		"Status":     func(s string, l Language) string { return Status(s).Text(l) },
		"State":      func(s string, l Language) string { return State(s).Text(l) },
		"Command":    func(s string, l Language) string { return Command(s).Text(l) },
		"Cause":      func(s string, l Language) string { return Cause(s).Text(l) },
		"Connection": func(s string, l Language) string { return Connection(s).Text(l) },
		"Outcome":    func(s string, l Language) string { return Outcome(s).Text(l) },
		"Evidence":   func(s string, l Language) string { return Evidence(s).Text(l) },
		"EventType":  func(s string, l Language) string { return EventType(s).Text(l) },
	} {
		words := len(constants(t, files, typeName))
		seen := map[string]bool{}
		for name, s := range constants(t, files, typeName) {
			en, pt := text(s, English), text(s, Portuguese)
			require.NotEmpty(t, en, name)
			require.NotEqual(t, en, pt, "%s has no words", name)
			seen[pt] = true
		}
		require.Len(t, seen, words, "%s: two values read the same", typeName)
		require.Equal(t, "never_heard", text("never_heard", Portuguese))
	}
	require.Equal(t, "sending", Active.Text("en-GB"))
	require.Equal(t, "em andamento", Active.Text("pt-PT"))
}
