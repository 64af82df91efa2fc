package apidocs

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever the page loads is there, is ours, and no script stands in it.
func TestThePageIsWhole(t *testing.T) {
	mux := http.NewServeMux()
	Routes(mux)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		require.Equal(t, http.StatusOK, w.Code, path)
		require.NotZero(t, w.Body.Len(), path)
		h := w.Header()
		require.Contains(t, h.Get("Content-Security-Policy"), "script-src 'self';", path)
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		return w
	}
	page := get(Prefix).Body.String()
	parts := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1)
	require.Len(t, parts, 5)
	kinds := map[string]string{"js": "javascript", "css": "css", "png": "png"}
	for _, p := range parts {
		if p[1] == "/api/openapi.json" {
			continue
		}
		require.NotContains(t, p[1], "/", "its own")
		_, kind, _ := strings.Cut(p[1], ".")
		require.Contains(t, get(Prefix+p[1]).Header().Get("Content-Type"), kinds[kind], p[1])
	}
	require.NotRegexp(t, `<script[^>]*>[^<]`, page)
	require.NotRegexp(t, `(?i)\son[a-z]+=`, page)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", Prefix+"none.js", nil))
	require.Equal(t, http.StatusNotFound, w.Code)
}
