package desk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANameIsOneWordOfACommandLine(t *testing.T) {
	for name, want := range map[string]string{"vendas": "vendas", "ótica": "ótica", "entregas 2": "'entregas 2'", "d'água": `'d'\''água'`,
		"a;b": "'a;b'", "-x": "'-x'", "": "''", "$x": "'$x'", "a\u00a0b": "'a b'"} {
		require.Equal(t, want, Word(name), name)
	}
}
