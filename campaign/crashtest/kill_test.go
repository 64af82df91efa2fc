package crashtest

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// kills kills daemons at random instants, and every tenth time the gateway as
// well. It returns how many of each, and the gateway that lives.
func (o *office) kills(rounds int) (daemons, emulators int, gateway *process) {
	gateway = o.emulator()
	began := time.Now()
	for n := range rounds {
		if n > 0 && n%100 == 0 {
			o.t.Logf("%d kills in %v", n, time.Since(began).Round(time.Second))
		}
		d := o.daemon()
		switch before := o.written(); o.dice.IntN(4) {
		case 0:
			o.within(60 * time.Millisecond) // it may not have opened the database yet
		case 1:
			d.ready(o.t)
			o.within(200 * time.Millisecond)
		default: // amid sends, however slow the machine is
			d.ready(o.t)
			o.sending(before)
			o.within(30 * time.Millisecond)
		}
		if n%10 == 9 {
			gateway.kill()
			emulators++
			if o.dice.IntN(2) == 0 {
				o.within(50 * time.Millisecond) // it sends to nobody for a while
			}
			d.kill()
			gateway = o.emulator()
		} else {
			d.kill()
		}
		daemons++
		if n%5 == 4 {
			o.tend()
		}
	}
	return daemons, emulators, gateway
}

func TestCrashOfDaemons(t *testing.T) {
	t.Parallel()
	// Eight hours are past the last inquiry. In the long run one that comes
	// after the quarantine has to do, since there are thousands to ask for.
	rounds, patience, resends := 50, 8*time.Hour, int64(1000)
	numbers := 20 // each kill loses what flies, which is asked for in the end
	if torture() {
		rounds, patience, numbers = 3000, 10*time.Minute, 100
		// A share of them, when several runs are to add up.
		if n, err := strconv.Atoi(os.Getenv("CAMPAIGNS_TORTURE_KILLS")); err == nil {
			rounds = n
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	o := &office{fleet: newFleet(t, numbers), batch: 250, dice: rand.New(rand.NewPCG(seed, 1))}
	began := time.Now()

	// The first start makes the data directory.
	first := o.daemon()
	first.ready(t)
	first.stop(t)
	o.found()
	daemons, emulators, gateway := o.kills(rounds)
	killing := time.Since(began)
	_, amid := o.ledger()
	require.NotZero(t, amid, "nothing was ever sent: the test proves nothing")

	// Heal: a gateway that stays, and a daemon that may end its work.
	o.tend()
	last := o.daemon()
	last.ready(t)
	o.rests()
	last.stop(t)

	sum := o.verify(patience, resends)
	t.Logf("%d kills of the daemon, %d of them with sends under way, and %d of the gateway in %v: %v",
		daemons, sum.met, emulators, killing.Round(time.Second), sum)
	gateway.stop(t)
	t.Logf("in %v", time.Since(began).Round(time.Second))
}

// rests waits until the gateway is asked for nothing more.
func (o *office) rests() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for last := -1; ; {
		select {
		case <-ctx.Done():
			o.t.Fatal("it sends and sends")
		case <-look.C:
		}
		_, n := o.ledger()
		if n == last {
			return
		}
		last = n
	}
}
