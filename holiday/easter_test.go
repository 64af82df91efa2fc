package holiday_test

import (
	"testing"
	"time"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/holiday"
)

// clavius finds Easter as Clavius explained it and Knuth wrote it down: from
// the golden number and the epact to the calendar's full moon, and from there
// day by day to the Sunday after it.
func clavius(year int) date.Date {
	golden := year%19 + 1
	century := year/100 + 1
	skippedLeapYears := 3*century/4 - 12
	moonOrbit := (8*century+5)/25 - 5
	epact := (11*golden + 20 + moonOrbit - skippedLeapYears) % 30
	if epact < 0 {
		epact += 30
	}
	if epact == 25 && golden > 11 || epact == 24 {
		epact++
	}
	moon := 44 - epact // in days of March
	if moon < 21 {
		moon += 30
	}
	sunday := date.New(year, time.March, moon+1)
	for sunday.Weekday() != time.Sunday {
		sunday = sunday.Add(1)
	}
	return sunday
}

func TestEaster_oracle(t *testing.T) {
	for year := 1583; year <= 9999; year++ {
		if got, want := holiday.Easter(year), clavius(year); got != want {
			t.Fatalf("Easter of %d: %s, by the epact %s", year, got, want)
		}
	}
}

func TestEaster_known(t *testing.T) {
	for _, day := range []string{
		"1583-04-10", "1818-03-22", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23",
		"2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28",
		"2038-04-25", "2049-04-18", "2076-04-19", "2285-03-22",
	} {
		require.Equal(t, day, holiday.Easter(iso(t, day).Year()).String())
	}
}

func TestEaster_properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(-100_000, 100_000).Draw(t, "year")
		e := holiday.Easter(year)
		require.Equal(t, time.Sunday, e.Weekday(), e)
		require.Equal(t, year, e.Year())
		require.False(t, e.Before(date.New(year, time.March, 22)), e)
		require.False(t, e.After(date.New(year, time.April, 25)), e)
	})
}

// iso reads a date strictly.
func iso(t require.TestingT, s string) date.Date {
	d, err := date.ParseISO(s)
	require.NoError(t, err)
	require.Equal(t, s, d.String())
	return d
}
