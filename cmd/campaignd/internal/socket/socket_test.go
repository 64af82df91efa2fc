package socket

import (
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func talk(t *testing.T, dir string) string {
	t.Helper()
	c, err := Dial(t.Context(), dir)
	require.NoError(t, err)
	defer c.Close()
	text, err := io.ReadAll(c)
	require.NoError(t, err)
	return string(text)
}

func answer(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		who, err := Peer(c)
		if err != nil {
			who = err.Error()
		}
		_, _ = io.WriteString(c, who)
		c.Close()
	}
}

func TestTheDoorTellsWhoComes(t *testing.T) {
	me, err := user.Current()
	require.NoError(t, err)
	for name, dir := range map[string]string{
		"a short path":    t.TempDir(),
		"a path too long": filepath.Join(t.TempDir(), strings.Repeat("deep", 30)),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.MkdirAll(dir, 0o700))
			_, err := Dial(t.Context(), dir)
			require.ErrorIs(t, err, ErrNobody)

			l, err := Listen(dir)
			require.NoError(t, err)
			go answer(l)
			require.Equal(t, me.Username, talk(t, dir))

			info, err := os.Stat(filepath.Join(dir, File))
			require.NoError(t, err)
			require.Zero(t, info.Mode().Perm()&0o077, "others can open the door")

			require.NoError(t, l.Close())
			_, err = Dial(t.Context(), dir)
			require.ErrorIs(t, err, ErrNobody)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestADoorThatAKilledDaemonLeftIsReplaced(t *testing.T) {
	for name, dir := range map[string]string{
		"a short path":    t.TempDir(),
		"a path too long": filepath.Join(t.TempDir(), strings.Repeat("deep", 30)),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.MkdirAll(dir, 0o700))
			l, err := Listen(dir)
			require.NoError(t, err)
			l.(*listener).Listener.(*net.UnixListener).SetUnlinkOnClose(false)
			require.NoError(t, l.(*listener).Listener.Close())
			_, err = Dial(t.Context(), dir)
			require.ErrorIs(t, err, ErrNobody)

			again, err := Listen(dir)
			require.NoError(t, err)
			go answer(again)
			require.NotEmpty(t, talk(t, dir))
			require.NoError(t, again.Close())
		})
	}
}

func TestTheDoorReplacesNothingElse(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, File), []byte("a letter"), 0o600))
	_, err := Listen(dir)
	require.ErrorContains(t, err, "another kind of file")
	text, err := os.ReadFile(filepath.Join(dir, File))
	require.NoError(t, err)
	require.Equal(t, "a letter", string(text))
}
