package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/evolution"
)

// Hook is where the gateway reports what became of one number's messages: a
// path that cannot be guessed, and a secret that it sends in a header. Both are
// random; whoever reports must have both.
type Hook struct {
	Tenant   campaign.Tenant
	Instance campaign.InstanceID
	// Path is the segment of the path that names the hook: 26 characters.
	Path string
	// Secret is what the header must hold.
	Secret evolution.Secret
	// CreatedAt is when both were drawn.
	CreatedAt time.Time
}

// Opens compares what a header holds with the secret, in a time that does not
// depend on where they differ.
func (h Hook) Opens(header string) bool {
	got, want := sha256.Sum256([]byte(header)), sha256.Sum256([]byte(h.Secret))
	return h.Secret != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

type hookRecord struct {
	Tenant    campaign.Tenant     `json:"tenant"`
	Instance  campaign.InstanceID `json:"instance"`
	Secret    []byte              `json:"secret"` // sealed
	CreatedAt time.Time           `json:"created_at"`
}

// hookRef finds the hook of a number.
func hookRef(i campaign.InstanceID) string { return strconv.FormatInt(int64(i), 10) }

// Hook returns the hook of a number, and draws one if there is none. The caller
// has seen that the number is the tenant's.
func (g *Gateways) Hook(ctx context.Context, t campaign.Tenant, i campaign.InstanceID) (Hook, error) {
	hooks, err := g.hooks(ctx, t, i)
	if err != nil {
		return Hook{}, err
	}
	if len(hooks) > 0 {
		return hooks[0], nil
	}
	return g.drawHook(ctx, t, i)
}

// RenewHook draws a new path and secret for a number; the old ones open nothing
// any more.
func (g *Gateways) RenewHook(ctx context.Context, t campaign.Tenant, i campaign.InstanceID) (Hook, error) {
	if err := g.RemoveHook(ctx, t, i); err != nil {
		return Hook{}, err
	}
	return g.drawHook(ctx, t, i)
}

// RemoveHook forgets the hook of a number. One that is not there is no error.
func (g *Gateways) RemoveHook(ctx context.Context, t campaign.Tenant, i campaign.InstanceID) error {
	var errs []error
	for d, err := range document.All(ctx, g.store, document.Query{Kind: kindHook, Ref: hookRef(i)}) {
		var r hookRecord
		if err == nil {
			err = decode(d, &r)
		}
		if err == nil && r.Tenant == t {
			d.Rev = document.AnyRev
			_, err = g.store.Apply(ctx, document.Delete(d))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// HookAt returns the hook of a path; campaign.ErrNotFound if there is none.
func (g *Gateways) HookAt(ctx context.Context, path string) (Hook, error) {
	missing := fmt.Errorf("gateway: no such hook: %w", campaign.ErrNotFound)
	if len(path) != hookPath {
		return Hook{}, missing
	}
	d, err := g.store.Get(ctx, "", kindHook, path)
	if errors.Is(err, document.ErrNotFound) {
		return Hook{}, missing
	}
	if err != nil {
		return Hook{}, err
	}
	return g.openHook(d)
}

const hookPath = 26

func (g *Gateways) hooks(ctx context.Context, t campaign.Tenant, i campaign.InstanceID) (hooks []Hook, err error) {
	for d, err := range document.All(ctx, g.store, document.Query{Kind: kindHook, Ref: hookRef(i)}) {
		if err != nil {
			return nil, err
		}
		h, err := g.openHook(d)
		if err != nil {
			return nil, err
		}
		if h.Tenant == t {
			hooks = append(hooks, h)
		}
	}
	return hooks, nil
}

func (g *Gateways) openHook(d document.Document) (Hook, error) {
	var r hookRecord
	if err := decode(d, &r); err != nil {
		return Hook{}, err
	}
	secret, err := g.box.open(r.Secret, hookSeal(r, d.Key)...)
	if err != nil {
		return Hook{}, err
	}
	return Hook{Tenant: r.Tenant, Instance: r.Instance, Path: d.Key, Secret: evolution.Secret(secret), CreatedAt: r.CreatedAt}, nil
}

func hookSeal(r hookRecord, path string) []string {
	return []string{"hook", string(r.Tenant), hookRef(r.Instance), path}
}

// drawHook stores a new hook. Of two that are drawn at the same moment both
// open, and Hook returns the same one from then on.
func (g *Gateways) drawHook(ctx context.Context, t campaign.Tenant, i campaign.InstanceID) (Hook, error) {
	path, secret := rand.Text(), rand.Text()
	r := hookRecord{Tenant: t, Instance: i, CreatedAt: g.now()}
	r.Secret = g.box.seal(secret, hookSeal(r, path)...)
	_, err := document.Save(ctx, g.store, document.Document{Kind: kindHook, Key: path, Ref: hookRef(i), Data: encode(r)})
	if err != nil {
		return Hook{}, err
	}
	return Hook{Tenant: t, Instance: i, Path: path, Secret: evolution.Secret(secret), CreatedAt: r.CreatedAt}, nil
}
