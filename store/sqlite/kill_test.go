//go:build unix

package sqlite

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

// killEnv names the database for a test binary that runs as the victim.
const killEnv = "SQLITE_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(killEnv); path != "" {
		victim(path)
		return
	}
	os.Exit(m.Run())
}

// victim takes and settles until it is killed, and says what has been
// committed, once it has been.
func victim(path string) {
	s, err := Open(context.Background(), path, nil)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	w := &world{TB: deaf{}, Store: s, ctx: context.Background(), next: uint64(os.Getpid()) << 32}
	for i := 0; ; i++ {
		now := noon.Add(time.Duration(i) * time.Millisecond)
		as := w.take(now, 5, 5)
		for _, a := range as {
			fmt.Println("taken", hex.EncodeToString(a.ID[:]))
		}
		ss := settlements(as[:len(as)/2+1])
		if _, err := s.Settle(w.ctx, now, ss, accept(ss)); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		for _, x := range ss {
			fmt.Println("settled", hex.EncodeToString(x.Attempt[:]))
		}
		// The rest is lost, so that slots and audience do not run out.
		ids := make([]campaign.Settlement, 0, 5)
		for _, a := range as[len(as)/2+1:] {
			ids = append(ids, campaign.Settlement{Attempt: a.ID})
		}
		s.Settle(w.ctx, now, ids, func(r *campaign.Rows) {
			for _, a := range r.Open {
				a.Phase = campaign.Lost
				r.Changed = append(r.Changed, a)
			}
		})
	}
}

// deaf is a TB for a process that has no test.
type deaf struct{ testing.TB }

func (deaf) Helper()                      {}
func (deaf) Errorf(f string, args ...any) { fmt.Printf("error "+f+"\n", args...) }
func (deaf) FailNow()                     { os.Exit(1) }

// Nothing that a killed process has been told is stored is missing afterwards,
// and the file is whole.
func TestStore_KillNine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	w := openWorld(t, path)
	w.campaign(1, 0, 5_000)
	require.NoError(t, w.Close())

	taken, settled := map[string]bool{}, map[string]bool{}
	for round := range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killEnv+"="+path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			what, id, _ := strings.Cut(lines.Text(), " ")
			switch what {
			case "taken":
				taken[id] = true
			case "settled":
				settled[id] = true
			default:
				t.Fatal(lines.Text())
			}
			if n == 7+13*round { // at another point of the loop each time
				require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
			}
		}
		io.Copy(io.Discard, out)
		require.ErrorContains(t, cmd.Wait(), "killed")

		w := openWorld(t, path)
		require.NoError(t, w.check(), "round %d", round)
		open, ended := w.ids(`SELECT hex(id) FROM attempts`), w.ids(`SELECT hex(attempt) FROM ended`)
		for id := range taken {
			require.True(t, open[id] || ended[id], "round %d: %s was taken and is gone", round, id)
		}
		for id := range settled {
			require.True(t, ended[id] && !open[id], "round %d: %s was settled and is not", round, id)
		}
		require.EqualValues(t, len(open)+len(ended), w.count(`SELECT position FROM progress`), "everybody behind the cursor is somewhere")
		require.EqualValues(t, len(ended), w.count(`SELECT sent FROM progress`))
		require.EqualValues(t, len(open)+2*len(ended), w.count(`SELECT count(*) FROM events`), "one event for each transition")
		// What flew is given up, as the sweep of the next process does.
		w.raw(`UPDATE attempts SET phase = 'lost'`)
		require.NoError(t, w.Close())
	}
	require.NotEmpty(t, settled)
}

func (w *world) ids(query string) map[string]bool {
	rows, err := w.reads.Query(query)
	require.NoError(w, err)
	defer rows.Close()
	set := map[string]bool{}
	for rows.Next() {
		var id string
		require.NoError(w, rows.Scan(&id))
		set[strings.ToLower(id)] = true
	}
	require.NoError(w, rows.Err())
	return set
}

// A lock that a killed process held is free.
func TestStore_LockOfTheDead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	w := openWorld(t, path)
	w.campaign(1, 0, 5_000)
	require.NoError(t, w.Close())
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.True(t, bufio.NewScanner(out).Scan(), "it works")
	_, err = Open(context.Background(), path, nil)
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, fmt.Sprintf("by process %d", cmd.Process.Pid))
	require.NoError(t, cmd.Process.Kill())
	cmd.Wait()
	openWorld(t, path)
}
