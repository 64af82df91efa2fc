package modeltest

import (
	"context"
	"flag"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/memory"
)

// broken is a store that changes what the engine has decided, or what it is
// told.
type broken struct {
	campaign.Store
	before, after func(method string, r *campaign.Rows)
}

func (b *broken) around(method string, f func(*campaign.Rows)) func(*campaign.Rows) {
	return func(r *campaign.Rows) {
		if b.before != nil {
			b.before(method, r)
		}
		f(r)
		if b.after != nil {
			b.after(method, r)
		}
	}
}

func (b *broken) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	return b.Store.Take(ctx, q, b.around("take", plan))
}

func (b *broken) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return b.Store.Settle(ctx, now, ss, b.around("settle", apply))
}

func (b *broken) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return b.Store.Sweep(ctx, q, b.around("sweep", apply))
}

// verdict is a test that may fail.
type verdict struct {
	*testing.T
	failed bool
}

func (v *verdict) Errorf(string, ...any) { v.failed = true }
func (v *verdict) Error(...any)          { v.failed = true }
func (v *verdict) Fail()                 { v.failed = true }
func (v *verdict) Failed() bool          { return v.failed }
func (v *verdict) Fatal(...any)          { v.FailNow() }
func (v *verdict) Fatalf(string, ...any) { v.FailNow() }
func (v *verdict) FailNow()              { v.failed = true; runtime.Goexit() }

// Each breakage is one that a store could have, or that a rule of the engine
// keeps away.
func TestBrokenStoresAreCaught(t *testing.T) {
	for name, value := range map[string]string{"rapid.shrinktime": "0s", "rapid.nofailfile": "true"} {
		require.NoError(t, flag.Set(name, value)) // nobody reads these failures
	}
	for name, b := range map[string]broken{
		"who has opted out is taken": {before: func(method string, r *campaign.Rows) {
			for _, j := range r.Jobs {
				for _, cs := range [][]campaign.Candidate{j.Due, j.Ahead} {
					for i := range cs {
						cs[i].Suppressed = false
					}
				}
			}
		}},
		"who waits is forgotten": {after: func(method string, r *campaign.Rows) {
			if method == "settle" {
				r.Wait = nil
			}
		}},
		"what was swept waits again": {after: func(method string, r *campaign.Rows) {
			if method != "sweep" {
				return
			}
			for _, a := range r.Changed {
				if a.Phase != campaign.Lost || !a.Held {
					continue
				}
				r.Close = append(r.Close, campaign.Closed{Attempt: a.ID, Tenant: a.Tenant, Recipient: a.Recipient, Generation: a.Generation, Try: a.Try,
					Instance: a.Instance, Message: a.Message, Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: r.Now, Outcome: campaign.OutcomeNotSent})
				r.Wait = append(r.Wait, campaign.Waiting{Recipient: a.Recipient, Due: r.Now, Generation: a.Generation, Tries: a.Try})
			}
			r.Changed, r.Events = nil, nil
		}},
		"sent is counted twice": {after: func(method string, r *campaign.Rows) {
			if method != "settle" || len(r.Close) == 0 {
				return
			}
			for _, j := range r.Jobs {
				if j.Tally.Sent > 1 {
					j.Tally.Sent++
				}
			}
		}},
		"who was refused shows as sent": {after: func(method string, r *campaign.Rows) {
			for _, p := range r.Settled {
				if p.State == campaign.Failed {
					p.State = campaign.Sent
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			v := &verdict{T: t}
			done := make(chan struct{})
			go func() { // which a failure ends
				defer close(done)
				Check(v, 100, func() (campaign.Store, func()) {
					s := memory.New()
					b := b
					b.Store = s
					return &b, func() { s.Close() }
				})
			}()
			<-done
			require.True(t, v.failed, "the plays found nothing")
		})
	}
}
