package schedule_test

import (
	"testing"
	"time"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

var oracleZones = []string{
	"America/Sao_Paulo", "America/Manaus", "America/Recife", "America/Rio_Branco",
	"America/Noronha", "America/Cuiaba", "America/Bahia", "America/Belem",
	"America/Fortaleza", "America/Campo_Grande", "America/Porto_Velho",
	"America/Boa_Vista", "America/Araguaina", "America/Maceio", "America/Eirunepe",
	"America/Santarem",
	"America/New_York", "Europe/Lisbon", "America/Santiago", "America/Asuncion",
}

// oracleSpecs have edges in the hours in which clocks change: midnight, the
// small hours, the end of the day.
var oracleSpecs = []string{
	"every day 09:00-18:00",
	"every day 00:00-24:00, skip weekends",
	"every day 00:00-00:30 00:45-01:00 01:30-02:30 23:00-23:45",
	"sat 22:15-24:00; sun 00:00-01:15 02:00-02:01 03:00-04:00; mon 00:00-00:01",
	"every day 00:15-03:30 23:30-24:00; sun closed, skip holidays",
}

// around is a calendar for the days near a change of the clocks: the day
// itself is half a holiday and the next one a whole one.
type around struct{ day date.Date }

func (a around) Holiday(d date.Date) (holiday.Day, bool) {
	switch d.Sub(a.day) {
	case 0:
		return holiday.Day{Date: d, Name: "Half", Until: holiday.ClockAt(1, 20)}, true
	case 1:
		return holiday.Day{Date: d, Name: "Whole"}, true
	}
	return holiday.Day{}, false
}

// wall is what the clock and the calendar on the wall show.
type wall struct {
	weekday time.Weekday
	clock   holiday.Clock
	day     date.Date
}

func wallAt(t time.Time, loc *time.Location) wall {
	local := t.In(loc)
	return wall{local.Weekday(), holiday.ClockAt(local.Hour(), local.Minute()), date.NewAt(local)}
}

// openByTheWall is the definition of an open window, word for word: what the
// wall shows, and nothing about how to find the next opening.
func openByTheWall(w *schedule.Hours, now wall) bool {
	if w.Holidays != nil {
		day, ok := w.Holidays.Holiday(now.day)
		if ok && (day.Until == 0 || now.clock < day.Until) {
			return false
		}
	}
	for _, s := range w.Week[now.weekday] {
		if s.From <= now.clock && now.clock < s.To {
			return true
		}
	}
	return false
}

// TestOracle holds Next against a walk over every minute of the two days
// before and after each change of the clocks, in the zones of Brazil and some
// others, from 1985 to 2030.
func TestOracle(t *testing.T) {
	from := time.Date(1985, time.January, 1, 0, 0, 0, 0, time.UTC)
	until := time.Date(2031, time.January, 1, 0, 0, 0, 0, time.UTC)
	var windows []*schedule.Hours
	for _, text := range oracleSpecs {
		spec, err := schedule.Parse(text)
		require.NoError(t, err)
		w, err := spec.Window(eachDay{}) // replaced below
		require.NoError(t, err)
		windows = append(windows, w.(*schedule.Hours))
	}
	changes, questions := 0, 0
	for _, name := range oracleZones {
		loc := zone(t, name)
		for _, change := range changesOf(loc, from, until) {
			changes++
			start := change.Add(-reach * time.Minute)
			walls := make([]wall, 2*reach)
			for i := range walls {
				walls[i] = wallAt(start.Add(time.Duration(i)*time.Minute), loc)
			}
			for i, w := range windows {
				w := *w
				w.Loc = loc
				if w.Holidays != nil {
					w.Holidays = around{date.NewAt(change)}
				}
				// Each window in its turn is asked about each minute, so that
				// all of them together take a few seconds.
				questions += walk(t, &w, start, walls, (changes+i)%len(windows) == 0)
			}
		}
	}
	t.Logf("%d changes of the clocks, %d questions", changes, questions)
	require.Greater(t, changes, 500)
}

// changesOf finds the changes of the clocks by looking at each hour's offset.
func changesOf(loc *time.Location, from, until time.Time) []time.Time {
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	var changes []time.Time
	for day := from; day.Before(until); day = day.AddDate(0, 0, 1) {
		if offset(day) == offset(day.AddDate(0, 0, 1)) {
			continue
		}
		for m := day; ; m = m.Add(time.Minute) {
			if offset(m) != offset(m.Add(time.Minute)) {
				changes = append(changes, m.Add(time.Minute).In(loc))
				break
			}
		}
	}
	return changes
}

// reach is how many minutes before and after a change are walked.
const reach = 48 * 60

func walk(t *testing.T, w *schedule.Hours, start time.Time, walls []wall, closely bool) (questions int) {
	minute := func(i int) time.Time { return start.Add(time.Duration(i) * time.Minute) }
	end := minute(len(walls))
	var next time.Time // the first open minute from i on; zero when that is end or later
	for i := len(walls) - 1; i > 0; i-- {
		if openByTheWall(w, walls[i]) {
			next = minute(i)
		}
		near := i > reach-130 && i < reach+130
		if !(near && closely || near && i%10 == 0 || i%97 == 0) {
			continue
		}
		right := next
		for _, ask := range []time.Time{minute(i), minute(i).Add(-time.Second), minute(i).Add(-1)} {
			if ask.Before(minute(i)) && openByTheWall(w, walls[i-1]) {
				right = ask
			}
			questions++
			got := w.Next(ask)
			switch {
			case right.IsZero() && got.Before(end):
				t.Fatalf("%v in %s: Next(%s) = %s, and nothing is open before %s", w.Week, w.Loc, ask, got, end)
			case !right.IsZero() && got != right: // the location too
				t.Fatalf("%v in %s: Next(%s) = %s, want %s", w.Week, w.Loc, ask, got, right)
			}
		}
	}
	return questions
}
