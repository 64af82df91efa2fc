package scheduletest_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/schedule/scheduletest"
)

// recorder is a test that writes down its errors instead of failing.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

var named = regexp.MustCompile(`breaks the rule "([^"]+)"`)

// broken returns the names of the rules that the suite reports.
func broken(w schedule.Window, from, until time.Time) (names, texts []string) {
	r := &recorder{}
	scheduletest.Window(r, w, from, until)
	for _, text := range r.errors {
		if m := named.FindStringSubmatch(text); m != nil {
			names = append(names, m[1])
		}
	}
	return names, r.errors
}

// next is a window that is a function.
type next func(time.Time) time.Time

func (f next) Next(t time.Time) time.Time { return f(t) }

// liar explains what it likes.
type liar struct {
	schedule.Window
	closed func(time.Time) (schedule.Closed, bool)
}

func (l liar) Closed(t time.Time) (schedule.Closed, bool) { return l.closed(t) }

func office(t testing.TB) (*schedule.Hours, time.Time, time.Time) {
	t.Helper()
	loc, err := time.LoadLocation(schedule.DefaultZone)
	require.NoError(t, err)
	from := time.Date(2018, time.October, 1, 0, 0, 0, 0, loc)
	span := schedule.Span{From: holiday.ClockAt(9, 0), To: holiday.ClockAt(18, 0)}
	return &schedule.Hours{Loc: loc, Week: schedule.Workdays(span)}, from, from.AddDate(0, 3, 0)
}

func TestGoodWindowsPass(t *testing.T) {
	w, from, until := office(t)
	for _, good := range []schedule.Window{w, schedule.Always(), schedule.Between(until, from), next(w.Next)} {
		names, texts := broken(good, from, until)
		require.Empty(t, names)
		require.Empty(t, texts)
	}
}

// Each window breaks a rule, and the suite names it.
func TestBrokenWindowsAreCaught(t *testing.T) {
	w, from, until := office(t)
	explain := w.Closed
	var calls atomic.Int64
	var alone atomic.Int64
	for name, c := range map[string]struct {
		window schedule.Window
		rule   string
	}{
		"panics on a Sunday": {next(func(t time.Time) time.Time {
			if t.Weekday() == time.Sunday {
				panic("no Sundays")
			}
			return w.Next(t)
		}), "no panic"},
		"answers with the opening that has passed": {next(func(t time.Time) time.Time {
			if n := w.Next(t); n.IsZero() || !n.Equal(t) {
				return n
			}
			return time.Date(t.Year(), t.Month(), t.Day(), 9, 0, 0, 0, t.Location())
		}), "Next(t) is not before t"},
		"is always tomorrow": {next(func(t time.Time) time.Time {
			local := t.In(w.Loc)
			return time.Date(local.Year(), local.Month(), local.Day()+1, 9, 0, 0, 0, w.Loc).In(t.Location())
		}), "Next(Next(t)) = Next(t)"},
		"waits a minute too short": {next(func(t time.Time) time.Time {
			if n := w.Next(t); n.Sub(t) > time.Hour {
				return n.Add(-time.Minute)
			}
			return w.Next(t)
		}), "Next(Next(t)) = Next(t)"},
		"skips the rest of an open day when asked before it": {next(func(t time.Time) time.Time {
			if n := w.Next(t); n.Sub(t) > 12*time.Hour {
				return w.Next(n.Add(24 * time.Hour))
			}
			return w.Next(t)
		}), "t ≤ u implies Next(t) ≤ Next(u)"},
		"gives up when the opening is far": {next(func(t time.Time) time.Time {
			if n := w.Next(t); n.Sub(t) < 48*time.Hour {
				return n
			}
			return time.Time{}
		}), "t ≤ u implies Next(t) ≤ Next(u)"},
		"begins again after never": {next(func(t time.Time) time.Time {
			if t.IsZero() {
				return from
			}
			return w.Next(t)
		}), "never stays never"},
		"answers in UTC": {next(func(t time.Time) time.Time {
			return w.Next(t).UTC()
		}), "the result has t's location"},
		"takes hours from the way t is written": {next(func(t time.Time) time.Time {
			h := *w
			h.Loc = t.Location()
			return h.Next(t)
		}), "an instant counts, not how it is written"},
		"opens later when it has been asked often": {next(func(t time.Time) time.Time {
			if n := w.Next(t); calls.Add(1) < 2000 || n.Equal(t) {
				return n
			}
			return w.Next(t).Add(time.Hour)
		}), "the same instant gets the same answer"},
		"explains when open": {liar{w, func(t time.Time) (schedule.Closed, bool) {
			return schedule.Closed{Reason: "hours", Until: w.Next(t)}, true
		}}, "Closed agrees with Next"},
		"explains nothing when closed": {liar{w, func(time.Time) (schedule.Closed, bool) {
			return schedule.Closed{}, false
		}}, "Closed agrees with Next"},
		"has no reason": {liar{w, func(t time.Time) (schedule.Closed, bool) {
			c, closed := explain(t)
			c.Reason = ""
			return c, closed
		}}, "Closed agrees with Next"},
		"promises another hour": {liar{w, func(t time.Time) (schedule.Closed, bool) {
			c, closed := explain(t)
			if closed {
				c.Until = c.Until.Add(time.Hour)
			}
			return c, closed
		}}, "Closed agrees with Next"},
		"leaves a reason behind": {liar{w, func(t time.Time) (schedule.Closed, bool) {
			c, closed := explain(t)
			if !closed {
				c.Weekday = time.Friday
			}
			return c, closed
		}}, "Closed agrees with Next"},
		"panics while it explains": {liar{w, func(time.Time) (schedule.Closed, bool) {
			panic("no words")
		}}, "no panic"},
		"answers wrongly among others": {next(func(t time.Time) time.Time {
			defer alone.Add(-1)
			if alone.Add(1) > 1 {
				return w.Next(t).Add(time.Hour)
			}
			for range 200 { // long enough for the others to come
				w.Next(t)
			}
			return w.Next(t)
		}), "safe for concurrent use"},
	} {
		t.Run(name, func(t *testing.T) {
			names, texts := broken(c.window, from, until)
			require.Contains(t, names, c.rule)
			all := strings.Join(texts, "\n")
			require.Contains(t, all, "what: ")
			require.Contains(t, all, "why it matters: ")
		})
	}
}

// A window made by time.Date takes the hour before for midnight when there is
// none; only the hours around the change of the clocks show it.
func TestMidnightByTimeDateIsCaught(t *testing.T) {
	w, from, until := office(t)
	sundays := next(func(t time.Time) time.Time {
		local := t.In(w.Loc)
		for local.Weekday() != time.Sunday {
			local = time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, w.Loc)
			if local.Hour() == 23 {
				return local.In(t.Location()) // believed to be Sunday
			}
		}
		return local.In(t.Location())
	})
	names, texts := broken(sundays, from, until)
	require.NotEmpty(t, names, texts)

	// The year after Brazil gave up changing its clocks has no such midnight.
	from = time.Date(2020, time.October, 1, 0, 0, 0, 0, w.Loc)
	names, texts = broken(sundays, from, from.AddDate(0, 3, 0))
	require.Empty(t, names, texts)
}

func TestNothingToCheck(t *testing.T) {
	w, from, until := office(t)
	_, texts := broken(nil, from, until)
	require.Equal(t, []string{"scheduletest: the window is nil"}, texts)
	_, texts = broken(w, until, from)
	require.Len(t, texts, 1)
	require.Contains(t, texts[0], "nothing to check")
}

// A short stretch of time is enough to ask about.
func TestShortStretch(t *testing.T) {
	w, from, _ := office(t)
	names, _ := broken(w, from, from.Add(1))
	require.Empty(t, names)
}
