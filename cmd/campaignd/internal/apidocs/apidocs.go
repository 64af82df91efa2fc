// Package apidocs is the page that explains the API and lets people try it, with
// their token. Everything on it comes from this program, and no script stands in
// the page itself, so that a strict policy holds.
package apidocs

import (
	"embed"
	"net/http"

	"github.com/swaggest/swgui/v5emb"
)

// Prefix is where the page is.
const Prefix = "/api/docs/"

//go:embed page.html start.js
var files embed.FS

// policy lets the page load its own parts and call its own server, and nothing
// else. The library sets styles from its scripts, and has pictures inside of its
// style sheet.
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// Routes adds the page to a mux, at Prefix.
func Routes(mux *http.ServeMux) {
	for path, file := range map[string]struct{ name, kind string }{
		"{$}":      {"page.html", "text/html; charset=utf-8"},
		"start.js": {"start.js", "text/javascript; charset=utf-8"},
	} {
		text, err := files.ReadFile(file.name)
		if err != nil {
			panic(err) // it is a part of this program
		}
		mux.HandleFunc("GET "+Prefix+path, func(w http.ResponseWriter, _ *http.Request) {
			guard(w.Header())
			w.Header().Set("Content-Type", file.kind)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(text)
		})
	}
	parts := v5emb.New("Campaigns", "", Prefix)
	mux.HandleFunc("GET "+Prefix, func(w http.ResponseWriter, r *http.Request) {
		guard(w.Header())
		parts.ServeHTTP(w, r)
	})
}

func guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}
