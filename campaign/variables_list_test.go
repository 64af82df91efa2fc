package campaign

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

// The list that people read is that of the code, and so is the page of the docs.
func TestListVariables(t *testing.T) {
	page, err := os.ReadFile("../docs/messages.md")
	require.NoError(t, err)
	var told []string
	for _, v := range ListVariables(English) {
		told = append(told, v.Name)
		row := "| `{{" + v.Name + "}}` | "
		if v.Other != "" {
			told = append(told, v.Other)
			row += "`{{" + v.Other + "}}`"
		}
		example := v.Example
		if v.OtherExample != "" {
			example += "; " + v.OtherExample
		}
		row += " | " + v.About + " | " + example + " |"
		require.NotEmpty(t, v.Example, v.Name)
		require.Contains(t, string(page), strings.ReplaceAll(row, "|  |", "| |"), "docs/messages.md")
	}
	names := BuiltinVariables.Names()
	slices.Sort(names)
	slices.Sort(told)
	require.Equal(t, names, told)
	for i, v := range ListVariables(Portuguese) {
		require.NotEqual(t, v.About, ListVariables(English)[i].About, v.Name)
	}
	for _, code := range []Code{CodeOneBrace, CodeForeign, CodeSpintax, CodeTypedEscape, CodeDefaultIdle, CodeDefaultOdd, CodeDamaged} {
		require.Contains(t, string(page), "`"+string(code)+"`")
	}
}

// What the docs say of the named schedules is what they do.
func TestDocs_NamedSchedules(t *testing.T) {
	page, err := os.ReadFile("../docs/messages.md")
	require.NoError(t, err)
	for _, c := range []struct{ kind, row, from, open string }{
		{schedule.KindImmediate, "any hour of any day", "2026-12-25 03:00", "2026-12-25 03:00"},
		{schedule.KindBusinessDays, "Monday to Friday, 09:00 to 18:00, not on holidays", "2026-12-24 18:00", "2026-12-28 09:00"},
		{schedule.KindBusinessDays, "Monday to Friday, 09:00 to 18:00, not on holidays", "2026-12-21 17:59", "2026-12-21 17:59"},
		{schedule.KindBusinessHours, "09:00 to 18:00 on every day, on weekends and holidays too", "2026-12-25 08:59", "2026-12-25 09:00"},
		{schedule.KindBusinessHours, "09:00 to 18:00 on every day, on weekends and holidays too", "2026-12-26 18:00", "2026-12-27 09:00"},
	} {
		require.Contains(t, string(page), "| `"+c.kind+"` | "+c.row+" |")
		s := schedule.Spec{Kind: c.kind}
		w, err := s.Window(holiday.Brazil)
		require.NoError(t, err)
		loc, err := s.Location()
		require.NoError(t, err)
		from, err := time.ParseInLocation("2006-01-02 15:04", c.from, loc)
		require.NoError(t, err)
		require.Equal(t, c.open, w.Next(from).In(loc).Format("2006-01-02 15:04"), c.kind)
	}
}
