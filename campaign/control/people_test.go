package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

func TestAudienceFromContactsGroupsAndTags(t *testing.T) {
	w := newWorld(t)
	ids := w.people(6) // all with the tag vip
	g := into[control.Group](w.do("POST", "/api/contacts/groups/", m{"name": "Clientes"}).is(201))
	w.do("POST", fmt.Sprintf("/api/contacts/groups/%d/add_contacts/", g.ID), m{"contact_ids": ids[1:4]}).is(200)
	w.do("PATCH", fmt.Sprintf("/api/contacts/contacts/%d/", ids[2]), m{"is_active": false}).is(200)
	w.do("PATCH", fmt.Sprintf("/api/contacts/contacts/%d/", ids[5]), m{"tags": []string{}}).is(200)
	w.do("POST", "/api/contacts/contacts/opt_out/", m{"phones": []string{"11 90000-0004"}, "evidence": "by phone"}).is(200)
	c := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "contacts": ids[:1]}).is(201))
	require.EqualValues(t, 1, c.TotalContacts)
	got := into[control.Intake](w.do("POST", campaignPath(c, "contacts/"), m{"contacts": ids[:1], "groups": []int64{g.ID}}).is(200))
	require.Equal(t, control.Intake{Added: 2, Duplicates: 1, Inactive: 1, OptedOut: 1, Total: 3}, got)
	got = into[control.Intake](w.do("POST", campaignPath(c, "contacts/"), m{"tags": []string{"VIP"}}).is(200))
	require.Equal(t, control.Intake{Added: 1, Duplicates: 3, Inactive: 1, Total: 4}, got)
	p := w.do("POST", campaignPath(c, "contacts/"), m{"contacts": []int64{ids[5], 999}, "groups": []int64{998}}).refused(422, "invalid")
	require.Equal(t, []string{"contacts[1]", "groups[0]"}, []string{p.Errors[0].Field, p.Errors[1].Field})
	require.EqualValues(t, 4, into[control.Campaign](w.do("GET", campaignPath(c, ""), nil)).TotalContacts, "nobody is added when somebody does not exist")
}

func TestPeopleOfACampaignByStatus(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(5)
	w.do("POST", "/api/contacts/contacts/opt_out/", m{"phones": []string{"11 90000-0002"}}).is(200)
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	w.play(monday.Add(time.Hour))
	for status, n := range map[string]int64{"sent": 4, "skipped": 1, "pending": 0, "delivered,read": 0, "sent,skipped": 5, "responded": 0} {
		p := into[control.Page[control.Recipient]](w.do("GET", campaignPath(c, "contacts/?status="+status), nil).is(200))
		require.EqualValues(t, n, *p.Count, status)
		require.Len(t, p.Results, int(n), status)
	}
	p := into[control.Page[control.Recipient]](w.do("GET", campaignPath(c, "contacts/?status=skipped"), nil).is(200))
	require.Equal(t, "opted_out", p.Results[0].ErrorCode)
	require.EqualValues(t, 2, p.Results[0].ID)

	// By cursor, to the end.
	var seen []int64
	for next := campaignPath(c, "contacts/?page_size=2"); ; {
		p := into[control.Page[control.Recipient]](w.do("GET", next, nil).is(200))
		require.EqualValues(t, 5, *p.Count)
		for _, r := range p.Results {
			seen = append(seen, r.ID)
		}
		if p.Next == nil {
			break
		}
		next = *p.Next
	}
	require.Equal(t, []int64{1, 2, 3, 4, 5}, seen)

	metrics := into[control.Metrics](w.do("GET", campaignPath(c, "metrics/"), nil).is(200))
	require.EqualValues(t, 4, metrics.Sent)
	require.EqualValues(t, 4, metrics.ByStatus["sent"])
	var sum int64
	for _, n := range metrics.ByStatus {
		sum += n
	}
	require.EqualValues(t, 5, sum)
	for _, parts := range [][]control.Happened{metrics.ByHour, metrics.ByDay, metrics.ByInstance, metrics.ByMessage} {
		var sent, skipped int64
		for _, h := range parts {
			sent, skipped = sent+h.Sent, skipped+h.Skipped
		}
		require.EqualValues(t, 4, sent)
		require.EqualValues(t, 1, skipped)
	}
	require.Equal(t, "2026-03-02T00:00:00-03:00", metrics.ByDay[0].At.Format(time.RFC3339), "midnight of the campaign's zone")
	for _, r := range metrics.Rates {
		require.NotEmpty(t, r.Of)
		require.NotEmpty(t, r.Part)
	}
}

func TestLogs(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(3)
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	w.do("POST", campaignPath(c, "pause/"), m{"reason": "almoço"}).is(200)
	w.do("POST", campaignPath(c, "resume/"), nil).is(200)
	w.play(monday.Add(time.Hour))
	all := into[control.Page[control.Log]](w.do("GET", campaignPath(c, "logs/"), nil, "Accept-Language", "pt").is(200))
	require.Equal(t, "campaign.completed", all.Results[0].EventType, "the newest first")
	require.Equal(t, "success", all.Results[0].Level)
	require.EqualValues(t, len(all.Results), *all.Count)
	var paused control.Log
	for _, l := range all.Results {
		if l.EventType == "campaign.paused" {
			paused = l
		}
	}
	require.Contains(t, paused.Message, "almoço")
	require.Equal(t, "ana", paused.Metadata.Author)
	var ids []int64
	for next := campaignPath(c, "logs/?page_size=4"); ; {
		p := into[control.Page[control.Log]](w.do("GET", next, nil).is(200))
		for _, l := range p.Results {
			ids = append(ids, l.ID)
		}
		if p.Next == nil {
			break
		}
		require.Nil(t, p.Count, "what is not known is not told")
		next = *p.Next
	}
	require.Len(t, ids, len(all.Results))
	for i, l := range all.Results {
		require.Equal(t, l.ID, ids[i])
	}
	count := func(query string) int {
		return len(into[control.Page[control.Log]](w.do("GET", campaignPath(c, "logs/?"+query), nil).is(200)).Results)
	}
	require.Equal(t, 3, count("event_type=recipient.sent"))
	require.Equal(t, 4, count("level=success"))
	require.Equal(t, 3, count("level=debug&event_type=recipient.taken"))
	require.Equal(t, 0, count("level=error&event_type=recipient.taken"))
	require.Equal(t, 2, count("contact=1"))
	require.Equal(t, "campaign.created", into[control.Page[control.Log]](w.do("GET", campaignPath(c, "logs/?ordering=created_at"), nil)).Results[0].EventType)
}

func TestUnknownIsDecidedByAPerson(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(1)
	w.sender.Answer = func(campaign.Outgoing) (campaign.Accepted, error) {
		return campaign.Accepted{}, fmt.Errorf("no answer")
	}
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	_, err := w.engine.Step(t.Context())
	require.NoError(t, err)
	r := into[control.Recipient](w.do("GET", campaignPath(c, "contacts/1/"), nil).is(200))
	require.Equal(t, "unknown", r.Status)
	decide := func(d string) answer {
		return w.do("POST", campaignPath(c, "contacts/1/decide/"), m{"decision": d, "note": "seen on the phone"})
	}
	p := decide("sent").refused(409, "too_early_to_decide")
	require.NotContains(t, p.Detail, "{")
	w.clock.Advance(time.Hour)
	decide("perhaps").refused(422, "invalid")
	require.Equal(t, "sent", into[control.Recipient](decide("sent").is(200)).Status)
	decide("sent").refused(409, "outcome_known")
}

func TestExplain(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(1)
	w.do("PATCH", campaignPath(c, ""), m{"schedule_type": "business_days"}).is(200)
	w.clock.Set(time.Date(2026, 3, 7, 13, 0, 0, 0, time.UTC)) // a Saturday
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	y := into[control.Why](w.do("GET", campaignPath(c, "explain/"), nil, "Accept-Language", "pt").is(200))
	require.Equal(t, "weekend", y.Numbers[0].Gates[0].Code)
	require.False(t, y.Numbers[0].Open)
	require.Equal(t, time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC), y.Numbers[0].OpensAt.UTC())
	got := into[control.Campaign](w.do("GET", campaignPath(c, ""), nil).is(200))
	require.Equal(t, "weekend", got.WaitingFor.Code)
}

// One person is explained by position and by phone, with the gates of the take.
func TestExplainOnePerson(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(2)
	at := campaignPath(c, "contacts/2/")
	who := into[control.Recipient](w.do("GET", at, nil).is(200))
	byPlace := into[control.PersonWhy](w.do("GET", at+"explain/", nil).is(200))
	byPhone := into[control.PersonWhy](w.do("POST", campaignPath(c, "explain/"), m{"phone": who.Phone}).is(200))
	require.Equal(t, byPlace, byPhone)
	require.Equal(t, who, byPlace.Person)
	require.EqualValues(t, 1, byPlace.Ahead)
	require.Empty(t, byPlace.Gates)
	require.False(t, byPlace.Open)
	require.Equal(t, "campaign_not_active", byPlace.Numbers[0].Gates[0].Code)

	w.do("POST", "/api/contacts/contacts/opt_out/", m{"phones": []string{who.Phone}}).is(200)
	y := into[control.PersonWhy](w.do("GET", at+"explain/", nil, "Accept-Language", "pt").is(200))
	require.Equal(t, "opted_out", y.Gates[0].Code)
	require.True(t, y.Gates[0].Never)
	require.Contains(t, y.Gates[0].Text, "não receber mais mensagens")
	require.Nil(t, y.OpensAt)

	w.do("GET", campaignPath(c, "contacts/3/explain/"), nil).refused(404, "not_found")
	w.do("POST", campaignPath(c, "explain/"), m{"phone": "11 90000-7777"}).refused(404, "not_found")
	w.do("POST", campaignPath(c, "explain/"), m{"phone": "x"}).refused(422, "invalid")
}

func TestForecast(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(3)
	w.do("PATCH", campaignPath(c, ""), m{"schedule_type": "business_days", "pace": m{"per_day": 2}}).is(200)
	w.clock.Set(time.Date(2026, 3, 6, 13, 0, 0, 0, time.UTC)) // a Friday
	path := campaignPath(c, "forecast/")
	f := into[control.Forecast](w.do("GET", path, nil, "Accept-Language", "pt").is(200))
	require.EqualValues(t, []int64{3, 3, 0, 0}, []int64{f.Left, f.Sends, f.Skips, f.Rest})
	require.Nil(t, f.Why)
	require.Empty(t, f.Faults)
	require.Equal(t, time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC), f.LastAt.UTC())
	var days []string
	for _, d := range f.Days {
		days = append(days, fmt.Sprintf("%s %d %s", d.Date, d.Sends, d.Waits[0].Code))
	}
	require.Equal(t, []string{"2026-03-06 2 cap_per_day", "2026-03-07 0 weekend", "2026-03-08 0 weekend", "2026-03-09 1 outside_hours"}, days)
	require.Contains(t, f.Days[1].Waits[0].Text, "fim de semana")
	require.EqualValues(t, 24*60*60, f.Days[1].Waits[0].Seconds)

	w.do("PATCH", campaignPath(c, ""), m{"end_at": "2026-03-07T00:00:00-03:00"}).is(200)
	f = into[control.Forecast](w.do("GET", path, nil).is(200))
	require.EqualValues(t, 1, f.Rest)
	require.Equal(t, "after_end", f.Why.Code)
	require.Equal(t, "after_end", f.Numbers[0].Why.Code)

	w.do("PATCH", campaignPath(c, "messages/1/"), m{"message_text": "{{cidade}}"}).is(200)
	f = into[control.Forecast](w.do("GET", path, nil).is(200))
	require.Equal(t, "messages[0].message_text", f.Faults[0].Field)
}

func TestPreviewOfRealPeople(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(2)
	w.do("PATCH", campaignPath(c, "messages/1/"), m{"message_text": "{{saudacao}}, {{primeiro_nome}}! {{cidade}}"}).is(200)
	id := into[control.Page[control.Contact]](w.do("GET", "/api/contacts/contacts/", nil)).Results[0].ID
	w.do("PATCH", fmt.Sprintf("/api/contacts/contacts/%d/", id), m{"custom_vars": m{"Cidade": "Natal"}, "name": "Ana Souza"}).is(200)
	p := into[control.Page[control.Preview]](w.do("GET", campaignPath(c, fmt.Sprintf("messages/1/preview/?contacts=%d", id)), nil).is(200))
	require.Equal(t, "Bom dia, Ana! Natal", p.Results[0].Text)
	p = into[control.Page[control.Preview]](w.do("GET", campaignPath(c, "messages/1/preview/"), nil).is(200))
	require.Len(t, p.Results, 2)
	require.Equal(t, "variable_missing", p.Results[0].Problem.Code, "the copy in the audience is from before")
	w.do("GET", campaignPath(c, "messages/9/preview/"), nil).refused(404, "not_found")
}

func TestContactsAndGroups(t *testing.T) {
	w := newWorld(t)
	a := into[control.Contact](w.do("POST", "/api/contacts/contacts/", m{"name": "Ána", "phone": "(11) 90000-0001", "tags": []string{"VIP", "vip"},
		"custom_vars": m{"Data Nasc.": "1/2"}, "quem_indicou": "Bia"}).is(201))
	require.Equal(t, "+5511900000001", a.Phone)
	require.Equal(t, []string{"vip"}, a.Tags)
	require.True(t, a.IsActive)
	dupe := w.do("POST", "/api/contacts/contacts/", m{"phone": "+5511900000001"}).refused(409, "exists_already")
	require.Equal(t, fmt.Sprint(a.ID), dupe.Args["id"])
	p := w.do("POST", "/api/contacts/contacts/", m{"phone": "90000-0001", "email": "x"}).refused(422, "invalid")
	require.Equal(t, "phone", p.Errors[0].Field)
	w.people(30)
	find := func(q string) int64 {
		return *into[control.Page[control.Contact]](w.do("GET", "/api/contacts/contacts/?page_size=7&"+q, nil).is(200)).Count
	}
	require.EqualValues(t, 30, find(""), "the first of them is Ana's phone")
	require.EqualValues(t, 1, find("search=90000-0030"))
	require.EqualValues(t, 30, find("tags=vip,other"))
	require.EqualValues(t, 0, find("tags_all=vip,other"))
	require.EqualValues(t, 0, find("is_active=false"))
	pages := 0
	for next := "/api/contacts/contacts/?page_size=7"; next != ""; pages++ {
		p := into[control.Page[control.Contact]](w.do("GET", next, nil).is(200))
		if next = ""; p.Next != nil {
			next = *p.Next
		}
	}
	require.Equal(t, 5, pages)

	g := into[control.Group](w.do("POST", "/api/contacts/groups/", m{"name": "Clientes"}).is(201))
	w.do("POST", "/api/contacts/groups/", m{"name": "CLIENTES"}).refused(409, "exists_already")
	path := fmt.Sprintf("/api/contacts/groups/%d/", g.ID)
	got := into[control.Membership](w.do("POST", path+"add_contacts/", m{"contacts": []int64{a.ID, a.ID}}).is(200))
	require.EqualValues(t, 1, got.Changed)
	require.EqualValues(t, 1, got.Group.ContactCount)
	require.EqualValues(t, 1, find(fmt.Sprintf("group=%d", g.ID)))
	got = into[control.Membership](w.do("POST", path+"remove_contacts/", m{"contacts": []int64{a.ID, 999}}).is(200))
	require.EqualValues(t, 1, got.Changed)
	w.do("DELETE", path, nil).is(204)
	w.do("GET", path, nil).refused(404, "not_found")
	tags := into[control.Page[control.Tag]](w.do("GET", "/api/contacts/tags/", nil).is(200))
	require.Equal(t, []control.Tag{{Tag: "vip", Count: 30}}, tags.Results)
	w.do("DELETE", fmt.Sprintf("/api/contacts/contacts/%d/", a.ID), nil).is(204)
}

func TestBulkCreateReportsEachRow(t *testing.T) {
	w := newWorld(t)
	g := into[control.Group](w.do("POST", "/api/contacts/groups/", m{"name": "Clientes"}).is(201))
	w.do("POST", "/api/contacts/contacts/", m{"name": "Ana", "phone": "11 90000-0001"}).is(201)
	body := m{"group": g.ID, "contacts": []any{
		m{"name": "Ana", "phone": "11 90000-0001"}, m{"phone": "11 90000-0002"}, m{"phone": "none"}, m{"bogus": 1}, 7,
		m{"phone": "11 90000-0001", "email": "ana@example.com"}, m{"phone": "11 90000-0003", "email": "not one"}}}
	r := into[control.BulkReport](w.do("POST", "/api/contacts/contacts/bulk_create/", body).is(200))
	var outcomes []string
	for i, x := range r.Results {
		require.Equal(t, i, x.Index)
		outcomes = append(outcomes, x.Outcome)
		require.Equal(t, x.Outcome == "rejected", len(x.Errors) > 0)
	}
	require.Equal(t, "unchanged created rejected rejected rejected updated rejected", strings.Join(outcomes, " "))
	require.Equal(t, [4]int{1, 1, 1, 4}, [4]int{r.Created, r.Updated, r.Unchanged, r.Rejected})
	require.EqualValues(t, 2, into[control.Group](w.do("GET", fmt.Sprintf("/api/contacts/groups/%d/", g.ID), nil)).ContactCount)
}

func TestOptOutHolds(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(2)
	phones := m{"phones": []string{"11 90000-0001"}, "evidence": "asked by e-mail"}
	got := into[control.Page[control.Consent]](w.do("POST", "/api/contacts/contacts/opt_out/", phones).is(200))
	require.True(t, got.Results[0].OptedOut)
	require.True(t, into[control.Page[control.Contact]](w.do("GET", "/api/contacts/contacts/", nil)).Results[0].OptedOut)
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	w.play(monday.Add(time.Hour))
	require.Len(t, w.sender.All(), 1)
	bad := w.do("POST", "/api/contacts/contacts/opt_out/", m{"phones": []string{"11 90000-0001", "x"}}).refused(422, "invalid")
	require.Equal(t, "phones[1]", bad.Errors[0].Field)
	w.do("POST", "/api/contacts/contacts/opt_in/", phones).is(200)
	got = into[control.Page[control.Consent]](w.do("POST", "/api/contacts/contacts/opt_out_status/", phones).is(200))
	require.False(t, got.Results[0].OptedOut)
}

func TestHolidays(t *testing.T) {
	w := newWorld(t)
	list := func(q string) (out []control.Holiday) {
		return into[control.Page[control.Holiday]](w.do("GET", "/api/campaigns/holidays/?page_size=100&"+q, nil).is(200)).Results
	}
	// Until somebody chooses, Carnival and the like count.
	require.True(t, into[control.Calendar](w.do("GET", "/api/campaigns/calendar/", nil).is(200)).Optional)
	require.Len(t, list("year=2026&kind=optional"), 5)
	w.do("PATCH", "/api/campaigns/calendar/", m{"optional": false}).is(200)
	national := len(list("year=2026"))
	require.Greater(t, national, 8)
	for _, h := range list("year=2026") {
		require.True(t, h.IsNational)
		require.NotEmpty(t, h.Source)
		require.Equal(t, h, into[control.Holiday](w.do("GET", fmt.Sprintf("/api/campaigns/holidays/%d/", h.ID), nil).is(200)))
		w.do("PATCH", fmt.Sprintf("/api/campaigns/holidays/%d/", h.ID), m{"name": "x"}).refused(409, "computed_holiday")
		w.do("DELETE", fmt.Sprintf("/api/campaigns/holidays/%d/", h.ID), nil).refused(409, "computed_holiday")
	}
	require.Len(t, list(""), national, "this year, by the clock")
	w.do("PATCH", "/api/campaigns/calendar/", m{"states": []string{"SP"}, "optional": true}).is(200)
	require.Greater(t, len(list("year=2026")), national)
	require.NotEmpty(t, list("year=2026&kind=state"))
	w.do("PATCH", "/api/campaigns/calendar/", m{"states": []string{"XX"}}).refused(422, "invalid")

	own := into[control.Holiday](w.do("POST", "/api/campaigns/holidays/", m{"date": "2026-03-02", "name": "Aniversário", "until": "14:00"}).is(201))
	require.True(t, own.IsOwn)
	require.Equal(t, "14:00", *own.Until)
	path := fmt.Sprintf("/api/campaigns/holidays/%d/", own.ID)
	w.do("POST", "/api/campaigns/holidays/", m{"date": "2026-03-02", "name": "Outro"}).refused(409, "exists_already")
	for _, bad := range []m{{"name": "x"}, {"date": "2026-02-30", "name": "x"}, {"date": "2026-03-03"}, {"date": "2026-03-03", "name": "x", "kind": "national"}} {
		w.do("POST", "/api/campaigns/holidays/", bad).refused(422, "invalid")
	}
	moved := into[control.Holiday](w.do("PATCH", path, m{"date": "2026-03-04"}).is(200))
	w.do("GET", path, nil).refused(404, "not_found")
	w.do("DELETE", fmt.Sprintf("/api/campaigns/holidays/%d/", moved.ID), nil).is(204)
	require.Empty(t, list("year=2026&kind=own"))

	// A day that comes back.
	yearly := into[control.Holiday](w.do("POST", "/api/campaigns/holidays/", m{"date": "2026-01-25", "name": "São Paulo", "kind": "municipal", "is_yearly": true}).is(201))
	require.True(t, yearly.IsYearly)
	require.Empty(t, list("year=2025&kind=municipal"))
	later := list("year=2028&kind=municipal")
	require.Len(t, later, 1)
	require.Equal(t, "2028-01-25", later[0].Date)
	require.True(t, later[0].IsYearly && later[0].IsOwn)
	w.do("POST", "/api/campaigns/holidays/", m{"date": "2028-01-25", "name": "x"}).refused(409, "exists_already")
	w.do("POST", "/api/campaigns/holidays/", m{"date": "2025-01-25", "name": "x"}).is(201)
	w.do("POST", "/api/campaigns/holidays/", m{"date": "2024-01-25", "name": "x", "is_yearly": true}).refused(409, "exists_already")
	path = fmt.Sprintf("/api/campaigns/holidays/%d/", later[0].ID)
	w.do("PATCH", path, m{"date": later[0].Date, "name": "Aniversário", "is_yearly": true}).is(200) // as it was read
	require.Equal(t, "Aniversário", list("year=2027&kind=municipal")[0].Name)
	w.do("PATCH", path, m{"is_yearly": false}).is(200)
	require.Empty(t, list("year=2027&kind=municipal"))
	require.Len(t, list("year=2026&kind=municipal"), 1)
	w.do("DELETE", fmt.Sprintf("/api/campaigns/holidays/%d/", yearly.ID), nil).is(204)
	require.Empty(t, list("year=2026&kind=municipal"))
}

func TestInstances(t *testing.T) {
	w := newWorld(t)
	i := into[control.Instance](w.do("POST", "/api/notifications/whatsapp-instances/", m{"instance_name": "sales", "friendly_name": "Vendas",
		"delay_min_seconds": 30, "delay_max_seconds": 60, "per_day": 200}).is(201))
	require.Equal(t, "unknown", i.State)
	require.Equal(t, 30, i.DelayMin)
	w.do("POST", "/api/notifications/whatsapp-instances/", m{"instance_name": "sales"}).refused(409, "not_possible_now")
	p := w.do("POST", "/api/notifications/whatsapp-instances/", m{"timezone": "Mars/Base", "delay_min_seconds": -1}).refused(422, "invalid")
	var fields []string
	for _, f := range p.Errors {
		fields = append(fields, f.Field)
	}
	require.ElementsMatch(t, []string{"instance_name", "timezone", "delay_min_seconds"}, fields)
	path := fmt.Sprintf("/api/notifications/whatsapp-instances/%d/", i.ID)
	i = into[control.Instance](w.do("PATCH", path, m{"delay_max_seconds": 90, "ramp": []int{20, 40}, "active_since": "2026-03-01T00:00:00-03:00"}).is(200))
	require.Equal(t, []int{20, 40}, i.Ramp)
	require.Equal(t, 2, i.RampDay)
	off := into[control.Instance](w.do("PATCH", path, m{"active_since": nil}).is(200))
	require.Zero(t, off.RampDay)
	require.Equal(t, "ramp_no_first_day", off.RampOff.Code)
	i = into[control.Instance](w.do("PATCH", path, m{"ramp": []int{20, 40, 80}}).is(200))
	require.Equal(t, 1, i.RampDay, "a new ramp without a first day begins today")
	require.Nil(t, i.RampOff)
	require.Equal(t, 90, i.DelayMax)
	require.Empty(t, into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x"}).is(201)).Instances)
	w.do("POST", "/api/notifications/whatsapp-instances/", m{"instance_name": "other", "is_default": true}).is(201)
	require.True(t, into[control.Instance](w.do("PATCH", path, m{"is_default": true}).is(200)).IsDefault)
	var defaults []int64
	for _, x := range into[control.Page[control.Instance]](w.do("GET", "/api/notifications/whatsapp-instances/", nil)).Results {
		if x.IsDefault {
			defaults = append(defaults, x.ID)
		}
	}
	require.Equal(t, []int64{i.ID}, defaults, "one at most")
	c := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "messages": []m{{"message_text": "Oi"}},
		"contacts": w.people(1)}).is(201))
	require.Equal(t, []int64{i.ID}, c.Instances, "the default number")
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	w.do("DELETE", path, nil).refused(409, "instance_busy")
	require.EqualValues(t, c.ID, into[control.Instance](w.do("GET", path, nil)).Campaign)
	w.play(monday.Add(time.Hour))
	require.Equal(t, 1, into[control.Instance](w.do("GET", path, nil)).SentDay)
	w.do("DELETE", path, nil).is(204)
}
