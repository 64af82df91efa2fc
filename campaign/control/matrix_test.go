package control_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/stretchr/testify/require"
)

// estate is one thing of each kind that a tenant has, by the names that paths
// have for them.
type estate struct {
	campaign, message, position, contact, group, holiday, instance, review int64

	tenant, user, link, token, job, webhook string
}

// settle gives a tenant one thing of each kind.
func (w *world) settle(tenant string) estate {
	w.Helper()
	as := []string{"Authorization", "Bearer " + tenant + "/ana/admin"}
	id := func(path string, body any) int64 {
		w.Helper()
		return into[struct{ ID int64 }](w.do("POST", path, body, as...).is(201)).ID
	}
	e := estate{tenant: tenant}
	desk := w.accounts.As(campaign.Caller{Tenant: campaign.Tenant(tenant), Author: "host", Role: campaign.Host})
	_, err := desk.AddTenant(w.Context(), "A loja")
	require.NoError(w, err)
	_, secret, err := desk.Invite(w.Context(), account.Invitation{Email: "ana@" + tenant + ".example", Role: campaign.Admin})
	require.NoError(w, err)
	g, err := w.accounts.Accept(w.Context(), secret, account.Acceptance{Name: "Ana", Password: "a long enough passphrase"}, account.Origin{})
	require.NoError(w, err)
	_, secret, err = desk.Invite(w.Context(), account.Invitation{Email: "bia@" + tenant + ".example", Role: campaign.Admin})
	require.NoError(w, err)
	_, err = w.accounts.Accept(w.Context(), secret, account.Acceptance{Name: "Bia", Password: "a long enough passphrase"}, account.Origin{})
	require.NoError(w, err)
	l, _, err := desk.Invite(w.Context(), account.Invitation{Role: campaign.Viewer})
	require.NoError(w, err)
	tok, _, err := desk.AddToken(w.Context(), account.Token{Title: "ci", Role: campaign.Viewer})
	require.NoError(w, err)
	e.user, e.link, e.token = string(g.Identity.User), l.Name, tok.Name
	e.contact = id("/api/contacts/contacts/", m{"name": "Ana", "phone": "11 90000-0001", "tags": []string{"vip"}})
	e.group = id("/api/contacts/groups/", m{"name": "Clientes"})
	e.instance = id("/api/notifications/whatsapp-instances/", m{"instance_name": "sales"})
	e.holiday = id("/api/campaigns/holidays/", m{"date": "2026-08-15", "name": "Aniversário"})
	e.campaign = id("/api/campaigns/campaigns/", m{"name": "Páscoa", "messages": []m{{"message_text": "Oi"}},
		"instances": []int64{e.instance}, "contacts": []int64{e.contact}})
	e.message, e.position = 1, 1
	require.NoError(w, w.optouts.Keep(w.Context(), campaign.Tenant(tenant), optout.Doubt{From: "+5511900000077", Text: "chega", Word: "chega", Message: "3EB0", At: w.clock.Now(), Instance: 1}))
	w.do("POST", "/api/contacts/opt_out_words/", m{"word": "rua"}, as...).is(201)
	e.review = into[struct{ Results []control.OptOutReview }](w.do("GET", "/api/contacts/opt_out_reviews/", nil, as...).is(200)).Results[0].ID
	e.job = into[control.Import](w.do("POST", "/api/contacts/imports/?name=people.csv", "nome;telefone\nAna;11 90000-0001\n",
		append(as, "Content-Type", "application/octet-stream")...).is(201)).ID
	e.webhook = into[control.Webhook](w.do("POST", "/api/webhooks/", m{"url": "https://shop.example/hooks"}, as...).is(201)).ID
	return e
}

// path fills in the ids of a path.
func (e estate) path(p string) string {
	id := e.campaign
	switch {
	case strings.Contains(p, "/contacts/contacts/"):
		id = e.contact
	case strings.Contains(p, "/opt_out_reviews/"):
		id = e.review
	case strings.Contains(p, "/groups/"):
		id = e.group
	case strings.Contains(p, "/holidays/"):
		id = e.holiday
	case strings.Contains(p, "/whatsapp-instances/"):
		id = e.instance
	}
	name := e.link
	if strings.Contains(p, "/tokens/") {
		name = e.token
	}
	if strings.Contains(p, "/users/") {
		p = strings.ReplaceAll(p, "{id}", e.user)
	}
	if strings.Contains(p, "/imports/") {
		p = strings.ReplaceAll(p, "{id}", e.job)
	}
	if strings.Contains(p, "/webhooks/") {
		p = strings.ReplaceAll(p, "{id}", e.webhook)
	}
	return strings.NewReplacer("{tenant}", e.tenant, "{name}", name, "{id}", fmt.Sprint(id), "{mid}", fmt.Sprint(e.message), "{position}", fmt.Sprint(e.position)).Replace(p)
}

// bodies hold, for each operation that has one, a body that is right.
func (e estate) bodies() map[string]any {
	return map[string]any{
		"createCampaign": m{"name": "Outra"}, "editCampaign": m{"name": "Mudada"},
		"pauseCampaign": m{"reason": "x"}, "cancelCampaign": m{"reason": "x"}, "duplicateCampaign": m{},
		"addCampaignContacts": m{"contacts": []int64{e.contact}}, "leaveOutOfCampaign": m{"positions": []int64{1}}, "decideCampaignContact": m{"decision": "sent"},
		"createMessage": m{"message_text": "Olá"}, "editMessage": m{"message_text": "Olá"},
		"createContact": m{"phone": "11 90000-0099"}, "editContact": m{"name": "Mudada"},
		"bulkCreateContacts": m{"contacts": []m{{"phone": "11 90000-0098"}}},
		"optOut":             m{"phones": []string{"11 90000-0001"}}, "optIn": m{"phones": []string{"11 90000-0001"}},
		"addOptOutWord": m{"word": "vaza"}, "removeOptOutWord": m{"word": "rua"}, "takeOptOutReview": m{},
		"getOptOuts":           m{"phones": []string{"11 90000-0001"}},
		"previewMessageFor":    m{"phones": []string{"11 90000-0001"}},
		"explainCampaignPhone": m{"phone": "11 90000-0001"}, "exportPerson": m{"phone": "11 90000-0001"}, "erasePerson": m{"phone": "11 90000-0001"},
		"createGroup": m{"name": "Outro"}, "editGroup": m{"name": "Mudado"},
		"addGroupContacts": m{"contacts": []int64{e.contact}}, "removeGroupContacts": m{"contacts": []int64{e.contact}},
		"createHoliday": m{"date": "2026-08-16", "name": "Outro"}, "editHoliday": m{"name": "Mudado"},
		"editCalendar":   m{"optional": true},
		"createInstance": m{"instance_name": "other"}, "editInstance": m{"friendly_name": "Mudada"},
		"pairInstance": m{}, "reopenCampaign": m{}, "sendTest": m{"phone": "11 90000-0001", "message": "Oi"},
		"setGateway": m{"base_url": "https://gateway.example"}, "testGateway": m{},
		"inviteUser": m{"role": "viewer"}, "editUser": m{"name": "Mudada"},
		"uploadImport": "nome;telefone\n", "mapImport": m{"consent": "loja"}, "previewImport": m{},
		"createToken": m{"title": "x", "role": "viewer"}, "createTenant": m{"name": "other"}, "editTenant": m{"title": "Mudada"}, "stopAll": m{},
		"createWebhook": m{"url": "https://shop.example/other"}, "editWebhook": m{"title": "Mudada"},
	}
}

// body is the right body of an operation; none where it has none.
func (w *world) body(e estate, op operation) any {
	b, ok := e.bodies()[op.OperationID]
	require.Equal(w, op.RequestBody != nil, ok, "give %s a body that is right in this test", op.OperationID)
	return b
}

// everything is all that a tenant can read, and its log of events.
func (w *world) everything(tenant string, d document, e estate) string {
	w.Helper()
	var b strings.Builder
	d.each(func(method, path string, op operation) {
		if method != "GET" || apart(op) || needs(method, op) == host || op.OperationID == "getGateway" || op.OperationID == "refusedImport" {
			return
		}
		a := w.do(method, e.path(path), nil, "Authorization", "Bearer "+tenant+"/ana/admin").is(200)
		fmt.Fprintf(&b, "%s %s\n", path, a.body)
	})
	es, err := w.engine.As(campaign.Caller{Tenant: campaign.Tenant(tenant), Role: campaign.Host}).Events(w.Context(), campaign.EventQuery{Limit: 1000})
	require.NoError(w, err)
	fmt.Fprintf(&b, "%+v\n", es)
	return b.String()
}

// The rival has nothing of its own, since ids of contacts and holidays count
// for each tenant.
func TestAnotherTenantsThingsAreNotThere(t *testing.T) {
	w := newWorld(t)
	d, mine := w.document(), w.settle("shop")
	before := w.everything("shop", d, mine)
	tried := 0
	d.each(func(method, path string, op operation) {
		if !strings.Contains(path, "{") || apart(op) {
			return
		}
		tried++
		at := method + " " + mine.path(path)
		a := w.do(method, mine.path(path), w.body(mine, op), "Authorization", "Bearer rival/bob/admin")
		require.Equal(t, 404, a.status, "%s: %s", at, a.body)
		require.Equal(t, before, w.everything("shop", d, mine), "%s has changed something", at)
	})
	require.Greater(t, tried, 40)
}

// Ids of others that stand in a body or a query.
func TestAnotherTenantsIdsInsideRequests(t *testing.T) {
	w := newWorld(t)
	d, theirs := w.document(), w.settle("shop")
	w.do("POST", "/api/contacts/contacts/", m{"phone": "11 90000-0002"}, "Authorization", "Bearer shop/ana/admin").is(201)
	mine := w.settle("rival")
	before := w.everything("shop", d, theirs)
	as := []string{"Authorization", "Bearer rival/bob/admin"}
	foreign := into[struct{ Results []control.Contact }](w.do("GET", "/api/contacts/contacts/", nil).is(200)).Results[1].ID
	// Ids of contacts are told by tenant: the second one of shop is nobody of rival.
	w.do("POST", mine.path("/api/campaigns/campaigns/{id}/contacts/"), m{"contacts": []int64{foreign}}, as...).refused(422, "invalid")
	w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "contacts": []int64{foreign}}, as...).refused(422, "invalid")
	w.do("POST", mine.path("/api/contacts/groups/{id}/add_contacts/"), m{"contacts": []int64{foreign}}, as...).refused(404, "not_found")
	w.do("GET", mine.path("/api/campaigns/campaigns/{id}/messages/1/preview/")+fmt.Sprintf("?contacts=%d", foreign), nil, as...).refused(404, "not_found")
	w.do("POST", "/api/contacts/contacts/bulk_create/", m{"contacts": []m{{"phone": "11 90000-0003"}}, "group": theirs.group + 77}, as...).refused(422, "invalid")

	// A number of others can be named in a draft, and stands in the way of a start.
	c := into[control.Campaign](w.do("POST", "/api/campaigns/campaigns/", m{"name": "x", "instances": []int64{theirs.instance},
		"messages": []m{{"message_text": "Oi"}}, "contacts": []int64{mine.contact}}, as...).is(201))
	p := w.do("POST", campaignPath(c, "start/"), nil, as...).refused(422, "cannot_start")
	require.Equal(t, "instance_missing", p.Errors[0].Code)
	require.Equal(t, before, w.everything("shop", d, theirs))
}

// apart are operations with tests of their own: the stream that does not end,
// and what is about the caller's own session.
func apart(op operation) bool {
	return op.OperationID == "watchCampaign" || slices.Contains(op.Tags, "auth")
}

// host is the role of the operator of the installation, who is in no tenant.
const host campaign.Role = "host"

// needs is the least role of an operation.
func needs(method string, op operation) campaign.Role {
	if slices.Contains(op.Tags, "operations") {
		return host
	}
	switch op.OperationID {
	case "listTenants", "createTenant", "editTenant", "firstLink":
		return host
	case "getTenant", "listUsers", "getUser":
		return campaign.Viewer
	}
	if slices.Contains(op.Tags, "accounts") || slices.Contains(op.Tags, "webhooks") {
		return campaign.Admin
	}
	switch op.OperationID {
	case "erasePerson", "createInstance", "editInstance", "deleteInstance", "setGateway", "deleteGateway", "testGateway":
		return campaign.Admin
	case "listOptOutReviews":
		return campaign.Operator
	case "getOptOuts", "previewImport", "explainCampaignPhone", "previewMessageFor":
		return campaign.Viewer
	}
	if method == "GET" {
		return campaign.Viewer
	}
	return campaign.Operator
}

func TestRolesAndRoutes(t *testing.T) {
	rank := map[campaign.Role]int{"nobody": 0, campaign.Viewer: 1, campaign.Operator: 2, campaign.Admin: 3, host: 4}
	w := newWorld(t)
	d, mine := w.document(), w.settle("shop")
	before := w.everything("shop", d, mine)
	d.each(func(method, path string, op operation) {
		if len(op.Security) == 0 || apart(op) {
			return
		}
		at := method + " " + path
		for role, r := range rank {
			if r >= rank[needs(method, op)] || role == host {
				continue
			}
			a := w.do(method, mine.path(path), w.body(mine, op), "Authorization", "Bearer shop/eve/"+string(role))
			require.Equal(t, 403, a.status, "%s as %s: %s", at, role, a.body)
			require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), at)
		}
		a := w.do(method, mine.path(path), w.body(mine, op), "Authorization", "")
		a.refused(401, "not_authenticated")
		require.NotEmpty(t, a.header.Get("WWW-Authenticate"), at)
	})
	require.Equal(t, before, w.everything("shop", d, mine), "what was refused has changed something")
	// Whoever has the role gets through: in a house of their own, since some of
	// it is deleted.
	d.each(func(method, path string, op operation) {
		if len(op.Security) == 0 || apart(op) || needs(method, op) == host {
			return
		}
		role := needs(method, op)
		tenant := "house-" + strings.ToLower(op.OperationID)
		e := w.settle(tenant)
		a := w.do(method, e.path(path), w.body(e, op), "Authorization", "Bearer "+tenant+"/eve/"+string(role))
		require.NotContains(t, []int{401, 403, 404, 500}, a.status, "%s %s as %s: %s", method, path, role, a.body)
	})
}
