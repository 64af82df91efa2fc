package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

func TestTheClockFollowsTheDatabases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		require.Zero(t, c.problem(), "a machine that is alone with its clock trusts it")
		require.True(t, c.now().Equal(time.Now()))

		var offset, unsure atomic.Int64
		var asked atomic.Int64
		var fails atomic.Bool
		c.ask = func(context.Context, func() time.Time) (time.Duration, time.Duration, error) {
			asked.Add(1)
			if fails.Load() {
				return 0, 0, errors.New("down")
			}
			return time.Duration(offset.Load()), time.Duration(unsure.Load()), nil
		}
		require.Equal(t, campaign.CodeClockUnsure, c.problem().Code, "it has not been measured yet")
		offset.Store(int64(5 * time.Second))
		unsure.Store(int64(10 * time.Millisecond))
		require.NoError(t, c.measure(t.Context()))
		require.Zero(t, c.problem())
		require.True(t, c.now().Equal(time.Now().Add(5*time.Second)))

		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { c.run(ctx, slog.New(slog.DiscardHandler)); close(ended) }()
		offset.Store(int64(-2 * time.Second))
		time.Sleep(clockEvery + time.Second)
		require.True(t, c.now().Equal(time.Now().Add(-2*time.Second)), "what an operator does to a clock shows at the next measurement")

		// A line so slow that nothing can be known.
		unsure.Store(int64(1100 * time.Millisecond))
		time.Sleep(clockEvery)
		require.Equal(t, campaign.Because(campaign.CodeClockUnsure, "off", "1.1s").Code, c.problem().Code)
		unsure.Store(int64(time.Millisecond))
		time.Sleep(time.Second)
		require.Zero(t, c.problem(), "it is measured again soon")

		// A database that is away: the clocks drift apart, until nobody knows.
		fails.Store(true)
		time.Sleep(10 * time.Minute)
		require.Zero(t, c.problem())
		time.Sleep(30 * time.Minute)
		require.Equal(t, campaign.CodeClockUnsure, c.problem().Code)
		fails.Store(false)
		time.Sleep(time.Second)
		require.Zero(t, c.problem())
		before := asked.Load()
		time.Sleep(time.Minute)
		require.LessOrEqual(t, asked.Load()-before, int64(7), "no more often than it must")
		cancel()
		<-ended
	})
}

// flakyLocker fails while it is told to.
type flakyLocker struct {
	campaign.Locker
	down atomic.Bool
}

func (l *flakyLocker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	if l.down.Load() {
		return nil, errors.New("connection refused")
	}
	return l.Locker.TryLock(ctx, key, ttl)
}

func (l *flakyLocker) TryLocks(ctx context.Context, keys []string, ttl time.Duration) (ks []campaign.Lock, errs []error) {
	for _, key := range keys {
		k, err := l.TryLock(ctx, key, ttl)
		ks, errs = append(ks, k), append(errs, err)
	}
	return ks, errs
}

// One answer that does not come is enough to take nothing more, and a probe
// that gets its lock to go on.
func TestALockServiceThatIsAwayKeepsTheDaemonFromTaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flakyLocker{Locker: campaign.NewLocker(nil)}
		l := watchLocker(f, "one")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { l.run(ctx, slog.New(slog.DiscardHandler)); close(ended) }()
		synctest.Wait()
		require.Zero(t, l.problem())

		k, err := l.TryLock(ctx, "a", time.Hour)
		require.NoError(t, err)
		_, err = l.TryLock(ctx, "a", time.Minute)
		require.ErrorIs(t, err, campaign.ErrTaken)
		require.Zero(t, l.problem(), "a lock that is taken is an answer")

		f.down.Store(true)
		_, errs := l.TryLocks(ctx, []string{"b"}, time.Minute)
		require.Error(t, errs[0])
		require.Equal(t, campaign.CodeLockDown, l.problem().Code)
		time.Sleep(time.Minute)
		require.Equal(t, campaign.CodeLockDown, l.problem().Code)
		f.down.Store(false)
		time.Sleep(lockAgain + time.Millisecond)
		require.Zero(t, l.problem())
		require.NoError(t, k.Unlock(ctx))

		// One that goes away while nobody sends shows as well.
		f.down.Store(true)
		time.Sleep(lockProbe + time.Millisecond)
		require.Equal(t, campaign.CodeLockDown, l.problem().Code)
		cancel()
		<-ended
	})
}
