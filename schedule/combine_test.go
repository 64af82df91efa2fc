package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

func TestBetween(t *testing.T) {
	loc := zone(t, schedule.DefaultZone)
	tue, thu := at(t, loc, "Tue 10:00"), at(t, loc, "Thu 10:00")
	for _, c := range []struct {
		from, until time.Time
		ask, want   string
		why         schedule.Reason
	}{
		{tue, thu, "Mon 10:00", "Tue 10:00", schedule.NotYet},
		{tue, thu, "Tue 09:59:59", "Tue 10:00", schedule.NotYet},
		{tue, thu, "Tue 10:00", "Tue 10:00", ""},
		{tue, thu, "Thu 09:59:59", "Thu 09:59:59", ""},
		{tue, thu, "Thu 10:00", "never", schedule.Over},
		{time.Time{}, thu, "Mon 10:00", "Mon 10:00", ""},
		{time.Time{}, thu, "Thu 10:00", "never", schedule.Over},
		{tue, time.Time{}, "Mon 10:00", "Tue 10:00", schedule.NotYet},
		{tue, time.Time{}, "Sun 10:00", "Sun 10:00", ""},
		{thu, tue, "Wed 10:00", "never", schedule.Never},
		{tue, tue, "Mon 10:00", "never", schedule.Never},
		{time.Time{}, time.Time{}, "Mon 10:00", "Mon 10:00", ""},
	} {
		w := schedule.Between(c.from, c.until)
		ask := at(t, loc, c.ask)
		require.Equal(t, c.want, show(ask, w.Next(ask), false), c)
		why, closed := w.(schedule.Explainer).Closed(ask)
		require.Equal(t, c.why != "", closed, c)
		require.Equal(t, c.why, why.Reason, c)
		if closed {
			require.Equal(t, w.Next(ask), why.Until)
		}
		require.Same(t, time.UTC, schedule.Between(tue, thu).Next(tue.Add(-1).UTC()).Location())
	}
}

// silent is a window that gives no reasons.
type silent struct{ schedule.Window }

func TestAnd(t *testing.T) {
	morning, loc := window(t, "mon-fri 08:00-12:00", nil)
	late, _ := window(t, "mon wed fri 11:00-20:00, skip holidays, zone America/Manaus", of2025)
	afternoon, _ := window(t, "every day 13:00-18:00", nil)
	campaign := schedule.Between(at(t, loc, "Wed 11:59"), at(t, loc, "2025-06-20 12:00"))
	never := schedule.Between(campaign.Next(at(t, loc, "Mon 00:00")), at(t, loc, "Mon 00:00"))
	for name, c := range map[string]struct {
		a, b      schedule.Window
		ask, want string
		why       string
	}{
		"open in both":            {morning, schedule.Always(), "Mon 09:00", "Mon 09:00", ""},
		"closed in one":           {morning, schedule.Always(), "Mon 07:00", "Mon 08:00", "hours until 2025-06-09T08:00:00-03:00"},
		"the other way round":     {schedule.Always(), morning, "Mon 12:00", "Tue 08:00", "hours until 2025-06-10T08:00:00-03:00"},
		"disjoint, so never":      {morning, afternoon, "Mon 09:00", "never", "hours for ever"},
		"start date comes later":  {morning, campaign, "Mon 07:00", "Wed 11:59", "not_yet until 2025-06-11T11:59:00-03:00"},
		"end date comes earlier":  {morning, campaign, "2025-06-20 12:00", "never", "over for ever"},
		"one never opens":         {never, morning, "Mon 07:00", "never", "never for ever"},
		"one never opens, second": {morning, never, "Mon 07:00", "never", "never for ever"},
		// Eleven in Manaus is twelve in São Paulo, when the morning is over.
		"zones that just miss":  {morning, late, "Mon 09:00", "never", "hours for ever"},
		"zones that meet":       {afternoon, late, "Tue 13:00", "Wed 13:00", "weekday Tuesday until 2025-06-11T13:00:00-03:00"},
		"a part without reason": {silent{afternoon}, schedule.Always(), "Mon 09:00", "Mon 13:00", "closed until 2025-06-09T13:00:00-03:00"},
	} {
		w := schedule.And(c.a, c.b)
		ask := at(t, loc, c.ask)
		require.Equal(t, c.want, show(ask, w.Next(ask), false), name)
		why, closed := w.(schedule.Explainer).Closed(ask)
		require.Equal(t, c.why != "", closed, name)
		if closed {
			require.Equal(t, c.why, why.String(), name)
		}
	}
	require.True(t, schedule.And(schedule.Always(), schedule.Always()).Next(time.Time{}).IsZero())
}

// alternate is open in each minute whose number since 1970 is even or odd:
// two of them take turns for ever.
type alternate struct{ odd int64 }

func (a alternate) Next(t time.Time) time.Time {
	if minute := t.Unix() / 60; minute%2 != a.odd {
		return time.Unix((minute+1)*60, 0).In(t.Location())
	}
	return t
}

func TestAndGivesUp(t *testing.T) {
	now := time.Date(2025, time.June, 9, 12, 0, 0, 0, time.UTC)
	require.True(t, schedule.And(alternate{0}, alternate{1}).Next(now).IsZero())
	require.Equal(t, now, schedule.And(alternate{0}, alternate{0}).Next(now))
}

func TestAlways(t *testing.T) {
	now := time.Date(2025, time.December, 25, 3, 0, 0, 1, time.UTC)
	w := schedule.Always()
	require.Equal(t, now, w.Next(now))
	_, closed := w.(schedule.Explainer).Closed(now)
	require.False(t, closed)
	require.False(t, schedule.Open(w, time.Time{}))
	require.True(t, schedule.OpenThrough(w, now, now.Add(24*time.Hour)))
}

func TestMissedText(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "run_if_within 1h",
		"run_if_within":             "run_if_within 1h",
		"run_if_within 60m":         "run_if_within 1h",
		" run_if_within  90m ":      "run_if_within 1h30m",
		"hold":                      "hold",
		"hold 1m":                   "hold",
		"hold 1h":                   "hold 1h",
		"skip 1h0m10s":              "skip 1h0m10s",
		"skip 100ms":                "skip 100ms",
		"run_if_within 48h":         "run_if_within 48h",
		"run_if_within 2540400h10s": "run_if_within 2540400h0m10s",
	} {
		var m schedule.Missed
		require.NoError(t, m.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, m.String())
		var back schedule.Missed
		require.NoError(t, back.UnmarshalText([]byte(want)))
		require.Equal(t, m, back)
	}
	require.Equal(t, "hold", schedule.Missed{Policy: "hold", Within: schedule.OnTime}.String())
}

func TestWeekBuilders(t *testing.T) {
	shared := []schedule.Span{{From: 0, To: holiday.EndOfDay}}
	week := schedule.EveryDay(shared...)
	week[1][0].From = 60
	require.Zero(t, week[2][0].From, "days share nothing")
	require.Zero(t, shared[0].From)

	work := schedule.Workdays(shared...)
	require.Nil(t, work[time.Saturday])
	require.Nil(t, work[time.Sunday])
	require.Equal(t, shared, work[time.Friday])
}
