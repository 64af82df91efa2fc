package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/simulation"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/store/sqlite"
)

type simulateCommand struct {
	Seeds   int    `help:"How many worlds to play." default:"20"`
	Days    int    `help:"How many days of faults each of them has." default:"3"`
	Seed    uint64 `help:"The first seed. The same seed is the same history, every time." default:"0"`
	Store   string `help:"Where the worlds keep their rows: ${enum}." enum:"memory,sqlite" default:"memory"`
	People  int    `help:"How many people the largest campaign has. Default: 200, or 850 with --dense." placeholder:"N"`
	Dense   bool   `help:"Larger campaigns and faster numbers, for long runs."`
	Workers int    `help:"How many worlds to play at a time. Default: one for each processor." placeholder:"N"`
	Verbose bool   `short:"v" help:"Tell every decision, a line each. One world at a time."`
}

// Help is the long text of campaignd simulate --help.
func (simulateCommand) Help() string {
	return `Plays days of campaigns in seconds, with the real engine on a clock that jumps: processes that die at every step of a send, stores and locks that fail, operators who pause and change their minds, and a gateway that answers wrongly, late or never. The gateway's own books are compared with the ledger at every commit. Then the faults stop, and every campaign has to come to its end.

Prints a line for each seed and the sum. The exit code is 1 if a promise was broken; play that seed again with -v to see how.

Examples:

  campaignd simulate --seeds 100 --days 7
  campaignd simulate --seeds 1 --seed 42 -v
  campaignd simulate --seeds 5 --days 1 --store sqlite`
}

// Run plays the worlds.
func (c *simulateCommand) Run(w *world) error {
	if c.Seeds < 1 || c.Days < 1 || c.Days > 3660 || c.Workers < 0 || c.People < 0 {
		return locale.Errorf("--seeds e --days têm de ser ao menos 1, --days no máximo 3660, e --workers e --people não negativos", "--seeds and --days must be at least 1, --days at most 3660, and --workers and --people not negative")
	}
	dir := ""
	if c.Store == "sqlite" {
		var err error
		if dir, err = os.MkdirTemp("", "campaignd-simulate-"); err != nil {
			return locale.Errorf("não há onde pôr os bancos: %w", "no place for the databases: %w", err)
		}
		defer os.RemoveAll(dir)
	}
	r := &rehearsal{c: c, out: w.stdout, dir: dir, begin: time.Now()}
	workers := c.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if c.Verbose {
		workers = 1
	}
	var all sync.WaitGroup
	for range min(workers, c.Seeds) {
		all.Go(func() { r.work(w.ctx) })
	}
	all.Wait()
	return r.sum()
}

// rehearsal is one call of the command: workers take the seeds one by one.
type rehearsal struct {
	c     *simulateCommand
	out   io.Writer
	dir   string
	begin time.Time

	mu     sync.Mutex
	next   int
	played int
	broken int
	total  simulation.Figures
}

func (r *rehearsal) work(ctx context.Context) {
	for {
		r.mu.Lock()
		n := r.next
		r.next++
		r.mu.Unlock()
		if n >= r.c.Seeds || ctx.Err() != nil {
			return
		}
		r.play(r.c.Seed + uint64(n))
	}
}

// play plays one seed and prints its line.
func (r *rehearsal) play(seed uint64) {
	cfg := simulation.Config{Days: r.c.Days, Dense: r.c.Dense}
	if r.c.Dense {
		cfg.Campaigns, cfg.Audience = 5*r.c.Days, 850
	}
	if r.c.People > 0 {
		cfg.Audience = r.c.People
	}
	if r.c.Verbose {
		cfg.Log = r.out
	}
	if r.dir != "" {
		path := filepath.Join(r.dir, fmt.Sprintf("%d.db", seed))
		cfg.Open = func() (campaign.Store, error) { return sqlite.Open(context.Background(), path, nil) }
		defer func() {
			for _, end := range []string{"", "-wal", "-shm", ".lock"} {
				os.Remove(path + end)
			}
		}()
	}
	begin := time.Now()
	res := simulation.Run(seed, cfg)
	took := time.Since(begin)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.played++
	r.total.Add(res.Figures)
	f := &res.Figures
	fmt.Fprintf(r.out, "seed %-6d %5.1f days in %6.1f s  %7d sends %6d crashes %5d pauses %6d unknown %6d reconciled  trace %016x  %s\n",
		seed, f.Simulated.Hours()/24, took.Seconds(), f.Sends, f.Crashes, f.Pauses, f.Unknown, f.Reconciled, res.Trace, verdict(res))
	for _, v := range res.Violations {
		fmt.Fprintf(r.out, "    %s\n", v)
	}
	if len(res.Violations) > 0 {
		r.broken++
	}
}

func verdict(r simulation.Result) string {
	if n := len(r.Violations); n > 0 {
		return fmt.Sprintf("%d VIOLATIONS", n)
	}
	return "ok"
}

// sum prints the figures of all seeds. A broken promise is an error.
func (r *rehearsal) sum() error {
	took := time.Since(r.begin).Seconds()
	fmt.Fprintf(r.out, "\n%d of %d seeds in %.1f s: %.0f sends a second, %.0f times as fast as life\n%s",
		r.played, r.c.Seeds, took, float64(r.total.Sends)/took, r.total.Simulated.Seconds()/took, r.total.String())
	fmt.Fprintf(r.out, "violations  %d seeds\n", r.broken)
	if r.broken > 0 {
		return locale.Errorf("%d de %d sementes quebraram uma promessa; rode uma de novo com --seeds 1 --seed N -v", "%d of %d seeds broke a promise; play one again with --seeds 1 --seed N -v", r.broken, r.played)
	}
	if r.played < r.c.Seeds {
		return locale.Errorf("interrompido depois de %d de %d sementes; nenhuma quebrou uma promessa", "interrupted after %d of %d seeds; none of them broke a promise", r.played, r.c.Seeds)
	}
	return nil
}
