package crashtest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/postgres"
)

// company is several daemons on one PostgreSQL and one Redis, as they run on
// several machines: each has a data directory of its own, and the first one's
// key.
type company struct {
	*office
	pg      *servers.PG
	redis   *servers.RedisServer
	daemons []*process
	frozen  []bool
	did     blows
}

// blows counts what was done to a company. A nap is a freeze so long that the
// daemon counts as dead and its rows are swept.
type blows struct{ kills, freezes, naps, databases, locks, gateways int }

func (b blows) reach(e blows) bool {
	return b.kills >= e.kills && b.databases >= e.databases && b.locks >= e.locks
}

// nap is longer than it takes until a silent daemon's rows are swept: it is
// dead after 15 s, and whoever lives looks every second.
const nap = 20 * time.Second

func newCompany(t *testing.T, size int, seed uint64) *company {
	t.Helper()
	// The server dies and the system lives on, so what was written is not lost
	// without a sync.
	pg := servers.NewPostgres(t, &servers.PGOptions{Settings: map[string]string{"fsync": "off"}})
	c := &company{pg: pg, redis: servers.NewRedis(t),
		daemons: make([]*process, size), frozen: make([]bool, size)}
	c.office = &office{fleet: newFleet(t, 100), batch: 250, dice: rand.New(rand.NewPCG(seed, 1))}
	c.data = c.place(0)
	c.env = []string{"DATABASE_URL=" + c.pg.URL(), "REDIS_URL=" + c.redis.URL(), "CAMPAIGND_SECRET=" + strings.Repeat("5e", 32)}
	c.connect = func() openStore {
		pool, err := pgxpool.New(t.Context(), c.pg.URL())
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		s, err := postgres.New(pool, nil)
		require.NoError(t, err)
		return pooled{s, pool}
	}
	return c
}

// pooled is a store with the pool that it alone uses.
type pooled struct {
	*postgres.Store
	pool *pgxpool.Pool
}

func (p pooled) Close() error {
	err := p.Store.Close()
	p.pool.Close()
	return err
}

// place is a daemon's data directory.
func (c *company) place(i int) string { return filepath.Join(c.home, fmt.Sprint("data", i)) }

// hire starts the daemon at a desk.
func (c *company) hire(i int) {
	c.daemons[i] = c.start("serve", "--addr", "127.0.0.1:0", "--data", c.place(i))
	c.frozen[i] = false
}

// everyone starts those that have ended, as a supervisor does, and wakes those
// that are frozen.
func (c *company) everyone() {
	for i, d := range c.daemons {
		if d == nil {
			c.hire(i)
			continue
		}
		c.thaw(i)
		select {
		case <-d.exited:
			c.hire(i)
		default:
		}
	}
}

func (c *company) freeze(i int) {
	c.frozen[i] = c.daemons[i].cmd.Process.Signal(syscall.SIGSTOP) == nil
}

func (c *company) thaw(i int) {
	if c.frozen[i] {
		_ = c.daemons[i].cmd.Process.Signal(syscall.SIGCONT)
		c.frozen[i] = false
	}
}

// blow does one thing to the company, and puts it right after a while.
func (c *company) blow(gateway **process) {
	t := c.t
	i := c.dice.IntN(len(c.daemons))
	for c.frozen[i] {
		i = c.dice.IntN(len(c.daemons))
	}
	switch n := c.dice.IntN(100); {
	case n < 60:
		c.sending(c.written()) // so that some kills meet a send
		c.daemons[i].kill()
		c.did.kills++
		c.within(100 * time.Millisecond)
		c.hire(i)
	case n < 64:
		c.freeze(i)
		c.did.freezes++
		c.within(time.Second)
		c.thaw(i)
	case n < 76:
		if c.dice.IntN(4) == 0 {
			require.NoError(t, c.pg.Kill())
		} else {
			require.NoError(t, c.pg.StopNow())
		}
		c.did.databases++
		c.within(300 * time.Millisecond)
		require.NoError(t, c.pg.Start())
	case n < 87:
		require.NoError(t, c.redis.Kill())
		c.did.locks++
		c.within(300 * time.Millisecond)
		require.NoError(t, c.redis.Start())
	case n < 99:
		require.NoError(t, c.redis.Flush())
		c.did.locks++
	default:
		(*gateway).kill()
		c.did.gateways++
		*gateway = c.emulator()
	}
	for i, d := range c.daemons { // one whose start met a database that was down
		select {
		case <-d.exited:
			if d.exitedByItself() {
				c.hire(i)
			}
		default:
		}
	}
	c.within(300 * time.Millisecond)
}

// exitedByItself tells a process that has ended from one that was killed here.
func (p *process) exitedByItself() bool {
	s, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && s.Exited()
}

func TestCrashOfManyDaemons(t *testing.T) {
	t.Parallel()
	size, enough := 2, blows{kills: 12, databases: 2, locks: 4}
	patience, resends := 8*time.Hour, int64(1000)
	if torture() {
		size, enough = 3, blows{kills: 500, databases: 100, locks: 200}
		patience = 10 * time.Minute
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	began := time.Now()
	c := newCompany(t, size, seed)
	gateway := c.emulator()
	c.hire(0)
	c.daemons[0].ready(t)
	c.found()
	for i := 1; i < size; i++ {
		c.hire(i)
	}

	// One sleeps until its rows have been swept, while the others go through
	// everything, and wakes to a world that has gone on; then the next one.
	sleeper, since := size-1, time.Now()
	c.daemons[sleeper].ready(t)
	c.within(time.Second)
	c.freeze(sleeper)
	for n := 1; !c.did.reach(enough); n++ {
		c.blow(&gateway)
		if time.Since(since) > nap {
			c.thaw(sleeper)
			c.did.naps++
			sleeper, since = c.dice.IntN(size), time.Now()
			c.freeze(sleeper)
		}
		if n%5 == 0 {
			c.tend()
		}
		if n%20 == 0 {
			t.Logf("%+v after %v", c.did, time.Since(began).Round(time.Second))
		}
	}
	if left := nap - time.Since(since); left > 0 {
		<-time.After(left)
	}
	c.thaw(sleeper)
	c.did.naps++
	_, amid := c.ledger()
	require.NotZero(t, amid, "nothing was ever sent: the test proves nothing")

	// Heal. Everybody goes on within a bounded time.
	c.everyone()
	c.tend()
	for i := range c.daemons {
		c.everyone()
		c.daemons[i].ready(t)
	}
	c.rests()
	out, err := c.check()
	require.NoError(t, err, out)
	c.everyone() // one that met the last stop of the database when it started
	for _, d := range c.daemons {
		d.ready(t)
		d.stop(t)
	}
	sum := c.verify(patience, resends)
	t.Logf("%d daemons: %+v, %d kills with sends under way: %v; in %v", size, c.did, sum.met, sum, time.Since(began).Round(time.Second))
	gateway.stop(t)
}

// check runs campaignd check beside the daemons.
func (c *company) check() (string, error) {
	cmd := exec.Command(c.program, "check", "--data", c.place(0))
	cmd.Env = append(cmd.Environ(), c.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}
