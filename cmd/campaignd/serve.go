package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/socket"
	"github.com/alreasense/campaigns/evolution"
)

type serveCommand struct {
	Addr   string `help:"Where to listen. Default: ${default}." default:"127.0.0.1:8000" placeholder:"HOST:PORT" from:"CAMPAIGND_ADDR"`
	Public string `help:"Where the daemon is reached from outside: links and webhooks begin with it." placeholder:"URL" from:"CAMPAIGND_PUBLIC_URL"`
	houseFlags
	gatewayFlag
}

// Help is the long text of campaignd serve --help.
func (serveCommand) Help() string {
	return `Runs the engine: campaigns that are active go on where they stood. The directory of the data and the address are printed at the start. Without a gateway it runs all the same, and says at /readyz what is missing.

  GET /healthz   200 "ok" while the process lives
  GET /readyz    200, or 503 with the reasons as JSON

SIGTERM or Ctrl-C: nothing new is taken, sends under way are waited for and written down, then the process ends. A second signal ends it at once; what was under way is then asked for at the gateway at the next start, and never sent again blindly.

Example:

  export EVOLUTION_API_URL=https://gateway.example
  export EVOLUTION_API_KEY_FILE=/run/secrets/evolution
  campaignd serve`
}

// Run serves until the context ends.
func (c *serveCommand) Run(w *world) (err error) {
	log, flush := newLogger(w.stderr)
	defer flush()
	server, missing, err := w.env.gateway(c.gatewayFlag)
	if err != nil {
		return err
	}
	clock := newClock()
	server.Now = clock.now
	client := evolution.New(server)
	// The port first: a start that must fail leaves the data alone.
	l, err := listen(c.Addr, "CAMPAIGND_ADDR or --addr")
	if err != nil {
		return err
	}
	h, err := openHouse(w, c.houseFlags, clock, client, "campaignd serve", log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, h.close()) }()

	api, err := h.surface(c.Public, log)
	if err != nil {
		return err
	}
	public := c.Public
	if public == "" {
		public = "http://" + l.Addr().String()
	}
	// A stop that comes meanwhile is heeded below: the start is whole or not at
	// all.
	link, err := api.invite(context.WithoutCancel(w.ctx), public)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	door, err := socket.Listen(h.dir)
	if err != nil {
		return errors.Join(err, l.Close())
	}

	gateway := server.URL
	if missing != "" {
		gateway = "none yet"
		log.Warn("nothing can be sent", "missing", missing)
	}
	fmt.Fprintf(w.stdout, "campaignd serves\n  data       %s\n  database   %s\n  locks      %s\n  gateway    %s\n  address    http://%s\n",
		h.dir, h.database, h.locks, gateway, l.Addr())
	if link != "" {
		fmt.Fprintf(w.stdout, "\nNobody can log in yet. The first administrator chooses a password here, once, within 48 hours:\n  %s\n(lost it? campaignd user first)\n", link)
	}

	ctx, stop := context.WithCancelCause(w.ctx)
	defer stop(nil)
	ready := &readiness{service: h.service, engine: h.engine, gateway: newGatewayCheck(client, missing)}
	mux := ready.routes()
	api.routes(mux)
	srv, doorSrv := newServer(mux), doorServer(api.door)
	tasks := make(chan error, 5)
	task := func(name string, f func() error) {
		go func() {
			err := f()
			if err != nil {
				stop(fmt.Errorf("%s: %w", name, err))
			}
			tasks <- err
		}()
	}
	task("the house", func() error { h.run(ctx); return nil })
	task("the engine", func() error { return h.engine.Run(ctx) })
	task("the gateway check", func() error { ready.gateway.run(ctx, log); return nil })
	task("the imports", func() error { return api.run(ctx) })
	task("the door", func() error {
		if err := doorSrv.Serve(door); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	task("the server", func() error {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	<-ctx.Done()
	if w.ctx.Err() != nil {
		log.Info("stopping: nothing new is taken, sends under way are waited for")
	}
	ready.stopping.Store(true)
	goodbye(srv, log)
	goodbye(doorSrv, log)
	for range cap(tasks) {
		<-tasks
	}
	if w.ctx.Err() != nil {
		log.Info("stopped")
		return nil
	}
	return context.Cause(ctx)
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
