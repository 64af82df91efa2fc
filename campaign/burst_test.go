package campaign_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// takes writes down what is asked of a store in takes that begin something, and
// how much they begin.
type takes struct {
	campaign.Store
	mu           sync.Mutex
	asked, begun []int
}

func (s *takes) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	r, err := s.Store.Take(ctx, q, plan)
	if err == nil && len(r.Begin) > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked, s.begun = append(s.asked, q.Max), append(s.begun, len(r.Begin))
	}
	return r, err
}

// A crash leaves at most one take unknown that nobody has begun to send: 100
// rows, and 256 after a take that was full.
func TestATakeGrowsInABurstAlone(t *testing.T) {
	seen := &takes{}
	bubble(t, func(t *testing.T, w *world, _ func()) {
		numbers := w.numbers(1, fast())
		for _, people := range []int{1000, 150} {
			c := w.start(people, campaign.Draft{Instances: numbers})
			for _, err := range w.s.Watch(ctx, c.ID) {
				require.NoError(t, err)
			}
		}
		require.Equal(t, 1150, w.sent.Count())
	}, func(w *world) {
		w.opts.Workers, w.opts.Slots = 2000, 1000
		seen.Store = w.store
		w.store = seen
	})
	require.Equal(t, []int{100, 256, 256, 256, 256, 100, 256}, seen.asked)
	require.Equal(t, []int{100, 256, 256, 256, 132, 100, 50}, seen.begun)
}
