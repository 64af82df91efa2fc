package schedule_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

// days is a calendar of a few days: "2025-04-21 Tiradentes", or with the hour
// at which a half day ends, "2025-03-05 14:00 Quarta-feira de Cinzas".
type days map[date.Date]holiday.Day

func (ds days) Holiday(d date.Date) (holiday.Day, bool) {
	day, ok := ds[d]
	return day, ok
}

func calendar(lines ...string) days {
	ds := make(days)
	for _, line := range lines {
		on, name, _ := strings.Cut(line, " ")
		d, err := date.ParseISO(on)
		if err != nil {
			panic(err)
		}
		day := holiday.Day{Date: d, Name: name, Kind: holiday.Own}
		if hour, rest, ok := strings.Cut(name, " "); ok {
			if c, err := holiday.ParseClock(hour); err == nil {
				day.Until, day.Name = c, rest
			}
		}
		ds[d] = day
	}
	return ds
}

// of2025 are days that the tests of this package meet.
var of2025 = calendar(
	"2025-01-01 Confraternização Universal",
	"2025-03-03 Carnaval",
	"2025-03-04 Carnaval",
	"2025-03-05 14:00 Quarta-feira de Cinzas",
	"2025-04-18 Paixão de Cristo",
	"2025-04-21 Tiradentes",
	"2025-05-01 Dia do Trabalho",
	"2025-06-19 Corpus Christi",
	"2025-12-24 Véspera de Natal",
	"2025-12-25 Natal",
)

// eachDay is a calendar on which every day is a holiday.
type eachDay struct{}

func (eachDay) Holiday(d date.Date) (holiday.Day, bool) {
	return holiday.Day{Date: d, Name: "Feriado"}, true
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

// monday begins the week that instants without a date belong to. It has no
// holiday and no change of clocks, nor does the week after it before Thursday.
const monday = "2025-06-09"

// at reads "Fri 18:00", "Fri 18:00:30", or with a date "2025-03-05 13:59" or
// "Wed 2025-03-05 13:59"; "never" is the zero Time.
func at(t testing.TB, loc *time.Location, text string) time.Time {
	t.Helper()
	if text == "never" {
		return time.Time{}
	}
	for _, layout := range []string{"Mon 2006-01-02 15:04", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if got, err := time.ParseInLocation(layout, text, loc); err == nil {
			require.Contains(t, []string{got.Format("Mon"), text[:3]}, text[:3])
			return got
		}
	}
	day, clock, _ := strings.Cut(text, " ")
	for i := range 7 {
		start, err := time.ParseInLocation("2006-01-02", monday, loc)
		require.NoError(t, err)
		d := start.AddDate(0, 0, i)
		if d.Format("Mon") != day {
			continue
		}
		for _, layout := range []string{"15:04", "15:04:05"} {
			if c, err := time.Parse(layout, clock); err == nil {
				return time.Date(d.Year(), d.Month(), d.Day(), c.Hour(), c.Minute(), c.Second(), 0, loc)
			}
		}
	}
	t.Fatalf("cannot read the instant %q", text)
	return time.Time{}
}

// show is the reverse of at: with a date when the instant is not within the
// days from base on.
func show(base, got time.Time, dated bool) string {
	switch {
	case got.IsZero():
		return "never"
	case dated || got.Sub(base) > 6*24*time.Hour:
		return got.Format("2006-01-02 15:04") + seconds(got)
	}
	return got.Format("Mon 15:04") + seconds(got)
}

func seconds(t time.Time) string {
	if t.Second() == 0 && t.Nanosecond() == 0 {
		return ""
	}
	return t.Format(":05.999999999")
}

func window(t testing.TB, text string, cal holiday.Calendar) (schedule.Window, *time.Location) {
	t.Helper()
	spec, err := schedule.Parse(text)
	require.NoError(t, err, text)
	loc, err := spec.Location()
	require.NoError(t, err)
	w, err := spec.Window(cal)
	require.NoError(t, err)
	return w, loc
}

type line struct{ ask, want string }

// play asks a schedule for the next instant, line by line.
func play(t *testing.T, text string, cal holiday.Calendar, lines []line) {
	t.Helper()
	w, loc := window(t, text, cal)
	for _, l := range lines {
		ask := at(t, loc, l.ask)
		dated := strings.Contains(l.want, "-") // the want is written with its date
		got := show(ask, w.Next(ask), dated)
		require.Equal(t, strings.TrimPrefix(l.want, "="), got, fmt.Sprintf("%s: Next(%s)", text, l.ask))
	}
}
