package control

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"

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

// simplify takes ignored fields and optional nulls out of the schemas below v,
// and formats that stand for types of the generator's own.
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
