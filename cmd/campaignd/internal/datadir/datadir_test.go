package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADirectoryIsMadePrivately(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	require.NoError(t, Make(dir))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
	require.NoError(t, Make(dir), "one that exists is left as it is")
	require.ErrorContains(t, Make("here"), `"here" is relative`)
}

func TestTheKeyIsDrawnOnceAndKept(t *testing.T) {
	dir := t.TempDir()
	require.False(t, HasKey(dir))
	first, err := Key(dir)
	require.NoError(t, err)
	require.Len(t, first, 32)
	require.True(t, HasKey(dir))
	again, err := Key(dir)
	require.NoError(t, err)
	require.Equal(t, first, again)
	other, err := Key(t.TempDir())
	require.NoError(t, err)
	require.NotEqual(t, first, other)

	info, err := os.Stat(filepath.Join(dir, KeyFile))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1, "no temporary file is left")
}

func TestProcessesThatStartTogetherAgreeOnTheKey(t *testing.T) {
	dir := t.TempDir()
	keys := make([]string, 16)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			k, err := Key(dir)
			if err != nil {
				k = []byte(err.Error())
			}
			keys[i] = string(k)
		})
	}
	all.Wait()
	for _, k := range keys {
		require.Equal(t, keys[0], k)
		require.Len(t, k, 32)
	}
}

func TestAKeyThatIsDamagedIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "ab", strings.Repeat("ab", 31), strings.Repeat("ab", 33), strings.Repeat("xy", 32)} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, KeyFile), []byte(text), 0o600))
		_, err := Key(dir)
		require.ErrorContains(t, err, "is damaged", text)
	}
}

func TestInUseNamesTheProcess(t *testing.T) {
	dir := t.TempDir()
	database := filepath.Join(dir, "x.db")
	cause := errors.New("locked")
	err := InUse(dir, database, "--data", cause)
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "another campaignd works in "+dir+": end it first, or name another directory with --data")
	require.NoError(t, os.WriteFile(database+".lock", []byte("4711\n"), 0o600))
	require.EqualError(t, InUse(dir, database, "--data", cause),
		"another campaignd (process 4711) works in "+dir+": end it first, or name another directory with --data")
}
