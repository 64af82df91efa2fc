package campaign

import (
	"strconv"
	"time"
)

// noticeLife is how long a report waits for the message that it is about.
const noticeLife = 24 * time.Hour

// restrictAfter is how many late failures of different people, with nothing
// delivered between them, make a number look restricted; restrictFor is how
// long it is left alone then.
const (
	restrictAfter = 5
	restrictFor   = 30 * time.Minute
)

// absorb applies what gateways report of accepted messages. States only move
// forward, so doubled and reordered reports change nothing.
func (b *judgeBook) absorb(r *Rows) {
	byKey := make(map[ProviderKey]Closed, len(r.Ended))
	for _, c := range r.Ended {
		byKey[ProviderKey{c.Instance, c.ProviderID}] = c
	}
	for _, n := range r.Notices {
		c, ok := byKey[ProviderKey{n.Instance, n.ProviderID}]
		if !ok {
			if r.Now.Sub(n.ArrivedAt) >= noticeLife {
				r.Absorbed = append(r.Absorbed, n.Seq)
			}
			continue
		}
		r.Absorbed = append(r.Absorbed, n.Seq)
		b.notice(r, c, n)
	}
}

func (b *judgeBook) notice(r *Rows, c Closed, n Notice) {
	j, p, num := r.Jobs[c.Recipient.Campaign], r.People[c.Recipient], r.Numbers[c.Instance]
	if j == nil || p == nil || num == nil || c.Tenant != n.Tenant || c.Outcome != OutcomeAccepted || p.ProviderID != n.ProviderID {
		return
	}
	at := n.At
	if at.IsZero() {
		at = n.ArrivedAt
	}
	switch n.Kind {
	case NoticeServer:
		b.acknowledged(r, num, at)
		return
	case NoticeDelivered, NoticeRead:
		num.Meter.Errors = 0
		b.acknowledged(r, num, at)
		to, event := Delivered, EventDelivered
		if n.Kind == NoticeRead {
			to, event = Read, EventRead
		}
		if p.State.rank() == 0 || to.rank() <= p.State.rank() {
			return
		}
		if p.State == Sent {
			j.Tally.Delivered++
			p.DeliveredAt = at
		}
		if to == Read {
			j.Tally.Read++
			p.ReadAt = at
		}
		p.State = to
		r.settled(p)
		r.Events = append(r.Events, c.event(r.Now, event, Reason{}))
	case NoticeError:
		if p.State != Sent {
			return // delivered, read or failed already: that stands
		}
		p.State, p.Why = Failed, Because(CodeProviderError)
		j.Tally.Sent--
		j.Tally.SentOf.Add(c.Message, -1)
		j.Tally.Failed++
		r.settled(p)
		r.Events = append(r.Events, c.event(r.Now, EventFailed, p.Why))
		m := &num.Meter
		m.Errors++
		if m.Errors >= restrictAfter {
			why := Because(CodeRestricted, "errors", strconv.Itoa(m.Errors), "until", stamp(r.Now.Add(restrictFor)))
			m.Errors = 0
			m.Holds++
			m.Held, m.HeldUntil = why, r.Now.Add(restrictFor)
			r.Events = append(r.Events, Event{Tenant: c.Tenant, At: r.Now, Type: EventInstanceHeld, Instance: c.Instance, Why: why})
		}
	}
}

// settled puts a recipient among those to save, once.
func (r *Rows) settled(p *Recipient) {
	for _, x := range r.Settled {
		if x == p {
			return
		}
	}
	r.Settled = append(r.Settled, p)
}

func (c Closed) event(at time.Time, t EventType, why Reason) Event {
	return Event{Tenant: c.Tenant, At: at, Type: t, Campaign: c.Recipient.Campaign,
		Position: c.Recipient.Position, Instance: c.Instance, Attempt: c.Attempt, Message: c.Message, Why: why}
}
