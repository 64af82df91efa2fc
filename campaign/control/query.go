package control

import (
	"net/http"
	"slices"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// Codes of what a request says that cannot be meant.
const (
	codeUnknownParameter campaign.Code = "unknown_parameter"
	codeNoParameters     campaign.Code = "no_parameters"
	codeNotAClock        campaign.Code = "not_a_time_of_day"
	codeUnreadable       campaign.Code = "not_understood"
)

var queryWords = map[campaign.Code]pair{
	codeUnknownParameter: {"there is no such parameter here[; did you mean {suggest}?][ This address takes: {known}]",
		"este parâmetro não existe aqui[; você quis dizer {suggest}?][ Este endereço aceita: {known}]"},
	codeNoParameters: {"this address takes no parameters", "este endereço não aceita parâmetros"},
	codeNotAClock:    {"write the time of day as 09:00", "escreva a hora como 09:00"},
	codeUnreadable: {"this value cannot be understood: see the API's document for the form it takes",
		"este valor não pode ser entendido: veja na documentação da API a forma que ele tem"},
}

// parameters refuses what the document does not declare for the route: a filter
// that is misspelt would answer with everybody.
func (a *api) parameters(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	var known []string
	for _, p := range ctx.Operation().Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	var faults []Fault
	u := ctx.URL()
	for name := range u.Query() {
		if !slices.Contains(known, name) {
			faults = append(faults, unknownParameter(v, name, known))
		}
	}
	if len(faults) == 0 {
		next(ctx)
		return
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.Field, b.Field) })
	p := a.problem(v, http.StatusUnprocessableEntity, codeInvalid)
	p.Errors = faults
	a.write(v.w, v.r, p)
}

func unknownParameter(v *visit, name string, known []string) Fault {
	if len(known) == 0 {
		return fault(v, "query", cut(name), campaign.Because(codeNoParameters))
	}
	slices.Sort(known)
	return fault(v, "query", cut(name), campaign.Because(codeUnknownParameter,
		"known", strings.Join(known, ", "), "suggest", campaign.Nearest(strings.ToLower(name), known)))
}

// cut bounds a name that the caller made up.
func cut(name string) string {
	if r := []rune(name); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return name
}
