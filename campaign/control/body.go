package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// receive reads the body of a request, within its bounds of size and time, so
// that no handler begins before all of it is there.
func (a *api) receive(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	if ctx.Operation().RequestBody == nil || marked(ctx, ownBody) {
		next(ctx)
		return
	}
	limit := a.Limits.Body
	if marked(ctx, bulk) {
		limit = a.Limits.BulkBody
	}
	body, p := a.read(v, limit)
	if p != nil {
		a.write(v.w, v.r, p)
		return
	}
	v.r.Body = io.NopCloser(bytes.NewReader(body))
	v.body = body
	next(ctx)
}

func (a *api) read(v *visit, limit int64) ([]byte, *Problem) {
	c := http.NewResponseController(v.w)
	// Not every writer has a connection to set a deadline on. After a whole body
	// there is none: it would end the request's context when it passed.
	_ = c.SetReadDeadline(soon(a.Limits.BodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, limit))
	if err == nil {
		_ = c.SetReadDeadline(time.Time{})
	} else {
		// What may still come is not waited for: without this the server reads on,
		// so as to use the connection again.
		v.w.Header().Set("Connection", "close")
	}
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &large):
		return nil, a.problem(v, http.StatusRequestEntityTooLarge, codeBodyLarge, "max", fmt.Sprint(limit))
	case errors.As(err, &slow) && slow.Timeout():
		return nil, a.problem(v, http.StatusRequestTimeout, codeBodySlow)
	case err != nil:
		return nil, a.problem(v, http.StatusBadRequest, codeBodyCut)
	case !utf8.Valid(body) || halfCharacter(body):
		return nil, a.problem(v, http.StatusBadRequest, codeNotText)
	case bytes.Contains(body, []byte(`\u0000`)) && holdsNUL(body):
		return nil, a.problem(v, http.StatusBadRequest, codeNotJSON)
	}
	return body, nil
}

// soon is an instant by the clock of the operating system, which the deadlines
// of connections go by, whatever clock the engine has.
func soon(d time.Duration) time.Time { return time.Now().Add(d) }

// holdsNUL reports whether a text of a JSON body holds a NUL, which no
// database keeps.
func holdsNUL(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return false // not JSON: said elsewhere
		}
		if s, ok := t.(string); ok && strings.IndexByte(s, 0) >= 0 {
			return true
		}
	}
}

// halfCharacter reports whether JSON escapes a half of a character alone, such as
// "\ud83d". What reads JSON puts U+FFFD there, as it does for bytes that are not
// UTF-8, so that a damaged text would be stored as if it was meant so.
func halfCharacter(body []byte) bool {
	const escape = len(`\ud83d`)
	unit := func(at int) rune {
		if at+escape > len(body) || body[at] != '\\' || body[at+1] != 'u' {
			return -1
		}
		n, err := strconv.ParseUint(string(body[at+2:at+escape]), 16, 16)
		if err != nil {
			return -1
		}
		return rune(n)
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		switch r := unit(i); {
		case r < 0:
			i++ // another escape, of which the second may be a backslash too
		case !utf16.IsSurrogate(r):
			i += escape - 1
		case utf16.DecodeRune(r, unit(i+escape)) == utf8.RuneError:
			return true
		default:
			i += 2*escape - 1
		}
	}
	return false
}
