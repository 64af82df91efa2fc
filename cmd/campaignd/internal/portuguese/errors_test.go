package portuguese

import (
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// TestError asks the parser itself for its sentences, so that new words of a
// newer one are seen.
func TestError(t *testing.T) {
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"--foo"}, `não existe a opção --foo`},
		{[]string{"show", "3", "--limt"}, `não existe a opção --limt; será "--limit"?`},
		{[]string{"show", "--limit"}, `--limit: falta o valor`},
		{[]string{"show", "--limit", "x"}, `--limit: "x" não é um número inteiro`},
		{[]string{"show", "--share", "x"}, `--share: "x" não é um número`},
		{[]string{"show", "--wait", "3"}, `--wait: "3" não é uma duração, como 90s, 5m ou 2h`},
		{[]string{"show", "--wait", "x"}, `--wait: "x" não é uma duração, como 90s, 5m ou 2h`},
		{[]string{"show", "--var", "x"}, `--var: "x" não tem a forma NOME=VALOR`},
		{[]string{"show", "--json=maybe"}, `--json: aceita true ou false, e não "maybe"`},
		{[]string{"show", "--role", "king", "3"}, `--role aceita "viewer","admin", e não "king"`},
		{[]string{"show"}, `falta: "<número>"`},
		{[]string{"show", "3", "4"}, `4 não cabe aqui`},
		{[]string{"show", "3", "--name", "--limit", "3"}, `--name: falta o valor antes de "--limit"; tente --name="--limit"`},
		{[]string{"lit"}, `lit não cabe aqui; será "list"?`},
		{[]string{}, `falta dizer o quê: "show", "list"`},
		{[]string{"list"}, `falta: --since=STRING`},
		{[]string{"list", "--since", "x", "--here", "--there"}, `--here e --there não podem ser usadas juntas`},
	} {
		var app struct {
			Show struct {
				Limit  int
				Share  float64
				Wait   time.Duration
				Var    map[string]string
				JSON   bool
				Name   string
				Role   string `enum:"viewer,admin" default:"viewer"`
				Number string `arg:""`
			} `cmd:""`
			List struct {
				Since string `required:""`
				Here  bool   `xor:"place"`
				There bool   `xor:"place"`
			} `cmd:""`
		}
		k, err := kong.New(&app)
		require.NoError(t, err)
		_, err = k.Parse(x.args)
		require.ErrorContains(t, err, "", "%q", x.args)
		require.Equal(t, x.want, Error(err.Error()), "%q: %v", x.args, err)
	}
	require.Equal(t, "something else", Error("something else"))
}
