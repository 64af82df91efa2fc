package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/portuguese"
)

// TestTheCommandLineIsInPortuguese holds the help of every command and flag to
// its Portuguese.
func TestTheCommandLineIsInPortuguese(t *testing.T) {
	app, err := newParser(&world{})
	require.NoError(t, err)
	require.Empty(t, strings.Join(portuguese.Faults(app.Model), "\n"), "see package internal/portuguese")
}

func TestHelpInBothLanguages(t *testing.T) {
	for lang, want := range map[string][]string{
		"LANG=pt_BR.UTF-8": {"Uso: campaignd contacts import <arquivo> [opções]", "Argumentos:", "Opções:", "--refused=ARQUIVO", "a base legal", "legítimo interesse"},
		"LANG=C":           {"Usage: campaignd contacts import <file> [flags]", "Arguments:", "Flags:", "--refused=FILE", "legitimate_interest"},
	} {
		out := call(t, []string{lang}, "contacts", "import", "--help")
		require.Equal(t, exitOK, out.code)
		for _, w := range want {
			require.Contains(t, strings.ToLower(strings.Join(strings.Fields(out.out), " ")), strings.ToLower(w), lang)
		}
	}
	out := call(t, []string{"LANG=pt_BR.UTF-8"}, "campaing")
	require.Equal(t, exitUsage, out.code)
	require.Equal(t, "campaignd: não existe o comando \"campaing\"; será \"campaign\"? (veja campaignd --help)\n", out.errout)
	require.Contains(t, call(t, []string{"LANG=pt_BR.UTF-8"}).out, "ninguém recebe duas")
	require.Contains(t, call(t, []string{"LANG=C"}).out, "nobody twice")
	// What files complete does not hang on the language.
	require.Equal(t, call(t, []string{"LANG=C"}, "complete", "--", "contacts", "import", "").out,
		call(t, []string{"LANG=pt_BR.UTF-8"}, "complete", "--", "contacts", "import", "").out)
}
