package control_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

// schema is the JSON schema of an operation's body; nil if it takes none.
func (d document) schema(op operation) m {
	if op.RequestBody == nil || op.RequestBody.Content["application/json"].Schema == nil {
		return nil
	}
	return d.resolved(op.RequestBody.Content["application/json"].Schema)
}

// resolved follows a reference.
func (d document) resolved(s m) m {
	for {
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		s = d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
	}
}

// hosts calls f with each place in a body where fields can stand that the
// schema declares: put makes a body with one field more there.
func (d document) hosts(s m, depth int, f func(s m, put func(name string, v any) any)) {
	s = d.resolved(s)
	if items, ok := s["items"].(m); ok {
		d.hosts(items, depth, func(in m, put func(string, any) any) {
			f(in, func(name string, v any) any { return []any{put(name, v)} })
		})
		return
	}
	props, ok := s["properties"].(m)
	if !ok || depth > 6 {
		return
	}
	f(s, func(name string, v any) any { return m{name: v} })
	for _, name := range slices.Sorted(maps.Keys(props)) {
		inner := props[name].(m)
		d.hosts(inner, depth+1, func(in m, put func(string, any) any) {
			f(in, func(field string, v any) any { return m{name: put(field, v)} })
		})
	}
}

// with lays the fields of over above those of a right body.
func with(t *testing.T, right, over any) any {
	out := m{}
	text, err := json.Marshal(right)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &out))
	for name, v := range over.(m) {
		out[name] = v
	}
	return out
}

// rightBody is a body that an operation takes.
func (w *world) rightBody(e estate, op operation) any {
	if b, ok := (map[string]any{
		"login": m{"email": "ana@" + e.tenant + ".example", "password": "wrong"}, "refresh": m{"refresh": "x"}, "changePassword": m{"old_password": "x", "new_password": "y"},
		"readLink": m{"secret": "x"}, "acceptLink": m{"secret": "x", "password": "y"},
	})[op.OperationID]; ok {
		return b
	}
	return w.body(e, op)
}

// Fields that nobody knows are refused in every body of the document, however
// deep they stand, and nothing of the request is carried out.
func TestMassAssignmentIsRefused(t *testing.T) {
	w := newWorld(t)
	d, e := w.document(), w.settle("shop")
	before := w.everything("shop", d, e)
	places := 0
	d.each(func(method, path string, op operation) {
		s := d.schema(op)
		if s == nil {
			return
		}
		at := method + " " + path
		who := "Bearer shop/ana/admin"
		if needs(method, op) == host && !slices.Contains(op.Tags, "auth") {
			who = "Bearer shop/ana/"
		}
		d.hosts(s, 0, func(in m, put func(string, any) any) {
			require.Equal(t, false, in["additionalProperties"], "%s takes fields that nobody knows", at)
			places++
			for _, field := range []string{"tenant", "Tenant", "is_admin", "role", "author", "by", "owner", "created_by", "seed", "$schema", "__proto__", "id_", ""} {
				if in["properties"].(m)[field] != nil || in["properties"].(m)[strings.ToLower(field)] != nil {
					continue
				}
				a := w.do(method, e.path(path), with(t, w.rightBody(e, op), put(field, "rival")), "Authorization", who)
				if op.OperationID == "bulkCreateContacts" && a.status == 200 { // each row has a report of its own
					for _, row := range into[control.BulkReport](a).Results {
						require.Equal(t, "rejected", row.Outcome, "%s %q: %s", at, field, a.body)
					}
					continue
				}
				p := a.refused(422, "invalid")
				require.True(t, slices.ContainsFunc(p.Errors, func(f control.Fault) bool {
					return f.Code == "unknown_field" && strings.HasSuffix(f.Field, field)
				}), "%s %q: %s", at, field, a.body)
			}
		})
	})
	require.Equal(t, before, w.everything("shop", d, e), "what was refused has changed something")
	require.Greater(t, places, 40)
}

// What is read-only may be sent back, as doc.go says, and is bound to nothing:
// it is taken in whatever form, and none of it shows anywhere.
func TestReadOnlyFieldsAreBoundToNothing(t *testing.T) {
	w := newWorld(t)
	d := w.document()
	fields := 0
	d.each(func(method, path string, op operation) {
		s := d.schema(op)
		if s == nil || apart(op) || needs(method, op) == host {
			return
		}
		var forged []any
		d.hosts(s, 0, func(in m, put func(string, any) any) {
			for name, p := range in["properties"].(m) {
				if p.(m)["readOnly"] == true {
					fields++
					for _, v := range []any{"forged-zz", 987654321, m{"x": "forged-zz"}, []any{"forged-zz"}, true} {
						forged = append(forged, put(name, v), put(strings.ToUpper(name), v))
					}
				}
			}
		})
		if len(forged) == 0 {
			return
		}
		tenant := "house-" + strings.ToLower(op.OperationID)
		e := w.settle(tenant)
		as := []string{"Authorization", "Bearer " + tenant + "/ana/admin"}
		for _, over := range forged {
			a := w.do(method, e.path(path), with(t, w.rightBody(e, op), over), as...)
			require.Contains(t, []int{200, 201, 204, 409, 422, 501}, a.status, "%s %s %v: %s", method, path, over, a.body)
			require.NotContains(t, string(a.body), "forged-zz")
			require.NotContains(t, string(a.body), "987654321")
		}
		d.each(func(m, p string, o operation) {
			if m == "GET" && !apart(o) && needs(m, o) != host { // some of it is gone: a list of messages was replaced
				a := w.do(m, e.path(p), nil, as...)
				require.NotContains(t, string(a.body), "forged-zz", "%s %s: %s", method, path, p)
				require.NotContains(t, string(a.body), "987654321", "%s %s: %s", method, path, p)
			}
		})
	})
	require.Greater(t, fields, 50)
}
