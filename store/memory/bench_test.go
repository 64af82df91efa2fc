package memory_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/memory"
)

var t0 = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// busy returns a store with active campaigns of the given size, each served by
// one instance that is due.
func busy(b testing.TB, campaigns, audience int) *memory.Store {
	b.Helper()
	s := memory.New()
	err := s.Tenant("a").Update(context.Background(), func(w campaign.Writer) error {
		for n := range campaigns {
			c := campaign.Campaign{Status: campaign.Active, Rev: 1}
			i := campaign.Instance{Remote: fmt.Sprint(n), Rev: 1}
			if err := errors.Join(w.SaveCampaign(&c), w.SaveInstance(&i), w.Occupy(c.ID, []campaign.InstanceID{i.ID})); err != nil {
				return err
			}
			for c.Total < int64(audience) {
				people := make([]contact.Contact, min(10_000, audience-int(c.Total)))
				for k := range people {
					m := n*audience + int(c.Total) + k
					people[k] = contact.Contact{Name: fmt.Sprintf("Pessoa %d", m), Phone: contact.Phone(fmt.Sprintf("+55119%08d", m))}
				}
				if _, err := w.Enlist(c.ID, c.Total, people); err != nil {
					return err
				}
				c.Total += int64(len(people))
			}
			c.Rev++
			if err := w.SaveCampaign(&c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkAudience tells what a recipient costs before and after it was sent.
func BenchmarkAudience(b *testing.B) {
	const audience = 200_000
	for b.Loop() {
		before := inUse()
		s := busy(b, 1, audience)
		enlisted := inUse()
		n := send(b, s, 1000, audience)
		if n != audience {
			b.Fatalf("sent %d of %d", n, audience)
		}
		sent := inUse()
		b.ReportMetric(float64(enlisted-before)/audience, "B/recipient")
		b.ReportMetric(float64(sent-before)/audience, "B/sent")
		runtime.KeepAlive(s)
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkTurn takes and settles one message, with few and with many
// instances that are due later, and with short and long audiences: the two
// figures are to be near each other.
func BenchmarkTurn(b *testing.B) {
	for _, c := range []struct{ campaigns, audience int }{{10, 100}, {10_000, 100}, {10, 100_000}} {
		b.Run(fmt.Sprintf("%d campaigns of %d", c.campaigns, c.audience), func(b *testing.B) {
			s := busy(b, c.campaigns, c.audience)
			b.ReportAllocs()
			for b.Loop() {
				if send(b, s, 1, 1) == 0 { // all were sent: begin anew
					b.StopTimer()
					s = busy(b, c.campaigns, c.audience)
					b.StartTimer()
				}
			}
		})
	}
}

var serial uint64

// send takes and settles up to limit messages, batch by batch.
func send(b testing.TB, s *memory.Store, batch, limit int) (sent int) {
	ctx := context.Background()
	for sent < limit {
		r, err := s.Take(ctx, campaign.TakeQuery{Now: t0.Add(time.Hour), Max: batch, Slots: batch}, func(r *campaign.Rows) {
			for _, t := range r.Turns {
				t.Number.Meter.WakeAt = t.Number.Meter.WakeAt.Add(time.Microsecond)
				for _, slot := range t.Free {
					if len(t.Job.Ahead) == 0 {
						t.Number.Meter.WakeAt = t0.Add(2 * time.Hour)
						break
					}
					p := t.Job.Ahead[0].Recipient
					t.Job.Ahead = t.Job.Ahead[1:]
					t.Job.Cursor.Position = p.ID.Position
					serial++
					a := &campaign.Attempt{ID: campaign.AttemptID{byte(serial), byte(serial >> 8), byte(serial >> 16), byte(serial >> 24), 1}, Tenant: "a",
						Recipient: p.ID, Generation: 1, Try: 1, Instance: t.Number.Instance.ID, Slot: slot, Phone: p.Contact.Phone, Message: 1, Text: "Oi",
						TakenAt: r.Now, StartBy: r.Now, Quarantine: r.Now, SweepAt: r.Now, Daemon: "d", Phase: campaign.Flying, Held: true}
					r.Begin = append(r.Begin, a)
					r.Events = append(r.Events, campaign.Event{Tenant: "a", At: r.Now, Type: campaign.EventTaken, Campaign: p.ID.Campaign, Position: p.ID.Position, Attempt: a.ID})
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Begin) == 0 {
			return sent
		}
		ss := make([]campaign.Settlement, len(r.Begin))
		for i, a := range r.Begin {
			ss[i] = campaign.Settlement{Attempt: a.ID}
		}
		_, err = s.Settle(ctx, t0, ss, func(r *campaign.Rows) {
			for _, a := range r.Open {
				id := a.ID.String()
				r.Close = append(r.Close, campaign.Closed{Attempt: a.ID, Tenant: "a", Recipient: a.Recipient, Generation: 1, Try: 1, Instance: a.Instance,
					Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: r.Now, Outcome: campaign.OutcomeAccepted, ProviderID: id, Evidence: campaign.ByAnswer})
				r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Sent, Generation: 1, Tries: 1, ProviderID: id, SentAt: r.Now})
				r.Events = append(r.Events, campaign.Event{Tenant: "a", At: r.Now, Type: campaign.EventSent, Campaign: a.Recipient.Campaign, Position: a.Recipient.Position, Attempt: a.ID})
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		sent += len(ss)
	}
	return sent
}

// BenchmarkLedger is the benchmark that every store has.
func BenchmarkLedger(b *testing.B) {
	campaigntest.BenchmarkLedger(b, func(*testing.B) campaign.Store { return memory.New() })
}

// BenchmarkContacts is the benchmark that every store has.
func BenchmarkContacts(b *testing.B) {
	campaigntest.BenchmarkContacts(b, func(*testing.B) contact.Store { return memory.New().Tenant("a").Contacts() })
}
