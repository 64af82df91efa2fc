package schedule

import (
	"slices"
	"strings"
)

// String prints s as the text that [Parse] reads back to s.Canonical():
//
//	mon-fri 09:00-12:00 13:30-18:00; sat 09:00-13:00, skip holidays, zone America/Manaus
//
// Of a Spec that [Spec.Validate] refuses it prints something close, for logs.
func (s Spec) String() string {
	s = s.Canonical()
	var parts []string
	switch {
	case s.Kind == KindBusinessDays, s.Kind == KindBusinessHours:
		parts = append(parts, strings.ReplaceAll(s.Kind, "_", " "))
	case s.Kind == KindCustom:
		if hours := s.hoursText(); hours != "" {
			parts = append(parts, hours)
		} else {
			parts = append(parts, KindCustom)
		}
	case builtIn(s.Kind):
		parts = append(parts, s.Kind)
	default:
		parts = append(parts, "kind "+s.Kind)
	}
	if s.SkipWeekends {
		parts = append(parts, "skip weekends")
	}
	if s.SkipHolidays {
		parts = append(parts, "skip holidays")
	}
	if s.Zone != "" {
		parts = append(parts, "zone "+s.Zone)
	}
	if s.Missed != (Missed{}) {
		parts = append(parts, "missed start "+s.Missed.String())
	}
	if len(s.Params) > 0 {
		parts = append(parts, "params "+string(s.Params))
	}
	return strings.Join(parts, ", ")
}

// hoursText prints the hours: days with the same spans together.
func (s Spec) hoursText() string {
	var groups []string
	if len(s.Daily) > 0 {
		groups = append(groups, "every day"+spansText(s.Daily))
	}
	var done [7]bool
	for i, d := range mondayFirst {
		if done[d] || s.Week[d] == nil {
			continue
		}
		var days []int // positions in mondayFirst
		for j := i; j < len(mondayFirst); j++ {
			e := mondayFirst[j]
			if s.Week[e] != nil && slices.Equal(s.Week[d], s.Week[e]) {
				days = append(days, j)
				done[e] = true
			}
		}
		groups = append(groups, daysText(days)+spansText(s.Week[d]))
	}
	return strings.Join(groups, "; ")
}

func spansText(spans []Span) string {
	if len(spans) == 0 {
		return " closed"
	}
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(" " + s.String())
	}
	return b.String()
}

// daysText prints positions in mondayFirst: three days and more that follow
// one another as a range, others one by one.
func daysText(days []int) string {
	name := func(i int) string { return dayNames[mondayFirst[i]] }
	var items []string
	for i := 0; i < len(days); {
		end := i
		for end+1 < len(days) && days[end+1] == days[end]+1 {
			end++
		}
		if end-i >= 2 {
			items = append(items, name(days[i])+"-"+name(days[end]))
			i = end + 1
			continue
		}
		items = append(items, name(days[i]))
		i++
	}
	return strings.Join(items, " ")
}
