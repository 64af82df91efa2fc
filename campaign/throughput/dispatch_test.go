//go:build unix

package throughput

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/postgres"
	"github.com/alreasense/campaigns/store/sqlite"
)

// messages is what one benchmark sends.
const messages = 100_000

// estate is what is to be sent by whom.
type estate struct {
	campaigns, slots int
	latency          time.Duration
}

// home is a store and what its server has used of the processors; nil if it has
// no server.
type home struct {
	campaign.Store
	used func() time.Duration
}

func BenchmarkDispatch(b *testing.B) {
	for _, store := range []struct {
		name string
		open func(b *testing.B) home
	}{
		{"sqlite", openSQLite},
		{"postgres", openPostgres},
	} {
		for _, work := range []struct {
			name string
			estate
		}{
			{"burst", estate{1, 1000, 0}},
			{"instances=200", estate{200, 1, 0}},
			{"latency=50ms", estate{1, 1000, 50 * time.Millisecond}},
		} {
			b.Run(store.name+"/"+work.name, func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					dispatch(b, store.open(b), work.estate)
				}
			})
		}
	}
}

// dispatch sends messages, from the start of the engine to the last settlement.
func dispatch(b *testing.B, h home, work estate) {
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	gateway := newSink(b, work.latency)
	client := evolution.New(evolution.Server{URL: "http://" + gateway.addr, Key: "throughput"})
	e, err := campaign.New(h.Store, client, &campaign.Options{Workers: 1000, Slots: work.slots})
	require.NoError(b, err)
	s := e.As(campaign.Caller{Tenant: "acme", Author: "benchmark", Role: campaign.Host})
	ids := found(b, s, work.campaigns)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, id := range ids {
			for range s.Watch(ctx, id) {
			}
		}
	}()

	heap := watchHeap(ctx)
	began, used, theirs := time.Now(), self(b), h.server()
	b.StartTimer()
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	<-done
	b.StopTimer()
	took := time.Since(began)
	used, theirs = self(b)-used, h.server()-theirs
	stop()
	require.NoError(b, <-ended)

	requests, people := gateway.count(b)
	require.Equal(b, []int{messages, messages}, []int{requests, people}, "written to: times, people")
	var sent int64
	for _, id := range ids {
		p, err := s.Progress(b.Context(), id)
		require.NoError(b, err)
		require.Equal(b, campaign.Completed, p.Status)
		sent += p.Sent
	}
	require.EqualValues(b, messages, sent)
	b.ReportMetric(messages/took.Seconds(), "msg/s")
	b.ReportMetric(used.Seconds(), "cpu-s")
	if h.used != nil {
		b.ReportMetric(theirs.Seconds(), "server-cpu-s")
	}
	b.ReportMetric(float64(<-heap)/1e6, "heap-MB")
	b.ReportMetric(0, "ns/op")
}

func (h home) server() time.Duration {
	if h.used == nil {
		return 0
	}
	return h.used()
}

// found makes the campaigns, each with a number and its share of the people,
// and starts them.
func found(b *testing.B, s *campaign.Service, n int) (ids []campaign.ID) {
	b.Helper()
	ctx := b.Context()
	each := messages / n
	for i := range n {
		in, err := s.AddInstance(ctx, campaign.Instance{Remote: fmt.Sprintf("number-%d", i), Pace: campaign.Pace{NoGap: true}})
		require.NoError(b, err)
		c, err := s.Create(ctx, campaign.Draft{Name: fmt.Sprintf("campanha %d", i), Instances: []campaign.InstanceID{in.ID},
			Messages: []campaign.Message{{Text: "Olá {{primeiro_nome}}, temos uma novidade para você."}, {Text: "Oi {{primeiro_nome}}, tudo bem?"}}})
		require.NoError(b, err)
		_, err = s.Add(ctx, c.ID, func(yield func(contact.Contact, error) bool) {
			for j := range each {
				p := contact.Contact{Name: "Ana Souza", Phone: contact.Phone(fmt.Sprintf("+551190%07d", i*each+j))}
				if !yield(p, nil) {
					return
				}
			}
		})
		require.NoError(b, err)
		ids = append(ids, c.ID)
	}
	for _, id := range ids {
		_, err := s.Start(ctx, id)
		require.NoError(b, err)
	}
	return ids
}

func openSQLite(b *testing.B) home {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "campaigns.db"), nil)
	require.NoError(b, err)
	b.Cleanup(func() { s.Close() })
	return home{Store: s}
}

// openPostgres is a store on a server of its own, which syncs to disk.
func openPostgres(b *testing.B) home {
	b.Helper()
	server := servers.NewPostgres(b, &servers.PGOptions{Settings: map[string]string{"shared_buffers": "256MB"}})
	pool, err := pgxpool.New(b.Context(), server.URL())
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	s, err := postgres.New(pool, nil)
	require.NoError(b, err)
	b.Cleanup(func() { s.Close() })
	require.NoError(b, s.Migrate(b.Context()))
	var file string
	require.NoError(b, pool.QueryRow(b.Context(), `SELECT pg_read_file('postmaster.pid')`).Scan(&file))
	return home{s, func() time.Duration { return tree(file) }}
}

// self is what the program has used of the processors.
func self(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watchHeap gives, after ctx has ended, the most bytes that the heap held.
func watchHeap(ctx context.Context) <-chan uint64 {
	most := make(chan uint64, 1)
	go func() {
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		var peak uint64
		for {
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64())
			select {
			case <-ctx.Done():
				most <- peak
				return
			case <-look.C:
			}
		}
	}()
	return most
}
