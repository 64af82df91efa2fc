package holiday_test

import (
	"testing"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
)

// everything is the union of what a business in one state would choose.
func everything(t testing.TB) holiday.Calendar {
	own, err := holiday.NewDays(holiday.Day{Date: date.New(2026, 6, 15), Name: "Aniversário"})
	require.NoError(t, err)
	sp, err := holiday.BrazilState("SP")
	require.NoError(t, err)
	ac, err := holiday.BrazilState("AC")
	require.NoError(t, err)
	return holiday.Union(holiday.Brazil, holiday.BrazilOptional, sp, ac, own)
}

func TestHoliday_allocatesNothing(t *testing.T) {
	c := everything(t)
	d, end := date.New(2026, 1, 1), date.New(2027, 1, 1)
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		c.Holiday(d)
		if d = d.Add(1); d == end {
			d = date.New(2026, 1, 1)
		}
	}))
}

func BenchmarkHoliday(b *testing.B) {
	first := date.New(2026, 1, 1)
	for name, c := range map[string]holiday.Calendar{"Brazil": holiday.Brazil, "Union": everything(b)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.Holiday(first.Add(date.PeriodOfDays(i % 365)))
			}
		})
	}
}

func BenchmarkEaster(b *testing.B) {
	for year := 1950; b.Loop(); year++ {
		holiday.Easter(year)
	}
}
