package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

const (
	configPath = "/api/connections/evolution/config/"
	linesPath  = "/api/notifications/whatsapp-instances/"
)

// connect sets the gateway through the API, makes a number there, and pairs
// it.
func (s *shop) connect(name string) control.Instance {
	s.t.Helper()
	s.do("POST", configPath, fmt.Sprintf(`{"base_url":%q,"api_key":%q}`, s.gatewayURL, evolutiontest.DefaultKey), 200, nil)
	var i control.Instance
	s.do("POST", linesPath, fmt.Sprintf(`{"instance_name":%q,"no_delay":true,"create_at_gateway":true}`, name), 201, &i)
	var p control.Pairing
	s.do("POST", fmt.Sprintf("%s%d/generate_qr/", linesPath, i.ID), "", 200, &p)
	require.NotEmpty(s.t, p.QRCode)
	require.True(s.t, strings.HasPrefix(p.QRImage, "data:image/png;base64,"))
	require.NoError(s.t, s.gateway.Scan(name))
	s.becomes("the number is open", func() bool {
		var st control.State
		s.do("POST", fmt.Sprintf("%s%d/check_status/", linesPath, i.ID), "", 200, &st)
		return st.State == campaign.ConnectionOpen
	})
	return i
}

func (s *shop) metrics(id int64) (m control.Metrics) {
	s.t.Helper()
	s.do("GET", fmt.Sprintf("/api/campaigns/campaigns/%d/metrics/", id), "", 200, &m)
	return m
}

// start runs a campaign to the phones 5511 9 0000-0001 and on.
func (s *shop) start(n int, from int64) int64 {
	s.t.Helper()
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"name":"Pessoa %d","phone":"11 90000-%04d"}`, i+1, i+1))
	}
	var bulk control.BulkReport
	s.do("POST", "/api/contacts/contacts/bulk_create/", `{"contacts":[`+strings.Join(rows, ",")+`]}`, 200, &bulk)
	var ids []string
	for _, r := range bulk.Results {
		ids = append(ids, fmt.Sprint(r.ID))
	}
	var c control.Campaign
	s.do("POST", "/api/campaigns/campaigns/", fmt.Sprintf(`{"name":"Páscoa","schedule_type":"immediate","messages":[{"message_text":"Oi, {{primeiro_nome}}!"}],"instances":[%d],"contacts":[%s]}`,
		from, strings.Join(ids, ",")), 201, &c)
	s.do("POST", fmt.Sprintf("/api/campaigns/campaigns/%d/start/", c.ID), "", 200, nil)
	return c.ID
}

func (s *shop) optedOut(phone string) bool {
	s.t.Helper()
	var p struct{ Results []control.Consent }
	s.do("POST", "/api/contacts/contacts/opt_out_status/", `{"phones":["`+phone+`"]}`, 200, &p)
	return p.Results[0].OptedOut
}

// The whole way: a gateway that is set through the API, a number that is made
// and paired there, a campaign, and what the gateway reports of it.
func TestWhatTheGatewayReportsShowsInTheFigures(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, environ ...string) {
		s := newShop(t, environ...)
		s.join()
		i := s.connect("vendas")

		sub, on, err := evolution.New(evolution.Server{URL: s.gatewayURL, Key: evolutiontest.DefaultKey}).Subscribed(t.Context(), campaign.Route{Instance: "vendas"})
		require.NoError(t, err)
		require.True(t, on)
		require.True(t, strings.HasPrefix(sub.URL, s.public+line.Prefix), "a slash at the end of the public address is left out")
		require.NotEmpty(t, sub.Headers[line.Header])
		s.becomes("a report has come, and told the phone that was paired", func() bool {
			s.do("GET", fmt.Sprintf("%s%d/", linesPath, i.ID), "", 200, &i)
			return i.Reports.State == string(line.Verified) && i.PhoneNumber != ""
		})

		id := s.start(3, i.ID)
		s.becomes("all three have read it", func() bool { return s.metrics(id).Read == 3 })
		_, reported, err := s.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: "5511900000001", Text: "Quero saber mais"})
		require.NoError(t, err)
		require.True(t, reported)
		_, _, err = s.gateway.Receive(evolutiontest.Inbound{Instance: "vendas", From: "5511900000002", Text: "SAIR", LID: true})
		require.NoError(t, err)
		s.becomes("the answers count", func() bool { return s.metrics(id).Responded == 2 })
		m := s.metrics(id)
		require.Equal(t, []int64{3, 3, 3, 3, 2, 0, 0}, []int64{m.Total, m.Sent, m.Delivered, m.Read, m.Responded, m.Failed, m.Unknown})
		require.EqualValues(t, 3, m.ByStatus["read"])
		require.EqualValues(t, 1, m.OptedOut)

		// Whoever has written the word gets nothing more.
		require.True(t, s.optedOut("5511900000002"))
		require.False(t, s.optedOut("5511900000001"))
		id = s.start(3, i.ID)
		s.becomes("two more have read it", func() bool { return s.metrics(id).Read == 2 })
		require.EqualValues(t, 1, s.metrics(id).Skipped)
		require.Equal(t, 1, s.gateway.CountTo("5511900000002"))
		require.Equal(t, "ok\n", s.says("health", "--ready", "--addr", strings.TrimPrefix(s.daemon.url, "http://")),
			"a tenant with a gateway of its own is enough to be ready")
	})
}

// An opt-out holds when the gateway's report is answered, not some time
// afterwards, and a campaign that is under way passes the person over.
func TestAnOptOutHoldsWhenItsReportIsAnswered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.join()
	i := s.connect("vendas")
	s.says("stop-all")
	id := s.start(2, i.ID)

	sub, _, err := evolution.New(evolution.Server{URL: s.gatewayURL, Key: evolutiontest.DefaultKey}).Subscribed(t.Context(), campaign.Route{Instance: "vendas"})
	require.NoError(t, err)
	body := `{"event":"messages.upsert","instance":"vendas","data":{"key":{"remoteJid":"5511900000002@s.whatsapp.net","fromMe":false,"id":"3A01"},
		"pushName":"Bia","message":{"conversation":"parar"},"messageType":"conversation","messageTimestamp":1790000000}}`
	report := func(header string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, sub.URL, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set(line.Header, header)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, report("guessed"))
	require.False(t, s.optedOut("5511900000002"), "a forged report has opted somebody out")
	require.Equal(t, http.StatusOK, report(string(sub.Headers[line.Header])))
	require.True(t, s.optedOut("5511900000002"))

	s.says("resume-all")
	s.becomes("nobody waits any more", func() bool { m := s.metrics(id); return m.Sent+m.Skipped == 2 })
	require.EqualValues(t, 1, s.metrics(id).Skipped)
	require.Zero(t, s.gateway.CountTo("5511900000002"))
}

// A key goes in and never comes out, and a gateway inside the network is asked
// only if the operator has allowed it.
func TestTheSettingsOfAGateway(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.join()
	var g control.Gateway
	s.do("GET", configPath, "", 200, &g)
	require.Equal(t, control.Gateway{}, g)
	set := func(url, key string, status int) string {
		return s.do("POST", configPath, fmt.Sprintf(`{"base_url":%q,"api_key":%q}`, url, key), status, nil)
	}
	for _, at := range []string{"http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://2130706433:1", "http://169.254.169.254", "http://10.0.0.1:8080"} {
		require.Contains(t, set(at, "geheim-1", 422), `"field":"base_url"`, at)
	}
	require.Contains(t, set("http://127.0.0.1:1", "geheim-1", 422), "CAMPAIGND_GATEWAY_ALLOW=127.0.0.1:1")
	require.NotContains(t, set(s.gatewayURL, "geheim-2", 200), "geheim")
	var r control.GatewayReport
	s.do("POST", "/api/connections/evolution/test/", "", 200, &r)
	require.Equal(t, "wrong_key", r.Code)
	s.do("POST", configPath, fmt.Sprintf(`{"api_key":%q}`, evolutiontest.DefaultKey), 200, &g)
	require.Equal(t, s.gatewayURL, g.BaseURL, "a new key leaves the address as it is")
	s.do("POST", "/api/connections/evolution/test/", "", 200, &r)
	require.Equal(t, control.GatewayReport{OK: true, Version: evolutiontest.Version}, r)

	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the key went to %s", r.Host) }))
	defer elsewhere.Close()
	require.Contains(t, s.do("POST", configPath, fmt.Sprintf(`{"base_url":%q}`, elsewhere.URL), 422, nil), "base_url")

	out := s.daemon.stop()
	for _, secret := range []string{"geheim", evolutiontest.DefaultKey} {
		require.NotContains(t, out.errout, secret)
	}
}

// The operator's gateway serves several tenants with one key: nobody gets at
// another's number by its name.
func TestNumbersOfTheSharedGatewayAreEachTenantsOwn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("antiga"))
	o.open()
	for _, name := range []string{"loja", "clinica"} {
		o.says("tenant", "create", name)
	}
	as := func(tenant string) *shop {
		return &shop{office: o, token: strings.TrimSpace(o.says("token", "create", "t", "--role", "admin", "--tenant", tenant))}
	}
	loja, clinica := as("loja"), as("clinica")
	var g control.Gateway
	loja.do("GET", configPath, "", 200, &g)
	require.Equal(t, control.Gateway{Shared: true}, g)
	var i control.Instance
	loja.do("POST", linesPath, `{"instance_name":"vendas","create_at_gateway":true}`, 201, &i)
	require.Equal(t, "no_public_url", i.Reports.State)
	require.Contains(t, clinica.do("POST", linesPath, `{"instance_name":"vendas","create_at_gateway":true}`, 409, nil), "instance_name_taken")
	require.Contains(t, clinica.do("POST", linesPath, `{"instance_name":"vendas"}`, 409, nil), "instance_for_host")
	require.Contains(t, clinica.do("POST", linesPath, `{"instance_name":"antiga"}`, 409, nil), "instance_for_host")
	clinica.do("POST", fmt.Sprintf("%s%d/disconnect/", linesPath, i.ID), "", 404, nil)

	// The name is free at the gateway now, and still loja's.
	loja.do("POST", fmt.Sprintf("%s%d/disconnect/", linesPath, i.ID), "", 200, nil)
	require.Contains(t, clinica.do("POST", linesPath, `{"instance_name":"vendas","create_at_gateway":true}`, 409, nil), "instance_name_taken")
	require.Contains(t, o.refuses("instance", "create", "vendas", "--record", "--tenant", "clinica"), "this number is recorded already")
	require.Contains(t, o.says("instance", "create", "antiga", "--record", "--tenant", "clinica"), "antiga")
}

// A tenant takes its own gateway away when no number is left there: none of them
// goes on at the operator's, under a name that may be somebody else's.
func TestATenantRemovesItsOwnGateway(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	own, err := evolutiontest.New(nil)
	require.NoError(t, err)
	web := httptest.NewServer(own)
	t.Cleanup(func() { web.Close(); require.NoError(t, own.Close()) })
	o.environ = append(o.environ, "CAMPAIGND_GATEWAY_ALLOW="+strings.TrimPrefix(web.URL, "http://"))
	o.open()
	o.says("tenant", "create", "loja")
	admin := &shop{office: o, token: strings.TrimSpace(o.says("token", "create", "t", "--role", "admin", "--tenant", "loja"))}
	admin.do("DELETE", configPath, "", 404, nil)
	admin.do("POST", configPath, fmt.Sprintf(`{"base_url":%q,"api_key":%q}`, web.URL, evolutiontest.DefaultKey), 200, nil)
	admin.do("POST", linesPath, `{"instance_name":"vendas","create_at_gateway":true}`, 201, nil)
	require.Contains(t, admin.do("DELETE", configPath, "", 409, nil), "numbers use this gateway: vendas")
	require.Contains(t, o.refuses("gateway", "remove", "--yes", "--tenant", "loja"), "remove them first")
	require.Contains(t, o.says("gateway", "show", "--tenant", "loja"), web.URL, "what was refused has changed nothing")
	o.says("instance", "remove", "vendas", "--yes", "--tenant", "loja")
	require.Equal(t, "No gateway of its own: this installation's is used.\n", o.says("gateway", "remove", "--yes", "--tenant", "loja"))
	require.Contains(t, o.refuses("gateway", "remove", "--yes", "--tenant", "loja"), "there is no such thing")
}

func TestTheDaemonSaysThatNothingIsReportedWithoutAPublicAddress(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()
	require.Contains(t, o.daemon.out, "reports    nowhere: no replies and no opt-outs arrive until CAMPAIGND_PUBLIC_URL is set\n")
	o.says("instance", "create", "vendas", "--record")
	require.Contains(t, o.says("status"), "vendas: no replies and no opt-outs arrive, and deliveries late")
	o.people("11 90000-0001")
	o.says("group", "create", "clientes")
	o.says("group", "add", "clientes", "1")
	o.says("campaign", "new", "Páscoa", "--group", "clientes", "--message", "Oi", "--instance", "vendas", "--schedule", "immediate")
	out := call(t, o.environ, "campaign", "start", "1", "--yes")
	require.Equal(t, exitOK, out.code, out.errout)
	require.Contains(t, out.errout, "vendas: no replies and no opt-outs arrive, and deliveries late: this installation has no public address, which its operator sets (CAMPAIGND_PUBLIC_URL)")
}

func TestAPublicAddressThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"app.example", "ftp://app.example", "https://", "https://ana:x@app.example", "https://app.example/?a=1", "https://app.example/#x"} {
		for _, f := range []publicFlag{{Public: bad}, {Reports: bad}} {
			_, _, err := f.addresses()
			require.ErrorContains(t, err, "write it like https://app.example", bad)
			require.NotContains(t, err.Error(), "ana:x")
		}
	}
	for given, want := range map[string]string{"": "", "https://app.example/": "https://app.example", "http://h:1/campaigns/": "http://h:1/campaigns"} {
		public, reports, err := publicFlag{Public: given}.addresses()
		require.NoError(t, err)
		require.Equal(t, want, public)
		require.Equal(t, want, reports, "gateways are where people are, unless it is said otherwise")
	}
	public, reports, err := publicFlag{"https://app.example", "http://campaignd:8000/"}.addresses()
	require.NoError(t, err)
	require.Equal(t, []string{"https://app.example", "http://campaignd:8000"}, []string{public, reports})
	o := call(t, []string{"CAMPAIGND_DATA=" + t.TempDir(), "CAMPAIGND_PUBLIC_URL=app.example"}, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "CAMPAIGND_PUBLIC_URL or --public cannot be used")
	o = call(t, []string{"CAMPAIGND_DATA=" + t.TempDir(), "CAMPAIGND_GATEWAY_ALLOW=a b"}, "serve", "--addr", "127.0.0.1:0")
	require.Equal(t, exitFail, o.code)
	require.Contains(t, o.errout, "CAMPAIGND_GATEWAY_ALLOW cannot be used")
}
