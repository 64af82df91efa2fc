package campaigns_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/alreasense/campaigns/store/sqlite"
)

// BenchmarkDispatch sends 100,000 messages through the whole of it: take, lock,
// HTTP to the emulated gateway, settle, complete. It counts at the gateway, by
// recipient, and fails if one is lost or double.
//
// "burst" is one campaign on a gateway that takes 64 sends of a number at a
// time; "numbers" is 200 numbers without gaps, one send at a time each.
func BenchmarkDispatch(b *testing.B) {
	const messages = 100_000
	stores := map[string]func(b *testing.B) campaign.Store{
		"memory": func(*testing.B) campaign.Store { return memory.New() },
		"sqlite": func(b *testing.B) campaign.Store {
			s, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "c.db"), nil)
			require.NoError(b, err)
			b.Cleanup(func() { s.Close() })
			return s
		},
	}
	for _, store := range []string{"memory", "sqlite"} {
		for _, shape := range []struct {
			name           string
			numbers, slots int
		}{{"burst", 1, 256}, {"numbers", 200, 1}} {
			b.Run(store+"/"+shape.name, func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					dispatch(b, stores[store](b), messages, shape.numbers, shape.slots)
				}
				b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "msg/s")
			})
		}
	}
}

func dispatch(b *testing.B, store campaign.Store, messages, numbers, slots int) {
	ctx := context.Background()
	gateway, err := evolutiontest.New(&evolutiontest.Options{Compact: true, Scale: -1, Acks: []evolutiontest.Ack{},
		Exists: func(digits string) (string, bool) { return digits, true }})
	require.NoError(b, err)
	defer gateway.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	srv := &http.Server{Handler: gateway}
	go srv.Serve(l)
	defer srv.Close()

	client := evolution.New(evolution.Server{URL: "http://" + l.Addr().String(), Key: evolutiontest.DefaultKey})
	engine, err := campaign.New(store, client, &campaign.Options{Slots: slots})
	require.NoError(b, err)
	me := engine.As(campaign.Caller{Tenant: "bench", Role: campaign.Host})
	var ids []campaign.InstanceID
	for i := range numbers {
		name := fmt.Sprint("n", i)
		require.NoError(b, gateway.Open(name))
		in, err := me.AddInstance(ctx, campaign.Instance{Remote: name, Pace: campaign.Pace{NoGap: true}})
		require.NoError(b, err)
		ids = append(ids, in.ID)
	}
	c, err := me.Create(ctx, campaign.Draft{Name: "bench", Instances: ids,
		Messages: []campaign.Message{{Text: "{{saudacao}}, {{primeiro_nome}}! Temos novidades."}}})
	require.NoError(b, err)
	_, err = me.Add(ctx, c.ID, func(yield func(contact.Contact, error) bool) {
		for i := range messages {
			if !yield(contact.Contact{Name: "Ana Souza", Phone: contact.Phone(fmt.Sprintf("+5511900%06d", i))}, nil) {
				return
			}
		}
	})
	require.NoError(b, err)

	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	b.StartTimer()
	go func() { done <- engine.Run(run) }()
	_, err = me.Start(ctx, c.ID)
	require.NoError(b, err)
	deadline := time.NewTimer(5 * time.Minute)
	for p, err := range me.Watch(ctx, c.ID) {
		require.NoError(b, err)
		if p.Status == campaign.Completed {
			break
		}
		select {
		case <-deadline.C:
			b.Fatalf("not done: %+v", p)
		default:
		}
	}
	b.StopTimer()
	stop()
	require.NoError(b, <-done)
	counts := gateway.Counts()
	lost, double := messages-len(counts), 0
	for _, n := range counts {
		if n > 1 {
			double++
		}
	}
	require.Zero(b, lost, "lost")
	require.Zero(b, double, "double")
}
