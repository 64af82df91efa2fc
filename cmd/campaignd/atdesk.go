package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/desk"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/socket"
)

// deskFlags are the flags of every command that speaks to the API.
type deskFlags struct {
	houseFlags
	publicFlag
}

// AfterApply makes the desk that the command's Run asks for, when it asks.
func (f *deskFlags) AfterApply(k *kong.Context, w *world) error {
	return k.BindToProvider(func() (*desk.Desk, error) {
		tenant, asJSON := "", false
		for _, group := range k.Selected().AllFlags(true) {
			for _, flag := range group {
				switch v := k.FlagValue(flag).(type) {
				case string:
					if flag.Name == "tenant" {
						tenant = v
					}
				case bool:
					asJSON = asJSON || flag.Name == "json" && v
				}
			}
		}
		d, done, err := w.desk(*f, tenant, asJSON, begins(k))
		if err == nil {
			w.atEnd = append(w.atEnd, done)
		}
		return d, err
	})
}

// desk opens what a command of package desk needs: the door of a running
// daemon, or, where none runs, the store itself, which is made only for a command
// that begins an installation. done ends it.
func (w *world) desk(f deskFlags, tenant string, asJSON, begins bool) (d *desk.Desk, done func() error, err error) {
	dir, err := f.dir(w.env)
	if err != nil {
		return nil, nil, err
	}
	public, reports, err := f.addresses()
	if err != nil {
		return nil, nil, err
	}
	via, alone, done, err := w.through(dir, f.houseFlags, public, reports, begins)
	if err != nil {
		return nil, nil, err
	}
	d = &desk.Desk{
		API: &desk.Client{Via: via, Tenant: tenant},
		In:  w.stdin, Out: w.stdout, Err: w.stderr, JSON: asJSON, Alone: alone,
		Portuguese: w.locale().Portuguese(), Zone: time.Local, Person: isTerminal(w.stdin), Width: columns(w.stdout),
	}
	d.API.Language = "en"
	if d.Portuguese {
		d.API.Language = "pt-BR"
	}
	return d, done, nil
}

// through is the way to the API, and tells whether it is served here alone.
func (w *world) through(dir string, f houseFlags, public, reports string, begins bool) (via http.RoundTripper, alone bool, done func() error, err error) {
	c, err := socket.Dial(w.ctx, dir)
	switch {
	case err == nil:
		_ = c.Close()
		t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return socket.Dial(ctx, dir) }}
		return t, false, func() error { t.CloseIdleConnections(); return nil }, nil
	case !errors.Is(err, socket.ErrNobody):
		return nil, false, nil, err
	}
	if !begins {
		if err := w.found(dir); err != nil {
			return nil, false, nil, err
		}
	}
	server, _, err := w.env.gateway(gatewayFlag{Gateway: w.env["EVOLUTION_API_URL"]})
	if err != nil {
		return nil, false, nil, err
	}
	clock := newClock()
	log := slog.New(slog.DiscardHandler)
	h, err := openHouse(w, f, clock, server, "campaignd", log)
	if err != nil {
		return nil, false, nil, err
	}
	s, err := h.surface(public, reports, cmp.Or(public, "http://"+cmp.Or(w.env["CAMPAIGND_ADDR"], defaultAddr)), nil, control.Rates{}, log)
	if err != nil {
		return nil, false, nil, errors.Join(err, h.close())
	}
	srv := doorServer(s.door)
	srv.ConnContext = asMyself
	ctx, stop := context.WithCancel(w.ctx)
	worked := make(chan error, 1)
	go func() { worked <- s.run(ctx) }()
	via, end := desk.Serve(srv)
	return via, true, func() error {
		stop()
		return errors.Join(end(), <-worked, h.close())
	}, nil
}

// isTerminal reports whether a person types on r.
func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && terminalWidth(f.Fd()) > 0
}
