package schedule_test

import (
	"testing"
	"time"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

// Nine to six was compared with the hours of UTC: messages left at six.
func TestLesson_T1_HoursBelongToAPlace(t *testing.T) {
	for zoneName, utc := range map[string]string{ // when 09:00 on a Monday is, in UTC
		"America/Sao_Paulo":  "2025-06-09 12:00",
		"America/Manaus":     "2025-06-09 13:00",
		"America/Rio_Branco": "2025-06-09 14:00",
		"America/Noronha":    "2025-06-09 11:00",
	} {
		w, _ := window(t, "business days, zone "+zoneName, of2025)
		sunday := time.Date(2025, time.June, 8, 12, 0, 0, 0, time.UTC)
		require.Equal(t, utc, w.Next(sunday).Format("2006-01-02 15:04"), zoneName)
	}

	// Friday 21:00 in São Paulo is Saturday in UTC: still a Friday evening.
	w, loc := window(t, "fri 20:00-23:00", nil)
	require.True(t, schedule.Open(w, at(t, loc, "Fri 21:30").UTC()))

	// A window that was given no place does not fall back to any.
	placeless := schedule.Hours{Week: schedule.EveryDay(schedule.Span{From: 0, To: holiday.EndOfDay})}
	require.True(t, placeless.Next(at(t, loc, "Fri 10:00")).IsZero())
}

// The next slot was always tomorrow's: due at seven waited for a day, and
// lunch lost the afternoon.
func TestLesson_T2_LaterTodayCounts(t *testing.T) {
	play(t, "mon-fri 09:00-12:00 13:30-18:00", nil, []line{
		{"Tue 07:00", "Tue 09:00"},
		{"Tue 12:15", "Tue 13:30"},
		{"Tue 18:00", "Wed 09:00"},
	})
}

// One function skipped weekends for business_hours and another did not; a
// custom schedule without a morning never came back; after thirty closed days
// a closed one was returned.
func TestLesson_T3_OneNext(t *testing.T) {
	t.Run("business hours include weekends, in the answer and in the reason", func(t *testing.T) {
		w, loc := window(t, "business_hours", nil)
		require.True(t, schedule.Open(w, at(t, loc, "Sun 10:00")))
		_, closed := w.(schedule.Explainer).Closed(at(t, loc, "Sun 10:00"))
		require.False(t, closed)
	})
	t.Run("a schedule without a morning", func(t *testing.T) {
		play(t, "mon-fri 14:00-18:00", nil, []line{{"Tue 08:00", "Tue 14:00"}, {"Fri 18:00", "Mon 14:00"}})
	})
	t.Run("more than thirty closed days", func(t *testing.T) {
		closed := make(days)
		day := date.New(2025, time.June, 10)
		for i := range 400 {
			closed[day.Add(date.PeriodOfDays(i))] = holiday.Day{Name: "Obras"}
		}
		play(t, "business days", closed, []line{{"2025-06-09 18:00", "2026-07-15 09:00"}})
	})
	t.Run("a schedule that never opens is refused", func(t *testing.T) {
		for _, text := range []string{"custom", "sat 09:00-18:00, skip weekends", "skip holidays"} {
			_, err := schedule.Parse(text)
			require.ErrorIs(t, err, schedule.ErrNeverOpens, text)
		}
		spec := schedule.Spec{Kind: schedule.KindBusinessDays}
		err := spec.Check(time.Date(2025, time.June, 9, 12, 0, 0, 0, time.UTC), eachDay{}, nil)
		require.ErrorIs(t, err, schedule.ErrNeverOpens)
	})
}

// Holidays were typed by hand, and Carnival on the wrong dates.
func TestLesson_T4_CarnivalWithTheRealCalendar(t *testing.T) {
	play(t, "business days", holiday.Union(holiday.Brazil, holiday.BrazilOptional), []line{
		{"2025-02-28 18:00", "2025-03-05 14:00"}, // to Ash Wednesday, at two
		{"2025-04-17 18:00", "2025-04-22 09:00"},
		{"2025-06-18 18:00", "2025-06-20 09:00"}, // Corpus Christi
	})
	// Without the optional days Carnival is two days like any other.
	play(t, "business days", holiday.Brazil, []line{
		{"2025-02-28 18:00", "2025-03-03 09:00"},
		{"2025-12-24 18:00", "2025-12-26 09:00"},
	})
}

// The window was checked when a send was planned, and the send happened after
// closing time.
func TestLesson_T5_OpenUntilTheLatestStart(t *testing.T) {
	w, loc := window(t, "mon-fri 09:00-12:00 12:05-18:00", nil)
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"Mon 17:59", "Mon 17:59:30", true},
		{"Mon 17:59:45", "Mon 18:00", false},
		{"Mon 17:59:45", "Mon 18:00:15", false},
		{"Mon 08:59:59", "Mon 09:00:10", false},
		{"Mon 10:00", "Mon 10:00", true},
		{"Mon 11:59", "Mon 12:06", false}, // open at both ends, closed for lunch
		{"Mon 10:00:30", "Mon 10:00", false},
		{"Sat 10:00", "Sat 10:01", false},
	} {
		require.Equal(t, c.want, schedule.OpenThrough(w, at(t, loc, c.from), at(t, loc, c.to)), c)
	}
	require.False(t, schedule.OpenThrough(w, at(t, loc, "Mon 10:00"), time.Time{}))
	require.False(t, schedule.OpenThrough(schedule.Always(), time.Time{}, time.Time{}))
}

// A start that was missed never came, or came days later without a word.
func TestLesson_T7_MissedStartHasAPolicy(t *testing.T) {
	planned := time.Date(2025, time.June, 9, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		policy string
		late   time.Duration
		want   schedule.Action
	}{
		{"", -time.Second, schedule.Wait},
		{"", 0, schedule.Run},
		{"", time.Hour, schedule.Run},
		{"", time.Hour + 1, schedule.Hold},
		{"", 72 * time.Hour, schedule.Hold},
		{"run_if_within 2h", 2 * time.Hour, schedule.Run},
		{"run_if_within 2h", 2*time.Hour + 1, schedule.Hold},
		{"hold", -time.Second, schedule.Wait},
		{"hold", time.Minute, schedule.Run},
		{"hold", 2 * time.Minute, schedule.Hold},
		{"hold 5m", 5 * time.Minute, schedule.Run},
		{"hold 5m", 6 * time.Minute, schedule.Hold},
		{"skip", 0, schedule.Run},
		{"skip", time.Minute + 1, schedule.Skip},
		{"skip 10m", 11 * time.Minute, schedule.Skip},
	} {
		var m schedule.Missed
		require.NoError(t, m.UnmarshalText([]byte(c.policy)))
		require.Equal(t, c.want, m.Decide(planned, planned.Add(c.late)), c)
	}
	require.Equal(t, schedule.Run, schedule.Missed{Policy: schedule.SkipIfMissed}.Decide(time.Time{}, planned))
}

// Midnight that the clocks jump over gave the wrong hour. See also
// TestOracle, which looks at every change of the clocks since 1985.
func TestLesson_T8_MidnightThatDoesNotExist(t *testing.T) {
	// On 4 November 2018 the clocks of São Paulo went from 23:59:59 on the 3rd
	// to 01:00 on the 4th, a Sunday.
	play(t, "every day 00:00-24:00, skip weekends", nil, []line{{"2018-11-03 12:00", "2018-11-05 00:00"}})
	play(t, "sun 00:00-09:00", nil, []line{{"2018-11-03 12:00", "2018-11-04 01:00"}})
	play(t, "sun 00:30-09:00", nil, []line{{"2018-11-03 12:00", "2018-11-04 01:00"}})
	play(t, "sun 00:00-01:00", nil, []line{{"2018-11-03 12:00", "2018-11-11 00:00"}})
	play(t, "sun 00:00-00:30 02:00-03:00", nil, []line{{"2018-11-03 12:00", "2018-11-04 02:00"}})

	// On 18 February 2018 the hour from 23:00 on Saturday came twice, and
	// Saturday had 25 hours.
	w, loc := window(t, "sat 23:00-24:00", nil)
	first := time.Date(2018, time.February, 18, 1, 0, 0, 0, time.UTC)
	for _, minutes := range []time.Duration{0, 30, 59, 60, 61, 119} {
		now := first.Add(minutes * time.Minute)
		require.Equal(t, now, w.Next(now), now.In(loc).String())
	}
	require.Equal(t, "2018-02-24 23:00", w.Next(first.Add(2*time.Hour)).In(loc).Format("2006-01-02 15:04"))
}
