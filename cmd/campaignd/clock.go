package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// clock is this machine's clock, corrected by the database's, so that daemons
// on several machines agree what time it is. Without a database that has a
// clock of its own it is this machine's.
type clock struct {
	// ask measures how far the database's clock is ahead; nil without one.
	ask func(ctx context.Context, now func() time.Time) (offset, uncertainty time.Duration, err error)
	// read is this machine's clock: time.Now but for tests.
	read func() time.Time

	mu     sync.Mutex
	offset time.Duration
	unsure time.Duration
	asked  time.Time // when, by this machine; zero before the first answer
}

const (
	// clockLimit is how far off the corrected clock may be at most: beyond it
	// nothing is taken.
	clockLimit = time.Second
	// clockEvery is the time between two measurements, and clockAgain that
	// after one that failed or is not good enough.
	clockEvery = 10 * time.Second
	clockAgain = 500 * time.Millisecond
	// clockPatience bounds a measurement.
	clockPatience = 3 * time.Second
	// clockDrift is how fast two clocks drift apart at most, 1 in so many: ten
	// times what quartz does.
	clockDrift = 2000
)

func newClock() *clock { return &clock{read: time.Now} }

// now is the database's time.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read().Add(c.offset)
}

// measure asks the database once.
func (c *clock) measure(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clockPatience)
	defer cancel()
	offset, unsure, err := c.ask(ctx, c.read)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.unsure, c.asked = offset, unsure, c.read()
	return nil
}

// off is how far now may be off: what the last measurement left open, what the
// clocks have drifted since, and how far this machine's was set meanwhile.
func (c *clock) off() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.read()
	ran := now.Sub(c.asked) // by the monotonic clock, which nobody sets
	shown := now.Round(0).Sub(c.asked.Round(0))
	return c.unsure + ran/clockDrift + (shown - ran).Abs()
}

// problem is why nothing may be taken by this clock; zero if it is good.
func (c *clock) problem() campaign.Reason {
	if c.ask == nil {
		return campaign.Reason{}
	}
	if off := c.off(); off > clockLimit {
		return campaign.Because(campaign.CodeClockUnsure, "off", off.Round(time.Millisecond).String())
	}
	return campaign.Reason{}
}

// run measures until ctx ends.
func (c *clock) run(ctx context.Context, log *slog.Logger) {
	if c.ask == nil {
		return
	}
	wait := clockEvery
	for {
		next := time.NewTimer(wait)
		look := time.NewTicker(clockAgain) // a clock that was set shows at once
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				next.Stop()
				look.Stop()
				return
			case <-next.C:
				waiting = false
			case <-look.C:
				waiting = c.problem().IsZero()
			}
		}
		look.Stop()
		next.Stop()
		before := c.now()
		wait = clockEvery
		if err := c.measure(ctx); err != nil {
			wait = clockAgain
			if ctx.Err() == nil && !c.problem().IsZero() {
				log.Warn("the database's clock cannot be read", "error", err.Error())
			}
			continue
		}
		if moved := c.now().Sub(before); moved.Abs() > clockLimit/4 {
			log.Warn("the clock was corrected", "by", moved.Round(time.Millisecond).String())
		}
	}
}
