package hook

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/postgres"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// Several processes on one PostgreSQL deliver each event once, while events
// come from all of them and the deliverer ends and hands over.
func TestProcessesOnOnePostgresDeliverOnce(t *testing.T) {
	url := servers.Postgres(t)
	to := &receivers{answer: map[string]func(call) int{}}
	open := func() (*Hooks, *campaign.Engine) {
		pool, err := pgxpool.New(t.Context(), url)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		s, err := postgres.New(pool, nil)
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		require.NoError(t, s.Migrate(t.Context()))
		e, err := campaign.New(s, &campaigntest.Recorder{}, nil)
		require.NoError(t, err)
		h, err := New(e, s.Documents(), bytes.Repeat([]byte{7}, 32), &Options{Guard: openGuard{}, Transport: to, Tick: 20 * time.Millisecond})
		require.NoError(t, err)
		return h, e
	}
	const processes, each = 3, 40
	var (
		hooks   []*Hooks
		engines []*campaign.Engine
		ends    []func()
	)
	for range processes {
		h, e := open()
		hooks, engines = append(hooks, h), append(engines, e)
	}
	endpoint, _, err := hooks[0].As(campaign.Caller{Tenant: "acme", Author: "ana", Role: campaign.Admin}).
		Add(t.Context(), Settings{URL: shop, Types: []string{"user.*"}})
	require.NoError(t, err)
	for _, h := range hooks {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); h.Run(ctx) }()
		end := func() { cancel(); <-done }
		ends = append(ends, end)
		defer end()
	}
	// Whoever delivers ends after each round, until one is left.
	for round := range processes {
		for i := range each {
			host := engines[i%processes].As(campaign.Caller{Tenant: "acme", Role: campaign.Host})
			require.NoError(t, host.Note(t.Context(), campaign.EventSignedIn, campaign.Because(campaign.CodeAbout, "name", "ana")))
		}
		want := (round + 1) * each
		require.Eventually(t, func() bool { return len(to.got(shop)) >= want }, time.Minute, 5*time.Millisecond, "round %d", round)
		if round < processes-1 {
			deliverer := who(t, hooks)
			ends[deliverer]()
			hooks[deliverer] = nil
		}
	}
	seen := map[int64]int{}
	for _, c := range to.got(shop) {
		seen[c.seq]++
	}
	require.Len(t, seen, processes*each)
	for seq, n := range seen {
		require.Equal(t, 1, n, "event %d", seq)
	}
	last := hooks[who(t, hooks)]
	require.Eventually(t, func() bool {
		s, err := last.As(campaign.Caller{Tenant: "acme", Author: "ana", Role: campaign.Admin}).Standing(t.Context(), endpoint.ID)
		return err == nil && s.Waiting == 0 && s.Accepted == processes*each
	}, time.Minute, 20*time.Millisecond)
}

// who delivers, as soon as one does.
func who(t *testing.T, hooks []*Hooks) (at int) {
	t.Helper()
	require.Eventually(t, func() bool {
		for i, h := range hooks {
			if h == nil {
				continue
			}
			h.mu.Lock()
			delivers := len(h.runners) > 0
			h.mu.Unlock()
			if at = i; delivers {
				return true
			}
		}
		return false
	}, time.Minute, 5*time.Millisecond)
	return at
}
