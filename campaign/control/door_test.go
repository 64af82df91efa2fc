package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

func TestEveryRouteWithAndWithoutSlash(t *testing.T) {
	w := newWorld(t)
	e := w.settle("shop")
	w.document().each(func(method, path string, op operation) {
		if method != "GET" || apart(op) {
			return
		}
		with, without := w.do(method, e.path(path), nil), w.do(method, strings.TrimSuffix(e.path(path), "/"), nil)
		require.Equal(t, with.status, without.status, path)
		if with.status == 200 {
			require.Equal(t, string(with.body), string(without.body), path)
		}
	})
	require.Equal(t, 201, w.do("POST", "/api/contacts/groups", m{"name": "sem barra"}).status, "a POST without the slash is no redirect")
}

func TestWhatHasNoRouteIsAProblem(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/api", "/api/", "/api/nothing/", "/api/campaigns/campaigns/1/nothing/", "/api/campaigns/campaigns/1/2/3/",
		"/api/campaigns//campaigns/", "/api/campaigns/../campaigns/", "/API/health/", "/api/health/x.json"} {
		w.do("GET", path, nil).refused(404, "no_such_route")
	}
	a := w.do("PUT", "/api/campaigns/campaigns/", nil)
	a.refused(405, "method_not_allowed")
	require.Contains(t, a.header.Get("Allow"), "POST")
	w.do("DELETE", "/api/health/", nil).refused(405, "method_not_allowed")
	w.do("GET", "/api/campaigns/campaigns/77/", nil).refused(404, "not_found")
	p := w.do("GET", "/api/campaigns/campaigns/abc/", nil).refused(422, "invalid")
	require.Equal(t, "path", p.Errors[0].In)
	w.do("GET", "/api/contacts/contacts/?search=%00", nil).refused(400, "query_malformed")
	w.do("GET", "/api/contacts/contacts/?search=%ff", nil).refused(400, "query_malformed")
}

func TestProblemsSpeakTwoLanguages(t *testing.T) {
	w := newWorld(t)
	pt := w.do("GET", "/api/campaigns/campaigns/77/", nil, "Accept-Language", "pt-BR,pt;q=0.9").refused(404, "not_found")
	en := w.do("GET", "/api/campaigns/campaigns/77/", nil, "Accept-Language", "en-US").refused(404, "not_found")
	none := w.do("GET", "/api/campaigns/campaigns/77/", nil, "Accept-Language", "").refused(404, "not_found")
	require.Equal(t, "Não encontrado", pt.Title)
	require.Equal(t, "Not Found", en.Title)
	require.NotEqual(t, pt.Detail, en.Detail)
	require.Equal(t, pt.Detail, none.Detail)
}

func TestRequestIDs(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, "abc-1", w.do("GET", "/api/health/", nil, "X-Request-Id", "abc-1").header.Get("X-Request-Id"))
	for _, bad := range []string{"", "a b", "<script>", strings.Repeat("x", 65)} {
		got := w.do("GET", "/api/health/", nil, "X-Request-Id", bad).header.Get("X-Request-Id")
		require.NotEmpty(t, got)
		require.NotEqual(t, bad, got)
	}
}

// The handler lives under a prefix in somebody else's mux, with their own way
// to know who calls.
func TestUnderAPrefixOfAForeignMux(t *testing.T) {
	who := func(r *http.Request) (campaign.Caller, error) {
		if r.Header.Get("X-Host-User") == "" {
			return campaign.Caller{}, control.ErrNoCaller
		}
		return campaign.Caller{Tenant: "host", Author: r.Header.Get("X-Host-User"), Role: campaign.Admin}, nil
	}
	w := newWorld(t, func(c *control.Config) { c.Authenticate = who })
	foreign := http.NewServeMux()
	foreign.Handle("/marketing/", http.StripPrefix("/marketing", w.api))
	foreign.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the host's own", http.StatusTeapot) })
	w.api = foreign
	w.do("GET", "/marketing/api/campaigns/campaigns/", nil).refused(401, "not_authenticated")
	require.Equal(t, http.StatusTeapot, w.do("GET", "/api/campaigns/campaigns/", nil).status)
	user := []string{"X-Host-User", "bob"}
	for _, name := range []string{"a", "b", "c"} {
		a := w.do("POST", "/marketing/api/contacts/groups", m{"name": name}, user...).is(201)
		require.Regexp(t, `^/marketing/api/contacts/groups/\d+/$`, a.header.Get("Location"))
		w.do("GET", a.header.Get("Location"), nil, user...).is(200)
	}
	p := into[control.Page[control.Group]](w.do("GET", "/marketing/api/contacts/groups?page_size=2", nil, user...).is(200))
	require.EqualValues(t, 3, *p.Count)
	require.True(t, strings.HasPrefix(*p.Next, "/marketing/api/contacts/groups?"), *p.Next)
	p = into[control.Page[control.Group]](w.do("GET", *p.Next, nil, user...).is(200))
	require.Len(t, p.Results, 1)
	require.Nil(t, p.Next)
	p = into[control.Page[control.Group]](w.do("GET", *p.Previous, nil, user...).is(200))
	require.Len(t, p.Results, 2)
	w.do("GET", "/marketing/nothing", nil, user...).refused(404, "no_such_route")
}

func TestPublicURLBeginsTheLinks(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.PublicURL = "https://app.example/marketing/" })
	w.do("POST", "/api/contacts/groups/", m{"name": "a"}).is(201)
	a := w.do("POST", "/api/contacts/groups/", m{"name": "b"}).is(201)
	require.True(t, strings.HasPrefix(a.header.Get("Location"), "https://app.example/marketing/api/contacts/groups/"))
	p := into[control.Page[control.Group]](w.do("GET", "/api/contacts/groups/?page_size=1&search=", nil).is(200))
	require.Equal(t, "https://app.example/marketing/api/contacts/groups/?page=2&page_size=1&search=", *p.Next)
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	w := newWorld(t)
	_, err := control.New(w.engine, control.Config{})
	require.ErrorContains(t, err, "Authenticate")
	_, err = control.New(nil, control.Config{Authenticate: byToken})
	require.Error(t, err)
	for _, u := range []string{"app.example", "ftp://app.example", "https://", "https://app.example?x=1"} {
		_, err = control.New(w.engine, control.Config{Authenticate: byToken, PublicURL: u})
		require.ErrorContains(t, err, "PublicURL", u)
	}
}

// A fault inside is logged and not shown, and a store that does not answer
// logs nobody out.
func TestFaultsOfOurs(t *testing.T) {
	fail := func(*http.Request) (campaign.Caller, error) { panic("secret") }
	w := newWorld(t, func(c *control.Config) {
		c.Authenticate = func(r *http.Request) (campaign.Caller, error) { return fail(r) }
	})
	p := w.do("GET", "/api/contacts/groups/", nil).refused(500, "internal_error")
	require.NotContains(t, p.Detail, "secret")
	fail = func(*http.Request) (campaign.Caller, error) { return campaign.Caller{}, campaign.ErrClosed }
	require.NotEmpty(t, w.do("GET", "/api/contacts/groups/", nil).header.Get("Retry-After"))
	w.do("GET", "/api/contacts/groups/", nil).refused(503, "unavailable")
	fail = func(*http.Request) (campaign.Caller, error) { return campaign.Caller{}, campaign.ErrForbidden }
	w.do("GET", "/api/contacts/groups/", nil).refused(403, "forbidden")
}

func TestMoreRequestsThanPlaces(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(c *control.Config) {
		c.Limits.Requests = 1
		c.Authenticate = func(r *http.Request) (campaign.Caller, error) {
			if r.Header.Get("Wait") != "" {
				close(inside)
				<-leave
			}
			return byToken(r)
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequest("GET", "/api/contacts/groups/", nil)
		r.Header.Set("Wait", "1")
		r.Header.Set("Authorization", "Bearer shop/ana/admin")
		w.api.ServeHTTP(httptest.NewRecorder(), r)
	}()
	<-inside
	a := w.do("GET", "/api/contacts/groups/", nil)
	a.refused(503, "too_many_requests")
	require.NotEmpty(t, a.header.Get("Retry-After"))
	close(leave)
	<-done
	w.do("GET", "/api/contacts/groups/", nil).is(200)
}
