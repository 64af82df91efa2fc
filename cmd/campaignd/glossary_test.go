package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// glossary is what a thing is called in Portuguese, everywhere, and the words
// that would call it something else. None of those can stand in an English text.
var glossary = []struct{ term, never string }{
	{"gateway", `\b[Ss]ervidor(es)?\b`},
	{"serviço", `\b(o|os|um|do|dos|ao|aos|este|nenhum|outro) daemons?\b|\broda aqui\b`},
	{"perfil", `\b[Pp]ap(el|éis)\b`},
	{"envio", `\b[Dd]isparos?\b|\b[Dd]isparar\b`},
	{"descadastro", `\b(o|os|um|do|dos|seu) opt-?outs?\b|\b[Ll]ista negra\b`},
	{"público", `\b[Aa]udiências?\b|\b[Dd]estinatári[oa]s?\b`},
	{"cliente", `\b[Ii]nquilin[oa]s?\b|\b[Ll]ocatári[oa]s?\b|\b(o|os|um|do|dos|este|nenhum|vários) tenants?\b`},
	{"número", `\b[Rr]emetentes?\b|\b[Cc]hips?\b`},
	{"contato", `\b(os|dos|meus|seus) leads?\b`},
	{"campanha", `\b[Mm]ala direta\b`},
	{"excluir", `\b[Dd]elet(ar|ad[oa]s?|e-o)\b`},
	{"rascunho", `\b[Ee]sboços?\b`},
	{"aquecimento", `\b[Rr]ampa\b`},
	{"tag", `\b[Ee]tiquetas?\b`},
	{"importação", `\b[Ii]mport da\b|\b[Cc]arga de contatos\b`},
	{"senha", `\b[Pp]assword d[oae]\b`},
	{"incerta", `\b[Dd]esconhecid[oa]s? se\b|\bestado desconhecido\b`},
	{"", `\b1 (pessoas|linhas|falhas|envios|mensagens)\b`},
}

// elsewhere are words of other people: what they write to leave, what their files
// call a column.
var elsewhere = regexp.MustCompile(`^contact/(keyword|csv|header|import|column|firstname|casename|address)|^holiday/|^campaign/(optout|campaigntest)/|/testdata/|/client/`)

// TestGlossary reads every text of the program: one thing has one name in
// Portuguese, in the API, the command line and its help alike.
func TestGlossary(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	texts := make(map[string][]string)
	for _, part := range []string{"campaign", "cmd", "contact", "evolution", "schedule", "store"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, part), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil || elsewhere.MatchString(filepath.ToSlash(name)) {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					text, err := strconv.Unquote(l.Value)
					require.NoError(t, err, path)
					texts[name] = append(texts[name], text)
				}
				return true
			})
			return nil
		}))
	}
	for _, g := range glossary {
		never, found := regexp.MustCompile(g.never), false
		for file, all := range texts {
			for _, text := range all {
				found = found || strings.Contains(strings.ToLower(text), g.term)
				require.False(t, never.MatchString(text), "%s: %q: it is called %q", file, text, g.term)
			}
		}
		require.True(t, found, "%q is in no text any more: correct the glossary", g.term)
	}
}
