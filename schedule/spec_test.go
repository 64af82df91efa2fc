package schedule_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/holiday"
	"github.com/alreasense/campaigns/schedule"
)

func span(from, to string) schedule.Span {
	f, err := holiday.ParseClock(from)
	if err != nil {
		panic(err)
	}
	u, err := holiday.ParseClock(to)
	if err != nil {
		panic(err)
	}
	return schedule.Span{From: f, To: u}
}

func spans(texts ...string) []schedule.Span {
	ss := make([]schedule.Span, len(texts))
	for i, text := range texts {
		from, to, _ := strings.Cut(text, "-")
		ss[i] = span(from, to)
	}
	return ss
}

func TestValidate(t *testing.T) {
	custom := func(texts ...string) schedule.Spec {
		return schedule.Spec{Kind: schedule.KindCustom, Daily: spans(texts...)}
	}
	weekend := schedule.Spec{Kind: schedule.KindCustom, SkipWeekends: true}
	weekend.Week[time.Saturday] = spans("09:00-12:00")
	shut := custom("09:00-18:00")
	for d := range shut.Week {
		shut.Week[d] = []schedule.Span{}
	}
	crossingOnTuesday := custom("09:00-18:00")
	crossingOnTuesday.Week[time.Tuesday] = spans("09:00-12:00", "13:00-15:00", "11:00-13:30")

	for name, c := range map[string]struct {
		spec schedule.Spec
		want string // field code, or nothing
	}{
		"zero is immediate":         {schedule.Spec{}, ""},
		"business days":             {schedule.Spec{Kind: "business_days"}, ""},
		"business days, said twice": {schedule.Spec{Kind: "business_days", SkipWeekends: true, SkipHolidays: true}, ""},
		"business hours":            {schedule.Spec{Kind: "business_hours", Zone: "America/Manaus"}, ""},
		"custom":                    {custom("09:00-12:00", "13:00-18:00"), ""},
		"the other name of custom":  {schedule.Spec{Kind: "custom_period", Daily: spans("09:00-12:00")}, ""},
		"touching":                  {custom("12:00-18:00", "09:00-12:00"), ""},
		"the whole day":             {custom("00:00-24:00"), ""},

		"empty custom":          {custom(), "daily never_opens"},
		"every day closed":      {shut, "daily never_opens"},
		"only weekends":         {weekend, "skip_weekends never_opens"},
		"reversed":              {custom("18:00-09:00"), "daily[0] reversed"},
		"empty span":            {custom("09:00-09:00"), "daily[0] reversed"},
		"second reversed":       {custom("09:00-12:00", "18:00-13:00"), "daily[1] reversed"},
		"crossing":              {custom("09:00-12:00", "11:59-18:00"), "daily[1] crossing"},
		"the same twice":        {custom("09:00-12:00", "09:00-12:00"), "daily[1] crossing"},
		"one inside another":    {custom("09:00-18:00", "10:00-11:00"), "daily[1] crossing"},
		"crossing on one day":   {crossingOnTuesday, "week.tue[2] crossing"},
		"a clock below the day": {schedule.Spec{Kind: "custom", Daily: []schedule.Span{{From: -1, To: 60}}}, "daily[0] out_of_range"},
		"a clock above the day": {schedule.Spec{Kind: "custom", Daily: []schedule.Span{{From: 60, To: 1441}}}, "daily[0] out_of_range"},
		"too many spans":        {schedule.Spec{Kind: "custom", Daily: make([]schedule.Span, 97)}, "daily too_many"},

		"unknown zone":         {schedule.Spec{Zone: "America/SaoPaulo"}, "zone unknown_zone"},
		"the machine's zone":   {schedule.Spec{Zone: "Local"}, "zone unknown_zone"},
		"a path for a zone":    {schedule.Spec{Zone: "../../etc/passwd"}, "zone unknown_zone"},
		"unknown kind":         {schedule.Spec{Kind: "tides"}, "kind unknown_kind"},
		"no name of a kind":    {schedule.Spec{Kind: "Business Days"}, "kind unknown_kind"},
		"hours of no use":      {schedule.Spec{Kind: "business_days", Daily: spans("09:00-12:00")}, "daily not_for_kind"},
		"a day of no use":      {schedule.Spec{Kind: "immediate", Week: schedule.Week{spans("09:00-12:00")}}, "week.sun not_for_kind"},
		"a skip of no use":     {schedule.Spec{Kind: "business_hours", SkipWeekends: true}, "skip_weekends not_for_kind"},
		"hours without a kind": {schedule.Spec{Daily: spans("09:00-12:00")}, "daily not_for_kind"},
		"holidays of no use":   {schedule.Spec{SkipHolidays: true}, "skip_holidays not_for_kind"},
		"params of no use":     {schedule.Spec{Params: json.RawMessage(`{}`)}, "params not_for_kind"},
		"params null":          {schedule.Spec{Params: json.RawMessage(` null `)}, ""},
		"params no JSON":       {schedule.Spec{Kind: "tides", Params: json.RawMessage(`{`)}, "params bad_params"},
		"unknown policy":       {schedule.Spec{Missed: schedule.Missed{Policy: "wait"}}, "missed_start bad_policy"},
		"negative delay":       {schedule.Spec{Missed: schedule.Missed{Within: -time.Second}}, "missed_start bad_policy"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.spec.Validate()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			var all schedule.FieldErrors
			require.ErrorAs(t, err, &all)
			require.Len(t, all, 1)
			require.Equal(t, c.want, all[0].Field+" "+string(all[0].Code))
			require.Contains(t, err.Error(), all[0].Field+": "+all[0].Problem)
			require.Equal(t, all[0].Code == schedule.NeverOpens, errors.Is(err, schedule.ErrNeverOpens))
			require.Equal(t, all[0].Code == schedule.UnknownKind, errors.Is(err, schedule.ErrUnknownKind))

			_, err = c.spec.Window(of2025)
			require.ErrorAs(t, err, &all, "no window is made of a bad spec")
		})
	}
}

func TestValidateNamesEverything(t *testing.T) {
	spec := schedule.Spec{
		Kind:   schedule.KindCustom,
		Zone:   "Brazil/Brasilia",
		Daily:  spans("12:00-09:00", "14:00-18:00", "17:00-19:00"),
		Missed: schedule.Missed{Policy: "never"},
		Params: json.RawMessage(`1`),
	}
	var all schedule.FieldErrors
	require.ErrorAs(t, spec.Validate(), &all)
	var fields []string
	for _, e := range all {
		fields = append(fields, e.Field)
	}
	require.Equal(t, []string{"zone", "daily[0]", "daily[2]", "params", "missed_start"}, fields)
	var one schedule.FieldError
	require.ErrorAs(t, spec.Validate(), &one)
	require.Equal(t, all[0], one)
}

func TestZoneSuggestions(t *testing.T) {
	for typed, want := range map[string]string{
		"America/SaoPaulo":  "America/Sao_Paulo",
		"america/são paulo": "America/Sao_Paulo",
		"São Paulo":         "America/Sao_Paulo",
		"Brasília":          "America/Sao_Paulo",
		"BRT":               "America/Sao_Paulo",
		"UTC-3":             "America/Sao_Paulo",
		"Manuas":            "America/Manaus",
		"America/Recive":    "America/Recife",
		"America/Portovelo": "America/Porto_Velho",
		"New York":          "America/New_York",
	} {
		err := schedule.Spec{Zone: typed}.Validate()
		require.ErrorContains(t, err, "did you mean \""+want+"\"?", typed)
	}
	for _, typed := range []string{"x", "Mars/Olympus_Mons", strings.Repeat("x", 5000)} {
		require.ErrorContains(t, schedule.Spec{Zone: typed}.Validate(), "write a name such as America/Sao_Paulo")
	}
}

func TestLocation(t *testing.T) {
	loc, err := schedule.Spec{}.Location()
	require.NoError(t, err)
	require.Equal(t, schedule.DefaultZone, loc.String())
	_, err = schedule.Spec{Zone: "Marte"}.Location()
	var e schedule.FieldError
	require.ErrorAs(t, err, &e)
	require.Equal(t, "zone", e.Field)
}

func TestCheck(t *testing.T) {
	now := time.Date(2025, time.June, 9, 12, 0, 0, 0, time.UTC)
	weekly := schedule.Spec{Kind: "custom", Daily: spans("09:00-18:00"), SkipHolidays: true}
	require.NoError(t, weekly.Check(now, of2025, nil))
	require.NoError(t, schedule.Spec{}.Check(now, nil, nil))

	var e schedule.FieldError
	err := weekly.Check(now, eachDay{}, nil)
	require.ErrorIs(t, err, schedule.ErrNeverOpens)
	require.ErrorAs(t, err, &e)
	require.Equal(t, "daily", e.Field)

	sundays := schedule.Spec{Kind: "custom", SkipHolidays: true}
	sundays.Week[time.Sunday] = spans("09:00-18:00")
	require.ErrorAs(t, sundays.Check(now, eachDay{}, nil), &e)
	require.Equal(t, "week", e.Field)
	require.ErrorAs(t, schedule.Spec{Kind: "business_days"}.Check(now, eachDay{}, nil), &e)
	require.Equal(t, "kind", e.Field)

	// Without a calendar nobody knows which days to skip.
	err = weekly.Check(now, nil, nil)
	require.ErrorAs(t, err, &e)
	require.Equal(t, schedule.NoSuchWindow, e.Code)
	require.ErrorContains(t, err, "no calendar")
}

func TestOwnKinds(t *testing.T) {
	now := time.Date(2025, time.June, 9, 12, 0, 0, 0, time.UTC)
	own := schedule.Kinds{
		"launch": func(params json.RawMessage) (schedule.Window, error) {
			var p struct{ From, Until time.Time }
			if err := json.Unmarshal(params, &p); err != nil {
				return nil, err
			}
			return schedule.Between(p.From, p.Until), nil
		},
		"lost": func(json.RawMessage) (schedule.Window, error) { return nil, nil },
		schedule.KindImmediate: func(json.RawMessage) (schedule.Window, error) {
			return nil, errors.New("built-in kinds stay what they are")
		},
	}
	spec := schedule.Spec{Kind: "launch", Params: json.RawMessage(`{"from": "2025-06-10T12:00:00Z", "until": "2025-06-11T12:00:00Z"}`)}
	w, err := spec.WindowOf(nil, own)
	require.NoError(t, err)
	require.Equal(t, "2025-06-10 12:00", w.Next(now).Format("2006-01-02 15:04"))
	require.NoError(t, spec.Check(now, nil, own))
	require.ErrorIs(t, spec.Check(now.AddDate(1, 0, 0), nil, own), schedule.ErrNeverOpens)

	require.ErrorIs(t, spec.Validate(), schedule.ErrUnknownKind)
	_, err = spec.Window(nil)
	require.ErrorIs(t, err, schedule.ErrUnknownKind)
	require.ErrorIs(t, spec.Check(now, nil, nil), schedule.ErrUnknownKind)
	_, err = schedule.Spec{Kind: "tides"}.WindowOf(nil, own)
	require.ErrorContains(t, err, "choose immediate, business_days, business_hours, custom, immediate, launch, lost, or register it")

	var e schedule.FieldError
	spec.Params = json.RawMessage(`{"from": 3}`)
	require.ErrorAs(t, spec.Check(now, nil, own), &e)
	require.Equal(t, schedule.BadParams, e.Code)
	spec.Params = json.RawMessage(`[]`)
	var shape *json.UnmarshalTypeError
	_, err = spec.WindowOf(nil, own)
	require.ErrorAs(t, err, &shape)

	_, err = schedule.Spec{Kind: "lost"}.WindowOf(nil, own)
	require.ErrorContains(t, err, "made no window")
	_, err = schedule.Spec{}.WindowOf(nil, own)
	require.NoError(t, err)
}

func TestNamesOfKinds(t *testing.T) {
	for name, ok := range map[string]bool{
		"tides": true, "k9_x": true, strings.Repeat("k", 64): true,
		strings.Repeat("k", 65): false, "9k": false, "_k": false, "Tides": false, "ti des": false, "maré": false,
	} {
		own := schedule.Kinds{name: func(json.RawMessage) (schedule.Window, error) { return schedule.Always(), nil }}
		_, err := schedule.Spec{Kind: name}.WindowOf(nil, own)
		require.Equal(t, ok, err == nil, name)
	}
}

// What a kind does to its Params stays there.
func TestOwnKindsGetACopy(t *testing.T) {
	spec := schedule.Spec{Kind: "tides", Params: json.RawMessage(`"x"`)}
	_, err := spec.WindowOf(nil, schedule.Kinds{"tides": func(params json.RawMessage) (schedule.Window, error) {
		params[1] = 'y'
		return schedule.Always(), nil
	}})
	require.NoError(t, err)
	require.Equal(t, `"x"`, string(spec.Params))
}

func TestSpecJSON(t *testing.T) {
	spec := schedule.Spec{
		Kind:         schedule.KindCustom,
		Zone:         "America/Recife",
		Daily:        spans("08:00-20:00"),
		SkipHolidays: true,
		Missed:       schedule.Missed{Policy: schedule.RunIfWithin, Within: 90 * time.Minute},
	}
	spec.Week[time.Sunday] = []schedule.Span{}
	spec.Week[time.Saturday] = spans("09:00-12:00", "14:00-24:00")
	text, err := json.Marshal(spec)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"kind": "custom",
		"zone": "America/Recife",
		"daily": [{"from": "08:00", "to": "20:00"}],
		"week": {"sat": [{"from": "09:00", "to": "12:00"}, {"from": "14:00", "to": "24:00"}], "sun": []},
		"skip_holidays": true,
		"missed_start": "run_if_within 1h30m"
	}`, string(text))
	var back schedule.Spec
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, spec, back)

	text, err = json.Marshal(schedule.Spec{Kind: schedule.KindImmediate})
	require.NoError(t, err)
	require.Equal(t, `{"kind":"immediate"}`, string(text))

	for text, want := range map[string]string{
		`{"week": {"monday": []}}`:                         "write mon, tue, wed, thu, fri, sat or sun",
		`{"week": []}`:                                     "cannot unmarshal",
		`{"daily": [{"from": "9am", "to": "12:00"}]}`:      "9am",
		`{"missed_start": "run"}`:                          "choose run_if_within, hold or skip",
		`{"missed_start": "hold soon"}`:                    "no duration",
		`{"missed_start": "hold 0s"}`:                      "no duration",
		`{"missed_start": "hold -1h"}`:                     "above zero",
		`{"missed_start": "hold 1h please"}`:               "one word too many",
		`{"week": {"mon": [{"from": "25:00"}], "sun": 1}}`: "",
	} {
		require.ErrorContains(t, json.Unmarshal([]byte(text), &back), want, text)
	}
	_, err = json.Marshal(schedule.Spec{Week: schedule.Week{{{From: -1}}}})
	require.ErrorIs(t, err, holiday.ErrClock)
}

// aSpec draws any valid Spec.
func aSpec() *rapid.Generator[schedule.Spec] {
	return rapid.Custom(func(t *rapid.T) schedule.Spec {
		s := schedule.Spec{
			Kind: rapid.SampledFrom([]string{"", "immediate", "business_days", "business_hours", "custom", "custom_period", "tides", "k9_x"}).Draw(t, "kind"),
			Zone: rapid.SampledFrom([]string{"", schedule.DefaultZone, "America/Manaus", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+3"}).Draw(t, "zone"),
			Missed: schedule.Missed{
				Policy: rapid.SampledFrom([]schedule.Policy{"", "run_if_within", "hold", "skip"}).Draw(t, "policy"),
				Within: time.Duration(rapid.SampledFrom([]int64{0, 1, 1e9, 60e9, 3600e9, 5400e9, 7200e9, 86400e9 + 1, 1<<63 - 1}).Draw(t, "within")),
			},
		}
		switch s.Kind {
		case "custom", "custom_period":
			s.Daily = someSpans(t, "daily")
			for d := range s.Week {
				if rapid.Bool().Draw(t, "named") {
					s.Week[d] = someSpans(t, "day")
					// Weeks whose days are alike are what String groups.
					if d > 0 && rapid.Bool().Draw(t, "alike") {
						s.Week[d] = slices.Clone(s.Week[d-1])
					}
				}
			}
			s.SkipHolidays = rapid.Bool().Draw(t, "holidays")
			s.SkipWeekends = rapid.Bool().Draw(t, "weekends")
		case "business_days":
			s.SkipHolidays = rapid.Bool().Draw(t, "holidays")
			s.SkipWeekends = rapid.Bool().Draw(t, "weekends")
		case "tides", "k9_x":
			s.Params = json.RawMessage(rapid.SampledFrom([]string{"", "null", "3", `"a, b; <c>"`, ` { "port" : [ 1 , 2 ] } `, `"\u2028 é ` + "\u2028" + `"`}).Draw(t, "params"))
		}
		if errors.Is(s.Validate(), schedule.ErrNeverOpens) {
			s.SkipWeekends = false
			s.Week[time.Monday] = spans("09:00-18:00")
		}
		return s
	})
}

// someSpans draws spans that do not cross, in any order.
func someSpans(t *rapid.T, label string) []schedule.Span {
	edges := rapid.SliceOfNDistinct(rapid.IntRange(0, 1440), 0, 8, rapid.ID).Draw(t, label)
	slices.Sort(edges)
	ss := []schedule.Span{}
	for i := 0; i+1 < len(edges); i += 2 {
		ss = append(ss, schedule.Span{From: holiday.Clock(edges[i]), To: holiday.Clock(edges[i+1])})
	}
	return rapid.Permutation(ss).Draw(t, label+" order")
}

func TestTextAndJSONReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := aSpec().Draw(t, "spec")
		before := s.Clone()
		c := s.Canonical()
		require.Equal(t, c, c.Canonical())
		require.True(t, s.Equal(c))

		back, err := schedule.Parse(s.String())
		require.NoError(t, err, s.String())
		require.Equal(t, c, back, s.String())
		require.Equal(t, s.String(), back.String())

		text, err := json.Marshal(s)
		require.NoError(t, err)
		var stored schedule.Spec
		require.NoError(t, json.Unmarshal(text, &stored))
		require.True(t, s.Equal(stored), "%s", text)
		require.Equal(t, before, s, "reading a Spec does not change it")
	})
}

// The canonical form means the same: the same hours for each instant.
func TestCanonicalMeansTheSame(t *testing.T) {
	own := schedule.Kinds{}
	for _, kind := range []string{"tides", "k9_x"} {
		own[kind] = func(json.RawMessage) (schedule.Window, error) { return schedule.Always(), nil }
	}
	rapid.Check(t, func(t *rapid.T) {
		s := aSpec().Draw(t, "spec")
		a, err := s.WindowOf(of2025, own)
		require.NoError(t, err)
		b, err := s.Canonical().WindowOf(of2025, own)
		require.NoError(t, err)
		for range 20 {
			now := time.Unix(rapid.Int64Range(1735689600, 1767225600).Draw(t, "now"), 0)
			require.Equal(t, a.Next(now), b.Next(now))
		}
	})
}

func TestCloneAndEqual(t *testing.T) {
	s := schedule.Spec{Kind: "custom", Daily: spans("09:00-12:00"), Params: json.RawMessage("1")}
	s.Week[1] = spans("10:00-11:00")
	c := s.Clone()
	require.Equal(t, s, c)
	c.Daily[0].From, c.Week[1][0].From, c.Params[0] = 0, 0, '2'
	require.Equal(t, spans("09:00-12:00"), s.Daily)
	require.Equal(t, spans("10:00-11:00"), s.Week[1])
	require.Equal(t, "1", string(s.Params))

	require.True(t, schedule.Spec{}.Equal(schedule.Spec{Kind: "immediate", Zone: schedule.DefaultZone}))
	require.False(t, schedule.Spec{}.Equal(schedule.Spec{Zone: "UTC"}))
	closed := schedule.Spec{Kind: "custom", Daily: spans("09:00-12:00")}
	open := closed.Clone()
	closed.Week[0] = []schedule.Span{}
	require.False(t, open.Equal(closed), "a closed Sunday is not a Sunday like the other days")
}

// FuzzSpecJSON reads what a stranger stores: whatever it is, it is refused or
// works, and says the same as text.
func FuzzSpecJSON(f *testing.F) {
	for _, text := range []string{
		`{"kind": "custom", "daily": [{"from": "08:00", "to": "20:00"}], "week": {"sun": []}, "missed_start": "hold 5m"}`,
		`{"kind": "custom", "week": {"sat": [{"from": "13:00", "to": "24:00"}, {"from": "00:00", "to": "09:00"}]}, "skip_holidays": true}`,
		`{"kind": "tides", "zone": "UTC", "params": {"a": ["<", null]}}`,
		`{"kind": "business_days", "skip_weekends": true}`, `{}`, `null`, `{"params": null, "week": null}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s schedule.Spec
		if json.Unmarshal(text, &s) != nil {
			return
		}
		_ = s.String()
		own := schedule.Kinds{s.Kind: func(json.RawMessage) (schedule.Window, error) { return schedule.Always(), nil }}
		w, err := s.WindowOf(of2025, own)
		if err != nil {
			var all schedule.FieldErrors
			require.ErrorAs(t, err, &all)
			return
		}
		w.Next(time.Unix(1749470400, 0))
		back, err := schedule.Parse(s.String())
		require.NoError(t, err, s.String())
		require.Equal(t, s.Canonical(), back, s.String())
	})
}
