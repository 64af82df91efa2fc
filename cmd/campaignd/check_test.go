package main

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A database that was changed by hand is found out, in words and in JSON.
func TestCheckNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	o := call(t, nil, "demo", "--data", dir, "--gap-min", "1ms", "--gap-max", "2ms")
	require.Equal(t, exitOK, o.code, o.errout)
	db, err := sql.Open("sqlite", filepath.Join(dir, "demo.db"))
	require.NoError(t, err)
	_, err = db.Exec(`UPDATE progress SET sent = sent - 1, failed = failed + 1`)
	require.NoError(t, err)
	require.NoError(t, db.Close())

	o = call(t, nil, "check", "--data", dir)
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.out, "I3, campaign #1: the books count 59 sent and the rows 60\n    the rule: the books equal the rows")
	require.Contains(t, o.out, "the books count 1 failed and the rows 0")
	require.Regexp(t, `^campaignd: [0-9]+ violations in .*demo.db\n$`, o.errout)

	o = call(t, nil, "check", "--data", dir, "--json", "--limit", "1")
	require.Equal(t, exitFail, o.code)
	var r checkJSON
	require.NoError(t, json.Unmarshal([]byte(o.out), &r))
	require.True(t, r.Stopped)
	require.Len(t, r.Violations, 1)
	require.Equal(t, "I3", r.Violations[0].Invariant)
	require.EqualValues(t, 1, r.Violations[0].Campaign)
	require.NotEmpty(t, r.Violations[0].Rule)
}

// A daemon that runs is not disturbed, and its database can be read.
func TestCheckBesideADaemon(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := serveHere(t, []string{"CAMPAIGND_DATA=" + dir, "CAMPAIGND_ADDR=127.0.0.1:0"}, "serve")
	o := call(t, nil, "check", "--data", dir)
	require.Equal(t, exitOK, o.code, o.errout)
	require.Contains(t, o.out, "database   "+filepath.Join(dir, "campaigns.db")+"\n")
	require.Contains(t, o.out, "Everything that was checked holds.")
	require.Equal(t, exitOK, s.stop().code)
}
