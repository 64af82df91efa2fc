package control

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Maybe is a field of a request that tells "not given" from "given as null".
// Null empties the field.
type Maybe[T any] struct {
	Given bool
	Value T
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *Maybe[T]) UnmarshalJSON(text []byte) error {
	var v T
	if !bytes.Equal(bytes.TrimSpace(text), []byte("null")) {
		if err := json.Unmarshal(text, &v); err != nil {
			return err
		}
	}
	m.Given, m.Value = true, v
	return nil
}

// MarshalJSON implements json.Marshaler.
func (m Maybe[T]) MarshalJSON() ([]byte, error) { return json.Marshal(m.Value) }

// IsZero leaves what was not given out of JSON.
func (m Maybe[T]) IsZero() bool { return !m.Given }

// Schema implements huma.SchemaProvider.
func (Maybe[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref != "" {
		return s
	}
	c := *s
	c.Nullable = c.Type != huma.TypeObject && c.Type != ""
	return &c
}

// put stores a value that was given.
func (m Maybe[T]) put(to *T) {
	if m.Given {
		*to = m.Value
	}
}

// readOnly adds the fields of an answer that a request does not have to the
// request's schema: what was read can be sent back, and they change nothing.
func readOnly[Answer any](r huma.Registry, s *huma.Schema) *huma.Schema {
	answer := r.Schema(reflect.TypeFor[Answer](), false, "")
	for name := range answer.Properties {
		if s.Properties[name] == nil {
			s.Properties[name] = &huma.Schema{ReadOnly: true, Description: "Read-only: ignored."}
		}
	}
	return s
}
