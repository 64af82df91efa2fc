package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

func TestNext(t *testing.T) {
	for text, lines := range map[string][]line{
		"business days": {
			{"Mon 00:00", "Mon 09:00"},
			{"Mon 08:59", "Mon 09:00"},
			{"Mon 08:59:59", "Mon 09:00"},
			{"Mon 09:00", "Mon 09:00"},
			{"Mon 12:34:56", "Mon 12:34:56"},
			{"Mon 17:59:59", "Mon 17:59:59"},
			{"Mon 18:00", "Tue 09:00"},
			{"Fri 18:00", "Mon 09:00"},
			{"Sat 12:00", "Mon 09:00"},
			{"Sun 23:59:59", "Mon 09:00"},
			{"2025-04-17 18:00", "2025-04-22 09:00"}, // Friday, weekend and Monday fall together
			{"2025-04-30 18:00", "2025-05-02 09:00"},
			{"2025-06-18 18:00", "2025-06-20 09:00"},
		},
		"business hours": {
			{"Fri 18:00", "Sat 09:00"},
			{"Sat 12:00", "Sat 12:00"},
			{"Sun 08:00", "Sun 09:00"},
			{"2025-04-21 08:00", "2025-04-21 09:00"}, // holidays do not close it
		},
		"immediate": {
			{"Sun 03:00", "Sun 03:00"},
			{"2025-12-25 00:00", "2025-12-25 00:00"},
		},
		"mon-fri 09:00-12:00 13:30-18:00; sat 09:00-13:00, skip holidays": {
			{"Mon 11:59:59", "Mon 11:59:59"},
			{"Mon 12:00", "Mon 13:30"},
			{"Mon 13:29", "Mon 13:30"},
			{"Mon 18:00", "Tue 09:00"},
			{"Fri 18:00", "Sat 09:00"},
			{"Sat 13:00", "Mon 09:00"},
			{"2025-04-17 18:00", "2025-04-19 09:00"}, // Good Friday, then a Saturday with hours
		},
		"every day 22:00-24:00 00:00-02:00": {
			{"Mon 23:59:59", "Mon 23:59:59"},
			{"Tue 00:00", "Tue 00:00"},
			{"Tue 01:59", "Tue 01:59"},
			{"Tue 02:00", "Tue 22:00"},
		},
		"every day 00:00-24:00, skip weekends": {
			{"Fri 23:59:59", "Fri 23:59:59"},
			{"Sat 00:00", "Mon 00:00"},
		},
		"wed 10:00-10:01": {
			{"Wed 10:00", "Wed 10:00"},
			{"Wed 10:01", "2025-06-18 10:00"},
			{"Thu 09:00", "2025-06-18 10:00"},
		},
		"every day 10:00-11:00; mon closed; tue 15:00-16:00": {
			{"Sun 11:00", "Tue 15:00"},
			{"Tue 10:00", "Tue 15:00"},
			{"Tue 16:00", "Wed 10:00"},
		},
		"mon 13:00-18:00 09:00-12:00 12:00-13:00": { // in any order, touching
			{"Mon 08:00", "Mon 09:00"},
			{"Mon 12:00", "Mon 12:00"},
			{"Mon 13:00", "Mon 13:00"},
		},
	} {
		play(t, text, of2025, lines)
	}
}

// Half a holiday leaves the spans after its end, and what is left of the one
// that it ends in.
func TestNextOnHalfDays(t *testing.T) {
	play(t, "business days", of2025, []line{
		{"2025-02-28 18:00", "2025-03-05 14:00"},
		{"2025-03-05 09:00", "2025-03-05 14:00"},
		{"2025-03-05 13:59:59", "2025-03-05 14:00"},
		{"2025-03-05 14:00", "2025-03-05 14:00"},
		{"2025-03-05 17:59", "2025-03-05 17:59"},
		{"2025-03-05 18:00", "2025-03-06 09:00"},
	})
	play(t, "mon-fri 09:00-12:00 13:30-18:00, skip holidays", of2025, []line{
		{"2025-03-05 09:00", "2025-03-05 14:00"},
	})
	play(t, "mon-fri 08:00-12:00 16:00-18:00, skip holidays", of2025, []line{
		{"2025-03-05 09:00", "2025-03-05 16:00"},
	})
	play(t, "mon-fri 08:00-12:00, skip holidays", of2025, []line{
		{"2025-03-05 09:00", "2025-03-06 08:00"},
	})
	play(t, "every day 10:00-12:00, skip holidays", calendar("2025-06-11 00:00 Zero", "2025-06-12 24:00 Whole"), []line{
		{"2025-06-11 10:00", "2025-06-13 10:00"},
	})
}

func TestNextKeepsFractionsAndLocation(t *testing.T) {
	w, loc := window(t, "business days", of2025)
	in := at(t, loc, "Mon 10:00").Add(123456789)
	require.Equal(t, in, w.Next(in))

	early := at(t, loc, "Mon 08:59:59").Add(999999999)
	require.Equal(t, at(t, loc, "Mon 09:00"), w.Next(early))

	late := at(t, loc, "Mon 17:59:59").Add(999999999)
	require.Equal(t, late, w.Next(late), "the last nanosecond is inside")

	for _, other := range []*time.Location{time.UTC, zone(t, "Asia/Kathmandu"), loc} {
		got := w.Next(at(t, loc, "Fri 18:00").In(other))
		require.Same(t, other, got.Location())
		require.Equal(t, at(t, loc, "2025-06-16 09:00").Unix(), got.Unix())
	}
}

// The fields may hold anything; Next ends and only finds what is inside the
// day.
func TestHoursWithOddFields(t *testing.T) {
	loc := zone(t, schedule.DefaultZone)
	now := at(t, loc, "Mon 08:00")
	span := func(from, to holiday.Clock) schedule.Week {
		return schedule.EveryDay(schedule.Span{From: from, To: to})
	}
	for name, c := range map[string]struct {
		h    schedule.Hours
		want string
	}{
		"nothing at all":      {schedule.Hours{}, "never"},
		"no place":            {schedule.Hours{Week: span(540, 1080)}, "never"},
		"no hours":            {schedule.Hours{Loc: loc}, "never"},
		"empty days":          {schedule.Hours{Loc: loc, Week: schedule.EveryDay()}, "never"},
		"reversed":            {schedule.Hours{Loc: loc, Week: span(1080, 540)}, "never"},
		"empty span":          {schedule.Hours{Loc: loc, Week: span(540, 540)}, "never"},
		"before the day":      {schedule.Hours{Loc: loc, Week: span(-600, -60)}, "never"},
		"after the day":       {schedule.Hours{Loc: loc, Week: span(1500, 1600)}, "never"},
		"begins before":       {schedule.Hours{Loc: loc, Week: span(-600, 60)}, "Tue 00:00"},
		"ends after":          {schedule.Hours{Loc: loc, Week: span(1380, 5000)}, "Mon 23:00"},
		"every day a holiday": {schedule.Hours{Loc: loc, Week: span(0, 1440), Holidays: eachDay{}}, "never"},
		"only Thursdays": {schedule.Hours{Loc: loc, Week: schedule.Week{
			time.Thursday: {{From: 600, To: 660}},
		}}, "Thu 10:00"},
	} {
		require.Equal(t, c.want, show(now, c.h.Next(now), false), name)
	}
}

func TestNeverIsLast(t *testing.T) {
	w, _ := window(t, "business days", of2025)
	require.True(t, w.Next(time.Time{}).IsZero())
	// The years of Hours end with 2099, and begin with 1900.
	utc, _ := window(t, "every day 09:00-18:00, zone UTC", nil)
	for ask, want := range map[string]string{
		"2099-12-31 17:59": "2099-12-31 17:59",
		"2099-12-31 18:00": "never",
		"2100-01-01 09:00": "never",
		"9999-01-01 09:00": "never",
		"1899-12-31 12:00": "1900-01-01 09:00",
		"0002-01-01 12:00": "1900-01-01 09:00",
	} {
		got := utc.Next(at(t, time.UTC, ask))
		require.Equal(t, want, show(got, got, true), ask)
	}
	for _, year := range []int{-200_000_000, 200_000_000} {
		far := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		require.Equal(t, year > 0, w.Next(far).IsZero())
	}
}

func TestClosed(t *testing.T) {
	half := "mon-fri 09:00-12:00 13:30-18:00; wed closed; sat 09:00-13:00, skip holidays"
	for _, c := range []struct{ text, ask, want string }{
		{"business days", "2025-06-09 08:00", "hours until 2025-06-09T09:00:00-03:00"},
		{"business days", "2025-06-09 09:00", ""},
		{"business days", "2025-06-09 18:00", "hours until 2025-06-10T09:00:00-03:00"},
		{"business days", "2025-06-13 18:00", "hours until 2025-06-16T09:00:00-03:00"},
		{"business days", "2025-06-14 10:00", "weekend Saturday until 2025-06-16T09:00:00-03:00"},
		{"business days", "2025-06-15 23:00", "weekend Sunday until 2025-06-16T09:00:00-03:00"},
		{"business days", "2025-04-21 10:00", "holiday Tiradentes until 2025-04-22T09:00:00-03:00"},
		{"business days", "2025-04-21 20:00", "holiday Tiradentes until 2025-04-22T09:00:00-03:00"},
		{"business days", "2025-02-28 18:00", "hours until 2025-03-05T14:00:00-03:00"},
		{"business days", "2025-03-05 08:00", "holiday Quarta-feira de Cinzas until 2025-03-05T14:00:00-03:00"},
		{"business days", "2025-03-05 13:59", "holiday Quarta-feira de Cinzas until 2025-03-05T14:00:00-03:00"},
		{"business days", "2025-03-05 15:00", ""},
		{"mon-fri 15:00-18:00, skip holidays", "2025-03-05 13:59", "holiday Quarta-feira de Cinzas until 2025-03-05T15:00:00-03:00"},
		{"mon-fri 15:00-18:00, skip holidays", "2025-03-05 14:00", "hours until 2025-03-05T15:00:00-03:00"},
		{"business days", "2025-03-05 18:00", "hours until 2025-03-06T09:00:00-03:00"},
		{half, "2025-06-11 10:00", "weekday Wednesday until 2025-06-12T09:00:00-03:00"},
		{half, "2025-06-12 12:30", "hours until 2025-06-12T13:30:00-03:00"},
		{"immediate", "2025-12-25 03:00", ""},
	} {
		w, loc := window(t, c.text, of2025)
		why, closed := w.(schedule.Explainer).Closed(at(t, loc, c.ask))
		require.Equal(t, c.want != "", closed, c)
		if closed {
			require.Equal(t, c.want, why.String(), c)
		} else {
			require.Zero(t, why, c)
		}
	}

	loc := zone(t, schedule.DefaultZone)
	for _, h := range []schedule.Hours{{}, {Loc: loc}, {Week: schedule.EveryDay(schedule.Span{To: 1440})}} {
		why, closed := h.Closed(at(t, loc, "Mon 10:00"))
		require.True(t, closed)
		require.Equal(t, schedule.Never, why.Reason)
		require.Equal(t, "never for ever", why.String())
	}
}

// A holiday's zone is that of the window: Tiradentes begins three hours after
// it does in UTC.
func TestHolidayIsACivilDay(t *testing.T) {
	w, loc := window(t, "every day 00:00-24:00, skip holidays", of2025)
	last := time.Date(2025, time.April, 21, 2, 59, 59, 0, time.UTC)
	require.Equal(t, last, w.Next(last))
	require.Equal(t, "2025-04-22 00:00", show(last, w.Next(last.Add(time.Second)).In(loc), true))
}

// On the last day of a leap year time.Time.ZoneBounds ends in the past, for
// zones whose changes follow a rule: a search that trusts it does not end.
func TestLastDayOfALeapYear(t *testing.T) {
	for _, name := range oracleZones {
		w, loc := window(t, "mon 09:00-18:00; sun 23:00-24:00, zone "+name, nil)
		for _, year := range []int{2028, 2040, 2096} {
			for hour := range 24 {
				now := time.Date(year, time.December, 31, hour, 30, 0, 0, loc)
				want := now
				for !openByTheWall(w.(*schedule.Hours), wallAt(want, loc)) {
					want = want.Add(30 * time.Minute)
				}
				require.Equal(t, want, w.Next(now), name)
			}
		}
	}
}

// The same in a zone that changes its clocks seven minutes into the new year.
func TestChangeAfterTheLastDayOfALeapYear(t *testing.T) {
	loc := ruleZone(t, "AAA3BBB,J1/0:07,J100/2")
	span := schedule.Span{From: holiday.ClockAt(1, 0), To: holiday.ClockAt(2, 0)}
	w := &schedule.Hours{Loc: loc, Week: schedule.EveryDay(span)}
	// At 00:07 on 1 January 2041 it is 01:07 at once.
	change := time.Date(2041, time.January, 1, 3, 7, 0, 0, time.UTC)
	require.Equal(t, "01:07", change.In(loc).Format("15:04"))
	require.Equal(t, "00:06", change.Add(-1).In(loc).Format("15:04"))
	for _, before := range []time.Duration{1, time.Minute, 7 * time.Minute, time.Hour, 100 * time.Minute, 22*time.Hour + 1} {
		require.Equal(t, change, w.Next(change.Add(-before)), before)
	}
}

// ruleZone makes a zone that follows nothing but a rule, in the format of
// RFC 8536: two headers and two tables of one type, then the rule.
func ruleZone(t testing.TB, rule string) *time.Location {
	t.Helper()
	header := "TZif2" + strings.Repeat("\x00", 15) +
		strings.Repeat("\x00", 16) + // no UTC flags, standard flags, leap seconds, changes
		"\x00\x00\x00\x01" + "\x00\x00\x00\x04" // one type, four letters
	table := "\xff\xff\xd5\xd0" + "\x00\x00" + "AAA\x00" // three hours west of Greenwich
	loc, err := time.LoadLocationFromTZData("Rule", []byte(header+table+header+table+"\n"+rule+"\n"))
	require.NoError(t, err)
	return loc
}
