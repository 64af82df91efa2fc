package control

import (
	"net/http"
	"regexp"
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
	{regexp.MustCompile(`(?i)RFC ?3339 date-time|date/time`), codeNotATime, ""},
	{regexp.MustCompile(`RFC 3339 date$`), codeNotADate, ""},
	{regexp.MustCompile(`^(?:expected|invalid) (string|number|integer|boolean|array|object|float)\b`), codeWrongType, "want"},
}

func detail(at *visit, e *huma.ErrorDetail) Fault {
	in, field, _ := strings.Cut(e.Location, ".")
	why := campaign.Because(codeWrongType)
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
