package campaign

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sources parses the Go files of a folder, tests left out.
func sources(t *testing.T, dir string) []*ast.File {
	t.Helper()
	var files []*ast.File
	set := token.NewFileSet()
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".":
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(set, filepath.Join(dir, path), nil, 0)
		files = append(files, f)
		return err
	}))
	require.NotEmpty(t, files)
	return files
}

// constants collects the string constants of a type, by name.
func constants(t *testing.T, files []*ast.File, typeName string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || v.Type == nil || len(v.Values) != len(v.Names) {
				return true
			}
			switch typ := v.Type.(type) {
			case *ast.Ident:
				ok = typ.Name == typeName
			case *ast.SelectorExpr:
				ok = typ.Sel.Name == typeName
			}
			for i, name := range v.Names {
				if lit, is := v.Values[i].(*ast.BasicLit); ok && is {
					s, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					found[name.Name] = s
				}
			}
			return true
		})
	}
	require.NotEmpty(t, found, typeName)
	return found
}

func TestWords_EveryCodeHasASentenceInBothLanguages(t *testing.T) {
	codes := constants(t, sources(t, "."), "Code")
	require.Greater(t, len(codes), 60)
	for name, code := range constants(t, sources(t, "../evolution"), "Code") {
		codes["evolution."+name] = code
	}
	for name, code := range constants(t, sources(t, "gateway"), "Code") {
		codes["gateway."+name] = code
	}
	for name, code := range constants(t, sources(t, "hook"), "Code") {
		codes["hook."+name] = code
	}
	for name, code := range codes {
		p, ok := reasonWords[Code(code)]
		require.True(t, ok, "%s (%q) has no words", name, code)
		require.NotEmpty(t, p.en, name)
		require.NotEmpty(t, p.pt, name)
		require.NotEqual(t, p.en, p.pt, name)
	}
	known := map[string]bool{}
	for _, code := range codes {
		known[code] = true
	}
	variants := slices.Collect(maps.Values(constants(t, sources(t, "../schedule"), "Code")))
	for _, v := range variants {
		require.Contains(t, reasonWords, CodeBadSchedule+"."+Code(v))
	}
	variants = append(variants, faultUnclosed, faultStray, faultBraces, faultNested, faultEmpty, faultName, faultDefault)
	for code := range reasonWords {
		base, fault, variant := strings.Cut(string(code), ".")
		require.True(t, known[base], "%s has words and is no code", code)
		if variant {
			require.Contains(t, variants, fault)
		}
	}
}

// argumentNames are all that sentences may ask for.
var argumentNames = strings.Fields("added address at by campaign tenant phone cap choices code column count duplicates end errors evidence have id instance kind length line " +
	"max message min name near note off planned problem reason rotation since state status suggest until was why word zone")

var argument = regexp.MustCompile(`\{(\w*)\}`)

func TestWords_Form(t *testing.T) {
	usedSomewhere := map[string]bool{}
	for code, p := range reasonWords {
		var of [2][]string
		for i, s := range []string{p.en, p.pt} {
			require.Equal(t, strings.TrimSpace(s), s, code)
			require.NotContains(t, s, "  ", code)
			require.False(t, strings.HasSuffix(s, "."), "%s: clauses have no full stop", code)
			require.False(t, strings.HasPrefix(s, "["), "%s: must read well without arguments", code)
			depth := 0
			for _, r := range argument.ReplaceAllString(s, "‹$1›") {
				switch r {
				case '[':
					depth++
				case ']':
					depth--
				case '‹':
					require.Equal(t, 1, depth, "%s: an argument outside of brackets", code)
				case '{', '}':
					require.Fail(t, "a brace that is no argument", "%s: %s", code, s)
				}
				require.True(t, depth == 0 || depth == 1, "%s: brackets in %s", code, s)
			}
			require.Zero(t, depth, code)
			for _, m := range argument.FindAllStringSubmatch(s, -1) {
				require.Contains(t, argumentNames, m[1], code)
				usedSomewhere[m[1]] = true
				of[i] = append(of[i], m[1])
			}
			slices.Sort(of[i])
		}
		if strings.HasPrefix(string(code), string(CodeBadSchedule)+".") {
			continue // the problem is in English: in Portuguese the code tells it
		}
		require.Equal(t, of[0], of[1], "%s: both languages show the same arguments", code)
	}
	for _, name := range argumentNames {
		require.True(t, usedSomewhere[name], "%s is listed and never shown", name)
	}
}

// Whatever argument a call of Because names, the code's sentence shows, unless
// it is of no use to people.
func TestWords_ShowTheArgumentsThatTheEngineGives(t *testing.T) {
	quiet := map[string]bool{ // for logs and programs only
		"attempt": true, "detail": true, "code": true, "fault": true, "by": true,
	}
	files := sources(t, ".")
	values := constants(t, files, "Code")
	calls := 0
	var unseen []string
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			var name string
			switch fn := call.Fun.(type) {
			case *ast.Ident:
				name = fn.Name
			case *ast.SelectorExpr:
				name = fn.Sel.Name
			}
			code, isIdent := call.Args[0].(*ast.Ident)
			if (name != "Because" && name != "because") || !isIdent || values[code.Name] == "" {
				return true
			}
			calls++
			for i := 1; i < len(call.Args); i += 2 {
				lit, ok := call.Args[i].(*ast.BasicLit)
				if !ok {
					continue
				}
				arg, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				c := Code(values[code.Name])
				if !quiet[arg] && !shows(c, arg) {
					unseen = append(unseen, string(c)+" "+arg)
				}
			}
			return true
		})
	}
	require.Greater(t, calls, 5)
	require.Empty(t, unseen, "codes and the arguments that their sentences do not show")
}

// shows reports whether a sentence of the code asks for the argument.
func shows(c Code, arg string) bool {
	for code, p := range reasonWords {
		base, _, _ := strings.Cut(string(code), ".")
		if base == string(c) && strings.Contains(p.en, "{"+arg+"}") {
			return true
		}
	}
	return false
}

func TestReason_Text(t *testing.T) {
	for _, c := range []struct {
		r      Reason
		en, pt string
	}{
		{Because(CodeNobodyLeft), "nobody is left to send to", "não falta enviar a ninguém"},
		{Because(CodeGap, "until", "2026-03-04T12:00:00Z"),
			"the number rests between two messages, until 2026-03-04T12:00:00Z",
			"o número descansa entre duas mensagens, até 2026-03-04T12:00:00Z"},
		{Because(CodeGap), "the number rests between two messages", "o número descansa entre duas mensagens"},
		{Because(CodeHoliday, "name", "Tiradentes", "until", ""),
			"today is a holiday: Tiradentes", "hoje é feriado: Tiradentes"},
		{Because(CodeHeld, "why", "wrong_key"),
			"the number is held: the gateway refuses the key: set the right one in its settings",
			"o número está retido: o gateway recusou a chave: informe a correta na configuração"},
		{Because(CodeHeld, "why", "own_code"), "the number is held: own_code", "o número está retido: own_code"},
		{Because(CodeNotActive, "status", "paused"), "the campaign is not sending: paused", "a campanha não está enviando: pausada"},
		{Because(CodeConnection, "state", "close"), "the number's connection has changed: disconnected", "a conexão do número mudou: desconectado"},
		{Because(CodeContradicted, "was", "refused", "evidence", "webhook"),
			"a later proof contradicts the record, which says: refused; the proof is the gateway's notice",
			"uma prova posterior contradiz o registro, que diz: recusada; a prova é: aviso do gateway"},
		{Because(CodeBadSchedule, "problem", "09:00-08:00 is reversed", "code", "reversed"),
			"the schedule cannot be used: 09:00-08:00 is reversed",
			"na agenda, um período termina antes de começar: corrija o início ou o fim"},
		{Because(CodeBadSchedule, "problem", "x", "code", "new"), "the schedule cannot be used: x", "a agenda não pode ser usada: x"},
		{Because("gateway_rejected", "status", "405"),
			"the gateway did not do what was asked (status 405): check its version and address",
			"o gateway não fez o que foi pedido (status 405): confira a versão e o endereço"},
		{Because(CodeGapReversed, "min", "1m30s", "max", "20s"),
			"the longest rest is shorter than the shortest one: 20 s against 1 min 30 s: swap them",
			"o intervalo máximo é menor que o mínimo: 20 s contra 1 min 30 s: troque-os"},
		{Because(CodeTooLarge, "max", "24h0m0s"), "this is too large: at most 24 h", "valor alto demais: no máximo 24 h"},
		{Because(CodeTooLarge, "max", "100"), "this is too large: at most 100", "valor alto demais: no máximo 100"},
		{Because(CodeTooLarge, "max", "1.5s"), "this is too large: at most 1.5s", "valor alto demais: no máximo 1.5s"},
		{Because(CodeTooLarge, "max", "máximo"), "this is too large: at most máximo", "valor alto demais: no máximo máximo"},
		{Because(CodeHoliday, "name", "[{until}] {name}"),
			"today is a holiday: [{until}] {name}", "hoje é feriado: [{until}] {name}"},
		{Because("never_heard", "a", "1"), "never_heard a=1", "never_heard a=1"},
		{Because(CodeTemplateSyntax, "fault", "never_heard"),
			"a variable is not written as it must be, with two braces on each side",
			"uma variável não está escrita como deve, com duas chaves de cada lado"},
		{Reason{}, "", ""},
	} {
		require.Equal(t, c.en, c.r.Text(English), c.r)
		require.Equal(t, c.pt, c.r.Text(Portuguese), c.r)
		require.Equal(t, c.pt, c.r.Text("pt"), c.r)
		require.Equal(t, c.en, c.r.Text("fr"), c.r)
		require.Equal(t, c.en, c.r.Text(""), c.r)
	}
}

func TestReason_TextIn(t *testing.T) {
	r := Because(CodeGap, "until", "2026-03-04T12:05:00Z")
	require.Equal(t, "o número descansa entre duas mensagens, até 04/03 09:05", r.TextIn(Portuguese, saoPaulo))
	require.Equal(t, "the number rests between two messages, until Mar 4 09:05", r.TextIn(English, saoPaulo))
	require.Equal(t, "the number rests between two messages, until Mar 4 12:05", r.TextIn(English, time.UTC))
	odd := Because(CodeGap, "until", "2026-13-04T12:05:00Z")
	require.Equal(t, "the number rests between two messages, until 2026-13-04T12:05:00Z", odd.TextIn(English, saoPaulo))
}

func TestWords_With(t *testing.T) {
	own := map[Code]string{
		"bank_closed":         "o banco {name} está fechado[ até {until}]",
		CodeNobodyLeft:        "acabou",
		"bank_closed.holiday": "feriado bancário",
	}
	w := WordsIn(Portuguese).With(own).With(map[Code]string{"more": "[{a}][{b}]{"})
	delete(own, "bank_closed")
	require.Equal(t, "o banco X está fechado até 04/03 09:05",
		w.Text(Because("bank_closed", "name", "X", "until", "2026-03-04T12:05:00Z"), saoPaulo))
	require.Equal(t, "o banco ? está fechado", w.Text(Because("bank_closed"), nil))
	require.Equal(t, "feriado bancário", w.Text(Because("bank_closed", "fault", "holiday"), nil))
	require.Equal(t, "acabou", w.Text(Because(CodeNobodyLeft), nil))
	require.Equal(t, "o número está retido: acabou", w.Text(Because(CodeHeld, "why", string(CodeNobodyLeft)), nil))
	require.Equal(t, "2?", w.Text(Because("more", "b", "2"), nil), "a slip in a host's sentence does no harm")
	require.Equal(t, "não falta enviar a ninguém", WordsIn(Portuguese).Text(Because(CodeNobodyLeft), nil))
}
