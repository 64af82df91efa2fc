package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/disk"
	"github.com/alreasense/campaigns/evolution"
)

// readiness answers whether this process can do its work.
type readiness struct {
	*house
	gateway  *gatewayCheck
	stopping atomic.Bool
}

func (r *readiness) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", r.readyz)
	return mux
}

// readyz is 200 {"ready":true}, or 503 {"ready":false,"reasons":[…]}.
func (r *readiness) readyz(w http.ResponseWriter, req *http.Request) {
	reasons := r.reasons(req.Context())
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if len(reasons) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(struct {
		Ready   bool     `json:"ready"`
		Reasons []string `json:"reasons,omitempty"`
	}{len(reasons) == 0, reasons})
}

// reasons lists what is in the way, in words without secrets.
func (r *readiness) reasons(ctx context.Context) (why []string) {
	if r.stopping.Load() {
		why = append(why, "the process is stopping")
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if _, err := r.service.Campaigns(ctx, campaign.CampaignQuery{Limit: 1}); err != nil {
		why = append(why, "the database does not answer: "+err.Error())
	}
	if room, err := disk.Of(r.dir); err == nil && room.Full() {
		why = append(why, fmt.Sprintf("the disk of %s is full: %s are left", r.dir, room))
	}
	if reason := r.engine.Unready(); !reason.IsZero() {
		why = append(why, reason.Text(campaign.English))
	}
	return append(why, r.gatewayReasons(ctx)...)
}

// gatewayReasons is what is the matter with the operator's gateway. That there
// is none does not matter where a tenant has its own.
func (r *readiness) gatewayReasons(ctx context.Context) []string {
	p := r.gateway.problem()
	if p == "" {
		return nil
	}
	if r.gateway.asleep {
		tenants, err := r.engine.Tenants(ctx)
		if err != nil {
			return []string{p}
		}
		for _, t := range tenants {
			if own, err := r.gateways.As(campaign.Caller{Tenant: t, Role: campaign.Host}).Gateways(ctx); err == nil && len(own) > 0 {
				return nil
			}
		}
	}
	return []string{p}
}

// gatewayCheck asks the gateway now and then whether it is there and takes the
// key. Requests to /readyz do not reach the gateway.
type gatewayCheck struct {
	client *evolution.Client
	asleep bool // nothing is configured, nothing to ask

	mu  sync.Mutex
	why string
}

// checkEvery is the time between two questions to the gateway.
const checkEvery = 15 * time.Second

func newGatewayCheck(c *evolution.Client, missing error) *gatewayCheck {
	g := &gatewayCheck{client: c, asleep: missing != nil}
	if missing != nil {
		g.why = missing.Error()
	}
	if !g.asleep {
		g.why = "the gateway has not been asked yet"
	}
	return g
}

func (g *gatewayCheck) problem() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why
}

// run asks until ctx ends, and logs what changes.
func (g *gatewayCheck) run(ctx context.Context, log *slog.Logger) {
	if g.asleep {
		return
	}
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		why := ""
		if err := g.client.VerifyKey(ctx, campaign.Route{}); err != nil {
			why = gatewayWords(err).Error()
		}
		if ctx.Err() != nil {
			return
		}
		g.mu.Lock()
		changed := why != g.why
		g.why = why
		g.mu.Unlock()
		switch {
		case changed && why != "":
			log.Warn("the gateway cannot be used", "why", why)
		case changed:
			log.Info("the gateway answers and takes the key")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
