package evolutiontest

import (
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// An answer is what a handler wants written: a status and a JSON body, or,
// when a transport fault is in play, a function that does the writing.
type answer struct {
	status int
	body   any
	write  func(w http.ResponseWriter, r *http.Request)
}

// envelope is the error body of every route but three.
type envelope struct {
	Status   int    `json:"status"`
	Error    string `json:"error"`
	Response struct {
		Message any `json:"message"`
	} `json:"response"`
}

func enveloped(status int, name string, message any) answer {
	e := envelope{Status: status, Error: name}
	e.Response.Message = message
	return answer{status: status, body: e}
}

func ok(body any) answer      { return answer{status: http.StatusOK, body: body} }
func created(body any) answer { return answer{status: http.StatusCreated, body: body} }

// refused is a guard's or a handler's own exception: a list of what it says.
func refused(status int, messages ...any) answer {
	return enveloped(status, http.StatusText(status), messages)
}

// badSchema is the body schema's answer: a list that holds one list.
func badSchema(complaints []string) answer {
	return enveloped(http.StatusBadRequest, "Bad Request", [][]string{complaints})
}

// thrown is any exception that no one expected: 500 and its raw text.
func thrown(text string) answer {
	return enveloped(http.StatusInternalServerError, "Internal Server Error", text)
}

// undefined is the program error of reading a property of nothing.
func undefined(property string) answer {
	return thrown(undefinedText(property))
}

func undefinedText(property string) string {
	return "Cannot read properties of undefined (reading '" + property + "')"
}

// brokenJSON answers a body that the parser gave up on: the status is the
// parser's 400, the name is the fallback's.
func brokenJSON(text string) answer {
	return enveloped(http.StatusBadRequest, "Internal Server Error", text)
}

// unauthorized is the key guard's answer, the one whose message is a string.
func unauthorized() answer {
	return enveloped(http.StatusUnauthorized, "Unauthorized", "Unauthorized")
}

// stringified is what connect and restart say when they fail, with status 200.
func stringified() answer {
	return ok(struct {
		Error   bool   `json:"error"`
		Message string `json:"message"`
	}{true, "[object Object]"})
}

// licence is the answer of a server that waits for its activation.
func licence(base string) answer {
	return answer{status: http.StatusServiceUnavailable, body: map[string]any{
		"code":         "LICENSE_REQUIRED",
		"error":        "service not activated",
		"message":      "This server must be activated before it can be used",
		"register_url": base + "/manager/login",
	}}
}

// gzipFrom is the smallest body, in bytes, that is compressed when the
// caller accepts gzip.
const gzipFrom = 1024

func (a answer) send(w http.ResponseWriter, r *http.Request) {
	if a.write != nil {
		a.write(w, r)
		return
	}
	b := a.bytes()
	h := w.Header()
	setHeaders(h, b)
	if len(b) >= gzipFrom && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.WriteHeader(a.status)
		z := gzip.NewWriter(w)
		_, _ = z.Write(b)
		_ = z.Close()
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(a.status)
	_, _ = w.Write(b)
}

// bytes is the body as JSON without HTML escapes, as the original writes it.
func (a answer) bytes() []byte {
	var sb strings.Builder
	enc := json.NewEncoder(&sb)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.body); err != nil {
		return fmt.Appendf(nil, `{"status":500,"error":"Internal Server Error","response":{"message":%q}}`, err.Error())
	}
	return []byte(strings.TrimSuffix(sb.String(), "\n"))
}

func setHeaders(h http.Header, body []byte) {
	sum := sha1.Sum(body)
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Powered-By", "Express")
	h.Set("Vary", "Origin, Accept-Encoding")
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("ETag", fmt.Sprintf(`W/"%x-%s"`, len(body), base64.RawStdEncoding.EncodeToString(sum[:])))
}
