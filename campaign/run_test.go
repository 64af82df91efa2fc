package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/store/memory"
)

// bubble runs an engine by Run inside a bubble of fake time.
func bubble(t *testing.T, f func(t *testing.T, w *world, stop func()), with ...func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sent: &campaigntest.LookupRecorder{}, store: memory.New(), clock: campaigntest.NewClock(time.Now())}
		w.sent.Now = time.Now
		w.opts = campaign.Options{Daemon: "one"}
		for _, f := range with {
			f(w)
		}
		w.restart("one")
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- w.e.Run(ctx) }()
		stopped := false
		stop := func() {
			if !stopped {
				stopped = true
				cancel()
				require.NoError(t, <-done)
			}
		}
		f(t, w, stop)
		stop()
	})
}

func TestRunSendsAtTheInstantsThatStepWould(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, _ func()) {
		c := w.start(20, campaign.Draft{Instances: w.numbers(2, campaign.Pace{})})
		var seen []campaign.Progress
		for p, err := range w.s.Watch(ctx, c.ID) {
			require.NoError(t, err)
			seen = append(seen, p)
		}
		require.Equal(t, campaign.Completed, seen[len(seen)-1].Status)
		require.EqualValues(t, 20, seen[len(seen)-1].Sent)
		require.Equal(t, 20, w.once())
		last := map[string]time.Time{}
		for _, s := range w.sent.All() {
			if p, ok := last[s.Route.Instance]; ok {
				gap := s.At.Sub(p)
				require.GreaterOrEqual(t, gap, 20*time.Second)
				require.LessOrEqual(t, gap, 51*time.Second, "and it is not late")
			}
			last[s.Route.Instance] = s.At
		}
		for i := 1; i < len(seen); i++ {
			require.GreaterOrEqual(t, seen[i].Sent, seen[i-1].Sent)
		}
	})
}

// blocking is a sender that answers when it is told to.
type blocking struct {
	mu    sync.Mutex
	began []campaign.Outgoing
	gate  chan error
	store campaign.Store
}

func (b *blocking) Send(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	b.mu.Lock()
	b.began = append(b.began, m)
	b.mu.Unlock()
	if err := <-b.gate; err != nil {
		return campaign.Accepted{}, err
	}
	return campaign.Accepted{ProviderID: m.Attempt.String()}, nil
}

func (b *blocking) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.began)
}

func blocked(t *testing.T, f func(t *testing.T, b *blocking, e *campaign.Engine, s *campaign.Service, c campaign.Campaign, stop func() error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &blocking{gate: make(chan error), store: memory.New()}
		e, err := campaign.New(b.store, b, nil)
		require.NoError(t, err)
		s := e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
		var ids []campaign.InstanceID
		for i := range 3 {
			in, err := s.AddInstance(ctx, campaign.Instance{Remote: fmt.Sprint("n", i), Pace: fast()})
			require.NoError(t, err)
			ids = append(ids, in.ID)
		}
		c, err := s.Create(ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "oi"}}, Instances: ids})
		require.NoError(t, err)
		_, err = s.Add(ctx, c.ID, campaign.Everyone(people(1, 100)...))
		require.NoError(t, err)
		_, err = s.Start(ctx, c.ID)
		require.NoError(t, err)
		run, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- e.Run(run) }()
		stopped := false
		stop := func() error { stopped = true; cancel(); return <-done }
		f(t, b, e, s, c, stop)
		if !stopped {
			require.NoError(t, stop())
		}
	})
}

func TestLesson_C5_AfterPauseNothingStarts(t *testing.T) {
	blocked(t, func(t *testing.T, b *blocking, e *campaign.Engine, s *campaign.Service, c campaign.Campaign, stop func() error) {
		synctest.Wait()
		require.Equal(t, 3, b.count(), "one send for each number is under way")
		from := time.Now()
		got, err := s.Pause(ctx, c.ID, "almoço")
		require.NoError(t, err)
		require.Len(t, got.InFlight, 3, "it names what is still in flight")
		require.LessOrEqual(t, time.Since(from), e.MaxPauseWait())
		for range 3 {
			b.gate <- nil
		}
		time.Sleep(time.Hour)
		require.Equal(t, 3, b.count(), "nothing starts after the pause has returned")
		p, err := s.Progress(ctx, c.ID)
		require.NoError(t, err)
		require.EqualValues(t, 3, p.Sent)
		require.Equal(t, campaign.Paused, p.Status)
		again, err := s.Pause(ctx, c.ID, "de novo")
		require.NoError(t, err, "a repeated pause answers the same way")
		require.Empty(t, again.InFlight)
		got2, err := s.Campaign(ctx, c.ID)
		require.NoError(t, err)
		require.Equal(t, campaign.ByUser, got2.Cause)
		require.Equal(t, "almoço", got2.Why.Args["reason"])
	})
}

func TestPauseWithoutSendsReturnsAtOnce(t *testing.T) {
	blocked(t, func(t *testing.T, b *blocking, _ *campaign.Engine, s *campaign.Service, c campaign.Campaign, _ func() error) {
		synctest.Wait()
		close(b.gate) // every send is answered at once
		time.Sleep(time.Second)
		p, err := s.Progress(ctx, c.ID)
		require.NoError(t, err)
		require.EqualValues(t, 100, p.Sent)
		from := time.Now()
		got, err := s.Cancel(ctx, c.ID, "fim")
		require.ErrorIs(t, err, campaign.ErrConflict, "it has completed")
		require.Empty(t, got.InFlight)
		require.Zero(t, time.Since(from))
	})
}

func TestStopAllIsLatched(t *testing.T) {
	blocked(t, func(t *testing.T, b *blocking, e *campaign.Engine, s *campaign.Service, c campaign.Campaign, _ func() error) {
		synctest.Wait()
		got, err := e.StopAll(ctx, "ana", "teste")
		require.NoError(t, err)
		require.Len(t, got.InFlight, 3)
		soon, give := context.WithTimeout(ctx, time.Minute)
		defer give()
		require.ErrorIs(t, e.Quiet(soon), context.DeadlineExceeded, "the results are not in")
		for range 3 {
			b.gate <- nil
		}
		require.NoError(t, e.Quiet(ctx))
		p, err := s.Progress(ctx, c.ID)
		require.NoError(t, err)
		require.EqualValues(t, 3, p.Sent)
		time.Sleep(24 * time.Hour)
		require.Equal(t, 3, b.count())
		why, on, err := e.StoppedAll(ctx)
		require.NoError(t, err)
		require.True(t, on)
		require.Equal(t, "teste", why.Reason)
		require.Equal(t, "ana", why.By)
		p, err = s.Progress(ctx, c.ID)
		require.NoError(t, err)
		require.Equal(t, campaign.Active, p.Status, "it is no pause")
		require.NoError(t, e.ResumeAll(ctx, "ana"))
		synctest.Wait()
		require.Equal(t, 6, b.count())
		close(b.gate)
	})
}

func TestRunWaitsForWhatIsUnderWay(t *testing.T) {
	blocked(t, func(t *testing.T, b *blocking, _ *campaign.Engine, s *campaign.Service, c campaign.Campaign, stop func() error) {
		synctest.Wait()
		go func() {
			time.Sleep(30 * time.Second)
			b.gate <- nil
			b.gate <- errors.New("lost")
			b.gate <- campaign.NotSent(errors.New("refused"))
		}()
		from := time.Now()
		require.NoError(t, stop())
		require.Equal(t, 30*time.Second, time.Since(from))
		p, err := s.Progress(ctx, c.ID)
		require.NoError(t, err)
		require.Zero(t, p.Sending, "all is settled when Run returns")
		require.EqualValues(t, 1, p.Sent)
		require.EqualValues(t, 1, p.Unknown)
		require.EqualValues(t, 98, p.Pending)
		require.Equal(t, 3, b.count())
	})
}

func TestAPanickingSenderIsAnUnknownOutcome(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) { panic("boom") }
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	w.play("2026-03-02 10:00")
	require.Equal(t, campaign.Unknown, w.recipient(c.ID, 1).State)
	require.Equal(t, 1, w.sent.Count())
}

// The phone's lock is renewed while a send lasts, and kept by an unknown.
func TestPhoneLockLastsAsLongAsTheSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		locker := campaign.NewLocker(nil)
		b := &blocking{gate: make(chan error)}
		e, err := campaign.New(memory.New(), b, &campaign.Options{Locker: locker, Timing: campaign.Timing{Timeout: 10 * time.Minute}})
		require.NoError(t, err)
		s := e.As(campaign.Caller{Role: campaign.Host})
		in, err := s.AddInstance(ctx, campaign.Instance{Remote: "n", Pace: fast()})
		require.NoError(t, err)
		c, err := s.Create(ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "oi"}}, Instances: []campaign.InstanceID{in.ID}})
		require.NoError(t, err)
		_, err = s.Add(ctx, c.ID, campaign.Everyone(people(1, 1)...))
		require.NoError(t, err)
		_, err = s.Start(ctx, c.ID)
		require.NoError(t, err)
		run, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- e.Run(run) }()
		key := "phone_lock:" + string(people(1, 1)[0].Phone)
		for range 5 {
			time.Sleep(50 * time.Second)
			_, err = locker.TryLock(ctx, key, time.Second)
			require.ErrorIs(t, err, campaign.ErrTaken)
		}
		b.gate <- errors.New("lost")
		synctest.Wait()
		time.Sleep(30 * time.Second)
		_, err = locker.TryLock(ctx, key, time.Second)
		require.ErrorIs(t, err, campaign.ErrTaken, "an unknown keeps the lock")
		time.Sleep(5 * time.Minute)
		_, err = locker.TryLock(ctx, key, time.Second)
		require.NoError(t, err)
		cancel()
		require.NoError(t, <-done)
	})
}

// A lock service that is down sends nothing, and costs no try.
func TestNoLockNoSend(t *testing.T) {
	for _, c := range []struct {
		err error
		why campaign.Code
	}{{campaign.ErrTaken, campaign.CodePhoneBusy}, {errors.New("redis is away"), campaign.CodeLockDown}} {
		w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Locker = failingLocker{c.err} })
		camp := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
		w.play("2026-03-02 09:10")
		require.Zero(t, w.sent.Count())
		r := w.recipient(camp.ID, 1)
		require.Equal(t, campaign.Pending, r.State)
		require.Equal(t, c.why, r.Why.Code)
		require.Zero(t, r.Tries)
		w.opts.Locker = nil
		w.restart("two")
		w.play("2026-03-02 09:20")
		require.Equal(t, 1, w.sent.Count())
	}
}

type failingLocker struct{ err error }

func (l failingLocker) TryLock(context.Context, string, time.Duration) (campaign.Lock, error) {
	return nil, l.err
}
