package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

func TestVariablesAreListedInBothLanguages(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{
		"LANG=C":           {"{{first_name}} ", "MARIA ", "the first word of the name", "Good morning", "with a default for who has none"},
		"LANG=pt_BR.UTF-8": {"{{primeiro_nome_formatado}}  Maria ", "a primeira palavra do nome", "Bom dia", "com um valor padrão"},
	} {
		out := call(t, []string{lang}, "variables")
		require.Equal(t, exitOK, out.code, out.errout)
		for _, s := range want {
			require.Contains(t, out.out, s)
		}
	}
	var all []campaign.VariableInfo
	require.NoError(t, json.Unmarshal([]byte(call(t, nil, "variables", "--json").out), &all))
	require.Equal(t, campaign.ListVariables(campaign.English), all)
}
