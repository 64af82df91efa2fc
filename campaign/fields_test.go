package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// Whoever has a name has its other spelling, in campaigns that counted before there
// was one too; whose name is none has neither.
func TestMissing_Formatted(t *testing.T) {
	c := Campaign{Fields: map[string]int64{}}
	for _, name := range []string{"MARIA DAS DORES", "🌸", "Sra"} {
		countFields(c.Fields, contact.Contact{Name: name})
		c.Total++
	}
	for _, name := range []string{"nome", "primeiro_nome", "nome_formatado", "formatted_first_name"} {
		require.EqualValues(t, 2, c.missing(name, BuiltinVariables), name)
	}
	require.Zero(t, c.missing("saudacao", BuiltinVariables))
}
