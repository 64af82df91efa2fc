package control_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

// maker makes requests as the document describes them, and as it does not. Each
// choice is one byte of data; where there are no more, the plainest is taken.
type maker struct {
	d    document
	e    estate
	data []byte
	text string
}

func (k *maker) choose(n int) int {
	if len(k.data) == 0 || n < 1 {
		return 0
	}
	b := k.data[0]
	k.data = k.data[1:]
	return int(b) % n
}

func pick[T any](k *maker, all ...T) T { return all[k.choose(len(all))] }

// odd is a value of any kind.
func (k *maker) odd() any {
	return pick[any](k, nil, true, 0, -1, 1e300, "", k.text, []any{}, m{}, []any{nil}, m{"": nil}, m{k.text: k.text}, json.Number("9223372036854775808"), []any{[]any{[]any{}}})
}

// value is one of a schema.
func (k *maker) value(s m, depth int) any {
	s = k.d.resolved(s)
	if k.choose(12) == 11 || depth > 6 {
		return k.odd()
	}
	if all, ok := s["enum"].([]any); ok {
		return pick(k, all...)
	}
	kind := ""
	switch t := s["type"].(type) {
	case string:
		kind = t
	case []any:
		kind = fmt.Sprint(pick(k, t...))
	}
	switch kind {
	case "object":
		return k.object(s, depth)
	case "array":
		all := []any{}
		items, _ := s["items"].(m)
		for range pick(k, 1, 0, 2, 3) {
			all = append(all, k.value(items, depth+1))
		}
		return all
	case "boolean":
		return pick(k, true, false)
	case "integer", "number":
		return k.number(s)
	case "string":
		return k.word(s)
	case "null":
		return nil
	}
	return k.odd()
}

func (k *maker) object(s m, depth int) any {
	out := m{}
	props, _ := s["properties"].(m)
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		p := props[name].(m)
		needed := slices.Contains(required, any(name))
		if rest := k.choose(4); p["readOnly"] != true && (needed && rest != 3 || !needed && rest == 1) {
			out[name] = k.value(p, depth+1)
		}
	}
	if more, ok := s["additionalProperties"].(m); ok {
		for range k.choose(3) {
			out[k.word(m{})] = k.value(more, depth+1)
		}
	}
	return out
}

func (k *maker) number(s m) any {
	low, _ := s["minimum"].(float64)
	high, ok := s["maximum"].(float64)
	if !ok {
		high = 1 << 31
	}
	return pick[any](k, 1, low, high, k.e.contact, k.e.group, k.e.instance, k.e.campaign, 0, -1, low-1, high+1, 1.5, json.Number("9223372036854775807"), json.Number("-9223372036854775808"), 1<<53)
}

func (k *maker) word(s m) string {
	switch s["format"] {
	case "date-time":
		return pick(k, "2026-03-02T13:00:00Z", "2026-03-02T23:59:60+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "2026-02-30T00:00:00Z", k.text)
	case "date":
		return pick(k, "2026-03-02", "2028-02-29", "0000-00-00", "9999-12-31", k.text)
	}
	return pick(k, "Ana", "11 90000-0001", k.text, "", "09:00", "18:00", "24:00", "Oi, {{primeiro_nome|amigo}}!", "{{saudacao}} {{", "{{x|{{y}}}}", "custom", "business_days", "America/Manaus", "../x",
		"SP", "https://gateway.example", "http://[::1", "ana@shop.example", "vip", "a long enough passphrase", "\u202e\ufeff", "é\u0301", strings.Repeat("x", 300), "%00", "1", "-1", k.e.user, k.e.job, "admin")
}

// request makes one of an operation.
func (k *maker) request(method, path string, op operation) (at, body string) {
	at = k.e.path(path)
	if strings.Contains(path, "{") && k.choose(6) == 5 {
		at = braces.ReplaceAllStringFunc(path, func(string) string {
			return url.PathEscape(pick(k, "1", "0", "-1", "9223372036854775807", "9223372036854775808", "x", k.text+"x", k.e.user, k.e.job, k.e.link))
		})
	}
	q := url.Values{}
	for _, p := range op.Parameters {
		if p.In == "query" && k.choose(4) == 1 {
			switch v := k.value(p.Schema, 1).(type) {
			case []any:
				q.Set(p.Name, strings.Trim(fmt.Sprint(v), "[]"))
			default:
				q.Set(p.Name, fmt.Sprint(v))
			}
		}
	}
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	s := k.d.schema(op)
	switch {
	case s != nil:
		v := k.value(s, 0)
		text, err := json.Marshal(v)
		if err != nil { // no text is sent either way
			return at, k.text
		}
		return at, string(text)
	case op.RequestBody != nil:
		return at, pick(k, "nome;telefone\nAna;11 90000-0001\n", k.text, "")
	}
	return at, ""
}

type described struct {
	method, path string
	op           operation
}

// FuzzShapes sends requests that are shaped as the document says, or nearly, one
// after the other as an administrator would: none is a fault of ours, and
// whatever is refused is a problem.
func FuzzShapes(f *testing.F) {
	for i := range 100 {
		f.Add(uint16(i), []byte{}, "x")
		var some []byte
		for j := range 60 {
			some = append(some, byte(i*7+j*j*13+j))
		}
		f.Add(uint16(i), some, "{{nome}}")
	}
	var w *world
	var routes []described
	var e estate
	var d document
	times, stopped, dir := 0, false, f.TempDir()
	var why bytes.Buffer // what the world's log says
	f.Fuzz(func(t *testing.T, n uint16, data []byte, text string) {
		if times++; w == nil || times%400 == 0 { // so that it does not grow for ever
			why.Reset()
			w = newWorldIn(t, filepath.Join(dir, fmt.Sprint(times)), func(c *control.Config) {
				c.Logger = slog.New(slog.NewTextHandler(&why, nil))
				c.Limits.StreamTime, c.Gateways, c.Connections = time.Millisecond, faultyGateways{&stopped}, &connections{}
			})
			d, e, routes = w.document(), w.settle("shop"), nil
			d.each(func(method, path string, op operation) { routes = append(routes, described{method, path, op}) })
		}
		w.T = t
		k := &maker{d: d, e: e, data: data, text: text}
		for i := range 3 {
			r := routes[(int(n)+i*31)%len(routes)]
			at, body := k.request(r.method, r.path, r.op)
			req := httptest.NewRequest(r.method, "/", strings.NewReader(body))
			u, err := url.ParseRequestURI(at)
			require.NoError(t, err, at)
			req.URL, req.RequestURI = u, at
			req.Header.Set("Authorization", pick(k, "Bearer shop/ana/admin", "Bearer shop/host/"))
			if k.choose(4) == 1 {
				req.Header.Set("Idempotency-Key", pick(k, "a", "b"))
			}
			if k.choose(6) == 1 {
				req.Header.Set("Content-Type", pick(k, "application/octet-stream", "multipart/form-data; boundary=x", "application/json; charset=latin1", "x"))
			}
			rec := httptest.NewRecorder()
			w.api.ServeHTTP(rec, req)
			require.Less(t, rec.Code, 500, "%s %s\n%s\n%s\n%s", r.method, at, body, rec.Body, &why)
			if rec.Code >= 400 {
				require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"))
				var p control.Problem
				require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &p))
				require.NotEmpty(t, p.Code)
				require.NotEmpty(t, p.Detail)
			}
		}
		if k.choose(8) == 1 {
			w.clock.Advance(time.Hour)
			_, err := w.engine.Step(t.Context())
			require.NoError(t, err)
		}
	})
}
