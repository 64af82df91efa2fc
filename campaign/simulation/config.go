package simulation

import (
	"io"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Config says what a run simulates. The zero value is a good one.
type Config struct {
	// Days is how long things go wrong, in simulated days. Defaults to 3.
	Days int
	// Campaigns is how many campaigns are made in all, and Audience how many
	// people the largest of them has, at most 50,000. Default to 10 and 200.
	Campaigns, Audience int
	// Dense makes numbers that need not rest and campaigns at any hour more
	// likely, so that a simulated day holds more sends.
	Dense bool
	// Open opens an empty store for a run, which closes it at its end if it is
	// an io.Closer. Defaults to a store in memory. What it returns must be safe
	// to use from one goroutine at a time; a panic out of a function that was
	// given to it must undo the transaction.
	Open func() (campaign.Store, error)
	// Log gets every decision of a run, a line each, which is slow: leave it
	// nil and run a seed that has failed a second time. Its errors are ignored.
	Log io.Writer
	// Patience is how long after the last fault everything must have come to
	// rest, in simulated time. Defaults to 30 days, since campaigns that keep
	// office hours have holidays and daily caps before them, and to 180 days for
	// Dense, whose thousands may wait for one number with a cap.
	Patience time.Duration

	// sender and locker wrap the plugs of every process: tests break them.
	sender func(campaign.Sender) campaign.Sender
	locker func(campaign.Locker) campaign.Locker
}

// The largest audience that the phones of the simulation suffice for.
const maxAudience = 50_000

func (c Config) full() Config {
	set := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	set(&c.Days, 3)
	set(&c.Campaigns, 10)
	set(&c.Audience, 200)
	c.Audience = min(c.Audience, maxAudience)
	if c.Patience <= 0 {
		c.Patience = 30 * 24 * time.Hour
		if c.Dense {
			c.Patience *= 6
		}
	}
	if c.sender == nil {
		c.sender = func(s campaign.Sender) campaign.Sender { return s }
	}
	if c.locker == nil {
		c.locker = func(l campaign.Locker) campaign.Locker { return l }
	}
	return c
}
