package simulation

import (
	"context"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// proofOfStop plays the wait of a pause or a cancel in simulated time. The
// engine waits on real timers, so its context is cancelled when it would have
// given up waiting; what it answers is what it has seen by then.
type proofOfStop struct {
	id     campaign.ID
	cancel context.CancelFunc
	// counting tells that the command has committed, and until is when the
	// start deadline will have passed since.
	counting bool
	until    time.Time
}

// pollEvery is how often a waiting command looks.
const pollEvery = 20 * time.Millisecond

func (w *proofOfStop) view(r *records, _ context.Context, f func(campaign.Reader) error) error {
	s := r.p.s
	for {
		flying := false
		err := r.in.View(background, func(rd campaign.Reader) error {
			open, err := rd.Flights(w.id)
			for i := range open {
				flying = flying || open[i].Phase == campaign.Flying
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case flying && s.now.Before(w.until):
			s.cur.sleep(pollEvery)
			continue
		case flying:
			w.cancel()
		}
		return r.in.View(background, f)
	}
}

// halt pauses or cancels a campaign. It reports the answer only if the stop is
// proven.
func (t *task) halt(id campaign.ID, command func(context.Context) (campaign.Stopped, error)) (campaign.Stopped, bool, error) {
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	w := &proofOfStop{id: id, cancel: cancel}
	t.wait = w
	defer func() { t.wait = nil }()
	stopped, err := command(ctx)
	proven := err == nil || w.counting && ctx.Err() != nil
	if proven {
		err = nil
	}
	return stopped, proven, err
}

// stopAll stops a process and waits for the proof in simulated time: until
// nothing is in the air, or the start deadline has passed.
func (t *task) stopAll() {
	until := t.s.now.Add(startDeadline)
	at, cancel := context.WithCancel(background)
	cancel() // it looks once, and does not wait on real timers
	for {
		_, err := t.p.engine.StopAll(at, "simulated", "")
		if err == nil || !t.s.now.Before(until) {
			t.p.stopped = true
			return
		}
		t.sleep(pollEvery)
	}
}
