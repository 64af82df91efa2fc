package control_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRequests sends whatever there is to every route: there is no fault of
// ours, and whatever is refused is a problem.
func FuzzRequests(f *testing.F) {
	for i, s := range []string{``, `{}`, `[]`, `null`, `{"name":null}`, `{"name":"\ud800"}`, `{"retries":1e400}`, `{"retries":99999999999999999999}`,
		`{"name":{"a":[1,2,{}]}}`, `{"contacts":[-1,0,9223372036854775807],"groups":[1],"tags":["",",","` + strings.Repeat("x", 5000) + `"]}`,
		`{"messages":[{"id":-5,"message_text":"{{","order":-9223372036854775808,"weight":-1},{},{"id":1},{"id":1}]}`,
		`{"order":9223372036854775807,"message_text":"x"}`, `{"order":-9223372036854775808}`,
		`{"schedule":{"kind":"custom","daily":[{"from":"24:00","to":"00:00"}],"week":{"xyz":[]},"params":{"a":1},"missed_start":"?"}}`,
		`{"schedule_type":"custom_period","morning_start":"25:00","morning_end":true}`, `{"timezone":"../../etc/passwd"}`,
		`{"start_at":"0000-01-01T00:00:00Z","end_at":"9999-12-31T23:59:59+23:59"}`, `{"pace":{"delay_min_seconds":-1,"ramp":[-1]}}`,
		`{"phone":"5,51199E+12","custom_vars":{"":"","a b":"\u0000"},"tags":["\u202e"]}`, `{"contacts":[{"phone":1},7,null,[],{"phone":"11 90000-0001"},{"phone":"11 90000-0001"}]}`,
		`{"date":"2026-02-30","name":"x","until":"14:00"}`, `{"date":"1900-01-01","name":"x","kind":"national"}`, `{"states":["XX","sp",""],"optional":true}`,
		`{"decision":"sent","note":"x"}`, `{"phones":["1","11 90000-0001"],"evidence":"x"}`, `{"instance_name":"x","delay_min_seconds":2147483647,"active_since":""}`,
		`{"per_day":-9223372036854775808}`, `{"reason":"` + strings.Repeat("é", 600) + `"}`} {
		f.Add(uint16(i), s, "page=2&page_size=9999999&cursor=5&year=2024&limit=3", "*")
	}
	f.Add(uint16(0), `{}`, "page=1000000&page_size=9223372036854775807", `"1"`)
	f.Add(uint16(1), `{}`, "cursor=9223372036854775807&status=sent,responded&level=error&event_type=x&contact=1", `W/"`)
	f.Add(uint16(2), `{}`, "contacts=1,2,x&tags=a,,b&tags_all=%2C&group=3&is_active=true&search=%25_%27", "")
	var w *world
	dir := f.TempDir()
	var routes []struct{ method, path string }
	f.Fuzz(func(t *testing.T, n uint16, body, query, match string) {
		if w == nil {
			w = newWorldIn(t, dir)
			e := w.settle("shop")
			w.document().each(func(method, path string, op operation) {
				if op.OperationID != "watchCampaign" {
					routes = append(routes, struct{ method, path string }{method, e.path(path)})
				}
			})
		}
		w.T = t
		if strings.ContainsAny(match, "\r\n\x00") {
			match = ""
		}
		for i, r := range routes {
			if n%8 != 0 && i%8 != int(n%8) { // one eighth at a time, or all
				continue
			}
			req := httptest.NewRequest(r.method, r.path, strings.NewReader(body))
			req.URL.RawQuery = query
			req.Header.Set("Authorization", "Bearer shop/ana/admin")
			req.Header.Set("If-Match", match)
			rec := httptest.NewRecorder()
			w.api.ServeHTTP(rec, req)
			require.NotEqual(t, 500, rec.Code, "%s %s?%s\n%s\n%s", r.method, r.path, query, body, rec.Body)
			if rec.Code >= 400 {
				require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"))
				require.True(t, json.Valid(rec.Body.Bytes()))
			}
		}
	})
}
