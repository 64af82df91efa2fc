package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/holiday"
)

var (
	// ErrNeverOpens is wrapped by the error about a schedule that has no hours,
	// or whose hours are all taken by weekends and holidays.
	ErrNeverOpens = errors.New("schedule never opens")
	// ErrUnknownKind is wrapped by the error about a kind that is neither
	// built in nor among the [Kinds] that were passed. A program that was
	// built with fewer kinds than the one which stored the Spec meets it, and
	// holds the campaign instead of failing it.
	ErrUnknownKind = errors.New("unknown kind of schedule")
)

// Horizon is how far ahead [Spec.Check] looks for the first opening: ten
// years of 366 days.
const Horizon = 10 * 366 * 24 * time.Hour

// FieldError is one thing that is wrong with a [Spec].
type FieldError struct {
	// Field is the path of the field in JSON: "zone", "daily[0]",
	// "week.mon[1]", "missed_start".
	Field string
	// Code tells what is wrong to a program, which may have its own words.
	Code Code
	// Problem says it in English, and what to write instead.
	Problem string
}

// maxSpans is how many spans a day may have: one for each quarter of an hour.
const maxSpans = 96

// Code is the kind of mistake of a [FieldError].
type Code string

const (
	OutOfRange   Code = "out_of_range" // a clock before 00:00 or after 24:00
	Reversed     Code = "reversed"     // a span that does not end after it begins
	Crossing     Code = "crossing"     // two spans of one day overlap
	TooMany      Code = "too_many"     // more than 96 spans in a day
	NeverOpens   Code = "never_opens"  // nothing is left to be open; wraps ErrNeverOpens
	UnknownZone  Code = "unknown_zone" // no IANA zone of that name
	UnknownKind  Code = "unknown_kind" // wraps ErrUnknownKind
	NotForKind   Code = "not_for_kind" // the kind has no use for the field
	BadParams    Code = "bad_params"   // not JSON, or refused by the kind
	BadPolicy    Code = "bad_policy"   // no such policy for missed starts, or a negative delay
	NoSuchWindow Code = "cannot_build" // the window cannot be made
)

// Error prints the field and the problem.
func (e FieldError) Error() string { return e.Field + ": " + e.Problem }

// Is makes errors.Is find ErrNeverOpens and ErrUnknownKind.
func (e FieldError) Is(target error) bool {
	return e.Code == NeverOpens && target == ErrNeverOpens ||
		e.Code == UnknownKind && target == ErrUnknownKind
}

// FieldErrors are all the things that are wrong with a [Spec], at least one.
// Take them from an error by errors.As, or a single one as a [FieldError].
type FieldErrors []FieldError

// Error prints all of them in one line.
func (es FieldErrors) Error() string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = e.Error()
	}
	return "schedule: " + strings.Join(texts, "; ")
}

// Unwrap makes errors.Is and errors.As look into each of them.
func (es FieldErrors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

// Validate finds what can be wrong with s by itself: the error is a
// [FieldErrors] that names everything. A kind that is not built in is wrong
// here with [ErrUnknownKind]; [Spec.Check] knows more.
func (s Spec) Validate() error {
	problems := s.problems()
	if !builtIn(s.Kind) && len(problems) == 0 {
		problems = append(problems, unknownKind(s.Kind, nil))
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// Check is what to ask before s is saved, at the instant now: everything that
// [Spec.Validate] finds, whether kinds of one's own exist and take the Params,
// and whether the window, with the holidays of cal, opens at least once within
// [Horizon] from now. The error is a [FieldErrors].
func (s Spec) Check(now time.Time, cal holiday.Calendar, own Kinds) error {
	w, err := s.WindowOf(cal, own)
	if err != nil {
		if errors.As(err, new(FieldErrors)) {
			return err
		}
		e := FieldError{"kind", NoSuchWindow, err.Error()}
		if !builtIn(s.Kind) {
			e.Field, e.Code = "params", BadParams
		}
		return FieldErrors{e}
	}
	next := w.Next(now)
	if !next.IsZero() && !next.After(now.Add(Horizon)) {
		return nil
	}
	e := FieldError{Field: s.hoursField(), Code: NeverOpens}
	e.Problem = fmt.Sprintf("the window does not open before %s: ", now.Add(Horizon).Format(time.DateOnly))
	if builtIn(s.Kind) {
		e.Problem += "every day that has hours is a holiday; give hours to another day, or do not skip holidays"
	} else {
		e.Problem += "change the params"
	}
	return FieldErrors{e}
}

// problems finds what is wrong with s, own kinds taken on trust.
func (s Spec) problems() FieldErrors {
	var es FieldErrors
	add := func(field string, code Code, format string, args ...any) {
		es = append(es, FieldError{field, code, fmt.Sprintf(format, args...)})
	}
	own := !builtIn(s.Kind)
	if own && !kindName(s.Kind) {
		add("kind", UnknownKind, "%q is no name of a kind: use a letter, then lower case letters, digits and underscores, 64 at most", s.Kind)
	}
	if _, problem := s.location(); problem != nil {
		es = append(es, *problem)
	}
	custom := s.Kind == KindCustom || s.Kind == kindCustomPeriod
	if !custom {
		es = append(es, s.strangers()...)
	} else {
		es = append(es, s.customProblems()...)
	}
	if len(compact(s.Params)) > 0 {
		switch {
		case !own:
			add("params", NotForKind, "only kinds of one's own have params: remove them")
		case !json.Valid(s.Params):
			add("params", BadParams, "this is not JSON: write an object such as {\"days\": 3}")
		}
	}
	if p := s.Missed.problem(); p != "" {
		add("missed_start", BadPolicy, "%s", p)
	}
	return es
}

// strangers finds fields that only a custom schedule has. They are refused
// and not passed over: whoever wrote them expects them to count.
func (s Spec) strangers() FieldErrors {
	var es FieldErrors
	kind := s.Canonical().Kind
	add := func(field, what string) {
		es = append(es, FieldError{field, NotForKind,
			fmt.Sprintf("kind %q has no %s: remove them, or choose kind \"custom\"", kind, what)})
	}
	if len(s.Daily) > 0 {
		add("daily", "hours of its own choice")
	}
	for _, d := range mondayFirst {
		if s.Week[d] != nil {
			add("week."+dayNames[d], "hours of its own choice")
		}
	}
	if kind != KindBusinessDays {
		if s.SkipWeekends {
			add("skip_weekends", "days to skip")
		}
		if s.SkipHolidays {
			add("skip_holidays", "days to skip")
		}
	}
	return es
}

func (s Spec) customProblems() FieldErrors {
	es := spanProblems("daily", s.Daily)
	for _, d := range mondayFirst {
		es = append(es, spanProblems("week."+dayNames[d], s.Week[d])...)
	}
	if len(es) > 0 {
		return es
	}
	custom := s
	custom.Kind = KindCustom
	if w := custom.week(); !w.closed() {
		return nil
	}
	custom.SkipWeekends = false
	if w := custom.week(); !w.closed() {
		return FieldErrors{{"skip_weekends", NeverOpens,
			"only Saturday or Sunday has hours, and weekends are skipped: give hours to another day, or do not skip weekends"}}
	}
	return FieldErrors{{s.hoursField(), NeverOpens,
		"no day has hours: list at least one span, such as 09:00-18:00"}}
}

// hoursField is the field to blame when there are no hours.
func (s Spec) hoursField() string {
	switch {
	case !builtIn(s.Kind):
		return "params"
	case s.Kind != KindCustom && s.Kind != kindCustomPeriod:
		return "kind"
	case len(s.Daily) == 0 && s.Week.named():
		return "week"
	}
	return "daily"
}

func (w *Week) named() bool {
	return slices.ContainsFunc(w[:], func(spans []Span) bool { return spans != nil })
}

// spanProblems checks the spans of one day, or of all days.
func spanProblems(field string, spans []Span) FieldErrors {
	var es FieldErrors
	add := func(i int, code Code, format string, args ...any) {
		es = append(es, FieldError{fmt.Sprintf("%s[%d]", field, i), code, fmt.Sprintf(format, args...)})
	}
	if len(spans) > maxSpans {
		return FieldErrors{{field, TooMany,
			fmt.Sprintf("%d spans are too many for a day: write %d at most", len(spans), maxSpans)}}
	}
	for i, s := range spans {
		switch {
		case !s.From.Valid() || !s.To.Valid():
			add(i, OutOfRange, "%s leaves the day: clocks go from 00:00 to 24:00", s)
		case s.From == s.To:
			add(i, Reversed, "%s is empty: end it after it begins; a whole day is 00:00-24:00", s)
		case s.From > s.To:
			add(i, Reversed, "%s ends before it begins: swap the two, or split it at midnight into %s-24:00, and 00:00-%s on the next day",
				s, s.From, s.To)
		default:
			for j, o := range spans[:i] {
				if o.From < s.To && s.From < o.To {
					add(i, Crossing, "%s overlaps %s (%s[%d]): write them as one span, or move one", s, o, field, j)
					break
				}
			}
		}
	}
	return es
}

func kindName(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// CheckKind reports what is wrong with the name of a kind of one's own: how it is
// spelt, or that it is built in.
func CheckKind(name string) error {
	switch {
	case builtIn(name):
		return fmt.Errorf("schedule: %q is a built-in kind, which cannot be replaced", name)
	case !kindName(name):
		return fmt.Errorf("schedule: %q is no name of a kind: it begins with a letter and consists of lower case letters of ASCII, digits and underscores, 64 of them at most", name)
	}
	return nil
}

func unknownKind(kind string, own Kinds) FieldError {
	known := []string{KindImmediate, KindBusinessDays, KindBusinessHours, KindCustom}
	known = append(known, slices.Sorted(maps.Keys(own))...)
	return FieldError{"kind", UnknownKind, fmt.Sprintf(
		"%q is not known here: choose %s, or register it", kind, strings.Join(known, ", "))}
}
