package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// watchedLocker is a Locker whose service may be away. Once it has failed
// nothing is taken until a probe gets a lock again, so that nobody's message is
// begun only to be put off.
type watchedLocker struct {
	campaign.Locker
	probe string // a key of this daemon's own
	down  atomic.Bool
	fell  chan struct{}
}

// lockProbe is the time between two probes while the service answers, and
// lockAgain while it does not.
const (
	lockProbe = 5 * time.Second
	lockAgain = 250 * time.Millisecond
)

func watchLocker(l campaign.Locker, daemon string) *watchedLocker {
	return &watchedLocker{Locker: l, probe: "campaignd_probe:" + daemon, fell: make(chan struct{}, 1)}
}

// TryLock implements campaign.Locker.
func (l *watchedLocker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	k, err := l.Locker.TryLock(ctx, key, ttl)
	l.heard(ctx, err)
	return k, err
}

// TryLocks implements campaign.BatchLocker.
func (l *watchedLocker) TryLocks(ctx context.Context, keys []string, ttl time.Duration) ([]campaign.Lock, []error) {
	ks, errs := l.Locker.(campaign.BatchLocker).TryLocks(ctx, keys, ttl)
	for _, err := range errs {
		l.heard(ctx, err)
	}
	return ks, errs
}

func (l *watchedLocker) heard(ctx context.Context, err error) {
	if err == nil || errors.Is(err, campaign.ErrTaken) || ctx.Err() != nil {
		return
	}
	l.down.Store(true)
	select {
	case l.fell <- struct{}{}:
	default:
	}
}

// problem is why nothing may be taken with these locks.
func (l *watchedLocker) problem() campaign.Reason {
	if l.down.Load() {
		return campaign.Because(campaign.CodeLockDown)
	}
	return campaign.Reason{}
}

// run probes until ctx ends, and logs what changes.
func (l *watchedLocker) run(ctx context.Context, log *slog.Logger) {
	said := false
	for {
		k, err := l.Locker.TryLock(ctx, l.probe, lockProbe)
		if ctx.Err() != nil {
			return
		}
		wait := lockProbe
		switch {
		case err == nil:
			_ = k.Unlock(ctx) // or it expires
			l.down.Store(false)
			if said {
				log.Info("the lock service answers again")
			}
			said = false
		case errors.Is(err, campaign.ErrTaken): // the last one's answer was lost, and it lasts a while
			wait = lockAgain
		default:
			wait = lockAgain
			l.down.Store(true)
			if !said {
				log.Warn("the lock service does not answer: nothing is sent until it does", "error", err.Error())
			}
			said = true
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-l.fell:
			t.Stop()
			if l.down.Load() {
				l.pause(ctx)
			}
		case <-t.C:
		}
	}
}

// pause keeps a service that fails at once from being asked in a spin.
func (l *watchedLocker) pause(ctx context.Context) {
	t := time.NewTimer(lockAgain)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

var (
	_ campaign.Locker      = (*watchedLocker)(nil)
	_ campaign.BatchLocker = (*watchedLocker)(nil)
)
