package control_test

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

// fromHeader takes the address of a client from a header of the test.
func fromHeader(r *http.Request) netip.Addr {
	a, _ := netip.ParseAddr(r.Header.Get("From"))
	return a
}

func TestACallerWhoAsksTooOftenWaits(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Rates.Caller, c.Address = 60, fromHeader })
	for range 10 {
		w.do("GET", "/api/contacts/groups/", nil).is(200)
	}
	a := w.do("POST", "/api/contacts/groups/", m{"name": "x"}, "From", "203.0.113.9")
	p := a.refused(429, "asked_too_often")
	require.Equal(t, "1", a.header.Get("Retry-After"))
	require.Equal(t, "1", p.Args["seconds"])
	require.Equal(t, "too many requests in a short time: try again in 1 s", p.Detail)
	p = w.do("GET", "/api/contacts/groups/", nil, "Accept-Language", "pt-BR").refused(429, "asked_too_often")
	require.Equal(t, "requisições demais em pouco tempo: tente de novo em 1 s", p.Detail)
	for _, other := range []string{"shop/bia/admin", "rival/ana/admin"} {
		w.do("GET", "/api/contacts/groups/", nil, "Authorization", "Bearer "+other).is(200)
	}
	w.do("GET", "/api/contacts/groups/", nil, "Authorization", "").refused(401, "not_authenticated")
	w.clock.Advance(time.Second)
	require.EqualValues(t, 0, *into[control.Page[control.Group]](w.do("GET", "/api/contacts/groups/", nil).is(200)).Count, "what was sent away has changed nothing")
	w.do("GET", "/api/contacts/groups/", nil).refused(429, "asked_too_often")
}

func TestAnAddressThatAsksTooOftenWaitsBeforeAnybodyLooksWhoItIs(t *testing.T) {
	looked := 0
	w := newWorld(t, func(c *control.Config) {
		c.Rates.Address, c.Address = 60, fromHeader
		who := c.Authenticate
		c.Authenticate = func(r *http.Request) (campaign.Caller, error) { looked++; return who(r) }
	})
	at := []string{"From", "203.0.113.9", "Authorization", "Bearer guess"}
	for range 10 {
		w.do("GET", "/api/contacts/groups/", nil, at...).refused(401, "not_authenticated")
	}
	for range 5 {
		w.do("GET", "/api/contacts/groups/", nil, at...).refused(429, "asked_too_often")
	}
	require.Equal(t, 10, looked)
	w.do("GET", "/api/contacts/groups/", nil, "From", "203.0.113.10").is(200)
	for range 20 { // an address that is not known is nobody's
		w.do("GET", "/api/contacts/groups/", nil).is(200)
	}
}

func TestLoginsOfAnAddressAreFewer(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Rates.Login, c.Address = 6, fromHeader })
	try := func(path string, body m) answer { return w.do("POST", path, body, "From", "2001:db8::1") }
	for range 5 {
		try("/api/auth/refresh/", m{"refresh": "x"}).refused(401, "not_authenticated")
		try("/api/auth/link/", m{"secret": "x"}).is(401)
	}
	for path, body := range map[string]m{"/api/auth/login/": {"email": "a@b.example", "password": "x"}, "/api/auth/refresh/": {"refresh": "x"},
		"/api/auth/link/": {"secret": "x"}, "/api/auth/accept/": {"secret": "x", "password": "x"}} {
		a := try(path, body)
		a.refused(429, "asked_too_often")
		require.Equal(t, "10", a.header.Get("Retry-After"))
	}
	w.do("POST", "/api/auth/login/", m{"email": "a@b.example", "password": "x"}, "From", "2001:db8::5").refused(429, "asked_too_often")
	w.do("POST", "/api/auth/login/", m{"email": "a@b.example", "password": "x"}, "From", "2001:db8:0:1::5").refused(401, "wrong_password")
	for range 20 {
		w.do("GET", "/api/health/", nil, "From", "2001:db8::1").is(200)
		w.do("GET", "/api/contacts/groups/", nil, "From", "2001:db8::1").is(200)
	}
}
