package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPaceTightenNeverLoosens(t *testing.T) {
	gap := rapid.Map(rapid.IntRange(0, 90), func(n int) time.Duration { return time.Duration(n) * time.Second })
	gen := rapid.Custom(func(t *rapid.T) Pace {
		p := Pace{MinGap: gap.Draw(t, "min"), PerHour: rapid.IntRange(0, 50).Draw(t, "hour"),
			PerDay: rapid.IntRange(0, 50).Draw(t, "day"), NoGap: rapid.Bool().Draw(t, "no")}
		if p.MinGap > 0 {
			p.MaxGap = p.MinGap + gap.Draw(t, "more")
		}
		if rapid.Bool().Draw(t, "pause") {
			p.PauseEvery, p.PauseFor = rapid.IntRange(1, 20).Draw(t, "every"), gap.Draw(t, "for")+time.Second
		}
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		number, c := gen.Draw(t, "number"), gen.Draw(t, "campaign")
		j := number.tighten(c)
		lo, hi := number.gaps()
		jlo, jhi := j.gaps()
		require.GreaterOrEqual(t, jlo, lo)
		require.GreaterOrEqual(t, jhi, hi)
		require.GreaterOrEqual(t, jlo, c.MinGap)
		require.GreaterOrEqual(t, jhi, jlo)
		for _, caps := range [][3]int{{j.PerHour, number.PerHour, c.PerHour}, {j.PerDay, number.PerDay, c.PerDay}} {
			for _, limit := range caps[1:] {
				if limit > 0 {
					require.True(t, caps[0] > 0 && caps[0] <= limit, "the joined cap is looser")
				}
			}
		}
		if number.PauseEvery > 0 {
			require.True(t, j.PauseEvery > 0 && j.PauseEvery <= number.PauseEvery)
			require.GreaterOrEqual(t, j.PauseFor, number.PauseFor)
		}
	})
}

func TestPaceDefaultsAndNoGap(t *testing.T) {
	lo, hi := Pace{}.gaps()
	require.Equal(t, DefaultMinGap, lo)
	require.Equal(t, DefaultMaxGap, hi)
	lo, hi = Pace{NoGap: true}.gaps()
	require.Zero(t, lo+hi)
	// A campaign cannot switch its numbers' gap off.
	lo, hi = Pace{}.tighten(Pace{NoGap: true}).gaps()
	require.Equal(t, DefaultMinGap, lo)
	require.Equal(t, DefaultMaxGap, hi)
	lo, _ = Pace{NoGap: true}.tighten(Pace{NoGap: true}).gaps()
	require.Zero(t, lo)
}

func TestPaceValidate(t *testing.T) {
	for _, c := range []struct {
		name  string
		pace  Pace
		field string
		code  Code
	}{
		{"negative gap", Pace{MinGap: -1}, "pace.min_gap", CodeNegative},
		{"reversed", Pace{MinGap: 2, MaxGap: 1}, "pace.max_gap", CodeGapReversed},
		{"a day and more", Pace{MinGap: 1, MaxGap: 25 * time.Hour}, "pace.max_gap", CodeTooLarge},
		{"half a pause", Pace{PauseEvery: 3}, "pace.pause_for", CodePauseHalf},
		{"negative cap", Pace{PerDay: -1}, "pace.per_day", CodeNegative},
		{"empty day of a ramp", Pace{Ramp: []int{5, 0}}, "pace.ramp[1]", CodeNotPositive},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := c.pace.validate("pace")
			require.Len(t, bad, 1)
			require.Equal(t, c.field, bad[0].Field)
			require.Equal(t, c.code, bad[0].Why.Code)
		})
	}
	require.Empty(t, Pace{MinGap: time.Second, MaxGap: time.Minute, PerHour: 1, PerDay: 2, PauseEvery: 3, PauseFor: 4, Ramp: []int{1}}.validate("pace"))
}

func TestCapsOpenAtTheNextHourAndDay(t *testing.T) {
	sp, err := time.LoadLocation("America/Sao_Paulo")
	require.NoError(t, err)
	now := time.Date(2026, 3, 2, 10, 20, 30, 0, sp)
	in := Instance{Since: time.Date(2026, 3, 1, 8, 0, 0, 0, sp)}
	for _, c := range []struct {
		name  string
		pace  Pace
		hour  int
		day   int
		code  Code
		until time.Time
	}{
		{"free", Pace{PerHour: 3, PerDay: 9}, 2, 8, "", time.Time{}},
		{"hour full", Pace{PerHour: 3, PerDay: 9}, 3, 8, CodePerHour, time.Date(2026, 3, 2, 11, 0, 0, 0, sp)},
		{"day full wins", Pace{PerHour: 3, PerDay: 9}, 3, 9, CodePerDay, time.Date(2026, 3, 3, 0, 0, 0, 0, sp)},
		{"second day of the ramp", Pace{Ramp: []int{5, 8}}, 0, 8, CodeRamp, time.Date(2026, 3, 3, 0, 0, 0, 0, sp)},
		{"a stricter day beats the ramp", Pace{PerDay: 6, Ramp: []int{5, 8}}, 0, 6, CodePerDay, time.Date(2026, 3, 3, 0, 0, 0, 0, sp)},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Meter{}
			m.roll(now, sp)
			m.InHour, m.InDay = c.hour, c.day
			why, until := m.capped(now, sp, in, c.pace)
			require.Equal(t, c.code, why.Code)
			require.True(t, until.Equal(c.until), "until %s", until)
			if !until.IsZero() {
				after := m
				why, _ = after.capped(until, sp, in, c.pace)
				require.Empty(t, why.Code, "it must be open at the instant that it names")
			}
		})
	}
}

// A day of the zone has 23 or 25 hours when the clock changes; the cap follows
// the calendar day.
func TestDayOfACapFollowsTheCalendar(t *testing.T) {
	ny, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	m := Meter{}
	m.roll(time.Date(2026, 3, 8, 0, 30, 0, 0, ny), ny)
	m.InDay = 4
	why, until := m.capped(time.Date(2026, 3, 8, 12, 0, 0, 0, ny), ny, Instance{}, Pace{PerDay: 4})
	require.Equal(t, CodePerDay, why.Code)
	require.True(t, until.Equal(time.Date(2026, 3, 9, 0, 0, 0, 0, ny)))
	require.Equal(t, 23*time.Hour, until.Sub(m.Day))
}

func TestLongPauseEveryN(t *testing.T) {
	p := Pace{NoGap: true, PauseEvery: 3, PauseFor: time.Hour}
	now := time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)
	m := Meter{}
	var rests []time.Duration
	for range 7 {
		a := &Attempt{TakenAt: now, StartBy: now.Add(2 * time.Second)}
		m.charge(a, p)
		rests = append(rests, a.Gap)
	}
	require.Equal(t, []time.Duration{0, 0, time.Hour, 0, 0, time.Hour, 0}, rests)
}

func TestGapIsDrawnOnceFromTheKey(t *testing.T) {
	seen := map[time.Duration]bool{}
	for pos := range uint64(500) {
		d := between(keyed(7, drawGap, pos, 1, 1), 20*time.Second, 50*time.Second)
		require.GreaterOrEqual(t, d, 20*time.Second)
		require.LessOrEqual(t, d, 50*time.Second)
		require.Equal(t, d, between(keyed(7, drawGap, pos, 1, 1), 20*time.Second, 50*time.Second))
		seen[d] = true
	}
	require.Greater(t, len(seen), 450, "the draws must spread")
}

// A ramp says which of its days today is, or why it caps nothing.
func TestTheDayOfARamp(t *testing.T) {
	now := time.Date(2026, 3, 3, 1, 0, 0, 0, time.UTC) // the evening of 2 March in São Paulo
	day := func(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		ramp  []int
		since time.Time
		zone  string
		day   int
		code  Code
	}{
		{nil, day(2), "", 0, ""},
		{[]int{5, 8}, time.Time{}, "", 0, CodeRampNoDay},
		{[]int{5, 8}, day(3), "", 0, CodeRampAhead},
		{[]int{5, 8}, day(3), "Europe/Lisbon", 1, ""},
		{[]int{5, 8}, day(2), "", 1, ""},
		{[]int{5, 8}, day(1), "", 2, ""},
		{[]int{5, 8}, time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC), "", 0, CodeRampOver},
	} {
		i := Instance{Pace: Pace{Ramp: c.ramp}, Since: c.since, Zone: c.zone}
		got, why := i.RampDay(now)
		require.Equal(t, c.day, got, "%+v", c)
		require.Equal(t, c.code, why.Code, "%+v", c)
	}
}
