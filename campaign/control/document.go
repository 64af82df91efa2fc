package control

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

var errForeign = errors.New("control: the handler is not one of New")

// WriteDocument writes the OpenAPI 3.1 document of the routes as indented JSON.
func WriteDocument(w io.Writer, h http.Handler) error {
	a, ok := h.(*api)
	if !ok {
		return errForeign
	}
	_, err := w.Write(a.document)
	return err
}

// WriteDocument30 writes the routes as OpenAPI 3.0.3, for generators of clients
// that know nothing newer, and without what is of no use to them, or does harm:
// the read-only fields that a request may hold and that change nothing, and the
// null of fields that may be left out. A generated client would send that null
// for whatever it was not given, and so empty the field. A file that can be the
// body itself is no part of a form there.
func WriteDocument30(w io.Writer, h http.Handler) error {
	a, ok := h.(*api)
	if !ok {
		return errForeign
	}
	text, err := a.huma.OpenAPI().Downgrade()
	if err != nil {
		return err
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	simplify(doc)
	text, err = json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// orNull says of the fields of answers that are an object or null that they may
// be null. Huma says it of plain values alone.
func orNull(r huma.Registry) {
	const prefix = "#/components/schemas/"
	for name, s := range r.Map() {
		t := r.TypeFromRef(prefix + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			field, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := s.Properties[field]
			if p != nil && p.Ref != "" && f.Type.Kind() == reflect.Pointer && options == "" {
				s.Properties[field] = &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
			}
		}
	}
}

// simplify takes ignored fields and optional nulls out of the schemas below v,
// and formats that stand for types of the generator's own. What is an object or
// null is written as 3.0 does.
func simplify(v any) {
	switch v := v.(type) {
	case map[string]any:
		if props, ok := v["properties"].(map[string]any); ok {
			required, _ := v["required"].([]any)
			for name, p := range props {
				s, ok := p.(map[string]any)
				switch {
				case !ok:
				case s["readOnly"] == true && s["type"] == nil:
					delete(props, name)
				case !slices.Contains(required, any(name)):
					delete(s, "nullable")
				}
			}
		}
		if choice, ok := v["anyOf"].([]any); ok && len(choice) == 2 && reflect.DeepEqual(choice[1], map[string]any{"type": "null"}) {
			delete(v, "anyOf")
			v["allOf"], v["nullable"] = choice[:1], true
		}
		if v["application/octet-stream"] != nil {
			delete(v, formType)
		}
		if v["type"] == huma.TypeString && v["format"] == "date" {
			delete(v, "format")
		}
		for _, inner := range v {
			simplify(inner)
		}
	case []any:
		for _, inner := range v {
			simplify(inner)
		}
	}
}
