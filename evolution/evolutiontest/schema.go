package evolutiontest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// A rule is one property of a body's schema. Complaints follow the order of
// the rules: what is wrong with the properties that are there first, what is
// missing last, as the original's validator lists them.
type rule struct {
	name     string
	kind     string // string, boolean, integer, number, object, array; empty: any
	required bool
	desc     string // said instead of any complaint about the property itself
	enum     []string
	pattern  *regexp.Regexp
	minimum  float64 // least number; zero: none
	minLen   int
	maxItems int
	unique   bool
	items    []rule // of the objects in an array
	strings  bool   // the items of the array are strings
	fields   []rule // of the object
}

// complain lists what a schema has against a body. path is empty for the
// body itself and "webhook" or "readMessages[0]" below it.
func complain(rules []rule, body map[string]any, path string) []string {
	var out []string
	for _, ru := range rules {
		v, there := body[ru.name]
		if !there {
			continue
		}
		at := ru.name
		if path != "" {
			at = path + "." + ru.name
		}
		own := ru.check(v, at)
		if ru.desc != "" && len(own) > 0 {
			own = []string{ru.desc}
		}
		out = append(out, own...)
	}
	where := path
	if where == "" {
		where = "instance"
	}
	for _, ru := range rules {
		if _, there := body[ru.name]; ru.required && !there {
			out = append(out, fmt.Sprintf("%s requires property %q", where, ru.name))
		}
	}
	return out
}

func (ru *rule) check(v any, at string) []string {
	if !hasKind(v, ru.kind) {
		return []string{at + " is not of a type(s) " + ru.kind}
	}
	var out []string
	switch v := v.(type) {
	case string:
		if ru.enum != nil && !slices.Contains(ru.enum, v) {
			out = append(out, at+" is not one of enum values: "+strings.Join(ru.enum, ","))
		}
		if ru.pattern != nil && !ru.pattern.MatchString(v) {
			out = append(out, fmt.Sprintf("%s does not match pattern %q", at, ru.pattern))
		}
		if ru.kind == "string" && len(v) < ru.minLen {
			out = append(out, fmt.Sprintf("%s does not meet minimum length of %d", at, ru.minLen))
		}
	case float64:
		if ru.minimum != 0 && v < ru.minimum {
			out = append(out, fmt.Sprintf("%s must be greater than or equal to %v", at, ru.minimum))
		}
	case map[string]any:
		out = append(out, complain(ru.fields, v, at)...)
	case []any:
		out = append(out, ru.checkItems(v, at)...)
	}
	return out
}

func (ru *rule) checkItems(v []any, at string) []string {
	var out []string
	for i, item := range v {
		here := fmt.Sprintf("%s[%d]", at, i)
		if s, isString := item.(string); ru.strings {
			if !isString {
				out = append(out, here+" is not of a type(s) string")
			} else if ru.enum != nil && !slices.Contains(ru.enum, s) {
				out = append(out, here+" is not one of enum values: "+strings.Join(ru.enum, ","))
			}
			continue
		}
		if ru.items != nil {
			m, isObject := item.(map[string]any)
			if !isObject {
				out = append(out, here+" is not of a type(s) object")
				continue
			}
			out = append(out, complain(ru.items, m, here)...)
		}
	}
	if len(v) < ru.minLen {
		out = append(out, fmt.Sprintf("%s does not meet minimum length of %d", at, ru.minLen))
	}
	if ru.maxItems > 0 && len(v) > ru.maxItems {
		out = append(out, fmt.Sprintf("%s does not meet maximum length of %d", at, ru.maxItems))
	}
	if ru.unique && repeated(v) {
		out = append(out, at+" contains duplicate item")
	}
	return out
}

func repeated(v []any) bool {
	seen := make(map[string]bool, len(v))
	for i, a := range v {
		if s, isString := a.(string); isString {
			if seen[s] {
				return true
			}
			seen[s] = true
			continue
		}
		for _, b := range v[:i] {
			if reflect.DeepEqual(a, b) {
				return true
			}
		}
	}
	return false
}

func hasKind(v any, kind string) bool {
	switch kind {
	case "string":
		_, is := v.(string)
		return is
	case "boolean":
		_, is := v.(bool)
		return is
	case "number":
		_, is := v.(float64)
		return is
	case "integer":
		f, is := v.(float64)
		return is && f == math.Trunc(f)
	case "object":
		_, is := v.(map[string]any)
		return is
	case "array":
		_, is := v.([]any)
		return is
	}
	return true
}

// parseJSON reads a body as the server's parser does, and speaks its words
// when it cannot: the text is empty when the body is sound. Only objects and
// arrays are taken.
func parseJSON(b []byte) (v any, text string) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) == 0 {
		return nil, "Unexpected end of JSON input"
	}
	if b[0] != '{' && b[0] != '[' {
		return nil, unexpected(b, 0)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	err := dec.Decode(&v)
	var syntax *json.SyntaxError
	var odd *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, "Unexpected end of JSON input"
	case errors.As(err, &syntax):
		return nil, unexpected(b, max(int(syntax.Offset)-1, 0))
	case errors.As(err, &odd): // a number beyond 1.8e308 is Infinity there
		return map[string]any{}, ""
	case err != nil:
		return nil, err.Error()
	}
	if rest := bytes.TrimLeft(b[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fmt.Sprintf("Unexpected non-whitespace character after JSON at position %d", len(b)-len(rest))
	}
	return v, ""
}

func unexpected(b []byte, at int) string {
	if at >= len(b) {
		return "Unexpected end of JSON input"
	}
	token := []rune(string(b[at:min(at+4, len(b))]))[0]
	shown := string(b)
	if len(shown) > 40 {
		shown = strings.ToValidUTF8(shown[:40], "") + "..."
	}
	return fmt.Sprintf("Unexpected token '%c', \"%s\" is not valid JSON", token, shown)
}

// readMultipart takes the fields of a form with a file. The file becomes the
// field "media", as the server's upload step makes of it.
func readMultipart(contentType string, b []byte) map[string]any {
	out := map[string]any{}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return out
	}
	form, err := multipart.NewReader(bytes.NewReader(b), params["boundary"]).ReadForm(maxBody)
	if err != nil {
		return out
	}
	defer func() { _ = form.RemoveAll() }()
	for k, v := range form.Value {
		if len(v) > 0 {
			out[k] = v[0]
		}
	}
	for _, files := range form.File {
		if len(files) > 0 {
			out["media"] = uploadedFile
			if out["fileName"] == nil {
				out["fileName"] = files[0].Filename
			}
		}
	}
	return out
}

const uploadedFile = "uploaded file"

var (
	presences = []string{"unavailable", "available", "composing", "recording", "paused"}

	createSchema = []rule{
		{name: "token", kind: "string"},
		{name: "number", kind: "string", pattern: regexp.MustCompile(`^\d+[\d.@\w-]+`)},
		{name: "qrcode", kind: "boolean"},
		{name: "rejectCall", kind: "boolean"},
		{name: "msgCall", kind: "string"},
		{name: "groupsIgnore", kind: "boolean"},
		{name: "alwaysOnline", kind: "boolean"},
		{name: "readMessages", kind: "boolean"},
		{name: "readStatus", kind: "boolean"},
		{name: "syncFullHistory", kind: "boolean"},
		{name: "wavoipToken", kind: "string"},
	}
	presenceSchema = []rule{
		{name: "presence", kind: "string", enum: presences, required: true},
	}
	numbersSchema = []rule{
		{name: "numbers", kind: "array", strings: true, minLen: 1, unique: true},
	}
	sendPresenceSchema = []rule{
		{name: "number", kind: "string", required: true},
		{name: "presence", kind: "string", enum: presences, required: true},
		{name: "delay", kind: "number", required: true},
	}
	readSchema = []rule{
		{name: "readMessages", kind: "array", minLen: 1, unique: true, required: true, items: []rule{
			{name: "id", kind: "string", required: true},
			{name: "fromMe", kind: "boolean", required: true},
			{name: "remoteJid", kind: "string", required: true},
		}},
	}
	deleteSchema = []rule{
		{name: "id", kind: "string", required: true},
		{name: "fromMe", kind: "boolean", required: true},
		{name: "remoteJid", kind: "string", required: true},
		{name: "participant", kind: "string"},
	}
	settingsSchema = []rule{
		{name: "rejectCall", kind: "boolean", required: true},
		{name: "msgCall", kind: "string"},
		{name: "groupsIgnore", kind: "boolean", required: true},
		{name: "alwaysOnline", kind: "boolean", required: true},
		{name: "readMessages", kind: "boolean", required: true},
		{name: "readStatus", kind: "boolean", required: true},
		{name: "syncFullHistory", kind: "boolean", required: true},
		{name: "wavoipToken", kind: "string"},
	}
	webhookSchema = []rule{
		{name: "webhook", kind: "object", required: true, fields: []rule{
			{name: "enabled", kind: "boolean", required: true},
			{name: "url", kind: "string", required: true},
			{name: "headers", kind: "object"},
			{name: "byEvents", kind: "boolean"},
			{name: "base64", kind: "boolean"},
			{name: "events", kind: "array", strings: true, enum: eventNames},
		}},
	}

	numberRule = rule{name: "number", kind: "string", required: true, desc: "Invalid format"}
	delayRule  = rule{name: "delay", kind: "integer", desc: "Enter a value in milliseconds"}
	quotedRule = rule{name: "quoted", kind: "object", fields: []rule{
		{name: "key", kind: "object", fields: []rule{{name: "id", kind: "string", required: true}}},
		{name: "message", kind: "object"},
	}}
	everyOneRule  = rule{name: "everyOne", kind: "boolean"}
	mentionedRule = rule{name: "mentioned", kind: "array", strings: true, minLen: 1, unique: true}

	textSchema = []rule{
		numberRule,
		{name: "text", kind: "string", required: true},
		{name: "linkPreview", kind: "boolean"},
		delayRule, quotedRule, everyOneRule, mentionedRule,
	}
)
