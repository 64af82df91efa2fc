package simulation

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/sqlite"
	"github.com/stretchr/testify/require"
)

// play runs a seed, and shows its last decisions if a promise was broken.
func play(t *testing.T, seed uint64, cfg Config) Result {
	t.Helper()
	r := Run(seed, cfg)
	if len(r.Violations) > 0 {
		var b bytes.Buffer
		cfg.Log = &b
		Run(seed, cfg)
		lines := bytes.Split(b.Bytes(), []byte("\n"))
		t.Errorf("seed %d: %v\n%s\nlast decisions:\n%s", seed, r.Violations, r.Figures.String(),
			bytes.Join(lines[max(0, len(lines)-120):], []byte("\n")))
	}
	return r
}

// Twenty worlds of three days each in which everything goes wrong, and after
// which everything ends well. Every crash point is reached.
func TestSimulation(t *testing.T) {
	var sum Figures
	for seed := range uint64(20) {
		r := play(t, seed, Config{})
		sum.Add(r.Figures)
	}
	t.Logf("\n%s", sum.String())
	require.Empty(t, sum.Missed(), "crash points that were never reached")
	require.Zero(t, sum.FalseSent)
	require.Greater(t, sum.Sends, int64(10_000))
	require.Greater(t, sum.Crashes, int64(1000))
	require.Greater(t, sum.Pauses, int64(200))
	require.Greater(t, sum.Completed, int64(100))
	require.Greater(t, sum.Unknown, int64(500))
	require.Greater(t, sum.Reconciled, int64(100), "at most once is trivial if everything stays unknown")
	require.Greater(t, sum.Restrictions, int64(20))
	require.Greater(t, sum.Refused, int64(200))
	require.Greater(t, sum.Returned, int64(100))
	require.Less(t, sum.UnknownRate(), 0.2)
}

// Seeds that have found something once.
func TestSeedsThatFoundSomething(t *testing.T) {
	for seed, what := range map[uint64]string{
		1092: "a standing order that was given after the last inquiry kept its campaign active for ever",
	} {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Log(what)
			play(t, seed, Config{})
		})
	}
}

// One seed is one history, to the last bit, whether it is logged or not.
func TestOneSeedOneHistory(t *testing.T) {
	seen := make(map[uint64]uint64)
	for seed := range uint64(4) {
		var a, b bytes.Buffer
		first, second := Run(seed, Config{Days: 1, Campaigns: 4, Log: &a}), Run(seed, Config{Days: 1, Campaigns: 4, Log: &b})
		require.Equal(t, first, second)
		require.Equal(t, a.String(), b.String())
		require.Equal(t, first.Trace, Run(seed, Config{Days: 1, Campaigns: 4}).Trace)
		require.NotContains(t, seen, first.Trace, "two seeds with one history")
		seen[first.Trace] = seed
	}
}

func openSQLite(t *testing.T) func() (campaign.Store, error) {
	dir := t.TempDir()
	n := 0
	return func() (campaign.Store, error) {
		n++
		return sqlite.Open(t.Context(), fmt.Sprintf("%s/%d.db", dir, n), nil)
	}
}

// The store on disk keeps the same promises.
func TestSimulationSQLite(t *testing.T) {
	var sum Figures
	for seed := range uint64(2) {
		r := play(t, 100+seed, Config{Days: 1, Dense: true, Campaigns: 3, Audience: 30, Open: openSQLite(t)})
		sum.Add(r.Figures)
	}
	t.Logf("\n%s", sum.String())
	require.Greater(t, sum.Accepted, int64(30))
}

// The long run, with CAMPAIGNS_TORTURE=1: five simulated years, five million
// sends, a hundred thousand crashes. CAMPAIGNS_TORTURE_SEED moves the seeds, and
// CAMPAIGNS_TORTURE_WORLDS plays a share of the worlds, whose figures add up.
func TestSimulationTorture(t *testing.T) {
	cfg, worlds := Config{Days: 2, Dense: true, Campaigns: 3, Audience: 60}, 3
	long := os.Getenv("CAMPAIGNS_TORTURE") == "1"
	if long {
		cfg, worlds = Config{Days: 3, Dense: true, Campaigns: 16, Audience: 850}, 640
	}
	share, _ := strconv.Atoi(os.Getenv("CAMPAIGNS_TORTURE_WORLDS"))
	if long && share > 0 {
		worlds = share
	}
	from, _ := strconv.ParseUint(os.Getenv("CAMPAIGNS_TORTURE_SEED"), 10, 64)
	var mu sync.Mutex
	var sum Figures
	next := 0
	begin := time.Now()
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for {
				mu.Lock()
				seed := from + 1_000_000 + uint64(next)
				next++
				over := next > worlds
				mu.Unlock()
				if over || t.Failed() {
					return
				}
				r := play(t, seed, cfg)
				mu.Lock()
				sum.Add(r.Figures)
				if next%20 == 0 {
					took := time.Since(begin)
					t.Logf("%d worlds in %v, %.0f sends a second\n%s", next, took.Round(time.Second), float64(sum.Sends)/took.Seconds(), sum.String())
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	t.Logf("\n%s", sum.String())
	if long && share == 0 {
		require.Empty(t, sum.Missed(), "crash points that were never reached")
		require.GreaterOrEqual(t, days(sum.Chaos), 5*365.0)
		require.GreaterOrEqual(t, sum.Sends, int64(5_000_000))
		require.GreaterOrEqual(t, sum.Crashes, int64(100_000))
	}
	require.Zero(t, sum.FalseSent)
}
