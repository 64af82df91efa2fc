package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// offers are the words that the line can go on with; a trailing space in it
// begins a new word.
func offers(t *testing.T, line ...string) (words []string) {
	t.Helper()
	o := call(t, nil, append([]string{"complete", "--"}, line...)...)
	require.Equal(t, exitOK, o.code, o.errout)
	for l := range strings.Lines(o.out) {
		word, _, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
		words = append(words, word)
	}
	return words
}

func TestALineIsCompletedByTheCommandsThatThereAre(t *testing.T) {
	for _, c := range []struct {
		line string
		want string
	}{
		{"web", "webhook"},
		{"campaign pa", "pause"},
		{"webhook ", "list add show test rotate enable remove"},
		{"campaign list --", "has --json"},
		{"campaign --data list ", "has pause"}, // list is a directory here
		{"campaign list --json --j", ""},
		{"user invite --role ", "viewer operator admin"},
		{"user invite --role=op", "--role=operator"},
		{"user invite --role = op", "operator"}, // as bash cuts it
		{"user invite --role = ", "viewer operator admin"},
		{"user invite --role =", "viewer operator admin"},
		{"instance def", "default"},
		{"instance default vendas --un", "--undo"},
		{"instance create vendas --def", "--default"},
		{"completion ", "bash zsh fish"},
		{"contacts import ", ":files"},
		{"serve --data ", ":dirs"},
		{"gateway set https://x.example --key-file ", ":files"},
		{"webhook test ", ""}, // an id
		{"webhook test abc ", "has --json"},
		{"webhook test -- --", ""},
		{"comple", "completion"},
		{"nothing ", "has campaign"},
	} {
		got := offers(t, strings.Split(c.line, " ")...)
		if one, ok := strings.CutPrefix(c.want, "has "); ok {
			require.Contains(t, got, one, c.line)
			continue
		}
		require.Equal(t, strings.Fields(c.want), append([]string{}, got...), c.line)
	}
	require.Contains(t, offers(t), "campaign")
	require.NotContains(t, offers(t), "complete", "what scripts ask is not shown")
}

// The script, in a bash of its own, which asks this program.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	require.NoError(t, err)
	dir := t.TempDir()
	program(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Clientes 2026.csv"), nil, 0o600))
	for _, c := range []struct {
		words string // as bash cuts the line
		want  string
	}{
		{"campaignd camp", "campaign"},
		{"campaignd campaign pa", "pause"},
		{"campaignd user invite --role ''", "viewer|operator|admin"},
		{"campaignd user invite --role = op", "operator"},
		{"campaignd user invite --role =", "viewer|operator|admin"},
		{"campaignd webhook test --tena", "--tenant"},
		{"campaignd contacts import Cli", "Clientes 2026.csv"},
	} {
		script := `source <(campaignd completion bash)
complete -p campaignd >/dev/null || exit 3
COMP_WORDS=(` + c.words + `)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_campaignd campaignd
IFS='|'; printf %s "${COMPREPLY[*]}"`
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "--noprofile", "-c", script)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", c.words, out)
		require.Equal(t, c.want, string(out), c.words)
	}
}

func TestCompletionKnowsItsShells(t *testing.T) {
	for name, want := range map[string]string{"bash": "complete -F _campaignd campaignd\n", "zsh": "#compdef campaignd\n", "fish": "complete -c campaignd"} {
		o := call(t, nil, "completion", name)
		require.Equal(t, exitOK, o.code, o.errout)
		require.Contains(t, o.out, want)
		if program, err := exec.LookPath(name); err == nil {
			cmd := exec.CommandContext(t.Context(), program, "-n")
			cmd.Stdin = strings.NewReader(o.out)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s cannot read its script: %s", name, out)
		}
	}
	require.Equal(t, exitUsage, call(t, nil, "completion", "tcsh").code)
}
