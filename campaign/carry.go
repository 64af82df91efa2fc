package campaign

import (
	"context"
	"errors"
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
	lock, err := e.lockPhone(ctx, a)
	return e.carryOn(ctx, a, lock, err)
}

// carryAll is carry for several attempts, whose locks are taken at once. It
// hands each on with the rest of its way, which may go its own pace.
func (e *Engine) carryAll(ctx context.Context, as []*Attempt, hand func(a *Attempt, rest func() (Settlement, Lock))) {
	var admitted []*Attempt
	for _, a := range as {
		if s, ok := e.admit(a); !ok {
			hand(a, func() (Settlement, Lock) { return s, nil })
			continue
		}
		admitted = append(admitted, a)
	}
	if len(admitted) == 0 {
		return
	}
	got := e.lockPhones(ctx, admitted, func(ctx context.Context, keys []string) ([]Lock, []error) {
		return e.batches.TryLocks(ctx, keys, e.Timing.PhoneLock)
	})
	for i, a := range admitted {
		hand(a, func() (Settlement, Lock) { return e.carryOn(ctx, a, got[i].lock, got[i].err) })
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
	var began Beginner
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
	case VerdictLater:
		s.Outcome, s.After = OutcomePostponed, ruling.After
	case VerdictStop:
		s.Outcome, s.After, s.Stops = OutcomePostponed, time.Second, true
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
		e.extend(ctx, l, e.Timing.PhoneLock)
		t.Reset(every)
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		ended = true
		t.Stop()
	}
}

// sent is the answer of a sender.
type sent struct {
	acc Accepted
	err error
}

// send calls the sender. A panic, and a call that does not return, are unknown
// outcomes: the message may have gone out. Should the sender say so after all,
// its word counts then.
func (e *Engine) send(ctx context.Context, a *Attempt) (Accepted, error) {
	left := min(max(0, a.StartBy.Sub(e.Now())), e.Timing.Deadline)
	ctx, cancel := context.WithTimeout(ctx, left+e.Timing.Timeout+e.Timing.Typing)
	defer cancel()
	l := e.air.letter(a.ID)
	m := Outgoing{Route: a.Route, To: a.Phone, Text: a.Text, Attempt: a.ID, StartBy: a.StartBy, Typing: e.Timing.Typing,
		Recipient: a.Recipient, Message: a.Message, Contact: l.to, Values: l.values}
	got, ok := ask(ctx, e, func() (s sent) {
		err := guard("the sender", func() error {
			s.acc, s.err = e.via.Send(ctx, m)
			return nil
		})
		if err != nil {
			e.fault("send", err)
			s = sent{err: err}
		}
		return s
	}, func(s sent) {
		if s.err == nil && s.acc.ProviderID != "" {
			e.log.Info("a send that had been given up was accepted", "attempt", m.Attempt.String())
			e.owe([]Settlement{{Attempt: m.Attempt, Outcome: OutcomeAccepted, Accepted: s.acc, Evidence: ByAnswer}})
		}
	})
	if !ok {
		err := errLeft("the sender", ctx)
		e.fault("send", err)
		return Accepted{}, err
	}
	return got.acc, got.err
}

// letGo releases the phone's lock after the settlement is in. A phone whose
// message may still go out keeps its lock until then.
func (e *Engine) letGo(ctx context.Context, a *Attempt, s Settlement, l Lock) {
	switch {
	case l == nil:
	case s.Outcome == OutcomeUnknown:
		e.extend(ctx, l, a.Quarantine.Sub(e.Now()))
	default:
		e.unlock(ctx, l)
	}
}

func (a *Attempt) late(why Reason) Settlement {
	return Settlement{Attempt: a.ID, Outcome: OutcomeLate, Why: why}
}

func phoneKey(a *Attempt) string { return "phone_lock:" + string(a.Phone) }
