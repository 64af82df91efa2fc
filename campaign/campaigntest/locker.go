package campaigntest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Locker checks that a locker keeps the contract of campaign.Locker, on its own
// clock: it waits for locks of 200 ms to expire. See [LockerCase] for a locker
// whose clock can be moved.
func Locker(t *testing.T, open func(t *testing.T) campaign.Locker) {
	LockerCase{Open: open}.Run(t)
}

// LockerCase is a locker under test.
type LockerCase struct {
	// Open returns a locker on which no lock is held. Several lockers that it
	// returned in one test may share their locks, or not.
	Open func(t *testing.T) campaign.Locker
	// Advance moves the clock of every locker that Open returned. Nil means
	// that their clock runs by itself.
	Advance func(d time.Duration)
}

// Run runs the rules.
func (c LockerCase) Run(t *testing.T) {
	for _, r := range lockerRules() {
		t.Run(r.name, func(t *testing.T) {
			r.check(&lockEnv{judge: judge{TB: t, why: r.why}, ctx: t.Context(), locker: c.Open(t), advance: c.Advance})
		})
	}
}

type lockEnv struct {
	judge
	ctx     context.Context
	locker  campaign.Locker
	advance func(time.Duration)
}

// The times of the locks: long outlives a rule, short does not.
const (
	longTTL  = time.Minute
	shortTTL = 200 * time.Millisecond
)

func lockerRules() []rule[*lockEnv] {
	return []rule[*lockEnv]{
		{"taken", "two processes that write to one phone at once send twice", lockTaken},
		{"unlock", "a phone that is done with is free at once", lockUnlock},
		{"unlock twice", "the second unlock of an owner could free the lock of the next", lockUnlockTwice},
		{"keys", "one phone's lock holds nobody else's", lockKeys},
		{"expiry", "a lock whose process died frees itself", lockExpiry},
		{"late unlock", "an owner who comes late must not free a lock that is somebody else's by now", lockLateUnlock},
		{"late extend", "an owner who comes late must not prolong a lock that is somebody else's by now", lockLateExtend},
		{"extend", "a lock that is renewed outlives its first time", lockExtend},
		{"extend counts from now", "Extend sets how long the lock lasts from now on, it does not add", lockShorten},
		{"extend after the end", "an owner who has lost the lock must learn it", lockExtendLost},
		{"cancelled", "a caller that has given up takes no lock", lockCancelled},
		{"crowd", "of many who try at once exactly one gets the lock", lockCrowd},
		{"batch", "locks taken together are the locks taken one by one", lockBatch},
	}
}

func (e *lockEnv) try(key string, ttl time.Duration) campaign.Lock {
	e.Helper()
	l, err := e.locker.TryLock(e.ctx, key, ttl)
	e.need(err, "TryLock of a free key")
	e.that(l != nil, "TryLock returned neither a lock nor an error")
	return l
}

func (e *lockEnv) taken(key, when string) {
	e.Helper()
	l, err := e.locker.TryLock(e.ctx, key, longTTL)
	e.refuse(err, campaign.ErrTaken, "TryLock "+when)
	e.that(l == nil, "TryLock %s returned a lock together with its error", when)
}

// expired returns a lock of the key, taken after an earlier one expired.
func (e *lockEnv) expired(key string) campaign.Lock {
	e.Helper()
	if e.advance != nil {
		e.advance(shortTTL)
		return e.try(key, longTTL)
	}
	ctx, cancel := context.WithTimeout(e.ctx, 50*shortTTL)
	defer cancel()
	tick := time.NewTicker(shortTTL / 10)
	defer tick.Stop()
	for {
		l, err := e.locker.TryLock(ctx, key, longTTL)
		if err == nil {
			return l
		}
		e.that(errors.Is(err, campaign.ErrTaken), "TryLock while a lock expires: %v", err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			e.that(false, "a lock of %v is still held after %v", shortTTL, 50*shortTTL)
		}
	}
}

func lockTaken(e *lockEnv) {
	l := e.try("phone_lock:+5511900000001", longTTL)
	e.taken("phone_lock:+5511900000001", "of a key that is held")
	e.taken("phone_lock:+5511900000001", "of a key that is held, again")
	e.need(l.Unlock(e.ctx), "Unlock by the owner, after others have tried")
}

func lockUnlock(e *lockEnv) {
	for range 3 {
		l := e.try("a", longTTL)
		e.taken("a", "of a key that is held")
		e.need(l.Unlock(e.ctx), "Unlock")
	}
}

func lockUnlockTwice(e *lockEnv) {
	l := e.try("a", longTTL)
	e.need(l.Unlock(e.ctx), "Unlock")
	next := e.try("a", longTTL)
	e.refuse(l.Unlock(e.ctx), campaign.ErrLockLost, "a second Unlock")
	e.taken("a", "after the former owner unlocked a second time")
	e.refuse(l.Extend(e.ctx, longTTL), campaign.ErrLockLost, "Extend after Unlock")
	e.need(next.Unlock(e.ctx), "Unlock by the owner")
}

func lockKeys(e *lockEnv) {
	keys := []string{"phone_lock:+5511900000001", "phone_lock:+551190000000", "phone_lock:*", "Phone_lock:+5511900000001", "", "á b\n"}
	var ls []campaign.Lock
	for _, k := range keys {
		ls = append(ls, e.try(k, longTTL))
	}
	e.need(ls[0].Unlock(e.ctx), "Unlock")
	for _, k := range keys[1:] {
		e.taken(k, fmt.Sprintf("of %q after another key was unlocked", k))
	}
	e.try(keys[0], longTTL)
}

func lockExpiry(e *lockEnv) {
	e.try("a", shortTTL)
	if e.advance != nil {
		e.advance(shortTTL - time.Millisecond)
		e.taken("a", "before the time is over")
		e.advance(time.Millisecond - shortTTL)
	}
	next := e.expired("a")
	e.need(next.Unlock(e.ctx), "Unlock by the next owner")
}

func lockLateUnlock(e *lockEnv) {
	late := e.try("a", shortTTL)
	next := e.expired("a")
	e.refuse(late.Unlock(e.ctx), campaign.ErrLockLost, "Unlock by a former owner")
	e.taken("a", "after a former owner unlocked")
	e.need(next.Unlock(e.ctx), "Unlock by the owner")
}

func lockLateExtend(e *lockEnv) {
	late := e.try("a", shortTTL)
	next := e.expired("a")
	e.refuse(late.Extend(e.ctx, 10*longTTL), campaign.ErrLockLost, "Extend by a former owner")
	e.need(next.Extend(e.ctx, longTTL), "Extend by the owner, after a former owner tried")
	e.need(next.Unlock(e.ctx), "Unlock by the owner")
	e.try("a", longTTL)
}

func lockExtend(e *lockEnv) {
	l := e.try("a", shortTTL)
	e.need(l.Extend(e.ctx, longTTL), "Extend")
	e.try("marker", shortTTL)
	e.expired("marker") // by now the first time of "a" is over too
	e.taken("a", "after the first time of a lock that was renewed")
	e.need(l.Unlock(e.ctx), "Unlock of a lock that was renewed")
	e.try("a", longTTL)
}

func lockShorten(e *lockEnv) {
	l := e.try("a", longTTL)
	e.need(l.Extend(e.ctx, shortTTL), "Extend by less than is left")
	e.expired("a")
}

func lockExtendLost(e *lockEnv) {
	l := e.try("a", shortTTL)
	e.try("marker", shortTTL)
	e.expired("marker")
	e.refuse(l.Extend(e.ctx, longTTL), campaign.ErrLockLost, "Extend after the lock has expired")
	e.refuse(l.Unlock(e.ctx), campaign.ErrLockLost, "Unlock after the lock has expired")
	e.try("a", longTTL)
}

func lockCancelled(e *lockEnv) {
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	l, err := e.locker.TryLock(ctx, "a", longTTL)
	e.that(err != nil && l == nil, "TryLock with a cancelled context took the lock")
	e.that(!errors.Is(err, campaign.ErrTaken), "TryLock with a cancelled context says that the lock is taken")
	e.try("a", longTTL)
}

func lockCrowd(e *lockEnv) {
	for round := range 10 {
		var won atomic.Int64
		winner := make([]campaign.Lock, 8)
		err := together(8, func(n int) error {
			l, err := e.locker.TryLock(e.ctx, "crowd", longTTL)
			if err == nil {
				won.Add(1)
				winner[n] = l
			} else if !errors.Is(err, campaign.ErrTaken) {
				return err
			}
			return nil
		})
		e.need(err, "TryLock by many")
		e.that(won.Load() == 1, "round %d: %d of 8 got the lock, want exactly 1", round, won.Load())
		for _, l := range winner {
			if l != nil {
				e.need(l.Unlock(e.ctx), "Unlock by the winner")
			}
		}
	}
}

func lockBatch(e *lockEnv) {
	b, ok := e.locker.(campaign.BatchLocker)
	if !ok {
		return // an optional power
	}
	held := e.try("b", longTTL)
	keys := []string{"a", "b", "c", "a"}
	ls, errs := b.TryLocks(e.ctx, keys, longTTL)
	e.that(len(ls) == len(keys) && len(errs) == len(keys), "TryLocks of %d keys answers with %d locks and %d errors", len(keys), len(ls), len(errs))
	e.need(errs[0], "TryLocks of a free key")
	e.refuse(errs[1], campaign.ErrTaken, "TryLocks of a key that is held")
	e.need(errs[2], "TryLocks of a free key after one that is held")
	e.refuse(errs[3], campaign.ErrTaken, "TryLocks of a key that stands in the batch twice")
	e.that(ls[0] != nil && ls[1] == nil && ls[2] != nil && ls[3] == nil, "TryLocks does not return a lock or an error for each key")
	e.taken("c", "of a key that a batch holds")
	e.need(ls[0].Unlock(e.ctx), "Unlock of a lock of a batch")
	e.try("a", longTTL)
	e.need(held.Unlock(e.ctx), "Unlock of the lock that was held before")
}
