package control

import (
	"context"
	"net/http"

	"github.com/alreasense/campaigns/campaign"
)

// Health says that the process answers. What it needs to send is told at the
// daemon's own /readyz.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

func (a *api) health() {
	route(a, op{method: http.MethodGet, path: "/api/health/", id: "getHealth", tag: "health", marks: []string{public}, summary: "Whether the process answers"},
		func(context.Context, *campaign.Service, *struct{}) (*struct{ Body Health }, error) {
			return &struct{ Body Health }{Health{Status: "ok"}}, nil
		})
}
