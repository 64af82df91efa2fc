package control

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// translate turns what huma says about a request into a problem with codes and
// words. Values that the caller sent are left out: they can be anything.
func (a *api) translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	at := visitOf(ctx.Context())
	switch m.Status {
	case http.StatusUnprocessableEntity:
	case http.StatusUnsupportedMediaType:
		return a.problem(at, m.Status, codeContentType), nil
	case http.StatusBadRequest:
		if len(m.Errors) == 0 {
			return a.problem(at, m.Status, codeNoBody), nil
		}
		return a.problem(at, m.Status, codeNotJSON), nil
	default:
		a.Logger.Error("request failed", "request", at.id, "route", ctx.Operation().OperationID, "status", m.Status)
		return a.problem(at, m.Status, codeInternal), nil
	}
	p := a.problem(at, m.Status, codeInvalid)
	for _, e := range m.Errors {
		if e != nil {
			p.Errors = append(p.Errors, detail(at, e))
		}
	}
	return p, nil
}

// said is a sentence of huma's with the code that says the same. The first
// group of the pattern is the value of the argument.
type said struct {
	pattern *regexp.Regexp
	code    campaign.Code
	arg     string
}

var sentences = []said{
	{regexp.MustCompile(`^unexpected property$`), codeUnknownField, ""},
	{regexp.MustCompile(`^unknown query parameter$`), codeUnknownField, ""},
	{regexp.MustCompile(`^expected required property (.+) to be present$`), campaign.CodeMissing, "name"},
	{regexp.MustCompile(`^required \w+ parameter is missing$`), campaign.CodeMissing, ""},
	{regexp.MustCompile(`^expected number >= (.+)$`), codeTooSmall, "min"},
	{regexp.MustCompile(`^expected number <= (.+)$`), campaign.CodeTooLarge, "max"},
	{regexp.MustCompile(`^expected length >= (.+)$`), codeTooShort, "min"},
	{regexp.MustCompile(`^expected length <= (.+)$`), campaign.CodeTooLong, "max"},
	{regexp.MustCompile(`^expected array length >= (.+)$`), codeTooShort, "min"},
	{regexp.MustCompile(`^expected (?:array length <=|object with at most) (\d+)`), campaign.CodeTooMany, "max"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), codeNotOneOf, "allowed"},
	{regexp.MustCompile(`(?i)RFC ?3339 date-time|date/time|^parsing time |^Time\.UnmarshalJSON`), codeNotATime, ""},
	{regexp.MustCompile(`time of day`), codeNotAClock, ""},
	{regexp.MustCompile(`RFC 3339 date$`), codeNotADate, ""},
	{regexp.MustCompile(`^(?:expected|invalid) (string|number|integer|boolean|array|object|float)\b`), codeWrongType, "want"},
}

func detail(at *visit, e *huma.ErrorDetail) Fault {
	in, field, _ := strings.Cut(e.Location, ".")
	if e.Location == "body" {
		if at := quoted(at.body, e.Message); at != "" {
			field = at
		}
	}
	why := campaign.Because(codeUnreadable)
	for _, s := range sentences {
		m := s.pattern.FindStringSubmatch(e.Message)
		if m == nil {
			continue
		}
		why = campaign.Because(s.code)
		switch {
		case s.arg == "name":
			field = strings.TrimPrefix(field+"."+m[1], ".")
		case s.arg != "":
			why = campaign.Because(s.code, s.arg, typeName(at.language, s.arg, m[1]))
		}
		break
	}
	if in == "" {
		in = "body"
	}
	return fault(at, in, field, why)
}

// quoted is the path of the value in a body that a message quotes: what cannot be
// decoded is told without its field.
func quoted(body []byte, message string) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	var find func(path string, v any) string
	find = func(path string, v any) string {
		switch v := v.(type) {
		case string:
			for _, word := range append(strings.Fields(v), v) {
				if strings.Contains(message, strconv.Quote(word)) || strings.Contains(message, `\"`+word+`\"`) {
					return path
				}
			}
		case []any:
			for i, x := range v {
				if p := find(path+"["+strconv.Itoa(i)+"]", x); p != "" {
					return p
				}
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if p := find(strings.TrimPrefix(path+"."+name, "."), v[name]); p != "" {
					return p
				}
			}
		}
		return ""
	}
	return find("", v)
}

// typeName spells a type of JSON for people.
func typeName(l campaign.Language, arg, name string) string {
	if arg != "want" {
		return name
	}
	p, ok := map[string]pair{
		"string": {"a text", "um texto"}, "number": {"a number", "um número"}, "float": {"a number", "um número"},
		"integer": {"a whole number", "um número inteiro"}, "boolean": {"true or false", "true ou false"},
		"array": {"a list", "uma lista"}, "object": {"an object", "um objeto"},
	}[name]
	switch {
	case !ok:
		return name
	case l == campaign.Portuguese:
		return p.pt
	}
	return p.en
}
