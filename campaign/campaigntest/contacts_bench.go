package campaigntest

import (
	"context"
	"fmt"
	"testing"

	"github.com/alreasense/campaigns/contact"
)

// BenchmarkContacts measures what an import asks of a store: people who are
// new, people who are known and say the same, people who are known and get a
// tag, and members for a group, by the size of a batch. It reports rows a
// second. open returns an empty store.
func BenchmarkContacts(b *testing.B, open func(b *testing.B) contact.Store) {
	for _, n := range []int{500, 2000} {
		b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) {
			b.Run("new", func(b *testing.B) { upsertAll(b, open(b), n, nil) })
			b.Run("new,tags", func(b *testing.B) { upsertAll(b, open(b), n, []string{"lote", "vip"}) })
			b.Run("same", func(b *testing.B) {
				s := open(b)
				upsertAll(b, s, n, nil)
				upsertAll(b, s, n, nil)
			})
			b.Run("tagged", func(b *testing.B) {
				s := open(b)
				upsertAll(b, s, n, nil)
				upsertAll(b, s, n, []string{"novo"})
			})
			b.Run("members", func(b *testing.B) { joinAll(b, open(b), n) })
		})
	}
}

// upsertAll upserts b.N people in batches, and times the batches alone.
func upsertAll(b *testing.B, s contact.Store, n int, tags []string) (ids []int64) {
	batch := make([]contact.Contact, 0, n)
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += len(batch) {
		b.StopTimer()
		batch = batch[:0]
		for i := done; i < min(done+n, b.N); i++ {
			batch = append(batch, contact.Contact{Name: "Maria da Silva", Phone: contact.Phone(fmt.Sprintf("+55119%08d", i)), Tags: tags,
				Vars: map[string]string{"cidade": "São Paulo", "codigo": fmt.Sprint(i)}, Active: true})
		}
		b.StartTimer()
		out, err := s.UpsertContacts(context.Background(), t0, batch)
		if err != nil {
			b.Fatal(err)
		}
		for _, u := range out {
			ids = append(ids, u.ID)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	return ids
}

func joinAll(b *testing.B, s contact.Store, n int) {
	ids := upsertAll(b, s, n, nil)
	g, err := s.CreateGroup(context.Background(), t0, contact.Group{Name: "lote"})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for len(ids) > 0 {
		k := min(n, len(ids))
		if _, err := s.AddMembers(context.Background(), t0, g.ID, ids[:k]); err != nil {
			b.Fatal(err)
		}
		ids = ids[k:]
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
