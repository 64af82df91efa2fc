package control

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	keyKind = "control.idempotency"
	// keyLife is how long an answer is kept for repeats.
	keyLife = 24 * time.Hour
	// keyLease is how long a request may be worked on. One that has no answer
	// after it has none because its process ended: what became of it is not
	// known, and it is never carried out again.
	keyLease = 10 * time.Minute
)

// once carries out a POST that has an Idempotency-Key one time: before it
// begins, the key is claimed durably, and its answer is written under the key.
func (a *api) once(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header("Idempotency-Key")
	if key == "" || ctx.Method() != http.MethodPost || marked(ctx, public) || marked(ctx, ownBody) {
		next(ctx)
		return
	}
	v := visitOf(ctx.Context())
	refuse := func(p *Problem) { a.write(v.w, v.r, p) }
	switch {
	case len(key) > 200 || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }):
		refuse(a.problem(v, http.StatusBadRequest, codeKeyInvalid))
		return
	case a.Documents == nil:
		refuse(a.lacks(ctx.Context(), "store for Idempotency-Keys", "armazenamento para Idempotency-Keys"))
		return
	}
	now := a.Now()
	claim := document.Document{Tenant: string(v.as.Caller().Tenant), Kind: keyKind, Key: digest(v.as.Caller().Author, key), ExpiresAt: now.Add(keyLife)}
	mine := answer{Digest: digest(v.r.Method, v.r.URL.Path, v.r.URL.RawQuery, v.r.Header.Get("If-Match"), string(v.body)), Since: now}
	got, p, err := a.claim(ctx.Context(), claim, mine)
	switch {
	case err != nil:
		refuse(a.refuse(ctx.Context(), err))
		return
	case p != nil:
		refuse(p)
		return
	case got == nil: // answered before
		return
	}
	rec := &recorder{ResponseWriter: v.w, status: http.StatusOK}
	v.w = rec
	done, secret := false, marked(ctx, telling)
	defer func() {
		// Whatever the client has done meanwhile, the answer is written down.
		ctx := context.WithoutCancel(ctx.Context())
		if done && rec.status < http.StatusInternalServerError {
			a.keep(ctx, *got, mine, rec, secret)
		}
		// After a fault of ours the claim stays: whether the command was carried
		// out is not known, and a repeat is told so.
	}()
	next(humago.NewContext(ctx.Operation(), v.r, rec))
	done = true
}

// claim takes a key, or finds the answer that it has: then it is written and
// the document is nil.
func (a *api) claim(ctx context.Context, claim document.Document, mine answer) (*document.Document, *Problem, error) {
	v := visitOf(ctx)
	for range editTries {
		old, err := a.Documents.Get(ctx, claim.Tenant, claim.Kind, claim.Key)
		switch {
		case errors.Is(err, document.ErrNotFound):
		case err != nil:
			return nil, nil, err
		case !old.Expired(mine.Since):
			p, err := a.replay(v, old, mine)
			return nil, p, err
		}
		claim.Rev = old.Rev
		if claim.Data, err = json.Marshal(mine); err != nil {
			return nil, nil, err
		}
		stored, err := a.Documents.Apply(ctx, document.Put(claim))
		switch {
		case err == nil:
			return &stored[0], nil, nil
		case errors.Is(err, document.ErrExists), errors.Is(err, document.ErrStale), errors.Is(err, document.ErrNotFound):
			continue // somebody else was first
		}
		return nil, nil, err
	}
	return nil, a.problem(v, http.StatusConflict, codeKeyBusy), nil
}

func (a *api) replay(v *visit, doc document.Document, mine answer) (*Problem, error) {
	var was answer
	if err := json.Unmarshal(doc.Data, &was); err != nil {
		return nil, fmt.Errorf("control: the answer kept for an Idempotency-Key: %w", err)
	}
	body, whole := a.opened(doc, was)
	switch {
	case was.Digest != mine.Digest:
		return a.problem(v, http.StatusConflict, codeKeyUsed), nil
	case was.Withheld:
		return a.problem(v, http.StatusConflict, codeKeySecret), nil
	case !whole:
		return a.problem(v, http.StatusConflict, codeKeyLost), nil
	case was.Status == 0 && mine.Since.Sub(was.Since) > keyLease:
		return a.problem(v, http.StatusConflict, codeKeyLost), nil
	case was.Status == 0:
		p := a.problem(v, http.StatusConflict, codeKeyBusy)
		p.headers = http.Header{"Retry-After": {"2"}}
		return p, nil
	}
	for k, value := range was.Header {
		v.w.Header().Set(k, value)
	}
	v.w.Header().Set("Idempotent-Replayed", "true")
	v.w.WriteHeader(was.Status)
	_, _ = v.w.Write(body)
	return nil, nil
}

// keep writes an answer under its key. If that fails the claim stays, so that
// the command is not carried out twice.
func (a *api) keep(ctx context.Context, doc document.Document, mine answer, rec *recorder, secret bool) {
	mine.Status, mine.Header = rec.status, map[string]string{}
	for _, k := range kept {
		if value := rec.Header().Get(k); value != "" {
			mine.Header[k] = value
		}
	}
	a.enclose(doc, &mine, rec.body.Bytes(), secret)
	data, err := json.Marshal(mine)
	if err == nil {
		doc.Data = data
		_, err = a.Documents.Apply(ctx, document.Put(doc))
	}
	if err != nil {
		a.Logger.Error("the answer of an Idempotency-Key was not kept", "error", err.Error())
	}
}

// digest is a hash of texts, each with its end.
func digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// recorder keeps what is answered.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(code int) {
	r.status = code
	r.ResponseWriter.WriteHeader(code)
}

// Write keeps the body.
func (r *recorder) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
