package campaign

import (
	"context"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// inquire asks what became of a lost send: first the gateway's reports that
// have arrived, then the gateway itself. A record whose time lies between the
// take and the end of the quarantine is proof, since the phone was ours alone
// then; none proves nothing.
func (e *Engine) inquire(ctx context.Context, a *Attempt) {
	none := Settlement{Attempt: a.ID, Outcome: OutcomeNoTrace, Why: Because(CodeNoTrace)}
	var seen []Notice
	for _, spelled := range spellings(a.Phone) {
		ns, err := e.store.Sightings(ctx, a.Instance, spelled)
		if err != nil {
			e.fault("inquire", err)
			return
		}
		seen = append(seen, ns...)
	}
	d := doubtOf(a)
	for _, n := range seen {
		if !d.meant(n, TextDigest(a.Text)) {
			continue
		}
		if proven, err := e.prove(ctx, d, n.record(), ByWebhook); proven || err != nil {
			return
		}
	}
	if e.lookup == nil {
		none.Why = Because(CodeNoLookup)
		e.settleOne(ctx, none)
		return
	}
	found, err := e.find(ctx, Inquiry{Route: a.Route, To: a.Phone, Text: a.Text,
		From: a.TakenAt.Truncate(time.Second), Until: a.Quarantine.Add(-wholeSecond), Attempt: a.ID})
	if err != nil {
		e.fault("inquire", err)
		none.Why, none.After = Because(CodeLookupFailed), time.Minute
		e.settleOne(ctx, none)
		return
	}
	for _, rec := range found {
		if proven, err := e.prove(ctx, d, rec, ByRecord); proven || err != nil {
			return // after an error the inquiry stays due
		}
	}
	e.settleOne(ctx, none)
}

// Addressee tells whom a message of an instance went to, by its provider id: who
// quotes it from an address that tells no phone is that person. Empty if that is
// not known; pending if it may turn out, because a send that was under way then
// has no id yet.
func (e *Engine) Addressee(ctx context.Context, in Instance, providerID string, then time.Time) (p contact.Phone, pending bool, err error) {
	if providerID == "" {
		return "", false, nil
	}
	return e.store.Addressee(ctx, in.Tenant, in.ID, providerID, Notice{At: then}.Until())
}

// lookupTimeout bounds one inquiry.
const lookupTimeout = 30 * time.Second

// find calls the look-up.
func (e *Engine) find(ctx context.Context, q Inquiry) (found []Record, err error) {
	type answer struct {
		found []Record
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	got, ok := ask(ctx, e, func() (a answer) {
		a.err = guard("the look-up", func() (err error) {
			a.found, err = e.lookup.Find(ctx, q)
			return err
		})
		return a
	}, nil)
	if !ok {
		return nil, errLeft("the look-up", ctx)
	}
	return got.found, got.err
}

// doubt is a send that a gateway's own record can prove: a lost attempt, or one
// that somebody has given up without proof.
type doubt struct {
	attempt  AttemptID
	tenant   Tenant
	instance InstanceID
	// from and until, both included, bound the time in which the phone was ours
	// alone.
	from, until time.Time
}

func doubtOf(a *Attempt) doubt {
	return doubt{a.ID, a.Tenant, a.Instance, a.TakenAt.Truncate(time.Second), a.Quarantine.Add(-wholeSecond)}
}

// prove settles an attempt in doubt by a gateway's record, and reports whether
// it is in doubt no more.
func (e *Engine) prove(ctx context.Context, d doubt, rec Record, by Evidence) (proven bool, err error) {
	if rec.ProviderID == "" || rec.At.Before(d.from) || rec.At.After(d.until) {
		return false, nil
	}
	s := Settlement{Attempt: d.attempt, Outcome: OutcomeAccepted, Evidence: by,
		Accepted: Accepted{ProviderID: rec.ProviderID, Address: rec.Address, At: rec.At}}
	rows, err := e.store.Settle(ctx, e.Now().UTC(), []Settlement{s}, func(r *Rows) {
		e.book.settle(r, []Settlement{s})
		c, ended := r.Ended[d.attempt]
		proven = ended && c.Outcome == OutcomeAccepted
	})
	if err != nil {
		e.fault("inquire", err)
		return false, err
	}
	e.follow(ctx, rows)
	if proven {
		e.log.Info("a lost send was found at the gateway", "attempt", d.attempt.String(), "by", string(by))
		e.pulse.beat()
	}
	return proven, nil
}

// settleOne commits one settlement that may as well be made again later: an
// error is reported, and the inquiry stays due.
func (e *Engine) settleOne(ctx context.Context, s Settlement) {
	_ = e.settle(ctx, []Settlement{s})
}
