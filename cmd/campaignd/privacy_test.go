package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// phoneLike is a row of digits as people and programs write phones.
var phoneLike = regexp.MustCompile(`\d(?:[ ().+-]{0,3}\d){6,}`)

// revealed lists what a log must not hold: words as they are, and the last eight
// digits of phones in any spelling.
func revealed(log string, words, phones []string) (found []string) {
	for _, w := range words {
		for _, spelt := range []string{w, url.QueryEscape(w), fmt.Sprintf("%+q", w)[1 : len(fmt.Sprintf("%+q", w))-1]} {
			if strings.Contains(log, spelt) {
				found = append(found, w)
				break
			}
		}
	}
	for _, digits := range phoneLike.FindAllString(log, -1) {
		digits = regexp.MustCompile(`\D`).ReplaceAllString(digits, "")
		for _, p := range phones {
			if strings.Contains(digits, p[len(p)-8:]) {
				found = append(found, p)
			}
		}
	}
	return found
}

func TestWhatTheScanOfLogsFinds(t *testing.T) {
	phones := []string{"5511900004821"}
	for _, spelt := range []string{"5511900004821", "+55 11 90000-4821", "(11) 90000-4821", "1100004821", "90000.4821", "%2B5511900004821", "5511900004821@s.whatsapp.net"} {
		require.NotEmpty(t, revealed(`{"msg":"x","to":"`+spelt+`"}`, nil, phones), spelt)
	}
	require.Empty(t, revealed(`{"ts":"2026-11-28T13:00:00.482Z","to":"+55119****4821","n":4821}`, nil, phones))
	require.NotEmpty(t, revealed(`"Fulana Inconfund\u00edvel"`, []string{"Fulana Inconfundível"}, nil))
	require.NotEmpty(t, revealed(`/?search=Fulana+Inconfund%C3%ADvel`, []string{"Fulana Inconfundível"}, nil))
}

// The log of a daemon that goes through everything, what goes wrong included,
// holds no phone, key, token, password, text or name.
func TestTheLogOfAWholeFlowHoldsNothingOfAnybody(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	link := s.secret()
	s.join()
	const name, text, reply, wrong, note = "Fulana Inconfundível", "Texto reservado da campanha", "Resposta reservada da pessoa", "uma senha errada qualquer", "Recado reservado"
	words := []string{name, text, reply, wrong, note, link, s.token, "uma senha bem comprida", "ana@example.com", evolutiontest.DefaultKey, "geheim-chave"}
	var phones []string
	for i := range 10 {
		phones = append(phones, fmt.Sprintf("551190000482%d", i))
	}
	for i, kind := range []evolutiontest.Kind{evolutiontest.NotOnWhatsApp, evolutiontest.Garbage, evolutiontest.RelayTimeoutAfter, evolutiontest.ErrorLater, evolutiontest.Cut} {
		_, err := s.gateway.Inject(evolutiontest.Fault{Kind: kind, Number: phones[i], Times: 1})
		require.NoError(t, err)
	}

	// Strangers, and people who mistype.
	for _, path := range []string{"/api/auth/login/", "/api/auth/accept/", "/api/nothing/" + phones[0] + "/"} {
		post(t, s.daemon.url+path, `{"email":"ana@example.com","password":"`+wrong+`","secret":"`+wrong+`"}`)
	}
	post(t, s.daemon.url+"/api/contacts/groups/", `{}`, "Authorization", "Bearer "+s.token+"x")
	var tok struct{ Secret string }
	s.do("POST", "/api/auth/login/", `{"email":"ana@example.com","password":"uma senha bem comprida"}`, 200, nil)
	s.do("POST", "/api/accounts/tokens/", `{"title":"x","role":"viewer"}`, 201, &tok)
	require.NotEmpty(t, tok.Secret)
	words = append(words, tok.Secret)

	// The gateway, with a wrong key before the right one.
	s.do("POST", configPath, fmt.Sprintf(`{"base_url":%q,"api_key":"geheim-chave"}`, s.gatewayURL), 200, nil)
	s.do("POST", "/api/connections/evolution/test/", "", 200, nil)
	i := s.connect("vendas")
	s.do("POST", fmt.Sprintf("%s%d/send_test/", linesPath, i.ID), `{"phone":"+`+phones[9]+`","message":"`+text+`"}`, 200, nil)

	// People: by one, by many, by file, and what is refused of them.
	var rows []string
	for _, p := range phones[:8] {
		rows = append(rows, fmt.Sprintf(`{"name":%q,"phone":"+%s","notes":%q}`, name, p, note))
	}
	var bulk control.BulkReport
	s.do("POST", "/api/contacts/contacts/bulk_create/", `{"contacts":[`+strings.Join(rows, ",")+`]}`, 200, &bulk)
	s.do("POST", "/api/contacts/contacts/", `{"name":"`+name+`","phone":"+`+phones[0]+`"}`, 409, nil)
	s.do("POST", "/api/contacts/contacts/", `{"name":"`+name+`","phone":"+`+phones[8]+`","x":`, 400, nil)
	s.do("GET", "/api/contacts/contacts/?search="+phones[0]+url.QueryEscape(name), "", 200, nil)
	s.do("GET", "/api/contacts/contacts/"+phones[0]+"/", "", 404, nil)
	var job control.Import
	s.do("POST", "/api/contacts/imports/?name=pessoas.csv", "nome;telefone\n"+name+";"+phones[8]+"\n"+name+";12\n", 201, &job)
	s.do("PATCH", "/api/contacts/imports/"+job.ID+"/", `{"consent":"loja"}`, 200, nil)
	s.do("POST", "/api/contacts/imports/"+job.ID+"/start/", "", 200, nil)
	s.becomes("the file is read", func() bool {
		s.do("GET", "/api/contacts/imports/"+job.ID+"/", "", 200, &job)
		return job.Status == "done"
	})

	// A campaign, with what goes wrong.
	var ids []string
	for _, r := range bulk.Results {
		ids = append(ids, fmt.Sprint(r.ID))
	}
	var c control.Campaign
	s.do("POST", "/api/campaigns/campaigns/", fmt.Sprintf(`{"name":"x","schedule_type":"immediate","messages":[{"message_text":"%s, {{primeiro_nome}}!"}],"instances":[%d],"contacts":[%s]}`,
		text, i.ID, strings.Join(ids, ",")), 201, &c)
	s.do("POST", fmt.Sprintf("/api/campaigns/campaigns/%d/start/", c.ID), "", 200, nil)
	s.becomes("all were tried, failures and answers have come, and who was failed later waits", func() bool {
		m := s.metrics(c.ID)
		return m.Sent+m.Failed+m.Unknown == 7 && m.ByStatus["pending"] == 1 && m.Failed > 0 && m.Read > 0
	})
	s.do("GET", fmt.Sprintf("/api/campaigns/campaigns/%d/export/", c.ID), "", 200, nil)

	// Reports: true ones, and those that are forged, broken or of nobody.
	sub, _, err := evolution.New(evolution.Server{URL: s.gatewayURL, Key: evolutiontest.DefaultKey}).Subscribed(t.Context(), campaign.Route{Instance: "vendas"})
	require.NoError(t, err)
	header := string(sub.Headers[line.Header])
	_, secret, _ := strings.Cut(strings.TrimPrefix(sub.URL, s.public+line.Prefix), ".")
	require.NotEmpty(t, secret)
	words = append(words, header, secret)
	for _, said := range []string{reply, "SAIR"} {
		_, _, err = s.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: phones[7], Text: said, Name: name})
		require.NoError(t, err)
	}
	in := `{"event":"messages.upsert","instance":"vendas","data":{"key":{"remoteJid":"` + phones[6] + `@s.whatsapp.net","fromMe":false,"id":"3A01"},"pushName":"` + name +
		`","message":{"conversation":"` + reply + `"},"messageTimestamp":1790000000},"apikey":"` + evolutiontest.DefaultKey + `"}`
	for body, status := range map[string]int{in: 200, in[:60]: 200, strings.Replace(in, `"vendas"`, `"`+phones[5]+`"`, 1): 200,
		strings.Replace(in, phones[6]+"@s.whatsapp.net", phones[6]+"@lid", 1): 200, in + strings.Repeat(" ", evolution.MaxWebhook): 200} {
		got, _ := post(t, sub.URL, body, line.Header, header)
		require.Equal(t, status, got)
		got, _ = post(t, sub.URL, body, line.Header, header+"x")
		require.Equal(t, http.StatusUnauthorized, got)
	}
	s.becomes("the word was heard", func() bool { return s.optedOut(phones[7]) })

	out := s.daemon.stop()
	require.Contains(t, out.errout, "stopped", "there is a log")
	require.Contains(t, out.errout, "somebody wrote from an anonymous address", "it tells of what went wrong")
	require.Empty(t, revealed(out.errout, words, phones), "%s", out.errout)
}
