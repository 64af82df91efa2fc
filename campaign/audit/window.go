package audit

import (
	"fmt"
	"time"

	"github.com/rickb777/date"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

// opening answers whether a campaign may send at an instant. It reads the wall
// clock of the campaign's zone minute by minute, and shares nothing with the
// windows that the engine asks but the calendar.
type opening struct {
	loc      *time.Location
	always   bool
	week     schedule.Week
	days     holiday.Calendar
	own      schedule.Window
	from, to time.Time
}

// newOpening reads the hours of a campaign. Without one, why tells what cannot
// be judged.
func newOpening(x campaign.Campaign, cal campaign.Calendar, own schedule.Kinds) (o *opening, why string) {
	spec := x.Schedule
	o = &opening{from: x.StartAt, to: x.EndAt}
	var err error
	if o.loc, err = spec.Location(); err != nil {
		return nil, err.Error()
	}
	office := []schedule.Span{{From: holiday.ClockAt(9, 0), To: holiday.ClockAt(18, 0)}}
	skipHolidays := false
	switch spec.Kind {
	case "", schedule.KindImmediate:
		o.always = true
		return o, ""
	case schedule.KindBusinessDays:
		for d := time.Monday; d <= time.Friday; d++ {
			o.week[d] = office
		}
		skipHolidays = true
	case schedule.KindBusinessHours:
		for d := range o.week {
			o.week[d] = office
		}
	case schedule.KindCustom, "custom_period":
		for d := range o.week {
			switch weekend := d == int(time.Saturday) || d == int(time.Sunday); {
			case weekend && spec.SkipWeekends:
			case spec.Week[d] != nil:
				o.week[d] = spec.Week[d]
			default:
				o.week[d] = spec.Daily
			}
		}
		skipHolidays = spec.SkipHolidays
	default:
		build := own[spec.Kind]
		if build == nil {
			return nil, fmt.Sprintf("the kind of schedule %q is not among Options.Windows", spec.Kind)
		}
		if o.own, err = build(spec.Params); err != nil {
			return nil, err.Error()
		}
		return o, ""
	}
	if skipHolidays {
		// Where nobody has chosen, the optional days rest; in early versions they did
		// not, and no event tells from when on.
		cal.Rev = max(cal.Rev, 1)
		if o.days, err = cal.Compile(); err != nil {
			return nil, err.Error()
		}
	}
	return o, ""
}

// shut says why nothing may start at t; empty when something may.
func (o *opening) shut(t time.Time) string {
	local := t.In(o.loc)
	wall := local.Format("Mon 2006-01-02 15:04:05 MST")
	switch {
	case !o.from.IsZero() && t.Before(o.from):
		return wall + " is before the campaign's start"
	case !o.to.IsZero() && !t.Before(o.to):
		return wall + " is after the campaign's end"
	case o.own != nil:
		if !o.own.Next(t).Equal(t) {
			return wall + " is outside its window"
		}
		return ""
	case o.always:
		return ""
	}
	minute := holiday.ClockAt(local.Hour(), local.Minute())
	inside := false
	for _, s := range o.week[local.Weekday()] {
		inside = inside || (minute >= s.From && minute < s.To)
	}
	if !inside {
		return wall + " is outside its hours"
	}
	if o.days == nil {
		return ""
	}
	y, m, d := local.Date()
	if day, ok := o.days.Holiday(date.New(y, m, d)); ok && (day.WholeDay() || minute < day.Until) {
		return wall + " is a holiday, " + day.Name
	}
	return ""
}
