package main

import (
	"context"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/metrics"
	"github.com/alreasense/campaigns/campaign/optout"
)

// inside is what only the people who run the daemon may see: metrics and
// profiles, on a listener of its own.
func inside(o *metrics.Observer, e *campaign.Engine, waiting *optout.Book) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(o.Collectors(e)...)
	if waiting != nil {
		registry.MustRegister(reviewsGauge(e, waiting))
	}
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// reviewsGauge counts the messages of all tenants that may have been a wish to
// leave. While the store does not answer it stands where it stood.
func reviewsGauge(e *campaign.Engine, waiting *optout.Book) prometheus.Collector {
	var last atomic.Int64
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "campaigns", Name: "optout_reviews",
		Help: "Replies that may ask for no more messages, and that nobody has looked at."}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		tenants, err := e.Tenants(ctx)
		sum := 0
		for _, t := range tenants {
			n, fault := waiting.Count(ctx, t)
			if fault != nil {
				err = fault
				break
			}
			sum += n
		}
		if err == nil {
			last.Store(int64(sum))
		}
		return float64(last.Load())
	})
}
