//go:build unix

package sqlite

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/stretchr/testify/require"
)

// BenchmarkTakeSettle measures messages that are taken and settled, by the
// size of a batch: one campaign that bursts, and one for each message.
func BenchmarkTakeSettle(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("burst=%d", n), func(b *testing.B) {
			w := newWorld(b)
			w.campaign(1, 0, b.N+n)
			spin(b, w, n, n)
		})
	}
	for _, n := range []int{10, 200} {
		b.Run(fmt.Sprintf("campaigns=%d", n), func(b *testing.B) {
			w := newWorld(b)
			each := b.N/n + 2
			for i := range n {
				w.campaign(1, i*each, each)
			}
			spin(b, w, n, 1)
		})
	}
}

// cpu is what the process has used of the processors.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// spin takes and settles b.N messages.
func spin(b *testing.B, w *world, most, slots int) {
	b.ReportAllocs()
	used := cpu(b)
	b.ResetTimer()
	done, now := 0, noon
	for done < b.N {
		now = now.Add(time.Millisecond)
		as := w.take(now, min(most, b.N-done), slots)
		require.NotEmpty(b, as)
		w.settle(now, as)
		done += len(as)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64((cpu(b)-used).Nanoseconds())/float64(b.N), "cpu-ns/msg")
}

// BenchmarkTake measures takes of 100 beside a small and a large ledger.
func BenchmarkTake(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		if n > 100_000 && testing.Short() {
			continue
		}
		b.Run(fmt.Sprintf("ledger=%d", n), func(b *testing.B) {
			w := newWorld(b)
			old := w.campaign(1, 0, n)
			for done := 0; done < n; done += 1000 {
				w.settle(noon, w.take(noon, 1000, 1000))
			}
			w.update(func(tx campaign.Writer) error { return tx.Vacate(old) })
			w.campaign(1, 0, 100*b.N+100)
			b.ResetTimer()
			for i := range b.N {
				b.StartTimer()
				as := w.take(noon.Add(time.Duration(i)), 100, 100)
				b.StopTimer()
				require.Len(b, as, 100)
				w.settle(noon, as)
			}
		})
	}
}

// BenchmarkEnlist measures an audience of 100,000 in batches of 1,000.
func BenchmarkEnlist(b *testing.B) {
	list := people(0, 100_000)
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		c := w.campaign(1, 0, 0)
		b.StartTimer()
		for done := 0; done < len(list); done += 1000 {
			w.update(func(tx campaign.Writer) error {
				_, err := tx.Enlist(c, int64(done), list[done:done+1000])
				return err
			})
		}
		b.StopTimer()
		w.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*len(list))/b.Elapsed().Seconds(), "people/s")
}

// BenchmarkBaseline is what the machine gives to a program that only updates a
// row and inserts one for each message, 100 to a transaction: the figure that
// the others are to be compared with.
func BenchmarkBaseline(b *testing.B) {
	w := newWorld(b)
	w.raw(`CREATE TABLE queue (id INTEGER PRIMARY KEY, state TEXT) STRICT`)
	w.raw(`CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT) STRICT`)
	w.raw(`INSERT INTO queue WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, '' FROM n`, b.N+1)
	b.ResetTimer()
	for done := 0; done < b.N; {
		require.NoError(b, w.writer.do(w.ctx, func(t *tx) error {
			for range min(100, b.N-done) {
				done++
				if err := t.exec(`UPDATE queue SET state = 'sent' WHERE id = ?`, done); err != nil {
					return err
				}
				if err := t.exec(`INSERT INTO log (text) VALUES (?)`, "a message that was sent to somebody"); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
