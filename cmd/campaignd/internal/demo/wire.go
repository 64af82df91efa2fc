package demo

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// wire holds back the answers of sends for a while, as a distance does: the
// message has gone out and its sender does not know it yet. It is the moment
// at which a crash costs the most, and on a loopback it would hardly exist.
type wire struct {
	to    http.Handler
	delay time.Duration
}

// ServeHTTP passes a request on, and its answer after the delay.
func (w wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/message/") {
		w.to.ServeHTTP(out, r)
		return
	}
	a := newAnswer()
	w.to.ServeHTTP(a, r)
	t := time.NewTimer(w.delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
		return
	}
	maps.Copy(out.Header(), a.header)
	out.WriteHeader(a.code)
	_, _ = a.body.WriteTo(out)
}

// inProcess brings requests to a handler without a network.
type inProcess struct{ to http.Handler }

// RoundTrip calls the handler and returns what it wrote.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = in.URL.RequestURI(), "127.0.0.1:1"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	a := newAnswer()
	p.to.ServeHTTP(a, in)
	return &http.Response{Status: http.StatusText(a.code), StatusCode: a.code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r}, nil
}

// answer collects what a handler writes.
type answer struct {
	code   int
	header http.Header
	body   bytes.Buffer
}

func newAnswer() *answer { return &answer{code: http.StatusOK, header: make(http.Header)} }

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(code int) { a.code = code }

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
