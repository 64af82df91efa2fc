package schedule_test

import (
	"testing"
	"time"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/schedule/scheduletest"
)

func TestWindowsKeepTheLaws(t *testing.T) {
	loc := zone(t, schedule.DefaultZone)
	from := time.Date(2018, time.January, 1, 0, 0, 0, 0, loc)
	until := from.AddDate(1, 0, 0)
	start, end := from.AddDate(0, 2, 3).Add(10*time.Hour), from.AddDate(0, 9, 0).Add(time.Second)
	hours, _ := window(t, "mon-fri 00:00-02:00 09:00-18:00; sun 23:30-24:00, skip holidays", yearly{})
	other, _ := window(t, "every day 01:30-15:00, zone Europe/Lisbon", nil)
	none, _ := window(t, "every day 09:00-18:00, skip holidays", eachDay{})
	for name, w := range map[string]schedule.Window{
		"always":          schedule.Always(),
		"hours":           hours,
		"other zone":      other,
		"zero hours":      &schedule.Hours{},
		"between":         schedule.Between(start, end),
		"before":          schedule.Between(time.Time{}, end),
		"after":           schedule.Between(start, time.Time{}),
		"between nothing": schedule.Between(end, start),
		"and":             schedule.And(hours, other),
		"and of and":      schedule.And(schedule.And(hours, schedule.Between(start, end)), other),
		"and silent":      schedule.And(silent{hours}, silent{other}),
	} {
		t.Run(name, func(t *testing.T) { scheduletest.Window(t, w, from, until) })
	}
	// To find that nothing opens any more takes a walk to the end of the years
	// of Hours.
	t.Run("never", func(t *testing.T) {
		from := time.Date(2099, time.January, 1, 0, 0, 0, 0, loc)
		scheduletest.Window(t, none, from, from.AddDate(0, 6, 0))
		scheduletest.Window(t, schedule.And(other, none), from, from.AddDate(0, 6, 0))
	})
	// The ends of the years that Hours knows.
	for _, year := range []int{1899, 2099} {
		from := time.Date(year, time.December, 20, 0, 0, 0, 0, loc)
		scheduletest.Window(t, hours, from, from.AddDate(0, 0, 20))
	}
}

// yearly has a holiday on the first of each month, half of one on the second.
type yearly struct{}

func (yearly) Holiday(d date.Date) (holiday.Day, bool) {
	switch d.Day() {
	case 1:
		return holiday.Day{Date: d, Name: "First"}, true
	case 2:
		return holiday.Day{Date: d, Name: "Second", Until: holiday.ClockAt(14, 30)}, true
	}
	return holiday.Day{}, false
}

// The laws for windows of any hours, valid or not.
func TestLawsOfAnyHours(t *testing.T) {
	var locs []*time.Location
	for _, name := range oracleZones {
		locs = append(locs, zone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		h := &schedule.Hours{Loc: rapid.SampledFrom(locs).Draw(t, "zone")}
		for d := range h.Week {
			n := rapid.IntRange(0, 3).Draw(t, "spans")
			for range n {
				from := holiday.Clock(rapid.IntRange(-30, 1470).Draw(t, "from"))
				to := holiday.Clock(rapid.IntRange(-30, 1470).Draw(t, "to"))
				h.Week[d] = append(h.Week[d], schedule.Span{From: from, To: to})
			}
		}
		if rapid.Bool().Draw(t, "holidays") {
			h.Holidays = yearly{}
		}
		at := rapid.Int64Range(-2208988800, 4102444799) // 1900 to 2099
		checkLaws(t, h, at.Draw(t, "t"), at.Draw(t, "u"))
		near := at.Draw(t, "near")
		checkLaws(t, h, near, near+rapid.Int64Range(0, 200_000).Draw(t, "later"))
	})
}

// checkLaws checks the three laws, and the definition at what Next returns.
func checkLaws(t require.TestingT, w *schedule.Hours, a, b int64) {
	if b < a {
		a, b = b, a
	}
	x, y := w.Next(time.Unix(a, 0)), w.Next(time.Unix(b, 0))
	for _, n := range []struct {
		t    int64
		next time.Time
	}{{a, x}, {b, y}} {
		if n.next.IsZero() {
			continue
		}
		require.False(t, n.next.Before(time.Unix(n.t, 0)))
		require.Equal(t, n.next, w.Next(n.next))
		require.True(t, openByTheWall(w, wallAt(n.next, w.Loc)))
		if n.next.Unix() > n.t {
			require.False(t, openByTheWall(w, wallAt(n.next.Add(-1), w.Loc)), "an earlier second is open too")
			require.False(t, openByTheWall(w, wallAt(time.Unix(n.t, 0), w.Loc)))
		}
	}
	if x.IsZero() {
		require.True(t, y.IsZero())
	} else if !y.IsZero() {
		require.False(t, y.Before(x))
	}
}

// FuzzWindow looks for a text, a zone and two instants that break a law.
func FuzzWindow(f *testing.F) {
	f.Add("mon-fri 09:00-12:00 13:30-18:00, skip holidays", 4, int64(1541296800), int64(1541300400))
	f.Add("sun 00:00-00:30 02:00-03:00", 0, int64(1541296799), int64(1541300401))
	f.Add("every day 23:00-24:00 0-1, skip weekends", 16, int64(0), int64(1<<40))
	f.Add("business days", 2, int64(-1<<40), int64(1<<33))
	f.Fuzz(func(t *testing.T, text string, zoneIndex int, a, b int64) {
		spec, err := schedule.Parse(text)
		if err != nil || !(spec.Kind == schedule.KindCustom || spec.Kind == schedule.KindBusinessDays) {
			return
		}
		spec.Zone = oracleZones[uint(zoneIndex)%uint(len(oracleZones))]
		w, err := spec.Window(yearly{})
		require.NoError(t, err)
		// The definition is checked in the years of Hours.
		const first, last = -2208988800, 4102444800
		if a < first || b < first || a >= last || b >= last {
			w.Next(time.Unix(a, 0))
			return
		}
		checkLaws(t, w.(*schedule.Hours), a, b)
	})
}
