package simulation

import (
	"context"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// lockService is outside the processes and survives them, but is flushed now
// and then: no promise rests on it.
type lockService struct {
	s    *sim
	held map[string]*lock
}

type lock struct {
	p     *process
	key   string
	until time.Time
}

func newLockService(s *sim) *lockService { return &lockService{s: s, held: make(map[string]*lock)} }

// locker is the lock service as a process sees it.
type locker struct{ p *process }

// TryLock implements campaign.Locker.
func (l *locker) TryLock(_ context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	s := l.p.s
	m := l.p.trip(siteLock)
	if m == failsBefore {
		return nil, errDown
	}
	all := s.locks
	if !s.calm && s.chance(0.0005) {
		clear(all.held)
		s.logf("the lock service is flushed")
	}
	if k, ok := all.held[key]; ok && s.now.Before(k.until) {
		return nil, l.p.answer(siteLock, m, campaign.ErrTaken)
	}
	if len(all.held) > 4096 {
		for key, k := range all.held {
			if !s.now.Before(k.until) {
				delete(all.held, key)
			}
		}
	}
	k := &lock{p: l.p, key: key, until: s.now.Add(ttl)}
	all.held[key] = k
	if err := l.p.answer(siteLock, m, nil); err != nil {
		return nil, err
	}
	return k, nil
}

// Extend implements campaign.Lock. An engine also calls it from a timer of its
// own while a send lasts, by the real clock: that renewal is left out, since
// no lock is needed for any promise.
func (k *lock) Extend(_ context.Context, ttl time.Duration) error {
	if ttl == renewal {
		return nil
	}
	return k.call(func() { k.until = k.p.s.now.Add(ttl) })
}

// renewal is the life of a phone's lock: the Timing's default.
const renewal = 60 * time.Second

// Unlock implements campaign.Lock.
func (k *lock) Unlock(context.Context) error {
	return k.call(func() { delete(k.p.s.locks.held, k.key) })
}

func (k *lock) call(f func()) error {
	s := k.p.s
	m := k.p.trip(siteUnlock)
	if m == failsBefore {
		return errDown
	}
	err := error(campaign.ErrLockLost)
	if s.locks.held[k.key] == k && s.now.Before(k.until) {
		f()
		err = nil
	}
	return k.p.answer(siteUnlock, m, err)
}
