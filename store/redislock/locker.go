package redislock

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/alreasense/campaigns/campaign"
)

// Options are the options of a [Locker]. The zero value is the default.
type Options struct {
	// Prefix is put before every key. Other systems that lock the same phones
	// put the same one there. Defaults to none.
	Prefix string
}

// Locker takes locks on Redis. It is safe for concurrent use, starts nothing and
// holds nothing but the client, which remains the host's to close.
type Locker struct {
	client redis.UniversalClient
	prefix string
}

var (
	_ campaign.Locker      = (*Locker)(nil)
	_ campaign.BatchLocker = (*Locker)(nil)
	_ campaign.Lock        = (*lock)(nil)
)

// New returns a Locker that uses a client of one server, of a cluster or of
// Sentinels. Nil options are the defaults. It does not talk to the server.
func New(c redis.UniversalClient, o *Options) *Locker {
	if o == nil {
		o = &Options{}
	}
	return &Locker{client: c, prefix: o.Prefix}
}

// TryLock takes the lock of key for ttl, at least a millisecond. It returns
// campaign.ErrTaken if the key exists with another token, and any other error
// if it is not known whether the lock was taken; no error names the key, which
// holds a phone. The caller who holds a lock and tries again finds it taken.
func (l *Locker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	if err := usable(ctx, ttl); err != nil {
		return nil, err
	}
	k := l.lock(key)
	took, err := obtain.run(ctx, l.client, k, ttl)
	return k.verdict(took, err)
}

// TryLocks takes many locks in one round trip, or one for each node of a
// cluster, and says for each key what TryLock would; of a key that stands in
// keys twice one is taken. The locks are not taken together: some may be ours
// and others not.
func (l *Locker) TryLocks(ctx context.Context, keys []string, ttl time.Duration) ([]campaign.Lock, []error) {
	locks, errs := make([]campaign.Lock, len(keys)), make([]error, len(keys))
	if err := usable(ctx, ttl); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return locks, errs
	}
	mine := make([]*lock, len(keys))
	for i, key := range keys {
		mine[i] = l.lock(key)
	}
	took, failed := obtain.runAll(ctx, l.client, mine, ttl)
	for i, k := range mine {
		locks[i], errs[i] = k.verdict(took[i], failed[i])
	}
	return locks, errs
}

// usable refuses what would take no lock, before the server hears of it.
func usable(ctx context.Context, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ttl < time.Millisecond {
		return fmt.Errorf("redislock: a lock of %v: give it a millisecond at least", ttl)
	}
	return nil
}

// lock is a lock that is not taken yet, with a token of its own.
func (l *Locker) lock(key string) *lock {
	return &lock{l: l, key: l.prefix + key, token: rand.Text()}
}

type lock struct {
	l          *Locker
	key, token string
}

// verdict is what the script's answer means to who has tried.
func (k *lock) verdict(took bool, err error) (campaign.Lock, error) {
	switch {
	case err != nil:
		return nil, err
	case !took:
		return nil, campaign.ErrTaken
	}
	return k, nil
}

// Extend makes the lock last ttl from the moment the server hears of it. Zero
// and less frees it.
func (k *lock) Extend(ctx context.Context, ttl time.Duration) error {
	return held(extend.run(ctx, k.l.client, k, ttl))
}

// Unlock frees the lock.
func (k *lock) Unlock(ctx context.Context) error {
	return held(release.run(ctx, k.l.client, k, 0))
}

func held(mine bool, err error) error {
	if err == nil && !mine {
		return campaign.ErrLockLost
	}
	return err
}

// errAnswer: the server answers something that none of the scripts says.
var errAnswer = errors.New("redislock: the server's answer is neither 0 nor 1")
