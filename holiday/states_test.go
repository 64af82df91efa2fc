package holiday_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rickb777/date"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/holiday"
)

func state(t require.TestingT, uf string) holiday.Calendar {
	c, err := holiday.BrazilState(uf)
	require.NoError(t, err)
	return c
}

func TestBrazilState_golden(t *testing.T) {
	var got []string
	for _, uf := range holiday.States() {
		for year := 2024; year <= 2027; year++ {
			days := holiday.Year(state(t, uf), year)
			for _, d := range days {
				got = append(got, uf+" "+d.String())
			}
			if len(days) == 0 {
				got = append(got, fmt.Sprint(uf, " ", year, " none"))
			}
		}
	}
	require.Equal(t, lines(t, "testdata/states.txt"), got)
}

// Calendars that governments published, and courts' decisions.
func TestBrazilState_published(t *testing.T) {
	for _, c := range []struct{ uf, date, want string }{
		// Acre's calendar of 2023 puts two days on the Friday by Lei 2.126/2009.
		{"AC", "2023-03-08", ""}, {"AC", "2023-03-10", "Dia Internacional da Mulher"},
		{"AC", "2023-09-05", ""}, {"AC", "2023-09-08", "Dia da Amazônia"},
		{"AC", "2023-06-15", "Aniversário do Estado do Acre"}, // a Thursday, and exempt
		{"AC", "2023-11-17", "Tratado de Petrópolis"},
		{"AC", "2025-01-20", "Dia do Católico"},
		{"AC", "2025-09-05", "Dia da Amazônia"},
		{"AC", "2026-01-20", ""}, {"AC", "2026-01-22", "Dia do Católico"}, {"AC", "2026-01-23", "Dia do Evangélico"},
		{"AC", "2026-11-17", "Tratado de Petrópolis"}, {"AC", "2026-11-20", ""},
		{"AC", "2009-09-05", "Dia da Amazônia"}, {"AC", "2009-03-08", "Dia Internacional da Mulher"},
		{"AC", "2007-01-23", "Dia do Evangélico"}, {"AC", "2007-01-26", ""}, // a Tuesday, before that law
		{"AC", "2016-01-20", ""},
		// Lei 7.530/2013 of Alagoas, applied in 2023.
		{"AL", "2023-11-30", ""}, {"AL", "2023-12-01", "Dia do Evangélico"},
		{"AL", "2022-11-30", "Dia do Evangélico"}, {"AL", "2027-11-29", "Dia do Evangélico"},
		{"AL", "2020-06-29", "São Pedro"}, {"AL", "2020-11-20", "Dia da Consciência Negra"},
		{"AP", "2018-07-25", "Dia de São Tiago"}, {"AP", "2019-07-25", ""}, // STF, ADI 4820
		{"AP", "2025-05-15", "Dia de Cabralzinho"},
		{"CE", "2011-03-25", ""}, {"CE", "2012-03-25", "Data Magna do Ceará"}, {"CE", "2019-03-19", ""},
		{"DF", "2025-11-30", "Dia do Evangélico"}, {"DF", "2025-04-21", "Aniversário de Brasília"},
		{"ES", "2019-04-29", ""}, {"ES", "2025-04-28", "Nossa Senhora da Penha"},
		{"MA", "2017-11-20", ""}, {"MA", "2018-11-20", "Dia da Consciência Negra"}, {"MA", "2019-11-20", ""},
		{"MS", "2025-10-11", "Criação do Estado de Mato Grosso do Sul"},
		{"MT", "2019-11-20", "Dia da Consciência Negra"}, {"MT", "2002-11-20", ""},
		{"PB", "2015-07-26", "Homenagem a João Pessoa"}, {"PB", "2016-07-26", ""},
		{"PB", "2015-08-05", "Fundação do Estado da Paraíba"}, {"PB", "2016-08-05", "Fundação do Estado da Paraíba"},
		{"PE", "2010-03-07", "Data Magna de Pernambuco"}, {"PE", "2010-03-06", ""}, // the first Sunday
		{"PE", "2015-03-01", "Data Magna de Pernambuco"}, {"PE", "2017-03-05", "Data Magna de Pernambuco"},
		{"PE", "2018-03-06", "Data Magna de Pernambuco"}, {"PE", "2024-06-24", ""},
		{"PI", "2026-10-19", "Dia do Piauí"}, {"PI", "2026-03-13", ""},
		{"PR", "2013-12-19", "Emancipação Política do Paraná"}, {"PR", "2014-12-19", ""},
		{"RJ", "2025-03-04", "Terça-feira de Carnaval"}, {"RJ", "2025-03-03", ""},
		{"RJ", "2002-11-20", "Dia da Consciência Negra"}, {"RJ", "2024-04-23", "Dia de São Jorge"},
		{"RN", "2025-10-03", "Mártires de Cunhaú e Uruaçu"}, {"RN", "2025-08-07", ""},
		{"RO", "2019-06-18", "Dia do Evangélico"}, {"RO", "2020-06-18", ""}, // STF, ADI 3940
		{"SC", "2004-08-11", "Data Magna de Santa Catarina"},
		{"SC", "2017-08-13", "Data Magna de Santa Catarina"}, {"SC", "2018-08-12", "Data Magna de Santa Catarina"},
		{"SC", "2019-08-11", "Data Magna de Santa Catarina"}, {"SC", "2022-08-14", "Data Magna de Santa Catarina"},
		{"SC", "2022-08-11", ""},
		{"SE", "2024-07-08", "Emancipação Política de Sergipe"}, {"SE", "2024-10-24", ""},
		{"SP", "1996-07-09", ""}, {"SP", "1997-07-09", "Revolução Constitucionalista de 1932"},
		{"SP", "2020-07-09", ""}, {"SP", "2020-05-25", "Revolução Constitucionalista de 1932"},
		{"SP", "2021-07-09", "Revolução Constitucionalista de 1932"}, {"SP", "2021-05-25", ""},
		{"SP", "2022-11-20", ""}, {"SP", "2023-11-20", "Dia da Consciência Negra"}, {"SP", "2024-11-20", ""},
		{"TO", "2024-08-15", ""}, {"TO", "2025-08-15", "Senhor do Bonfim"}, {"TO", "2026-03-18", ""},
	} {
		day, ok := state(t, c.uf).Holiday(iso(t, c.date))
		require.Equal(t, c.want, day.Name, c.uf+" "+c.date)
		require.Equal(t, c.want != "", ok, c.uf+" "+c.date)
	}
}

func TestBrazilState_consciousnessBeforeItWasNational(t *testing.T) {
	day := iso(t, "2023-11-20")
	var with []string
	for _, uf := range holiday.States() {
		if _, ok := state(t, uf).Holiday(day); ok {
			with = append(with, uf)
		}
	}
	require.Equal(t, []string{"AL", "AM", "AP", "MT", "RJ", "SP"}, with)

	got, ok := holiday.Union(holiday.Brazil, state(t, "RJ")).Holiday(iso(t, "2024-11-20"))
	require.True(t, ok)
	require.Equal(t, holiday.National, got.Kind)
}

func TestBrazilState_names(t *testing.T) {
	all := holiday.States()
	require.Len(t, all, 27)
	require.True(t, slices.IsSorted(all))
	for _, uf := range all {
		want := state(t, uf)
		require.Same(t, want, state(t, " "+strings.ToLower(uf)+"\n"))
	}
	all[0] = "XX"
	require.Equal(t, "AC", holiday.States()[0], "the slice is the caller's")

	for _, uf := range []string{"", "XX", "São Paulo", "BR", strings.Repeat("S", 1000)} {
		c, err := holiday.BrazilState(uf)
		require.ErrorIs(t, err, holiday.ErrUnknownState, uf)
		require.ErrorContains(t, err, "AC, AL, AM, AP, BA, CE, DF, ES, GO, MA, MG, MS, MT, PA, PB, PE, PI, PR, RJ, RN, RO, RR, RS, SC, SE, SP, TO")
		require.Nil(t, c)
		require.Less(t, len(err.Error()), 250)
	}
}

// No day of a state comes twice in a year, and none gets lost when it moves.
func TestBrazilState_oncePerYear(t *testing.T) {
	for _, uf := range holiday.States() {
		c := state(t, uf)
		for year := 1950; year <= 2150; year++ {
			seen := map[string]date.Date{}
			for _, d := range holiday.Year(c, year) {
				require.NotContains(t, seen, d.Name, "%s %s", uf, d)
				seen[d.Name] = d.Date
			}
			if year >= 2028 {
				want := len(holiday.Year(c, 2027))
				require.Len(t, seen, want, "%s %d has a day fewer or more than 2027", uf, year)
			}
		}
	}
}

// Lei estadual 20.756/2020, art. 269, names three days of Goiás.
func TestBrazilState_GoiasKeepsThreeDays(t *testing.T) {
	goias, err := holiday.BrazilState("GO")
	require.NoError(t, err)
	for _, day := range []string{"2026-07-26", "2026-10-24", "2026-10-28"} {
		got, rests := goias.Holiday(iso(t, day))
		require.True(t, rests, day)
		require.Equal(t, holiday.State, got.Kind)
	}
	_, rests := goias.Holiday(iso(t, "2019-10-28"))
	require.False(t, rests)
}
