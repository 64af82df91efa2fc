// Package join is the page behind a link that works once: who opens it chooses
// a password, and has an account. The secret stands behind the # of the
// address, so no server on the way has seen it.
package join

import (
	"embed"
	"net/http"
	"strings"
)

//go:embed page.pt.html page.en.html join.js join.css
var files embed.FS

// Routes adds the page to a mux, at /join.
func Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /join", func(w http.ResponseWriter, r *http.Request) {
		name := "page.pt.html"
		if !strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")+"pt"), "pt") {
			name = "page.en.html"
		}
		serve(w, name, "text/html; charset=utf-8")
	})
	mux.HandleFunc("GET /join.js", func(w http.ResponseWriter, _ *http.Request) {
		serve(w, "join.js", "text/javascript; charset=utf-8")
	})
	mux.HandleFunc("GET /join.css", func(w http.ResponseWriter, _ *http.Request) {
		serve(w, "join.css", "text/css; charset=utf-8")
	})
}

// policy lets the page load its own script and call its own server, and
// nothing else: no frame around it, no word of it to other places.
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

func serve(w http.ResponseWriter, name, kind string) {
	text, err := files.ReadFile(name)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(text)
}
