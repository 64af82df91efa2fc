package control_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

func TestIfMatch(t *testing.T) {
	w := newWorld(t)
	e := w.settle("shop")
	for path, body := range map[string]m{
		"/api/campaigns/campaigns/{id}/":                {"name": "Nova"},
		"/api/campaigns/campaigns/{id}/messages/{mid}/": {"message_text": "Nova"},
		"/api/contacts/contacts/{id}/":                  {"name": "Nova"},
		"/api/contacts/groups/{id}/":                    {"name": "Nova"},
		"/api/campaigns/holidays/{id}/":                 {"name": "Nova"},
		"/api/campaigns/calendar/":                      {"optional": true},
		"/api/notifications/whatsapp-instances/{id}/":   {"friendly_name": "Nova"},
	} {
		path = e.path(path)
		was := w.do("GET", path, nil).is(200)
		require.NotEmpty(t, was.header.Get("ETag"), path)
		w.clock.Advance(1e9)
		now := w.do("PATCH", path, body, "If-Match", was.header.Get("ETag")).is(200)
		require.NotEqual(t, was.header.Get("ETag"), now.header.Get("ETag"), path)
		w.do("PATCH", path, body, "If-Match", was.header.Get("ETag")).refused(412, "changed_meanwhile")
		w.do("PATCH", path, body, "If-Match", `"x", `+now.header.Get("ETag")).is(200)
		w.do("PATCH", path, body, "If-Match", "*").is(200)
		w.do("PATCH", path, body).is(200)
		w.do("PATCH", path, body, "If-Match", `W/"1"`).refused(412, "changed_meanwhile")
	}
}

// What was read can be sent back, and changes nothing but what can be edited.
func TestWhatWasReadCanBeSentBack(t *testing.T) {
	w := newWorld(t)
	e := w.settle("shop")
	path := e.path("/api/campaigns/campaigns/{id}/")
	for _, s := range []m{
		{"kind": "immediate"}, {"kind": "business_days", "zone": "America/Manaus"}, {"kind": "business_hours"},
		{"kind": "custom", "daily": []m{{"from": "09:00", "to": "12:00"}, {"from": "13:30", "to": "18:00"}}, "skip_weekends": true, "skip_holidays": true},
		{"kind": "custom", "daily": []m{{"from": "14:00", "to": "18:00"}}},
		{"kind": "custom", "week": m{"mon": []m{{"from": "09:00", "to": "12:00"}}, "sat": []m{}}},
	} {
		w.do("PATCH", path, m{"schedule": s}).is(200)
		was := w.do("GET", path, nil).is(200)
		now := w.do("PATCH", path, string(was.body)).is(200)
		a, b := into[m](was), into[m](now)
		for _, moved := range []string{"rev", "updated_at"} {
			delete(a, moved)
			delete(b, moved)
		}
		require.Equal(t, a, b, "%v", s)
	}
	for _, p := range []string{"/api/contacts/contacts/{id}/", "/api/contacts/groups/{id}/", "/api/campaigns/holidays/{id}/", "/api/campaigns/calendar/",
		"/api/notifications/whatsapp-instances/{id}/", "/api/campaigns/campaigns/{id}/messages/{mid}/"} {
		was := w.do("GET", e.path(p), nil).is(200)
		now := w.do("PATCH", e.path(p), string(was.body)).is(200)
		a, b := into[m](was), into[m](now)
		for _, moved := range []string{"rev", "updated_at"} {
			delete(a, moved)
			delete(b, moved)
		}
		require.Equal(t, a, b, p)
	}
}

// Every field of an answer that is no field of an edit is sent with another
// value, and changes nothing.
func TestReadOnlyFieldsChangeNothing(t *testing.T) {
	w := newWorld(t)
	e, d := w.settle("shop"), w.document()
	for path, schema := range map[string]string{
		"/api/campaigns/campaigns/{id}/": "CampaignEdit", "/api/campaigns/campaigns/{id}/messages/{mid}/": "MessageEdit",
		"/api/contacts/contacts/{id}/": "ContactEdit", "/api/contacts/groups/{id}/": "GroupEdit", "/api/campaigns/holidays/{id}/": "HolidayEdit",
		"/api/notifications/whatsapp-instances/{id}/": "InstanceEdit",
	} {
		path = e.path(path)
		was := into[m](w.do("GET", path, nil).is(200))
		evil := m{}
		for name, s := range d.Components.Schemas[schema]["properties"].(m) {
			if s.(m)["readOnly"] == true {
				evil[name] = forged(was[name])
			}
		}
		require.NotEmpty(t, evil, path)
		now := into[m](w.do("PATCH", path, evil).is(200))
		for _, moved := range []string{"rev", "updated_at"} {
			delete(was, moved)
			delete(now, moved)
		}
		require.Equal(t, was, now, path)
	}
	// The same at the birth of a campaign.
	c := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "id": 77, "status": "active", "sent_messages": 5,
		"total_contacts": 9, "started_at": "2026-01-01T00:00:00Z", "rev": 40}).is(201))
	require.Equal(t, "draft", c.Status)
	require.NotEqualValues(t, 77, c.ID)
	require.Zero(t, c.SentMessages+c.TotalContacts)
	require.Nil(t, c.StartedAt)
	require.EqualValues(t, 1, c.Rev)
	for _, field := range []string{"tenant", "Tenant", "seed", "author", "next_message"} {
		w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", field: "rival"}).refused(422, "invalid")
	}
}

// forged is another value than v.
func forged(v any) any {
	switch v := v.(type) {
	case float64:
		return v + 41
	case bool:
		return !v
	case string:
		return v + "x"
	case nil:
		return "2020-01-01T00:00:00Z"
	}
	return "forged"
}

func TestFlatFieldsOfASchedule(t *testing.T) {
	w := newWorld(t)
	e := w.settle("shop")
	path := e.path("/api/campaigns/campaigns/{id}/")
	c := into[control.Campaign](w.do("PATCH", path, m{"schedule_type": "custom_period", "morning_start": "09:00:00", "morning_end": "12:00",
		"afternoon_start": "13h30", "afternoon_end": "18:00", "skip_weekends": true, "skip_holidays": true, "timezone": "America/Manaus"}).is(200))
	require.Equal(t, "custom_period", c.ScheduleType)
	require.Equal(t, "09:00", *c.MorningStart)
	require.Equal(t, "13:30", *c.AfternoonStart)
	require.True(t, c.SkipWeekends && c.SkipHolidays)
	require.Equal(t, "America/Manaus", c.Timezone)
	require.Equal(t, "custom", c.Schedule.Kind)

	c = into[control.Campaign](w.do("PATCH", path, m{"morning_start": nil, "morning_end": nil}).is(200))
	require.Nil(t, c.MorningStart)
	require.Equal(t, "18:00", *c.AfternoonEnd)
	p := w.do("PATCH", path, m{"afternoon_end": "13:00"}).refused(422, "invalid")
	require.Equal(t, "morning_start", p.Errors[0].Field, "the first span of the day")
	p = w.do("PATCH", path, m{"schedule_type": "immediate", "skip_weekends": true}).refused(422, "invalid")
	require.Equal(t, "skip_weekends", p.Errors[0].Field)
	c = into[control.Campaign](w.do("PATCH", path, m{"schedule_type": "business_days", "skip_weekends": false, "skip_holidays": false}).is(200))
	require.True(t, c.SkipWeekends && c.SkipHolidays, "business days skip both, whatever is said")
	require.Nil(t, c.AfternoonEnd)
	w.do("PATCH", path, m{"schedule_type": "immediate", "schedule": m{"kind": "business_days"}}).refused(422, "invalid")
	w.do("PATCH", path, m{"morning_start": "9 o'clock"}).refused(422, "invalid")
	w.do("PATCH", path, m{"start_at": "tomorrow"}).refused(422, "invalid")
	c = into[control.Campaign](w.do("PATCH", path, m{"start_at": "2026-05-01T09:00:00-03:00"}).is(200))
	require.Equal(t, 12, c.StartAt.Hour())
	c = into[control.Campaign](w.do("PATCH", path, m{"start_at": nil}).is(200))
	require.Nil(t, c.StartAt)
}

func TestMessagesKeepTheirNumbers(t *testing.T) {
	w := newWorld(t)
	e := w.settle("shop")
	path := e.path("/api/campaigns/campaigns/{id}/messages/")
	two := into[control.Message](w.do("POST", path, m{"message_text": "dois"}).is(201))
	require.Equal(t, 2, two.ID)
	first := into[control.Message](w.do("POST", path, m{"message_text": "três", "order": 1}).is(201))
	require.Equal(t, 1, first.Order)
	w.do("PATCH", fmt.Sprintf("%s%d/", path, two.ID), m{"order": 1, "is_active": false}).is(200)
	w.do("DELETE", path+"1/", nil).is(204)
	w.do("GET", path+"1/", nil).refused(404, "not_found")
	p := into[control.Page[control.Message]](w.do("GET", path, nil).is(200))
	require.EqualValues(t, 2, *p.Count)
	require.Equal(t, []int{2, 3}, []int{p.Results[0].ID, p.Results[1].ID})
	require.False(t, p.Results[0].IsActive)
	for range 3 {
		w.do("POST", path, m{"message_text": "mais"}).is(201)
	}
	bad := w.do("POST", path, m{"message_text": "demais"}).refused(422, "invalid")
	require.Equal(t, "too_many", bad.Errors[0].Code)
}

// A message in a campaign's list keeps what the list does not say of it.
func TestAListOfMessagesChangesWhatItNames(t *testing.T) {
	w := newWorld(t)
	e := w.settle("shop")
	path := e.path("/api/campaigns/campaigns/{id}/messages/")
	w.do("POST", path, m{"message_text": "dois", "weight": 3, "is_active": false}).is(201)
	first := into[control.Message](w.do("GET", path+"1/", nil).is(200))
	w.do("PATCH", e.path("/api/campaigns/campaigns/{id}/"), m{"messages": []m{{"id": 1}, {"id": 2, "message_text": "DOIS"}}}).is(200)
	p := into[control.Page[control.Message]](w.do("GET", path, nil).is(200))
	require.Equal(t, first, p.Results[0])
	require.Equal(t, "DOIS", p.Results[1].MessageText)
	require.Equal(t, 3, p.Results[1].Weight)
	require.False(t, p.Results[1].IsActive)
}

// All that stands in the way of a start is named at once, in the caller's
// language, by the names that the API has for the fields.
func TestEveryObstacleAtOnce(t *testing.T) {
	w := newWorld(t)
	c := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "vazia", "messages": []m{{"message_text": "Oi {{nmoe}}"}}, "instances": []int{99}}).is(201))
	en := w.do("POST", campaignPath(c, "start/"), nil).refused(422, "cannot_start")
	pt := w.do("POST", campaignPath(c, "start/"), nil, "Accept-Language", "pt-BR").refused(422, "cannot_start")
	var fields []string
	for i, f := range en.Errors {
		fields = append(fields, f.Field)
		require.NotEqual(t, f.Detail, pt.Errors[i].Detail)
	}
	require.Equal(t, []string{"contacts", "messages[0].message_text", "instances[0]"}, fields)

	busy := w.campaign(1)
	w.do("POST", campaignPath(busy, "start/"), nil).is(200)
	late := into[control.Campaign](w.do("POST", campaignPath(busy, "duplicate/"), m{"contacts": true}).is(201))
	require.Equal(t, "Páscoa (copy)", late.Name)
	require.EqualValues(t, 1, late.TotalContacts)
	p := w.do("POST", campaignPath(late, "start/"), nil).refused(409, "cannot_start")
	require.Equal(t, "instance_busy", p.Errors[0].Code)
}

func TestCampaignListPages(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.do("POST", "/api/campaigns/campaigns/", m{"name": fmt.Sprintf("c%d", 5-i)}).is(201)
	}
	names := func(query string) (s string, p control.Page[control.Campaign]) {
		p = into[control.Page[control.Campaign]](w.do("GET", "/api/campaigns/campaigns/"+query, nil).is(200))
		for _, c := range p.Results {
			s += c.Name
		}
		return s, p
	}
	got, p := names("?page_size=2")
	require.Equal(t, "c1c2", got)
	require.EqualValues(t, 5, *p.Count)
	require.Nil(t, p.Previous)
	for _, want := range []string{"c3c4", "c5"} {
		next := strings.TrimPrefix(*p.Next, "/api/campaigns/campaigns/")
		got, p = names(next)
		require.Equal(t, want, got)
	}
	require.Nil(t, p.Next)
	got, _ = names("?ordering=created_at&page_size=2")
	require.Equal(t, "c5c4", got)
	got, _ = names("?ordering=name&page_size=2")
	require.Equal(t, "c1c2", got)
	got, p = names("?search=C3&status=draft,paused")
	require.Equal(t, "c3", got)
	require.EqualValues(t, 1, *p.Count)
	w.do("GET", "/api/campaigns/campaigns/?ordering=id", nil).refused(422, "invalid")
	w.do("GET", "/api/campaigns/campaigns/?status=gone", nil).refused(422, "invalid")
	w.do("GET", "/api/campaigns/campaigns/?page=0", nil).refused(422, "invalid")
}
