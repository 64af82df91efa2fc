package campaign

import "time"

// Timing holds the constants of the send protocol. Zero fields take the
// defaults, which suit every gateway that is known; tests shorten them.
type Timing struct {
	// Deadline is D: how long after a take its send may begin. All daemons of
	// a store must agree on it. Defaults to 2 s.
	Deadline time.Duration
	// Timeout is T: how long a send may last before its outcome counts as
	// lost. It must not be shorter than the sender's own. Defaults to 90 s.
	Timeout time.Duration
	// Late is L: how long after its latest start a gateway may still carry a
	// send out. A lost send keeps its phone until then. Where several daemons
	// work on a store it must exceed what the gateway can really take by 2 s: one
	// daemon dates the start and another one ends the quarantine, and the clock
	// of each may be off by 1 s. Defaults to 300 s.
	Late time.Duration
	// Typing is how long the gateway shows "composing". Defaults to none.
	Typing time.Duration
	// PhoneLock is how long the lock of a phone lasts unless it is renewed.
	// Defaults to 60 s.
	PhoneLock time.Duration
	// Beat is how often a daemon shows that it lives, and Dead how long after
	// its last beat it counts as dead. Default to 5 s and 15 s.
	Beat, Dead time.Duration
	// Seal is how often the event log is sealed. Defaults to 5 min.
	Seal time.Duration
	// Backoff is the wait before the first retry; each further one waits twice
	// as long, give or take a fifth. Defaults to 30 s.
	Backoff time.Duration
	// Hold is how long an instance that was at fault is left alone the first
	// time; each further time in a row twice as long, up to MaxHold. Default
	// to 30 s and 10 min.
	Hold, MaxHold time.Duration
	// RestrictAfter is how many late failures of different people, with nothing
	// delivered between them, make a number look restricted; those that the
	// gateway blames on the recipient do not count. Negative is never, for
	// gateways that report failures late as a rule. Defaults to 5.
	RestrictAfter int
	// RestrictFor is how long such a number is left alone the first time; when
	// the send that probes it then fails too it is four times as long, then
	// sixteen times, up to 24 h. Defaults to 30 min.
	RestrictFor time.Duration
}

func (t Timing) full() Timing {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&t.Deadline, 2*time.Second)
	set(&t.Timeout, 90*time.Second)
	set(&t.Late, 300*time.Second)
	set(&t.PhoneLock, 60*time.Second)
	set(&t.Beat, 5*time.Second)
	set(&t.Dead, 15*time.Second)
	set(&t.Seal, 5*time.Minute)
	set(&t.Backoff, 30*time.Second)
	set(&t.Hold, 30*time.Second)
	set(&t.MaxHold, 10*time.Minute)
	set(&t.RestrictFor, 30*time.Minute)
	if t.RestrictAfter == 0 {
		t.RestrictAfter = 5
	}
	return t
}

// sweepGrace is how long past its last moment an attempt is left to its owner.
const sweepGrace = 5 * time.Second

// wholeSecond is added to every quarantine, because gateways date their records
// in whole seconds: a record of the second in which a phone changes hands must
// not be able to belong to either attempt.
const wholeSecond = time.Second

// inquiryGaps are the waits before each inquiry about a lost send, counted
// from the one before.
var inquiryGaps = []time.Duration{0, time.Minute, 5 * time.Minute, 30 * time.Minute, 6 * time.Hour}

// backoff is the wait before retry n, from 1.
func (t Timing) backoff(seed uint64, a *Attempt) time.Duration {
	d := t.Backoff << min(a.Try-1, 10)
	return between(keyed(seed, drawBackoff, uint64(a.Recipient.Position), uint64(a.Generation), uint64(a.Try)), d-d/5, d+d/5)
}

// hold is how long the n-th hold in a row lasts, n from 1.
func (t Timing) hold(n int) time.Duration {
	return min(t.Hold<<min(n-1, 20), t.MaxHold)
}
