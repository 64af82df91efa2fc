package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/socket"
	"github.com/alreasense/campaigns/evolution"
)

// defaultAddr is where the daemon listens if nobody says where; --addr names it too.
const defaultAddr = "127.0.0.1:8000"

type serveCommand struct {
	Addr    string `help:"Where to listen. Default: ${default}." default:"127.0.0.1:8000" placeholder:"HOST:PORT" from:"CAMPAIGND_ADDR"`
	Metrics string `help:"Where to listen for /metrics and /debug/pprof/, for the operator alone. Default: nowhere." placeholder:"HOST:PORT" from:"CAMPAIGND_METRICS_ADDR"`
	Proxies string `help:"Addresses and networks of the proxies whose X-Forwarded-For counts. Default: none." placeholder:"CIDR,…" from:"CAMPAIGND_TRUSTED_PROXIES"`
	tlsFlags
	rateFlags
	publicFlag
	houseFlags
	gatewayFlag
}

// Help is the long text of campaignd serve --help.
func (serveCommand) Help() string {
	return `Runs the engine: campaigns that are active go on where they stood. The directory of the data and the address are printed at the start. Without a gateway it runs all the same, and says at /readyz what is missing.

  GET /healthz   200 "ok" while the process lives
  GET /readyz    200, or 503 with the reasons as JSON
  /api/          the API; /api/docs/ explains it, /api/openapi.json is its document
  /webhooks/     where gateways report to: this and /api/ are what a proxy passes on
  GET /join      where the link of a first login leads

CAMPAIGND_PUBLIC_URL says where people and the gateways reach it (CAMPAIGND_REPORTS_URL, where the gateways do if that is elsewhere). Without it nothing is registered with them: deliveries are then asked for and come late, and replies and opt-outs do not arrive.

Each tenant may set a gateway of its own; EVOLUTION_API_URL is for those that have set none. A tenant's own is dialled only at public addresses and at those in CAMPAIGND_GATEWAY_ALLOW.

A tenant's own systems are told what happens by webhooks (campaignd webhook add), at public addresses and at those in CAMPAIGND_WEBHOOK_ALLOW.

Passwords and tokens need https: put a proxy with TLS before the daemon and name it in CAMPAIGND_TRUSTED_PROXIES, or give the daemon a certificate with CAMPAIGND_TLS_CERT and CAMPAIGND_TLS_KEY. Renewed files are taken up without a restart.

Who asks more often than CAMPAIGND_RATE_CALLER, CAMPAIGND_RATE_ADDRESS and CAMPAIGND_RATE_LOGIN allow is answered 429 and told when to ask again; a tenth of a minute's requests may come at once. Reports of gateways have no such limit. An address that has CAMPAIGND_CONNECTIONS open gets no further one, unless it is a trusted proxy's.

SIGTERM or Ctrl-C: nothing new is taken, sends under way are waited for and written down, then the process ends. A second signal ends it at once; what was under way is then asked for at the gateway at the next start, and never sent again blindly.

Example:

  export EVOLUTION_API_URL=https://gateway.example
  export EVOLUTION_API_KEY_FILE=/run/secrets/evolution
  export CAMPAIGND_PUBLIC_URL=https://app.example
  campaignd serve`
}

// Run serves until the context ends.
func (c *serveCommand) Run(w *world) (err error) {
	log, flush := newLogger(w.stderr)
	defer flush()
	trusted, err := parseProxies(c.Proxies)
	if err != nil {
		return err
	}
	rates, err := c.rates()
	if err != nil {
		return err
	}
	cert, err := c.certificate(log)
	if err != nil {
		return err
	}
	server, missing, err := w.env.gateway(c.gatewayFlag)
	if err != nil {
		return err
	}
	public, reports, err := c.addresses()
	if err != nil {
		return err
	}
	clock := newClock()
	// The port first: a start that must fail leaves the data alone.
	l, err := listen(c.Addr, "CAMPAIGND_ADDR or --addr")
	if err != nil {
		return err
	}
	var within net.Listener
	if c.Metrics != "" {
		if within, err = listen(c.Metrics, "CAMPAIGND_METRICS_ADDR or --metrics"); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	h, err := openHouse(w, c.houseFlags, clock, server, "campaignd serve", log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, h.close()) }()

	address := "http://" + l.Addr().String()
	if cert != nil {
		address = "https://" + l.Addr().String()
	} else if overheard(l.Addr(), trusted) {
		log.Warn("passwords and tokens can be read on their way here: put a proxy with TLS before the daemon and name it in CAMPAIGND_TRUSTED_PROXIES, or set CAMPAIGND_TLS_CERT and CAMPAIGND_TLS_KEY, or listen on 127.0.0.1", "address", address)
	}
	api, err := h.surface(public, reports, cmp.Or(public, address), trusted.attentive(log), rates, log)
	if err != nil {
		return err
	}
	// A stop that comes meanwhile is heeded below: the start is whole or not at
	// all.
	link, err := api.invite(context.WithoutCancel(w.ctx), cmp.Or(public, address))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	door, err := socket.Listen(h.dir)
	if err != nil {
		return errors.Join(err, l.Close())
	}

	ready := &readiness{house: h, gateway: newGatewayCheck(evolution.NewRouter(func(ctx context.Context, _ campaign.Route) (evolution.Server, error) {
		return h.gateways.Own(ctx)
	}), missing)}
	gateway := server.URL
	if missing != nil {
		gateway = w.say("só os dos clientes", "none but the tenants' own")
		if len(ready.gatewayReasons(w.ctx)) > 0 {
			gateway = w.say("nenhum ainda", "none yet")
			log.Warn("nothing can be sent", "missing", missing)
		}
	}
	if reports == "" {
		reports = w.say("em lugar nenhum: respostas e descadastros não chegam sem CAMPAIGND_PUBLIC_URL", "nowhere: no replies and no opt-outs arrive until CAMPAIGND_PUBLIC_URL is set")
		log.Warn("gateways cannot report: deliveries come late, by asking, and replies and opt-outs do not arrive", "missing", "CAMPAIGND_PUBLIC_URL")
	} else {
		reports += line.Prefix
	}
	fmt.Fprintf(w.stdout, w.say("campaignd no ar\n  dados      %s\n  banco      %s\n  travas     %s\n  gateway    %s\n  avisos     %s\n  endereço   %s\n", "campaignd serves\n  data       %s\n  database   %s\n  locks      %s\n  gateway    %s\n  reports    %s\n  address    %s\n"),
		h.dir, h.database, h.locks.words(w.say), gateway, reports, address)
	if link != "" {
		fmt.Fprintf(w.stdout, w.say("\nNinguém pode entrar ainda. O primeiro administrador escolhe a senha aqui, uma vez, em até 48 horas:\n  %s\n(perdeu o link? campaignd user first)\n", "\nNobody can log in yet. The first administrator chooses a password here, once, within 48 hours:\n  %s\n(lost it? campaignd user first)\n"), link)
	}

	ctx, stop := context.WithCancelCause(w.ctx)
	defer stop(nil)
	mux := ready.routes()
	api.routes(mux, trusted, log)
	crew := &crew{stop: stop, log: log}
	servers := []*http.Server{newServer(mux), doorServer(api.door)}
	if cert != nil {
		servers[0].TLSConfig = cert.config()
	}
	crew.serve("the server", servers[0], newCapped(l, c.Open, trusted, log))
	crew.serve("the door", servers[1], door)
	if within != nil {
		fmt.Fprintf(w.stdout, w.say("  métricas   ", "  metrics    ")+"http://%s/metrics\n", within.Addr())
		servers = append(servers, newServer(inside(h.figures, h.engine, h.optouts)))
		servers[2].WriteTimeout = 0 // a profile lasts as long as it is asked to
		crew.serve("the metrics", servers[2], within)
	}
	crew.task("the house", func() error { h.run(ctx); return nil })
	crew.task("the engine", func() error { return h.engine.Run(ctx) })
	crew.task("the gateway check", func() error { ready.gateway.run(ctx, log); return nil })
	crew.task("the lines", func() error { api.lines.Keeper.Run(ctx); return nil })
	crew.task("the webhooks", func() error { h.hooks.Run(ctx); return nil })
	crew.task("the imports", func() error { return api.run(ctx) })
	<-ctx.Done()
	if w.ctx.Err() != nil {
		log.Info("stopping: nothing new is taken, sends under way are waited for")
	}
	ready.stopping.Store(true)
	for _, srv := range servers {
		goodbye(srv, log)
	}
	crew.all.Wait()
	if w.ctx.Err() != nil {
		log.Info("stopped")
		return nil
	}
	return context.Cause(ctx)
}

// crew is what the daemon does at the same time. One that fails stops all.
type crew struct {
	all  sync.WaitGroup
	stop context.CancelCauseFunc
	log  *slog.Logger
}

func (c *crew) task(name string, f func() error) {
	c.all.Go(func() {
		if err := f(); err != nil {
			c.stop(fmt.Errorf("%s: %w", name, err))
		}
	})
}

func (c *crew) serve(name string, srv *http.Server, l net.Listener) {
	srv.ErrorLog = slog.NewLogLogger(c.log.Handler(), slog.LevelWarn)
	c.task(name, func() error {
		serve := srv.Serve
		if srv.TLSConfig != nil {
			serve = func(l net.Listener) error { return srv.ServeTLS(l, "", "") }
		}
		if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}

// goodbye lets requests under way end, for a moment.
func goodbye(srv *http.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		log.Warn("requests under way were cut off", "error", err.Error())
		_ = srv.Close()
	}
}
