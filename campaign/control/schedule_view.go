package control

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
	"github.com/danielgtaylor/huma/v2"
)

// Schedule is a schedule.Spec in JSON.
type Schedule struct{ schedule.Spec }

// MarshalJSON implements json.Marshaler.
func (s Schedule) MarshalJSON() ([]byte, error) { return json.Marshal(s.Spec) }

// UnmarshalJSON implements json.Unmarshaler.
func (s *Schedule) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &s.Spec) }

// Schema implements huma.SchemaProvider: the generator cannot see the names of
// a Week's days.
func (Schedule) Schema(r huma.Registry) *huma.Schema {
	spans := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"from": clockSchema(), "to": clockSchema()}, Required: []string{"from", "to"}}}
	days := map[string]*huma.Schema{}
	for _, d := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		days[d] = spans
	}
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"kind":          {Type: huma.TypeString, Description: "immediate, business_days, business_hours, custom, or one of the host's own."},
		"zone":          {Type: huma.TypeString, Description: "IANA zone. Defaults to " + schedule.DefaultZone + "."},
		"daily":         spans,
		"week":          {Type: huma.TypeObject, Properties: days, AdditionalProperties: false},
		"skip_weekends": {Type: huma.TypeBoolean},
		"skip_holidays": {Type: huma.TypeBoolean},
		"missed_start":  r.Schema(reflect.TypeFor[schedule.Missed](), true, "MissedStart"),
		"params":        {Description: "Arguments of a kind of the host's own."},
	}}
	s.PrecomputeMessages()
	return s
}

func clockSchema() *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "A time of day.", Examples: []any{"09:00"}}
}

func scheduleView(s schedule.Spec) Schedule { return Schedule{s.Canonical()} }

// The names that the single fields have for kinds.
const customPeriod = "custom_period"

// FlatSchedule shows a schedule in single fields, as far as they can.
type FlatSchedule struct {
	ScheduleType   string  `json:"schedule_type" doc:"immediate, business_days, business_hours, custom_period, or one of the host's own."`
	Timezone       string  `json:"timezone" doc:"The IANA zone whose clock counts."`
	MorningStart   *string `json:"morning_start" doc:"Of custom_period with the same hours every day: HH:MM."`
	MorningEnd     *string `json:"morning_end"`
	AfternoonStart *string `json:"afternoon_start"`
	AfternoonEnd   *string `json:"afternoon_end"`
	SkipWeekends   bool    `json:"skip_weekends"`
	SkipHolidays   bool    `json:"skip_holidays"`
}

func flat(s schedule.Spec) FlatSchedule {
	s = s.Canonical()
	f := FlatSchedule{ScheduleType: s.Kind, Timezone: s.Zone, SkipWeekends: s.SkipWeekends, SkipHolidays: s.SkipHolidays}
	if f.Timezone == "" {
		f.Timezone = schedule.DefaultZone
	}
	switch s.Kind {
	case schedule.KindBusinessDays:
		f.SkipWeekends, f.SkipHolidays = true, true
	case schedule.KindCustom:
		f.ScheduleType = customPeriod
		if morning, afternoon, ok := halves(s); ok {
			f.MorningStart, f.MorningEnd = clocks(morning)
			f.AfternoonStart, f.AfternoonEnd = clocks(afternoon)
		}
	}
	return f
}

// halves are the two spans of a day that single fields can show. A lone span
// is the morning if it begins before noon.
func halves(s schedule.Spec) (morning, afternoon *schedule.Span, ok bool) {
	if slices.ContainsFunc(s.Week[:], func(day []schedule.Span) bool { return day != nil }) || len(s.Daily) > 2 {
		return nil, nil, false
	}
	for i := range s.Daily {
		d := &s.Daily[i]
		switch {
		case morning == nil && afternoon == nil && (len(s.Daily) == 2 || d.From < holiday.ClockAt(12, 0)):
			morning = d
		default:
			afternoon = d
		}
	}
	return morning, afternoon, true
}

func clocks(s *schedule.Span) (from, to *string) {
	if s == nil {
		return nil, nil
	}
	a, b := s.From.String(), s.To.String()
	return &a, &b
}

// FlatScheduleEdit writes a schedule in single fields.
type FlatScheduleEdit struct {
	ScheduleType   Maybe[string] `json:"schedule_type,omitzero"`
	Timezone       Maybe[string] `json:"timezone,omitzero"`
	MorningStart   Maybe[clock]  `json:"morning_start,omitzero"`
	MorningEnd     Maybe[clock]  `json:"morning_end,omitzero"`
	AfternoonStart Maybe[clock]  `json:"afternoon_start,omitzero"`
	AfternoonEnd   Maybe[clock]  `json:"afternoon_end,omitzero"`
	SkipWeekends   Maybe[bool]   `json:"skip_weekends,omitzero"`
	SkipHolidays   Maybe[bool]   `json:"skip_holidays,omitzero"`
}

func (f FlatScheduleEdit) given() bool { return f != FlatScheduleEdit{} }

// clock is a time of day in a request: "09:00", and "09:00:00" as forms that
// know seconds write it. Null and the empty text are none.
type clock struct {
	holiday.Clock
	set bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *clock) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if strings.Count(s, ":") == 2 {
		s = strings.TrimSuffix(s, ":00")
	}
	if s == "" {
		*c = clock{}
		return nil
	}
	c.set = true
	return c.Clock.UnmarshalText([]byte(s))
}

// Schema implements huma.SchemaProvider.
func (clock) Schema(huma.Registry) *huma.Schema { return clockSchema() }

// schedule applies the whole schedule or the single fields of an edit.
func (in CampaignEdit) schedule(d *campaign.Draft) error {
	if in.Schedule == nil {
		if in.FlatScheduleEdit.given() {
			in.FlatScheduleEdit.apply(&d.Schedule)
		}
		return nil
	}
	if in.FlatScheduleEdit.given() && !in.FlatScheduleEdit.shows(in.Schedule.Spec) {
		return campaign.Invalid{{Field: "schedule", Why: campaign.Because(codeTwoWays)}}
	}
	d.Schedule = in.Schedule.Spec.Clone()
	return nil
}

// shows reports whether the fields say what the schedule says: so that what
// was read can be sent back as a whole.
func (f FlatScheduleEdit) shows(s schedule.Spec) bool {
	t := s.Clone()
	f.apply(&t)
	return t.Equal(s)
}

func (f FlatScheduleEdit) apply(s *schedule.Spec) {
	f.ScheduleType.put(&s.Kind)
	f.Timezone.put(&s.Zone)
	f.SkipWeekends.put(&s.SkipWeekends)
	f.SkipHolidays.put(&s.SkipHolidays)
	if !f.MorningStart.Given && !f.MorningEnd.Given && !f.AfternoonStart.Given && !f.AfternoonEnd.Given {
		if f.ScheduleType.Given && s.Kind != schedule.KindCustom && s.Kind != customPeriod {
			s.Daily, s.Week = nil, schedule.Week{} // the other kinds have no hours of their own
		}
		return
	}
	morning, afternoon, shown := halves(s.Canonical())
	if !shown && !f.MorningStart.Value.set && !f.MorningEnd.Value.set && !f.AfternoonStart.Value.set && !f.AfternoonEnd.Value.set {
		return // hours that single fields cannot show, and none given
	}
	spans := []schedule.Span{}
	for _, half := range []struct {
		was        *schedule.Span
		start, end Maybe[clock]
	}{{morning, f.MorningStart, f.MorningEnd}, {afternoon, f.AfternoonStart, f.AfternoonEnd}} {
		span, any := schedule.Span{}, half.was != nil
		if any {
			span = *half.was
		}
		if half.start.Given {
			span.From, any = half.start.Value.Clock, half.start.Value.set
		}
		if half.end.Given {
			span.To, any = half.end.Value.Clock, any && half.end.Value.set
		}
		if any {
			spans = append(spans, span)
		}
	}
	s.Daily, s.Week = spans, schedule.Week{}
}

// zoneOf is the location of a schedule.
func zoneOf(s schedule.Spec) *time.Location {
	loc, err := s.Location()
	if err != nil {
		return defaultZone
	}
	return loc
}
