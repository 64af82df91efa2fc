package audit

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// inside checks that an attempt could begin only while its campaign was open,
// by the hours of today: one that was taken before they were changed is not
// judged.
func (v *visit) inside(a campaign.AttemptID, taken, by time.Time) error {
	if v.window == nil {
		return nil
	}
	for _, change := range []time.Time{v.log.edited, v.dated} {
		if !change.IsZero() && !taken.After(change.Add(settleTime)) {
			return nil
		}
	}
	if why := v.window.shut(taken); why != "" {
		return v.fail("I6", a, "was taken while the campaign was shut: %s", why)
	}
	if why := v.window.shut(by); why != "" {
		return v.fail("I6", a, "could begin while the campaign was shut: %s", why)
	}
	return nil
}

// row checks that the recipient's row says what its attempts say.
func (v *visit) row() error {
	p, none := v.p, campaign.AttemptID{}
	if c := accepted(v.past, p.Generation); c != nil {
		switch {
		case p.State == campaign.Failed && reported(p.Why.Code):
		case p.State != campaign.Sent && p.State != campaign.Delivered && p.State != campaign.Read:
			return v.fail("I11", c.Attempt, "was accepted by the gateway and its recipient is %s", p.State)
		}
		switch {
		case p.ProviderID != c.ProviderID || p.Instance != c.Instance:
			return v.fail("I10", c.Attempt, "is the recipient's accepted attempt, and the recipient names another message of the gateway")
		case p.Message != c.Message || p.Tries != c.Try:
			return v.fail("I9", c.Attempt, "sent message %d in try %d and its recipient says message %d in try %d", c.Message, c.Try, p.Message, p.Tries)
		case apart(p.TakenAt, c.TakenAt):
			return v.fail("I14", c.Attempt, "was taken at %v and its recipient says %v", c.TakenAt, p.TakenAt)
		}
		return nil
	}
	if v.open != nil {
		return nil // its own row is written when it ends
	}
	var last *campaign.Closed
	if n := len(v.past); n > 0 {
		last = &v.past[n-1]
	}
	switch p.State {
	case campaign.Sent, campaign.Delivered, campaign.Read:
		return v.fail("I10", none, "is %s in generation %d and no attempt of it was accepted", p.State, p.Generation)
	case campaign.Failed:
		switch {
		case last == nil || last.Generation != p.Generation:
			return v.fail("I9", none, "is failed and no attempt of generation %d failed", p.Generation)
		case last.Outcome == campaign.OutcomeMarkedUnsent && p.Why.Code != campaign.CodeMarkedUnsent,
			reported(p.Why.Code):
			return v.fail("I11", last.Attempt, "may have been sent (%s), and its recipient failed with %s", last.Outcome, p.Why.Code)
		}
	case campaign.Skipped:
		if v.gen == p.Generation && v.claims > 0 {
			return v.fail("I11", last.Attempt, "may have been sent (%s), and its recipient is skipped", last.Outcome)
		}
	case campaign.Pending, campaign.Dropped:
		return v.waits(last)
	}
	return nil
}

// waits checks a recipient that nothing has become of.
func (v *visit) waits(last *campaign.Closed) error {
	p, gen := v.p, max(v.gen, 1)
	used := v.used
	returned := last != nil && last.Outcome == campaign.OutcomeAccepted && p.Generation == gen+1 // the events tell whether it did
	if returned || last != nil && last.Outcome == campaign.OutcomeResend {
		gen, used = gen+1, 0
	} else if v.claims > 0 {
		return v.fail("I11", last.Attempt, "may have been sent (%s), and its recipient is %s", last.Outcome, p.State)
	}
	if last != nil && last.Outcome == campaign.OutcomeRefused {
		return v.fail("I16", last.Attempt, "was refused for good, and its recipient is %s", p.State)
	}
	if p.Due.IsZero() {
		return nil
	}
	switch {
	case p.Generation != gen:
		return v.fail("I1", campaign.AttemptID{}, "waits for generation %d and is due for %d: nobody ordered that", p.Generation, gen)
	case p.Tries != used:
		return v.fail("I16", campaign.AttemptID{}, "waits with %d tries used, and %d were", p.Tries, used)
	}
	return nil
}

// times checks the instants of the row against its state and the clock.
func (v *visit) times() error {
	p, none := v.p, campaign.AttemptID{}
	has := func(t time.Time) bool { return !t.IsZero() }
	wrong := func(what string) error {
		return v.fail("I14", none, "is %s, and %s", p.State, what)
	}
	switch p.State {
	case campaign.Sent:
		if !has(p.SentAt) || has(p.DeliveredAt) || has(p.ReadAt) {
			return wrong("its instants are not those of a message that was sent and not more")
		}
	case campaign.Delivered:
		if !has(p.SentAt) || !has(p.DeliveredAt) || has(p.ReadAt) {
			return wrong("its instants are not those of a message that was delivered and not more")
		}
	case campaign.Read:
		if !has(p.SentAt) || !has(p.DeliveredAt) || !has(p.ReadAt) {
			return wrong("its instants are not those of a message that was read")
		}
	case campaign.Failed:
		if has(p.DeliveredAt) || has(p.ReadAt) || has(p.SentAt) != (accepted(v.past, p.Generation) != nil) {
			return wrong("its instants are not those of a message that failed")
		}
	case campaign.Pending, campaign.Skipped, campaign.Dropped, campaign.Sending, campaign.Unknown:
		if has(p.SentAt) || has(p.DeliveredAt) || has(p.ReadAt) {
			return wrong("it has an instant of being sent")
		}
	default:
		return wrong("there is no such state")
	}
	skew := v.c.o.Skew
	order := []struct {
		name string
		at   time.Time
	}{{"taken", p.TakenAt}, {"sent", p.SentAt}, {"delivered", p.DeliveredAt}, {"read", p.ReadAt}, {"now", v.now}}
	before := 0
	for i := 1; i < len(order); i++ {
		if !has(order[i].at) {
			continue
		}
		if b := order[before]; has(b.at) && order[i].at.Before(b.at.Add(-skew)) {
			return v.fail("I14", none, "%s at %v, before %s at %v", order[i].name, order[i].at, b.name, b.at)
		}
		before = i
	}
	return nil
}
