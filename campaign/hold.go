package campaign

import (
	"strconv"
	"time"
)

// A number that never hears back looks open and is dead: it is held after
// unackedAfter sends, and unackedFor of time, without any acknowledgement,
// if it ever had one.
const (
	unackedAfter = 30
	unackedFor   = 30 * time.Minute
)

// hold stops an instance until HeldUntil, when one send probes it.
func (b *judgeBook) hold(r *Rows, n *Number, j *Job, why Reason) {
	m := &n.Meter
	if m.restricted() {
		// That it is restricted stands: what is new says nothing about it.
		m.HeldUntil = later(m.HeldUntil, r.Now.Add(b.timing.hold(1)))
		return
	}
	fresh := m.Held.IsZero() || m.Held.Code != why.Code
	m.Holds++
	m.Held, m.HeldUntil = why, r.Now.Add(b.timing.hold(m.Holds))
	if fresh {
		r.Events = append(r.Events, Event{Tenant: n.Instance.Tenant, At: r.Now, Type: EventInstanceHeld,
			Campaign: j.Campaign.ID, Instance: n.Instance.ID, Why: why})
	}
}

func (m *Meter) release() {
	m.Held, m.HeldUntil, m.Holds, m.Errors = Reason{}, time.Time{}, 0, 0
}

// wake makes the ledger look at the instance when its rest is over, or when the
// campaign it sent for ends.
func (m *Meter) wake(now, ends time.Time) {
	at := later(m.PaceUntil, now)
	if !m.Held.IsZero() {
		at = later(at, m.HeldUntil)
	}
	if ends.After(now) && at.After(ends) {
		at = ends
	}
	if limit := now.Add(MaxNap); at.After(limit) {
		at = limit
	}
	m.WakeAt = at
}

// acceptedBy notes that the gateway took a send of the number over. That ends
// a hold, unless the hold is about what happens after the acceptance: then only
// an acknowledgement does.
func (b *judgeBook) acceptedBy(r *Rows, j *Job, n *Number) {
	m := &n.Meter
	m.Unacked++
	if !m.Held.IsZero() && !m.held(CodeRestricted, CodeUnacked) {
		b.free(r, n)
		return
	}
	silent := !m.AckedAt.IsZero() && m.Unacked >= unackedAfter && r.Now.Sub(m.AckedAt) >= unackedFor
	if silent || m.held(CodeUnacked) {
		b.hold(r, n, j, Because(CodeUnacked, "count", strconv.Itoa(m.Unacked)))
	}
}

// acknowledged notes that a send of the number arrived.
func (b *judgeBook) acknowledged(r *Rows, n *Number, at time.Time) {
	m := &n.Meter
	m.Unacked = 0
	m.AckedAt = later(m.AckedAt, at)
	if m.held(CodeRestricted, CodeUnacked) && !m.restricted() {
		b.free(r, n)
	}
}

// free ends a hold.
func (b *judgeBook) free(r *Rows, n *Number) {
	n.Meter.release()
	n.Meter.wake(r.Now, time.Time{})
	r.Events = append(r.Events, Event{Tenant: n.Instance.Tenant, At: r.Now, Type: EventInstanceFreed, Instance: n.Instance.ID})
}

func (m *Meter) held(codes ...Code) bool {
	for _, c := range codes {
		if m.Held.Code == c {
			return true
		}
	}
	return false
}
