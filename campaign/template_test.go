package campaign

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/contact"
)

var saoPaulo = func() *time.Location {
	l, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	return l
}()

var (
	ana = contact.Contact{
		Name: " Ana Souza ", Phone: "+5511900001234", Email: "ana@example.com", ReferredBy: "Bruno",
		Vars: map[string]string{"cidade": "Santos", "vazio": " \t", "chaves": "{{nome}} } {"},
	}
	monday = time.Date(2026, 11, 23, 9, 5, 0, 0, saoPaulo)
)

func compiled(t testing.TB, text string) *Template {
	t.Helper()
	tm, bad := Compile(text)
	require.Empty(t, bad, "%q", text)
	return tm
}

func TestRender(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Oi", "Oi"},
		{"Oi {{nome}}!", "Oi Ana Souza!"},
		{"{{nome}}{{cidade}}", "Ana SouzaSantos"},
		{"{{ nome }} {{\tNOME\t}} {{Nome}}", "Ana Souza Ana Souza Ana Souza"},
		{"{{saudação}}, {{Saudacao}}, {{sauda\u0063\u0327a\u0303o}}", "Bom dia, Bom dia, Bom dia"},
		{"{{primeiro nome}} {{primeiro-nome}} {{PRIMEIRO_NOME}}", "Ana Ana Ana"},
		{"{{nome|amigo}}", "Ana Souza"},
		{"{{bairro|seu bairro}}", "seu bairro"},
		{"{{ bairro |  seu bairro  }}.", "seu bairro."},
		{"{{vazio|nada}}", "nada"},
		{"a{{bairro|}}b", "ab"},
		{"a{{bairro|  }}b", "ab"},
		{"{{bairro|a|b}}", "a|b"},
		{"{um} } { só {nome}", "{um} } { só {nome}"},
		{"*{{nome}}*\n_linha 2_\r\n{{cidade}}", "*Ana Souza*\n_linha 2_\r\nSantos"},
		{"preço: R$ 10,00 | 50%", "preço: R$ 10,00 | 50%"},
		{"👋🏽 {{nome}}", "👋🏽 Ana Souza"},
		{"{ {{nome}} }", "{ Ana Souza }"},
	} {
		got, err := compiled(t, c.text).Render([]byte("> "), BuiltinVariables, ana, monday)
		require.NoError(t, err, c.text)
		require.Equal(t, "> "+c.want, string(got), c.text)
	}
}

// dia_semana is a word like others inside a sentence.
func TestTemplate_WeekdayInsideASentence(t *testing.T) {
	for text, want := range map[string]string{
		"{{dia_semana}} é dia":                  "Segunda-feira é dia",
		"Hoje é {{dia_semana}}.":                "Hoje é segunda-feira.",
		"Oi! {{dia_semana}} é dia":              "Oi! Segunda-feira é dia",
		"Oi,\n*{{dia_semana}}* é dia":           "Oi,\n*Segunda-feira* é dia",
		"{{saudacao}}, {{dia_semana}}":          "Bom dia, segunda-feira",
		"{{saudacao}} 🌸 {{dia_semana}}":         "Bom dia 🌸 segunda-feira",
		"{{saudacao}}! {{dia_semana}}":          "Bom dia! Segunda-feira",
		"em {{weekday}}":                        "em Monday",
		"aos {{dia_semana}}s":                   "aos segunda-feiras",
		"No dia 3, {{dia_semana}}, {{nome|x}}":  "No dia 3, segunda-feira, Ana Souza",
		"• {{dia_semana}}: loja aberta (o dia)": "• Segunda-feira: loja aberta (o dia)",
	} {
		got, err := compiled(t, text).Text(nil, ana, monday)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	own := ana
	own.Vars = map[string]string{"dia_semana": "Feirão"}
	got, err := compiled(t, "no {{dia_semana}}").Text(nil, own, monday)
	require.NoError(t, err)
	require.Equal(t, "no Feirão", got)
}

// Names that are no name leave the place to the default.
func TestTemplate_NamesThatAreNone(t *testing.T) {
	tm := compiled(t, "Oi, {{primeiro_nome|amigo}}! {{nome|você}} {{primeiro_nome_formatado|amigo}} {{nome_formatado|você}}")
	for name, want := range map[string]string{
		"+55": "Oi, amigo! você amigo você", "🌸": "Oi, amigo! você amigo você", ".": "Oi, amigo! você amigo você",
		"Sra": "Oi, amigo! você amigo você", "Dr": "Oi, amigo! você amigo você", "": "Oi, amigo! você amigo você",
		"MARIA DAS DORES": "Oi, MARIA! MARIA DAS DORES Maria Maria das Dores",
		"dra. joão paulo": "Oi, joão! dra. joão paulo João Dra. João Paulo",
	} {
		got, err := tm.Text(nil, contact.Contact{Name: name}, monday)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
}

func TestLesson_S10_OnePassAndNeverBraces(t *testing.T) {
	mallory := contact.Contact{Name: "{{quem_indicou}}", ReferredBy: "{{nome}}", Vars: map[string]string{"nota": "{{{|}}"}}
	got, err := compiled(t, "Oi {{nome}}, de {{quem_indicou}} {{nota}}").Text(nil, mallory, monday)
	require.NoError(t, err)
	require.Equal(t, "Oi {{quem_indicou}}, de {{nome}} {{{|}}", got, "values are never read as variables")

	buf := []byte("kept")
	buf, err = compiled(t, "Oi {{nome}}, {{apelido}}").Render(buf, nil, ana, monday)
	var missing *MissingError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "apelido", missing.Name)
	require.Equal(t, "kept", string(buf), "no half text")
	require.Equal(t, Because(CodeVariableMissing, "name", "apelido"), renderReason(err))
	require.ErrorContains(t, err, "apelido")
}

func TestLesson_T6_GreetingOfTheInstantOfTheSendInTheZone(t *testing.T) {
	tm := compiled(t, "{{saudacao}} {{dia_semana}}")
	for _, c := range []struct{ utc, zone, want string }{
		{"2026-11-23T12:00:00Z", "America/Sao_Paulo", "Bom dia segunda-feira"},
		{"2026-11-23T14:59:59Z", "America/Sao_Paulo", "Bom dia segunda-feira"},
		{"2026-11-23T15:00:00Z", "America/Sao_Paulo", "Boa tarde segunda-feira"},
		{"2026-11-23T15:00:00Z", "America/Manaus", "Bom dia segunda-feira"},
		{"2026-11-23T20:59:59Z", "America/Sao_Paulo", "Boa tarde segunda-feira"},
		{"2026-11-23T21:00:00Z", "America/Sao_Paulo", "Boa noite segunda-feira"},
		{"2026-11-24T02:30:00Z", "America/Sao_Paulo", "Boa noite segunda-feira"},
		{"2026-11-24T03:00:00Z", "America/Sao_Paulo", "Bom dia terça-feira"},
		{"2026-11-24T03:00:00Z", "UTC", "Bom dia terça-feira"},
	} {
		loc, err := time.LoadLocation(c.zone)
		require.NoError(t, err)
		at, err := time.Parse(time.RFC3339, c.utc)
		require.NoError(t, err)
		got, err := tm.Text(BuiltinVariables, ana, at.In(loc))
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s in %s", c.utc, c.zone)
	}
}

func TestLesson_S7_AnEmptyTextIsAnError(t *testing.T) {
	for _, text := range []string{"", " ", "\n\t\r\n", "\u00a0\u200b\ufeff\u2060", "\u2800\u3164\u00ad", "\x01\x7f"} {
		_, bad := Compile(text)
		require.Len(t, bad, 1, "%q", text)
		require.Equal(t, CodeEmptyText, bad[0].Why.Code)
		require.Equal(t, bad, Lint(text, nil))
	}
	_, err := compiled(t, " {{bairro|}}\n").Render(nil, nil, ana, monday)
	var te *TextError
	require.ErrorAs(t, err, &te)
	require.Equal(t, CodeEmptyText, te.Why.Code)
	require.Equal(t, te.Why, renderReason(err))

	for _, text := range []string{".", "é", "👍", "\u200b.", "ㅤx"} {
		_, bad := Compile(text)
		require.Empty(t, bad, "%q", text)
	}
}

func TestRender_Limits(t *testing.T) {
	full := strings.Repeat("x", MaxText)
	got, err := compiled(t, full).Text(nil, ana, monday)
	require.NoError(t, err)
	require.Equal(t, full, got)

	_, bad := Compile(full + "x")
	require.Len(t, bad, 1)
	require.Equal(t, Because(CodeTextTooLong, "max", "4096", "length", "4097"), bad[0].Why)

	require.Empty(t, Lint(strings.Repeat("é", MaxText), nil), "characters count, not bytes")
	require.Equal(t, Because(CodeTextTooLong, "max", "4096", "length", "4097"), Lint(strings.Repeat("é", MaxText+1), nil)[0].Why)
	wide := compiled(t, strings.Repeat("🌸", MaxText-8)+"{{nome}}")
	got, err = wide.Text(nil, contact.Contact{Name: "Zoé João"}, monday)
	require.NoError(t, err)
	require.Equal(t, MaxText, utf8.RuneCountInString(got))
	_, err = wide.Text(nil, contact.Contact{Name: "José João"}, monday)
	require.Equal(t, CodeTextTooLong, renderReason(err).Code)
	long := contact.Contact{Name: strings.Repeat("y", MaxText)}
	got, err = compiled(t, "{{nome}}").Text(nil, long, monday)
	require.NoError(t, err)
	require.Len(t, got, MaxText)
	for _, text := range []string{"{{nome}}.", ".{{nome}}", "{{nome}}{{nome}}"} {
		_, err = compiled(t, text).Text(nil, long, monday)
		require.Equal(t, CodeTextTooLong, renderReason(err).Code, text)
	}
	b, err := compiled(t, full).Render(make([]byte, 10, 5000), nil, ana, monday)
	require.NoError(t, err, "what stands in the buffer does not count")
	require.Len(t, b, MaxText+10)
	b, err = compiled(t, "{{nome}}!").Render(make([]byte, MaxText), nil, ana, monday)
	require.NoError(t, err)
	require.Equal(t, "Ana Souza!", string(b[MaxText:]))
}

func TestRender_RefusesBytesThatAreNoText(t *testing.T) {
	for _, v := range []string{"a\xff", "a\x00b"} {
		_, err := compiled(t, "{{nome}}").Text(nil, contact.Contact{Name: v}, monday)
		require.Equal(t, Because(CodeNotUTF8, "name", "nome"), renderReason(err))
		require.ErrorContains(t, err, "nome")
	}
	require.Equal(t, Because(CodeBadTemplate, "problem", "other"), renderReason(errors.New("other")))
}

func TestCompile_Problems(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // fault line:column, for each problem
	}{
		{"Oi {{nome", "unclosed 1:4"},
		{"Oi {{", "unclosed 1:4"},
		{"Oi {{nome}\n{{cidade}}", "unclosed 1:4"},
		{"Oi {{nome\n}}", "unclosed 1:4, stray 2:1"},
		{"Oi {{nome, tudo bem? {{saudacao}}", "unclosed 1:4"},
		{"é 👋 {{nome", "unclosed 1:5"},
		{"Oi nome}}", "stray 1:8"},
		{"Oi {nome}}", "stray 1:9"},
		{"Oi {{{nome}}}", "braces 1:4"},
		{"Oi {{nome}}}", "braces 1:4"},
		{"Oi {{{nome}}", "braces 1:4"},
		{"Oi {{no{me}}", "braces 1:4"},
		{"Oi {{no}me}}", "braces 1:4"},
		{"Oi {{{{nome}}}}", "braces 1:4"},
		{"{{nome|{amigo}}", "braces 1:1"},
		{"{{nome|{{primeiro_nome}}}}", "nested 1:1"},
		{"{{nome|{{a}} ou {{b}} }}", "nested 1:1"},
		{"{{}}", "empty 1:1"},
		{"{{  |amigo}}", "empty 1:1"},
		{"{{nome!}}", "name 1:1"},
		{"{{___}}", "name 1:1"},
		{"{{if x > 2}}", "name 1:1"},
		{"ok\n\n  {{a!}} {{b}} }} {{{c}}}\n{{d", "name 3:3, stray 3:16, braces 3:19, unclosed 4:1"},
	} {
		tm, bad := Compile(c.text)
		require.Nil(t, tm, c.text)
		var got []string
		for _, p := range bad {
			got = append(got, p.Why.Args["fault"]+" "+p.Why.Args["line"]+":"+p.Why.Args["column"])
			require.Equal(t, CodeTemplateSyntax, p.Why.Code)
			require.False(t, p.Warning)
			require.NotEmpty(t, p.Why.Args["near"])
			require.Equal(t, p.Why.Args["near"], c.text[p.Offset:p.Offset+p.Length])
		}
		require.Equal(t, c.want, strings.Join(got, ", "), c.text)
	}
	for _, c := range []struct {
		text         string
		line, column int
	}{{"ab\xff", 1, 3}, {"é\n\x00", 2, 1}} {
		_, bad := Compile(c.text)
		require.Len(t, bad, 1)
		require.Equal(t, CodeNotUTF8, bad[0].Why.Code)
		require.Equal(t, [2]int{c.line, c.column}, [2]int{bad[0].Line, bad[0].Column})
	}
	_, bad := Compile("{{" + strings.Repeat("é", 100) + "!}}")
	require.Equal(t, "{{"+strings.Repeat("é", maxSnippet-2)+"…", bad[0].Why.Args["near"])
}

func TestTemplate_Uses(t *testing.T) {
	const text = "{{saudacao}} {{nome|amigo}},\n{{Nome}} {{cidade|}}"
	tm := compiled(t, text)
	require.Equal(t, []string{"saudacao", "nome", "cidade"}, tm.Names())
	require.Equal(t, []string{"saudacao", "nome"}, tm.Required())
	require.Equal(t, text, tm.String())
	uses := tm.Uses()
	require.Equal(t, []Use{
		{Name: "saudacao", Place: Place{Line: 1, Column: 1, Offset: 0, Length: 12}},
		{Name: "nome", Default: "amigo", HasDefault: true, Place: Place{Line: 1, Column: 14, Offset: 13, Length: 14}},
		{Name: "nome", Place: Place{Line: 2, Column: 1, Offset: 29, Length: 8}},
		{Name: "cidade", HasDefault: true, Place: Place{Line: 2, Column: 10, Offset: 38, Length: 11}},
	}, uses)
	uses[0].Name = "changed"
	require.Equal(t, "saudacao", tm.Uses()[0].Name)
	require.Empty(t, compiled(t, "Oi").Names())
}

func TestTemplate_ManyGoroutines(t *testing.T) {
	tm := compiled(t, "{{saudacao}} {{nome}}, {{cidade|aí}}")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if got, err := tm.Text(nil, ana, monday); err != nil || got != "Bom dia Ana Souza, Santos" {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	all.Wait()
}

// fixed gives one value to every name.
type fixed string

func (fixed) Names() []string { return nil }
func (f fixed) Value(Ask, string) (string, bool) {
	return string(f), true
}

func TestRender_Property_PlainTextIsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("{} |aé\n")))).Draw(t, "text")
		if strings.Contains(text, "{{") || strings.Contains(text, "}}") || utf8.RuneCountInString(text) > MaxText || !visible(text) || !clean(text) {
			return
		}
		tm, bad := Compile(text)
		if len(bad) > 0 {
			t.Fatalf("%q: %v", text, bad)
		}
		if got, err := tm.Text(nil, ana, monday); err != nil || got != text {
			t.Fatalf("%q became %q, %v", text, got, err)
		}
	})
}

func TestRender_Property_ValuesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.SampledFrom([]rune("{}|nome ã\n%$\\"))).Draw(t, "value")
		before := rapid.StringMatching(`[a-z\n ]{0,9}`).Draw(t, "before")
		after := rapid.StringMatching(`[a-z\n ]{0,9}`).Draw(t, "after")
		want := before + value + after
		if !visible(value) {
			want = before + "d" + after
		}
		tm, bad := Compile(before + "{{x|d}}" + after)
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		if got, err := tm.Text(fixed(value), ana, monday); err != nil || got != want {
			t.Fatalf("%q became %q, %v", value, got, err)
		}
	})
}

// Any bytes: no panic, every problem has words and lies in the text, and what
// compiles renders to valid text or to a reason.
func checkAnyText(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, text, value string) {
	tm, bad := Compile(text)
	if (tm == nil) != (len(bad) > 0) {
		t.Fatalf("%q: a template and problems: %v", text, bad)
	}
	found := Lint(text, []string{"x"})
	if len(found) < len(bad) {
		t.Errorf("%q: Compile finds more than Lint", text)
	}
	last := 0
	for _, p := range found {
		if p.Offset < last || p.Offset+p.Length > len(text) || p.Line < 1 || p.Column < 1 {
			t.Errorf("%q: out of place: %+v", text, p)
		}
		last = p.Offset
		for _, l := range []Language{English, Portuguese} {
			if s := p.Why.Text(l); s == "" || s == p.Why.String() || !utf8.ValidString(s) {
				t.Errorf("%q: no words: %+v", text, p)
			}
		}
	}
	if tm == nil {
		return
	}
	got, err := tm.Text(fixed(value), contact.Contact{}, monday)
	if err != nil {
		if r := renderReason(err); r.Code == CodeBadTemplate || r.IsZero() {
			t.Errorf("%q: %v", text, err)
		}
		return
	}
	if !utf8.ValidString(got) || !visible(got) || utf8.RuneCountInString(got) > MaxText {
		t.Errorf("%q rendered to %q", text, got)
	}
	if !strings.ContainsAny(value, "{}") && (strings.Contains(got, "{{") || strings.Contains(got, "}}")) {
		t.Errorf("%q left braces: %q", text, got)
	}
}

func TestCompile_Property_AnyString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(),
			rapid.StringOf(rapid.SampledFrom([]rune("{{{}}}|nome x\né!")))).Draw(t, "text")
		checkAnyText(t, text, rapid.String().Draw(t, "value"))
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{
		"Oi {{nome}}", "{{nome|amigo}}, {{ Saudação }}", "{{{", "}}}", "{{a|{{b}}}}", "{{\n}}", "{nome}", "\xff{{", "{{x|\x00}}",
	} {
		f.Add(s, "Ana")
		f.Add(s, "{{nome}}")
	}
	f.Fuzz(func(t *testing.T, text, value string) { checkAnyText(t, text, value) })
}

const typical = "{{saudacao}}, {{primeiro_nome|tudo bem}}! Aqui é da Clínica Sorriso. Vimos que {{quem_indicou|um amigo}} " +
	"indicou você para uma avaliação gratuita nesta {{dia_semana}}. Quer marcar um horário? Responda SIM. 😀 {{cidade|}}"

func BenchmarkRender(b *testing.B) {
	tm := compiled(b, typical)
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = tm.Render(buf[:0], BuiltinVariables, ana, monday); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRenderNew(b *testing.B) {
	tm := compiled(b, typical)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tm.Text(BuiltinVariables, ana, monday); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, bad := Compile(typical); bad != nil {
			b.Fatal(bad)
		}
	}
}
