package campaign

import (
	"slices"
	"strconv"
	"time"
)

// A number that WhatsApp restricts fails people whom it takes messages for. The
// failure is about the number: the person comes back, in a new generation, as
// the campaign's policy says. What makes that safe is WhatsApp's own report that
// the message was not delivered; a report that it was, however late, ends it.

// RestrictionPolicy says what becomes of people whom a restricted number has
// failed.
type RestrictionPolicy string

const (
	// RestrictionRetry sends to them again once the number may send. Empty is
	// the same.
	RestrictionRetry RestrictionPolicy = "retry"
	// RestrictionOtherNumber sends to them at once by another number of the
	// campaign, and by the same one no sooner than RestrictionRetry does.
	RestrictionOtherNumber RestrictionPolicy = "other_number"
	// RestrictionNever leaves them failed.
	RestrictionNever RestrictionPolicy = "never"
)

// RestrictionPolicies lists them, the default first.
func RestrictionPolicies() []RestrictionPolicy {
	return []RestrictionPolicy{RestrictionRetry, RestrictionOtherNumber, RestrictionNever}
}

// orDefault is the policy, or the default where none is set.
func (p RestrictionPolicy) orDefault() RestrictionPolicy {
	if p == "" {
		return RestrictionRetry
	}
	return p
}

func (p RestrictionPolicy) valid() bool {
	return slices.Contains(RestrictionPolicies(), p.orDefault())
}

// MaxReturns is how often a person comes back in one campaign. New generations
// that an operator or a standing order has made count too.
const MaxReturns = 3

// evidence reports whether a late failure may be the number's, and not the
// person's.
func (b *judgeBook) evidence(n Notice) bool {
	return b.timing.RestrictAfter >= 0 && n.Blame != BlameRecipient
}

// refused applies WhatsApp's report that an accepted message, which stands as
// sent, was not delivered: the person comes back, or has failed.
func (b *judgeBook) refused(r *Rows, j *Job, p *Recipient, num *Number, c Closed, n Notice) {
	b.failedLate(r, num, c, n)
	j.Tally.Sent--
	j.Tally.SentOf.Add(c.Message, -1)
	why := n.failure()
	if b.evidence(n) {
		switch {
		case j.Campaign.AfterRestriction.orDefault() == RestrictionNever || Erased(p.Contact.Phone):
		case j.Campaign.Status == Completed:
			why = because(CodeFailedAfterEnd, why)
		case j.Campaign.Status == Cancelled, c.overtaken():
		case c.Generation > MaxReturns:
			why = because(CodeReturnsUsed, why).with("count", strconv.Itoa(c.Generation))
		default:
			b.comesBack(r, j, p, num, c, why)
			return
		}
	}
	p.State, p.Why = Failed, why
	j.Tally.Failed++
	r.settled(p)
	r.Events = append(r.Events, c.event(r.Now, EventFailed, why))
}

// overtaken reports whether a later generation than that of an accepted attempt
// had begun before the attempt was known to be accepted. Its tries stand in the
// log: nobody can come back into it.
func (c Closed) overtaken() bool { return c.Why.Code == CodeContradicted }

// because is another code with the arguments of a reason.
func because(code Code, of Reason) Reason {
	of.Code = code
	return of
}

// comesBack puts a person whom the number has failed among the waiting, in a new
// generation. The row keeps the message that was refused, so that a report of
// its delivery is known for what it is.
func (b *judgeBook) comesBack(r *Rows, j *Job, p *Recipient, num *Number, c Closed, failure Reason) {
	opens := num.Meter.reopens(r.Now, b.timing, r.cold(c))
	why := because(CodeAfterRestriction, failure).with("instance", strconv.FormatInt(int64(c.Instance), 10))
	due := opens
	if j.Campaign.AfterRestriction.orDefault() == RestrictionOtherNumber {
		due = r.Now
		why = why.with("since", stamp(opens)).with("shuns", strconv.FormatInt(opens.UnixMicro(), 10))
	} else {
		why = why.with("until", stamp(opens))
	}
	p.State, p.Why, p.SentAt = "", Reason{}, time.Time{}
	j.Tally.Released.Add(c.Message, 1)
	r.settled(p)
	r.Wait = append(r.Wait, Waiting{Recipient: p.ID, Due: due, Generation: c.Generation + 1, Why: why})
	if r.Waits == nil {
		r.Waits = make(map[RecipientID]Waiting)
	}
	r.Waits[p.ID] = r.Wait[len(r.Wait)-1]
	r.rouse(j.Campaign.ID, due)
	r.Events = append(r.Events, c.event(r.Now, EventReturned, why))
}

// arrivedAfterAll applies a report that a message was delivered or read which
// WhatsApp had reported as not delivered, and whose person has come back since.
// A new generation that has not begun is withdrawn. One that has cannot be: the
// row keeps the delivery, for the case that nothing comes of it, see stands.
func (b *judgeBook) arrivedAfterAll(r *Rows, j *Job, p *Recipient, c Closed, at time.Time) {
	if !p.DeliveredAt.IsZero() {
		return // known
	}
	r.Events = append(r.Events, c.event(r.Now, EventContradicted,
		Because(CodeContradicted, "was", string(CodeAfterRestriction), "evidence", string(ByWebhook))))
	w, waits := r.Waits[p.ID]
	if !waits || w.Generation != c.Generation+1 {
		p.SentAt, p.DeliveredAt = c.EndedAt, later(at, c.EndedAt)
		r.settled(p)
		return
	}
	if i := slices.IndexFunc(r.Wait, func(x Waiting) bool { return x.Recipient == p.ID }); i >= 0 {
		r.Wait = slices.Delete(r.Wait, i, i+1) // it came back in this very transaction
	} else {
		r.Unwait = append(r.Unwait, p.ID)
	}
	delete(r.Waits, p.ID)
	p.State, p.SentAt = Sent, c.EndedAt
	b.standsAgain(j, p)
}

// standsAgain counts a recipient as sent by the message that its row tells of.
func (b *judgeBook) standsAgain(j *Job, p *Recipient) {
	j.Tally.Sent++
	j.Tally.SentOf.Add(p.Message, 1)
	j.Tally.Released.Add(p.Message, -1)
}

// stands settles a recipient whose attempt has come to nothing by the message
// before it, where that one was delivered after all.
func (b *judgeBook) stands(r *Rows, j *Job, a *Attempt) bool {
	p := r.People[a.Recipient]
	if p == nil || p.State != "" || p.DeliveredAt.IsZero() || a.Generation != p.Generation+1 {
		return false
	}
	p.State, p.Why = Delivered, Reason{}
	b.standsAgain(j, p)
	j.Tally.Delivered++
	r.settled(p)
	return true
}

// shuns reports whether a candidate is to be sent to by another number than this
// one for now, and until when.
func (c *Candidate) shuns(id InstanceID, now time.Time) (until time.Time, shuns bool) {
	why := c.Recipient.Why
	if why.Args["shuns"] == "" || why.Args["instance"] != strconv.FormatInt(int64(id), 10) {
		return until, false
	}
	at, err := strconv.ParseInt(why.Args["shuns"], 10, 64)
	if err != nil {
		return until, false
	}
	until = time.UnixMicro(at).UTC()
	return until, now.Before(until)
}

// setAside takes those out of the due who wait for another number than this one.
func (j *Job) setAside(id InstanceID, now time.Time) (aside []Candidate) {
	kept := j.Due[:0:0]
	for _, c := range j.Due {
		if until, shuns := c.shuns(id, now); shuns {
			aside = append(aside, c)
			j.NextDue = earlier(j.NextDue, until)
		} else {
			kept = append(kept, c)
		}
	}
	if len(aside) > 0 {
		j.Due = kept
	}
	return aside
}

// putBack returns whom setAside has taken out, for the turns of other numbers.
func (j *Job) putBack(aside []Candidate) {
	if len(aside) > 0 {
		j.Due = append(aside, j.Due...)
	}
}

// shuns takes those out of the turn's own line who wait for another number.
func (t *Turn) shuns(now time.Time) (any bool) {
	t.Due = slices.DeleteFunc(t.Due, func(c Candidate) bool {
		until, shuns := c.shuns(t.Number.Instance.ID, now)
		if shuns {
			any, t.NextDue = true, earlier(t.NextDue, until)
		}
		return shuns
	})
	return any
}

// shunning is a reason to wait further, which keeps what another one says of the
// number that is shunned.
func (r Reason) shunning(before Reason) Reason {
	if shunned := before.Args["shuns"]; shunned != "" {
		return r.with("shuns", shunned).with("instance", before.Args["instance"])
	}
	return r
}
