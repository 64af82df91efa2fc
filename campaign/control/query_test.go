package control_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign/control"
)

// A parameter that the document does not declare is refused on every route, as
// an unknown field of a body is.
func TestUnknownParametersAreRefused(t *testing.T) {
	w := newWorld(t)
	d, e := w.document(), w.settle("shop")
	routes := 0
	d.each(func(method, path string, op operation) {
		if op.RequestBody != nil && (method == "POST" || method == "PUT") && op.OperationID == "uploadImport" {
			return // its body is a file
		}
		at := e.path(path)
		sep := "?"
		if strings.Contains(at, "?") {
			sep = "&"
		}
		who := "Bearer shop/ana/admin"
		if needs(method, op) == host {
			who = "Bearer shop/ana/"
		}
		p := w.do(method, at+sep+"zzz=1", nil, "Authorization", who).refused(422, "invalid")
		require.Equal(t, "query", p.Errors[0].In, at)
		require.Equal(t, "zzz", p.Errors[0].Field, at)
		routes++
	})
	require.Greater(t, routes, 60)

	p := w.do("GET", "/api/contacts/contacts/?tag=vip&page_size=2", nil).refused(422, "invalid")
	require.Len(t, p.Errors, 1)
	require.Equal(t, "unknown_parameter", p.Errors[0].Code)
	require.Contains(t, p.Errors[0].Detail, "did you mean tags?")
	require.Contains(t, p.Errors[0].Detail, "page_size")
	pt := w.do("GET", "/api/contacts/contacts/?opted_out=true", nil, "Accept-Language", "pt-BR").refused(422, "invalid")
	require.Contains(t, pt.Errors[0].Detail, "este parâmetro não existe aqui")
}

// A value that cannot be read is told with its field and an example, in both
// languages.
func TestValuesThatCannotBeReadNameTheirField(t *testing.T) {
	w := newWorld(t)
	c := w.campaign(1)
	for _, x := range []struct {
		field string
		body  any
		code  string
		says  []string
	}{
		{"start_at", m{"start_at": "12/05/2026"}, "not_a_time", []string{"2026-12-31T15:04:05-03:00", "escreva o instante"}},
		{"start_at", m{"start_at": "2026-13-45T10:00:00Z"}, "not_a_time", []string{"write the instant", "escreva o instante"}},
		{"end_at", m{"end_at": "1890-01-01T10:00:00Z"}, "not_a_time", []string{"write the instant", "escreva o instante"}},
		{"start_at", m{"start_at": 12}, "wrong_type", []string{"a text", "um texto"}},
		{"morning_start", m{"schedule_type": "custom_period", "morning_start": "9 horas"}, "not_a_time_of_day", []string{"09:00", "escreva a hora como 09:00"}},
		{"schedule.daily[0].from", m{"schedule": m{"kind": "custom", "daily": []m{{"from": "25:99", "to": "10:00"}}}}, "not_a_time_of_day", []string{"09:00", "09:00"}},
		{"schedule.missed_start", m{"schedule": m{"missed_start": "run_if_within soon"}}, "not_understood", []string{"cannot be understood", "não pode ser entendido"}},
	} {
		for i, l := range []string{"en", "pt-BR"} {
			p := w.do("PATCH", campaignPath(c, ""), x.body, "Accept-Language", l).refused(422, "invalid")
			require.Len(t, p.Errors, 1, "%v", x.body)
			require.Equal(t, control.Fault{Field: x.field, In: "body", Code: x.code, Detail: p.Errors[0].Detail, Args: p.Errors[0].Args}, p.Errors[0])
			require.Contains(t, p.Errors[0].Detail, x.says[min(i, len(x.says)-1)])
			require.NotContains(t, p.Errors[0].Detail, "another form")
		}
	}
	p := w.do("POST", "/api/campaigns/holidays/", m{"date": "12/05/2026", "name": "x"}).refused(422, "invalid")
	require.Equal(t, "date", p.Errors[0].Field)
	require.Equal(t, "not_a_date", p.Errors[0].Code)
}
