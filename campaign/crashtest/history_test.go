package crashtest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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
		_, err = c.engine.StopAll(ctx, "ana", "teste")
	case resumeAll:
		err = c.engine.ResumeAll(ctx, "ana")
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

func TestTorturePausesAreLinearizable(t *testing.T) {
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
