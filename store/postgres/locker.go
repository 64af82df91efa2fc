package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// LockerOptions are the options of a Locker. The zero value is good.
type LockerOptions struct {
	// Schema is the store's, whose Migrate has made the table of locks.
	// Defaults to "campaigns".
	Schema string
	// Now is the clock by which locks expire. Processes that share locks should
	// agree on it: give them the clock that they give to the engine, corrected
	// by [Store.Clock]. Defaults to time.Now.
	Now func() time.Time
	// Timeout bounds each call, with its repetitions and the wait for a
	// connection of the pool: a send has two seconds to begin. Defaults to 1 s.
	Timeout time.Duration
}

// Locker keeps several processes from writing to one phone at the same time, for
// those who have a PostgreSQL and no Redis. It is safe for concurrent use,
// starts nothing and holds nothing but the pool, which stays the caller's.
//
// A lock is a row: the caller's key, byte for byte, a random token of the
// owner's, and the instant at which it is free again. Each call is one statement
// that commits by itself, whatever the number of keys, so it keeps no
// connection, needs no session and works through a pooler in transaction mode.
// A row whose time is over is free; one that nobody takes again is removed later.
//
// A connection that breaks is replaced and the statement repeated with the same
// token, which recognises its own lock: an answer that was lost is a lock that
// is kept. If that fails too, the error is not ErrTaken and nothing is known; a
// lock that was taken all the same frees itself when its time is over. An Unlock
// whose answer was lost frees the lock and, repeated, reports ErrLockLost.
//
// Locks are not written to the server's log: its crash, and a failover, forget
// them, which their owners learn from Extend and Unlock. Nothing depends on
// that: the ledger's rows keep a phone from being sent to twice by ours, and
// the lock is a courtesy to everybody else who takes it.
type Locker struct {
	pool    *pgxpool.Pool
	now     func() time.Time
	timeout time.Duration

	obtain, extend, release, sweep string

	mu      sync.Mutex
	sweepAt time.Time
}

var (
	_ campaign.Locker      = (*Locker)(nil)
	_ campaign.BatchLocker = (*Locker)(nil)
	_ campaign.Lock        = (*rowLock)(nil)
)

// NewLocker returns a Locker on a pool. Nil options are the defaults. It does
// not connect.
func NewLocker(pool *pgxpool.Pool, o *LockerOptions) (*Locker, error) {
	if pool == nil {
		return nil, errors.New("postgres: NewLocker needs a pool: make one with pgxpool.New")
	}
	if o == nil {
		o = &LockerOptions{}
	}
	l := &Locker{pool: pool, now: o.Now, timeout: o.Timeout}
	if l.now == nil {
		l.now = time.Now
	}
	if l.timeout <= 0 {
		l.timeout = time.Second
	}
	same, err := (&Options{Schema: o.Schema}).fill()
	if err != nil {
		return nil, err
	}
	table := `"` + same.Schema + `".locks`
	// Rows are locked in the order of their keys, so that two batches never
	// wait for each other in a ring.
	l.obtain = `INSERT INTO ` + table + ` AS l (key, token, until)
		SELECT v.key, v.token, $3 FROM unnest($1::text[], $2::text[]) v (key, token) ORDER BY v.key COLLATE "C"
		ON CONFLICT (key) DO UPDATE SET token = excluded.token, until = excluded.until
		WHERE l.until <= $4 OR l.token = excluded.token RETURNING l.token`
	l.extend = `UPDATE ` + table + ` SET until = $3 WHERE key = $1 AND token = $2 AND until > $4 RETURNING true`
	l.release = `DELETE FROM ` + table + ` WHERE key = $1 AND token = $2 RETURNING until > $3`
	l.sweep = `DELETE FROM ` + table + ` WHERE key IN (
		SELECT key FROM ` + table + ` WHERE until <= $1 LIMIT 10000 FOR UPDATE SKIP LOCKED)`
	return l, nil
}

// TryLock takes the lock of key for ttl, at least a millisecond. It returns
// campaign.ErrTaken if somebody else holds it, and any other error if it is not
// known whether the lock was taken; no error names the key, which holds a phone.
// The caller who holds a lock and tries again finds it taken.
func (l *Locker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	locks, errs := l.TryLocks(ctx, []string{key}, ttl)
	return locks[0], errs[0]
}

// TryLocks takes many locks in one statement, and says for each key what TryLock
// would; of a key that stands in keys twice one is taken. If the statement
// fails, none of the locks is known to be taken.
func (l *Locker) TryLocks(ctx context.Context, keys []string, ttl time.Duration) ([]campaign.Lock, []error) {
	locks, errs := make([]campaign.Lock, len(keys)), make([]error, len(keys))
	fail := func(err error) ([]campaign.Lock, []error) {
		for i := range errs {
			errs[i] = err
		}
		return locks, errs
	}
	switch {
	case len(keys) == 0:
		return locks, errs
	case ttl < time.Millisecond:
		return fail(fmt.Errorf("postgres: a lock of %v: give it a millisecond at least", ttl))
	}
	names, tokens := make([]string, 0, len(keys)), make([]string, 0, len(keys))
	mine := make(map[string]int, len(keys)) // the place of a key, by its token
	seen := make(map[string]bool, len(keys))
	for i, key := range keys {
		errs[i] = campaign.ErrTaken // unless the server says otherwise
		if !seen[key] {
			seen[key] = true
			token := rand.Text()
			mine[token] = i
			names, tokens = append(names, key), append(tokens, token)
		}
	}
	now := l.now()
	var ours []string
	err := l.run(ctx, func(ctx context.Context) error {
		ours = ours[:0]
		rows, err := l.pool.Query(ctx, l.obtain, names, tokens, ceil(now.Add(ttl)), now.UnixMicro())
		if err != nil {
			return err
		}
		return each(func(row pgx.Rows) error {
			var token string
			err := row.Scan(&token)
			ours = append(ours, token)
			return err
		})(rows)
	})
	if err != nil {
		return fail(err)
	}
	for _, token := range ours {
		i := mine[token]
		locks[i], errs[i] = &rowLock{l: l, key: keys[i], token: token}, nil
	}
	l.tidy(ctx, now)
	return locks, errs
}

// run runs one statement, again when it lost to another one or its connection
// broke.
func (l *Locker) run(ctx context.Context, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("postgres: no lock was asked for: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	for try := 1; ; try++ {
		err := explain(f(ctx))
		if err == nil {
			return nil
		}
		if !loser(err) || try == lockTries || pause(ctx, try) != nil {
			return fmt.Errorf("postgres: lock: %w", err)
		}
	}
}

// lockTries is how often a statement about locks is sent.
const lockTries = 3

// tidy removes rows that nobody holds any more, now and then. It may fail: the
// next one comes.
func (l *Locker) tidy(ctx context.Context, now time.Time) {
	l.mu.Lock()
	due := !now.Before(l.sweepAt)
	if due {
		l.sweepAt = now.Add(lockRest)
	}
	l.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	// A row is left to a former owner, and to clocks that differ, for a while.
	_, _ = l.pool.Exec(ctx, l.sweep, now.Add(-lockRest).UnixMicro())
}

// lockRest is how long expired rows may stand, and the pause between two looks
// for them.
const lockRest = 10 * time.Minute

type rowLock struct {
	l          *Locker
	key, token string
}

// Extend makes the lock last ttl from now. Zero and less frees it.
func (k *rowLock) Extend(ctx context.Context, ttl time.Duration) error {
	if ttl <= 0 {
		return k.Unlock(ctx)
	}
	now := k.l.now()
	return k.held(ctx, k.l.extend, k.key, k.token, ceil(now.Add(ttl)), now.UnixMicro())
}

// Unlock frees the lock.
func (k *rowLock) Unlock(ctx context.Context) error {
	return k.held(ctx, k.l.release, k.key, k.token, k.l.now().UnixMicro())
}

// held runs a statement that answers whether the lock was the owner's.
func (k *rowLock) held(ctx context.Context, query string, args ...any) error {
	held := false
	err := k.l.run(ctx, func(ctx context.Context) error {
		err := k.l.pool.QueryRow(ctx, query, args...).Scan(&held)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	if err == nil && !held {
		return campaign.ErrLockLost
	}
	return err
}

// ceil is an instant in microseconds: a lock lasts no shorter than it was asked
// to.
func ceil(t time.Time) int64 { return t.Add(time.Microsecond - 1).UnixMicro() }
