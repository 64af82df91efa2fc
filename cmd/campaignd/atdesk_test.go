package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// office is a daemon with its gateway, and the commands that reach it.
type office struct {
	t       *testing.T
	environ []string
	gateway *evolutiontest.Gateway
	daemon  served
}

func newOffice(t *testing.T) *office {
	t.Helper()
	g, err := evolutiontest.New(nil)
	require.NoError(t, err)
	web := httptest.NewServer(g)
	t.Cleanup(func() { web.Close(); require.NoError(t, g.Close()) })
	o := &office{t: t, gateway: g, environ: []string{"CAMPAIGND_DATA=" + filepath.Join(t.TempDir(), "data"),
		"CAMPAIGND_ADDR=127.0.0.1:0", "EVOLUTION_API_URL=" + web.URL, "EVOLUTION_API_KEY=" + evolutiontest.DefaultKey, "LANG=C"}}
	return o
}

func (o *office) open() {
	o.t.Helper()
	o.daemon = serveHere(o.t, o.environ, "serve")
	o.t.Cleanup(func() {
		out := o.daemon.stop()
		require.Equal(o.t, exitOK, out.code, out.errout)
	})
}

// begin makes the installation, and runs no daemon.
func (o *office) begin() { o.says("user", "first") }

// says runs a command that must succeed, and returns what it printed.
func (o *office) says(args ...string) string {
	o.t.Helper()
	out := call(o.t, o.environ, args...)
	require.Equal(o.t, exitOK, out.code, "%v: %s", args, out.errout)
	return out.out
}

// refuses runs a command that must fail, and returns why.
func (o *office) refuses(args ...string) string {
	o.t.Helper()
	out := call(o.t, o.environ, args...)
	require.Equal(o.t, exitFail, out.code, "%v: %s", args, out.out)
	return out.errout
}

// until repeats a command until it says something.
func (o *office) until(want string, args ...string) {
	o.t.Helper()
	require.Eventually(o.t, func() bool { return strings.Contains(o.says(args...), want) }, 30*time.Second, 50*time.Millisecond, "%v", args)
}

// The whole of a campaign by the command line alone, while a daemon runs.
func TestACampaignByTheCommandLineAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()

	require.Contains(t, o.says("status"), "The daemon runs.\nNo campaign is under way.\n")
	require.Contains(t, o.says("instance", "create", "vendas", "--record"), "1  vendas")
	require.Contains(t, o.says("instance", "pace", "vendas", "--min", "1", "--max", "1"), "1-1 s")
	require.Equal(t, "1  clientes  0 people\n", o.says("group", "create", "clientes"))
	o.people("11 90000-0001", "11 90000-0002", "11 90000-0003")
	require.Equal(t, "1  clientes  3 people\n", o.says("group", "add", "clientes", "1", "2", "3"))
	require.Equal(t, "+5511900000003  gets no more messages\n", o.says("optout", "(11) 90000-0003", "--evidence", "by phone"))

	require.Equal(t, "#1  Páscoa  draft, 3 people\nschedule: immediate\n", o.says("campaign", "new", "Páscoa", "--group", "clientes", "--schedule", "immediate"))
	why := o.refuses("campaign", "start", "1", "--yes")
	require.Contains(t, why, "messages: ")
	require.Contains(t, why, "instances: ")
	require.Contains(t, o.refuses("campaign", "start", "1"), "messages: ", "what is in the way is told before anything is asked")
	require.Contains(t, o.says("campaign", "forecast", "1"), "before a start:\n  messages: ")
	o.says("campaign", "edit", "#1", "--message", "Oi, {{primeiro_nome|amigo}}!", "--instance", "vendas")
	require.Contains(t, o.says("campaign", "preview", "1", "--limit", "1"), "message 1, to Ana 0 +5511900000001\n    Oi, Ana!\n")
	plan := o.says("campaign", "forecast", "1")
	require.Contains(t, plan, "2 sends: the first ")
	require.Contains(t, plan, "left out: 1 person (")
	require.Contains(t, plan, "vendas 2")
	require.NotContains(t, plan, "before a start")
	require.Contains(t, o.says("campaign", "why", "1"), "vendas: may not send\n  the campaign is not sending: draft\n")
	require.Contains(t, o.says("campaign", "why", "1", "--phone", "11 90000-0003"), "this person has asked to get no more messages")
	require.Contains(t, o.says("campaign", "why", "1", "--position", "2"), "nothing about this person is in the way\n  ahead in the audience: 1\n")
	require.Contains(t, o.refuses("campaign", "why", "1", "--phone", "11 90000-0077"), "this person is not in the audience of campaign #1")
	refused := o.refuses("campaign", "start", "1")
	require.Contains(t, refused, "2 sends: the first ")
	require.Contains(t, refused, "Nobody can answer here")

	o.says("campaign", "start", "1", "--yes")
	require.Contains(t, o.says("campaign", "pause", "1", "--reason", "almoço"), "Nothing starts any more")
	require.Contains(t, o.says("campaign", "logs", "1"), "almoço")
	require.Contains(t, o.says("status"), "#1  Páscoa  paused")
	o.says("campaign", "resume", "1")
	o.until("completed", "campaign", "show", "1")

	var shown map[string]any
	require.NoError(t, json.Unmarshal([]byte(o.says("campaign", "show", "1", "--json")), &shown))
	require.EqualValues(t, 2, shown["sent_messages"])
	require.EqualValues(t, 1, shown["skipped_messages"])
	require.Contains(t, o.says("campaign", "watch", "1"), "100.0 %  2/3")
	require.Equal(t, "No send is unknown.\n", o.says("unknown", "list"))

	file := filepath.Join(t.TempDir(), "audience.csv")
	o.says("campaign", "export", "1", "-o", file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 4, strings.Count(string(text), "\n"), "a header and three people")
	require.Contains(t, o.refuses("campaign", "export", "1", "-o", file), "the file cannot be made")
	require.Len(t, o.gateway.Sends(), 2)
}

// people puts contacts into the address book, as a client of the API does.
func (o *office) people(phones ...string) {
	o.t.Helper()
	token := strings.TrimSpace(o.says("token", "create", "test", "--role", "operator"))
	for i, p := range phones {
		body := strings.NewReader(`{"name":"Ana ` + string(rune('0'+i)) + `","phone":"` + p + `"}`)
		req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.daemon.url+"/api/contacts/contacts/", body)
		require.NoError(o.t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		require.NoError(o.t, err)
		require.NoError(o.t, res.Body.Close())
		require.Equal(o.t, http.StatusCreated, res.StatusCode)
	}
}

// Without a daemon the commands open the store themselves, and say that
// nothing is sent.
func TestCommandsWorkWithoutADaemon(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.begin()
	require.Contains(t, o.says("status"), "No daemon runs here: nothing is sent")
	require.Equal(t, "#1  A  draft, 0 people\nschedule: business hours\n", o.says("campaign", "new", "A"))
	require.Contains(t, o.says("campaign", "list"), "#1  draft")
	require.Contains(t, o.says("stop-all"), "Nothing starts any more", "the next daemon is stopped, too")
	require.Contains(t, o.says("status"), "Everything is stopped")
	o.says("resume-all")
	require.Contains(t, o.refuses("campaign", "show", "2"), "there is no such thing here")
	require.Contains(t, o.refuses("campaign", "show", "A"), `"A" is none`)
}

// While everything is stopped, nothing of any campaign starts.
func TestStopAllFromTheCommandLine(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	require.NoError(t, o.gateway.Open("vendas"))
	o.open()
	require.Contains(t, o.says("stop-all", "--reason", "maintenance"), "Nothing starts any more")
	require.Contains(t, o.says("status"), ": maintenance (campaignd resume-all)")
	o.daemon.stop()
	o.open()
	require.Contains(t, o.says("status"), "Everything is stopped since", "a restart does not end it")
	o.says("resume-all")
	require.Contains(t, o.says("status"), "The daemon runs.")
}

// The link of the first administrator opens one account, once; a lost one is
// renewed from the command line, and the old one opens nothing.
func TestTheFirstLogin(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	lost := strings.TrimSpace(o.says("user", "first"))
	again := strings.TrimSpace(o.says("user", "first"))
	require.NotEqual(t, lost, again)
	page, _, _ := strings.Cut(again, "#")
	require.Equal(t, o.daemon.url+"/join", page, "where the daemon listens is known to the daemon, not to the shell")
	secret := func(link string) string { _, s, _ := strings.Cut(link, "#"); return s }

	accept := func(secret string) int {
		body := strings.NewReader(`{"secret":"` + secret + `","email":"ana@example.com","password":"uma senha bem comprida"}`)
		res, err := http.Post(o.daemon.url+"/api/auth/accept/", "application/json", body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, accept(secret(lost)))
	require.Equal(t, http.StatusOK, accept(secret(again)))
	require.Equal(t, http.StatusUnauthorized, accept(secret(again)))
	spent := call(t, append(slices.Clone(o.environ), "LANG=pt_BR.UTF-8"), "user", "list")
	require.Contains(t, spent.out, "ana@example.com")
	res, err := http.Post(o.daemon.url+"/api/auth/link/", "application/json", strings.NewReader(`{"secret":"`+secret(again)+`"}`))
	require.NoError(t, err)
	var said struct{ Code, Detail string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&said))
	require.NoError(t, res.Body.Close())
	require.Equal(t, "link_spent", said.Code)
	require.Contains(t, o.refuses("user", "invite", "joana@padaria"), "email: ")
	require.Contains(t, o.refuses("user", "first"), "there are users already")

	login := func(password string) int {
		res, err := http.Post(o.daemon.url+"/api/auth/login/", "application/json",
			strings.NewReader(`{"email":"ana@example.com","password":"`+password+`"}`))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, login("wrong and long enough"))
	require.Equal(t, http.StatusOK, login("uma senha bem comprida"))
}

// The page behind the link loads nothing from elsewhere.
func TestTheJoinPage(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	for language, want := range map[string]string{"pt-BR,pt;q=0.9": "Crie sua conta", "en": "Make your account", "": "Crie sua conta"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.daemon.url+"/join", nil)
		require.NoError(t, err)
		req.Header.Set("Accept-Language", language)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		var page strings.Builder
		require.NoError(t, res.Write(&page))
		require.NoError(t, res.Body.Close())
		require.Contains(t, page.String(), want, language)
		require.Contains(t, res.Header.Get("Content-Security-Policy"), "default-src 'none'")
		require.NotContains(t, page.String(), "http://")
		require.NotContains(t, page.String(), "https://")
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.open()
	addr := strings.TrimPrefix(o.daemon.url, "http://")
	require.Equal(t, "ok\n", o.says("health", "--addr", addr))
	o.until("ok", "health", "--addr", addr)
	require.Contains(t, o.refuses("health", "--addr", "nowhere"), "write it as 127.0.0.1:8000")
}
