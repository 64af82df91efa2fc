package redislock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/redislock"
)

// The server has taken the lock and the client has not heard of it: the
// repetition finds its own token and keeps the lock. A plain SET NX would call
// it somebody else's.
func TestALostAnswerIsALockKept(t *testing.T) {
	s := servers.NewRedis(t)
	far := servers.NewProxy(t, s.Socket())
	l := redislock.New(client(t, far.URL(s.URL())), nil)
	teach(t, l)

	lost := far.LoseAnswer("evalsha")
	lock, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	<-lost
	require.Equal(t, "1", ask(t, s, "EXISTS", phoneLock))
	_, err = l.TryLock(t.Context(), phoneLock, time.Minute)
	require.ErrorIs(t, err, campaign.ErrTaken)

	lost = far.LoseAnswer("evalsha")
	require.NoError(t, lock.Extend(t.Context(), time.Hour))
	<-lost
	within(t, ask(t, s, "PTTL", phoneLock), 3_590_000, 3_600_000)

	lost = far.LoseAnswer("evalsha")
	require.ErrorIs(t, lock.Unlock(t.Context()), campaign.ErrLockLost, "it was freed by the call whose answer was lost")
	<-lost
	require.Equal(t, "0", ask(t, s, "EXISTS", phoneLock))
}

func TestALostAnswerOfABatchIsLocksKept(t *testing.T) {
	s := servers.NewRedis(t)
	far := servers.NewProxy(t, s.Socket())
	l := redislock.New(client(t, far.URL(s.URL())), nil)
	teach(t, l)
	ask(t, s, "SET", "b", "theirs")

	lost := far.LoseAnswer("evalsha")
	locks, errs := l.TryLocks(t.Context(), []string{"a", "b", "c"}, time.Minute)
	<-lost
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], campaign.ErrTaken)
	require.NoError(t, errs[2])
	for _, i := range []int{0, 2} {
		require.NoError(t, locks[i].Unlock(t.Context()))
	}
	require.Equal(t, "b", ask(t, s, "KEYS", "*"))
}

// Without a repetition nothing is known: an error, and never ErrTaken.
func TestALostAnswerThatIsNotRepeatedFailsClosed(t *testing.T) {
	s := servers.NewRedis(t)
	far := servers.NewProxy(t, s.Socket())
	l := redislock.New(client(t, far.URL(s.URL()), unretried), nil)
	teach(t, l)

	lost := far.LoseAnswer("evalsha")
	lock, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	<-lost
	failsClosed(t, err)
	require.Nil(t, lock)
	within(t, ask(t, s, "PTTL", phoneLock), 50_000, 60_000) // it frees itself
	require.NoError(t, s.Flush())

	lost = far.LoseRequest("evalsha")
	_, err = l.TryLock(t.Context(), phoneLock, time.Minute)
	<-lost
	failsClosed(t, err)
	require.Equal(t, "0", ask(t, s, "DBSIZE"))

	lost = far.LoseAnswer("evalsha")
	locks, errs := l.TryLocks(t.Context(), []string{"a", phoneLock}, time.Minute)
	<-lost
	for i := range errs {
		failsClosed(t, errs[i])
		require.Nil(t, locks[i])
	}
}

func TestALostRequestIsRepeated(t *testing.T) {
	s := servers.NewRedis(t)
	far := servers.NewProxy(t, s.Socket())
	l := redislock.New(client(t, far.URL(s.URL())), nil)
	teach(t, l)
	lost := far.LoseRequest("evalsha")
	_, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	<-lost
	require.Equal(t, "1", ask(t, s, "EXISTS", phoneLock))
}

func TestTheNetworkFails(t *testing.T) {
	s := servers.NewRedis(t)
	far := servers.NewProxy(t, s.Socket())
	l := redislock.New(client(t, far.URL(s.URL())), nil)
	for _, c := range []struct {
		name       string
		break_     func()
		fails      bool // the locker cannot get round it
		mayBeTaken bool // the server may hear of the attempt
	}{
		{"reset", far.Reset, false, true},
		{"half closed", far.HalfClose, false, true},
		{"cut", far.Cut, true, false},
		{"answers swallowed", far.Swallow, true, true},
		{"stalled", far.Stall, true, true},
		{"slow", func() { far.Delay(time.Second) }, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			teach(t, l)
			c.break_()
			lock, err := l.TryLock(t.Context(), phoneLock, time.Minute)
			if c.fails {
				failsClosed(t, err)
				require.Nil(t, lock)
			} else {
				require.NoError(t, err)
			}
			if !c.mayBeTaken {
				require.Equal(t, "0", ask(t, s, "EXISTS", phoneLock))
			}
			far.Reset() // what still travels does not arrive in the next case
			far.Heal()
			require.NoError(t, s.Flush())
			lock, err = l.TryLock(t.Context(), "after", time.Minute)
			require.NoError(t, err)
			require.NoError(t, lock.Unlock(t.Context()))
		})
	}
}

// A killed server has forgotten its locks and its scripts.
func TestRedisKilled(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	old, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	require.NoError(t, s.Kill())

	lock, err := l.TryLock(t.Context(), "another", time.Minute)
	failsClosed(t, err)
	require.Nil(t, lock)
	_, errs := l.TryLocks(t.Context(), []string{"b", phoneLock}, time.Minute)
	for _, err := range errs {
		failsClosed(t, err)
	}
	failsClosed(t, old.Extend(t.Context(), time.Minute))
	failsClosed(t, old.Unlock(t.Context()))

	require.NoError(t, s.Start())
	locks, errs := l.TryLocks(t.Context(), []string{"b", phoneLock}, time.Minute)
	require.NoError(t, errors.Join(errs...))
	require.ErrorIs(t, old.Extend(t.Context(), time.Minute), campaign.ErrLockLost)
	require.ErrorIs(t, old.Unlock(t.Context()), campaign.ErrLockLost)
	require.Equal(t, "2", ask(t, s, "DBSIZE"), "the former owner frees nothing")
	require.NoError(t, locks[1].Unlock(t.Context()))

	require.NoError(t, s.Kill())
	require.NoError(t, s.Start())
	single, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	ask(t, s, "SCRIPT", "FLUSH")
	require.NoError(t, single.Extend(t.Context(), time.Minute))
	ask(t, s, "SCRIPT", "FLUSH")
	require.NoError(t, single.Unlock(t.Context()))
}

func TestRedisFlushed(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	old, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	require.NoError(t, s.Flush())
	require.ErrorIs(t, old.Extend(t.Context(), time.Minute), campaign.ErrLockLost)
	require.Equal(t, "0", ask(t, s, "DBSIZE"), "Extend takes no lock")
	next, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	require.ErrorIs(t, old.Unlock(t.Context()), campaign.ErrLockLost)
	require.NoError(t, next.Unlock(t.Context()))
}

// A frozen server answers late: the caller has long been told that nothing is
// known, and the next call gets its own answer, not that one.
func TestRedisFrozen(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	teach(t, l)
	require.NoError(t, s.Freeze())
	lock, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	failsClosed(t, err)
	require.Nil(t, lock)
	require.NoError(t, s.Thaw())

	other, err := l.TryLock(t.Context(), "another", time.Minute)
	require.NoError(t, err)
	require.NoError(t, other.Unlock(t.Context()))
	// The attempt that nobody waits for any more may stand, and ends by itself.
	if ask(t, s, "EXISTS", phoneLock) == "1" {
		within(t, ask(t, s, "PTTL", phoneLock), 1, 60_000)
	}
}

// The caller's deadline ends a call to a frozen server, however patient the
// client is.
func TestTheContextEndsTheWait(t *testing.T) {
	s := servers.NewRedis(t)
	patient := client(t, s.URL())
	patient.Options().ReadTimeout = time.Hour
	l := redislock.New(patient, nil)
	teach(t, l)
	require.NoError(t, s.Freeze())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := l.TryLock(ctx, phoneLock, time.Minute)
	failsClosed(t, err)
	require.NoError(t, s.Thaw())
}

// A server without memory takes no lock, and still frees those it holds.
func TestRedisFull(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	old, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	require.NoError(t, s.Fill())
	_, err = l.TryLock(t.Context(), "another", time.Minute)
	failsClosed(t, err)
	_, err = l.TryLock(t.Context(), phoneLock, time.Minute)
	failsClosed(t, err)
	require.NoError(t, old.Extend(t.Context(), time.Minute))
	require.NoError(t, old.Unlock(t.Context()))
	require.NoError(t, s.Drain())
	_, err = l.TryLock(t.Context(), "another", time.Minute)
	require.NoError(t, err)
}

// A replica takes no writes: what a client meets that was left behind by a
// failover.
func TestRedisReadOnly(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	old, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	ask(t, s, "REPLICAOF", "127.0.0.1", "1")
	_, err = l.TryLock(t.Context(), "another", time.Minute)
	failsClosed(t, err)
	failsClosed(t, old.Unlock(t.Context()))
	ask(t, s, "REPLICAOF", "NO", "ONE")
	require.NoError(t, old.Unlock(t.Context()))
}

// teach lets the server know the scripts, so that the next call is EVALSHA and
// nothing else.
func teach(t testing.TB, l *redislock.Locker) {
	t.Helper()
	k, err := l.TryLock(t.Context(), "lesson", time.Minute)
	require.NoError(t, err)
	require.NoError(t, k.Extend(t.Context(), time.Minute))
	require.NoError(t, k.Unlock(t.Context()))
}
