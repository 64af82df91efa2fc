package campaign_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

type pickFunc func(ms []campaign.Message, c campaign.Choice) int

func (f pickFunc) Pick(ms []campaign.Message, c campaign.Choice) int { return f(ms, c) }

type varsFunc func(to contact.Contact) string

func (varsFunc) Names() []string { return []string{"pedido"} }
func (f varsFunc) Value(ask campaign.Ask, name string) (string, bool) {
	if name != "pedido" {
		return "", false
	}
	return f(ask.Contact), true
}

type boomWindow struct{}

func (boomWindow) Next(time.Time) time.Time { panic("boom") }

// parts remembers which parts have failed.
type parts struct {
	campaign.NopObserver
	mu  sync.Mutex
	all []string
}

func (p *parts) Failed(part string, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, part)
}

// The host's own code that panics costs its own campaign, and the campaign
// beside it goes on; also in the process that comes after.
func TestPluginsThatPanicCostTheirOwnCampaign(t *testing.T) {
	two := []campaign.Message{{Text: "a {{nome}}"}, {Text: "b {{nome}}"}}
	for name, c := range map[string]struct {
		draft campaign.Draft
		opts  campaign.Options
		why   campaign.Code
		part  string
	}{
		"a rotation": {
			campaign.Draft{Messages: two, Rotation: "own"},
			campaign.Options{Rotations: map[string]campaign.Rotation{"own": pickFunc(func([]campaign.Message, campaign.Choice) int { panic("boom") })}},
			campaign.CodeRotationFailed, "plan"},
		"a rotation that chooses what is not there": {
			campaign.Draft{Messages: two, Rotation: "own"},
			campaign.Options{Rotations: map[string]campaign.Rotation{"own": pickFunc(func(ms []campaign.Message, _ campaign.Choice) int { return len(ms) })}},
			campaign.CodeRotationFailed, "plan"},
		"variables": {
			campaign.Draft{Messages: []campaign.Message{{Text: "pedido {{pedido}}"}}},
			campaign.Options{Variables: varsFunc(func(contact.Contact) string { panic("boom") })},
			campaign.CodeVariablesFailed, "plan"},
		"a window": {
			campaign.Draft{Schedule: schedule.Spec{Kind: "own"}},
			campaign.Options{Windows: schedule.Kinds{"own": func(json.RawMessage) (schedule.Window, error) { return boomWindow{}, nil }}},
			campaign.CodeWindowFailed, "schedule"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			told := &parts{}
			w := newWorld(t, "2026-03-02 09:00", func(w *world) {
				w.opts = c.opts
				w.opts.Now, w.opts.Daemon, w.opts.Observer = w.clock.Now, "one", told
				w.opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			// The draft comes from a process whose code was right.
			good := w.opts
			good.Windows = schedule.Kinds{"own": func(json.RawMessage) (schedule.Window, error) { return schedule.Always(), nil }}
			good.Variables = varsFunc(func(contact.Contact) string { return "1" })
			e, err := campaign.New(w.store, w.sent, &good)
			require.NoError(t, err)
			bad := w.s
			w.s = e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
			c.draft.Instances = w.numbers(2, fast())
			mine := w.start(20, c.draft)
			other := w.number("other", fast())
			w.s = bad
			sure, err := w.s.Create(ctx, campaign.Draft{Name: "sure", Messages: []campaign.Message{{Text: "oi"}}, Instances: []campaign.InstanceID{other}})
			require.NoError(t, err)
			_, err = w.s.Add(ctx, sure.ID, campaign.Everyone(people(101, 20)...))
			require.NoError(t, err)
			_, err = w.s.Start(ctx, sure.ID)
			require.NoError(t, err)

			w.play("2026-03-02 12:00")
			require.Equal(t, campaign.Completed, w.status(sure.ID), "the campaign beside it goes on")
			got, err := w.s.Campaign(ctx, mine.ID)
			require.NoError(t, err)
			require.Equal(t, campaign.Paused, got.Status)
			require.Equal(t, campaign.BySystem, got.Cause)
			require.Equal(t, c.why, got.Why.Code)
			require.EqualValues(t, 20, w.progress(mine.ID).Pending, "nobody is lost")
			require.Contains(t, told.all, c.part)
			if name != "a rotation that chooses what is not there" {
				require.Contains(t, log.String(), "plugin_test.go", "the log has the stack")
			}
			failed := len(told.all)
			require.Less(t, failed, 10, "and it is not tried in a loop")

			w.restart("two")
			w.play("2026-03-02 13:00")
			require.Equal(t, campaign.Paused, w.status(mine.ID), "a process that starts anew does not meet it again")
			require.Len(t, told.all, failed)

			w.opts = good
			w.restart("three")
			_, err = w.s.Resume(ctx, mine.ID)
			require.NoError(t, err)
			if c.draft.Rotation == "" {
				w.play("2026-03-02 16:00")
				require.Equal(t, campaign.Completed, w.status(mine.ID), "mended and resumed, it goes on")
				require.EqualValues(t, 20, w.progress(mine.ID).Sent)
			}
		})
	}
}

// A fault that one person alone meets costs this person.
func TestVariablesThatPanicForOnePersonCostThisPerson(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00", func(w *world) {
		w.opts.Variables = varsFunc(func(to contact.Contact) string {
			if to.Phone == people(7, 1)[0].Phone || to.Phone == people(10, 1)[0].Phone {
				panic("boom")
			}
			return "1"
		})
	})
	c := w.start(10, campaign.Draft{Instances: w.numbers(1, fast()), Messages: []campaign.Message{{Text: "pedido {{pedido}}"}}})
	w.play("2026-03-02 12:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.EqualValues(t, 8, w.progress(c.ID).Sent)
	for _, n := range []int64{7, 10} {
		r := w.recipient(c.ID, n)
		require.Equal(t, campaign.Skipped, r.State)
		require.Equal(t, campaign.CodeVariablesFailed, r.Why.Code)
	}
}

type boomLocker struct{}

func (boomLocker) TryLock(context.Context, string, time.Duration) (campaign.Lock, error) {
	panic("boom")
}

type boomLock struct{}

func (boomLock) TryLock(context.Context, string, time.Duration) (campaign.Lock, error) {
	return boomLock{}, nil
}
func (boomLock) Extend(context.Context, time.Duration) error { panic("boom") }
func (boomLock) Unlock(context.Context) error                { panic("boom") }

type nilLocker struct{}

func (nilLocker) TryLock(context.Context, string, time.Duration) (campaign.Lock, error) {
	return nil, nil
}

func TestALockerThatPanicsIsALockServiceThatIsDown(t *testing.T) {
	for _, l := range []campaign.Locker{boomLocker{}, nilLocker{}} {
		w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Locker = l })
		c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
		w.play("2026-03-02 09:05")
		require.Zero(t, w.sent.Count())
		require.Equal(t, campaign.CodeLockDown, w.recipient(c.ID, 1).Why.Code)
	}
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Locker = boomLock{} })
	c := w.start(3, campaign.Draft{Instances: w.numbers(1, fast())})
	w.play("2026-03-02 09:05")
	require.Equal(t, campaign.Completed, w.status(c.ID), "what becomes of a lock afterwards loses nothing")
}

type boomObserver struct{}

func (boomObserver) Took(int, time.Duration)                { panic("boom") }
func (boomObserver) Judged(campaign.Verdict, time.Duration) { panic("boom") }
func (boomObserver) Settled(int, time.Duration)             { panic("boom") }
func (boomObserver) Swept(int)                              { panic("boom") }
func (boomObserver) Unmatched(int)                          { panic("boom") }
func (boomObserver) Failed(string, error)                   { panic("boom") }

func TestAnObserverThatPanicsIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, "2026-03-02 09:00", func(w *world) {
		w.opts.Observer = boomObserver{}
		w.opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	c := w.start(5, campaign.Draft{Instances: w.numbers(1, fast())})
	w.play("2026-03-02 09:05")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("method=Judged")))
}

type boomLookup struct{ campaigntest.Recorder }

func (*boomLookup) Find(context.Context, campaign.Inquiry) ([]campaign.Record, error) { panic("boom") }

func TestALookupThatPanicsIsOneThatFailed(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	via := &boomLookup{}
	via.Now = w.clock.Now
	via.Answer = func(campaign.Outgoing) (campaign.Accepted, error) { return campaign.Accepted{}, errors.New("lost") }
	e, err := campaign.New(w.store, via, &w.opts)
	require.NoError(t, err)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	w.play("2026-03-02 09:05")
	require.Equal(t, campaign.Unknown, w.recipient(c.ID, 1).State)
	es := w.events(c.ID, campaign.EventInquired)
	require.NotEmpty(t, es)
	require.Equal(t, campaign.CodeLookupFailed, es[0].Why.Code)
}

// What no single campaign can be blamed for stops the takes, and not the rest.
func TestPanicsThatConcernTheWholeProcessStopItsTakes(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Ready = func() campaign.Reason { panic("boom") } })
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	require.Zero(t, w.sent.Count())
	why, err := w.s.Explain(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.CodeReadyFailed, why.Stalled.Code)

	w.opts.Ready = nil
	w.opts.NewAttemptID = func() campaign.AttemptID { panic("boom") }
	w.restart("two")
	_, err = w.e.Step(ctx)
	require.ErrorContains(t, err, "boom")
	require.Zero(t, w.sent.Count())
	w.opts.NewAttemptID = nil
	w.restart("three")
	w.play("2026-03-02 09:05")
	require.Equal(t, campaign.Completed, w.status(c.ID), "and nothing was left behind")
}

// What a person asks for with the host's code that panics is refused, with
// words.
func TestQuestionsToCodeThatPanicsAreAnswered(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00", func(w *world) {
		w.opts.Variables = varsFunc(func(contact.Contact) string { panic("boom") })
		w.opts.Windows = schedule.Kinds{
			"own":  func(json.RawMessage) (schedule.Window, error) { panic("boom") },
			"late": func(json.RawMessage) (schedule.Window, error) { return boomWindow{}, nil },
		}
	})
	var bad campaign.Invalid
	_, err := w.s.Create(ctx, campaign.Draft{Name: "x", Schedule: schedule.Spec{Kind: "own"}})
	require.ErrorAs(t, err, &bad)
	c := w.draft(3, campaign.Draft{Instances: w.numbers(1, fast()), Messages: []campaign.Message{{Text: "pedido {{pedido}}"}}})
	seen, err := w.s.Preview(ctx, c.ID, campaign.PreviewQuery{Message: 1})
	require.NoError(t, err)
	require.Equal(t, campaign.CodeVariablesFailed, seen[0].Why.Code)
	_, err = w.s.Forecast(ctx, c.ID)
	require.NoError(t, err)
}

// Parts that could never work are refused when the engine is made.
func TestNewRefusesPartsThatCannotWork(t *testing.T) {
	always := func(json.RawMessage) (schedule.Window, error) { return schedule.Always(), nil }
	for _, c := range []struct {
		o    campaign.Options
		says string
	}{
		{campaign.Options{Windows: schedule.Kinds{"tides": nil}}, "nil"},
		{campaign.Options{Windows: schedule.Kinds{"Shop Hours": always}}, "lower case"},
		{campaign.Options{Windows: schedule.Kinds{"": always}}, "built-in"},
		{campaign.Options{Windows: schedule.Kinds{schedule.KindBusinessDays: always}}, "built-in"},
		{campaign.Options{Rotations: map[string]campaign.Rotation{"own": nil}}, "nil"},
	} {
		_, err := campaign.New(memory.New(), &campaigntest.Recorder{}, &c.o)
		require.ErrorContains(t, err, c.says)
	}
	_, err := campaign.New(memory.New(), &campaigntest.Recorder{}, &campaign.Options{Windows: schedule.Kinds{"tides": always}})
	require.NoError(t, err)
}
