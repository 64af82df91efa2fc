package control_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// document is as much of an OpenAPI document as the tests read.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]map[string]any
		SecuritySchemes map[string]any
	}
}

type operation struct {
	OperationID string
	Summary     string
	Tags        []string
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   map[string]any
	}
	RequestBody *struct {
		Content map[string]struct{ Schema map[string]any }
	}
	Responses map[string]struct {
		Description string
		Content     map[string]struct{ Schema map[string]any }
	}
	Security []map[string][]string
}

func (w *world) document() (d document) {
	w.Helper()
	require.NoError(w, json.Unmarshal(w.do("GET", "/api/openapi.json", nil).is(200).body, &d))
	return d
}

// each calls f with every route of the document, in a fixed order.
func (d document) each(f func(method, path string, op operation)) {
	var keys []string
	for path, methods := range d.Paths {
		for method := range methods {
			keys = append(keys, path+" "+method)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		path, method, _ := strings.Cut(k, " ")
		f(strings.ToUpper(method), path, d.Paths[path][method])
	}
}

func TestDocumentIsTheGoldenOne(t *testing.T) {
	w := newWorld(t)
	var text bytes.Buffer
	require.NoError(t, control.WriteDocument(&text, w.api))
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", text.Bytes(), 0o644))
	}
	golden, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.Equal(t, string(golden), text.String(), "the routes have changed: go test ./campaign/control -run Document -update")
	require.JSONEq(t, string(golden), string(w.do("GET", "/api/openapi.json", nil, "Authorization", "").is(200).body))
}

// The same for generators of clients that know nothing newer than 3.0.
func TestDocument30IsTheGoldenOne(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, control.WriteDocument30(&text, newWorld(t).api))
	if *update {
		require.NoError(t, os.WriteFile("client/openapi-3.0.json", text.Bytes(), 0o644))
	}
	golden, err := os.ReadFile("client/openapi-3.0.json")
	require.NoError(t, err)
	require.Equal(t, string(golden), text.String(), "the routes have changed: see package client")
	require.NotContains(t, text.String(), `"null"`, "3.0 has no such type")
	require.Error(t, control.WriteDocument30(&text, http.NotFoundHandler()))
	require.Error(t, control.WriteDocument(&text, http.NotFoundHandler()))
}

var braces = regexp.MustCompile(`\{(\w+)\}`)

func TestDocumentIsValid(t *testing.T) {
	w := newWorld(t)
	d := w.document()
	require.Equal(t, "3.1.0", d.OpenAPI)
	ids := map[string]bool{}
	d.each(func(method, path string, op operation) {
		at := method + " " + path
		require.NotEmpty(t, op.OperationID, at)
		require.False(t, ids[op.OperationID], "two routes are called %s", op.OperationID)
		ids[op.OperationID] = true
		require.NotEmpty(t, op.Summary, at)
		require.True(t, strings.HasPrefix(path, "/api/") && strings.HasSuffix(path, "/"), at)
		var named, declared []string
		for _, m := range braces.FindAllStringSubmatch(path, -1) {
			named = append(named, m[1])
		}
		for _, p := range op.Parameters {
			require.Contains(t, []string{"path", "query", "header"}, p.In, at)
			require.NotEmpty(t, p.Schema, "%s: %s", at, p.Name)
			if p.In == "path" {
				require.True(t, p.Required, at)
				declared = append(declared, p.Name)
			}
		}
		require.ElementsMatch(t, named, declared, at)
		require.Contains(t, op.Responses, "default", at)
		require.Contains(t, op.Responses["default"].Content, "application/problem+json", at)
		require.Greater(t, len(op.Responses), 1, "%s: no answer for success", at)
		for code, r := range op.Responses {
			require.NotEmpty(t, r.Description, "%s %s", at, code)
		}
		for _, s := range op.Security {
			for name := range s {
				require.Contains(t, d.Components.SecuritySchemes, name, at)
			}
		}
	})
	require.NotContains(t, d.Components.Schemas, "ErrorModel")
	var whole any
	require.NoError(t, json.Unmarshal(w.do("GET", "/api/openapi.json", nil).body, &whole))
	walk(whole, func(o map[string]any) {
		if ref, ok := o["$ref"].(string); ok {
			require.Contains(t, d.Components.Schemas, strings.TrimPrefix(ref, "#/components/schemas/"), ref)
		}
		if list, ok := o["required"].([]any); ok {
			if props, ok := o["properties"].(map[string]any); ok {
				for _, name := range list {
					require.Contains(t, props, name)
				}
			}
		}
		require.NotContains(t, o, "$schema")
	})
	require.NotContains(t, fmt.Sprint(whole), "unpkg", "nothing is loaded from elsewhere")
}

// walk calls f with every object of a JSON value.
func walk(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(v)
		for _, inner := range v {
			walk(inner, f)
		}
	case []any:
		for _, inner := range v {
			walk(inner, f)
		}
	}
}

// The paths of the contract, which must never go away.
func TestDocumentHasTheContract(t *testing.T) {
	d := newWorld(t).document()
	for path, methods := range map[string]string{
		"/api/campaigns/campaigns/":                                "get post",
		"/api/campaigns/campaigns/{id}/":                           "get patch delete",
		"/api/campaigns/campaigns/{id}/start/":                     "post",
		"/api/campaigns/campaigns/{id}/pause/":                     "post",
		"/api/campaigns/campaigns/{id}/resume/":                    "post",
		"/api/campaigns/campaigns/{id}/cancel/":                    "post",
		"/api/campaigns/campaigns/{id}/logs/":                      "get",
		"/api/campaigns/campaigns/{id}/contacts/":                  "get post",
		"/api/campaigns/campaigns/{id}/messages/":                  "get post",
		"/api/campaigns/campaigns/{id}/messages/{mid}/":            "get patch delete",
		"/api/campaigns/campaigns/{id}/messages/{mid}/preview/":    "get",
		"/api/campaigns/holidays/":                                 "get post",
		"/api/campaigns/holidays/{id}/":                            "get patch delete",
		"/api/contacts/contacts/":                                  "get post",
		"/api/contacts/contacts/{id}/":                             "get patch delete",
		"/api/contacts/contacts/bulk_create/":                      "post",
		"/api/contacts/groups/":                                    "get post",
		"/api/contacts/groups/{id}/":                               "get patch delete",
		"/api/contacts/groups/{id}/add_contacts/":                  "post",
		"/api/contacts/groups/{id}/remove_contacts/":               "post",
		"/api/connections/evolution/config/":                       "get post delete",
		"/api/connections/evolution/test/":                         "post",
		"/api/notifications/whatsapp-instances/":                   "get post",
		"/api/notifications/whatsapp-instances/{id}/":              "get patch delete",
		"/api/notifications/whatsapp-instances/{id}/generate_qr/":  "post",
		"/api/notifications/whatsapp-instances/{id}/check_status/": "post",
		"/api/notifications/whatsapp-instances/{id}/send_test/":    "post",
		"/api/notifications/whatsapp-instances/{id}/disconnect/":   "post",
		"/api/auth/login/":                                         "post",
		"/api/health/":                                             "get",
	} {
		for method := range strings.FieldsSeq(methods) {
			require.Contains(t, d.Paths[path], method, "%s", path)
		}
	}
}
