package campaigntest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// BenchmarkLedger measures messages that a store takes and settles, with the
// whole ledger and without any rule of an engine, by the size of a batch: one
// campaign on an instance that bursts, and 200 campaigns that send one message
// at a time each. It reports messages a second. open returns an empty store.
func BenchmarkLedger(b *testing.B, open func(b *testing.B) campaign.Store) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("burst=%d", n), func(b *testing.B) { spin(b, open(b), 1, n, n) })
	}
	b.Run("campaigns=200", func(b *testing.B) { spin(b, open(b), 200, 200, 1) })
}

// spin takes and settles b.N messages of campaigns that each have an instance.
func spin(b *testing.B, s campaign.Store, campaigns, most, slots int) {
	ctx := context.Background()
	e := newEnv(b, "a benchmark", s)
	each := b.N/campaigns + most
	for c := range campaigns {
		id := e.create(acme, fmt.Sprint("c", c), campaign.Active)
		in := e.instance(acme, fmt.Sprint("n", c))
		for done := 0; done < each; done += 1000 {
			e.enlist(acme, id, people(c*each+done, c*each+min(done+1000, each)-1))
		}
		e.update(acme, func(w campaign.Writer) error { return w.Occupy(id, []campaign.InstanceID{in}) })
	}
	b.ReportAllocs()
	b.ResetTimer()
	now := t0
	for done := 0; done < b.N; {
		now = now.Add(time.Millisecond)
		rows, err := s.Take(ctx, campaign.TakeQuery{Now: now, Max: min(most, b.N-done), Slots: slots}, simpleUpTo(min(most, b.N-done)))
		if err != nil {
			b.Fatal(err)
		}
		if len(rows.Begin) == 0 {
			b.Fatalf("nothing was taken after %d messages", done)
		}
		ss := make([]campaign.Settlement, len(rows.Begin))
		for i, a := range rows.Begin {
			ss[i] = campaign.Settlement{Attempt: a.ID, Accepted: campaign.Accepted{ProviderID: "p" + a.ID.String()}}
		}
		_, err = s.Settle(ctx, now, ss, func(r *campaign.Rows) {
			for _, s := range ss {
				a := r.Open[s.Attempt]
				accepting(s.Accepted.ProviderID)(r, a)
				r.Numbers[a.Instance].Meter.WakeAt = now
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		done += len(ss)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
