package campaign

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Errors of lockers.
var (
	// ErrTaken: somebody else holds the lock. Any other error of TryLock means
	// that the lock service does not answer, and then nothing is sent.
	ErrTaken = errors.New("campaign: lock is taken")
	// ErrLockLost: the lock expired, and may be somebody else's by now.
	ErrLockLost = errors.New("campaign: lock was lost")
)

// Locker keeps two processes from writing to one phone at the same time. It is
// a courtesy towards systems outside the ledger: with every lock lost, the
// ledger's own rows still keep a phone from getting two messages at once.
type Locker interface {
	// TryLock takes the lock of key for ttl, or returns ErrTaken at once. If
	// the answer of the lock service is lost, an implementation either proves
	// that the lock is its own or returns an error other than ErrTaken.
	//
	// ctx ends when the send that needs the lock can no longer begin. A call
	// that does not return then is left behind a second later, and nothing is
	// sent; a lock that it gives after all is freed.
	TryLock(ctx context.Context, key string, ttl time.Duration) (Lock, error)
}

// BatchLocker is the power of a Locker that takes many locks in one round trip.
type BatchLocker interface {
	// TryLocks returns a lock or an error for each key.
	TryLocks(ctx context.Context, keys []string, ttl time.Duration) ([]Lock, []error)
}

// Lock is a lock that is held. It knows its owner's token, so it never frees
// or prolongs a lock that has become somebody else's.
type Lock interface {
	// Extend makes the lock last ttl from now. ErrLockLost if it is no longer
	// held.
	Extend(ctx context.Context, ttl time.Duration) error
	// Unlock frees the lock. Unlocking a lost lock is ErrLockLost and frees
	// nothing.
	Unlock(ctx context.Context) error
}

// NewLocker returns a Locker for one process. now defaults to time.Now.
func NewLocker(now func() time.Time) Locker {
	if now == nil {
		now = time.Now
	}
	return &processLocker{now: now, held: make(map[string]*processLock)}
}

type processLocker struct {
	now  func() time.Time
	mu   sync.Mutex
	held map[string]*processLock
	// sweepAt bounds the map: expired locks are dropped when it has doubled.
	sweepAt int
}

type processLock struct {
	l     *processLocker
	key   string
	until time.Time
}

func (l *processLocker) TryLock(ctx context.Context, key string, ttl time.Duration) (Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if k, ok := l.held[key]; ok && now.Before(k.until) {
		return nil, ErrTaken
	}
	if len(l.held) > l.sweepAt {
		for key, k := range l.held {
			if !now.Before(k.until) {
				delete(l.held, key)
			}
		}
		l.sweepAt = 2*len(l.held) + 64
	}
	k := &processLock{l: l, key: key, until: now.Add(ttl)}
	l.held[key] = k
	return k, nil
}

func (k *processLock) mine(now time.Time) bool {
	return k.l.held[k.key] == k && now.Before(k.until)
}

func (k *processLock) Extend(_ context.Context, ttl time.Duration) error {
	now := k.l.now()
	k.l.mu.Lock()
	defer k.l.mu.Unlock()
	if !k.mine(now) {
		return ErrLockLost
	}
	k.until = now.Add(ttl)
	return nil
}

func (k *processLock) Unlock(context.Context) error {
	now := k.l.now()
	k.l.mu.Lock()
	defer k.l.mu.Unlock()
	if !k.mine(now) {
		return ErrLockLost
	}
	delete(k.l.held, k.key)
	return nil
}

// NoLocker is a Locker that always gives the lock, for hosts whose phones
// nobody else writes to: the ledger's rows alone then keep a phone from getting
// two messages at once.
type NoLocker struct{}

// TryLock gives a lock that excludes nobody.
func (NoLocker) TryLock(ctx context.Context, _ string, _ time.Duration) (Lock, error) {
	return noLock{}, ctx.Err()
}

type noLock struct{}

func (noLock) Extend(context.Context, time.Duration) error { return nil }
func (noLock) Unlock(context.Context) error                { return nil }

var _ Locker = NoLocker{}
