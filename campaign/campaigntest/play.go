package campaigntest

import (
	"context"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Played says how a play went.
type Played struct {
	// Steps counts the calls of Step, Jumps those after which the clock moved.
	Steps, Jumps int
	// Next is what the last Step returned: zero when nothing is left to do,
	// else the first instant with work after the end of the play.
	Next time.Time
}

// The bounds of a play: steps in all, and steps at one instant, which an
// engine that does nothing but claims to have work would go through for ever.
const (
	maxSteps     = 5_000_000
	maxStandings = 100_000
)

// Play runs an engine on fake time until end: it calls Step, moves the clock
// to the instant that Step returned, and so on, until nothing is left to do or
// the next work lies after end. The clock then shows end. c must be the clock
// of the engine's Options.Now and of its sender.
//
// An error of Step fails the test, and so does an engine that never rests.
func Play(t testing.TB, e *campaign.Engine, c *Clock, end time.Time) Played {
	t.Helper()
	return play(t, e.Step, c, end)
}

func play(t testing.TB, step func(context.Context) (time.Time, error), c *Clock, end time.Time) (p Played) {
	t.Helper()
	standing := 0
	for {
		if p.Steps == maxSteps || standing == maxStandings {
			t.Fatalf("campaigntest: after %d steps, %d of them at %v, the engine still has work: its Step returns instants that never pass", p.Steps, standing, c.Now())
		}
		next, err := step(t.Context())
		p.Steps++
		if err != nil {
			t.Fatalf("campaigntest: step %d at %v: %v", p.Steps, c.Now(), err)
		}
		p.Next = next
		if next.IsZero() || next.After(end) {
			if c.Now().Before(end) {
				c.Set(end)
			}
			return p
		}
		if now := c.Now(); next.After(now) {
			c.Set(next)
			p.Jumps++
			standing = 0
		} else {
			standing++
		}
	}
}
