package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
)

// C1: a number that is disconnected holds itself; the campaign goes on with
// the others, and does not complete while people are unsent.
func TestLesson_C1_ADisconnectedNumberDoesNotComplete(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	open := false
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if !open {
			return campaign.Accepted{}, campaign.Hold(campaign.Because("disconnected"), errors.New("Connection Closed"))
		}
		return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
	}
	ids := w.numbers(1, campaign.Pace{})
	c := w.start(3, campaign.Draft{Instances: ids})
	w.play("2026-03-02 15:00")
	p := w.progress(c.ID)
	require.Equal(t, campaign.Active, p.Status)
	require.EqualValues(t, 3, p.Pending)
	require.Equal(t, campaign.CodeHeld, p.Why.Code, "and it says what it waits for")
	require.Less(t, w.sent.Count(), 60, "it does not hammer")
	require.Zero(t, w.recipient(c.ID, 1).Tries)
	held := w.sent.Count()
	open = true
	require.NoError(t, w.s.Heard(ctx, ids[0], campaign.ConnectionOpen))
	w.play("2026-03-02 15:05")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.Equal(t, held+3, w.sent.Count())
}

func TestOtherNumbersCarryOnForADisconnectedOne(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if m.Route.Instance == "n0" {
			return campaign.Accepted{}, campaign.Hold(campaign.Because("disconnected"), errors.New("Connection Closed"))
		}
		return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
	}
	c := w.start(40, campaign.Draft{Instances: w.numbers(2, campaign.Pace{})})
	w.play("2026-03-02 12:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.Equal(t, 40, w.once())
}

// C2, C4: a start is one transition, and the engine finds the work by itself:
// also one that was not running when it happened.
func TestLesson_C4_StartIsOneTransition(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(2, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	require.Equal(t, campaign.Active, c.Status)
	w.restart("a process that was started later")
	w.play("2026-03-02 09:05")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	_, err := w.s.Start(ctx, c.ID)
	require.ErrorIs(t, err, campaign.ErrConflict)
}

func TestLesson_C2_EveryRoundSaysWhatItWaitsFor(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(1, campaign.Pace{PerHour: 1})
	c := w.start(5, campaign.Draft{Instances: ids})
	for range 5 {
		next, err := w.e.Step(ctx)
		require.NoError(t, err)
		p := w.progress(c.ID)
		if p.Status == campaign.Active {
			require.False(t, next.IsZero(), "an active campaign always has a next instant")
			require.False(t, p.NextAt.IsZero())
			require.False(t, p.Why.IsZero())
			w.clock.Set(p.NextAt)
		}
	}
	require.Equal(t, 5, w.sent.Count())
}

// C3: a restart neither resumes what a person paused nor reopens what ended.
func TestLesson_C3_RestartsResumeNothing(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(2, campaign.Pace{})
	paused := w.start(5, campaign.Draft{Instances: ids[:1]})
	ended := w.start(5, campaign.Draft{Name: "b", Instances: ids[1:]})
	_, err := w.s.Pause(ctx, paused.ID, "chega")
	require.NoError(t, err)
	_, err = w.s.Cancel(ctx, ended.ID, "chega")
	require.NoError(t, err)
	for i := range 5 {
		w.restart(fmt.Sprint(i))
		campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(24*time.Hour))
	}
	require.Zero(t, w.sent.Count())
	require.Equal(t, campaign.Paused, w.status(paused.ID))
	p := w.progress(ended.ID)
	require.Equal(t, campaign.Cancelled, p.Status)
	require.EqualValues(t, 5, p.Cancelled)
	require.Equal(t, campaign.Dropped, w.recipient(ended.ID, 1).State)
}

// C6: a live campaign cannot be edited or deleted.
func TestLesson_C6_ALiveCampaignIsNotEdited(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(5, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.s.Edit(ctx, c.ID, c.Rev, func(d *campaign.Draft) error { d.Name = "outro"; return nil })
	require.ErrorIs(t, err, campaign.ErrConflict)
	require.ErrorIs(t, w.s.Delete(ctx, c.ID), campaign.ErrConflict)
	_, err = w.s.Pause(ctx, c.ID, "")
	require.NoError(t, err)
	_, err = w.s.Edit(ctx, c.ID, c.Rev, func(d *campaign.Draft) error { return nil })
	require.ErrorIs(t, err, campaign.ErrStale, "the pause has made a new revision")
	_, err = w.s.Edit(ctx, c.ID, mustRev(t, w, c.ID), func(d *campaign.Draft) error { d.Name = "outro"; return nil })
	require.NoError(t, err)
}

// C7: a draft needs no connected number; the start does.
func TestLesson_C7_DraftsAreFree(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	_, err := w.s.Create(ctx, campaign.Draft{Name: "só o nome"})
	require.NoError(t, err)
	ids := w.numbers(1, campaign.Pace{})
	require.NoError(t, w.s.Heard(ctx, ids[0], campaign.ConnectionClosed))
	c := w.draft(1, campaign.Draft{Instances: ids})
	_, err = w.s.Start(ctx, c.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.Equal(t, campaign.CodeDisconnected, o.All[0].Why.Code)
}

// C10: the instant that is shown is the instant at which it happens.
func TestLesson_C10_NextAtIsWhenItHappens(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(10, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	for range 9 {
		_, err := w.e.Step(ctx)
		require.NoError(t, err)
		next := w.progress(c.ID).NextAt
		require.True(t, next.After(w.clock.Now()))
		before := w.sent.Count()
		w.clock.Set(next.Add(-time.Millisecond))
		_, err = w.e.Step(ctx)
		require.NoError(t, err)
		require.Equal(t, before, w.sent.Count(), "not a millisecond earlier")
		require.True(t, next.Equal(w.progress(c.ID).NextAt), "reading moves nothing")
		w.clock.Set(next)
		_, err = w.e.Step(ctx)
		require.NoError(t, err)
		require.Equal(t, before+1, w.sent.Count())
	}
}

func TestLesson_C11_PeopleAreSentToInTheirOrder(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.start(30, campaign.Draft{Messages: []campaign.Message{{Text: "{{nome}}"}}, Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 12:00")
	for i, text := range w.sent.Texts() {
		require.Equal(t, fmt.Sprintf("Ana %d", i+1), text)
	}
}

func TestLesson_C12_AnEndedCampaignIsReopenedOnPurpose(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(2, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 09:30")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	_, err := w.s.Add(ctx, c.ID, campaign.Everyone(people(3, 2)...))
	require.ErrorIs(t, err, campaign.ErrConflict)
	_, err = w.s.Reopen(ctx, c.ID)
	require.NoError(t, err)
	in, err := w.s.Add(ctx, c.ID, campaign.Everyone(people(1, 4)...))
	require.NoError(t, err)
	require.EqualValues(t, 2, in.Added)
	require.EqualValues(t, 2, in.Duplicates, "who got it is not added again")
	w.play("2026-03-02 10:30")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.Equal(t, 4, w.once())
	got, err := w.s.Campaign(ctx, c.ID)
	require.NoError(t, err)
	require.True(t, got.StartedAt.Equal(c.StartedAt), "the first start stays")
}

// C13: no read writes anything.
func TestLesson_C13_ReadsArePure(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(5, campaign.Draft{Messages: []campaign.Message{{Text: "a"}, {Text: "b"}}, Instances: w.numbers(2, campaign.Pace{})})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	state := func() []any {
		var all []any
		require.NoError(t, w.store.Tenant(tenant).View(ctx, func(r campaign.Reader) error {
			b, err := r.Books(c.ID)
			require.NoError(t, err)
			ns, err := r.Numbers()
			require.NoError(t, err)
			es, err := r.Events(campaign.EventQuery{})
			require.NoError(t, err)
			got, err := r.Campaign(c.ID)
			all = []any{b, ns, es, got}
			return err
		}))
		return all
	}
	before := state()
	for range 3 {
		w.progress(c.ID)
		_, err := w.s.Explain(ctx, c.ID)
		require.NoError(t, err)
		_, err = w.s.Campaigns(ctx, campaign.CampaignQuery{})
		require.NoError(t, err)
		for _, err := range w.s.Audience(ctx, c.ID) {
			require.NoError(t, err)
		}
	}
	require.True(t, reflect.DeepEqual(before, state()))
}

// S8: the number is stored with the attempt before the send, and is the
// campaign's own.
func TestLesson_S8_TheNumberIsTheCampaignsOwn(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.numbers(3, campaign.Pace{})
	other := w.e.As(campaign.Caller{Tenant: "outra", Role: campaign.Host})
	in, err := other.AddInstance(ctx, campaign.Instance{Remote: "alheio"})
	require.NoError(t, err)
	_, err = w.s.Create(ctx, campaign.Draft{Name: "x", Instances: []campaign.InstanceID{in.ID}})
	require.NoError(t, err, "drafts are free")
	c := w.draft(1, campaign.Draft{Instances: []campaign.InstanceID{in.ID}})
	_, err = w.s.Start(ctx, c.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.Equal(t, campaign.CodeInstanceGone, o.All[0].Why.Code, "another tenant's number does not exist")
	c = w.start(4, campaign.Draft{Instances: []campaign.InstanceID{2}})
	w.play("2026-03-02 10:00")
	for _, s := range w.sent.All() {
		require.Equal(t, campaign.Route{Tenant: tenant, Instance: "n1"}, s.Route)
	}
	require.EqualValues(t, 2, w.recipient(c.ID, 1).Instance)
}

// S11: there is no wait between the take and the send: the clock of the take
// is the clock of the send.
func TestLesson_S11_NoDelayBetweenTakeAndSend(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.start(10, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 10:00")
	for _, s := range w.sent.All() {
		require.Equal(t, s.StartBy.Add(-2*time.Second), s.At)
	}
}

// S6: sent has evidence, always.
func TestLesson_S6_SentHasEvidence(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) { return campaign.Accepted{}, nil }
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 10:00")
	require.Equal(t, campaign.Unknown, w.recipient(c.ID, 1).State, "accepted without an id is no evidence")
	w.clock.Set(at(t, "2026-03-03 09:00"))
	require.NoError(t, w.s.Decide(ctx, campaign.RecipientID{Campaign: c.ID, Position: 1}, campaign.MarkSent, "vi no celular"))
	h, err := history(w, campaign.RecipientID{Campaign: c.ID, Position: 1})
	require.NoError(t, err)
	require.Equal(t, campaign.ByOperator, h[0].Evidence)
	es := w.events(c.ID, campaign.EventSent)
	require.Equal(t, "ana", es[0].Author, "a named operator")
}

// I4: two campaigns on two numbers never send to one phone at the same time,
// and both reach the person in the end.
func TestOnePhoneInTwoCampaignsWaitsItsTurn(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(2, campaign.Pace{})
	busy := false
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if !busy && m.Route.Instance == "n0" {
			busy = true
			return campaign.Accepted{}, errors.New("lost")
		}
		return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	a := w.start(1, campaign.Draft{Name: "a", Instances: ids[:1]})
	b := w.start(1, campaign.Draft{Name: "b", Instances: ids[1:]})
	w.play("2026-03-02 09:04")
	require.Equal(t, campaign.Unknown, w.recipient(a.ID, 1).State)
	r := w.recipient(b.ID, 1)
	require.Equal(t, campaign.Pending, r.State)
	require.Equal(t, campaign.CodePhoneBusy, r.Why.Code)
	w.play("2026-03-02 09:10")
	require.Equal(t, campaign.Sent, w.recipient(b.ID, 1).State, "the quarantine has ended")
	require.Equal(t, 2, w.sent.Count())
}

// I5: one active campaign for each number.
func TestOneActiveCampaignForEachNumber(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(2, campaign.Pace{})
	first := w.start(5, campaign.Draft{Instances: ids[:1]})
	second := w.draft(5, campaign.Draft{Name: "b", Instances: ids})
	_, err := w.s.Start(ctx, second.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.Equal(t, campaign.CodeInstanceBusy, o.All[0].Why.Code)
	_, err = w.s.Pause(ctx, first.ID, "")
	require.NoError(t, err)
	_, err = w.s.Start(ctx, second.ID)
	require.NoError(t, err, "a paused campaign frees its numbers")
	_, err = w.s.Resume(ctx, first.ID)
	require.ErrorAs(t, err, &o)
	w.play("2026-03-02 10:00")
	_, err = w.s.Resume(ctx, first.ID)
	require.NoError(t, err)
}

func TestOperatorsDecisions(t *testing.T) {
	lose := func(w *world) campaign.RecipientID {
		w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) { return campaign.Accepted{}, errors.New("lost") }
		w.sent.Kept = func(campaigntest.Sent) bool { return false }
		c := w.start(1, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
		_, err := w.e.Step(ctx)
		require.NoError(w.t, err)
		w.sent.Answer = nil
		return campaign.RecipientID{Campaign: c.ID, Position: 1}
	}
	t.Run("too early", func(t *testing.T) {
		w := newWorld(t, "2026-03-02 09:00")
		id := lose(w)
		for _, d := range []campaign.Decision{campaign.MarkSent, campaign.MarkNotSent} {
			require.ErrorIs(t, w.s.Decide(ctx, id, d, ""), campaign.ErrConflict)
		}
		require.Equal(t, campaign.Unknown, w.recipient(id.Campaign, 1).State)
	})
	t.Run("not sent", func(t *testing.T) {
		w := newWorld(t, "2026-03-02 09:00")
		id := lose(w)
		w.clock.Advance(6 * time.Minute)
		require.NoError(t, w.s.Decide(ctx, id, campaign.MarkNotSent, "ligou"))
		r := w.recipient(id.Campaign, 1)
		require.Equal(t, campaign.Failed, r.State)
		require.ErrorIs(t, w.s.Decide(ctx, id, campaign.MarkSent, ""), campaign.ErrConflict, "decided once")
	})
	t.Run("resend is a new generation, in a campaign that runs", func(t *testing.T) {
		w := newWorld(t, "2026-03-02 09:00")
		id := lose(w)
		w.clock.Advance(6 * time.Minute)
		require.ErrorIs(t, w.s.Decide(ctx, id, campaign.Resend, ""), campaign.ErrConflict, "completed: reopen it first")
		_, err := w.s.Reopen(ctx, id.Campaign)
		require.NoError(t, err)
		require.NoError(t, w.s.Decide(ctx, id, campaign.Resend, ""))
		campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(10*time.Minute))
		r := w.recipient(id.Campaign, 1)
		require.Equal(t, campaign.Sent, r.State)
		require.Equal(t, 2, r.Generation)
		require.Equal(t, 2, w.sent.Count())
		require.Equal(t, campaign.Completed, w.status(id.Campaign))
	})
	t.Run("nobody there", func(t *testing.T) {
		w := newWorld(t, "2026-03-02 09:00")
		require.ErrorIs(t, w.s.Decide(ctx, campaign.RecipientID{Campaign: 7, Position: 1}, campaign.MarkSent, ""), campaign.ErrNotFound)
	})
}

func TestStandingOrderAtLeastOnce(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	first := true
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if first {
			first = false
			return campaign.Accepted{}, errors.New("lost")
		}
		return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(2, campaign.Draft{AtLeastOnce: true, Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 09:04")
	require.Equal(t, campaign.Active, w.status(c.ID), "its standing order is still to act")
	w.play("2026-03-02 10:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.Equal(t, 3, w.sent.Count())
	require.Equal(t, 2, w.recipient(c.ID, 1).Generation)
	require.Len(t, w.events(c.ID, campaign.EventResend), 1)
}

func TestEndDatePausesWhatIsLeft(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(100, campaign.Draft{EndAt: at(t, "2026-03-02 09:10"), Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 12:00")
	got, err := w.s.Campaign(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Paused, got.Status)
	require.Equal(t, campaign.BySchedule, got.Cause)
	require.Equal(t, campaign.CodeAfterEnd, got.Why.Code)
	for _, s := range w.sent.All() {
		require.True(t, s.StartBy.Before(at(t, "2026-03-02 09:10")))
	}
}

// A number that rests past the end is no reason to stop the others.
func TestEndDateStopsNoNumberThatCanStillSend(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.opts.Slots = 2 }) // so that a turn goes on after a send
	ids := append(w.numbers(1, campaign.Pace{MinGap: 15 * time.Minute, MaxGap: 15 * time.Minute}), w.number("quick", campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute}))
	c := w.start(11, campaign.Draft{EndAt: at(t, "2026-03-02 09:10"), Instances: ids})
	late := w.draft(12, campaign.Draft{EndAt: at(t, "2026-03-02 10:10"), Instances: ids})
	w.play("2026-03-02 09:59")
	require.Equal(t, campaign.Completed, w.status(c.ID), "all eleven were reached before the end")

	w.clock.Set(at(t, "2026-03-02 10:00"))
	_, err := w.s.Start(ctx, late.ID)
	require.NoError(t, err)
	w.play("2026-03-02 10:09:57")
	require.Equal(t, campaign.Active, w.status(late.ID))
	w.play("2026-03-02 10:09:58") // less than the start deadline before the end
	require.Equal(t, campaign.Paused, w.status(late.ID))
	require.EqualValues(t, 11, w.progress(late.ID).Sent)
}

func TestRolesLimitWhatACallerMayDo(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.draft(1, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	viewer := w.e.As(campaign.Caller{Tenant: tenant, Role: campaign.Viewer})
	_, err := viewer.Campaign(ctx, c.ID)
	require.NoError(t, err)
	_, err = viewer.Start(ctx, c.ID)
	require.ErrorIs(t, err, campaign.ErrForbidden)
	_, err = viewer.Pause(ctx, c.ID, "")
	require.ErrorIs(t, err, campaign.ErrForbidden)
	require.ErrorIs(t, viewer.OptOut(ctx, campaign.Reason{}, "+5511900000001"), campaign.ErrForbidden)
	operator := w.e.As(campaign.Caller{Tenant: tenant, Role: campaign.Operator})
	_, err = operator.AddInstance(ctx, campaign.Instance{Remote: "x"})
	require.ErrorIs(t, err, campaign.ErrForbidden)
	_, err = operator.Start(ctx, c.ID)
	require.NoError(t, err)
	nobody := w.e.As(campaign.Caller{Tenant: tenant, Role: "unheard of"})
	_, err = nobody.Campaign(ctx, c.ID)
	require.ErrorIs(t, err, campaign.ErrForbidden)
}

func TestDeliveryReportsMoveARecipientForward(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(2, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	early := campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "rec-2", Kind: campaign.NoticeDelivered, At: w.clock.Now()}
	require.NoError(t, w.e.Receive(ctx, early), "before its row")
	w.play("2026-03-02 09:05")
	require.Equal(t, campaign.Delivered, w.recipient(c.ID, 2).State, "joined later")
	for _, k := range []campaign.NoticeKind{campaign.NoticeRead, campaign.NoticeDelivered, campaign.NoticeRead} {
		require.NoError(t, w.e.Receive(ctx, campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "rec-1", Kind: k}))
	}
	require.NoError(t, w.e.Receive(ctx, campaign.Notice{Tenant: "outra", Instance: 1, ProviderID: "rec-2", Kind: campaign.NoticeRead}))
	w.play("2026-03-02 09:06")
	require.Equal(t, campaign.Read, w.recipient(c.ID, 1).State)
	require.Equal(t, campaign.Delivered, w.recipient(c.ID, 2).State, "another tenant's report changes nothing")
	p := w.progress(c.ID)
	require.EqualValues(t, 2, p.Sent)
	require.EqualValues(t, 2, p.Delivered)
	require.EqualValues(t, 1, p.Read)
}

// A thousand random runs of commands and faults: the sums always hold, nobody
// gets two, and everybody is somewhere.
func TestRandomCommandsAndFaults(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			w := newWorld(t, "2026-03-02 09:00")
			w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
				switch rng.IntN(10) {
				case 0:
					return campaign.Accepted{}, errDial
				case 1:
					return campaign.Accepted{}, errors.New("lost")
				case 2:
					return campaign.Accepted{}, campaign.Refused(campaign.Because("not_on_whatsapp"), nil)
				case 3:
					return campaign.Accepted{}, campaign.Hold(campaign.Because("disconnected"), nil)
				case 4:
					return campaign.Accepted{}, campaign.SlowDown(time.Minute, nil)
				}
				return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
			}
			w.sent.Kept = func(s campaigntest.Sent) bool { return s.ProviderID != "" }
			ids := w.numbers(3, campaign.Pace{})
			a := w.draft(25, campaign.Draft{Name: "a", Instances: ids[:2]})
			b := w.draft(25, campaign.Draft{Name: "b", Instances: ids[1:]})
			for range 120 {
				c := []campaign.Campaign{a, b}[rng.IntN(2)]
				switch rng.IntN(9) {
				case 0:
					_, _ = w.s.Start(ctx, c.ID)
				case 1:
					_, err := w.s.Pause(ctx, c.ID, "")
					if err == nil {
						n := w.sent.Count()
						id := c.ID
						_, err := w.e.Step(ctx)
						require.NoError(t, err)
						for _, s := range w.sent.All()[n:] {
							r, err := w.s.Recipients(ctx, campaign.RecipientQuery{Campaign: id})
							require.NoError(t, err)
							for _, r := range r {
								require.False(t, r.TakenAt.Equal(s.At) && r.Contact.Phone == s.To && w.status(id) == campaign.Paused, "sent after a pause")
							}
						}
					}
				case 2:
					_, _ = w.s.Resume(ctx, c.ID)
				case 3:
					_, err := w.s.Add(ctx, c.ID, campaign.Everyone(people(rng.IntN(40), 3)...))
					_ = err // refused where the campaign has ended
				case 4:
					w.restart(fmt.Sprint("r", rng.IntN(1000)))
				default:
					campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(time.Duration(rng.IntN(300))*time.Second))
				}
				w.progress(a.ID)
				w.progress(b.ID)
			}
			for _, c := range []campaign.Campaign{a, b} {
				_, _ = w.s.Start(ctx, c.ID)
				_, _ = w.s.Resume(ctx, c.ID)
			}
			w.sent.Answer = nil
			campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(48*time.Hour))
			for _, c := range []campaign.Campaign{a, b} {
				_, _ = w.s.Start(ctx, c.ID)
				_, _ = w.s.Resume(ctx, c.ID)
			}
			campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(48*time.Hour))
			for _, c := range []campaign.Campaign{a, b} {
				p := w.progress(c.ID)
				require.Equal(t, campaign.Completed, p.Status, "it ends when the faults end")
				require.Zero(t, p.Pending+p.Sending)
			}
			for phone, all := range w.sent.ByPhone() {
				n := 0
				for _, s := range all {
					if s.ProviderID != "" || campaign.Judge(s.Err).Verdict == campaign.VerdictUnknown {
						n++
					}
				}
				require.LessOrEqual(t, n, 2, "%s is in two campaigns, and got at most one of each", phone.Redacted())
			}
		})
	}
}

// S4: a lock that is no longer one's own is neither freed nor prolonged.
func TestLesson_S4_LocksKnowTheirOwner(t *testing.T) {
	clock := campaigntest.NewClock(at(t, "2026-03-02 09:00"))
	l := campaign.NewLocker(clock.Now)
	first, err := l.TryLock(ctx, "phone_lock:+5511900000001", time.Minute)
	require.NoError(t, err)
	clock.Advance(time.Minute)
	second, err := l.TryLock(ctx, "phone_lock:+5511900000001", time.Minute)
	require.NoError(t, err, "it has expired")
	require.ErrorIs(t, first.Unlock(ctx), campaign.ErrLockLost)
	require.ErrorIs(t, first.Extend(ctx, time.Hour), campaign.ErrLockLost)
	_, err = l.TryLock(ctx, "phone_lock:+5511900000001", time.Minute)
	require.ErrorIs(t, err, campaign.ErrTaken, "the second owner still has it")
	require.NoError(t, second.Unlock(ctx))
}

func TestProcessLocker(t *testing.T) {
	var clock *campaigntest.Clock
	campaigntest.LockerCase{
		Open: func(t *testing.T) campaign.Locker {
			clock = campaigntest.NewClock(at(t, "2026-03-02 09:00"))
			return campaign.NewLocker(clock.Now)
		},
		Advance: func(d time.Duration) { clock.Advance(d) },
	}.Run(t)
}

// C9: progress never passes 100 %, and failures are no sends.
func TestLesson_C9_ProgressIsDerivedFromTheRows(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	n := 0
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if n++; n%3 == 0 {
			return campaign.Accepted{}, campaign.Refused(campaign.Because("not_on_whatsapp"), nil)
		}
		return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
	}
	c := w.start(9, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	last := 0.0
	for range 12 {
		next, err := w.e.Step(ctx)
		require.NoError(t, err)
		p := w.progress(c.ID)
		require.GreaterOrEqual(t, p.Done(), last)
		require.LessOrEqual(t, p.Done(), 1.0)
		last = p.Done()
		if next.After(w.clock.Now()) {
			w.clock.Set(next)
		}
	}
	p := w.progress(c.ID)
	require.EqualValues(t, 6, p.Sent)
	require.EqualValues(t, 3, p.Failed)
	require.Equal(t, 1.0, p.Done())
	require.Equal(t, 1.0, campaign.Progress{}.Done())
}

// P8: an opt-out survives the person's deletion and a new import.
func TestLesson_P8_OptOutSurvivesAReimport(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	person := people(1, 1)[0]
	person.Active = true
	book := w.s.Contacts()
	got, err := book.UpsertContacts(ctx, w.clock.Now(), []contact.Contact{person})
	require.NoError(t, err)
	require.NoError(t, w.s.OptOut(ctx, campaign.Because("keyword"), person.Phone))
	require.NoError(t, book.DeleteContact(ctx, got[0].ID))
	_, err = book.UpsertContacts(ctx, w.clock.Now(), []contact.Contact{person})
	require.NoError(t, err)
	c := w.draft(0, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	in, err := w.s.Add(ctx, c.ID, campaign.Everyone(person))
	require.NoError(t, err)
	require.EqualValues(t, 1, in.OptedOut, "the intake says so")
	_, err = w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	w.play("2026-03-02 10:00")
	require.Zero(t, w.sent.Count())
	require.Equal(t, campaign.Skipped, w.recipient(c.ID, 1).State)
}

// G7: a report about a number or a message that nobody knows is parked, and
// never guessed to be somebody's.
func TestLesson_G7_UnknownInstancesAreNeverGuessed(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(1, campaign.Draft{Instances: w.numbers(2, campaign.Pace{})})
	w.play("2026-03-02 09:01")
	require.NoError(t, w.e.Receive(ctx,
		campaign.Notice{Tenant: tenant, Instance: 99, ProviderID: "rec-1", Kind: campaign.NoticeRead},
		campaign.Notice{Tenant: tenant, Instance: 2, ProviderID: "rec-1", Kind: campaign.NoticeRead},
		campaign.Notice{Tenant: tenant, Instance: 1, ProviderID: "rec-77", Kind: campaign.NoticeRead}))
	w.play("2026-03-02 09:02")
	require.Equal(t, campaign.Sent, w.recipient(c.ID, 1).State)
}

// A gateway that is away for hours fails nobody.
func TestADeadGatewayFailsNobody(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	down := true
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if down {
			return campaign.Accepted{}, errDial
		}
		return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
	}
	c := w.start(50, campaign.Draft{Instances: w.numbers(5, campaign.Pace{})})
	w.play("2026-03-02 15:00")
	p := w.progress(c.ID)
	require.Zero(t, p.Failed)
	require.EqualValues(t, 50, p.Pending)
	require.Equal(t, campaign.CodeHeld, p.Why.Code)
	require.Less(t, w.sent.Count(), 60, "it is probed, not hammered")
	down = false
	w.play("2026-03-02 16:00")
	require.Equal(t, campaign.Completed, w.status(c.ID))
	require.Equal(t, 50, w.once())
}

// The standing order makes one new generation, and no more, however often the
// outcome is lost.
func TestStandingOrderActsOnce(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		return campaign.Accepted{}, errors.New("time-out")
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(1, campaign.Draft{AtLeastOnce: true, Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-04 09:00")
	require.Equal(t, 2, w.sent.Count())
	require.Equal(t, campaign.Completed, w.status(c.ID), "and does not hold the campaign for ever")
	require.Equal(t, campaign.Unknown, w.recipient(c.ID, 1).State)
}

// The standing order acts after an inquiry that was answered: a gateway that
// cannot be asked proves nothing.
func TestStandingOrderWaitsForAnAnswer(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	mute := &muteLookup{Sender: w.sent, mute: true}
	e, err := campaign.New(w.store, mute, &w.opts)
	require.NoError(t, err)
	w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		return campaign.Accepted{}, errors.New("time-out")
	}
	c := w.start(1, campaign.Draft{AtLeastOnce: true, Instances: w.numbers(1, campaign.Pace{})})
	w.play("2026-03-02 15:00")
	require.Equal(t, 1, w.sent.Count())
	require.Equal(t, campaign.Active, w.status(c.ID))
	mute.mute = false
	w.play("2026-03-02 15:30")
	require.Equal(t, 2, w.sent.Count())
}

// muteLookup is a gateway that cannot be asked while it is mute, and has no
// record afterwards.
type muteLookup struct {
	campaign.Sender
	mute bool
}

func (m *muteLookup) Find(context.Context, campaign.Inquiry) ([]campaign.Record, error) {
	if m.mute {
		return nil, errors.New("no answer")
	}
	return nil, nil
}

func TestACancelledStandingOrderIsNotAskedForEver(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		return campaign.Accepted{}, errors.New("time-out")
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(1, campaign.Draft{AtLeastOnce: true, Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	_, err = w.s.Cancel(ctx, c.ID, "")
	require.NoError(t, err)
	w.play("2026-03-05 09:00")
	require.LessOrEqual(t, len(w.events(c.ID, campaign.EventInquired)), 5)
	require.Equal(t, 1, w.sent.Count())
}

// A second generation that a cancel has dropped does not hide that the first
// one went out.
func TestADroppedResendDoesNotHideTheFirstSend(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	answer := errors.New("time-out")
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if answer == nil {
			return campaign.Accepted{ProviderID: m.Attempt.String()}, nil
		}
		return campaign.Accepted{}, answer
	}
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	c := w.start(2, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	w.clock.Advance(10 * time.Minute)
	id := campaign.RecipientID{Campaign: c.ID, Position: 1}
	require.NoError(t, w.s.Decide(ctx, id, campaign.Resend, ""))
	answer = campaign.ErrLate
	second := &dying{Store: w.store}
	w.store = second
	w.restart("dies with the second")
	_, _ = w.e.Step(ctx)
	_, err = w.s.Cancel(ctx, c.ID, "")
	require.NoError(t, err)
	second.alive = true
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	r := w.recipient(c.ID, 1)
	require.Equal(t, campaign.Dropped, r.State)
	require.Equal(t, 2, r.Generation, "it was the second that was dropped")
}

// dying is a store whose settlements get no answer until it lives.
type dying struct {
	campaign.Store
	alive bool
}

func (d *dying) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, f func(*campaign.Rows)) (*campaign.Rows, error) {
	if !d.alive {
		return nil, errors.New("no answer")
	}
	return d.Store.Settle(ctx, now, ss, f)
}

// The gateway's own report of a send is evidence for an attempt whose answer
// was lost, also where the gateway cannot be asked.
func TestAReportOfTheSendProvesALostAttempt(t *testing.T) {
	for _, c := range []struct {
		name string
		n    campaign.Notice
		want campaign.State
	}{
		{"the message itself", campaign.Notice{Tenant: tenant, Instance: 1, Digest: campaign.TextDigest("Oi, Ana 1")}, campaign.Sent},
		{"another text", campaign.Notice{Tenant: tenant, Instance: 1, Digest: campaign.TextDigest("Oi")}, campaign.Unknown},
		{"another tenant's", campaign.Notice{Tenant: "outra", Instance: 1, Digest: campaign.TextDigest("Oi, Ana 1")}, campaign.Unknown},
		{"another number's", campaign.Notice{Tenant: tenant, Instance: 2, Digest: campaign.TextDigest("Oi, Ana 1")}, campaign.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00")
			e, err := campaign.New(w.store, struct{ campaign.Sender }{w.sent}, &w.opts) // no Lookup
			require.NoError(t, err)
			w.e, w.s = e, e.As(campaign.Caller{Tenant: tenant, Role: campaign.Host})
			w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
				return campaign.Accepted{}, errors.New("time-out")
			}
			camp := w.start(1, campaign.Draft{Instances: w.numbers(2, campaign.Pace{})[:1]})
			_, err = w.e.Step(ctx)
			require.NoError(t, err)
			require.Equal(t, campaign.Unknown, w.recipient(camp.ID, 1).State)
			c.n.Kind, c.n.ProviderID, c.n.Phone, c.n.At = campaign.NoticeSent, "3EB0", "+5511900000001", w.clock.Now()
			require.NoError(t, w.e.Receive(ctx, c.n))
			w.play("2026-03-02 09:10")
			r := w.recipient(camp.ID, 1)
			require.Equal(t, c.want, r.State)
			if c.want == campaign.Sent {
				h, err := history(w, r.ID)
				require.NoError(t, err)
				require.Equal(t, campaign.ByWebhook, h[0].Evidence)
			}
		})
	}
}
