package gateway

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/vault"
	"github.com/alreasense/campaigns/evolution"
)

// Errors, wrapped; test them with errors.Is. Besides them there are
// campaign.ErrForbidden, ErrNotFound, ErrStale, campaign.Invalid for fields,
// *AddressError, and what the store says.
var (
	// ErrWrongSecret: the store was begun with another secret. Its keys cannot
	// be read, so nothing could be sent.
	ErrWrongSecret = errors.New("gateway: this is not the secret that the store's keys are sealed with: put the right one back")
	// ErrNone: the tenant has no gateway of that name, and the operator none for
	// all.
	ErrNone = errors.New("gateway: no gateway is set")
	// ErrClosing: the gateway is being removed. Keep ends that.
	ErrClosing = errors.New("gateway: it is being removed")
	// ErrUnsealed: a stored key does not open. It was sealed with another secret,
	// or for something else. It has to be set again.
	ErrUnsealed = vault.ErrUnsealed
)

// Limits of what people write.
const (
	// MaxName is the longest name of a gateway, in characters.
	MaxName = 100
	// MaxURL is the longest address, in bytes.
	MaxURL = 2000
	// MaxKey is the longest key, in bytes.
	MaxKey = 4096
)

// Gateway is how a tenant reaches its gateway. The key is not among it: it goes
// in and never comes out.
type Gateway struct {
	Tenant campaign.Tenant
	// Name is what campaign.Instance.Gateway says. The empty name is the
	// tenant's default.
	Name string
	// Rev is the revision; an edit names the one that it was made from.
	Rev int64
	// URL is the base address, in its canonical form.
	URL string
	// Profile is the dialect that was chosen; empty chooses by the Version.
	Profile evolution.Profile
	// KeyAt is when the key was set.
	KeyAt time.Time
	// Version is what the gateway has said last that it is; empty if it was
	// never asked.
	Version string
	// CheckedAt is when Test was last run on these settings, and Problem what it
	// found; a zero Problem is a gateway that answers and knows the key.
	CheckedAt time.Time
	Problem   campaign.Reason

	CreatedAt, UpdatedAt time.Time
}

// record is what is kept of a gateway.
type record struct {
	URL       string            `json:"url"`
	Key       []byte            `json:"key"` // sealed
	Profile   evolution.Profile `json:"profile,omitempty"`
	KeyAt     time.Time         `json:"key_at"`
	Version   string            `json:"version,omitempty"`
	CheckedAt time.Time         `json:"checked_at,omitzero"`
	Problem   campaign.Reason   `json:"problem,omitzero"`
	Closing   bool              `json:"closing,omitempty"` // see Retire
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
}

func gatewayOf(d document.Document, r record) Gateway {
	return Gateway{Tenant: campaign.Tenant(d.Tenant), Name: strings.TrimPrefix(d.Key, "="), Rev: d.Rev, URL: r.URL, Profile: r.Profile,
		KeyAt: r.KeyAt, Version: r.Version, CheckedAt: r.CheckedAt, Problem: r.Problem, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

// Options of Gateways. The zero value is ready to use.
type Options struct {
	// Now reads the clock, the engine's: the latest start of a send is measured
	// by it. Defaults to time.Now.
	Now func() time.Time
	// Record writes what was done into the log of events of a tenant:
	// account.Log(engine). Defaults to nothing.
	Record func(ctx context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) error
	// Default is the operator's own gateway, for the tenants that have set none
	// under the empty name. It is dialled without a guard, and its host and port
	// may be named by tenants too. Defaults to none.
	Default evolution.Server
	// Allow is what else tenants may name besides public addresses; see
	// NewGuard. Defaults to nothing.
	Allow []string
	// Inside are addresses and blocks of addresses that count as the operator's own
	// network, although they are public; see Guard.Close. Defaults to those of the
	// host.
	Inside []string
	// AllowSetting is how errors tell the operator to extend Allow. Defaults to
	// "gateway.Options.Allow".
	AllowSetting string
	// Fresh is how long Find believes what it has read; a change by the same
	// process counts at once. Defaults to 5 seconds.
	Fresh time.Duration
}

// Gateways keeps the settings of all tenants, and is safe for concurrent use.
type Gateways struct {
	store document.Store
	o     Options
	box   *vault.Box
	guard *Guard
	pool  *evolution.Pool
	own   *dialect

	mu    sync.Mutex
	known map[place]found
}

type place struct{ tenant, name string }

// New returns the gateways that a store holds. secret is the installation's
// own, 32 random bytes or more, from which the keys are derived; every process
// on a store has the same, and without it no stored key can be read. New asks
// nobody: call CheckSecret before anything else.
func New(s document.Store, secret []byte, o *Options) (*Gateways, error) {
	g := &Gateways{store: s, known: make(map[place]found)}
	if o != nil {
		g.o = *o
	}
	if g.o.Now == nil {
		g.o.Now = time.Now
	}
	if g.o.Fresh <= 0 {
		g.o.Fresh = 5 * time.Second
	}
	if g.o.AllowSetting == "" {
		g.o.AllowSetting = "gateway.Options.Allow"
	}
	var err error
	if g.box, err = vault.New(secret, "campaigns/gateway"); err != nil {
		return nil, err
	}
	allow := g.o.Allow
	if g.o.Default.URL != "" {
		own, err := canonical(g.o.Default.URL)
		if err != nil {
			return nil, fmt.Errorf("gateway: the operator's gateway: %w", err)
		}
		allow = append(allow[:len(allow):len(allow)], hostPort(own))
	}
	if g.guard, err = NewGuard(g.o.AllowSetting, allow...); err != nil {
		return nil, err
	}
	if err = g.guard.Close(g.o.Inside...); err != nil {
		return nil, err
	}
	g.own = newDialect(g.o.Default, g.now)
	g.pool = &evolution.Pool{Dial: g.guard.Dial}
	return g, nil
}

func (g *Gateways) now() time.Time { return g.o.Now().UTC() }

const (
	kindGateway = "gateway.server" // by "=" and the name
	kindSecret  = "gateway.secret" // in the tenant "", one
)

// CheckSecret compares the secret with the one that the store was begun with,
// and notes it in a store that is new. It fails with ErrWrongSecret.
func (g *Gateways) CheckSecret(ctx context.Context) error {
	for range 2 {
		d, err := g.store.Get(ctx, "", kindSecret, "check")
		if err == nil {
			if subtle.ConstantTimeCompare(d.Data, g.box.Check()) != 1 {
				return ErrWrongSecret
			}
			return nil
		}
		if !errors.Is(err, document.ErrNotFound) {
			return err
		}
		_, err = document.Save(ctx, g.store, document.Document{Kind: kindSecret, Key: "check", Data: g.box.Check()})
		if err == nil || !errors.Is(err, document.ErrExists) {
			return err
		}
	}
	return document.ErrStale
}

// canonical is the form in which an address is kept and sealed. The errors say
// what to write, and do not quote what was written: it may hold a password.
func canonical(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	if err != nil {
		return nil, errors.New("the address is not a URL; write it like https://gateway.example")
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if p := u.Port(); (u.Scheme == "http" && p == "80") || (u.Scheme == "https" && p == "443") {
		u.Host = strings.TrimSuffix(u.Host, ":"+p)
	}
	if err := (evolution.Server{URL: u.String(), Key: "k"}).Validate(); err != nil {
		return nil, err
	}
	return u, nil
}

// hostPort is what of an address is dialled.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// read returns a gateway of a tenant; campaign.ErrNotFound if there is none.
func (g *Gateways) read(ctx context.Context, t campaign.Tenant, name string) (document.Document, record, error) {
	var r record
	d, err := g.store.Get(ctx, string(t), kindGateway, "="+name)
	if errors.Is(err, document.ErrNotFound) {
		return d, r, fmt.Errorf("gateway: no gateway of that name: %w", campaign.ErrNotFound)
	}
	if err != nil {
		return d, r, err
	}
	return d, r, decode(d, &r)
}

func decode(d document.Document, v any) error {
	if json.Unmarshal(d.Data, v) != nil {
		// The error of the decoder can quote the record.
		return fmt.Errorf("gateway: a stored %s is not readable, it was written by something else", d.Kind)
	}
	return nil
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("gateway: %T has no JSON: %v", v, err))
	}
	return b
}
