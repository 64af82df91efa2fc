package holiday_test

import (
	"sync"
	"testing"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/holiday"
)

// One line is a date on which several calendars have a day: the days that
// meet, and the one that Union reports.
func TestUnion_stricterWins(t *testing.T) {
	on := iso(t, "2026-08-14")
	day := func(kind holiday.Kind, until holiday.Clock, name string) holiday.Day {
		return holiday.Day{Date: on, Kind: kind, Until: until, Name: name, Source: "decreto " + name}
	}
	noon, two := holiday.ClockAt(12, 0), holiday.ClockAt(14, 0)
	for _, c := range []struct {
		why         string
		wins, loses holiday.Day
	}{
		{"whole before half, whatever the kind", day(holiday.Optional, 0, "b"), day(holiday.National, two, "a")},
		{"the longer half", day(holiday.Optional, two, "b"), day(holiday.National, noon, "a")},
		{"national before state", day(holiday.National, 0, "b"), day(holiday.State, 0, "a")},
		{"state before municipal", day(holiday.State, 0, "b"), day(holiday.Municipal, 0, "a")},
		{"municipal before own", day(holiday.Municipal, 0, "b"), day(holiday.Own, 0, "a")},
		{"own before optional", day(holiday.Own, 0, "b"), day(holiday.Optional, 0, "a")},
		{"the same for halves", day(holiday.Own, noon, "b"), day(holiday.Optional, noon, "a")},
		{"optional before what is unknown", day(holiday.Optional, 0, "b"), day("feriadão", 0, "a")},
		{"name", day(holiday.Own, 0, "a"), day(holiday.Own, 0, "b")},
		{"source", holiday.Day{Date: on, Kind: holiday.Own, Name: "a", Source: "x"}, holiday.Day{Date: on, Kind: holiday.Own, Name: "a", Source: "y"}},
		{"two that are unknown", day("alpha", 0, "b"), day("beta", 0, "a")},
		{"a whole day in its short form", day(holiday.Own, 0, "a"), day(holiday.Own, holiday.EndOfDay, "a")},
	} {
		for _, both := range []holiday.Calendar{
			holiday.Union(fixed{on: c.wins}, fixed{on: c.loses}),
			holiday.Union(fixed{on: c.loses}, fixed{on: c.wins}),
		} {
			got, ok := both.Holiday(on)
			require.True(t, ok)
			require.Equal(t, c.wins, got, c.why)
		}
	}
	ash := iso(t, "2026-02-18")
	own, err := holiday.NewDays(holiday.Day{Date: ash, Name: "Folga da loja"})
	require.NoError(t, err)
	got, _ := holiday.Union(holiday.BrazilOptional, own).Holiday(ash)
	require.Equal(t, "Folga da loja", got.Name)
	require.True(t, got.WholeDay())
}

func TestUnion_zeroValues(t *testing.T) {
	day := iso(t, "2026-12-25")
	for _, none := range []holiday.Calendar{holiday.Union(), holiday.Union(nil), holiday.Union(nil, holiday.Union(), nil)} {
		require.NotNil(t, none)
		got, ok := none.Holiday(day)
		require.False(t, ok)
		require.Zero(t, got)
	}
	got, ok := holiday.Union(nil, holiday.Brazil, nil).Holiday(day)
	require.True(t, ok)
	require.Equal(t, "Natal", got.Name)
	require.Nil(t, holiday.Year(nil, 2026))
	require.Nil(t, holiday.Between(nil, day, day))
}

func TestUnion_laws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := calendars.Draw(t, "a"), calendars.Draw(t, "b"), calendars.Draw(t, "c")
		same(t, holiday.Union(a, b), holiday.Union(b, a), "the order makes no difference")
		same(t, holiday.Union(a, a), a, "twice is once")
		same(t, holiday.Union(holiday.Union(a, b), c), holiday.Union(a, holiday.Union(b, c)), "nor does the grouping")
		same(t, holiday.Union(a, nil, holiday.Union()), a, "nothing added is nothing changed")
		all := holiday.Union(a, b, c)
		for d := horizon[0]; d.Before(horizon[1]); d = d.Add(1) {
			got, ok := all.Holiday(d)
			days := []holiday.Day{}
			for _, one := range []holiday.Calendar{a, b, c} {
				if day, ok := one.Holiday(d); ok {
					days = append(days, day)
				}
			}
			require.Equal(t, len(days) > 0, ok, d)
			if ok {
				require.Contains(t, days, got, "never mixed, never invented")
			}
		}
	})
}

var horizon = [2]date.Date{date.New(2023, 11, 1), date.New(2024, 6, 1)}

func same(t *rapid.T, a, b holiday.Calendar, why string) {
	require.Equal(t, holiday.Between(a, horizon[0], horizon[1]), holiday.Between(b, horizon[0], horizon[1]), why)
}

// calendars are the package's own, made-up ones, and ones of a stranger's type.
var calendars = rapid.Custom(func(t *rapid.T) holiday.Calendar {
	draw := func(label string) []holiday.Day {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) holiday.Day {
			return holiday.Day{
				Date:  horizon[0].Add(date.PeriodOfDays(rapid.IntRange(-2, 30).Draw(t, "day"))),
				Name:  rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"),
				Kind:  rapid.SampledFrom([]holiday.Kind{"", holiday.National, holiday.State, holiday.Municipal, holiday.Own, holiday.Optional}).Draw(t, "kind"),
				Until: rapid.SampledFrom([]holiday.Clock{0, 720, 840, 1440}).Draw(t, "until"),
			}
		}), 0, 8).Draw(t, label)
	}
	switch rapid.IntRange(0, 5).Draw(t, "which") {
	case 0:
		return holiday.Brazil
	case 1:
		return holiday.BrazilOptional
	case 2:
		return state(t, rapid.SampledFrom(holiday.States()).Draw(t, "uf"))
	case 3:
		c, err := holiday.NewDays(draw("dated")...)
		require.NoError(t, err)
		return c
	case 4:
		c, err := holiday.NewYearly(draw("yearly")...)
		require.NoError(t, err)
		return c
	}
	c := fixed{}
	for _, d := range draw("strange") {
		c[d.Date] = d
	}
	return c
})

// fixed is a calendar of somebody else's type.
type fixed map[date.Date]holiday.Day

func (f fixed) Holiday(d date.Date) (holiday.Day, bool) {
	day, ok := f[d]
	return day, ok
}

func TestCalendars_concurrent(t *testing.T) {
	all := holiday.Union(holiday.Brazil, holiday.BrazilOptional, state(t, "AC"), state(t, "SP"))
	want := holiday.Year(all, 2026)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := holiday.Year(all, 2026); len(got) != len(want) {
				t.Errorf("%d days of 2026, and %d when asked alone", len(got), len(want))
			}
		})
	}
	wg.Wait()
}
