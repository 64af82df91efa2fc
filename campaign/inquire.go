package campaign

import (
	"context"
	"time"
)

// inquire asks what became of a lost send: first the gateway's reports that
// have arrived, then the gateway itself. A record whose time lies between the
// take and the end of the quarantine is proof, since the phone was ours alone
// then; none proves nothing.
func (e *Engine) inquire(ctx context.Context, a *Attempt) {
	none := Settlement{Attempt: a.ID, Outcome: OutcomeNoTrace, Why: Because(CodeNoTrace)}
	seen, err := e.store.Sightings(ctx, a.Instance, a.Phone)
	if err != nil {
		e.fault("inquire", err)
		return
	}
	digest := TextDigest(a.Text)
	for _, n := range seen {
		if n.Tenant != a.Tenant || n.Digest != digest {
			continue
		}
		if e.prove(ctx, a, Record{ProviderID: n.ProviderID, At: n.At}, ByWebhook) {
			return
		}
	}
	if e.lookup == nil {
		e.settleOne(ctx, none)
		return
	}
	found, err := e.find(ctx, Inquiry{Route: a.Route, To: a.Phone, Text: a.Text,
		From: a.TakenAt.Truncate(time.Second), Until: a.Quarantine.Add(-wholeSecond)})
	if err != nil {
		e.fault("inquire", err)
		none.Why, none.After = Because(CodeLookupFailed), time.Minute
		e.settleOne(ctx, none)
		return
	}
	for _, rec := range found {
		if e.prove(ctx, a, rec, ByRecord) {
			return
		}
	}
	e.settleOne(ctx, none)
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

// prove settles a lost attempt by a gateway's record, and reports whether there
// is nothing left to ask: the record was proof, or the store did not answer and
// the inquiry stays due.
func (e *Engine) prove(ctx context.Context, a *Attempt, rec Record, by Evidence) bool {
	if rec.ProviderID == "" || rec.At.Before(a.TakenAt.Truncate(time.Second)) || rec.At.After(a.Quarantine.Add(-wholeSecond)) {
		return false
	}
	s := Settlement{Attempt: a.ID, Outcome: OutcomeAccepted, Evidence: by,
		Accepted: Accepted{ProviderID: rec.ProviderID, Address: rec.Address, At: rec.At}}
	open := true
	rows, err := e.store.Settle(ctx, e.Now().UTC(), []Settlement{s}, func(r *Rows) {
		e.book.settle(r, []Settlement{s})
		_, open = r.Open[a.ID]
	})
	if err != nil {
		e.fault("inquire", err)
		return true
	}
	e.follow(ctx, rows)
	if !open {
		e.log.Info("a lost send was found at the gateway", "attempt", a.ID.String(), "by", string(by))
		e.pulse.beat()
	}
	return !open
}

// settleOne commits one settlement that may as well be made again later: an
// error is reported, and the inquiry stays due.
func (e *Engine) settleOne(ctx context.Context, s Settlement) {
	_ = e.settle(ctx, []Settlement{s})
}
