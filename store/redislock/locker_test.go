package redislock_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/redislock"
)

// phoneLock is a key as the engine gives it.
const phoneLock = "phone_lock:+5511900001234"

// silent keeps go-redis from writing to standard error what the tests provoke.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	m.Run()
}

// client opens a client with the settings that the package's story names.
func client(t testing.TB, url string, change ...func(*redis.Options)) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	require.NoError(t, err)
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
	o.MaxRetries, o.DialerRetries = 1, 1
	o.ContextTimeoutEnabled = true
	for _, f := range change {
		f(o)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// unretried makes a client give up at the first broken connection.
func unretried(o *redis.Options) { o.MaxRetries = -1 }

// own is the options of a locker on a server that others use too.
func own() *redislock.Options { return &redislock.Options{Prefix: rand.Text() + ":"} }

func TestLocker(t *testing.T) {
	campaigntest.Locker(t, func(t *testing.T) campaign.Locker {
		return redislock.New(client(t, servers.Redis(t)), own())
	})
}

// The suite again, each command delayed, so that scripts of several owners meet.
func TestLockerFarAway(t *testing.T) {
	s := servers.NewRedis(t)
	campaigntest.Locker(t, func(t *testing.T) campaign.Locker {
		far := servers.NewProxy(t, s.Socket())
		far.Delay(2 * time.Millisecond)
		return redislock.New(client(t, far.URL(s.URL())), own())
	})
}

func TestTheKeyIsTheCallersAndTheTimeIsInMilliseconds(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	first, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	require.Equal(t, "string", ask(t, s, "TYPE", phoneLock))
	token := ask(t, s, "GET", phoneLock)
	require.GreaterOrEqual(t, len(token), 26, "a token that nobody guesses")
	within(t, ask(t, s, "PTTL", phoneLock), 50_000, 60_000)

	require.NoError(t, first.Extend(t.Context(), 5*time.Minute))
	within(t, ask(t, s, "PTTL", phoneLock), 290_000, 300_000)
	require.Equal(t, token, ask(t, s, "GET", phoneLock))
	require.NoError(t, first.Unlock(t.Context()))
	require.Equal(t, "0", ask(t, s, "DBSIZE"))

	second, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	require.NotEqual(t, token, ask(t, s, "GET", phoneLock), "a token is used once")
	require.NoError(t, second.Extend(t.Context(), 0))
	require.Equal(t, "0", ask(t, s, "DBSIZE"), "no time left is no lock")

	_, err = l.TryLock(t.Context(), phoneLock, time.Hour+time.Nanosecond)
	require.NoError(t, err)
	within(t, ask(t, s, "PTTL", phoneLock), 3_590_000, 3_600_001)

	_, err = redislock.New(client(t, s.URL()), &redislock.Options{Prefix: "other:"}).TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err, "a prefix makes another key")
	require.Equal(t, "1", ask(t, s, "EXISTS", "other:"+phoneLock))
}

// TestLesson_S4_TokenAndCompareAndDelete: a lock that outlives the call, that is
// deleted by its owner only, on the real server.
func TestLesson_S4_TokenAndCompareAndDelete(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	// A program in another language holds the key by SET NX EX.
	require.Equal(t, "OK", ask(t, s, "SET", phoneLock, "theirs", "NX", "EX", "60"))
	_, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.ErrorIs(t, err, campaign.ErrTaken)
	require.Equal(t, "theirs", ask(t, s, "GET", phoneLock))
	within(t, ask(t, s, "PTTL", phoneLock), 50_000, 60_000)

	require.Equal(t, "1", ask(t, s, "DEL", phoneLock))
	ours, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	require.Empty(t, ask(t, s, "SET", phoneLock, "theirs", "NX", "EX", "60"), "we exclude the other program")
	// Our time is over, theirs begins: neither call touches their lock.
	require.Equal(t, "OK", ask(t, s, "SET", phoneLock, "theirs", "EX", "60"))
	require.ErrorIs(t, ours.Extend(t.Context(), time.Hour), campaign.ErrLockLost)
	require.ErrorIs(t, ours.Unlock(t.Context()), campaign.ErrLockLost)
	require.Equal(t, "theirs", ask(t, s, "GET", phoneLock))
	within(t, ask(t, s, "PTTL", phoneLock), 50_000, 60_000)
}

// Two daemons, each with its own client.
func TestTwoProcesses(t *testing.T) {
	url, o := servers.Redis(t), own()
	a, b := redislock.New(client(t, url), o), redislock.New(client(t, url), o)
	held, err := a.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
	_, err = b.TryLock(t.Context(), phoneLock, time.Minute)
	require.ErrorIs(t, err, campaign.ErrTaken)
	locks, errs := b.TryLocks(t.Context(), []string{"x", phoneLock, "y"}, time.Minute)
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], campaign.ErrTaken)
	require.NoError(t, errs[2])
	require.Nil(t, locks[1])
	require.NoError(t, held.Unlock(t.Context()))
	_, err = b.TryLock(t.Context(), phoneLock, time.Minute)
	require.NoError(t, err)
}

func TestABatchIsOneRoundTrip(t *testing.T) {
	s := servers.NewRedis(t)
	c := client(t, s.URL())
	var trips counter
	c.AddHook(&trips)
	l := redislock.New(c, nil)
	var keys []string
	for n := range 256 {
		keys = append(keys, fmt.Sprintf("phone_lock:+551190000%04d", n))
	}
	for _, want := range []counter{
		{pipelines: 2}, // the server does not know the script
		{pipelines: 1},
	} {
		require.NoError(t, s.Flush())
		trips = counter{}
		_, errs := l.TryLocks(t.Context(), keys, time.Minute)
		require.NoError(t, errors.Join(errs...))
		require.Equal(t, want, trips)
		require.Equal(t, "256", ask(t, s, "DBSIZE"))
	}
	locks, errs := l.TryLocks(t.Context(), nil, time.Minute)
	require.Empty(t, locks)
	require.Empty(t, errs)
}

// counter counts what a client sends.
type counter struct{ singles, pipelines int }

func (c *counter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if script(cmd) {
			c.singles++
		}
		return next(ctx, cmd)
	}
}

// script tells a script from the greeting of a connection.
func script(cmd redis.Cmder) bool { return cmd.Name() == "evalsha" || cmd.Name() == "eval" }

func (c *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if script(cmds[0]) {
			c.pipelines++
		}
		return next(ctx, cmds)
	}
}

func TestALockOfNoTimeIsRefused(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	for _, ttl := range []time.Duration{0, -time.Second, time.Microsecond} {
		lock, err := l.TryLock(t.Context(), phoneLock, ttl)
		require.ErrorContains(t, err, "millisecond")
		require.NotErrorIs(t, err, campaign.ErrTaken)
		require.Nil(t, lock)
		locks, errs := l.TryLocks(t.Context(), []string{"a", "b"}, ttl)
		require.Equal(t, []campaign.Lock{nil, nil}, locks)
		require.ErrorContains(t, errs[1], "millisecond")
	}
	require.Equal(t, "0", ask(t, s, "DBSIZE"))
}

// A key that holds something else than a lock is a fault to be told, not a
// phone that is busy.
func TestAKeyOfAnotherKindIsAnErrorWithoutThePhone(t *testing.T) {
	s := servers.NewRedis(t)
	l := redislock.New(client(t, s.URL()), nil)
	ask(t, s, "LPUSH", phoneLock, "x")
	_, err := l.TryLock(t.Context(), phoneLock, time.Minute)
	failsClosed(t, err)
	require.ErrorContains(t, err, "WRONGTYPE")
	_, errs := l.TryLocks(t.Context(), []string{"a", phoneLock}, time.Minute)
	require.NoError(t, errs[0])
	failsClosed(t, errs[1])
}

// failsClosed: the error means that nothing is known, and names no phone.
func failsClosed(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	require.NotErrorIs(t, err, campaign.ErrTaken)
	require.NotErrorIs(t, err, campaign.ErrLockLost)
	require.NotContains(t, err.Error(), "1190000")
}

func ask(t testing.TB, s *servers.RedisServer, args ...string) string {
	t.Helper()
	got, err := s.Ask(args...)
	require.NoError(t, err, strings.Join(args, " "))
	return got
}

func within(t testing.TB, got string, low, high int) {
	t.Helper()
	n, err := strconv.Atoi(got)
	require.NoError(t, err)
	require.GreaterOrEqual(t, n, low)
	require.LessOrEqual(t, n, high)
}
