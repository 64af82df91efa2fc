package campaign

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLint(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Oi {{nome}}, {{Saudação}}", ""},
		{"{{cidade}} {{Código do Cliente}} {{codigo_do_cliente}}", ""},
		{"{{nme}}", "variable_unknown nme 1:1 → nome"},
		{"{{mone}}", "variable_unknown mone 1:1 → nome"},
		{"{{nomee|x}}", "variable_unknown nomee 1:1 → nome"},
		{"{{sudacao}} {{dia da semana}}", "variable_unknown sudacao 1:1 → saudacao, variable_unknown dia_da_semana 1:13 → dia_semana"},
		{"{{cidde}}", "variable_unknown cidde 1:1 → cidade"},
		{"{{quem_indicol}}", "variable_unknown quem_indicol 1:1 → quem_indicou"},
		{"{{preco}}", "variable_unknown preco 1:1"},
		{"{{grana}}", "variable_unknown grana 1:1"},
		{"{{x}}", "variable_unknown x 1:1"},
		{"Oi {nome}", "template_one_brace nome 1:4 → nome (warning)"},
		{"Oi { Nome | amigo }", "template_one_brace nome 1:4 → nome (warning)"},
		{"Oi {abc} {no me!} {nome\n} {nome", ""},
		{"{ {nome} }", "template_one_brace nome 1:3 → nome (warning)"},
		{"a\n{nome} {{nomi}} {{", "template_one_brace nome 2:1 → nome (warning), variable_unknown nomi 2:8 → nome, template_syntax 2:17"},
		{"Oi [nome], [[Nome]], #NOME#, %nome%, <nome>, *|FNAME|*", "template_foreign nome 1:4 → nome (warning), template_foreign nome 1:12 → nome (warning), " +
			"template_foreign nome 1:22 → nome (warning), template_foreign nome 1:30 → nome (warning), template_foreign nome 1:38 → nome (warning), " +
			"template_foreign primeiro_nome 1:46 → primeiro_nome (warning)"},
		{"[primeiro nome] ${cidade} {cliente}", "template_foreign primeiro_nome 1:1 → primeiro_nome (warning), template_one_brace cidade 1:18 → cidade (warning), template_foreign nome 1:27 → nome (warning)"},
		{"50% na loja, 20% no site; [10h] #black #friday <3 a > b $5 e $6 {abc} [x] 5 # 6 #nome", ""},
		{"50% de %nome%", "template_foreign nome 1:8 → nome (warning)"},
		{"{Oi|Olá} {{nome|você}}", "template_spintax 1:1 (warning)"},
		{`Oi\nlinha 2\n`, "template_typed_escape 1:3 (warning)"},
		{"Oi<br/>linha 2", "template_typed_escape 1:3 (warning)"},
		{"Ol� {{nome}}", "text_damaged 1:3 (warning)"},
		{"{{saudacao|Oi}} {{phone|x}} {{nome|'amigo'}} {{nome|“amigo”}} {{nome|upper}} {{nome|'}}",
			"template_default_idle saudacao 1:1 → saudacao (warning), template_default_idle phone 1:17 → phone (warning), " +
				"template_default_odd 1:29 (warning), template_default_odd 1:46 (warning), template_default_odd 1:63 (warning)"},
		{"{{nome || 'amigo'}} {{nome | default: 'amigo'}}", "template_syntax 1:1, template_syntax 1:21"},
		{"{{nome|default}} {{nome|padrão}}", ""},
		{"{{nome}", "template_syntax 1:1"},
		{"{nome}}", "template_syntax 1:6"},
	} {
		var got []string
		for _, p := range Lint(c.text, []string{"Cidade", "codigo_do_cliente", "", "!!"}) {
			s := strings.Join(strings.Fields(fmt.Sprintf("%s %s %d:%d", p.Why.Code, p.Name, p.Line, p.Column)), " ")
			if p.Suggest != "" {
				s += " → " + p.Suggest
			}
			if p.Warning {
				s += " (warning)"
			}
			got = append(got, s)
			require.NotEqual(t, p.Why.String(), p.Error())
		}
		require.Equal(t, c.want, strings.Join(got, ", "), c.text)
	}
}

func TestLint_SaysWhatToDo(t *testing.T) {
	bad := Lint("linha 1\nOi {{nme}}!", nil)
	require.Len(t, bad, 1)
	require.Equal(t, "não existe a variável nme, na linha 2, coluna 4; você quis dizer nome?", bad[0].Why.Text(Portuguese))
	require.Equal(t, "there is no variable nme, in line 2, column 4; did you mean nome?", bad[0].Error())
}

func TestTemplate_Lacking(t *testing.T) {
	tm := compiled(t, "{{nome}} {{cidade|aí}}\n{{cidade}} {{email}}")
	found := tm.Lacking(map[string]int64{"cidade": 3, "nome": 0, "bairro": 9})
	require.Len(t, found, 1)
	require.Equal(t, "cidade", found[0].Name)
	require.Equal(t, 2, found[0].Line)
	require.True(t, found[0].Warning)
	require.Equal(t, Because(CodeVariableMissing, "name", "cidade", "count", "3", "line", "2", "column", "1"), found[0].Why)
	require.Contains(t, found[0].Why.Text(Portuguese), "para 3 pessoas")
	require.Empty(t, tm.Lacking(nil))
}

func TestSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"nome", "nome", 0}, {"nome", "mone", 2}, {"nmoe", "nome", 1},
		{"ação", "acao", 2}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		require.Equal(t, c.want, slips(c.a, c.b, 100), "%s %s", c.a, c.b)
		require.Equal(t, c.want, slips(c.b, c.a, 100), "%s %s", c.b, c.a)
		require.Equal(t, min(c.want, 2), slips(c.a, c.b, 2))
	}
}

// One slip of the hand in a long enough name is always understood.
func TestLint_Property_OneSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"saudacao", "quem_indicou", "dia_semana", "telefone", "primeiro_nome"}).Draw(t, "name")
		i := rapid.IntRange(0, len(name)-1).Draw(t, "place")
		letter := rapid.StringMatching(`[a-z]`).Draw(t, "letter")
		typed := rapid.SampledFrom([]string{
			name[:i] + name[i+1:], name[:i] + letter + name[i:], name[:i] + letter + name[i+1:],
		}).Draw(t, "typed")
		if typed = strings.Trim(typed, "_"); strings.Contains(typed, "__") || typed == name {
			return
		}
		bad := Lint("{{"+typed+"}}", nil)
		if len(bad) != 1 || bad[0].Suggest != name {
			t.Fatalf("%s: %+v", typed, bad)
		}
	})
}
