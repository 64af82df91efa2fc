package crashtest

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A daemon of an earlier version, whose program CAMPAIGNS_EARLIER names, works on
// while one of this version migrates the database, starts, is killed and starts
// again beside it; then it drains, and this version finishes what both began.
func TestTortureRollingUpgrade(t *testing.T) {
	earlier := os.Getenv("CAMPAIGNS_EARLIER")
	if earlier == "" {
		t.Skip("CAMPAIGNS_EARLIER names no campaignd of an earlier version")
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := newCompany(t, 2, seed)
	gateway := c.emulator()
	old := c.startOf(earlier, "serve", "--addr", "127.0.0.1:0", "--data", c.place(0))
	old.ready(t)
	c.found()
	_, before := c.ledger()
	for ; before == 0; _, before = c.ledger() {
		c.within(100 * time.Millisecond)
	}

	c.hire(1)
	c.daemons[1].ready(t)
	for range 20 {
		c.tend()
		c.sending(c.written())
		c.daemons[1].kill()
		c.hire(1)
		c.daemons[1].ready(t)
	}
	select {
	case <-old.exited:
		t.Fatalf("the earlier version has ended:\n%s", old.log)
	default:
	}
	c.within(2 * time.Second)
	old.stop(t)
	_, both := c.ledger()
	require.Greater(t, both, before)

	c.hire(0)
	c.daemons[0].ready(t)
	c.rests()
	out, err := c.check()
	require.NoError(t, err, out)
	for _, d := range c.daemons {
		d.stop(t)
	}
	t.Logf("%d sends by the earlier version, %d until it had drained; %v", before, both, c.verify(8*time.Hour, 1000))
	gateway.stop(t)
}
