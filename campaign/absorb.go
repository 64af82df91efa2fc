package campaign

import (
	"cmp"
	"time"
)

// noticeLife is how long a report waits for the message that it is about.
const noticeLife = 24 * time.Hour

// absorb applies what gateways report of accepted messages. States only move
// forward, so doubled and reordered reports change nothing.
func (b *judgeBook) absorb(r *Rows) {
	byKey := make(map[ProviderKey]Closed, len(r.Ended))
	for _, c := range r.Ended {
		byKey[ProviderKey{c.Instance, c.ProviderID}] = c
	}
	for _, n := range r.Notices {
		if n.Kind == NoticeReply {
			// It was loaded because there is nothing left to wait for.
			r.Absorbed = append(r.Absorbed, n.Seq)
			b.reply(r, n)
			continue
		}
		c, ok := byKey[ProviderKey{n.Instance, n.ProviderID}]
		if !ok {
			if r.Now.Sub(n.ArrivedAt) >= noticeLife {
				r.Absorbed = append(r.Absorbed, n.Seq)
				r.Unmatched++
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
		b.arrived(r, num, c)
		r.warm(c)
		b.acknowledged(r, num, at)
		to, event := Delivered, EventDelivered
		if n.Kind == NoticeRead {
			to, event = Read, EventRead
		}
		if p.State == "" {
			b.arrivedAfterAll(r, j, p, c, at)
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
		if p.State != Sent || !p.RespondedAt.IsZero() {
			return // delivered, read, answered or failed already: that stands
		}
		b.refused(r, j, p, num, c, n)
	}
}

// failure is why a recipient failed whose message was accepted before: the
// provider's own code is an argument of it.
func (n Notice) failure() Reason {
	why := Because(CodeProviderError)
	for name, v := range n.Why.Args {
		why = why.with(name, v)
	}
	if n.Why.Code != "" && n.Why.Code != CodeProviderError {
		why = why.with("why", string(n.Why.Code))
	}
	return why
}

// reply notes that a person has answered: the first time for a message, by the
// instant of the answer and not of its report, so that repeats change nothing.
// What was delivered or read is for the gateway to say.
func (b *judgeBook) reply(r *Rows, n Notice) {
	if n.At.IsZero() || n.At.After(n.ArrivedAt) {
		n.At = n.ArrivedAt
	}
	c, ok := r.answered(n)
	if !ok {
		return
	}
	j, p := r.Jobs[c.Recipient.Campaign], r.People[c.Recipient]
	if j == nil {
		return
	}
	if n.Digest == LeavingDigest { // who reports it sees to it that it is once
		r.Events = append(r.Events, c.event(r.Now, EventLeft, Reason{}))
	}
	if !p.RespondedAt.IsZero() {
		return
	}
	p.RespondedAt = later(n.At, c.TakenAt) // in its second
	j.Tally.Responded++
	j.Tally.RespondedOf.Add(c.Message, 1)
	r.settled(p)
	r.Events = append(r.Events, c.event(r.Now, EventResponded, Reason{}))
}

// answered is the message that a person's words answer: the latest of those
// that this number sent, else the latest of any.
func (r *Rows) answered(n Notice) (best Closed, ok bool) {
	for _, c := range r.Ended {
		p := r.People[c.Recipient]
		switch {
		case c.Tenant != n.Tenant || c.Phone.Canonical() != n.Phone.Canonical() || n.Phone == "" || c.Outcome != OutcomeAccepted:
			continue
		case p == nil || p.State.rank() == 0 || p.Generation != c.Generation || p.ProviderID != c.ProviderID:
			continue // the recipient stands for another message by now, or it failed
		case c.TakenAt.After(n.Until()) || n.At.Sub(c.TakenAt) > ReplyWindow:
			continue
		}
		if !ok || n.answers(c, best) {
			best, ok = c, true
		}
	}
	return best, ok
}

// answers reports whether a rather than b is what a reply is about.
func (n Notice) answers(a, b Closed) bool {
	if own := a.Instance == n.Instance; own != (b.Instance == n.Instance) {
		return own
	}
	return cmp.Or(a.TakenAt.Compare(b.TakenAt), cmp.Compare(a.Recipient.Campaign, b.Recipient.Campaign)) > 0
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
