package evolutiontest

import (
	"cmp"
	"crypto/subtle"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// A route is one method and path. The instance's name is the last segment of
// the path unless global is set.
type route struct {
	do     func(g *Gateway, c *call) answer
	schema []rule
	global bool // no instance in the path
	admin  bool // the global key only
	open   bool // no key at all
}

// A call is one request on its way through checks and handler.
type call struct {
	r      *http.Request
	path   string // "message/sendText"
	name   string // of the instance the handler acts on
	key    string
	body   map[string]any
	strike *armed // the fault that hits this send, if any
	seq    uint64 // of the send's receipt in the ledger
}

func (c *call) str(name string) string  { s, _ := c.body[name].(string); return s }
func (c *call) flag(name string) bool   { b, _ := c.body[name].(bool); return b }
func (c *call) num(name string) float64 { n, _ := c.body[name].(float64); return n }

// ServeHTTP answers as the server would, in its order of checks: the route,
// the instance (404), the free name (403), the key (401), the body's schema
// (400), the handler. Paths under /_emulator/ are the control surface.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, ControlPrefix) {
		g.control(w, r)
		return
	}
	if r.Method == http.MethodOptions {
		h := w.Header()
		h.Set("Vary", "Origin, Accept-Encoding")
		h.Set("Access-Control-Allow-Methods", "POST,GET,PUT,DELETE")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	a, gone := g.serve(r)
	if gone {
		panic(http.ErrAbortHandler)
	}
	a.send(w, r)
}

// serve computes the answer; gone means that none can be given.
func (g *Gateway) serve(r *http.Request) (a answer, gone bool) {
	c := &call{r: r, key: r.Header.Get("Apikey")}
	if r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return g.welcome(), false
	}
	// The body parser runs before the router, so broken JSON is reported
	// even for an unknown instance or without a key.
	body, bad, err := readBody(r)
	if err != nil {
		return answer{}, true
	}
	if bad != nil {
		return *bad, false
	}
	c.body = body
	g.mu.Lock()
	needsLicence := g.license
	g.mu.Unlock()
	if needsLicence {
		return licence(g.o.URL), false
	}
	rt, found := g.find(c)
	if !found {
		return refused(http.StatusNotFound, "Cannot "+r.Method+" "+r.URL.EscapedPath()), false
	}
	if a, stop := g.guard(c, rt); stop {
		return a, false
	}
	if rt.schema != nil {
		if complaints := complain(rt.schema, c.body, ""); len(complaints) > 0 {
			if c.path == "chat/whatsappNumbers" {
				return bare(complaints), false
			}
			return badSchema(complaints), false
		}
	}
	// Query parameters are merged over those of the path, after the checks.
	if q := r.URL.Query(); q.Has("instanceName") && !rt.global {
		c.name = q.Get("instanceName")
	}
	a = rt.do(g, c)
	if g.closing.Err() != nil && a.status == 0 && a.write == nil {
		return a, true
	}
	return a, false
}

// find splits the path into route and instance.
func (g *Gateway) find(c *call) (route, bool) {
	path := strings.Trim(c.r.URL.EscapedPath(), "/")
	if rt, ok := g.routes[c.r.Method+" "+path]; ok && rt.global {
		c.path = path
		return rt, true
	}
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return route{}, false
	}
	name, err := url.PathUnescape(path[i+1:])
	if err != nil {
		return route{}, false
	}
	rt, ok := g.routes[c.r.Method+" "+path[:i]]
	if !ok || rt.global {
		return route{}, false
	}
	c.path, c.name = path[:i], name
	return rt, true
}

// guard is the 404, 403, 401 of the order of checks.
func (g *Gateway) guard(c *call, rt route) (answer, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !rt.global {
		if _, ok := g.instances[c.name]; !ok {
			return refused(http.StatusNotFound, `The "`+c.name+`" instance does not exist`), true
		}
	}
	if c.path == "instance/create" {
		if name, ok := c.body["instanceName"].(string); ok && g.instances[name] != nil {
			return refused(http.StatusForbidden, `This name "`+name+`" is already in use.`), true
		}
	}
	if rt.open || same(c.key, g.o.Key) {
		return answer{}, false
	}
	if rt.admin || c.key == "" {
		return unauthorized(), true
	}
	if !rt.global {
		if same(c.key, g.instances[c.name].Token) {
			return answer{}, false
		}
		return unauthorized(), true
	}
	// fetchInstances: a token lists its own instances.
	asked := c.r.URL.Query().Get("instanceName")
	for _, in := range g.instances {
		if same(c.key, in.Token) && (asked == "" || asked == in.Name) {
			return answer{}, false
		}
	}
	return unauthorized(), true
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (g *Gateway) welcome() answer {
	version := cmp.Or(g.o.Version, Version)
	if g.o.V1 {
		version = VersionV1
	}
	return ok(struct {
		Status        int    `json:"status"`
		Message       string `json:"message"`
		Version       string `json:"version"`
		ClientName    string `json:"clientName"`
		Manager       string `json:"manager"`
		Documentation string `json:"documentation"`
		WebVersion    string `json:"whatsappWebVersion"`
	}{
		200, "Welcome to the Evolution API, it is working!", version, "evolution",
		g.o.URL + "/manager", "https://doc.evolution-api.com", "2.3000.1028450369",
	})
}

// maxBody is the server's body limit.
const maxBody = 136 << 20

// readBody parses a body as the server does: JSON and forms are read, any
// other type counts as no body, no body is an empty object.
func readBody(r *http.Request) (body map[string]any, bad *answer, err error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, nil, err
	}
	if len(b) > maxBody {
		a := enveloped(http.StatusRequestEntityTooLarge, "Internal Server Error", "request entity too large")
		return nil, &a, nil
	}
	body = map[string]any{}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/json":
		if len(b) == 0 {
			return body, nil, nil
		}
		v, text := parseJSON(b)
		if text != "" {
			a := brokenJSON(text)
			return nil, &a, nil
		}
		if m, isObject := v.(map[string]any); isObject {
			body = m
		}
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(b))
		if err != nil && len(form) == 0 {
			return body, nil, nil
		}
		for k, v := range form {
			if len(v) == 1 {
				body[k] = v[0]
				continue
			}
			list := make([]any, len(v))
			for i := range v {
				list[i] = v[i]
			}
			body[k] = list
		}
	case "multipart/form-data":
		maps.Copy(body, readMultipart(r.Header.Get("Content-Type"), b))
	}
	return body, nil, nil
}

// routesOf is the table of everything that is served.
func routesOf(v1 bool) map[string]route {
	m := map[string]route{
		"POST verify-creds": {do: (*Gateway).verifyCreds, global: true, admin: true},

		"POST instance/create":         {do: (*Gateway).create, schema: createSchema, global: true, admin: true},
		"GET instance/fetchInstances":  {do: (*Gateway).fetchInstances, global: true},
		"GET instance/connect":         {do: (*Gateway).connect},
		"GET instance/connectionState": {do: (*Gateway).connectionState},
		"POST instance/restart":        {do: (*Gateway).restart},
		"DELETE instance/logout":       {do: (*Gateway).logout},
		"DELETE instance/delete":       {do: (*Gateway).remove},
		"POST instance/setPresence":    {do: (*Gateway).setPresence, schema: presenceSchema},

		"POST chat/whatsappNumbers":            {do: (*Gateway).whatsappNumbers, schema: numbersSchema},
		"POST chat/findMessages":               {do: (*Gateway).findMessages},
		"POST chat/findStatusMessage":          {do: (*Gateway).findStatusMessage},
		"POST chat/findChats":                  {do: (*Gateway).findChats},
		"POST chat/findContacts":               {do: (*Gateway).findContacts},
		"POST chat/sendPresence":               {do: (*Gateway).sendPresence, schema: sendPresenceSchema},
		"POST chat/markMessageAsRead":          {do: (*Gateway).markMessageAsRead, schema: readSchema},
		"DELETE chat/deleteMessageForEveryone": {do: (*Gateway).deleteMessage, schema: deleteSchema},

		"POST webhook/set":       {do: (*Gateway).setWebhook},
		"GET webhook/find":       {do: (*Gateway).findWebhook},
		"POST settings/set":      {do: (*Gateway).setSettings, schema: settingsSchema},
		"GET settings/find":      {do: (*Gateway).findSettings},
		"POST webhook/evolution": {do: (*Gateway).inboundEvolution, global: true, open: true},

		"POST message/sendText": {do: (*Gateway).sendText, schema: textSchema},
	}
	for _, k := range kinds {
		m["POST message/"+k.path] = route{do: k.do, schema: k.schema}
	}
	if v1 {
		routesV1(m)
	}
	return m
}

func (g *Gateway) verifyCreds(*call) answer {
	return ok(map[string]any{
		"status":            200,
		"message":           "Credentials are valid",
		"facebookAppId":     nil,
		"facebookConfigId":  nil,
		"facebookUserToken": nil,
	})
}
