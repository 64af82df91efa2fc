package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commands that make, change, show and start a campaign say what is odd about
// its texts, in the person's language.
func TestCommandsTellWhatIsOddAboutATextInBothLanguages(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.draft(t)
	beside := func(args ...string) string {
		t.Helper()
		out := call(t, o.environ, args...)
		require.Equal(t, exitOK, out.code, "%v: %s", args, out.errout)
		return out.errout
	}
	said := beside("campaign", "new", "x", "--group", "clientes", "--instance", "vendas", "--message", `Oi\nlinha 2`, "--message", "Oi [nome] {{primero_nome|amigo}}")
	require.Contains(t, said, "warning, message 1: these are characters and no line break or tab")
	require.Contains(t, said, "@FILE")
	require.Contains(t, said, "warning, message 2: this is how other tools write a variable")
	require.Contains(t, said, "keeps it from starting, message 2: there is no variable primero_nome")
	require.Contains(t, beside("campaign", "edit", "2", "--text", "2=Oi [nome] {{quem_indicou|amigo}}"), "warning, message 2: ")

	out := call(t, o.environ, "campaign", "preview", "2", "--phone", "(11) 90000-0002", "--phone", "11 90000-0003")
	require.Equal(t, exitOK, out.code, out.errout)
	require.Contains(t, out.out, "message 2, to Ana 1 +5511900000002\n    Oi [nome] amigo\n")
	require.Contains(t, out.out, "+5511900000003")
	require.NotContains(t, out.out, "+5511900000001")
	require.Contains(t, out.errout, "default used for: quem_indicou")
	require.Contains(t, out.errout, "warning, message 1: ")
	require.Contains(t, o.says("campaign", "preview", "2", "--contact", "3", "--contact", "1"), "+5511900000001")
	var all []struct {
		Message  int
		Defaults []string
		Warnings []struct{ Code string }
	}
	require.NoError(t, json.Unmarshal([]byte(o.says("campaign", "preview", "2", "--contact", "3", "--json")), &all))
	require.Len(t, all, 2)
	require.Equal(t, "template_foreign", all[1].Warnings[0].Code)
	require.Equal(t, []string{"quem_indicou"}, all[1].Defaults)

	o.environ = append(o.environ, "LC_ALL=pt_BR.UTF-8")
	require.Contains(t, beside("campaign", "forecast", "2"), "aviso, mensagem 2: assim outras ferramentas escrevem variáveis")
	said = beside("campaign", "start", "2", "--yes")
	require.Contains(t, said, "aviso, mensagem 1: isto são caracteres, e não uma quebra de linha")
	require.Contains(t, said, "@ARQUIVO")
}
