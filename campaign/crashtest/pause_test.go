package crashtest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// order is something that a client asks for, or a send that begins.
type order struct {
	what     string
	campaign campaign.ID // zero: all of them
	client   int
}

// The orders.
const (
	pause     = "pause"
	resume    = "resume"
	cancel    = "cancel"
	stopAll   = "stop all"
	resumeAll = "resume all"
	begin     = "a send begins"
	shut      = "the proof" // the second step of a pause and a cancel
)

// door is the state of the model: what a client who knows nothing of takes,
// locks and deadlines may believe of one campaign. Sends pass while it is open.
//
// A pause and a cancel are two steps within one call: first the status, which
// others see at once, then the door, which is shut when the call returns.
type door struct {
	status  campaign.Status
	shut    bool
	stopped bool
	// owed are the clients, one bit each, whose pause or cancel has set the
	// status and not shut the door.
	owed uint
}

// obey is the model's step. An order that was refused has changed nothing, and
// must have had a reason.
func (d door) obey(o order, done bool) (bool, door) {
	switch o.what {
	case begin:
		return !d.shut && !d.stopped, d
	case stopAll:
		d.stopped = true
	case resumeAll:
		d.stopped = false
	case pause, cancel:
		if !done {
			return o.what == pause && d.status == campaign.Cancelled, d
		}
		if o.what == cancel {
			d.status = campaign.Cancelled
		} else if d.status == campaign.Cancelled {
			return false, d
		} else {
			d.status = campaign.Paused
		}
		d.owed |= 1 << o.client
	case shut:
		if d.owed&(1<<o.client) == 0 {
			return false, d
		}
		d.owed &^= 1 << o.client
		// Somebody may have resumed it meanwhile.
		if d.status != campaign.Active {
			d.shut = true
		}
	case resume:
		if !done {
			return d.status != campaign.Paused, d
		}
		if d.status != campaign.Paused {
			return false, d
		}
		d.status, d.shut = campaign.Active, false
	}
	return true, d
}

var model = porcupine.Model{
	Init: func() any { return door{status: campaign.Active} },
	Step: func(state, in, out any) (bool, any) {
		return state.(door).obey(in.(order), out.(bool))
	},
	// Each campaign has a door of its own, and all have the stop in common.
	Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		var common []porcupine.Operation
		own := map[campaign.ID][]porcupine.Operation{}
		for _, op := range all {
			if id := op.Input.(order).campaign; id != 0 {
				own[id] = append(own[id], op)
			} else {
				common = append(common, op)
			}
		}
		for _, ops := range own {
			parts = append(parts, append(ops, common...))
		}
		return parts
	},
}

// history is what clients and sends did, each with the ticks between which it
// happened.
type history struct {
	mu  sync.Mutex
	ops []porcupine.Operation
}

func (h *history) add(o order, done bool, from, to int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: o.client, Input: o, Output: done, Call: from, Return: to})
}

func (h *history) counts() map[string]int {
	n := map[string]int{}
	for _, op := range h.ops {
		n[op.Input.(order).what]++
	}
	return n
}

// record lets clients give orders at random, and returns what happened.
func record(t *testing.T, seed uint64, spoil func(*crowd)) *history {
	const clients, orders = 4, 16
	h := &history{}
	inCrowd(t, seed, 3, 300, func(c *crowd) {
		c.starts = func(o campaign.Outgoing) {
			from := c.tick.Add(1)
			h.add(order{begin, c.campaignOf(o), clients}, true, from, c.tick.Add(1))
		}
		spoil(c)
	}, func(c *crowd) {
		var all sync.WaitGroup
		for n := range clients {
			r := rand.New(rand.NewPCG(seed, uint64(n)))
			all.Go(func() {
				for range orders {
					c.dice.linger(20 * time.Millisecond)
					o := order{campaign: c.ids[r.IntN(len(c.ids))], client: n}
					switch x := r.IntN(100); {
					case x < 30:
						o.what = pause
					case x < 78:
						o.what = resume
					case x < 79:
						o.what = cancel
					case x < 84:
						o = order{what: stopAll, client: n}
					default:
						o = order{what: resumeAll, client: n}
					}
					from := c.tick.Add(1)
					done := c.give(o)
					to := c.tick.Add(1)
					h.add(o, done, from, to)
					if done && (o.what == pause || o.what == cancel) {
						h.add(order{shut, o.campaign, n}, true, from, to)
					}
				}
			})
		}
		all.Wait()
	})
	return h
}

// give gives an order, and reports whether it was obeyed.
func (c *crowd) give(o order) bool {
	var err error
	switch ctx := c.t.Context(); o.what {
	case pause:
		_, err = c.service.Pause(ctx, o.campaign, "teste")
	case resume:
		_, err = c.service.Resume(ctx, o.campaign)
	case cancel:
		_, err = c.service.Cancel(ctx, o.campaign, "teste")
	case stopAll:
		_, err = c.engine.StopAll(ctx, "teste")
	case resumeAll:
		c.engine.ResumeAll()
	}
	var refused *campaign.TransitionError
	if err != nil && !errors.As(err, &refused) {
		c.t.Errorf("%s: %v", o.what, err)
	}
	return err == nil
}

// broken returns the first campaign's part of a history that no order of its
// steps explains, in words; empty if there is none.
func (h *history) broken() string {
	alone := model
	alone.Partition = nil
	for _, part := range model.Partition(h.ops) {
		if porcupine.CheckOperations(alone, part) {
			continue
		}
		slices.SortFunc(part, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
		var s strings.Builder
		for _, op := range part {
			fmt.Fprintf(&s, "%4d to %4d: client %d: %s %v\n", op.Call, op.Return, op.ClientId, op.Input.(order).what, op.Output)
		}
		return s.String()
	}
	return ""
}

func TestPausesAreLinearizable(t *testing.T) {
	histories := 20
	if torture() {
		histories = 5000
	}
	total, began := map[string]int{}, time.Now()
	for n := range histories {
		h := record(t, uint64(n), func(*crowd) {})
		require.Empty(t, h.broken(), "seed %d: a send began while its campaign was paused, cancelled or stopped", n)
		for what, k := range h.counts() {
			total[what] += k
		}
	}
	t.Logf("%d histories in %v: %v", histories, time.Since(began).Round(time.Millisecond), total)
	for _, what := range []string{pause, resume, cancel, stopAll, resumeAll, begin} {
		require.NotZero(t, total[what], "nothing was tried of: %s", what)
	}
}

// weaknesses are what a pause that is not proven may lack.
var weaknesses = map[string]func(*crowd){
	"a pause that does not wait":                  func(c *crowd) { c.blind = true },
	"a sender that does not look at StartBy":      func(c *crowd) { c.tardy = true },
	"neither of both: no wait, no latest instant": func(c *crowd) { c.blind, c.tardy = true, true },
}

func TestWeakPausesAreNotLinearizable(t *testing.T) {
	for name, spoil := range weaknesses {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(20) {
				if record(t, n, spoil).broken() != "" {
					t.Logf("found at seed %d", n)
					return
				}
			}
			t.Error("20 histories, and nothing was found: the check cannot fail")
		})
	}
}

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
			s, err := c.engine.StopAll(c.t.Context(), "teste")
			shut[campaigns].Add(1)
			if err != nil {
				t.Errorf("stop: %v", err)
			}
			check(s, func(campaign.ID) bool { return true })
			f.alls++
			c.dice.linger(20 * time.Millisecond)
			shut[campaigns].Add(-1)
			c.engine.ResumeAll()
		}
	})
	return f
}

func TestNothingStartsAfterAStop(t *testing.T) {
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
