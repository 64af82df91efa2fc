package campaign

import (
	"strconv"
	"time"
)

// A number that WhatsApp restricts, for strangers (see cold.go) or for everybody,
// takes messages, through the gateway, as
// before, and reports an error for each a little later. Each of them is a
// person who got nothing, so such a number is left alone, longer each time, and
// tried by one message at a time: the next one only after the one before was
// delivered, has failed, or has been silent for probeFor.

// restrictMost bounds how long a number is left alone, and probeFor is how long
// the outcome of a probe is waited for.
const (
	restrictMost = 24 * time.Hour
	probeFor     = 15 * time.Minute
)

// restrict is how long the n-th restriction in a row lasts, n from 1.
func (t Timing) restrict(n int) time.Duration {
	return min(t.RestrictFor<<min(2*(n-1), 20), max(restrictMost, t.RestrictFor))
}

// failedLate counts a failure that was reported after the acceptance.
func (b *judgeBook) failedLate(r *Rows, num *Number, c Closed, n Notice) {
	m := &num.Meter
	if b.timing.RestrictAfter < 0 || n.Blame == BlameRecipient {
		return
	}
	cold := r.cold(c)
	if cold {
		b.coldFailed(r, num, c, n)
	}
	if !m.tells(c) {
		return
	}
	m.Errors++
	// Strangers alone say nothing about those who know the number.
	if !m.restricted() && (cold || m.Errors < b.timing.RestrictAfter) {
		return
	}
	if !m.restricted() {
		m.Holds = 0 // what it was held for before was another thing
	}
	m.Holds++
	until := n.stated(r.Now)
	if until.IsZero() {
		until = r.Now.Add(b.timing.restrict(m.Holds))
	}
	m.Held = Because(CodeRestricted, "errors", strconv.Itoa(m.Errors), "since", r.Now.UTC().Format(time.RFC3339Nano), "until", stamp(until))
	m.HeldUntil = until
	m.wake(r.Now, time.Time{})
	r.Events = append(r.Events, Event{Tenant: c.Tenant, At: r.Now, Type: EventInstanceHeld, Instance: c.Instance, Why: m.Held})
}

// reopens is when a number may send again to people like those whom it has just
// failed, strangers or those who know it: when it is tried, or as long as it would
// rest if it were restricted.
func (m *Meter) reopens(now time.Time, t Timing, cold bool) time.Time {
	if m.restricted() && !m.HeldUntil.IsZero() {
		return later(m.HeldUntil, now.Add(t.Backoff))
	}
	if until, shut := m.Cold.Shut(now); cold && shut && !until.IsZero() {
		return later(until, now.Add(t.Backoff))
	}
	return now.Add(t.restrict(1))
}

// arrived notes that a message of the number reached a person.
func (b *judgeBook) arrived(r *Rows, n *Number, c Closed) {
	m := &n.Meter
	if r.cold(c) {
		b.coldArrived(r, n, c)
	}
	if !m.tells(c) {
		return
	}
	m.Errors = 0
	if m.restricted() {
		b.free(r, n)
	}
}

// restricted reports whether the number is held for failures that were reported
// late. A sender that says so itself has sent nothing, and is held as for any
// other fault.
func (m *Meter) restricted() bool { return m.held(CodeRestricted) && m.Held.Args["since"] != "" }

// tells reports whether what became of a message says how the number stands
// now. What was taken before it was restricted does not.
func (m *Meter) tells(c Closed) bool { return !m.restricted() || toldSince(m.Held, c) }

// toldSince reports whether a message was taken after a hold that says since
// when it lasts.
func toldSince(held Reason, c Closed) bool {
	since, err := time.Parse(time.RFC3339Nano, held.Args["since"])
	return err != nil || c.TakenAt.After(since)
}

// probing reports whether a number that was restricted may be tried again, by
// one message.
func (m *Meter) probing() bool { return m.restricted() && !m.HeldUntil.IsZero() }

// probed notes that a message has been taken to try the number.
func (m *Meter) probed(now time.Time) {
	if m.probing() {
		m.HeldUntil = now.Add(probeFor)
	}
}

// unprobed takes that back: the message is proven not to have gone out.
func (m *Meter) unprobed(a *Attempt) {
	if m.probing() && m.HeldUntil.Equal(a.TakenAt.Add(probeFor)) {
		m.HeldUntil = a.TakenAt
	}
	if l := &m.Cold; !l.Held.IsZero() && l.Until.Equal(a.TakenAt.Add(probeFor)) {
		l.Until = a.TakenAt
	}
}
