package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/stretchr/testify/require"
)

// skewed is a clock that is behind by d.
func skewed(d time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(-d) }
}

// Two measurements agree as well as they say, whatever the server's clock
// shows, and however slow and lopsided the way to it is.
func TestClock(t *testing.T) {
	ctx := context.Background()
	direct := servers.Postgres(t)
	s := connect(t, direct)
	zero, u0, err := s.Clock(ctx, nil)
	require.NoError(t, err)
	require.Positive(t, u0)

	const behind = 90 * time.Second
	offset, u1, err := s.Clock(ctx, skewed(behind))
	require.NoError(t, err)
	require.LessOrEqual(t, (offset - zero - behind).Abs(), u0+u1)

	const late = 40 * time.Millisecond
	p := servers.NewProxy(t, target(t, direct))
	p.Delay(late)
	far := connect(t, p.URL(direct))
	offset, u2, err := far.Clock(ctx, skewed(behind))
	require.NoError(t, err)
	require.GreaterOrEqual(t, u2, late)
	require.LessOrEqual(t, (offset - zero - behind).Abs(), u0+u2)
}

// A clock that is set while the server is asked tells nothing.
func TestClock_SetDuringTheQuestion(t *testing.T) {
	ctx := context.Background()
	s := connect(t, servers.Postgres(t))
	n := 0
	// The wall clock jumps by an hour at every second look, the first time back.
	jumping := func(times int) func() time.Time {
		n = 0
		at := time.Now()
		return func() time.Time {
			if n++; n <= 2*times && n%2 == 0 {
				return at.Round(0).Add(-time.Hour)
			}
			return at
		}
	}
	_, _, err := s.Clock(ctx, jumping(clockSamples))
	require.ErrorContains(t, err, "measure again")
	offset, uncertainty, err := s.Clock(ctx, jumping(clockSamples-1))
	require.NoError(t, err)
	require.Equal(t, time.Microsecond, uncertainty)
	require.Less(t, offset, 30*time.Minute)

	require.NoError(t, s.Close())
	_, _, err = s.Clock(ctx, nil)
	require.ErrorIs(t, err, campaign.ErrClosed)
}
