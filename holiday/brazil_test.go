package holiday_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/br"
	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/holiday"
)

// The fourteen days of 2025, which had been typed by hand with a wrong Carnival.
func TestLesson_T4_Carnival(t *testing.T) {
	both := holiday.Union(holiday.Brazil, holiday.BrazilOptional)
	var got []string
	for _, d := range holiday.Year(both, 2025) {
		if d.Name != "Dia do Servidor Público" {
			got = append(got, d.String())
		}
	}
	require.Equal(t, []string{
		"2025-01-01 Confraternização Universal (national)",
		"2025-03-03 Segunda-feira de Carnaval (optional)",
		"2025-03-04 Terça-feira de Carnaval (optional)",
		"2025-03-05 Quarta-feira de Cinzas (optional, until 14:00)",
		"2025-04-18 Sexta-feira Santa (national)",
		"2025-04-21 Tiradentes (national)",
		"2025-05-01 Dia do Trabalho (national)",
		"2025-06-19 Corpus Christi (optional)",
		"2025-09-07 Independência do Brasil (national)",
		"2025-10-12 Nossa Senhora Aparecida (national)",
		"2025-11-02 Finados (national)",
		"2025-11-15 Proclamação da República (national)",
		"2025-11-20 Dia Nacional de Zumbi e da Consciência Negra (national)",
		"2025-12-25 Natal (national)",
	}, got)
	require.Len(t, got, 14)
	require.Len(t, holiday.Year(holiday.Brazil, 2025), 10)
	require.Len(t, holiday.Year(holiday.BrazilOptional, 2025), 5, "with 28 October")
}

func TestLesson_T4_AnyYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1950, 9999).Draw(t, "year")
		easter := holiday.Easter(year)
		for days, want := range map[int]struct {
			name    string
			weekday time.Weekday
			until   holiday.Clock
		}{
			-48: {"Segunda-feira de Carnaval", time.Monday, 0},
			-47: {"Terça-feira de Carnaval", time.Tuesday, 0},
			-46: {"Quarta-feira de Cinzas", time.Wednesday, holiday.ClockAt(14, 0)},
			60:  {"Corpus Christi", time.Thursday, 0},
		} {
			d := easter.Add(date.PeriodOfDays(days))
			got, ok := holiday.BrazilOptional.Holiday(d)
			require.True(t, ok, d)
			require.Equal(t, want.name, got.Name)
			require.Equal(t, want.weekday, d.Weekday())
			require.Equal(t, want.until, got.Until)
			require.Equal(t, holiday.Optional, got.Kind)
		}
		good, ok := holiday.Brazil.Holiday(easter.Add(-2))
		require.True(t, ok)
		require.Equal(t, "Sexta-feira Santa", good.Name, "also on 21 April")
	})
}

func TestBrazil_golden(t *testing.T) {
	both := holiday.Union(holiday.Brazil, holiday.BrazilOptional)
	var got []string
	for year := 2024; year <= 2027; year++ {
		for _, d := range holiday.Year(both, year) {
			got = append(got, d.String())
		}
	}
	require.Equal(t, lines(t, "testdata/brazil.txt"), got)
}

// The first and the last year of what laws have changed since 1950.
func TestBrazil_history(t *testing.T) {
	for _, c := range []struct{ date, want string }{
		{"1949-12-25", ""},
		{"1950-01-01", "Confraternização Universal: Lei 662/1949"},
		{"1950-04-21", ""},
		{"1951-04-21", "Tiradentes: Lei 1.266/1950, art. 3º"},
		{"2002-04-21", "Tiradentes: Lei 1.266/1950, art. 3º"},
		{"2003-04-21", "Tiradentes: Lei 662/1949 (redação da Lei 10.607/2002)"},
		{"1950-05-01", "Dia do Trabalho: Lei 662/1949"},
		{"1979-10-12", ""},
		{"1980-10-12", "Nossa Senhora Aparecida: Lei 6.802/1980"},
		{"1950-11-02", "Finados: Lei 605/1949, art. 11"},
		{"1966-11-02", "Finados: Lei 605/1949, art. 11"},
		{"1967-11-02", "Finados: Decreto-Lei 86/1966"},
		{"1996-11-02", "Finados: Lei 9.093/1995, art. 2º"},
		{"2002-11-02", "Finados: Lei 9.093/1995, art. 2º"},
		{"2003-11-02", "Finados: Lei 662/1949 (redação da Lei 10.607/2002)"},
		{"1966-04-08", "Sexta-feira Santa: Lei 605/1949, art. 11"},
		{"1967-03-24", "Sexta-feira Santa: Decreto-Lei 86/1966"},
		{"1995-04-14", "Sexta-feira Santa: Decreto-Lei 86/1966"},
		{"1996-04-05", "Sexta-feira Santa: Lei 9.093/1995, art. 2º"},
		{"1987-05-13", ""},
		{"1988-05-13", "Centenário da Abolição da Escravatura: Lei 7.658/1988"},
		{"1989-05-13", ""},
		{"2023-11-20", ""},
		{"2024-11-20", "Dia Nacional de Zumbi e da Consciência Negra: Lei 14.759/2023"},
		{"1970-01-01", "Confraternização Universal: Lei 662/1949"}, // the zero date.Date
		{"2026-02-17", ""}, // Carnival is not national
		{"2026-06-04", ""}, // nor is Corpus Christi
	} {
		require.Equal(t, c.want, because(holiday.Brazil, iso(t, c.date)), c.date)
	}
	require.Equal(t, "Dia do Servidor Público: costume das repartições federais", because(holiday.BrazilOptional, iso(t, "1990-10-28")))
	require.Equal(t, "Dia do Servidor Público: Lei 8.112/1990, art. 236", because(holiday.BrazilOptional, iso(t, "1991-10-28")))
	require.Empty(t, because(holiday.BrazilOptional, iso(t, "1949-10-28")))
}

// rickar/cal is right where law has not changed. It knows no first year of 12
// October and 20 November, and it counts Carnival Tuesday and Corpus Christi,
// which are optional, as public; it has no other optional day.
func TestBrazil_rickar(t *testing.T) {
	for year := 1980; year <= 2199; year++ {
		national, optional := map[date.Date]bool{}, map[date.Date]bool{}
		for _, h := range br.Holidays {
			actual, _ := h.Calc(year)
			d := date.NewAt(actual)
			switch h {
			case br.Carnaval, br.CorpusChristi:
				require.Equal(t, cal.ObservancePublic, h.Type)
				optional[d] = true
			case br.ConscienciaNegra:
				national[d] = year >= 2024
			default:
				national[d] = true
			}
		}
		for d := date.New(year, 1, 1); d.Year() == year; d = d.Add(1) {
			_, ok := holiday.Brazil.Holiday(d)
			if d != date.New(1988, 5, 13) {
				require.Equal(t, national[d], ok, d)
			}
			if day, ok := holiday.BrazilOptional.Holiday(d); optional[d] || ok &&
				(day.Name == "Terça-feira de Carnaval" || day.Name == "Corpus Christi") {
				require.True(t, ok && optional[d], d)
			}
		}
	}
}

func TestBrazil_everyDayIsComplete(t *testing.T) {
	calendars := map[string]holiday.Calendar{"Brazil": holiday.Brazil, "BrazilOptional": holiday.BrazilOptional}
	for _, uf := range holiday.States() {
		c, err := holiday.BrazilState(uf)
		require.NoError(t, err)
		calendars[uf] = c
	}
	for name, c := range calendars {
		want := map[string]holiday.Kind{"Brazil": holiday.National, "BrazilOptional": holiday.Optional}[name]
		if want == "" {
			want = holiday.State
		}
		first, last := date.New(1940, 1, 1), date.New(2060, 12, 31)
		for _, d := range holiday.Between(c, first, last) {
			require.Equal(t, want, d.Kind, d)
			require.NotEmpty(t, d.Name, d)
			require.NotEmpty(t, d.Source, d)
			require.GreaterOrEqual(t, d.Date.Year(), 1950, d)
			require.Equal(t, d.Name != "Quarta-feira de Cinzas", d.WholeDay(), d)
		}
	}
}

// because returns the name and the source of the holiday on a date.
func because(c holiday.Calendar, d date.Date) string {
	day, ok := c.Holiday(d)
	if !ok {
		if day != (holiday.Day{}) {
			return "an ordinary day with something in it: " + day.String()
		}
		return ""
	}
	if day.Date != d {
		return "the answer is about " + day.Date.String()
	}
	return day.Name + ": " + day.Source
}

func lines(t *testing.T, file string) []string {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}
