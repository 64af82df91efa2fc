package campaign_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

// I2: a pause waits for what was taken before it and has not begun. Either it
// begins before the pause returns, or it never does.
func TestPauseWaitsForWhatHasNotBegun(t *testing.T) {
	for _, c := range []struct {
		name     string
		lock     time.Duration // how long the phone's lock takes
		sent     int
		inFlight int
	}{
		{"begins while the pause waits", time.Second, 3, 0},
		{"is too late when the lock comes", 3 * time.Second, 0, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world, _ func()) {
				id := w.start(9, campaign.Draft{Instances: w.numbers(3, fast())}).ID
				synctest.Wait()
				require.EqualValues(t, 3, w.progress(id).Sending, "taken, and nothing has begun")
				require.Zero(t, w.sent.Count())
				got, err := w.s.Pause(ctx, id, "")
				require.NoError(t, err)
				returned := time.Now()
				require.Len(t, got.InFlight, c.inFlight)
				time.Sleep(time.Hour)
				require.Equal(t, c.sent, w.sent.Count())
				for _, s := range w.sent.All() {
					require.False(t, s.At.After(returned), "a send began %s after the pause had returned", s.At.Sub(returned))
				}
				require.EqualValues(t, 9-c.sent, w.progress(id).Pending)
			}, func(w *world) { w.opts.Locker = slowLocker{campaign.NewLocker(nil), c.lock} })
		})
	}
}

// slowLocker takes its time, in a bubble.
type slowLocker struct {
	campaign.Locker
	wait time.Duration
}

func (l slowLocker) TryLock(ctx context.Context, key string, ttl time.Duration) (campaign.Lock, error) {
	time.Sleep(l.wait)
	return l.Locker.TryLock(ctx, key, ttl)
}

// I6: an attempt whose turn to be carried comes after its latest start is not
// given to the sender at all.
func TestAnAttemptPastItsStartIsNotCarried(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	var given []campaign.Outgoing
	heedless := senderFunc(func(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
		given = append(given, m)
		w.clock.Advance(3 * time.Second) // the others of the batch wait that long
		return campaign.Accepted{ProviderID: m.Attempt.String()}, nil
	})
	e, err := campaign.New(w.store, heedless, &w.opts)
	require.NoError(t, err)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
	c := w.start(3, campaign.Draft{Instances: w.numbers(3, fast())})
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	require.Len(t, given, 1)
	p := w.progress(c.ID)
	require.EqualValues(t, 1, p.Sent)
	require.EqualValues(t, 2, p.Waiting)
	require.Zero(t, w.recipient(c.ID, 2).Tries, "it costs no try")
}

type senderFunc func(context.Context, campaign.Outgoing) (campaign.Accepted, error)

func (f senderFunc) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	return f(ctx, m)
}

// I10: a record of the gateway proves a send only if it is dated while the
// phone was ours alone, whatever a Lookup returns.
func TestARecordOfAnotherTimeIsNoProof(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration // of the take
		want  campaign.State
	}{
		{"before the take", -time.Second, campaign.Unknown},
		{"in its second", 0, campaign.Sent},
		{"late", 301 * time.Second, campaign.Sent},
		{"after the quarantine", 304 * time.Second, campaign.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00")
			via := &remembers{}
			via.send = func(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
				via.record = campaign.Record{ProviderID: "p", At: w.clock.Now().Add(c.after)}
				return campaign.Accepted{}, errors.New("time-out")
			}
			e, err := campaign.New(w.store, via, &w.opts)
			require.NoError(t, err)
			w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
			id := w.start(1, campaign.Draft{Instances: w.numbers(1, fast())}).ID
			w.play("2026-03-02 18:00")
			require.Equal(t, c.want, w.recipient(id, 1).State)
		})
	}
}

// remembers is a gateway that returns one record, whatever it is asked for.
type remembers struct {
	send   senderFunc
	record campaign.Record
}

func (r *remembers) Send(ctx context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	return r.send(ctx, m)
}

func (r *remembers) Find(context.Context, campaign.Inquiry) ([]campaign.Record, error) {
	return []campaign.Record{r.record}, nil
}

// I12: a campaign that is said to be drained completes only if the books agree
// at that moment: something may have come between.
func TestCompletionAsksTheBooks(t *testing.T) {
	for _, c := range []struct {
		name    string
		people  int
		numbers int
		first   error // the first answer
	}{
		{"somebody is ahead", 2, 1, nil},
		{"somebody waits", 1, 1, errDial},
		{"somebody is in flight", 2, 2, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.store = hasty{w.store} })
			w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
				if err := c.first; err != nil {
					c.first = nil
					return campaign.Accepted{}, err
				}
				return campaign.Accepted{ProviderID: m.Attempt.String()}, nil
			}
			id := w.start(c.people, campaign.Draft{Instances: w.numbers(c.numbers, campaign.Pace{})}).ID
			w.play("2026-03-02 10:00")
			require.Equal(t, campaign.Completed, w.status(id))
			require.EqualValues(t, c.people, w.progress(id).Sent)
			es := w.events(id)
			require.Equal(t, campaign.EventCampaignCompleted, es[len(es)-1].Type, "last of all")
		})
	}
}

// hasty says after every settlement that the campaign has nobody left.
type hasty struct{ campaign.Store }

func (s hasty) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	r, err := s.Store.Settle(ctx, now, ss, apply)
	if err == nil {
		r.Drained = nil
		for id, j := range r.Jobs {
			r.Drained = append(r.Drained, campaign.Ref{Tenant: j.Campaign.Tenant, ID: id})
		}
	}
	return r, err
}

// I9: every command that changes something leaves one event with its author,
// and one that is refused or repeated leaves none.
func TestEveryCommandLeavesItsEvent(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	id := w.draft(3, campaign.Draft{Instances: w.numbers(1, campaign.Pace{}), StartAt: at(t, "2026-03-02 12:00")}).ID
	var seen []campaign.EventType
	types := []campaign.EventType{campaign.EventCampaignCreated, campaign.EventCampaignAdded, campaign.EventCampaignScheduled,
		campaign.EventCampaignUnplanned, campaign.EventCampaignEdited, campaign.EventCampaignStarted, campaign.EventCampaignPaused,
		campaign.EventCampaignResumed, campaign.EventCampaignCompleted, campaign.EventCampaignReopened, campaign.EventCampaignCancelled,
		campaign.EventCampaignDeleted}
	news := func() (fresh []campaign.EventType) {
		for _, e := range w.events(id, types...)[len(seen):] {
			if e.Type != campaign.EventCampaignCompleted {
				require.Equal(t, "ana", e.Author, e.Type)
			}
			fresh = append(fresh, e.Type)
		}
		seen = append(seen, fresh...)
		return fresh
	}
	require.Equal(t, types[:2], news())
	start := func() error { _, err := w.s.Start(ctx, id); return err }
	pause := func() error { _, err := w.s.Pause(ctx, id, ""); return err }
	for _, c := range []struct {
		name string
		do   func() error
		want campaign.EventType // none where it is empty
	}{
		{"a start ahead", start, campaign.EventCampaignScheduled},
		{"unschedule", func() error { _, err := w.s.Unschedule(ctx, id); return err }, campaign.EventCampaignUnplanned},
		{"edit", func() error {
			c, err := w.s.Campaign(ctx, id)
			require.NoError(t, err)
			_, err = w.s.Edit(ctx, id, c.Rev, func(d *campaign.Draft) error { d.StartAt = time.Time{}; return nil })
			return err
		}, campaign.EventCampaignEdited},
		{"an edit of an old revision", func() error {
			_, err := w.s.Edit(ctx, id, 1, func(*campaign.Draft) error { return nil })
			require.ErrorIs(t, err, campaign.ErrStale)
			return nil
		}, ""},
		{"start", start, campaign.EventCampaignStarted},
		{"a start of what runs", func() error { require.Error(t, start()); return nil }, ""},
		{"pause", pause, campaign.EventCampaignPaused},
		{"a repeated pause", pause, ""},
		{"resume", func() error { _, err := w.s.Resume(ctx, id); return err }, campaign.EventCampaignResumed},
		{"the end", func() error { w.play("2026-03-02 10:00"); return nil }, campaign.EventCampaignCompleted},
		{"delete", func() error { return w.s.Delete(ctx, id) }, campaign.EventCampaignDeleted},
	} {
		require.NoError(t, c.do(), c.name)
		if c.want == "" {
			require.Empty(t, news(), c.name)
		} else {
			require.Equal(t, []campaign.EventType{c.want}, news(), c.name)
		}
	}
}

func TestRemovingANumberLeavesAnEvent(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(2, campaign.Pace{})
	c := w.start(1, campaign.Draft{Instances: ids[:1]})
	require.ErrorIs(t, w.s.RemoveInstance(ctx, ids[0]), campaign.ErrConflict, "it serves a campaign")
	require.NoError(t, w.s.RemoveInstance(ctx, ids[1]))
	require.ErrorIs(t, w.s.RemoveInstance(ctx, ids[1]), campaign.ErrNotFound)
	es, err := w.s.Events(ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventInstanceRemoved}})
	require.NoError(t, err)
	require.Len(t, es, 1)
	require.Equal(t, ids[1], es[0].Instance)
	require.Equal(t, "ana", es[0].Author)
	require.Equal(t, campaign.Active, w.status(c.ID))
}
