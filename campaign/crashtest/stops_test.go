package crashtest

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// stops is what came of the pauses of one bubble.
type stops struct {
	pauses, alls  int
	begins, lates int64
	// leaked are the sends that began after a stop had returned, unnamed those
	// that were under way and not in its list.
	leaked, unnamed int64
}

// guard gives pauses and stops one after another for each campaign, while the
// engine sends, and looks at each send that begins: none may after a stop has
// returned, and before the order to go on is given.
func guard(t *testing.T, seed uint64, pauses int, spoil func(*crowd)) (f stops) {
	const campaigns = 4
	var shut [campaigns + 1]atomic.Int64 // by campaign, the last one for all
	var mu sync.Mutex
	flying := map[campaign.AttemptID]campaign.ID{}
	var leaked, unnamed atomic.Int64
	index := func(c *crowd, id campaign.ID) int {
		for i, x := range c.ids {
			if x == id {
				return i
			}
		}
		return -1
	}
	check := func(s campaign.Stopped, mine func(campaign.ID) bool) {
		named := map[campaign.AttemptID]bool{}
		for _, x := range s.InFlight {
			named[x.Attempt] = true
		}
		mu.Lock()
		defer mu.Unlock()
		for a, id := range flying {
			if mine(id) && !named[a] {
				unnamed.Add(1)
			}
		}
	}
	inCrowd(t, seed, campaigns, 600, func(c *crowd) {
		c.starts = func(o campaign.Outgoing) {
			id := c.campaignOf(o)
			if shut[index(c, id)].Load() > 0 || shut[campaigns].Load() > 0 {
				leaked.Add(1)
			}
			mu.Lock()
			flying[o.Attempt] = id
			mu.Unlock()
		}
		c.ends = func(o campaign.Outgoing) {
			mu.Lock()
			delete(flying, o.Attempt)
			mu.Unlock()
		}
		spoil(c)
	}, func(c *crowd) {
		var all sync.WaitGroup
		for i, id := range c.ids {
			all.Go(func() {
				for range pauses / campaigns {
					c.dice.linger(30 * time.Millisecond)
					s, err := c.service.Pause(c.t.Context(), id, "teste")
					shut[i].Add(1)
					if err != nil {
						t.Errorf("pause: %v", err)
					}
					check(s, func(x campaign.ID) bool { return x == id })
					c.dice.linger(20 * time.Millisecond)
					shut[i].Add(-1)
					if _, err := c.service.Resume(c.t.Context(), id); err != nil {
						t.Errorf("resume: %v", err)
					}
				}
			})
		}
		over := make(chan struct{})
		go func() { all.Wait(); close(over) }()
		for {
			select {
			case <-over:
				f.pauses = pauses / campaigns * campaigns
				f.begins, f.lates = c.begins.Load(), c.lates.Load()
				f.leaked, f.unnamed = leaked.Load(), unnamed.Load()
				return
			case <-time.After(100 * time.Millisecond):
			}
			s, err := c.engine.StopAll(c.t.Context(), "ana", "teste")
			shut[campaigns].Add(1)
			if err != nil {
				t.Errorf("stop: %v", err)
			}
			check(s, func(campaign.ID) bool { return true })
			f.alls++
			c.dice.linger(20 * time.Millisecond)
			shut[campaigns].Add(-1)
			if err := c.engine.ResumeAll(c.t.Context(), "ana"); err != nil {
				t.Errorf("resume: %v", err)
			}
		}
	})
	return f
}

func TestTortureNothingStartsAfterAStop(t *testing.T) {
	bubbles := 3
	if torture() {
		bubbles = 120
	}
	var sum stops
	began := time.Now()
	for n := range bubbles {
		f := guard(t, uint64(n), 100, func(*crowd) {})
		require.Zero(t, f.leaked, "seed %d: sends began after a pause had returned", n)
		require.Zero(t, f.unnamed, "seed %d: sends were under way that a pause did not name", n)
		sum.pauses += f.pauses
		sum.alls += f.alls
		sum.begins += f.begins
		sum.lates += f.lates
	}
	t.Logf("%d pauses and %d stops of everything in %v; %d sends began, %d came too late to begin",
		sum.pauses, sum.alls, time.Since(began).Round(time.Millisecond), sum.begins, sum.lates)
	require.Greater(t, sum.begins, int64(sum.pauses))
	require.NotZero(t, sum.lates, "nobody was ever near the deadline: the test proves nothing")
}

func TestWeakStopsLeak(t *testing.T) {
	for name, spoil := range weaknesses {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(10) {
				if f := guard(t, n, 100, spoil); f.leaked > 0 {
					t.Logf("seed %d: %d of %d sends leaked, %d were not named", n, f.leaked, f.begins, f.unnamed)
					require.Equal(t, strings.Contains(name, "no wait") || strings.Contains(name, "not wait"), f.unnamed > 0)
					return
				}
			}
			t.Error("nothing was found: the test cannot fail")
		})
	}
}
