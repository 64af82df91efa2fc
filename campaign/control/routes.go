package control

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// What an operation may say about itself.
const (
	// public: anybody may call it.
	public = "public"
	// guessable: it takes a password or another secret from anybody, and counts for
	// Rates.Login.
	guessable = "guessable"
	// stream: its answer takes long, and counts among Limits.Streams.
	stream = "stream"
	// bulk: its body may have Limits.BulkBody bytes.
	bulk = "bulk"
	// ownBody: its handler reads the body itself, within bounds of its own.
	ownBody = "own_body"
	// telling: its answer holds a secret that is told once. route finds it out by
	// the fields that are marked told:"once".
	telling = "telling"
)

func newHuma(a *api) huma.API {
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: json.Unmarshal}
	h := humago.New(a.mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Campaigns", Version: "1",
				Description: "WhatsApp campaigns: audience, messages that take turns, schedule, pace, and a ledger that never sends twice."},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}},
			},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{a.translate},
	})
	if a.PublicURL != "" {
		h.OpenAPI().Servers = []*huma.Server{{URL: a.PublicURL}}
	}
	h.UseMiddleware(a.paceAddress, a.crowd, a.authenticate, a.attend, a.paceCaller, a.parameters, a.receive, a.once)
	return h
}

// exactMux makes a pattern that ends in a slash mean that path alone, and
// remembers what it was given: a ServeMux does not tell.
type exactMux struct {
	*http.ServeMux
	patterns []string
}

// HandleFunc implements humago.Mux.
func (m *exactMux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.patterns = append(m.patterns, pattern)
	if strings.HasSuffix(pattern, "/") {
		pattern += "{$}"
	}
	m.ServeMux.HandleFunc(pattern, h)
}

// op describes a route.
type op struct {
	method, path, id, summary string
	// status is the answer's where it is not 200.
	status int
	tag    string
	// marks are public, guessable, stream, bulk, ownBody.
	marks []string
	// answers are content types of a body that is no JSON, takes those of a
	// request's body that the handler reads itself.
	answers, takes []string
}

// formType is that of a form with the part "file".
const formType = "multipart/form-data"

// route registers a handler that is given the caller's Service, nil where the
// route is public.
func route[I, O any](a *api, o op, h func(context.Context, *campaign.Service, *I) (*O, error)) {
	d := huma.Operation{Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, DefaultStatus: o.status,
		Tags: []string{o.tag}, BodyReadTimeout: -1, MaxBodyBytes: -1, Metadata: map[string]any{}}
	if d.DefaultStatus == 0 {
		d.DefaultStatus = http.StatusOK
	}
	for _, m := range o.marks {
		d.Metadata[m] = true
	}
	if tells(reflect.TypeFor[O]()) {
		d.Metadata[telling] = true
	}
	if d.Metadata[public] == nil {
		d.Security = []map[string][]string{{"token": {}}}
	}
	for _, ct := range o.takes {
		if d.RequestBody == nil {
			d.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		}
		d.RequestBody.Content[ct] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	problem := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	d.Responses = map[string]*huma.Response{"default": {Description: "Error",
		Content: map[string]*huma.MediaType{problemType: {Schema: problem}}}}
	huma.Register(a.huma, d, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, visitOf(ctx).as, in)
		if err != nil {
			return nil, a.refuse(ctx, err)
		}
		return out, nil
	})
	// Only now: huma would read a form itself.
	if d.RequestBody != nil && d.RequestBody.Content[formType] != nil {
		form := d.RequestBody.Content[formType]
		form.Schema = &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": form.Schema}, Required: []string{"file"}}
	}
	answered := d.Responses["200"]
	for _, ct := range o.answers {
		if answered == nil {
			answered = &huma.Response{Description: "OK"}
			d.Responses["200"] = answered
		}
		if answered.Content == nil {
			answered.Content = map[string]*huma.MediaType{}
		}
		answered.Content[ct] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	}
}

// finish writes the document down, when every route is known.
func (a *api) finish() {
	doc := a.huma.OpenAPI()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // huma's own, which are never sent
		delete(doc.Components.Schemas.Map(), unused)
	}
	orNull(doc.Components.Schemas)
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err) // a route that cannot be described is a fault of this package
	}
	a.document = append(text, '\n')
	a.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(a.document)
	})
}

// marked reports what the operation of a request says about itself.
func marked(ctx huma.Context, mark string) bool { return ctx.Operation().Metadata[mark] == true }

// crowd lets as many requests in as Limits allow.
func (a *api) crowd(ctx huma.Context, next func(huma.Context)) {
	places := a.requests
	if marked(ctx, stream) {
		places = a.streams
	}
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
		next(ctx)
	default:
		v := visitOf(ctx.Context())
		p := a.problem(v, http.StatusServiceUnavailable, codeCrowded)
		p.headers = http.Header{"Retry-After": {"1"}}
		a.write(v.w, v.r, p)
	}
}

// authenticate asks the host who calls.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	if !marked(ctx, public) {
		caller, err := a.Authenticate(v.r)
		if err != nil {
			a.write(v.w, v.r, a.refuse(ctx.Context(), err))
			return
		}
		if !caller.Role.Valid() {
			a.Logger.Warn("a caller has no role that there is, and may nothing: Config.Authenticate has to set it",
				"request", v.id, "role", string(caller.Role), "author", caller.Author, "tenant", string(caller.Tenant))
			a.write(v.w, v.r, a.refuse(ctx.Context(), campaign.ErrForbidden))
			return
		}
		v.as = a.engine.As(caller)
	}
	next(ctx)
}
