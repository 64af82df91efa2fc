package schedule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/alreasense/campaigns/holiday"
)

// DefaultZone is the zone of a [Spec] that names none.
const DefaultZone = "America/Sao_Paulo"

// The kinds of a [Spec] that are built in. Every other name is a kind of the
// program's own; see [Kinds].
const (
	// KindImmediate is open at any hour of any day.
	KindImmediate = "immediate"
	// KindBusinessDays is open from 09:00 to 18:00, Monday to Friday, except
	// on holidays.
	KindBusinessDays = "business_days"
	// KindBusinessHours is open from 09:00 to 18:00 on every day: neither
	// weekends nor holidays close it.
	KindBusinessHours = "business_hours"
	// KindCustom is open in the hours that the Spec lists.
	KindCustom = "custom"

	// kindCustomPeriod is another name of KindCustom, for data that comes from
	// forms which call it that.
	kindCustomPeriod = "custom_period"
)

// Spec is a schedule as it is stored, sent as JSON and typed by people; see
// [Parse] for its text. It is data: [Spec.Window] makes the [Window] that
// acts on it. The zero value is immediate.
//
// A Spec shares its slices when it is copied; [Spec.Clone] does not.
type Spec struct {
	// Kind is one of the built-in kinds or a name in [Kinds]. Defaults to
	// KindImmediate.
	Kind string `json:"kind"`
	// Zone is the IANA name of the place whose clocks and dates count. It is
	// used by every kind: greetings follow it also when sending is immediate.
	// Defaults to DefaultZone.
	Zone string `json:"zone,omitempty"`

	// Daily and Week list the hours of KindCustom, and are empty for every
	// other kind. A day's hours are those of Week where Week has an entry for
	// the day, and those of Daily where the entry is nil. An entry that is
	// empty but not nil closes the day.
	Daily []Span `json:"daily,omitempty"`
	Week  Week   `json:"week,omitzero"`
	// SkipWeekends closes Saturdays and Sundays, whatever hours they have, and
	// SkipHolidays the days of the calendar. They belong to KindCustom;
	// KindBusinessDays skips both anyway and may say so, and the other kinds
	// skip neither.
	SkipWeekends bool `json:"skip_weekends,omitempty"`
	SkipHolidays bool `json:"skip_holidays,omitempty"`

	// Missed is what happens to a start that was due while nobody could start
	// it. Defaults to running within an hour and holding after that.
	Missed Missed `json:"missed_start,omitzero"`

	// Params are the arguments of a kind of one's own, in any shape that is
	// JSON. Other kinds have none.
	Params json.RawMessage `json:"params,omitempty"`
}

// Kinds are windows of one's own: for each kind a function that makes the
// window from the Params of a [Spec]. Params are nil when the Spec has none.
// A function may refuse them with an error that says what to write instead.
//
// The name of a kind begins with a letter and consists of lower case letters
// of ASCII, digits and underscores, 64 of them at most. A built-in name cannot
// be replaced.
//
// Package scheduletest checks that a window keeps the laws.
type Kinds map[string]func(params json.RawMessage) (Window, error)

// Location loads the zone of s. It reads the system's zone data, or that of
// the time/tzdata package; a zone that it does not find is a [FieldError].
func (s Spec) Location() (*time.Location, error) {
	loc, problem := s.location()
	if problem != nil {
		return nil, FieldErrors{*problem}
	}
	return loc, nil
}

// Window makes the window of a built-in kind. It is [Spec.WindowOf] without
// kinds of one's own.
func (s Spec) Window(cal holiday.Calendar) (Window, error) { return s.WindowOf(cal, nil) }

// WindowOf makes the window of s. The calendar is the one that SkipHolidays
// and KindBusinessDays mean; it may be nil for a Spec that skips no holidays.
//
// The errors are those of [Spec.Validate], and that of a function in own. A
// kind that own does not know wraps [ErrUnknownKind].
//
// It loads the zone: make a window once for each Spec and keep it.
func (s Spec) WindowOf(cal holiday.Calendar, own Kinds) (Window, error) {
	if problems := s.problems(); len(problems) > 0 {
		return nil, problems
	}
	s = s.Canonical() // a copy: what is built may keep its parts
	switch {
	case s.Kind == KindImmediate:
		return Always(), nil
	case !builtIn(s.Kind):
		return s.ownWindow(own)
	}
	loc, err := s.Location()
	if err != nil {
		return nil, err
	}
	h := &Hours{Loc: loc, Week: s.week()}
	if s.skipsHolidays() {
		if cal == nil {
			return nil, fmt.Errorf("schedule: %q skips holidays and was given no calendar: pass holiday.Brazil, or one of your own", s)
		}
		h.Holidays = cal
	}
	return h, nil
}

func (s Spec) ownWindow(own Kinds) (Window, error) {
	build, ok := own[s.Kind]
	if !ok {
		return nil, FieldErrors{unknownKind(s.Kind, own)}
	}
	w, err := build(s.Params)
	if err != nil {
		return nil, fmt.Errorf("schedule: params of kind %q: %w", s.Kind, err)
	}
	if w == nil {
		return nil, fmt.Errorf("schedule: kind %q made no window and gave no error: return one of the two", s.Kind)
	}
	return w, nil
}

// week returns the hours of a built-in kind, day by day, with skipped weekends
// taken out.
func (s Spec) week() Week {
	var w Week
	switch s.Kind {
	case KindBusinessDays:
		w = Workdays(officeHours())
	case KindBusinessHours:
		w = EveryDay(officeHours())
	case KindCustom:
		w = EveryDay(s.Daily...)
		for d, spans := range s.Week {
			if spans != nil {
				w[d] = slices.Clone(spans)
			}
		}
	}
	if s.SkipWeekends {
		w[time.Saturday], w[time.Sunday] = nil, nil
	}
	return w
}

func officeHours() Span { return Span{From: holiday.ClockAt(9, 0), To: holiday.ClockAt(18, 0)} }

func (s Spec) skipsHolidays() bool { return s.SkipHolidays || s.Kind == KindBusinessDays }

func builtIn(kind string) bool {
	switch kind {
	case "", KindImmediate, KindBusinessDays, KindBusinessHours, KindCustom, kindCustomPeriod:
		return true
	}
	return false
}

// Canonical returns s in the form that [Parse] and [Spec.String] use, without
// any change of meaning: one name for each kind, spans in the order of the
// day, compact Params, and nothing said that is the default anyway, except
// that a Zone which is named stays named. It shares nothing with s.
func (s Spec) Canonical() Spec {
	s = s.Clone()
	switch s.Kind {
	case "":
		s.Kind = KindImmediate
	case kindCustomPeriod:
		s.Kind = KindCustom
	case KindBusinessDays:
		s.SkipWeekends, s.SkipHolidays = false, false
	}
	sortSpans(s.Daily)
	if len(s.Daily) == 0 {
		s.Daily = nil
	}
	for _, spans := range s.Week {
		sortSpans(spans)
	}
	s.Missed = s.Missed.short()
	s.Params = compact(s.Params)
	return s
}

// Clone returns a copy of s that shares nothing with it.
func (s Spec) Clone() Spec {
	s.Daily = slices.Clone(s.Daily)
	s.Week = s.Week.clone()
	s.Params = slices.Clone(s.Params)
	return s
}

// Equal reports whether s and o say the same: whether their canonical forms
// are the same. A Spec that names DefaultZone equals one that names none.
func (s Spec) Equal(o Spec) bool {
	s, o = s.Canonical(), o.Canonical()
	s.Zone, o.Zone = s.zone(), o.zone()
	return reflect.DeepEqual(s, o)
}

func (s Spec) zone() string {
	if s.Zone == "" {
		return DefaultZone
	}
	return s.Zone
}

func sortSpans(spans []Span) {
	slices.SortFunc(spans, func(a, b Span) int {
		if a.From != b.From {
			return int(a.From - b.From)
		}
		return int(a.To - b.To)
	})
}

// compact writes JSON as encoding/json stores it: without white space, and
// with <, > and & escaped. Bytes that are no JSON stay as
// they are, for Validate to refuse; null is the same as nothing.
func compact(params json.RawMessage) json.RawMessage {
	if len(params) == 0 {
		return nil
	}
	var b bytes.Buffer
	if json.Compact(&b, params) != nil {
		return params
	}
	if b.String() == "null" {
		return nil
	}
	var safe bytes.Buffer
	json.HTMLEscape(&safe, b.Bytes())
	return safe.Bytes()
}
