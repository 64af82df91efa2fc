package evolution

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// answer is a gateway's answer, read as far as it can be read.
type answer struct {
	status int
	// known is the whole body as JSON, nil when it is not one object.
	known map[string]json.RawMessage
	// message is response.message of the error envelope: nil, a string, a
	// list, or an object.
	message any
}

// read decodes a body. Anything that is not one JSON object is kept as
// nothing known.
func read(status int, body []byte) *answer {
	a := &answer{status: status}
	if json.Unmarshal(body, &a.known) != nil {
		a.known = nil
		return a
	}
	var response struct {
		Message any `json:"message"`
	}
	if json.Unmarshal(a.known["response"], &response) == nil {
		a.message = response.Message
	}
	return a
}

// text is a member of the body that is a string.
func (a *answer) text(member string) string {
	var s string
	if json.Unmarshal(a.known[member], &s) != nil {
		return ""
	}
	return s
}

// enveloped reports whether the body is the gateway's own error envelope for
// this status, which a proxy's answer is not.
func (a *answer) enveloped() bool {
	var n int
	return json.Unmarshal(a.known["status"], &n) == nil && n == a.status && a.message != nil
}

// only is the message when it is a plain string.
func (a *answer) only() string {
	s, _ := a.message.(string)
	return s
}

// schema reports the shape of a schema error: a list that holds one list of
// strings.
func (a *answer) schema() bool {
	outer, ok := a.message.([]any)
	if !ok || len(outer) != 1 {
		return false
	}
	inner, ok := outer[0].([]any)
	if !ok || len(inner) == 0 {
		return false
	}
	for _, v := range inner {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// deepest is how many lists and objects a message is followed into.
const deepest = 8

// absent reports whether the message holds an object with "exists": false.
func absent(v any, depth int) bool {
	if depth > deepest {
		return false
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if absent(e, depth+1) {
				return true
			}
		}
	case map[string]any:
		exists, ok := v["exists"].(bool)
		return ok && !exists
	}
	return false
}

// words are the strings of the answer, wherever they stand: response.message
// of the envelope, or message and error of the answers that have none.
func (a *answer) words() []string {
	out := gather(nil, a.message, 0)
	if len(out) == 0 {
		var v any
		for _, member := range []string{"message", "error"} {
			if v = nil; json.Unmarshal(a.known[member], &v) == nil {
				out = gather(out, v, 0)
			}
		}
	}
	return out
}

func gather(out []string, v any, depth int) []string {
	if depth > deepest || len(out) >= 8 {
		return out
	}
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, e := range v {
			out = gather(out, e, depth+1)
		}
	case map[string]any:
		if absent(v, 0) {
			return append(out, "exists: false")
		}
		if m, ok := v["message"]; ok {
			out = gather(out, m, depth+1)
		}
	}
	return out
}

// graph reports the error object of Meta's Graph API, bare or as the member
// "error". It always has a message and a number, and a trace id or a type.
func (a *answer) graph() bool {
	if _, sent := a.known["key"]; sent {
		return false
	}
	o := a.known
	var inner map[string]json.RawMessage
	if json.Unmarshal(a.known["error"], &inner) == nil && inner != nil {
		o = inner
	}
	var e struct {
		message, kind, trace string
		code                 float64
	}
	if json.Unmarshal(o["message"], &e.message) != nil || json.Unmarshal(o["code"], &e.code) != nil || o["code"] == nil {
		return false
	}
	_ = json.Unmarshal(o["type"], &e.kind)
	_ = json.Unmarshal(o["fbtrace_id"], &e.trace)
	return e.message != "" && (e.trace != "" || strings.HasSuffix(e.kind, "Exception"))
}

// stamp is a messageTimestamp: whole seconds as a number (v2), as a string,
// or as the parts of a 64-bit number (raw answers of v1.8).
type stamp struct{ time.Time }

// latestStamp bounds what is read as seconds: the year 2286. Beyond it are
// milliseconds or noise, and milliseconds are read as such.
const latestStamp = 10_000_000_000

func (s *stamp) UnmarshalJSON(b []byte) error {
	var n float64
	var text string
	var long struct {
		Low  int64 `json:"low"` // signed, and so below zero for half of them
		High int32 `json:"high"`
	}
	if whole, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		s.set(float64(whole))
		return nil
	}
	switch {
	case json.Unmarshal(b, &n) == nil:
	case json.Unmarshal(b, &text) == nil:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			if t, err := time.Parse(time.RFC3339, text); err == nil {
				s.Time = t.UTC()
			}
			return nil // a time that cannot be read is no time
		}
		n = v
	case json.Unmarshal(b, &long) == nil:
		n = float64(int64(long.High)<<32 | int64(uint32(long.Low)))
	}
	s.set(n)
	return nil
}

func (s *stamp) set(n float64) {
	switch {
	case n > 0 && n < latestStamp:
		s.Time = time.Unix(int64(n), 0).UTC()
	case n >= latestStamp && n < latestStamp*1000:
		s.Time = time.UnixMilli(int64(n)).UTC()
	}
}
