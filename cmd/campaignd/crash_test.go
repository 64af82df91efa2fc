package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/sqlite"
)

// daemon prepares the program as a process of its own.
func daemon(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	return cmd
}

var sentSoFar = regexp.MustCompile(`^\s+(\d+)/60 sent`)

// killAt runs the demo and kills it a moment after it has reported that many
// messages; at once if there is no such report within the moment. It returns
// whether the process was killed before its end.
func killAt(t *testing.T, sent int, moment time.Duration, args ...string) bool {
	t.Helper()
	cmd := daemon(t, args...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	if sent < 0 {
		time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := sentSoFar.FindStringSubmatch(lines.Text()); m != nil && sent >= 0 {
			if n, _ := strconv.Atoi(m[1]); n >= sent {
				time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
				sent = 1 << 30
			}
		}
	}
	err = cmd.Wait()
	return err != nil && cmd.ProcessState.ExitCode() == -1
}

// sampleNames are the people of the shipped sample by their phones.
func sampleNames(t *testing.T) map[contact.Phone]string {
	t.Helper()
	f, err := os.Open("internal/demo/sample.csv")
	require.NoError(t, err)
	defer f.Close()
	names := make(map[contact.Phone]string)
	for c, err := range contact.ReadCSV(f, nil).All() {
		require.NoError(t, err)
		names[c.Phone] = c.Name
	}
	require.Len(t, names, 60)
	return names
}

// The demo is killed before it has begun and at several moments of its
// campaign, and goes on each time. At the end nobody has two messages, and who
// has none is called unknown, by name.
func TestLesson_S5_KilledDemosGoOnWhereTheyStood(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"demo", "--data", dir, "--gap-min", "60ms", "--gap-max", "120ms"}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))

	killAt(t, -1, time.Duration(dice.IntN(150))*time.Millisecond, args...)
	killed, sent := 0, 0
	for range 4 {
		sent += 1 + dice.IntN(12)
		if killAt(t, sent, time.Duration(dice.IntN(60))*time.Millisecond, args...) {
			killed++
		}
	}
	require.NotZero(t, killed, "no run was killed in mid-campaign: the test proves nothing")

	cmd := daemon(t, args...)
	var out, errout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errout
	require.NoError(t, cmd.Run(), "%s%s", out.String(), errout.String())

	names := sampleNames(t)
	sends, err := evolutiontest.ReadLedger(filepath.Join(dir, "gateway"))
	require.NoError(t, err)
	got := make(map[contact.Phone]int)
	for _, s := range sends {
		phone, err := contact.FromAddress(s.JID)
		require.NoError(t, err)
		got[phone]++
		require.Contains(t, names, phone, "a message to somebody who is not in the audience")
	}
	unknown := 0
	for phone, name := range names {
		require.LessOrEqual(t, got[phone], 1, "%s has two messages", name)
		if got[phone] == 0 {
			unknown++
			require.Contains(t, out.String(), fmt.Sprintf("    %s (%s), in the ledger: 0\n", name, phone), "%s is lost", name)
		}
	}
	t.Logf("%d killed; %d of 60 sent, %d unknown", killed, len(sends), unknown)
	require.LessOrEqual(t, unknown, 3*(killed+1), "more are unknown than three numbers can have had under way")
	require.Contains(t, out.String(), "it goes on as it was begun")
	require.Equal(t, unknown > 0, strings.Contains(out.String(), "unknown, the program stopped while the message was on its way"))
	require.Contains(t, out.String(), "Nobody twice, nobody lost")
	require.Contains(t, out.String(), "Rows that were not imported, 5 of 65")
}

func TestASecondProcessOnTheSameDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "demo.db"), nil)
	require.NoError(t, err)
	defer store.Close()
	o := call(t, nil, "demo", "--data", dir)
	require.Equal(t, exitFail, o.code)
	require.Equal(t, fmt.Sprintf("campaignd: another campaignd (process %d) works in %s: end it first, or name another directory with --data\n", os.Getpid(), dir), o.errout)

	other, err := sqlite.Open(t.Context(), filepath.Join(dir, "campaigns.db"), nil)
	require.NoError(t, err)
	defer other.Close()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "suppression.key"), []byte(strings.Repeat("ab", 32)), 0o600))
	o = call(t, []string{"CAMPAIGND_DATA=" + dir}, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "works in "+dir+": end it first, or name another directory with CAMPAIGND_DATA or --data\n")
}
