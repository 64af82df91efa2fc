// Package openapi holds the document of the REST surface against a validator of
// somebody else's. It is a module of its own, so that whoever uses the library does
// not get the validator.
package openapi

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/errors"
	"github.com/stretchr/testify/require"
)

const golden = "../../campaign/control/openapi.json"

func open(t *testing.T, text []byte) (validator.Validator, libopenapi.Document) {
	t.Helper()
	doc, err := libopenapi.NewDocument(text)
	require.NoError(t, err)
	v, errs := validator.NewValidator(doc, config.WithFormatAssertions(), config.WithStandardBodyDecoders())
	require.Empty(t, errs)
	return v, doc
}

func say(errs []*errors.ValidationError) string {
	var b strings.Builder
	for _, e := range errs {
		b.WriteString("\n  " + e.Message + ": " + e.Reason)
		for _, s := range e.SchemaValidationErrors {
			b.WriteString("\n    " + s.KeywordLocation + ": " + s.Reason)
		}
	}
	return b.String()
}

func TestTheDocumentIsOpenAPI31(t *testing.T) {
	text, err := os.ReadFile(golden)
	require.NoError(t, err)
	v, doc := open(t, text)
	require.Equal(t, "3.1.0", doc.GetVersion())
	ok, errs := v.ValidateDocument()
	require.True(t, ok, say(errs))

	// The validator is awake.
	v, _ = open(t, bytes.Replace(text, []byte(`"operationId"`), []byte(`"operationID"`), 1))
	ok, _ = v.ValidateDocument()
	require.False(t, ok)
}
