package control

import (
	"encoding/json"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type   string `json:"type" doc:"Always about:blank: code tells the kind of problem." example:"about:blank"`
	Title  string `json:"title" doc:"The status in words, in the caller's language."`
	Status int    `json:"status" doc:"The HTTP status."`
	Detail string `json:"detail" doc:"What is the matter and what to do, in the caller's language."`
	Code   string `json:"code" doc:"The reason for programs. Codes never change their meaning." example:"not_found"`
	// Args are the arguments of the code.
	Args      map[string]string `json:"args,omitempty" doc:"The arguments of the code."`
	Errors    []Fault           `json:"errors,omitempty" doc:"Everything that is wrong, at once."`
	RequestID string            `json:"request_id" doc:"The X-Request-Id of the answer, for a report."`

	headers http.Header
}

// Fault is one thing that is wrong with a request, or that stands in the way
// of a command.
type Fault struct {
	Field  string            `json:"field,omitempty" doc:"The path of the field, as the body spells it." example:"messages[0].message_text"`
	In     string            `json:"in,omitempty" enum:"body,query,path,header" doc:"Where the field stands; empty for a field of the campaign."`
	Code   string            `json:"code"`
	Detail string            `json:"detail"`
	Args   map[string]string `json:"args,omitempty"`
}

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

// Error is the code.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// problem words a problem for a visit.
func (a *api) problem(v *visit, status int, code campaign.Code, args ...string) *Problem {
	return a.reasoned(v, status, campaign.Because(code, args...))
}

func (a *api) reasoned(v *visit, status int, why campaign.Reason) *Problem {
	return &Problem{Type: "about:blank", Title: title(v.language, status), Status: status, Code: string(why.Code), Args: why.Args,
		Detail: v.say(why), RequestID: v.id}
}

// fault words a fault for a visit.
func fault(v *visit, in, field string, why campaign.Reason) Fault {
	return Fault{Field: field, In: in, Code: string(why.Code), Args: why.Args, Detail: v.say(why)}
}

// write answers a problem outside of huma.
func (a *api) write(w http.ResponseWriter, r *http.Request, p *Problem) {
	for k, vs := range p.headers {
		w.Header()[k] = vs
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p)
	}
}
