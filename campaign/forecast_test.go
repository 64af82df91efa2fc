package campaign_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/campaigntest"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

func (w *world) forecast(id campaign.ID) campaign.Forecast {
	w.t.Helper()
	f, err := w.s.Forecast(context.Background(), id)
	require.NoError(w.t, err)
	require.Equal(w.t, f.Left, f.Sends+f.Skips+f.Rest, "the forecast leaves nobody out")
	return f
}

// takes are the sends that a campaign began, by number and day, with the first
// and the last instant.
func (w *world) takes(id campaign.ID, after int64) (days map[string]campaign.ForecastShare, skips int64) {
	w.t.Helper()
	days = map[string]campaign.ForecastShare{}
	for _, e := range w.events(id, campaign.EventTaken, campaign.EventSkipped) {
		if e.Seq <= after {
			continue
		}
		if e.Type == campaign.EventSkipped {
			skips++
			continue
		}
		key := fmt.Sprint(e.At.In(saoPaulo).Format(time.DateOnly), " number ", e.Instance)
		d := days[key]
		if d.Sends == 0 {
			d.FirstAt = e.At
		}
		d.Sends++
		d.LastAt = e.At
		days[key] = d
	}
	return days, skips
}

// agrees holds what happened against a forecast.
func (w *world) agrees(t require.TestingT, f campaign.Forecast, after int64) {
	want := map[string]campaign.ForecastShare{}
	var sends int64
	for _, d := range f.Days {
		sum := int64(0)
		for _, n := range d.Numbers {
			sum += n.Sends
			want[fmt.Sprint(d.Day.Format(time.DateOnly), " number ", n.Instance)] =
				campaign.ForecastShare{Sends: n.Sends, FirstAt: n.FirstAt.UTC(), LastAt: n.LastAt.UTC()}
		}
		require.Equal(t, d.Sends, sum, "a day is the sum of its numbers")
		sends += sum
	}
	require.Equal(t, f.Sends, sends, "the forecast is the sum of its days")
	for _, n := range f.Numbers {
		sends -= n.Sends
	}
	require.Zero(t, sends, "and of its numbers")
	got, skips := w.takes(f.Campaign, after)
	require.Equal(t, want, got)
	require.Equal(t, f.Skips, skips)
}

func (w *world) lastSeq(id campaign.ID) int64 {
	es, err := w.s.Events(context.Background(), campaign.EventQuery{Newest: true, Limit: 1})
	require.NoError(w.t, err)
	if len(es) == 0 {
		return 0
	}
	return es[0].Seq
}

// The week before Carnival: hours, a weekend, holidays, caps, a ramp and long
// pauses, and people who are left out.
func TestARunWithoutFaultsAgreesWithItsForecastToTheSecond(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// Numbers that do not rest, or have served before, meet at one instant in
		// an order that a take changes when it has passed over many people.
		noGap, before := rapid.IntRange(0, 3).Draw(rt, "no gap") == 0, rapid.IntRange(0, 3).Draw(rt, "served before") == 0
		all := noGap || before // get a message
		slots := rapid.IntRange(1, 3).Draw(rt, "slots")
		w := newWorld(t, "2026-02-12 16:20", func(w *world) { w.opts.Slots = slots })
		ctx := context.Background()
		var ids []campaign.InstanceID
		for i := range rapid.IntRange(1, 4).Draw(rt, "numbers") {
			p := campaign.Pace{MinGap: time.Duration(rapid.IntRange(1, 900).Draw(rt, "min")) * time.Second, PerHour: rapid.SampledFrom([]int{0, 0, 5, 20}).Draw(rt, "hour"),
				PerDay: rapid.SampledFrom([]int{0, 0, 17, 60}).Draw(rt, "day"), PauseEvery: rapid.SampledFrom([]int{0, 7}).Draw(rt, "every")}
			if p.NoGap = slots == 1 && noGap && rapid.Bool().Draw(rt, "this one"); p.NoGap {
				p.MinGap = 0
			}
			p.MaxGap = p.MinGap + time.Duration(rapid.IntRange(0, 300_000).Draw(rt, "more"))*time.Millisecond
			if p.PauseEvery > 0 {
				p.PauseFor = 40 * time.Minute
			}
			in := campaign.Instance{Remote: fmt.Sprint("n", i), Pace: p, Zone: rapid.SampledFrom([]string{"", "America/Manaus"}).Draw(rt, "zone")}
			if rapid.Bool().Draw(rt, "young") {
				in.Since, in.Pace.Ramp = w.clock.Now().Add(-24*time.Hour), []int{5, 9, 12, 20}
			}
			in, err := w.s.AddInstance(ctx, in)
			require.NoError(t, err)
			ids = append(ids, in.ID)
		}
		if before {
			c := w.start(3, campaign.Draft{Instances: ids[:1]})
			campaigntest.Play(t, w.e, w.clock, w.clock.Now().Add(time.Hour))
			if w.status(c.ID) == campaign.Active {
				_, err := w.s.Cancel(ctx, c.ID, "")
				require.NoError(t, err)
			}
		}
		n := rapid.IntRange(1, 120).Draw(rt, "people")
		d := campaign.Draft{Instances: ids, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}, Messages: []campaign.Message{{Text: "Oi, {{nome}}"}, {Text: "Olá {{cidade}}"}},
			Rotation: rapid.SampledFrom([]string{"", campaign.RotationSticky, campaign.RotationWeighted}).Draw(rt, "rotation")}
		if rapid.Bool().Draw(rt, "later") {
			d.StartAt = at(t, "2026-02-13 09:30")
		}
		if rapid.Bool().Draw(rt, "ends") {
			d.EndAt = at(t, "2026-02-20 11:00")
		}
		if rapid.Bool().Draw(rt, "campaign's own pace") {
			d.Pace = campaign.Pace{PerDay: 11, MinGap: 30 * time.Second, PauseEvery: 3, PauseFor: time.Hour}
		}
		d.Name = "carnaval"
		c, err := w.s.Create(ctx, d)
		require.NoError(t, err)
		audience := people(1, n)
		for i := range audience {
			audience[i].Vars = map[string]string{"cidade": "Recife"}
		}
		_, err = w.s.Add(ctx, c.ID, campaign.Everyone(audience...))
		require.NoError(t, err)
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 8).Draw(rt, "opted out") {
			if all {
				break
			}
			require.NoError(t, w.s.OptOut(ctx, campaign.Because(campaign.CodeByPerson), audience[i].Phone))
		}

		f := w.forecast(c.ID)
		require.Empty(t, f.Obstacles)
		_, err = w.s.Start(ctx, c.ID)
		require.NoError(t, err)
		// Somewhere on the way it is asked again.
		half := w.clock.Now().Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "hours")) * time.Hour)
		faults := !all && rapid.Bool().Draw(rt, "faults")
		w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
			if now := w.clock.Now(); faults && now.Before(half) && rapid.IntRange(0, 3).Draw(rt, "fault") == 0 {
				if rapid.Bool().Draw(rt, "the number's") {
					return campaign.Accepted{}, campaign.Hold(campaign.Because(campaign.CodeRestricted), errors.New("not this number"))
				}
				return campaign.Accepted{}, campaign.NotSent(errors.New("not now"))
			}
			return campaign.Accepted{ProviderID: m.Attempt.String(), At: w.clock.Now(), Began: w.clock.Now()}, nil
		}
		campaigntest.Play(t, w.e, w.clock, half)
		if faults && w.status(c.ID) == campaign.Active {
			_, err := w.s.Add(ctx, c.ID, campaign.Everyone(people(500, 20)...)) // nobody knows their city
			require.NoError(t, err)
		}
		again, since := w.forecast(c.ID), w.lastSeq(c.ID)
		campaigntest.Play(t, w.e, w.clock, at(t, "2027-02-12 00:00"))
		w.agrees(rt, again, since)
		require.Equal(t, again.Rest, w.progress(c.ID).Pending)
		if again.Rest > 0 {
			require.Equal(t, campaign.CodeAfterEnd, again.Why.Code)
		}
		if !faults {
			w.agrees(rt, f, 0)
		}
	})
}

func TestAForecastTellsWhatLimitsEachDay(t *testing.T) {
	w := newWorld(t, "2026-02-13 16:00") // the Friday before Carnival
	ids := w.numbers(1, campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute})
	c := w.draft(200, campaign.Draft{Instances: ids, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}})
	f := w.forecast(c.ID)
	require.EqualValues(t, 200, f.Sends)
	codes := map[string][]campaign.Code{}
	sum := map[string]time.Duration{}
	for _, d := range f.Days {
		day := d.Day.Format("01-02")
		for _, x := range d.Waits {
			codes[day] = append(codes[day], x.Why.Code)
			sum[day] += x.For
		}
	}
	require.Equal(t, map[string][]campaign.Code{
		"02-13": {campaign.CodeHours, campaign.CodeGap},
		"02-14": {campaign.CodeWeekend}, "02-15": {campaign.CodeWeekend},
		"02-16": {campaign.CodeHoliday}, "02-17": {campaign.CodeHoliday},
		"02-18": {campaign.CodeHoliday, campaign.CodeGap},
	}, codes)
	for _, day := range []string{"02-14", "02-15", "02-16", "02-17"} {
		require.Equal(t, 24*time.Hour, sum[day], "the waits of %s are the whole day", day)
	}
	require.Equal(t, 8*time.Hour, sum["02-13"])
	require.Equal(t, at(t, "2026-02-13 16:00").UTC(), f.FirstAt)
	require.Equal(t, []string{"2026-02-16 Segunda-feira de Carnaval", "2026-02-17 Terça-feira de Carnaval", "2026-02-18 Quarta-feira de Cinzas"}, rests(f))
}

func rests(f campaign.Forecast) (all []string) {
	for _, d := range f.Rests {
		all = append(all, d.Date.String()+" "+d.Name)
	}
	return all
}

// Until somebody chooses, business days rest on the days on which offices may
// close, and the forecast names them; whoever chooses is not overruled.
func TestOptionalDaysRestUntilSomebodyChooses(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, "2026-06-03 17:00") // the eve of Corpus Christi
	ids := w.numbers(1, campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute})
	draft := campaign.Draft{Instances: ids, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}}
	c := w.draft(100, draft)
	require.Equal(t, []string{"2026-06-04 Corpus Christi"}, rests(w.forecast(c.ID)))
	cal, err := w.s.Calendar(ctx)
	require.NoError(t, err)
	require.Equal(t, campaign.Calendar{Optional: true}, cal)

	cal.Yearly = []holiday.Day{{Date: date.New(2020, time.June, 5), Name: "Emenda"}}
	cal, err = w.s.SetCalendar(ctx, cal)
	require.NoError(t, err)
	require.Equal(t, []string{"2026-06-04 Corpus Christi", "2026-06-05 Emenda"}, rests(w.forecast(c.ID)))
	cal.Optional = false
	cal, err = w.s.SetCalendar(ctx, cal)
	require.NoError(t, err)
	require.Equal(t, "2026-06-04", w.forecast(c.ID).LastAt.Format(time.DateOnly))
	require.Empty(t, rests(w.forecast(c.ID)), "it ends before the day that is left")
	cal, err = w.s.Calendar(ctx)
	require.NoError(t, err)
	require.False(t, cal.Optional)
	draft.Schedule = schedule.Spec{}
	require.Empty(t, rests(w.forecast(w.draft(100, draft).ID)))

	// The first choice may be against them.
	other := newWorld(t, "2026-06-03 17:00")
	_, err = other.s.SetCalendar(ctx, campaign.Calendar{})
	require.NoError(t, err)
	draft.Schedule.Kind, draft.Instances = schedule.KindBusinessDays, other.numbers(1, campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute})
	require.Empty(t, rests(other.forecast(other.draft(100, draft).ID)))
}

func TestAForecastTellsWhyNobodyIsReached(t *testing.T) {
	ctx := context.Background()
	for name, x := range map[string]struct {
		make func(w *world) campaign.Draft
		want campaign.Code
		rest int64
	}{
		"no number": {func(*world) campaign.Draft { return campaign.Draft{} }, campaign.CodeNoInstance, 30},
		"a number that is not connected": {func(w *world) campaign.Draft {
			ids := w.numbers(1, campaign.Pace{})
			require.NoError(w.t, w.s.Heard(ctx, ids[0], campaign.ConnectionClosed))
			return campaign.Draft{Instances: ids}
		}, campaign.CodeDisconnected, 30},
		"one a month": {func(w *world) campaign.Draft {
			return campaign.Draft{Instances: w.numbers(1, campaign.Pace{MinGap: 24 * time.Hour, MaxGap: 24 * time.Hour, PauseEvery: 1, PauseFor: 20 * 24 * time.Hour})}
		}, campaign.CodeBeyondForecast, 11},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "2026-02-13 16:00")
			f := w.forecast(w.draft(30, x.make(w)).ID)
			require.Equal(t, x.want, f.Why.Code)
			require.Equal(t, x.rest, f.Rest)
		})
	}
}

func TestAForecastNamesWhatAStartWouldBeRefusedFor(t *testing.T) {
	w := newWorld(t, "2026-02-13 16:00")
	ids := w.numbers(1, campaign.Pace{})
	busy := w.start(1, campaign.Draft{Instances: ids})
	c := w.draft(3, campaign.Draft{Instances: ids, Messages: []campaign.Message{{Text: "Oi {{cidade}}"}}})
	f := w.forecast(c.ID)
	all, err := w.s.Preflight(context.Background(), c.ID)
	require.NoError(t, err)
	require.Equal(t, all, f.Obstacles)
	var codes []campaign.Code
	for _, o := range all {
		codes = append(codes, o.Why.Code)
	}
	require.Equal(t, []campaign.Code{campaign.CodeVariableUnknown, campaign.CodeInstanceBusy}, codes)
	_, err = w.s.Start(context.Background(), c.ID)
	var o *campaign.Obstacles
	require.ErrorAs(t, err, &o)
	require.Equal(t, o.All, all)
	none, err := w.s.Preflight(context.Background(), busy.ID)
	require.NoError(t, err)
	require.Empty(t, none, "one that runs has nothing in its way")
}

// Two numbers, of which one rests on the weekend for its own reasons.
func TestAForecastDividesWhatADayWaitsForAmongItsNumbers(t *testing.T) {
	w := newWorld(t, "2026-02-06 17:00")
	ids := append(w.numbers(1, campaign.Pace{MinGap: time.Hour, MaxGap: time.Hour}), w.number("day", campaign.Pace{PerDay: 1}))
	f := w.forecast(w.draft(60, campaign.Draft{Instances: ids}).ID)
	require.Equal(t, []campaign.ForecastWait{{Why: campaign.Because(campaign.CodeGap), For: 12 * time.Hour}, {Why: campaign.Because(campaign.CodePerDay), For: 12 * time.Hour}},
		roughly(f.Days[1].Waits))
	require.Equal(t, []campaign.Code{campaign.CodePerDay, campaign.CodeGap}, []campaign.Code{f.Numbers[1].Waits[0].Why.Code, f.Numbers[1].Waits[1].Why.Code})
}

// roughly rounds waits to hours, which leaves out the day's one gap of seconds.
func roughly(waits []campaign.ForecastWait) (out []campaign.ForecastWait) {
	for _, w := range waits {
		w.For = w.For.Round(time.Hour)
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b campaign.ForecastWait) int { return cmp.Compare(b.Why.Code, a.Why.Code) })
	return out
}

// In Santiago the clocks leap from midnight to one, and fall back from midnight
// to eleven; in Havana they fall back to midnight, and leap over it as well.
func TestAForecastCountsDaysThatDoNotBeginAtMidnight(t *testing.T) {
	for _, zone := range []string{"America/Santiago", "America/Havana", "Africa/Cairo"} {
		loc, err := time.LoadLocation(zone)
		require.NoError(t, err)
		w := newWorld(t, "2026-01-02 12:00")
		in, err := w.s.AddInstance(context.Background(), campaign.Instance{Remote: "n", Zone: zone, Pace: campaign.Pace{PerDay: 1, MinGap: time.Hour, MaxGap: time.Hour}})
		require.NoError(t, err)
		c := w.draft(350, campaign.Draft{Instances: []campaign.InstanceID{in.ID}, Schedule: schedule.Spec{Kind: schedule.KindImmediate, Zone: zone}})
		f := w.forecast(c.ID)
		require.EqualValues(t, 350, f.Sends, zone)
		require.Len(t, f.Days, 350, zone)
		for i, d := range f.Days {
			require.Equal(t, f.Days[0].Day.Add(12*time.Hour).AddDate(0, 0, i).Format(time.DateOnly), d.Day.Format(time.DateOnly), zone)
			require.NotEqual(t, d.Day.Day(), d.Day.Add(-time.Second).In(loc).Day(), "%s: a day begins with its first second", zone)
			require.EqualValues(t, 1, d.Sends, "%s %s", zone, d.Day)
		}
	}
}

func TestAnEndedCampaignHasNoForecast(t *testing.T) {
	w := newWorld(t, "2026-02-13 16:00")
	c := w.start(3, campaign.Draft{Instances: w.numbers(1, campaign.Pace{})})
	_, err := w.s.Cancel(context.Background(), c.ID, "")
	require.NoError(t, err)
	f := w.forecast(c.ID)
	require.Zero(t, f.Left)
	require.Empty(t, f.Days)
}

func BenchmarkForecast(b *testing.B) {
	for _, people := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			w := newWorld(b, "2026-02-13 16:00")
			ids := w.numbers(200, campaign.Pace{})
			c, err := w.s.Create(b.Context(), campaign.Draft{Name: "todos", Instances: ids, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays},
				Messages: []campaign.Message{{Text: "Oi, {{nome}}"}}})
			require.NoError(b, err)
			_, err = w.s.Add(b.Context(), c.ID, func(yield func(contact.Contact, error) bool) {
				for i := range people {
					if !yield(contact.Contact{Name: "Ana", Phone: contact.Phone(fmt.Sprintf("+55119%08d", i))}, nil) {
						return
					}
				}
			})
			require.NoError(b, err)
			for b.Loop() {
				f, err := w.s.Forecast(b.Context(), c.ID)
				require.NoError(b, err)
				require.EqualValues(b, people, f.Sends)
			}
		})
	}
}

func TestAForecastBeginsWhenTheCampaignDoes(t *testing.T) {
	w := newWorld(t, "2026-02-13 16:00")
	ctx := context.Background()
	ids := w.numbers(1, campaign.Pace{})
	c := w.draft(3, campaign.Draft{Instances: ids, StartAt: at(t, "2026-02-25 10:00")})
	f := w.forecast(c.ID)
	require.Equal(t, at(t, "2026-02-25 10:00").UTC(), f.FirstAt)
	require.Equal(t, "2026-02-25", f.Days[0].Day.Format(time.DateOnly))

	// Its number is busy when its time has come, so it looks again later.
	_, err := w.s.Start(ctx, c.ID)
	require.NoError(t, err)
	w.start(100, campaign.Draft{Instances: ids, Schedule: schedule.Spec{Kind: schedule.KindBusinessDays}, StartAt: at(t, "2026-02-13 16:00"),
		Pace: campaign.Pace{PerDay: 1}})
	w.play("2026-02-25 10:00:10")
	require.Equal(t, at(t, "2026-02-25 10:00:30").UTC(), w.forecast(c.ID).FirstAt)
}

func TestAForecastDuringASendWaitsForNobody(t *testing.T) {
	w := newWorld(t, "2026-02-13 16:00")
	var during campaign.Forecast
	c := w.draft(3, campaign.Draft{Instances: w.numbers(1, campaign.Pace{MinGap: time.Minute, MaxGap: time.Minute})})
	w.sent.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) {
		if m.To == "+5511900000002" {
			during = w.forecast(c.ID)
		}
		return campaign.Accepted{ProviderID: m.Attempt.String(), At: w.clock.Now(), Began: w.clock.Now()}, nil
	}
	_, err := w.s.Start(context.Background(), c.ID)
	require.NoError(t, err)
	w.play("2026-02-13 17:00")
	require.EqualValues(t, 1, during.Left)
	require.Equal(t, at(t, "2026-02-13 16:02").UTC(), during.LastAt)
}
