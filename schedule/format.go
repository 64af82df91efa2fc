package schedule

import (
	"cmp"
	"slices"
	"strings"
)

// String prints s as the text that [Parse] reads back to s.Canonical():
//
//	mon-fri 09:00-12:00 13:30-18:00; sat 09:00-13:00, skip holidays, zone America/Manaus
//
// Of a Spec that [Spec.Validate] refuses it prints something close, for logs.
func (s Spec) String() string { return s.text(&english) }

// Portuguese prints s as String does, in the words of Brazil. [Parse] reads it
// back to the same Spec.
//
//	seg-sex 09:00-12:00 13:30-18:00; sáb 09:00-13:00, sem feriados, fuso America/Manaus
func (s Spec) Portuguese() string { return s.text(&portuguese) }

// tongue is the words of a text in one language.
type tongue struct {
	kinds                          map[string]string
	kind, weekends, holidays, zone string
	missed, everyDay, closed       string
	policies                       map[Policy]string
	days                           [7]string // from Sunday
}

var english = tongue{
	kinds: map[string]string{KindImmediate: "immediate", KindBusinessDays: "business days", KindBusinessHours: "business hours", KindCustom: "custom"},
	kind:  "kind", weekends: "skip weekends", holidays: "skip holidays", zone: "zone",
	missed: "missed start", everyDay: "every day", closed: "closed",
	policies: map[Policy]string{RunIfWithin: string(RunIfWithin), HoldIfMissed: string(HoldIfMissed), SkipIfMissed: string(SkipIfMissed)},
	days:     dayNames,
}

var portuguese = tongue{
	kinds: map[string]string{KindImmediate: "imediato", KindBusinessDays: "dias úteis", KindBusinessHours: "horário comercial", KindCustom: "personalizado"},
	kind:  "tipo", weekends: "sem fins de semana", holidays: "sem feriados", zone: "fuso",
	missed: "início perdido", everyDay: "todos os dias", closed: "fechado",
	policies: map[Policy]string{RunIfWithin: "executar até", HoldIfMissed: "segurar", SkipIfMissed: "pular"},
	days:     [...]string{"dom", "seg", "ter", "qua", "qui", "sex", "sáb"},
}

func (s Spec) text(in *tongue) string {
	s = s.Canonical()
	var parts []string
	switch {
	case s.Kind == KindCustom:
		if hours := s.hoursText(in); hours != "" {
			parts = append(parts, hours)
		} else {
			parts = append(parts, in.kinds[KindCustom])
		}
	case builtIn(s.Kind):
		parts = append(parts, in.kinds[s.Kind])
	default:
		parts = append(parts, in.kind+" "+s.Kind)
	}
	if s.SkipWeekends {
		parts = append(parts, in.weekends)
	}
	if s.SkipHolidays {
		parts = append(parts, in.holidays)
	}
	if s.Zone != "" {
		parts = append(parts, in.zone+" "+s.Zone)
	}
	if s.Missed != (Missed{}) {
		policy, within, _ := strings.Cut(s.Missed.String(), " ")
		parts = append(parts, strings.TrimSpace(in.missed+" "+cmp.Or(in.policies[Policy(policy)], policy)+" "+within))
	}
	if len(s.Params) > 0 {
		parts = append(parts, "params "+string(s.Params))
	}
	return strings.Join(parts, ", ")
}

// hoursText prints the hours: days with the same spans together.
func (s Spec) hoursText(in *tongue) string {
	var groups []string
	if len(s.Daily) > 0 {
		groups = append(groups, in.everyDay+in.spans(s.Daily))
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
		groups = append(groups, in.list(days)+in.spans(s.Week[d]))
	}
	return strings.Join(groups, "; ")
}

func (in *tongue) spans(spans []Span) string {
	if len(spans) == 0 {
		return " " + in.closed
	}
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(" " + s.String())
	}
	return b.String()
}

// list prints positions in mondayFirst: three days and more that follow
// one another as a range, others one by one.
func (in *tongue) list(days []int) string {
	name := func(i int) string { return in.days[mondayFirst[i]] }
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
