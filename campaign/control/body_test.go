package control_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

func TestBodiesThatAreTooLarge(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Limits.Body, c.Limits.BulkBody = 100, 300 })
	fits := `{"name":"` + strings.Repeat("x", 100-11) + `"}`
	require.Len(t, fits, 100)
	w.do("POST", "/api/contacts/groups/", fits).is(201)
	p := w.do("POST", "/api/contacts/groups/", fits+" ").refused(413, "body_too_large")
	require.Equal(t, "100", p.Args["max"])
	w.do("POST", "/api/contacts/contacts/bulk_create/", `{"contacts":[]}`+strings.Repeat(" ", 200)).is(200)
	w.do("POST", "/api/contacts/contacts/bulk_create/", `{"contacts":[]}`+strings.Repeat(" ", 300)).refused(413, "body_too_large")
}

func TestBodiesThatAreNone(t *testing.T) {
	w := newWorld(t)
	for body, code := range map[string]string{"": "body_missing", "{": "body_not_json", "nonsense": "body_not_json", `{"name":"\u0000"}`: "body_not_json",
		`{"name":"a","name":"b"`: "body_not_json"} {
		w.do("POST", "/api/contacts/groups/", body).refused(400, code)
	}
	w.do("POST", "/api/contacts/groups/", `{"name":"\\u0000 is only text"}`).is(201)
	// A text that is damaged on its way is refused before it is stored as U+FFFD.
	for _, bad := range []string{"Ol\xe1", "\xff", "\xed\xa0\xbd", `\ud83d`, `\uDF38`, `\ud83d\ud83d\udf38`, `\\\ud83d!`, `\ud83d\n`} {
		for path, body := range map[string]string{
			"/api/contacts/groups/":                 `{"name":"` + bad + `"}`,
			"/api/campaigns/campaigns/":             `{"name":"x","messages":[{"message_text":"` + bad + `"}]}`,
			"/api/contacts/contacts/bulk_create/":   `{"contacts":[{"name":"` + bad + `","phone":"11 90000-0001"}]}`,
			"/api/contacts/contacts/export_person/": `{"` + bad + `":1}`,
		} {
			p := w.do("POST", path, body, "Accept-Language", "en").refused(400, "body_not_utf8")
			require.Contains(t, p.Detail, "UTF-8")
		}
		w.do("PATCH", "/api/campaigns/calendar/", `{"x":"`+bad+`"}`).refused(400, "body_not_utf8")
	}
	for i, good := range []string{`\ud83c\udf38`, `\\ud83d`, "\ufffd", `\u00e1\"\\`, "🌸"} {
		w.do("POST", "/api/contacts/groups/", fmt.Sprintf(`{"name":"%d %s"}`, i, good)).is(201)
	}
	w.do("GET", "/api/contacts/groups/?search=Ol%e1", nil).refused(400, "query_malformed")
	w.do("GET", "/api/tenants/a%ff/", nil).is(404)
	w.do("POST", "/api/contacts/groups/", "a=b", "Content-Type", "application/x-www-form-urlencoded").refused(415, "content_type_unknown")
	for body, code := range map[string]string{`[]`: "wrong_type", `"x"`: "wrong_type", `{"name":7}`: "wrong_type", `{"naem":"x"}`: "unknown_field"} {
		p := w.do("POST", "/api/contacts/groups/", body).refused(422, "invalid")
		require.Equal(t, code, p.Errors[0].Code, body)
	}
}

// What the caller sent does not come back in a problem: it can be anything.
func TestProblemsDoNotEcho(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{`{"phone":"5511900001234","bogus":"5511900001234"}`, `{"name":["5511900001234"]}`, `{"phone":"5511900001234`} {
		a := w.do("POST", "/api/contacts/contacts/", body)
		require.GreaterOrEqual(t, a.status, 400)
		require.NotContains(t, string(a.body), "900001234")
	}
}

func TestSlowClientIsCutOff(t *testing.T) {
	w := newWorld(t, func(c *control.Config) { c.Limits.BodyTime = 50 * time.Millisecond })
	srv := httptest.NewServer(w.api)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprint(conn, "POST /api/contacts/groups/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer shop/ana/admin\r\nContent-Length: 50\r\n\r\n{\"name\":")
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil) // the rest never comes
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusRequestTimeout, res.StatusCode)
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "body_too_slow")
}

// Whoever breaks off in the middle of a body changes nothing.
func TestCutBodyChangesNothing(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest("POST", "/api/contacts/groups/", io.MultiReader(strings.NewReader(`{"name":"x"}`), broken{}))
	r.Header.Set("Authorization", "Bearer shop/ana/admin")
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	require.Equal(t, 400, rec.Code)
	require.Contains(t, rec.Body.String(), "body_incomplete")
	require.EqualValues(t, 0, *into[control.Page[control.Group]](w.do("GET", "/api/contacts/groups/", nil).is(200)).Count)
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
