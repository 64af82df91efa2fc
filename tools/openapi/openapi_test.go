// Package openapi holds the document of the REST surface, and what the tests of
// the surface exchange with it, against a validator of somebody else's. It is a
// module of its own, so that whoever uses the library does not get the validator.
// It runs the tests of the surface anew and looks at thousands of exchanges, which
// takes about a minute on two cores: make openapi runs it, make test does not.
package openapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/content"
	"github.com/pb33f/libopenapi-validator/errors"
	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	golden = root + "/campaign/control/openapi.json"
)

func open(t *testing.T, text []byte) (validator.Validator, libopenapi.Document) {
	t.Helper()
	doc, err := libopenapi.NewDocument(text)
	require.NoError(t, err)
	v, errs := validator.NewValidator(doc, config.WithFormatAssertions(), config.WithStandardBodyDecoders(),
		// Its own readers want commas between the fields, and one JSON value.
		config.WithBodyDecoder("text/csv", content.TextDecoder()), config.WithBodyDecoder("application/x-ndjson", content.TextDecoder()))
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

// exchange is a request of a test and its answer, as campaign/control writes
// them down.
type exchange struct {
	Test, Method, URL string
	Header            http.Header
	Body              []byte
	Status            int
	AnswerHeader      http.Header `json:"answer_header"`
	Answer            []byte
}

func exchanges(t *testing.T) (all []exchange) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "exchanges")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./campaign/control")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CONTROL_EXCHANGES="+file)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var e exchange
		err := d.Decode(&e)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		all = append(all, e)
	}
}

// described is false for what is no route of the document: its own address, what
// a foreign mux answers or has put elsewhere, and routes that do not exist.
func (e exchange) described() bool {
	var p struct{ Code string }
	_ = json.Unmarshal(e.Answer, &p)
	return strings.HasPrefix(e.URL, "/api/") && e.URL != "/api/openapi.json" && e.Status != http.StatusTeapot &&
		p.Code != "no_such_route" && p.Code != "method_not_allowed"
}

// forging are the tests whose requests the document does not describe, and which
// are granted all the same: a read-only field counts for nothing however its name
// is written.
var forging = map[string]bool{"TestReadOnlyFieldsAreBoundToNothing": true}

func (e exchange) request() *http.Request {
	r := httptest.NewRequest(e.Method, e.URL, bytes.NewReader(e.Body))
	r.Header = e.Header.Clone()
	if r.Header.Get("Content-Type") == "" && len(e.Body) > 0 {
		r.Header.Set("Content-Type", "application/json") // which the surface takes it for
	}
	return r
}

func (e exchange) response() *http.Response {
	return &http.Response{StatusCode: e.Status, Header: e.AnswerHeader, Body: io.NopCloser(bytes.NewReader(e.Answer)), ContentLength: int64(len(e.Answer))}
}

// Every answer that the tests of the surface get is one that the document
// promises, and every request that is granted is one that it describes.
func TestWhatIsExchangedIsAsTheDocumentSays(t *testing.T) {
	text, err := os.ReadFile(golden)
	require.NoError(t, err)
	v, _ := open(t, text)
	answers, granted := 0, 0
	failed := map[string]bool{}
	for _, e := range exchanges(t) {
		at := e.Method + " " + e.URL + " in " + e.Test
		if !e.described() {
			continue
		}
		answers++
		if ok, errs := v.ValidateHttpResponse(e.request(), e.response()); !ok && !failed[say(errs)] {
			failed[say(errs)] = true
			t.Errorf("%s: the answer %d %.300s%s", at, e.Status, e.Answer, say(errs))
		}
		if e.Status >= http.StatusBadRequest || forging[e.Test] {
			continue
		}
		granted++
		if ok, errs := v.ValidateHttpRequestSync(e.request()); !ok && !failed[say(errs)] {
			failed[say(errs)] = true
			t.Errorf("%s: the request %.300s%s", at, e.Body, say(errs))
		}
	}
	for _, wrong := range []string{`{"id":1}`, `{"count":"three","next":null,"previous":null,"results":[]}`, `[]`} { // the validator is awake
		e := exchange{Method: "GET", URL: "/api/contacts/groups/", Status: 200, AnswerHeader: http.Header{"Content-Type": {"application/json"}}, Answer: []byte(wrong)}
		ok, _ := v.ValidateHttpResponse(e.request(), e.response())
		require.False(t, ok, wrong)
	}
	t.Logf("%d answers, %d of them grant what was asked", answers, granted)
	require.Greater(t, answers, 1000)
	require.Greater(t, granted, 500)
}
