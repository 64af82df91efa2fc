package control

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/danielgtaylor/huma/v2"
)

// Config configures the handler. Authenticate is required; the zero value of
// every other field is its default.
type Config struct {
	// Authenticate tells who calls. An error that wraps ErrNoCaller is answered
	// 401, one that wraps campaign.ErrForbidden 403, and any other as a fault of
	// the service, so that a database that does not answer logs nobody out. It is
	// called for every route but the login and the health check, and once a second
	// while a stream or an upload goes on (Limits.Recheck), which ends with its
	// caller.
	//
	// The caller it returns has a Role. One without is answered 403, and so is one
	// whose role is none of package campaign's, with a line in the log: an
	// employee whose role was forgotten may nothing. campaign.Host is the
	// operator of the installation, who may do everything in every tenant, such
	// as stop all sends: give it to nobody else.
	Authenticate func(*http.Request) (campaign.Caller, error)
	// Challenge is the WWW-Authenticate of an answer 401. Defaults to "Bearer".
	Challenge string
	// Done ends the streams of progress when it is closed: a program that shuts
	// its http.Server down closes it first (http.Server.RegisterOnShutdown), or
	// Shutdown waits for every client that watches. Defaults to nil: streams end
	// with their time.
	Done <-chan struct{}
	// Address tells a client's address, for the lockout of accounts and for
	// Rates; the zero Addr is unknown and not limited. Behind a
	// proxy it is what the proxy says, if the proxy is trusted. Defaults to the
	// connection's.
	Address func(*http.Request) netip.Addr
	// PublicURL is where the handler can be reached from outside, with the
	// prefix under which it is mounted: "https://app.example/marketing". The
	// links between pages begin with it. Defaults to links without a host.
	PublicURL string
	// JoinPage is the page on which people use a link, with the link's secret
	// behind its #: "https://app.example/join". It is told with the link. Defaults
	// to none.
	JoinPage string
	// Limits bound what one request, and all of them together, may use.
	Limits Limits
	// Rates bound how often one client may ask. Defaults to no bound.
	Rates Rates
	// Logger gets what went wrong inside, without phones, texts or keys.
	// Defaults to none.
	Logger *slog.Logger
	// Now reads the clock. Defaults to the engine's.
	Now func() time.Time

	// What others provide. Routes that need one that is nil answer 501.
	Powers
}

// Limits bound requests. Zero fields take the defaults.
type Limits struct {
	// Body is the largest body in bytes. Defaults to 1 MiB; BulkBody, for
	// bulk_create, to 8 MiB.
	Body, BulkBody int64
	// BodyTime is how long a client may take to send its body. Defaults to 30 s.
	BodyTime time.Duration
	// WriteTime is how long a client may take to read an answer, or each piece of
	// a stream. It goes before the http.Server's WriteTimeout.
	// Defaults to 30 s.
	WriteTime time.Duration
	// PageSize is the default size of a page and MaxPageSize the largest that
	// may be asked for. Default to 50 and 500.
	PageSize, MaxPageSize int
	// Requests is how many requests are worked on at one time, and Streams how
	// many streams (progress, exports) are open. More are answered 503 with a
	// Retry-After. Default to 256 and 128.
	Requests, Streams int
	// StreamTime is how long a stream of progress stays open; the client calls
	// again. Defaults to 1 h.
	StreamTime time.Duration
	// Beat is how often a silent stream of progress gets a comment that keeps it
	// open. Defaults to 15 s.
	Beat time.Duration
	// Recheck is how often Authenticate is asked again while a stream or an upload
	// goes on: how long it outlives a token that was revoked. Defaults to 1 s.
	Recheck time.Duration
}

func (l Limits) full() Limits {
	set(&l.Body, 1<<20)
	set(&l.BulkBody, 8<<20)
	set(&l.BodyTime, 30*time.Second)
	set(&l.WriteTime, 30*time.Second)
	set(&l.PageSize, 50)
	set(&l.MaxPageSize, 500)
	set(&l.Requests, 256)
	set(&l.Streams, 128)
	set(&l.StreamTime, time.Hour)
	set(&l.Beat, 15*time.Second)
	set(&l.Recheck, time.Second)
	return l
}

func set[T int | int64 | time.Duration](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}

// ErrNoCaller is what Authenticate returns, wrapped or not, when a request
// does not say who calls, or when what it says is not valid.
var ErrNoCaller = errors.New("control: the request does not say who calls")

// New returns the handler. It starts nothing and asks nobody. Its paths begin
// with /api/; take a prefix off with http.StripPrefix.
func New(e *campaign.Engine, c Config) (http.Handler, error) {
	if e == nil || c.Authenticate == nil {
		return nil, errors.New("control: New needs an engine and Config.Authenticate")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
			return nil, fmt.Errorf("control: Config.PublicURL is %q; write it as https://app.example/prefix", c.PublicURL)
		}
		c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = e.Now
	}
	if c.Challenge == "" {
		c.Challenge = "Bearer"
	}
	c.Limits = c.Limits.full()
	return newAPI(e, c), nil
}

// api is the handler: a mux inside a door.
type api struct {
	Config
	engine            *campaign.Engine
	mux               *exactMux
	huma              huma.API
	requests, streams chan struct{}
	limits            limits
	document          []byte
}

func newAPI(e *campaign.Engine, c Config) *api {
	a := &api{Config: c, engine: e, mux: &exactMux{ServeMux: http.NewServeMux()},
		requests: make(chan struct{}, c.Limits.Requests), streams: make(chan struct{}, c.Limits.Streams),
		limits: limits{caller: newLimit(c.Rates.Caller), address: newLimit(c.Rates.Address), login: newLimit(c.Rates.Login)}}
	a.huma = newHuma(a)
	for _, register := range []func(){
		a.health, a.auth, a.users, a.tokens, a.tenants, a.operations, a.imported, a.campaigns, a.commands, a.people, a.messages, a.recipients, a.decisions, a.logs,
		a.metrics, a.explain, a.forecast, a.progress, a.export, a.contacts, a.contactsBulk, a.tags, a.optOuts, a.optOutList, a.optOutWords, a.optOutReviews, a.person, a.groups, a.holidays, a.calendar,
		a.instances, a.gateways, a.webhooks,
	} {
		register()
	}
	a.finish()
	return a
}
