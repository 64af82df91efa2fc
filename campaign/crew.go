package campaign

import (
	"sync"
	"time"
)

// crew runs work in goroutines that go on to the next piece: a send needs a deep
// stack, and a fresh goroutine would grow its own anew each time.
type crew struct {
	hands sync.WaitGroup
	work  chan func()
	over  chan struct{}
}

func newCrew() *crew { return &crew{work: make(chan func()), over: make(chan struct{})} }

// crewRest is how long a goroutine without work stays.
const crewRest = 2 * time.Second

// do runs f at once.
func (c *crew) do(f func()) {
	select {
	case c.work <- f:
	default:
		c.hands.Go(func() { c.serve(f) })
	}
}

func (c *crew) serve(f func()) {
	patience := time.NewTimer(crewRest)
	defer patience.Stop()
	for {
		f()
		patience.Reset(crewRest)
		select {
		case f = <-c.work:
		case <-c.over:
			return
		case <-patience.C:
			return
		}
	}
}

// end waits until all work is done, also what that work begins.
func (c *crew) end() {
	close(c.over)
	c.hands.Wait()
}

// leave ends the crew without waiting for those who are at work.
func (c *crew) leave() { close(c.over) }
