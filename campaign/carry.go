package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// carry takes one attempt from the phone's lock to the gateway's answer. The
// settlement says what became of it; the lock, nil if none was taken, is to be
// released after the settlement is committed.
func (e *Engine) carry(ctx context.Context, a *Attempt) (Settlement, Lock) {
	if s, ok := e.admit(a); !ok {
		return s, nil
	}
	lock, err := e.Locker.TryLock(ctx, phoneKey(a), e.Timing.PhoneLock)
	return e.carryOn(ctx, a, lock, err)
}

// carryAll is carry for several attempts, whose locks are taken at once. It
// hands each on with the rest of its way, which may go its own pace.
func (e *Engine) carryAll(ctx context.Context, as []*Attempt, hand func(a *Attempt, rest func() (Settlement, Lock))) {
	var admitted []*Attempt
	var keys []string
	for _, a := range as {
		if s, ok := e.admit(a); !ok {
			hand(a, func() (Settlement, Lock) { return s, nil })
			continue
		}
		admitted, keys = append(admitted, a), append(keys, phoneKey(a))
	}
	if len(keys) == 0 {
		return
	}
	locks, errs := e.batches.TryLocks(ctx, keys, e.Timing.PhoneLock)
	for i, a := range admitted {
		lock, err := locks[i], errs[i]
		hand(a, func() (Settlement, Lock) { return e.carryOn(ctx, a, lock, err) })
	}
}

// admit asks what can be asked before anybody's lock: whether the send may
// still begin, and whether its gateway is known to be away.
func (e *Engine) admit(a *Attempt) (Settlement, bool) {
	switch {
	case e.stop.set():
		return a.late(Because(CodeStopped)), false
	case e.Now().After(a.StartBy):
		return a.late(Because(CodeLate)), false
	case !e.breakers.admit(a.Route, e.Now()):
		return Settlement{Attempt: a.ID, Outcome: OutcomeHeld, Why: Because(CodeGatewayDown)}, false
	}
	return Settlement{}, true
}

// carryOn goes on from the answer of the locker.
func (e *Engine) carryOn(ctx context.Context, a *Attempt, lock Lock, err error) (Settlement, Lock) {
	switch {
	case errors.Is(err, ErrTaken):
		e.breakers.release(a.Route)
		return Settlement{Attempt: a.ID, Outcome: OutcomePostponed, Why: Because(CodePhoneBusy)}, nil
	case err != nil:
		e.breakers.release(a.Route)
		e.fault("lock", err)
		return Settlement{Attempt: a.ID, Outcome: OutcomePostponed, Why: Because(CodeLockDown)}, nil
	}
	if e.stop.set() {
		e.breakers.release(a.Route)
		return a.late(Because(CodeStopped)), lock
	}
	if e.Now().After(a.StartBy) { // the lock was long in coming
		e.breakers.release(a.Route)
		return a.late(Because(CodeLate)), lock
	}
	from := time.Now()
	stop := e.renew(ctx, lock)
	acc, err := e.send(ctx, a)
	stop()
	ruling := Judge(err)
	if err == nil && acc.ProviderID == "" {
		ruling = Ruling{Verdict: VerdictUnknown, Why: Because(CodeUnknownOutcome, "detail", "no_id")}
	}
	e.Observer.Judged(ruling.Verdict, time.Since(from))
	s := Settlement{Attempt: a.ID, Why: ruling.Why}
	e.breakers.tell(a.Route, ruling.Verdict, e.Now(), e.Timing)
	var began interface{ BeganAt() time.Time }
	if errors.As(err, &began) {
		s.Began = began.BeganAt()
	}
	switch ruling.Verdict {
	case VerdictAccepted:
		s.Outcome, s.Accepted, s.Evidence = OutcomeAccepted, acc, ByAnswer
	case VerdictNotSent:
		s.Outcome = OutcomeNotSent
		if e.breakers.open(a.Route) {
			s.Outcome, s.Why = OutcomeHeld, Because(CodeGatewayDown)
		}
	case VerdictRefused:
		s.Outcome = OutcomeRefused
	case VerdictHold:
		s.Outcome = OutcomeHeld
	case VerdictSlow:
		s.Outcome, s.After = OutcomeSlowed, ruling.After
	case VerdictLate:
		s.Outcome = OutcomeLate
	default:
		s.Outcome = OutcomeUnknown
	}
	if err != nil {
		e.log.Warn("send did not succeed", "attempt", a.ID.String(), "campaign", int64(a.Recipient.Campaign),
			"position", a.Recipient.Position, "verdict", string(ruling.Verdict), "why", ruling.Why.String())
	}
	return s, lock
}

// renew keeps a phone's lock alive while its send lasts, and returns what ends
// that.
func (e *Engine) renew(ctx context.Context, l Lock) (stop func()) {
	every := e.Timing.PhoneLock / 3
	var t *time.Timer
	var mu sync.Mutex
	ended := false
	mu.Lock()
	defer mu.Unlock()
	t = time.AfterFunc(every, func() {
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return
		}
		if err := l.Extend(ctx, e.Timing.PhoneLock); err != nil {
			e.fault("lock", err) // the ledger's row still guards the phone
		}
		t.Reset(every)
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		ended = true
		t.Stop()
	}
}

// send calls the sender, and turns a panic of the host's code into an unknown
// outcome: it may have sent.
func (e *Engine) send(ctx context.Context, a *Attempt) (acc Accepted, err error) {
	defer func() {
		if p := recover(); p != nil {
			e.log.Error("sender panicked", "attempt", a.ID.String(), "panic", fmt.Sprint(p))
			acc, err = Accepted{}, fmt.Errorf("campaign: sender panicked: %v", p)
		}
	}()
	return e.via.Send(ctx, Outgoing{Route: a.Route, To: a.Phone, Text: a.Text, Attempt: a.ID,
		StartBy: a.StartBy, Typing: e.Timing.Typing})
}

// letGo releases the phone's lock after the settlement is in. A phone whose
// message may still go out keeps its lock until then.
func (e *Engine) letGo(ctx context.Context, a *Attempt, s Settlement, l Lock) {
	if l == nil {
		return
	}
	var err error
	if s.Outcome == OutcomeUnknown {
		err = l.Extend(ctx, a.Quarantine.Sub(e.Now()))
	} else {
		err = l.Unlock(ctx)
	}
	if err != nil && !errors.Is(err, ErrLockLost) {
		e.fault("lock", err)
	}
}

func (a *Attempt) late(why Reason) Settlement {
	return Settlement{Attempt: a.ID, Outcome: OutcomeLate, Why: why}
}

func phoneKey(a *Attempt) string { return "phone_lock:" + string(a.Phone) }
