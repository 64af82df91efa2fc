package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rickb777/date"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

const layout = "Mon 2006-01-02 15:04"

// A shop's own holidays: any type with this method is a calendar.
type anniversary struct{ month, day int }

func (a anniversary) Holiday(d date.Date) (holiday.Day, bool) {
	if int(d.Month()) != a.month || d.Day() != a.day {
		return holiday.Day{}, false
	}
	return holiday.Day{Date: d, Name: "Aniversário da loja", Kind: holiday.Own}, true
}

// The built-in kind for offices in Brazil, with the optional days of Carnival.
func ExampleSpec_Window() {
	spec := schedule.Spec{Kind: schedule.KindBusinessDays}
	w, err := spec.Window(holiday.Union(holiday.Brazil, holiday.BrazilOptional))
	if err != nil {
		fmt.Println(err)
		return
	}
	loc, _ := spec.Location()
	now := time.Date(2025, time.February, 28, 18, 0, 0, 0, loc)
	fmt.Println(w.Next(now).Format(layout))
	// Output:
	// Wed 2025-03-05 14:00
}

// Read a schedule as a person wrote it, and ask when the next message may go
// out.
func Example() {
	spec, err := schedule.Parse("seg-sex 09:00-12:00 13:30-18:00; sáb 09:00-13:00, pular feriados")
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := spec.Window(anniversary{6, 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	loc, _ := spec.Location()
	for _, now := range []time.Time{
		time.Date(2025, time.June, 9, 10, 0, 0, 0, loc),  // open
		time.Date(2025, time.June, 9, 12, 10, 0, 0, loc), // lunch
		time.Date(2025, time.June, 9, 18, 0, 0, 0, loc),  // evening, before the holiday
		time.Date(2025, time.June, 14, 13, 0, 0, 0, loc), // Saturday afternoon
	} {
		fmt.Println(now.Format(layout), "→", w.Next(now).Format(layout))
	}
	// Output:
	// Mon 2025-06-09 10:00 → Mon 2025-06-09 10:00
	// Mon 2025-06-09 12:10 → Mon 2025-06-09 13:30
	// Mon 2025-06-09 18:00 → Wed 2025-06-11 09:00
	// Sat 2025-06-14 13:00 → Mon 2025-06-16 09:00
}

// Build a week in code, without a Spec.
func ExampleHours() {
	loc, err := time.LoadLocation("America/Manaus")
	if err != nil {
		fmt.Println(err)
		return
	}
	day := schedule.Span{From: holiday.ClockAt(8, 0), To: holiday.ClockAt(20, 0)}
	w := &schedule.Hours{Loc: loc, Week: schedule.Workdays(day)}
	w.Week[time.Saturday] = []schedule.Span{{From: holiday.ClockAt(9, 0), To: holiday.ClockAt(13, 0)}}

	now := time.Date(2025, time.June, 13, 20, 0, 0, 0, loc)
	fmt.Println(w.Next(now).Format(layout))
	// Output:
	// Sat 2025-06-14 09:00
}

// Ask why nothing goes out.
func ExampleExplainer() {
	spec := schedule.Spec{Kind: schedule.KindBusinessDays}
	w, err := spec.Window(anniversary{6, 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	loc, _ := spec.Location()
	now := time.Date(2025, time.June, 10, 11, 0, 0, 0, loc)
	if why, closed := w.(schedule.Explainer).Closed(now); closed {
		fmt.Println(why.Reason, "–", why.Holiday.Name, "–", why.Until.Format(layout))
	}
	// Output:
	// holiday – Aniversário da loja – Wed 2025-06-11 09:00
}

// Time is an argument, so a schedule is tested by a table and no clock is
// faked.
func ExampleWindow() {
	w, _ := schedule.Spec{Kind: schedule.KindBusinessHours, Zone: "UTC"}.Window(nil)
	for _, c := range []struct{ now, want string }{
		{"Fri 2025-06-13 18:00", "Sat 2025-06-14 09:00"},
		{"Sat 2025-06-14 12:00", "Sat 2025-06-14 12:00"},
		{"Sun 2025-06-15 07:00", "Sun 2025-06-15 09:00"},
	} {
		now, _ := time.Parse(layout, c.now)
		fmt.Println(w.Next(now).Format(layout) == c.want)
	}
	// Output:
	// true
	// true
	// true
}

// Decide with the latest instant at which the send may still begin.
func ExampleOpenThrough() {
	w, _ := schedule.Spec{Kind: schedule.KindBusinessHours, Zone: "UTC"}.Window(nil)
	now := time.Date(2025, time.June, 13, 17, 59, 45, 0, time.UTC)
	fmt.Println(schedule.Open(w, now))
	fmt.Println(schedule.OpenThrough(w, now, now.Add(10*time.Second)))
	fmt.Println(schedule.OpenThrough(w, now, now.Add(30*time.Second)))
	// Output:
	// true
	// true
	// false
}

// A schedule within a start and an end date.
func ExampleAnd() {
	hours, _ := schedule.Spec{Kind: schedule.KindBusinessHours, Zone: "UTC"}.Window(nil)
	launch := time.Date(2025, time.June, 11, 14, 0, 0, 0, time.UTC)
	w := schedule.And(hours, schedule.Between(launch, launch.AddDate(0, 0, 2)))

	for _, now := range []time.Time{launch.AddDate(0, 0, -5), launch.Add(4 * time.Hour), launch.AddDate(0, 0, 2)} {
		if next := w.Next(now); next.IsZero() {
			fmt.Println("never")
		} else {
			fmt.Println(next.Format(layout))
		}
	}
	// Output:
	// Wed 2025-06-11 14:00
	// Thu 2025-06-12 09:00
	// never
}

// What Parse does not take, it explains.
func ExampleParse_errors() {
	for _, text := range []string{
		"mon-fry 09:00-18:00",
		"mon-fri 18:00-09:00",
		"mon-fri 09:00-18:00, zone Sao Paulo",
	} {
		_, err := schedule.Parse(text)
		fmt.Println(err)
	}
	// Output:
	// schedule: character 5: "fry" is no day: did you mean "fri"?
	// schedule: character 9: 18:00-09:00 ends before it begins: swap the two, or split it at midnight into 18:00-24:00, and 00:00-09:00 on the next day
	// schedule: character 27: "Sao" is no IANA time zone: did you mean "America/Sao_Paulo"?
}

// Find all mistakes of a form at once.
func ExampleSpec_Check() {
	spec := schedule.Spec{
		Kind:  schedule.KindCustom,
		Zone:  "America/Manuas",
		Daily: []schedule.Span{{From: holiday.ClockAt(13, 0), To: holiday.ClockAt(12, 0)}},
	}
	now := time.Date(2025, time.June, 9, 12, 0, 0, 0, time.UTC)
	var mistakes schedule.FieldErrors
	if errors.As(spec.Check(now, nil, nil), &mistakes) {
		for _, m := range mistakes {
			fmt.Println(m.Field, m.Code)
		}
	}
	// Output:
	// zone unknown_zone
	// daily[0] reversed
}

// fullHours is open in the first minutes of each hour.
type fullHours struct{ Minutes int }

func (w fullHours) Next(t time.Time) time.Time {
	if t.Minute() < w.Minutes {
		return t
	}
	return t.Truncate(time.Hour).Add(time.Hour)
}

// Store a window of one's own by its name.
func ExampleSpec_WindowOf() {
	own := schedule.Kinds{
		"full_hours": func(params json.RawMessage) (schedule.Window, error) {
			var w fullHours
			if err := json.Unmarshal(params, &w); err != nil {
				return nil, err
			}
			if w.Minutes < 1 || w.Minutes > 60 {
				return nil, fmt.Errorf("%d minutes: give 1 to 60", w.Minutes)
			}
			return w, nil
		},
	}
	spec, _ := schedule.Parse(`kind full_hours, params {"Minutes": 10}`)
	w, err := spec.WindowOf(nil, own)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Next(time.Date(2025, time.June, 9, 10, 30, 0, 0, time.UTC)).Format(layout))
	// Output:
	// Mon 2025-06-09 11:00
}

// A daemon was down when a campaign should have started.
func ExampleMissed_Decide() {
	planned := time.Date(2025, time.June, 9, 12, 0, 0, 0, time.UTC)
	for _, late := range []time.Duration{-time.Minute, 20 * time.Minute, 3 * time.Hour} {
		var policy schedule.Missed // run within an hour, hold after that
		fmt.Println(policy.Decide(planned, planned.Add(late)))
	}
	// Output:
	// wait
	// run
	// hold
}
