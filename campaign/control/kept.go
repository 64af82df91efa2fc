package control

import (
	"net/http"
	"reflect"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

// answer is what is kept of a request with an Idempotency-Key.
type answer struct {
	// Digest is a hash of the request, so that a key is not used for another.
	Digest string
	Since  time.Time
	// Status is 0 while the request is worked on.
	Status int               `json:",omitempty"`
	Header map[string]string `json:",omitempty"`
	// Sealed is the body under Config.Vault, Body where there is none.
	Sealed []byte `json:",omitempty"`
	Body   []byte `json:",omitempty"`
	// Withheld tells that the body holds a secret and was not kept: there is
	// nothing to seal it with.
	Withheld bool `json:",omitempty"`
}

// kept are the headers of an answer that a repeat gets too.
var kept = []string{"Content-Type", "ETag", "Location"}

// enclose puts the body of an answer into what is kept of it.
func (a *api) enclose(doc document.Document, mine *answer, body []byte, secret bool) {
	switch {
	case a.Vault != nil:
		mine.Sealed = a.Vault.Seal(string(body), doc.Tenant, doc.Kind, doc.Key)
	case secret && mine.Status < http.StatusBadRequest:
		mine.Withheld = true
	default:
		mine.Body = body
	}
}

// opened is the body of an answer that is kept; false if it was sealed with
// another secret, or for another key.
func (a *api) opened(doc document.Document, was answer) ([]byte, bool) {
	if len(was.Sealed) == 0 {
		return was.Body, true
	}
	if a.Vault == nil {
		return nil, false
	}
	body, err := a.Vault.Open(was.Sealed, doc.Tenant, doc.Kind, doc.Key)
	return []byte(body), err == nil
}

// tells reports whether an answer's type has a field that is told once, such as
// the secret of a new token.
func tells(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("told") == "once" || f.IsExported() && tells(f.Type) {
			return true
		}
	}
	return false
}
