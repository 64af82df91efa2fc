package hook

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/vault"
)

// Reasons that this package gives.
const (
	// CodeAnswered: the endpoint answered with another status than 2xx,
	// argument "status".
	CodeAnswered campaign.Code = "webhook_answered"
	// CodeRedirects: it answered with a redirect, which is not followed.
	CodeRedirects campaign.Code = "webhook_redirects"
	// CodeUnreachable: no connection, or it broke.
	CodeUnreachable campaign.Code = "webhook_unreachable"
	// CodeSlow: no answer within Options.Timeout.
	CodeSlow campaign.Code = "webhook_slow"
	// CodeCertificate: its certificate does not prove that it is the endpoint.
	CodeCertificate campaign.Code = "webhook_certificate"
	// CodeAddressRefused: the Guard does not dial the address. Arguments name,
	// kind and note are the Guard's.
	CodeAddressRefused campaign.Code = "webhook_address_refused"
	// CodeSecret: its secret cannot be read with this installation's secret.
	CodeSecret campaign.Code = "webhook_secret_unreadable"

	// CodeGone: disabled, since it answered 410. Argument "id".
	CodeGone campaign.Code = "webhook_gone"
	// CodeFailing: disabled, since it has accepted nothing for days. Arguments
	// "id", "count" of tries, and "why" the last one failed.
	CodeFailing campaign.Code = "webhook_failing"
	// CodeGivenUp: one event was refused for days while others were accepted.
	// Arguments "id", "count" of tries, and "why".
	CodeGivenUp campaign.Code = "webhook_given_up"

	// CodeBadURL and CodeBadType, with the argument "name", refuse what somebody
	// has written.
	CodeBadURL  campaign.Code = "webhook_url_invalid"
	CodeBadType campaign.Code = "webhook_type_unknown"
)

// Guard says which addresses are dialled for a tenant. gateway.Guard is one.
type Guard interface {
	// Check refuses an address as it is written.
	Check(u *url.URL) error
	// Dial connects, and refuses what a name resolves to. A refusal has, in its
	// chain, an error with a method Reason() campaign.Reason.
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
}

// Options of Hooks. A Guard is required; all else has a default.
type Options struct {
	Guard Guard
	// Now reads the clock; processes of one store should agree in it to some
	// seconds, since a lease is measured by it. Defaults to the engine's.
	Now func() time.Time
	// Logger gets what goes wrong, without addresses and secrets. Defaults to
	// none.
	Logger *slog.Logger
	// Tick is how often an endpoint looks for new events. Defaults to 1 s.
	Tick time.Duration
	// Timeout bounds one delivery. Defaults to 15 s.
	Timeout time.Duration
	// Parallel is how many deliveries to one endpoint are under way at a time.
	// Defaults to 8.
	Parallel int
	// Patience is how long an endpoint may accept nothing before it is
	// disabled. Defaults to 5 days.
	Patience time.Duration
	// Transport replaces the connections, for tests: the Guard's Dial is then
	// not asked. Defaults to HTTP/1.1 by Guard.Dial.
	Transport http.RoundTripper
}

// Hooks keeps the endpoints of all tenants and delivers to them. It is safe for
// concurrent use.
type Hooks struct {
	engine *campaign.Engine
	store  document.Store
	o      Options
	box    *vault.Box
	client *http.Client

	mu      sync.Mutex
	runners map[string]*runner // by endpoint, while Run delivers
	changed chan struct{}      // one is new, or was changed
}

// New returns the endpoints that a store holds. secret is the installation's
// own, 32 random bytes or more, from which the key of the endpoints' secrets is
// derived. New starts nothing; see Run.
func New(e *campaign.Engine, s document.Store, secret []byte, o *Options) (*Hooks, error) {
	h := &Hooks{engine: e, store: s, runners: make(map[string]*runner), changed: make(chan struct{}, 1)}
	if o != nil {
		h.o = *o
	}
	if e == nil || s == nil || h.o.Guard == nil {
		return nil, errors.New("hook: New needs an engine, a store of documents and Options.Guard")
	}
	if h.o.Now == nil {
		h.o.Now = e.Now
	}
	if h.o.Logger == nil {
		h.o.Logger = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&h.o.Tick, time.Second}, {&h.o.Timeout, 15 * time.Second}, {&h.o.Patience, 5 * 24 * time.Hour}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if h.o.Parallel <= 0 {
		h.o.Parallel = 8
	}
	var err error
	if h.box, err = vault.New(secret, "campaigns/hook"); err != nil {
		return nil, err
	}
	h.client = newClient(h.o)
	return h, nil
}

func (h *Hooks) now() time.Time { return h.o.Now().UTC() }

// record writes an event into the tenant's log. The change that it tells of
// stands already, so it is written even if the caller has gone, and a log that
// cannot be written is no reason to say that nothing was changed.
func (h *Hooks) record(ctx context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	if err := h.engine.As(campaign.Caller{Tenant: t, Author: author, Role: campaign.Host}).Note(ctx, what, why); err != nil {
		h.o.Logger.Error("a webhook was changed and its event is missing", "event", string(what), "error", err.Error())
	}
}

// saveTime bounds a write that is made although its caller has gone.
const saveTime = 5 * time.Second

// wake makes Run look at an endpoint that was changed.
func (h *Hooks) wake(id string) {
	h.mu.Lock()
	r := h.runners[id]
	h.mu.Unlock()
	c := h.changed
	if r != nil {
		c = r.wake
	}
	select {
	case c <- struct{}{}:
	default:
	}
}
