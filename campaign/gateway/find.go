package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/evolution"
)

// found is what Find has found, with the key open.
type found struct {
	server evolution.Server
	at     time.Time
}

// mostKnown bounds what Find remembers.
const mostKnown = 10_000

// Find names the gateway of a route, for evolution.NewRouter: the tenant's own
// of that name, and for the empty name the operator's, if the tenant has none.
// ErrNone, a key that cannot be read and an address that is not allowed hold
// the number until that is mended; a store that cannot be asked is
// campaign.NotSent.
func (g *Gateways) Find(ctx context.Context, r campaign.Route) (evolution.Server, error) {
	p := place{string(r.Tenant), r.Gateway}
	now := g.now()
	g.mu.Lock()
	f, ok := g.known[p]
	g.mu.Unlock()
	if age := now.Sub(f.at); ok && age >= 0 && age < g.o.Fresh {
		return f.server, nil
	}
	s, err := g.server(ctx, r.Tenant, r.Gateway)
	if err != nil {
		return evolution.Server{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= mostKnown {
		clear(g.known)
	}
	g.known[p] = found{s, now}
	return s, nil
}

func (g *Gateways) forget(t campaign.Tenant, name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.known, place{string(t), name})
}

// server reads a gateway and opens its key.
func (g *Gateways) server(ctx context.Context, t campaign.Tenant, name string) (evolution.Server, error) {
	d, r, err := g.read(ctx, t, name)
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		if name != "" {
			return evolution.Server{}, ErrNone
		}
		return g.Own(ctx)
	case err != nil:
		return evolution.Server{}, campaign.NotSent(err)
	}
	key, err := g.box.Open(r.Key, sealOf(d.Tenant, d.Key, r.URL)...)
	if err != nil {
		return evolution.Server{}, err
	}
	return g.aim(r.URL, evolution.Secret(key), r.Profile, r.Version), nil
}

// aim is a server of a tenant. A version that is not known gets the dialect
// that proves least.
func (g *Gateways) aim(url string, key evolution.Secret, p evolution.Profile, version string) evolution.Server {
	if p == "" {
		p = evolution.ProfileOf(version)
	}
	return evolution.Server{URL: url, Key: key, Profile: p, Pool: g.pool, Now: g.o.Now}
}

// sealOf is what a gateway's key belongs to: with the address in it, a key that
// was set for one address is never sent to another.
func sealOf(tenant, key, url string) []string { return []string{"key", tenant, key, url} }
