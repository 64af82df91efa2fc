package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/control"
)

func TestAPersonIsExportedAndErased(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(4)
	g := into[control.Group](w.do("POST", "/api/contacts/groups/", m{"name": "Clientes"}).is(201))
	first := into[control.Page[control.Contact]](w.do("GET", "/api/contacts/contacts/", nil).is(200)).Results[0]
	w.do("POST", fmt.Sprintf("/api/contacts/groups/%d/add_contacts/", g.ID), m{"contacts": []int64{first.ID}}).is(200)
	w.do("POST", campaignPath(c, "start/"), nil).is(200)
	w.play(monday.Add(time.Minute / 2))
	one := m{"phone": "11 90000-0001"}

	f := into[control.PersonFile](w.do("POST", "/api/contacts/contacts/export_person/", one).is(200))
	require.Equal(t, "+5511900000001", f.Phone)
	require.Equal(t, first, *f.Contact)
	require.Equal(t, "Clientes", f.Groups[0].Name)
	require.False(t, f.OptedOut)
	require.Len(t, f.Campaigns, 1)
	require.Equal(t, c.ID, f.Campaigns[0].ID)
	require.Equal(t, "Oi, Pessoa!", f.Campaigns[0].Text)
	require.Equal(t, "sent", f.Campaigns[0].Person.Status)
	require.Equal(t, "accepted", f.Campaigns[0].Sends[0].Outcome)
	require.NotEmpty(t, f.Campaigns[0].Log)

	w.play(monday.Add(24 * time.Hour))
	got := into[control.PersonErased](w.do("POST", "/api/contacts/contacts/erase_person/", m{"phone": "(11) 90000-0001", "evidence": "carta"}).is(200))
	require.Equal(t, control.PersonErased{Contact: true, Recipients: 1, Sends: 1}, got)
	r := into[control.Recipient](w.do("GET", campaignPath(c, "contacts/1/"), nil).is(200))
	require.True(t, r.Erased)
	require.Empty(t, r.Phone+r.Name)
	require.Equal(t, "sent", r.Status)
	for _, format := range []string{"csv", "ndjson"} {
		text := string(w.do("GET", campaignPath(c, "export/?format="+format), nil).is(200).body)
		require.NotContains(t, text, "0000001")
		require.NotContains(t, text, "erased:", "what stands in the store is not shown")
	}
	w.do("GET", fmt.Sprintf("/api/contacts/contacts/%d/", first.ID), nil).refused(404, "not_found")

	f = into[control.PersonFile](w.do("POST", "/api/contacts/contacts/export_person/", one).is(200))
	require.Nil(t, f.Contact)
	require.Empty(t, f.Campaigns)
	require.True(t, f.OptedOut)
	require.Equal(t, "contact.erased", f.Consents[0].EventType)
	require.Equal(t, "ana", f.Consents[0].Metadata.Author)

	for _, route := range []string{"export_person/", "erase_person/"} {
		p := w.do("POST", "/api/contacts/contacts/"+route, m{"phone": "12"}).refused(422, "invalid")
		require.Equal(t, "phone", p.Errors[0].Field)
		w.do("POST", "/api/contacts/contacts/"+route, one, "Authorization", "Bearer shop/eva/viewer").refused(403, "forbidden")
	}
	w.do("POST", "/api/contacts/contacts/erase_person/", one, "Authorization", "Bearer shop/eva/operator").refused(403, "forbidden")
}

// Answers that are kept for repeats name people, too. Nothing is done twice
// because of it.
func TestAnErasureEmptiesTheAnswersThatAreKept(t *testing.T) {
	t.Run("as they are", func(t *testing.T) { testErasureEmptiesAnswers(newWorld(t)) })
	t.Run("sealed", func(t *testing.T) { testErasureEmptiesAnswers(newWorld(t, sealed(t, 1))) })
}

func testErasureEmptiesAnswers(w *world) {
	create := func(n int, key string) answer {
		return w.do("POST", "/api/contacts/contacts/", m{"name": "Ana", "phone": fmt.Sprintf("11 90000-%04d", n)}, "Idempotency-Key", key)
	}
	create(1, "first").is(201)
	create(2, "second").is(201)
	w.do("POST", "/api/contacts/contacts/erase_person/", m{"phone": "11 90000-0001"}, "Idempotency-Key", "third").is(200)
	create(1, "first").refused(409, "idempotency_outcome_unknown")
	require.Equal(w, "true", create(2, "second").is(201).header.Get("Idempotent-Replayed"))
	require.Equal(w, "true", w.do("POST", "/api/contacts/contacts/erase_person/", m{"phone": "11 90000-0001"}, "Idempotency-Key", "third").is(200).header.Get("Idempotent-Replayed"))
	all := string(w.do("GET", "/api/contacts/contacts/", nil).is(200).body)
	require.False(w, strings.Contains(all, "0000001"), all)
}
