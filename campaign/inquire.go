package campaign

import (
	"context"
	"time"
)

// inquire asks the gateway what became of a lost send. A record whose time
// lies between the take and the end of the quarantine is proof, since the
// phone was ours alone then; none proves nothing.
func (e *Engine) inquire(ctx context.Context, a *Attempt) {
	none := Settlement{Attempt: a.ID, Outcome: OutcomeNoTrace, Why: Because(CodeNoTrace)}
	if e.lookup == nil {
		// Nobody to ask: this is a standing order whose time has come.
		e.judgeAlone(ctx, none)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := e.lookup.Find(ctx, Inquiry{Route: a.Route, To: a.Phone, Text: a.Text,
		From: a.TakenAt.Truncate(time.Second), Until: a.Quarantine.Add(-wholeSecond)})
	if err != nil {
		e.fault("inquire", err)
		none.Why, none.After = Because(CodeLookupFailed), time.Minute
		e.judgeAlone(context.WithoutCancel(ctx), none)
		return
	}
	for _, rec := range found {
		if rec.ProviderID == "" || rec.At.Before(a.TakenAt.Truncate(time.Second)) || rec.At.After(a.Quarantine.Add(-wholeSecond)) {
			continue
		}
		s := Settlement{Attempt: a.ID, Outcome: OutcomeAccepted, Evidence: ByRecord,
			Accepted: Accepted{ProviderID: rec.ProviderID, Address: rec.Address, At: rec.At}}
		open := true
		rows, err := e.store.Settle(ctx, e.Now().UTC(), []Settlement{s}, func(r *Rows) {
			e.book.settle(r, []Settlement{s})
			_, open = r.Open[a.ID]
		})
		if err != nil {
			e.fault("inquire", err)
			return
		}
		e.follow(ctx, rows)
		if !open {
			e.log.Info("a lost send was found at the gateway", "attempt", a.ID.String())
			e.pulse.beat()
			return
		}
	}
	e.judgeAlone(ctx, none)
}

// lookupTimeout bounds one inquiry.
const lookupTimeout = 30 * time.Second

func (e *Engine) judgeAlone(ctx context.Context, s Settlement) {
	_ = e.settle(ctx, []Settlement{s}) // reported by settle; the inquiry stays due
}
