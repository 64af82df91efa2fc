package schedule_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/schedule"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		// kinds
		"immediate":                           "immediate",
		"Imediato":                            "immediate",
		"business days":                       "business days",
		"business_days":                       "business days",
		"business-days":                       "business days",
		"Dias Úteis":                          "business days",
		"dias u\u0301teis":                    "business days", // a combining accent
		"business days, skip holidays":        "business days",
		"business_hours, zone America/Manaus": "business hours, zone America/Manaus",
		"horário comercial; fuso: America/Manaus": "business hours, zone America/Manaus",
		"kind tides":         "kind tides",
		"kind business_days": "business days",
		`kind tides, params {"port": "Santos, SP"}, zone America/Bahia`: `kind tides, zone America/Bahia, params {"port":"Santos, SP"}`,

		// days and hours
		"mon-fri 09:00-12:00 13:30-18:00, skip holidays, zone America/Sao_Paulo": "mon-fri 09:00-12:00 13:30-18:00, skip holidays, zone America/Sao_Paulo",
		"sat 09:00-13:00; mon-fri 09:00-18:00":                                   "mon-fri 09:00-18:00; sat 09:00-13:00",
		"every day 08:00-20:00, skip weekends":                                   "every day 08:00-20:00, skip weekends",
		"08:00-20:00":                                                            "every day 08:00-20:00",
		"skip holidays 8h-20h":                                                   "every day 08:00-20:00, skip holidays",
		"custom, every day 8:00 - 20:00":                                         "every day 08:00-20:00",
		"custom_period, daily 8–20":                                              "every day 08:00-20:00",
		"mon, wed and fri 10-11":                                                 "mon wed fri 10:00-11:00",
		"mon/tue 10-11":                                                          "mon tue 10:00-11:00",
		"mon tue wed 10-11":                                                      "mon-wed 10:00-11:00",
		"Mondays 10:00 to 11:00, 14:00 to 15:00":                                 "mon 10:00-11:00 14:00-15:00",
		"mon 13-18, 9-12":                                                        "mon 09:00-12:00 13:00-18:00",
		"mon 9-12; mon 13-18":                                                    "mon 09:00-12:00 13:00-18:00",
		"weekdays 9-18, weekends 10-14":                                          "mon-fri 09:00-18:00; sat sun 10:00-14:00",
		"fri-mon 9-18":                                                           "mon fri-sun 09:00-18:00",
		"sun 22:00-24:00":                                                        "sun 22:00-24:00",
		"every day 9-18; sun closed":                                             "every day 09:00-18:00; sun closed",
		"sun closed; 9-18":                                                       "",
		"mon-fri 9-18; wed closed":                                               "mon tue thu fri 09:00-18:00; wed closed",
		"wed closed; mon-fri 9-18":                                               "mon tue thu fri 09:00-18:00; wed closed",
		"mon-sun 9-18":                                                           "mon-sun 09:00-18:00",
		"mon: 9h30-12h":                                                          "mon 09:30-12:00",

		// Portuguese
		"seg-sex 09:00-18:00, pular feriados":                       "mon-fri 09:00-18:00, skip holidays",
		"seg a sex das 9h às 18h; sáb 9h-13h; pular feriados":       "mon-fri 09:00-18:00; sat 09:00-13:00, skip holidays",
		"segunda a sexta-feira 9h-12h e 13h30-18h":                  "mon-fri 09:00-12:00 13:30-18:00",
		"terça-feira, quinta-feira 9h-12h":                          "tue thu 09:00-12:00",
		"ter e qui 9h até 12h":                                      "tue thu 09:00-12:00",
		"Sábado e domingo 10h-14h":                                  "sat sun 10:00-14:00",
		"todos os dias 8h-20h, sem fins de semana e feriados":       "every day 08:00-20:00, skip weekends, skip holidays",
		"todo dia 8h-20h, dom fechado, fuso horário America/Recife": "every day 08:00-20:00; sun closed, zone America/Recife",
		"fim de semana 10h-12h":                                     "sat sun 10:00-12:00",

		// hours before their days, and whole days
		"9h às 18h, seg a sex, sem feriados":     "mon-fri 09:00-18:00, skip holidays",
		"9-12 13-18, mon, wed":                   "mon wed 09:00-12:00 13:00-18:00",
		"9-18 weekdays, skip holidays, sat 9-12": "mon-fri 09:00-18:00; sat 09:00-12:00, skip holidays",
		"9-18, sat 9-12":                         "every day 09:00-18:00; sat 09:00-12:00",
		"24h":                                    "every day 00:00-24:00",
		"24 horas, sem feriados":                 "every day 00:00-24:00, skip holidays",
		"mon-fri 24h; sat 9-12":                  "mon-fri 00:00-24:00; sat 09:00-12:00",
		"9-18, mon, skip holidays, fri":          "",
		"mon 9-18, fri":                          "",
		"9-18, sun closed, mon":                  "",

		// what is skipped
		"every day 9-18, skip weekends and holidays": "every day 09:00-18:00, skip weekends, skip holidays",
		"every day 9-18, skip weekends, holidays":    "every day 09:00-18:00, skip weekends, skip holidays",
		"every day 9-18, no holidays":                "every day 09:00-18:00, skip holidays",
		"mon 9-18, skip holidays; weekends 10-12":    "mon 09:00-18:00; sat sun 10:00-12:00, skip holidays",
		"mon 9-18, skip holidays; weekends closed":   "mon 09:00-18:00; sat sun closed, skip holidays",

		// missed starts
		"immediate, missed start run_if_within 2h":  "immediate, missed start run_if_within 2h",
		"immediate, missed start: run within 90m":   "immediate, missed start run_if_within 1h30m",
		"immediate, missed start run if within 1h":  "immediate",
		"immediate, missed start hold":              "immediate, missed start hold",
		"immediate, missed start skip 10m":          "immediate, missed start skip 10m",
		"imediato, início perdido: executar até 2h": "immediate, missed start run_if_within 2h",
		"imediato, início perdido: segurar":         "immediate, missed start hold",

		// shape
		" ,; \n immediate \t;;": "immediate",
		"IMMEDIATE,ZONE UTC":    "immediate, zone UTC",
		"mon 9-18\ntue 10-12":   "mon 09:00-18:00; tue 10:00-12:00",
	} {
		got, err := schedule.Parse(text)
		if want == "" {
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, got.String(), text)
		again, err := schedule.Parse(want)
		require.NoError(t, err)
		require.Equal(t, got, again, text)
	}
}

// Each error says where, and what to write.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, at, says string }{
		{"", "1", `write "immediate", "business days" or hours such as "mon-fri 09:00-18:00"`},
		{" ; ", "4", "nothing says when to send"},
		{"zone UTC", "9", "nothing says when to send"},
		{"mon-fry 09:00-18:00", "5", `"fry" is no day: did you mean "fri"?`},
		{"mno 09:00-18:00", "1", `did you mean "mon"?`},
		{"thusday 09:00-18:00", "1", `did you mean "thursday"?`},
		{"segnda 09:00-18:00", "1", `did you mean "segunda"?`},
		{"busines days", "1", "\"busines\" is not understood"},
		{"imediatly", "1", `did you mean "immediately"?`},
		{"lunar", "1", `"kind NAME" for a window of your own`},
		{"mon", "4", "no hours"},
		{"mon, tue; skip holidays", "9", "no hours"},
		{"every day", "10", "no hours"},
		{"mon-", "5", `write "mon-fri"`},
		{"mon-9", "5", `write "mon-fri"`},
		{"mon 09:00", "10", "write a span such as 09:00-18:00"},
		{"mon 09:00-", "11", "a time of day is missing here"},
		{"mon 9am-6pm", "5", `"9am": not a time of day`},
		{"mon 09:00-25:00", "11", "the day goes from 00:00 to 24:00"},
		{"mon 0900-1800", "5", `"0900"`},
		{"mon 99-100", "5", "the day goes from"},
		{"mon 18:00-09:00", "5", "split it at midnight into 18:00-24:00, and 00:00-09:00 on the next day"},
		{"sáb 18:00-09:00", "5", "split it at midnight"}, // characters, not bytes
		{"mon 09:00-09:00", "5", "is empty"},
		{"mon 09:00-12:00 11:00-13:00", "17", "11:00-13:00 overlaps 09:00-12:00"},
		{"mon-fri 09:00-12:00; wed 11:00-13:00", "26", "overlaps"},
		{"mon 9-18, skip holidays, 10-11", "26", "these hours follow no day"},
		{"sun closed, 10-11", "13", "these hours follow no day"},
		{"every day closed", "11", "never opens"},
		{"sun closed", "1", "no day has hours"},
		{"custom", "1", "no day has hours"},
		{"sat sun 9-18, skip weekends", "20", "only Saturday or Sunday has hours"},
		{"skip mondays", "6", `"sun closed"`},
		{"skip", "5", "what is skipped is missing"},
		{"immediate, business days", "12", "kind is given twice"},
		{"immediate, zone UTC, zone UTC", "22", "zone is given twice"},
		{"immediate, zone", "16", `write "zone America/Sao_Paulo"`},
		{"immediate, zone São Paulo", "17", `did you mean "America/Sao_Paulo"?`},
		{"immediate, mon 9-18", "16", `kind "immediate" has no hours of its own choice`},
		{"business days 09:00-12:00", "15", `choose kind "custom"`},
		{"business hours, skip weekends", "22", "has no days to skip"},
		{"kind", "5", `write "kind NAME"`},
		{"kind Tides", "1", "is no name of a kind"},
		{"immediate, params 1", "12", "remove them"},
		{"kind tides, params {", "20", "params are JSON"},
		{"kind tides, params 1, params 2", "23", "params is given twice"},
		{"immediate, missed start", "24", "write run_if_within 1h, hold or skip"},
		{"immediate, missed start hold 2x", "30", `"2x" is no duration: write 90m or 1h30m`},
		{"immediate, missed start hold 0s", "30", "no duration"},
		{"immediate!", "10", `'!' has no meaning here`},
		{"immediate \xff", "11", "has no meaning here"},
		{strings.Repeat("x", 1000), "1", strings.Repeat("x", 40) + "…"},
	} {
		_, err := schedule.Parse(c.text)
		var pe *schedule.ParseError
		require.ErrorAs(t, err, &pe, c.text)
		require.Contains(t, err.Error(), c.says, c.text)
		require.Contains(t, err.Error(), "schedule: character "+c.at+": ", c.text)
		require.LessOrEqual(t, pe.Offset, len(c.text))
	}

	var field schedule.FieldError
	_, err := schedule.Parse("every day 18:00-09:00")
	require.ErrorAs(t, err, &field)
	require.Equal(t, "daily[0]", field.Field)
}

// What is printed in Portuguese is what people type.
func TestPortuguese(t *testing.T) {
	for text, want := range map[string]string{
		"immediate": "imediato", "business days": "dias úteis", "business hours, zone America/Manaus": "horário comercial, fuso America/Manaus",
		"mon-fri 9-12 13:30-18, sat 9-13, skip holidays":      "seg-sex 09:00-12:00 13:30-18:00; sáb 09:00-13:00, sem feriados",
		"every day 9-18; sun closed":                          "todos os dias 09:00-18:00; dom fechado",
		"every day 9-18, skip weekends":                       "todos os dias 09:00-18:00, sem fins de semana",
		"immediate, missed start run_if_within 2h":            "imediato, início perdido executar até 2h",
		"immediate, missed start hold":                        "imediato, início perdido segurar",
		"immediate, missed start skip 10m":                    "imediato, início perdido pular 10m",
		"kind tides, params {}":                               "tipo tides, params {}",
		"custom, skip weekends, skip holidays, every day 8-9": "todos os dias 08:00-09:00, sem fins de semana, sem feriados",
	} {
		s, err := schedule.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, s.Portuguese())
		again, err := schedule.Parse(want)
		require.NoError(t, err, want)
		require.Equal(t, s, again, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"immediate", "business days", "business_hours, zone America/Manaus",
		"mon-fri 09:00-12:00 13:30-18:00, skip holidays, zone America/Sao_Paulo",
		"seg a sex das 9h às 18h; sáb 9h-13h; pular feriados", "every day 9-18; sun closed",
		`kind tides, params {"a": [1, "<&>"]}`, "immediate, missed start hold 5m",
		"skip weekends and holidays 8-20", "\xff", "mon-", "params", "kind a,params null",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := schedule.Parse(text)
		if err != nil {
			var pe *schedule.ParseError
			require.ErrorAs(t, err, &pe)
			require.NotEmpty(t, pe.Problem)
			require.True(t, pe.Offset >= 0 && pe.Offset <= len(text))
			return
		}
		require.Equal(t, got, got.Canonical(), "what is read is canonical")
		again, err := schedule.Parse(got.String())
		require.NoError(t, err, "%q prints as %q", text, got)
		require.Equal(t, got, again, "%q prints as %q", text, got)
		again, err = schedule.Parse(got.Portuguese())
		require.NoError(t, err, "%q prints as %q", text, got.Portuguese())
		require.Equal(t, got, again, "%q prints as %q", text, got.Portuguese())
		if err := got.Validate(); err != nil {
			require.ErrorIs(t, err, schedule.ErrUnknownKind)
		}
	})
}
