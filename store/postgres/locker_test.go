package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// phoneKey is a key as the engine gives it.
const phoneKey = "phone_lock:+5511900001234"

// locker opens a locker with a pool of its own, as a process does.
func locker(tb testing.TB, url string, o *LockerOptions) *Locker {
	tb.Helper()
	l, err := NewLocker(connect(tb, url).pool, o)
	require.NoError(tb, err)
	return l
}

// rows counts the rows of the table of locks that are as where says.
func (l *Locker) rows(tb testing.TB, where string) (n int) {
	tb.Helper()
	require.NoError(tb, l.pool.QueryRow(context.Background(), `SELECT count(*) FROM campaigns.locks WHERE `+where).Scan(&n))
	return n
}

// failsClosed: the error means that nothing is known, and names no phone.
func failsClosed(tb testing.TB, err error) {
	tb.Helper()
	require.Error(tb, err)
	require.NotErrorIs(tb, err, campaign.ErrTaken)
	require.NotErrorIs(tb, err, campaign.ErrLockLost)
	require.NotContains(tb, err.Error(), "1190000")
}

// The suite on a clock that is moved: locks expire by the instants that they are
// given, and by nothing else. Once near, once far away, so that statements of
// several owners meet.
func TestLocker(t *testing.T) {
	for name, delay := range map[string]time.Duration{"near": 0, "far": 2 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			var (
				mu sync.Mutex
				at = noon
			)
			direct := fresh(t)
			p := servers.NewProxy(t, target(t, direct))
			p.Delay(delay)
			l := locker(t, p.URL(direct), &LockerOptions{Timeout: 10 * time.Second,
				Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return at }})
			campaigntest.LockerCase{
				Open: func(t *testing.T) campaign.Locker {
					_, err := l.pool.Exec(t.Context(), `DELETE FROM campaigns.locks`)
					require.NoError(t, err)
					return l
				},
				Advance: func(d time.Duration) { mu.Lock(); defer mu.Unlock(); at = at.Add(d) },
			}.Run(t)
		})
	}
}

// By default locks last by the clock of the process.
func TestLocker_DefaultClock(t *testing.T) {
	l := locker(t, fresh(t), &LockerOptions{Timeout: 10 * time.Second})
	before := time.Now()
	k, err := l.TryLock(t.Context(), phoneKey, time.Hour)
	require.NoError(t, err)
	var until int64
	read := func() time.Time {
		require.NoError(t, l.pool.QueryRow(t.Context(), `SELECT until FROM campaigns.locks`).Scan(&until))
		return time.UnixMicro(until)
	}
	require.WithinRange(t, read(), before.Add(time.Hour), time.Now().Add(time.Hour+time.Microsecond))
	before = time.Now()
	require.NoError(t, k.Extend(t.Context(), time.Minute))
	require.WithinRange(t, read(), before.Add(time.Minute), time.Now().Add(time.Minute+time.Microsecond))
	_, err = l.pool.Exec(t.Context(), `UPDATE campaigns.locks SET until = $1`, time.Now().UnixMicro())
	require.NoError(t, err)
	_, err = l.TryLock(t.Context(), phoneKey, time.Hour)
	require.NoError(t, err, "it is over")
}

func TestLocker_TwoProcesses(t *testing.T) {
	url := fresh(t)
	patient := &LockerOptions{Timeout: 10 * time.Second}
	a, b := locker(t, url, patient), locker(t, url, patient)
	held, err := a.TryLock(t.Context(), phoneKey, time.Minute)
	require.NoError(t, err)
	require.Equal(t, 1, a.rows(t, `key = '`+phoneKey+`' AND length(token) >= 26`))
	_, err = b.TryLock(t.Context(), phoneKey, time.Minute)
	require.ErrorIs(t, err, campaign.ErrTaken)
	locks, errs := b.TryLocks(t.Context(), []string{"x", phoneKey, "y", "x"}, time.Minute)
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], campaign.ErrTaken)
	require.NoError(t, errs[2])
	require.ErrorIs(t, errs[3], campaign.ErrTaken)
	require.Nil(t, locks[1])
	require.NoError(t, held.Unlock(t.Context()))
	next, err := b.TryLock(t.Context(), phoneKey, time.Minute)
	require.NoError(t, err)
	require.NoError(t, next.Extend(t.Context(), 0), "no time left is no lock")
	require.Equal(t, 2, a.rows(t, `true`))
}

// counter counts the statements of a pool.
type counter struct{ atomic.Int64 }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.Add(1)
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// counted is a locker, with the count of its statements, and a clock.
func counted(t testing.TB, now func() time.Time) (*Locker, *counter) {
	var n counter
	config, err := pgxpool.ParseConfig(fresh(t))
	require.NoError(t, err)
	config.ConnConfig.Tracer = &n
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	l, err := NewLocker(pool, &LockerOptions{Now: now, Timeout: 10 * time.Second})
	require.NoError(t, err)
	return l, &n
}

// A batch is one statement. What nobody holds any more is removed now and then,
// by one statement more.
func TestLocker_BatchIsOneStatement(t *testing.T) {
	at := noon
	l, n := counted(t, func() time.Time { return at })
	var keys []string
	for i := range 256 {
		keys = append(keys, fmt.Sprintf("phone_lock:+551190000%04d", i))
	}
	for _, want := range []int64{2, 1, 1} { // the first tidies up, too
		n.Store(0)
		locks, errs := l.TryLocks(t.Context(), keys, time.Minute)
		require.NoError(t, errors.Join(errs...))
		require.Len(t, locks, 256)
		require.EqualValues(t, want, n.Load())
		at = at.Add(time.Minute) // they are free by their own
	}
	at = at.Add(2 * lockRest)
	_, err := l.TryLock(t.Context(), "another", time.Minute)
	require.NoError(t, err)
	require.Equal(t, 1, l.rows(t, `true`))

	locks, errs := l.TryLocks(t.Context(), nil, time.Minute)
	require.Empty(t, locks)
	require.Empty(t, errs)
}

// Batches that name the same keys in different orders do not lock each other up.
func TestLocker_BatchesInAnyOrder(t *testing.T) {
	l := locker(t, fresh(t), &LockerOptions{Timeout: 10 * time.Second})
	var keys []string
	for i := range 200 {
		keys = append(keys, fmt.Sprintf("phone_lock:+551190000%04d", i*7919%200))
	}
	backwards := make([]string, len(keys))
	for i, k := range keys {
		backwards[len(keys)-1-i] = k
	}
	for range 10 {
		var got [2][]campaign.Lock
		var wait sync.WaitGroup
		for side, list := range [][]string{keys, backwards} {
			wait.Go(func() {
				locks, errs := l.TryLocks(t.Context(), list, time.Minute)
				for _, err := range errs {
					if err != nil && !errors.Is(err, campaign.ErrTaken) {
						t.Error(err)
					}
				}
				got[side] = locks
			})
		}
		wait.Wait()
		n := 0
		for _, k := range append(got[0], got[1]...) {
			if k != nil {
				n++
				require.NoError(t, k.Unlock(t.Context()))
			}
		}
		require.Equal(t, len(keys), n)
	}
	require.Zero(t, l.rows(t, `true`))
}

func TestLocker_Options(t *testing.T) {
	_, err := NewLocker(nil, nil)
	require.ErrorContains(t, err, "pgxpool.New")
	url := fresh(t)
	_, err = NewLocker(connect(t, url).pool, &LockerOptions{Schema: "Upper"})
	require.ErrorContains(t, err, "lower case")
	l := locker(t, url, &LockerOptions{Schema: "elsewhere"})
	_, err = l.TryLock(t.Context(), phoneKey, time.Minute)
	require.ErrorIs(t, err, ErrSchema)
	failsClosed(t, err)

	l = locker(t, url, nil)
	for _, ttl := range []time.Duration{0, -time.Second, time.Microsecond} {
		k, err := l.TryLock(t.Context(), phoneKey, ttl)
		require.ErrorContains(t, err, "millisecond")
		failsClosed(t, err)
		require.Nil(t, k)
	}
	_, err = l.TryLock(t.Context(), "phone_lock:+5511900001234\x00", time.Minute)
	failsClosed(t, err) // what PostgreSQL cannot keep
	require.Zero(t, l.rows(t, `true`))
}
