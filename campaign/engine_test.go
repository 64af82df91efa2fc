package campaign_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/sqlite"
)

var ctx = context.Background()

func TestLesson_C14_FiveHundredContactsFiveMessagesTenNumbers(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	var ms []campaign.Message
	for i := range 5 {
		ms = append(ms, campaign.Message{Text: fmt.Sprintf("%d: oi, {{nome}}", i+1)})
	}
	c := w.start(500, campaign.Draft{Messages: ms, Instances: w.numbers(10, campaign.Pace{})})
	w.play("2026-03-02 20:00")
	p := w.progress(c.ID)
	require.Equal(t, campaign.Completed, p.Status)
	require.EqualValues(t, 500, p.Sent)
	require.Equal(t, 500, w.once())
	for m := campaign.MessageID(1); m <= 5; m++ {
		require.InDelta(t, 100, p.SentOf[m], 1, "message %d", m)
	}
	// Every number did its share: no one was left idle while others worked.
	by := map[campaign.InstanceID]int{}
	for _, e := range w.events(c.ID, campaign.EventSent) {
		by[e.Instance]++
	}
	require.Len(t, by, 10)
	for id, n := range by {
		require.InDelta(t, 50, n, 10, "number %d", id)
	}
}

// Five thousand people, business days over Carnival 2026, every tenth call
// refused at dial: the exact days, each person exactly once.
func TestBusinessDaysOverCarnivalWithFaults(t *testing.T) {
	w := newWorld(t, "2026-02-12 15:00")
	calls := 0
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if calls++; calls%10 == 0 {
			return campaign.Accepted{}, errDial
		}
		return campaign.Accepted{ProviderID: fmt.Sprint("p", calls), Began: w.clock.Now()}, nil
	}
	_, err := w.s.SetCalendar(ctx, campaign.Calendar{Optional: true})
	require.NoError(t, err)
	c := w.start(5000, campaign.Draft{Schedule: businessDays(), Instances: w.numbers(2, campaign.Pace{})})
	w.play("2026-03-01 00:00")
	p := w.progress(c.ID)
	require.Equal(t, campaign.Completed, p.Status)
	require.EqualValues(t, 5000, p.Sent)
	require.Equal(t, 5000, w.once())
	require.Positive(t, p.Retries)
	var days []string
	for _, s := range w.sent.All() {
		l := s.At.In(saoPaulo)
		d := l.Format("02 Mon")
		if len(days) == 0 || days[len(days)-1] != d {
			days = append(days, d)
		}
		m := l.Hour()*60 + l.Minute()
		open := 9 * 60
		if l.Day() == 18 {
			open = 14 * 60 // Ash Wednesday is half a day
		}
		require.True(t, m >= open && m < 18*60, "a send at %s", l)
	}
	require.Equal(t, []string{"12 Thu", "13 Fri", "18 Wed", "19 Thu", "20 Fri"}, days)
}

func TestTheSameRunGivesTheSameInstants(t *testing.T) {
	run := func() (at []time.Time) {
		w := newWorld(t, "2026-03-02 08:00")
		c := w.draft(50, campaign.Draft{Schedule: businessDays(), Instances: w.numbers(3, campaign.Pace{})})
		// The seed is the one thing that a new campaign draws.
		require.NoError(t, w.store.Tenant(tenant).Update(ctx, func(x campaign.Writer) error {
			c, err := x.Campaign(c.ID)
			if err != nil {
				return err
			}
			c.Seed, c.Rev = 42, c.Rev+1
			return x.SaveCampaign(&c)
		}))
		_, err := w.s.Start(ctx, c.ID)
		require.NoError(t, err)
		w.play("2026-03-03 00:00")
		for _, s := range w.sent.All() {
			at = append(at, s.At)
		}
		return at
	}
	first := run()
	require.Len(t, first, 50)
	require.Equal(t, first, run())
}

// The gap of a number is kept, whatever campaigns it serves, over restarts and
// failures (I7).
func TestGapsAreKeptOverRestarts(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(1, campaign.Pace{MinGap: 20 * time.Second, MaxGap: 50 * time.Second})
	w.start(30, campaign.Draft{Instances: ids})
	for i := range 40 {
		w.restart(fmt.Sprint("process ", i))
		campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(time.Duration(7+i)*time.Second))
	}
	w.play("2026-03-02 12:00")
	all := w.sent.All()
	require.Equal(t, 30, len(all))
	for i := 1; i < len(all); i++ {
		require.GreaterOrEqual(t, all[i].At.Sub(all[i-1].At), 20*time.Second)
	}
}

func TestLesson_G9_CapsAreCountedFromTheLedger(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	ids := w.numbers(1, campaign.Pace{MinGap: time.Second, MaxGap: time.Second, PerHour: 5, PerDay: 12})
	w.start(30, campaign.Draft{Instances: ids, Schedule: businessDays()})
	for i := range 60 {
		w.restart(fmt.Sprint("process ", i))
		campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(time.Hour))
	}
	hours, days := map[string]int{}, map[string]int{}
	for _, s := range w.sent.All() {
		l := s.At.In(saoPaulo)
		hours[l.Format("02 15")]++
		days[l.Format("02")]++
	}
	require.Equal(t, map[string]int{"02": 12, "03": 12, "04": 6}, days)
	for h, n := range hours {
		require.LessOrEqual(t, n, 5, h)
	}
}

func TestLesson_T5_OpenAtTheLatestStartToo(t *testing.T) {
	w := newWorld(t, "2026-03-02 17:59:59")
	c := w.start(3, campaign.Draft{Schedule: businessDays(), Instances: w.numbers(1, fast())})
	w.play("2026-03-02 23:00")
	require.Zero(t, w.sent.Count(), "a send taken at 17:59:59 may begin after 18:00")
	p := w.progress(c.ID)
	require.True(t, p.NextAt.Equal(at(t, "2026-03-03 09:00")))
	require.Equal(t, campaign.CodeHours, p.Why.Code)
	w.play("2026-03-03 09:00:01")
	require.Equal(t, 3, w.sent.Count())
}

func TestLesson_T1_T2_HoursAreLocalAndLaterToday(t *testing.T) {
	// 07:00 in São Paulo is 10:00 UTC: neither sent now nor tomorrow, but at
	// nine; the lunch break does not lose the afternoon.
	w := newWorld(t, "2026-03-02 07:00")
	spec, err := schedule.Parse("mon-fri 09:00-12:00 13:30-18:00")
	require.NoError(t, err)
	w.start(4, campaign.Draft{Schedule: spec, Instances: w.numbers(1, campaign.Pace{MinGap: 2 * time.Hour, MaxGap: 2 * time.Hour})})
	w.play("2026-03-02 23:00")
	var got []string
	for _, s := range w.sent.All() {
		got = append(got, s.At.In(saoPaulo).Format("15:04"))
	}
	require.Equal(t, []string{"09:00", "11:00", "13:30", "15:30"}, got)
}

func TestLesson_T6_TextIsRenderedAtTheSend(t *testing.T) {
	w := newWorld(t, "2026-03-02 11:59")
	w.start(3, campaign.Draft{Messages: []campaign.Message{{Text: "{{saudacao}} de {{dia_semana}}"}},
		Instances: w.numbers(1, campaign.Pace{MinGap: 30 * time.Second, MaxGap: 30 * time.Second})})
	w.play("2026-03-02 13:00")
	require.Equal(t, []string{"Bom dia de segunda-feira", "Bom dia de segunda-feira", "Boa tarde de segunda-feira"}, w.sent.Texts())
}

func TestLesson_T7_MissedStarts(t *testing.T) {
	for _, c := range []struct {
		policy string
		late   time.Duration
		want   campaign.Status
		why    campaign.Code
	}{
		{"", 0, campaign.Active, ""},
		{"", time.Hour, campaign.Active, ""},
		{"", time.Hour + time.Second, campaign.Drafted, campaign.CodeMissedStart},
		{"hold", 10 * time.Minute, campaign.Drafted, campaign.CodeMissedStart},
		{"skip", 10 * time.Minute, campaign.Cancelled, campaign.CodeMissedStart},
		{"skip", 0, campaign.Active, ""},
	} {
		t.Run(fmt.Sprint(c.policy, c.late), func(t *testing.T) {
			w := newWorld(t, "2026-03-02 08:00")
			d := campaign.Draft{StartAt: at(t, "2026-03-02 10:00"), Instances: w.numbers(1, campaign.Pace{})}
			if c.policy != "" {
				require.NoError(t, d.Schedule.Missed.UnmarshalText([]byte(c.policy)))
			}
			camp := w.start(5, d)
			require.Equal(t, campaign.Scheduled, camp.Status)
			w.clock.Set(at(t, "2026-03-02 10:00").Add(c.late)) // nobody ran until now
			_, err := w.e.Step(ctx)
			require.NoError(t, err)
			got, err := w.s.Campaign(ctx, camp.ID)
			require.NoError(t, err)
			require.Equal(t, c.want, got.Status)
			require.Equal(t, c.why, got.Why.Code)
		})
	}
}

func TestScheduledStartWaitsForABusyNumber(t *testing.T) {
	w := newWorld(t, "2026-03-02 08:00")
	ids := w.numbers(1, campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute})
	busy := w.start(10, campaign.Draft{Instances: ids})
	late, err := w.s.Create(ctx, campaign.Draft{Name: "depois", Messages: []campaign.Message{{Text: "oi"}},
		StartAt: at(t, "2026-03-02 08:05"), Instances: ids})
	require.NoError(t, err)
	_, err = w.s.Add(ctx, late.ID, campaign.Everyone(people(500, 2)...))
	require.NoError(t, err)
	_, err = w.s.Start(ctx, late.ID)
	require.NoError(t, err)
	w.play("2026-03-02 08:06")
	got, err := w.s.Campaign(ctx, late.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Scheduled, got.Status)
	require.Equal(t, campaign.CodeInstanceBusy, got.Why.Code)
	require.Equal(t, busy.ID.String(), got.Why.Args["campaign"], "it says for whom it waits")
	w.play("2026-03-02 09:00")
	require.Equal(t, campaign.Completed, w.status(busy.ID))
	require.Equal(t, campaign.Completed, w.status(late.ID))
	require.Equal(t, 12, w.once())
}

func TestStartNamesEveryObstacleAtOnce(t *testing.T) {
	w := newWorld(t, "2026-03-02 08:00")
	c, err := w.s.Create(ctx, campaign.Draft{Name: "x", Messages: []campaign.Message{{Text: "Oi {{nomee}}"}, {Text: "{{nome"}},
		EndAt: at(t, "2026-03-01 08:00"), Instances: []campaign.InstanceID{99}})
	require.NoError(t, err)
	_, err = w.s.Start(ctx, c.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.ErrorIs(t, err, campaign.ErrConflict)
	var codes []campaign.Code
	for _, x := range o.All {
		codes = append(codes, x.Why.Code)
	}
	require.ElementsMatch(t, []campaign.Code{campaign.CodeNoAudience, campaign.CodeVariableUnknown, campaign.CodeTemplateSyntax,
		campaign.CodeEndPast, campaign.CodeInstanceGone}, codes)
	require.Contains(t, err.Error(), "nome", "did you mean")
	require.Equal(t, campaign.Drafted, w.status(c.ID))
	require.Empty(t, w.events(c.ID, campaign.EventCampaignStarted))
}

// A start that was mistyped, months ago, is refused, and one of this morning
// begins at once; a scheduled campaign that was missed follows its own rule.
func TestAStartLongAgoIsASlip(t *testing.T) {
	w := newWorld(t, "2026-05-01 08:00")
	n := w.numbers(1, campaign.Pace{NoGap: true})
	c := w.draft(1, campaign.Draft{StartAt: at(t, "2026-05-12 09:00"), Instances: n})
	slip := func(err error) {
		t.Helper()
		var bad campaign.Invalid
		require.ErrorAs(t, err, &bad)
		require.Len(t, bad, 1)
		require.Equal(t, "start_at", bad[0].Field)
		require.Equal(t, campaign.CodeStartPast, bad[0].Why.Code)
	}
	edit := func(f func(*campaign.Draft)) error {
		c, err := w.s.Campaign(ctx, c.ID)
		require.NoError(t, err)
		_, err = w.s.Edit(ctx, c.ID, c.Rev, func(d *campaign.Draft) error { f(d); return nil })
		return err
	}
	w.clock.Set(at(t, "2026-12-01 08:00"))
	_, err := w.s.Create(ctx, campaign.Draft{Name: "x", StartAt: at(t, "2026-05-12 09:00")})
	slip(err)
	slip(edit(func(d *campaign.Draft) { d.StartAt = at(t, "2026-05-13 09:00") }))
	require.NoError(t, edit(func(d *campaign.Draft) { d.Name = "y" }), "what was there already is no slip of this edit")

	_, err = w.s.Start(ctx, c.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.Len(t, o.All, 1)
	require.Equal(t, "start_at", o.All[0].Field)
	require.Equal(t, campaign.CodeStartPast, o.All[0].Why.Code)
	require.Equal(t, campaign.Drafted, w.status(c.ID))

	require.NoError(t, edit(func(d *campaign.Draft) { d.StartAt = at(t, "2026-12-01 07:00") }))
	_, err = w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, campaign.Active, w.status(c.ID))
}

func TestLesson_S9_AnEmptyAudienceIsAnError(t *testing.T) {
	w := newWorld(t, "2026-03-02 08:00")
	c := w.draft(0, campaign.Draft{Instances: w.numbers(1, fast())})
	_, err := w.s.Start(ctx, c.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.Len(t, o.All, 1)
	require.Equal(t, campaign.CodeNoAudience, o.All[0].Why.Code)
}

func TestLesson_S10_MissingValuesAreFoundBeforeTheStart(t *testing.T) {
	w := newWorld(t, "2026-03-02 08:00")
	c, err := w.s.Create(ctx, campaign.Draft{Name: "x", Instances: w.numbers(1, fast()),
		Messages: []campaign.Message{{Text: "{{nome}}, {{quem_indicou}} e {{cidade}}"}}})
	require.NoError(t, err)
	_, err = w.s.Add(ctx, c.ID, campaign.Everyone(
		contact.Contact{Name: "Ana", Phone: "+5511900000001", ReferredBy: "Zé", Vars: map[string]string{"cidade": "Belém"}},
		contact.Contact{Name: "{{quem_indicou}}", Phone: "+5511900000002", ReferredBy: "Zé", Vars: map[string]string{"cidade": ""}},
	))
	require.NoError(t, err)
	_, err = w.s.Start(ctx, c.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.Len(t, o.All, 1)
	require.Equal(t, campaign.CodeVariableMissing, o.All[0].Why.Code)
	require.Equal(t, "1", o.All[0].Why.Args["count"])

	c, err = w.s.Edit(ctx, c.ID, mustRev(t, w, c.ID), func(d *campaign.Draft) error {
		d.Messages[0].Text = "{{nome}}, {{quem_indicou}} e {{cidade|sua cidade}}"
		return nil
	})
	require.NoError(t, err)
	_, err = w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	w.play("2026-03-02 09:00")
	require.Equal(t, []string{"Ana, Zé e Belém", "{{quem_indicou}}, Zé e sua cidade"}, w.sent.Texts(), "values are not expanded again")
}

func mustRev(t *testing.T, w *world, id campaign.ID) int64 {
	t.Helper()
	c, err := w.s.Campaign(ctx, id)
	require.NoError(t, err)
	return c.Rev
}

func TestLesson_S2_AnUnknownOutcomeIsNeverSentAgain(t *testing.T) {
	for _, kept := range []bool{true, false} {
		t.Run(fmt.Sprint("the gateway has a record: ", kept), func(t *testing.T) {
			w := newWorld(t, "2026-03-02 09:00")
			w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
				if m.To == "+5511900000002" {
					return campaign.Accepted{}, errors.New("time-out")
				}
				return campaign.Accepted{ProviderID: m.Attempt.String(), Began: w.clock.Now()}, nil
			}
			w.sent.Kept = func(campaigntest.Sent) bool { return kept }
			c := w.start(3, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
			w.play("2026-03-03 09:00")
			require.Len(t, w.sent.ByPhone()["+5511900000002"], 1)
			r := w.recipient(c.ID, 2)
			p := w.progress(c.ID)
			require.Equal(t, campaign.Completed, p.Status, "unknown ones do not hold a campaign")
			if kept {
				require.Equal(t, campaign.Sent, r.State)
				h, err := history(w, r.ID)
				require.NoError(t, err)
				require.Equal(t, campaign.ByRecord, h[0].Evidence)
				return
			}
			require.Equal(t, campaign.Unknown, r.State)
			require.EqualValues(t, 1, p.Unknown)
			require.Len(t, w.events(c.ID, campaign.EventInquired), 5, "at once, 1 min, 5 min, 30 min, 6 h")
		})
	}
}

func history(w *world, id campaign.RecipientID) (h []campaign.Closed, err error) {
	err = w.store.Tenant(tenant).View(ctx, func(r campaign.Reader) error {
		h, err = r.History(id.Campaign, id.Position-1, id.Position)
		return err
	})
	return h, err
}

// What a dead process left in flight becomes unknown, and never pending (S5).
func TestLesson_S5_ACrashLeavesUnknown(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	deaf := &noSettle{Store: w.store, fail: true}
	w.store = deaf
	w.restart("dies")
	c := w.start(3, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, _ = w.e.Step(ctx) // sends, and cannot settle
	require.Equal(t, 1, w.sent.Count())
	require.EqualValues(t, 1, w.progress(c.ID).Sending)
	deaf.fail = false
	w.sent.Kept = func(campaigntest.Sent) bool { return false }
	w.restart("next")
	w.play("2026-03-02 10:00")
	p := w.progress(c.ID)
	require.EqualValues(t, 1, p.Unknown)
	require.EqualValues(t, 2, p.Sent)
	require.Equal(t, campaign.Completed, p.Status)
	require.Equal(t, campaign.CodeSwept, w.recipient(c.ID, 1).Why.Code)
	require.Len(t, w.sent.ByPhone()["+5511900000001"], 1)
}

// noSettle is a store whose settlements fail on request.
type noSettle struct {
	campaign.Store
	fail bool
}

func (s *noSettle) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	if s.fail {
		return nil, errors.New("no answer from the database")
	}
	return s.Store.Settle(ctx, now, ss, apply)
}

// A settlement that the store did not take is kept and taken later: the
// process knows that it was sent.
func TestAResultOutlivesAFailingStore(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	deaf := &noSettle{Store: w.store, fail: true}
	w.store = deaf
	w.restart("one")
	c := w.start(1, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.e.Step(ctx)
	require.Error(t, err)
	deaf.fail = false
	_, err = w.e.Step(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, w.progress(c.ID).Sent)
	require.Equal(t, campaign.Completed, w.status(c.ID))
}

func TestLesson_S3_TwoEnginesNeverTakeTheSame(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	w.start(200, campaign.Draft{Instances: w.numbers(4, campaign.Pace{MinGap: time.Second, MaxGap: time.Second})})
	second, err := campaign.New(w.store, w.sent, &campaign.Options{Now: w.clock.Now, Daemon: "two", Secret: secret})
	require.NoError(t, err)
	done := make(chan error, 2)
	for _, e := range []*campaign.Engine{w.e, second} {
		go func() {
			for range 400 {
				if _, err := e.Step(ctx); err != nil {
					done <- err
					return
				}
				w.clock.Advance(250 * time.Millisecond)
			}
			done <- nil
		}()
	}
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	w.play("2026-03-02 11:00")
	// Either engine may fall so far behind the racing clock that it counts as
	// dead: what it had not begun is then swept, and may fail in the end. But
	// nobody gets two messages and nobody is forgotten.
	p := w.progress(1)
	require.Equal(t, campaign.Completed, p.Status)
	require.EqualValues(t, 200, p.Sent+p.Failed+p.Unknown)
	require.EqualValues(t, w.once(), p.Sent)
	require.Equal(t, w.once(), w.sent.Count())
}

func TestLesson_S12_OptOutIsCheckedInTheTake(t *testing.T) {
	w := newWorld(t, "2026-03-02 09:00")
	c := w.start(5, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.e.Step(ctx)
	require.NoError(t, err)
	require.NoError(t, w.s.OptOut(ctx, campaign.Because("keyword"), "+5511900000003"))
	w.play("2026-03-02 10:00")
	require.Empty(t, w.sent.ByPhone()["+5511900000003"])
	r := w.recipient(c.ID, 3)
	require.Equal(t, campaign.Skipped, r.State)
	require.Equal(t, campaign.CodeOptedOut, r.Why.Code)
	p := w.progress(c.ID)
	require.EqualValues(t, 1, p.Skipped)
	require.EqualValues(t, 4, p.Sent)
	require.Equal(t, campaign.Completed, p.Status)
	out, err := w.s.OptedOut(ctx, "+5511900000003", "+5511900000004")
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, out)
	// The log tells whose opt-out it was to whoever has the key, and to nobody else.
	es, err := w.s.Events(ctx, campaign.EventQuery{Types: []campaign.EventType{campaign.EventOptedOut}})
	require.NoError(t, err)
	require.Len(t, es, 1)
	key := campaign.SuppressionKeys(secret)(tenant, "+5511900000003")
	require.Equal(t, hex.EncodeToString(key[:]), es[0].Why.Args[campaign.OptOutKey])
	require.EqualValues(t, "keyword", es[0].Why.Code)
	// Another tenant's people are another matter.
	out, err = w.e.As(campaign.Caller{Tenant: "outra", Role: campaign.Host}).OptedOut(ctx, "+5511900000003")
	require.NoError(t, err)
	require.Equal(t, []bool{false}, out)
}

func TestDurableStoreGoesOnAfterARestart(t *testing.T) {
	path := t.TempDir() + "/c.db"
	s, err := sqlite.Open(ctx, path, nil)
	require.NoError(t, err)
	w := newWorld(t, "2026-03-02 09:00", func(w *world) { w.store = s })
	c := w.start(40, campaign.Draft{Instances: w.numbers(2, campaign.Pace{})})
	w.play("2026-03-02 09:05")
	before := w.sent.Count()
	require.Positive(t, before)
	require.NoError(t, s.Close())
	s, err = sqlite.Open(ctx, path, nil)
	require.NoError(t, err)
	defer s.Close()
	w.store = s
	w.restart("two")
	w.play("2026-03-02 11:00")
	require.Greater(t, w.sent.Count(), before)
	require.Equal(t, 40, w.once())
	require.Equal(t, campaign.Completed, w.progress(c.ID).Status)
}
