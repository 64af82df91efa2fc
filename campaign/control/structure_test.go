package control_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules of OpenAPI 3.1 and of JSON Schema 2020-12 for the parts of them that
// the document has: a word that stands in no list is a fault.
var (
	words31 = map[string][]string{
		"document":  {"openapi", "info", "servers", "paths", "components"},
		"info":      {"title", "version", "description"},
		"operation": {"operationId", "summary", "description", "tags", "parameters", "requestBody", "responses", "security", "deprecated"},
		"parameter": {"name", "in", "required", "description", "schema", "explode", "style", "example", "deprecated"},
		"body":      {"description", "content", "required"},
		"response":  {"description", "content", "headers"},
		"media":     {"schema", "example", "examples", "encoding"},
		"header":    {"schema", "description", "required"},
		"schema": {"$ref", "type", "title", "description", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "format", "default", "examples", "pattern",
			"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "deprecated"},
	}
	types31   = []string{"object", "array", "string", "number", "integer", "boolean", "null"}
	formats31 = []string{"", "date", "date-time", "int32", "int64", "double", "float", "binary", "uri", "email"}
	statuses  = regexp.MustCompile(`^([1-5](\d\d|XX)|default)$`)
	mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)
	component = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)
)

// structure looks at a document piece by piece.
type structure struct {
	schemas m
	used    map[string]bool
	faults  []string
}

func (s *structure) say(at, what string, args ...any) {
	s.faults = append(s.faults, at+": "+fmt.Sprintf(what, args...))
}

// object reads an object whose words are those of a kind.
func (s *structure) object(at, kind string, v any) m {
	o, ok := v.(m)
	if !ok {
		s.say(at, "is no %s", kind)
		return m{}
	}
	for word := range o {
		if !slices.Contains(words31[kind], word) {
			s.say(at, "%q is no word of a %s", word, kind)
		}
	}
	return o
}

func (s *structure) schema(at string, v any) {
	o := s.object(at, "schema", v)
	if ref, ok := o["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		s.used[name] = true
		if s.schemas[name] == nil {
			s.say(at, "%s leads nowhere", ref)
		}
	}
	var kinds []any
	switch t := o["type"].(type) {
	case string:
		kinds = []any{t}
	case []any:
		kinds = t
	}
	for i, k := range kinds {
		if name, _ := k.(string); !slices.Contains(types31, name) || slices.Contains(kinds[:i], k) {
			s.say(at, "type %v", o["type"])
		}
	}
	if slices.Contains(kinds, any("array")) && o["items"] == nil {
		s.say(at, "a list of what")
	}
	if f, _ := o["format"].(string); !slices.Contains(formats31, f) {
		s.say(at, "format %q", f)
	}
	if p, ok := o["pattern"].(string); ok {
		if _, err := regexp.Compile(p); err != nil {
			s.say(at, "pattern: %v", err)
		}
	}
	for low, high := range map[string]string{"minimum": "maximum", "minLength": "maxLength", "minItems": "maxItems", "minProperties": "maxProperties"} {
		a, isLow := o[low].(float64)
		b, isHigh := o[high].(float64)
		if o[low] != nil && !isLow || o[high] != nil && !isHigh || isLow && isHigh && a > b {
			s.say(at, "%s and %s", low, high)
		}
	}
	for _, word := range []string{"enum", "required"} {
		all, ok := o[word].([]any)
		if o[word] != nil && (!ok || len(all) == 0) {
			s.say(at, "%s is empty", word)
		}
		for i, x := range all {
			if slices.Contains(all[:i], x) {
				s.say(at, "%s says %v twice", word, x)
			}
		}
	}
	props, _ := o["properties"].(m)
	for name, p := range props {
		s.schema(at+"."+name, p)
	}
	choice, isList := o["anyOf"].([]any)
	if o["anyOf"] != nil && (!isList || len(choice) == 0) {
		s.say(at, "anyOf is empty")
	}
	for _, c := range choice {
		s.schema(at+".anyOf", c)
	}
	for _, word := range []string{"items", "additionalProperties"} {
		if _, flag := o[word].(bool); o[word] != nil && !flag {
			s.schema(at+"."+word, o[word])
		}
	}
}

func (s *structure) content(at string, v any) {
	all, ok := v.(m)
	if !ok || len(all) == 0 {
		s.say(at, "no content")
	}
	for kind, media := range all {
		if !mediaType.MatchString(kind) {
			s.say(at, "%q is no media type", kind)
		}
		s.schema(at+" "+kind, s.object(at, "media", media)["schema"])
	}
}

func (s *structure) operation(at string, v any) {
	o := s.object(at, "operation", v)
	seen := map[string]bool{}
	params, _ := o["parameters"].([]any)
	for _, v := range params {
		p := s.object(at, "parameter", v)
		key := fmt.Sprint(p["in"], " ", p["name"])
		if seen[key] {
			s.say(at, "%s is declared twice", key)
		}
		seen[key] = true
		s.schema(at+" "+key, p["schema"])
	}
	if o["requestBody"] != nil {
		s.content(at+" body", s.object(at, "body", o["requestBody"])["content"])
	}
	responses, _ := o["responses"].(m)
	if len(responses) == 0 {
		s.say(at, "no responses")
	}
	for code, v := range responses {
		r := s.object(at, "response", v)
		if text, _ := r["description"].(string); !statuses.MatchString(code) || text == "" {
			s.say(at, "response %q", code)
		}
		if r["content"] != nil {
			s.content(at+" "+code, r["content"])
		}
		headers, _ := r["headers"].(m)
		for name, h := range headers {
			s.schema(at+" "+name, s.object(at, "header", h)["schema"])
		}
	}
}

// faultsOf are all that is wrong with a document.
func faultsOf(text []byte) []string {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return []string{err.Error()}
	}
	s := &structure{used: map[string]bool{}}
	d := s.object("", "document", v)
	if version, _ := d["openapi"].(string); !regexp.MustCompile(`^3\.1\.\d+$`).MatchString(version) {
		s.say("", "openapi %q", version)
	}
	info := s.object("info", "info", d["info"])
	if info["title"] == nil || info["version"] == nil {
		s.say("info", "title and version are needed")
	}
	components, _ := d["components"].(m)
	s.schemas, _ = components["schemas"].(m)
	for name, c := range s.schemas {
		if !component.MatchString(name) {
			s.say(name, "is no name of a component")
		}
		s.schema(name, c)
	}
	paths, _ := d["paths"].(m)
	shapes := map[string]string{}
	for path, methods := range paths {
		shape := braces.ReplaceAllString(path, "{}")
		if shapes[shape] != "" || !strings.HasPrefix(path, "/") {
			s.say(path, "is the same as %q", shapes[shape])
		}
		shapes[shape] = path
		for method, o := range methods.(m) {
			if !slices.Contains([]string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}, method) {
				s.say(path, "%q is no method", method)
			}
			s.operation(method+" "+path, o)
		}
	}
	for name := range s.schemas {
		if !s.used[name] {
			s.say(name, "is never used")
		}
	}
	slices.Sort(s.faults)
	return s.faults
}

func TestDocumentKeepsTheRulesOfOpenAPI31(t *testing.T) {
	text := newWorld(t).do("GET", "/api/openapi.json", nil).is(200).body
	require.Empty(t, faultsOf(text))

	// The test finds what is wrong: one fault at a time.
	for old, bad := range map[string]string{
		`"openapi": "3.1.0"`: `"openapi": "3.0.3"`, `"title": "Campaigns"`: `"titel": "Campaigns"`, `"type": "integer"`: `"type": "int"`,
		`"format": "date-time"`: `"format": "datetime"`, `"$ref": "#/components/schemas/Problem"`: `"$ref": "#/components/schemas/Problems"`,
		`"in": "query"`: `"at": "query"`, `"application/json": {`: `"json": {`, `"readOnly": true`: `"nullable": true`, `"default": {`: `"error": {`,
		`"required": [`: `"required": [ "x", "x",`,
	} {
		require.Contains(t, string(text), old)
		require.NotEmpty(t, faultsOf([]byte(strings.Replace(string(text), old, bad, 1))), bad)
	}
}
