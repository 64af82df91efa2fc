package desk

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// On a terminal of 80 columns nothing that a table or a line says is cut.
func TestNothingIsCutOnANarrowTerminal(t *testing.T) {
	why := "the gateway did not answer within 90 s: look at the number's chat, then campaignd unknown sent 12/345 or campaignd unknown not-sent 12/345"
	x := table{head: []string{"WHO", "SENT", "NAME", "WHY", "CANCELLED"}, right: map[int]bool{1: true, 4: true}}
	x.add("12/345", 12345, "Maria das Dores da Conceição de Souza", why, 7)
	x.add("12/346", 1, "Ana", strings.Repeat("x", 200), 0)
	for _, width := range []int{0, 20, 40, 80, 120, 500} {
		var b bytes.Buffer
		x.print(&b, width)
		words := strings.Join(strings.Fields(b.String()), "")
		require.NotContains(t, words, "…")
		require.Contains(t, words, "CANCELLED")
		require.Equal(t, 200, strings.Count(words, "x"), "width %d", width)
		for _, w := range strings.Fields(why) {
			if width >= 80 {
				require.Contains(t, b.String(), w)
			}
		}
		for line := range strings.Lines(b.String()) {
			if width >= 80 {
				require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), width)
			}
		}
		b.Reset()
		fold(&b, why, width)
		require.Equal(t, strings.Fields(why), strings.Fields(b.String()), "width %d", width)
		if width == 0 {
			require.Equal(t, why+"\n", b.String())
		}
	}
	var b bytes.Buffer
	x.print(&b, 80)
	require.Equal(t, []string{"WHO      SENT  NAME                        WHY                         CANCELLED"}, strings.Split(b.String(), "\n")[:1])
}

// A code is dark on light on every terminal: its colours are its own.
func TestAQRCodeBringsItsColours(t *testing.T) {
	var bare, coloured bytes.Buffer
	drawQR(&bare, "2@abc", false)
	drawQR(&coloured, "2@abc", true)
	require.NotContains(t, bare.String(), "\x1b")
	lines := strings.Split(strings.TrimSuffix(coloured.String(), "\n"), "\n")
	require.Greater(t, len(lines), 10)
	for i, line := range strings.Split(strings.TrimSuffix(bare.String(), "\n"), "\n") {
		require.Equal(t, whiteOnBlack+line+plain, lines[i])
	}
	require.Equal(t, "█", string([]rune(bare.String())[0]), "the quiet zone is light: the blocks are")

	file := filepath.Join(t.TempDir(), "qr.png")
	require.NoError(t, saveQR(file, "data:image/png;base64,iVBORw0KGgo="))
	png, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "\x89PNG\r\n\x1a\n", string(png))
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o077)
	require.Error(t, saveQR(file, ""))
}
