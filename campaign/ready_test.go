package campaign_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// An engine whose host has a reason against it takes nothing, says why, and
// goes on by itself when the reason has gone.
func TestAnEngineThatIsNotReadyTakesNothing(t *testing.T) {
	var why atomic.Pointer[campaign.Reason]
	reason := campaign.Because(campaign.CodeClockUnsure, "off", "2s")
	why.Store(&reason)
	bubble(t, func(t *testing.T, w *world, _ func()) {
		c := w.start(3, campaign.Draft{Instances: w.numbers(3, fast())})
		time.Sleep(time.Minute)
		require.Zero(t, w.sent.Count())
		require.Equal(t, reason, w.e.Unready())
		x, err := w.s.Explain(ctx, c.ID)
		require.NoError(t, err)
		require.Equal(t, reason, x.Stalled)

		why.Store(&campaign.Reason{})
		time.Sleep(time.Second)
		require.Equal(t, 3, w.once())
	}, func(w *world) { w.opts.Ready = func() campaign.Reason { return *why.Load() } })
}

func TestStepAsksWhetherItIsReady(t *testing.T) {
	reason := campaign.Because(campaign.CodeLockDown)
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Ready = func() campaign.Reason { return reason } })
	w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	next, err := w.e.Step(ctx)
	require.NoError(t, err)
	require.Zero(t, w.sent.Count())
	require.True(t, next.After(w.clock.Now()), "it does not spin")
	require.True(t, next.Before(w.clock.Now().Add(time.Second)), "it looks again soon: %v", next)
	reason = campaign.Reason{}
	w.clock.Set(next)
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, w.sent.Count())
}

// The heartbeats tell who works, and that nobody does.
func TestExplainTellsWhenNobodyWorks(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	stalled := func() campaign.Code {
		x, err := w.s.Explain(ctx, c.ID)
		require.NoError(t, err)
		return x.Stalled.Code
	}
	require.Equal(t, campaign.CodeNoDaemon, stalled())
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	require.Empty(t, stalled())
	all, err := w.s.Daemons(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "one", all[0].Name)

	_, err = w.e.StopAll(ctx, "ana", "teste")
	require.NoError(t, err)
	require.Equal(t, campaign.CodeStopped, stalled(), "the only one has been told to stop")
	w.clock.Advance(10 * time.Second)
	one := w.e
	w.restart("two")
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	w.e, w.s = one, one.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
	require.Equal(t, campaign.CodeStopped, stalled(), "another one is stopped as well")
	require.NoError(t, w.e.ResumeAll(ctx, "ana"))
	require.Empty(t, stalled())
	w.clock.Advance(15*time.Second + time.Millisecond)
	require.Equal(t, campaign.CodeNoDaemon, stalled())
}

// batchLocker takes locks in batches and has an answer for each key.
type batchLocker struct {
	campaign.Locker
	answer func(key string) error

	mu      sync.Mutex
	batches []int
	singles int
}

func (l *batchLocker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	l.mu.Lock()
	l.singles++
	l.mu.Unlock()
	return l.one(ctx, key, ttl)
}

func (l *batchLocker) one(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	if err := l.answer(key); err != nil {
		return nil, err
	}
	return l.Locker.TryLock(ctx, key, ttl)
}

func (l *batchLocker) TryLocks(ctx context.Context, keys []string, ttl time.Duration) ([]campaign.Lock, []error) {
	l.mu.Lock()
	l.batches = append(l.batches, len(keys))
	l.mu.Unlock()
	locks, errs := make([]campaign.Lock, len(keys)), make([]error, len(keys))
	for i, k := range keys {
		locks[i], errs[i] = l.one(ctx, k, ttl)
	}
	return locks, errs
}

// The locks of one take are taken together, and each answer counts for its own
// phone.
func TestTheLocksOfATakeAreTakenTogether(t *testing.T) {
	all := people(1, 5)
	key := func(n int) string { return "phone_lock:" + string(all[n-1].Phone) }
	var l *batchLocker
	bubble(t, func(t *testing.T, w *world, stop func()) {
		l = &batchLocker{Locker: campaign.NewLocker(nil), answer: func(k string) error {
			switch k {
			case key(2):
				return campaign.ErrTaken
			case key(4):
				return errors.New("nobody knows")
			}
			return nil
		}}
		stop()
		w.opts.Locker = l
		w.restart("two")
		c := w.start(5, campaign.Draft{Instances: w.numbers(5, fast())})
		run, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- w.e.Run(run) }()
		synctest.Wait()
		time.Sleep(time.Second)
		require.Equal(t, []int{5}, l.batches, "one round trip")
		require.Zero(t, l.singles)
		require.Equal(t, 3, w.once())
		for n, why := range map[int64]campaign.Code{2: campaign.CodePhoneBusy, 4: campaign.CodeLockDown} {
			r := w.recipient(c.ID, n)
			require.Equal(t, campaign.Pending, r.State)
			require.Equal(t, why, r.Why.Code)
			require.Zero(t, r.Tries)
		}
		for n := 1; n <= 5; n += 2 {
			_, err := l.Locker.TryLock(ctx, key(n), time.Second)
			require.NoError(t, err, "the lock of a send that is settled is free")
		}
		cancel()
		require.NoError(t, <-done)
	})
}

// slowBatch answers so late that no send may begin any more.
type slowBatch struct{ *batchLocker }

func (l slowBatch) TryLocks(ctx context.Context, keys []string, ttl time.Duration) ([]campaign.Lock, []error) {
	time.Sleep(3 * time.Second)
	return l.batchLocker.TryLocks(ctx, keys, ttl)
}

func (l slowBatch) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	time.Sleep(3 * time.Second)
	return l.batchLocker.TryLock(ctx, key, ttl)
}

// A batch that comes back after the latest start begins nothing, and the next
// take does not wait for it.
func TestLocksThatComeTooLateBeginNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, stop func()) {
		stop()
		w.opts.Locker = slowBatch{&batchLocker{Locker: campaign.NewLocker(nil), answer: func(string) error { return nil }}}
		w.restart("two")
		c := w.start(2, campaign.Draft{Instances: w.numbers(2, fast())})
		run, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- w.e.Run(run) }()
		time.Sleep(4 * time.Second)
		require.Zero(t, w.sent.Count(), "%v", w.recipient(c.ID, 1))
		cancel()
		require.NoError(t, <-done)
	})
}
