package control

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
)

// visit is what a request carries through the handlers.
type visit struct {
	id       string
	language campaign.Language
	// now is when it came.
	now time.Time
	// base is the path of the request as the outermost mux saw it, for links.
	base string
	// as is nil on routes that anybody may call.
	as *campaign.Service
	// body is what was received.
	body []byte
	r    *http.Request
	w    http.ResponseWriter
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		v = &visit{language: campaign.Portuguese}
	}
	return v
}

// ServeHTTP lets a request in: it gets an id and a language, its path the
// slash that the routes end in, and whatever has no route a problem.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{id: requestID(r), language: campaign.ParseLanguage(r.Header.Get("Accept-Language")), base: r.URL.Path, now: a.Now()}
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil {
		v.base = u.Path
	}
	h := w.Header()
	h.Set("X-Request-Id", v.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language")
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
	out := &countingWriter{ResponseWriter: w, wait: a.Limits.WriteTime}
	defer a.rescue(out, r)

	p := r.URL.Path
	if !clean(p) || !strings.HasPrefix(p, "/") || path.Clean(p) != strings.TrimSuffix(p, "/") && p != "/" {
		a.write(out, r, a.problem(v, http.StatusNotFound, codeNoRoute))
		return
	}
	if !strings.HasSuffix(p, "/") && !strings.Contains(path.Base(p), ".") {
		u := *r.URL
		u.Path += "/"
		if u.RawPath != "" {
			u.RawPath += "/"
		}
		r.URL = &u
	}
	if !cleanQuery(r.URL.RawQuery) {
		a.write(out, r, a.problem(v, http.StatusBadRequest, codeBadQuery))
		return
	}
	handler, pattern := a.mux.Handler(r)
	if pattern == "" {
		a.lost(out, r, handler)
		return
	}
	v.r, v.w = r, out
	a.mux.ServeHTTP(out, r)
}

// lost answers what has no route: the mux knows whether it is the path or the
// method.
func (a *api) lost(w http.ResponseWriter, r *http.Request, h http.Handler) {
	said := &statusOnly{header: make(http.Header)}
	h.ServeHTTP(said, r)
	v := visitOf(r.Context())
	if said.status == http.StatusMethodNotAllowed {
		p := a.problem(v, said.status, codeBadMethod, "allowed", said.header.Get("Allow"))
		p.headers = http.Header{"Allow": said.header.Values("Allow")}
		a.write(w, r, p)
		return
	}
	a.write(w, r, a.problem(v, http.StatusNotFound, codeNoRoute))
}

// rescue answers a panic like any other fault of ours.
func (a *api) rescue(w *countingWriter, r *http.Request) {
	fault := recover()
	switch {
	case fault == nil:
		return
	case fault == http.ErrAbortHandler:
		panic(fault)
	}
	v := visitOf(r.Context())
	a.Logger.Error("panic in a handler", "request", v.id, "route", r.Pattern, "panic", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
	if w.wrote {
		panic(http.ErrAbortHandler) // the client must not take half an answer for a whole one
	}
	a.write(w, r, a.problem(v, http.StatusInternalServerError, codeInternal))
}

// requestID is the caller's own where it is one, or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if n := len(id); n >= 1 && n <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == "" {
		return id
	}
	return rand.Text()
}

// cleanQuery refuses what no store takes: text that is no text, and NUL.
func cleanQuery(raw string) bool {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return false
	}
	for k, vs := range q {
		for _, s := range append(vs, k) {
			if !clean(s) {
				return false
			}
		}
	}
	return true
}

// clean reports whether a text can be kept as it is.
func clean(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// countingWriter knows whether the answer has begun. From then on the client
// has a while to take it, however long the request has taken to come and to be
// worked on.
type countingWriter struct {
	http.ResponseWriter
	wait  time.Duration
	wrote bool
}

func (w *countingWriter) begin() {
	if !w.wrote {
		w.wrote = true
		_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(soon(w.wait)) // not every writer has a connection
	}
}

// WriteHeader notes that the answer has begun. A stream has begun its answer
// before huma does.
func (w *countingWriter) WriteHeader(code int) {
	if w.wrote {
		return
	}
	w.begin()
	w.ResponseWriter.WriteHeader(code)
}

// Write notes that the answer has begun.
func (w *countingWriter) Write(b []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// statusOnly hears what a handler answers and throws the words away.
type statusOnly struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (s *statusOnly) Header() http.Header { return s.header }

// WriteHeader implements http.ResponseWriter.
func (s *statusOnly) WriteHeader(code int) { s.status = code }

// Write implements http.ResponseWriter.
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
