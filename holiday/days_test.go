package holiday_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/holiday"
)

func TestNewDays(t *testing.T) {
	in := []holiday.Day{
		{Date: date.New(2026, 1, 25), Name: "  Aniversário de São Paulo ", Kind: holiday.Municipal},
		{Date: date.New(2026, 7, 3), Name: "Balanço", Until: holiday.ClockAt(12, 0)},
		{Date: date.New(2026, 7, 6), Name: "Obras", Until: holiday.EndOfDay},
		{Date: date.New(2026, 8, 1), Name: "Manhã livre", Until: holiday.ClockAt(12, 0)},
		{Date: date.New(2026, 8, 1), Name: "Dia livre"},
		{Name: "Epoch"},
	}
	c, err := holiday.NewDays(in...)
	require.NoError(t, err)
	in[0].Name = "changed afterwards"
	require.Equal(t, []holiday.Day{
		{Date: date.New(2026, 1, 25), Name: "Aniversário de São Paulo", Kind: holiday.Municipal},
		{Date: date.New(2026, 7, 3), Name: "Balanço", Kind: holiday.Own, Until: holiday.ClockAt(12, 0)},
		{Date: date.New(2026, 7, 6), Name: "Obras", Kind: holiday.Own},
		{Date: date.New(2026, 8, 1), Name: "Dia livre", Kind: holiday.Own},
	}, holiday.Year(c, 2026))
	require.Empty(t, holiday.Year(c, 2027), "on its own date and on no other")
	require.Len(t, holiday.Year(c, 1970), 1, "1 January 1970 is a date like any other")

	none, err := holiday.NewDays()
	require.NoError(t, err)
	require.Empty(t, holiday.Year(none, 2026))
}

func TestNewYearly(t *testing.T) {
	c, err := holiday.NewYearly(
		holiday.Day{Date: date.New(2024, 6, 15), Name: "Aniversário da loja"},
		holiday.Day{Date: date.New(2026, 6, 15), Name: "Aniversário da cidade", Kind: holiday.Municipal},
		holiday.Day{Date: date.New(2024, 2, 29), Name: "Dia bissexto", Until: holiday.ClockAt(9, 30)},
	)
	require.NoError(t, err)
	var got []string
	for _, d := range holiday.Between(c, date.New(2023, 1, 1), date.New(2028, 12, 31)) {
		got = append(got, d.String())
	}
	require.Equal(t, []string{
		"2024-02-29 Dia bissexto (own, until 09:30)",
		"2024-06-15 Aniversário da loja (own)",
		"2025-06-15 Aniversário da loja (own)",
		"2026-06-15 Aniversário da cidade (municipal)",
		"2027-06-15 Aniversário da cidade (municipal)",
		"2028-02-29 Dia bissexto (own, until 09:30)",
		"2028-06-15 Aniversário da cidade (municipal)",
	}, got)
}

func TestNewDays_refuses(t *testing.T) {
	for says, d := range map[string]holiday.Day{
		"the day 2026-07-03 has no name": {Date: date.New(2026, 7, 3), Name: " \t"},
		`the unknown kind "feriado"`:     {Name: "x", Kind: "feriado"},
		"until 1441 minutes":             {Name: "x", Until: 1441},
		"until -1 minutes":               {Name: "x", Until: -1},
	} {
		for _, make := range []func(...holiday.Day) (holiday.Calendar, error){holiday.NewDays, holiday.NewYearly} {
			c, err := make(holiday.Day{Name: "fine"}, d)
			require.ErrorIs(t, err, holiday.ErrDay)
			require.ErrorContains(t, err, says)
			require.Nil(t, c)
		}
	}
}

// A yearly day is the same as its date written out for each year.
func TestNewYearly_oracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var once, yearly []holiday.Day
		for range rapid.IntRange(0, 5).Draw(t, "days") {
			d := holiday.Day{
				Date: date.New(rapid.IntRange(2019, 2025).Draw(t, "year"), 1, 1).Add(date.PeriodOfDays(rapid.IntRange(0, 365).Draw(t, "day"))),
				Name: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"),
				Kind: rapid.SampledFrom([]holiday.Kind{holiday.Own, holiday.Optional}).Draw(t, "kind"),
			}
			yearly = append(yearly, d)
			year, month, dom := d.Date.Date()
			for ; year <= 2030; year++ {
				if at := date.New(year, month, dom); at.Month() == month {
					d.Date = at
					once = append(once, d)
				}
			}
		}
		a, err := holiday.NewYearly(yearly...)
		require.NoError(t, err)
		b, err := holiday.NewDays(once...)
		require.NoError(t, err)
		from, to := date.New(2018, 1, 1), date.New(2030, 12, 31)
		require.Equal(t, holiday.Between(b, from, to), holiday.Between(a, from, to))
	})
}

func TestBetween(t *testing.T) {
	at := func(s string) date.Date { return iso(t, s) }
	for _, c := range []struct {
		first, last string
		want        int
	}{
		{"2026-12-25", "2026-12-25", 1},
		{"2026-12-24", "2026-12-24", 0},
		{"2026-12-25", "2027-01-01", 2},
		{"2026-12-26", "2026-12-31", 0},
		{"2027-01-01", "2026-12-25", 0},
		{"2026-01-01", "2026-12-31", 10},
	} {
		days := holiday.Between(holiday.Brazil, at(c.first), at(c.last))
		require.Len(t, days, c.want, c)
		require.Equal(t, c.want == 0, days == nil)
	}
	require.Empty(t, holiday.Between(holiday.Brazil, date.Max().Add(-3), date.Max()), "it ends at the end of time")
}

func TestDay_JSON(t *testing.T) {
	day, _ := holiday.BrazilOptional.Holiday(date.New(2025, time.March, 5))
	data, err := json.Marshal(day)
	require.NoError(t, err)
	require.JSONEq(t, `{"date":"2025-03-05","name":"Quarta-feira de Cinzas","kind":"optional","until":"14:00",
		"source":"ponto facultativo: portaria anual do governo federal"}`, string(data))
	var back holiday.Day
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, day, back)

	data, err = json.Marshal(holiday.Day{Date: date.New(2026, 8, 15), Name: "Festa"})
	require.NoError(t, err)
	require.Equal(t, `{"date":"2026-08-15","name":"Festa"}`, string(data))

	days := []holiday.Day{}
	require.NoError(t, json.Unmarshal([]byte(`[{"date":"1970-01-01","name":"x"},null]`), &days))
	require.Equal(t, []holiday.Day{{Name: "x"}, {}}, days)
}

func TestDay_JSON_refuses(t *testing.T) {
	for in, says := range map[string]string{
		`{"date":"2026-02-30","name":"x"}`:                 `there is no day "2026-02-30"`,
		`{"date":"2026-2-3","name":"x"}`:                   `there is no day "2026-2-3"`,
		`{"date":"2026-13-01","name":"x"}`:                 "there is no day",
		`{"date":"15/08/2026","name":"x"}`:                 "there is no day",
		`{"date":"","name":"x"}`:                           "there is no day",
		`{"date":"2026-08-15T00:00:00Z","name":"x"}`:       "there is no day",
		`{"name":"Festa"}`:                                 `"Festa" has no date`,
		`{"date":null,"name":"Festa"}`:                     `"Festa" has no date`,
		`{"date":20260815}`:                                "holiday:",
		`{"date":"2026-08-15","name":"x","until":"25:00"}`: "not a time of day",
		`[]`: "holiday:",
	} {
		d := holiday.Day{Name: "kept"}
		err := json.Unmarshal([]byte(in), &d)
		require.ErrorContains(t, err, says, in)
		require.Equal(t, holiday.Day{Name: "kept"}, d, in)
	}
	require.ErrorIs(t, json.Unmarshal([]byte(`{"date":"2026-02-30"}`), new(holiday.Day)), holiday.ErrDay)
}

func FuzzDayJSON(f *testing.F) {
	for _, s := range []string{`{"date":"2026-02-30","name":"x"}`, `{"date":"2026-08-15","name":"x","until":"14:00"}`, `null`, `{}`, `{"Date":"1970-01-01","date":"2000-02-29"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d, back holiday.Day
		if json.Unmarshal(data, &d) != nil {
			return
		}
		out, err := json.Marshal(d)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(out, &back), string(out))
		require.Equal(t, d, back)
	})
}

func TestDay_String(t *testing.T) {
	for want, d := range map[string]holiday.Day{
		"1970-01-01":                                {},
		"2026-08-15 Festa":                          {Date: date.New(2026, 8, 15), Name: "Festa"},
		"2026-08-15 Festa (own)":                    {Date: date.New(2026, 8, 15), Name: "Festa", Kind: holiday.Own, Until: 1440},
		"2026-08-15 Festa (until 12:00)":            {Date: date.New(2026, 8, 15), Name: "Festa", Until: 720},
		"2026-08-15 Festa (municipal, until 23:59)": {Date: date.New(2026, 8, 15), Name: "Festa", Kind: holiday.Municipal, Until: 1439},
	} {
		require.Equal(t, want, d.String())
	}
}

func TestKind_Valid(t *testing.T) {
	for _, k := range []holiday.Kind{holiday.National, holiday.State, holiday.Municipal, holiday.Optional, holiday.Own} {
		require.True(t, k.Valid(), k)
	}
	require.False(t, holiday.Kind("").Valid())
	require.False(t, holiday.Kind("National").Valid())
}
