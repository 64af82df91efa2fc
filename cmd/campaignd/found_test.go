package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/internal/servers"
)

// A directory that was mistyped, or a variable that was forgotten, does not
// become an empty installation: the refusal names the directory and makes nothing.
func TestACommandMakesNoInstallation(t *testing.T) {
	t.Parallel()
	commands := [][]string{
		{"status"}, {"campaign", "list"}, {"campaign", "new", "A"}, {"group", "create", "vip"}, {"contacts", "list"}, {"instance", "list"},
		{"tenant", "list"}, {"user", "list"}, {"user", "invite", "ana@example.com"}, {"token", "create", "t"}, {"stop-all"}, {"unknown", "list"},
		{"webhook", "list"}, {"gateway", "show"}, {"optout", "11 90000-0001", "--evidence", "x"},
	}
	none := filepath.Join(t.TempDir(), "none")
	empty := t.TempDir()
	home := t.TempDir()
	for _, at := range []struct {
		dir     string
		environ []string
	}{
		{none, []string{"CAMPAIGND_DATA=" + none}},
		{empty, []string{"CAMPAIGND_DATA=" + empty}},
		{filepath.Join(home, ".local", "share", "campaignd"), []string{"HOME=" + home}},
	} {
		for _, command := range append(commands, []string{"check"}, []string{"backup", filepath.Join(home, "b")}) {
			o := call(t, at.environ, command...)
			require.Equal(t, exitFail, o.code, "%v: %s", command, o.out)
			require.Contains(t, o.errout, at.dir, "%v", command)
			require.Contains(t, o.errout, "CAMPAIGND_DATA or --data", "%v", command)
		}
	}
	require.NoDirExists(t, none)
	for _, dir := range []string{empty, home} {
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
	}
	require.Contains(t, call(t, []string{"CAMPAIGND_DATA=" + none, "LANG=pt_BR"}, "status").errout, "não há instalação em "+none)
	_, env := aGateway(t, "vendas")
	o := call(t, env, "test-send", "--to", "11900000001", "--dry-run")
	require.Equal(t, exitOK, o.code, o.errout)
	require.NoDirExists(t, strings.TrimPrefix(env[0], "CAMPAIGND_DATA="), "what is only looked at leaves nothing")

	for _, first := range [][]string{{"user", "first"}, {"tenant", "create", "padaria"}} {
		dir := filepath.Join(t.TempDir(), "new")
		o := call(t, []string{"CAMPAIGND_DATA=" + dir}, first...)
		require.Equal(t, exitOK, o.code, "%v: %s", first, o.errout)
		require.FileExists(t, filepath.Join(dir, "campaigns.db"))
	}
}

func TestACommandMakesNoInstallationInPostgreSQL(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	environ := []string{"CAMPAIGND_DATA=" + dir, "DATABASE_URL=" + servers.Postgres(t)}
	for _, command := range [][]string{{"status"}, {"campaign", "new", "A"}, {"status"}} {
		o := call(t, environ, command...)
		require.Equal(t, exitFail, o.code, o.out)
		require.Contains(t, o.errout, "there is no installation in PostgreSQL")
		require.Contains(t, o.errout, "correct DATABASE_URL")
	}
	require.NoDirExists(t, dir)
	require.Equal(t, exitOK, call(t, environ, "user", "first").code)
	require.Equal(t, exitOK, call(t, environ, "status").code)
}
