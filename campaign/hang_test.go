package campaign_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/store/memory"
)

// hanging is a sender that waits for its context, or for nothing at all.
type hanging struct {
	deaf   bool // does not heed its context
	answer campaign.Accepted
	open   chan struct{} // ends what is deaf
	began  chan time.Time
}

func newHanging() *hanging {
	return &hanging{open: make(chan struct{}), began: make(chan time.Time, 1000)}
}

func (h *hanging) Send(ctx context.Context, _ campaign.Outgoing) (campaign.Accepted, error) {
	h.began <- time.Now()
	if h.deaf {
		<-h.open
		return h.answer, nil
	}
	<-ctx.Done()
	return campaign.Accepted{}, ctx.Err()
}

// hung runs an engine of one worker in a bubble of fake time.
func hung(t *testing.T, via campaign.Sender, o campaign.Options, f func(e *campaign.Engine, s *campaign.Service, c campaign.Campaign, stop func())) {
	t.Helper()
	o.Workers = 1
	e, err := campaign.New(memory.New(), via, &o)
	require.NoError(t, err)
	s := e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
	in, err := s.AddInstance(ctx, campaign.Instance{Remote: "n", Pace: fast()})
	require.NoError(t, err)
	c, err := s.Create(ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "oi"}}, Instances: []campaign.InstanceID{in.ID}})
	require.NoError(t, err)
	_, err = s.Add(ctx, c.ID, campaign.Everyone(people(1, 10)...))
	require.NoError(t, err)
	_, err = s.Start(ctx, c.ID)
	require.NoError(t, err)
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- e.Run(run) }()
	synctest.Wait()
	f(e, s, c, func() { cancel(); require.NoError(t, <-done) })
}

// A send that hangs ends at its bound as an unknown one, and its worker goes on
// with the next person.
func TestASendThatHangsIsCancelledAtItsBound(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHanging()
			h.deaf = deaf
			hung(t, h, campaign.Options{Timing: campaign.Timing{Timeout: 10 * time.Second, Typing: 3 * time.Second}},
				func(e *campaign.Engine, s *campaign.Service, c campaign.Campaign, stop func()) {
					first := <-h.began
					second := <-h.began
					require.GreaterOrEqual(t, second.Sub(first), 13*time.Second, "T and the typing are its own")
					require.LessOrEqual(t, second.Sub(first), 17*time.Second, "the worker comes back after D + T + typing")
					r, err := s.Recipient(ctx, campaign.RecipientID{Campaign: c.ID, Position: 1})
					require.NoError(t, err)
					require.Equal(t, campaign.Unknown, r.State, "nobody knows: never not sent")
					require.Equal(t, campaign.CodeUnknownOutcome, r.Why.Code)
					from := time.Now()
					stop()
					require.LessOrEqual(t, time.Since(from), 23*time.Second, "Run returns when its documentation says")
					p, err := s.Progress(ctx, c.ID)
					require.NoError(t, err)
					require.Zero(t, p.Sending, "and has settled everything")
				})
			close(h.open)
		})
	}
}

// A send that was given up and answers after all is sent.
func TestTheLateAnswerOfASendThatWasGivenUpCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHanging()
		h.deaf, h.answer = true, campaign.Accepted{ProviderID: "late"}
		hung(t, h, campaign.Options{Timing: campaign.Timing{Timeout: 10 * time.Second}},
			func(_ *campaign.Engine, s *campaign.Service, c campaign.Campaign, stop func()) {
				time.Sleep(14 * time.Second)
				p, err := s.Progress(ctx, c.ID)
				require.NoError(t, err)
				require.EqualValues(t, 1, p.Unknown)
				_, err = s.Pause(ctx, c.ID, "")
				require.NoError(t, err)
				h.open <- struct{}{}
				time.Sleep(10 * time.Second)
				r, err := s.Recipient(ctx, campaign.RecipientID{Campaign: c.ID, Position: 1})
				require.NoError(t, err)
				require.Equal(t, campaign.Sent, r.State)
				require.Equal(t, "late", r.ProviderID)
				stop()
			})
		close(h.open)
	})
}

// hangingLocker waits for its context, or for nothing at all.
type hangingLocker struct {
	deaf  bool
	open  chan struct{}
	freed chan string
}

func (l hangingLocker) TryLock(ctx context.Context, key string, _ time.Duration) (campaign.Lock, error) {
	if !l.deaf {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	<-l.open
	return hangingLock{l, key}, nil
}

type hangingLock struct {
	l   hangingLocker
	key string
}

func (k hangingLock) Extend(context.Context, time.Duration) error { return nil }
func (k hangingLock) Unlock(context.Context) error                { k.l.freed <- k.key; return nil }

// A locker that hangs sends nothing, costs no try, and gives its worker back;
// a lock that it gives when nobody waits any more is freed.
func TestALockerThatHangsIsLeftAtTheLatestStart(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := hangingLocker{deaf: deaf, open: make(chan struct{}), freed: make(chan string, 100)}
			sent := &campaigntest.Recorder{}
			hung(t, sent, campaign.Options{Locker: l}, func(_ *campaign.Engine, s *campaign.Service, c campaign.Campaign, stop func()) {
				time.Sleep(4 * time.Second)
				r, err := s.Recipient(ctx, campaign.RecipientID{Campaign: c.ID, Position: 1})
				require.NoError(t, err)
				require.Equal(t, campaign.CodeLockDown, r.Why.Code)
				require.Zero(t, r.Tries)
				from := time.Now()
				stop()
				require.LessOrEqual(t, time.Since(from), 5*time.Second)
				require.Zero(t, sent.Count())
			})
			close(l.open)
			if deaf {
				require.Contains(t, <-l.freed, "phone_lock:")
			}
		})
	}
}

// stuckLock is given at once, and then neither prolonged nor freed.
type stuckLock struct{}

func (stuckLock) TryLock(context.Context, string, time.Duration) (campaign.Lock, error) {
	return stuckLock{}, nil
}
func (stuckLock) Extend(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }
func (stuckLock) Unlock(ctx context.Context) error                  { <-ctx.Done(); return ctx.Err() }

func TestALockThatCannotBeFreedHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := &campaigntest.Recorder{}
		hung(t, sent, campaign.Options{Locker: stuckLock{}}, func(_ *campaign.Engine, _ *campaign.Service, _ campaign.Campaign, stop func()) {
			time.Sleep(time.Minute)
			require.Equal(t, 10, sent.Count())
			stop()
		})
	})
}

// A look-up that hangs does not keep the daemon from showing that it lives.
func TestALookupThatHangsDoesNotStopTheBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		hung(t, deafLookup{open}, campaign.Options{}, func(e *campaign.Engine, s *campaign.Service, _ campaign.Campaign, stop func()) {
			time.Sleep(2 * time.Minute)
			daemons, err := s.Daemons(ctx)
			require.NoError(t, err)
			require.Len(t, daemons, 1)
			stop()
		})
		close(open)
	})
}

type deafLookup struct{ open chan struct{} }

func (deafLookup) Send(context.Context, campaign.Outgoing) (campaign.Accepted, error) {
	return campaign.Accepted{}, errors.New("lost")
}

func (d deafLookup) Find(context.Context, campaign.Inquiry) ([]campaign.Record, error) {
	<-d.open
	return nil, nil
}

// One engine has one loop.
func TestASecondLoopIsAnError(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, stop func()) {
		synctest.Wait()
		require.ErrorIs(t, w.e.Run(ctx), campaign.ErrRunning)
		_, err := w.e.Step(ctx)
		require.ErrorIs(t, err, campaign.ErrRunning)
		stop()
		_, err = w.e.Step(ctx)
		require.NoError(t, err, "Run has ended")
	})
}
