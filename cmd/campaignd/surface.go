package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/apidocs"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/desk"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/join"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/socket"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/contact/imports"
)

// surface is the API twice: for whoever has an account, over HTTP, and for the
// users of this machine, through the door.
type surface struct {
	accounts  *account.Accounts
	imports   *imports.Queue
	lines     *line.Office
	api, door http.Handler
}

// passwordCost is what the tests, which sign in all the time, make smaller.
var passwordCost account.Cost

// surface makes the API of an open house, with where people and gateways reach
// it, where people use links, what tells a client's address, and how often clients may ask. The users of
// this machine may ask as often as they like. It starts nothing.
func (h *house) surface(publicURL, reportsURL, people string, client func(*http.Request) netip.Addr, rates control.Rates, log *slog.Logger) (*surface, error) {
	s := &surface{accounts: account.New(h.documents, &account.Options{Now: h.engine.Now, Cost: passwordCost, Record: account.Log(h.engine)})}
	var err error
	s.lines, err = line.New(line.Config{Engine: h.engine, Client: h.client, Secret: h.reports, PublicURL: reportsURL, LIDs: h.lids, Documents: h.documents, OptOuts: h.optouts, Logger: log, Now: h.engine.Now})
	if err != nil {
		return nil, err
	}
	s.imports, err = imports.New(h.documents, func(t string) contact.Store {
		return h.engine.As(campaign.Caller{Tenant: campaign.Tenant(t), Author: "import", Role: campaign.Host}).Contacts()
	}, &imports.Options{Dir: filepath.Join(h.dir, "imports"), Now: h.engine.Now, Log: log,
		OpenWorkbook: workbooks(filepath.Join(h.dir, "imports", "unpacked")),
		OptedOut: func(ctx context.Context, t string, phones []contact.Phone) ([]bool, error) {
			return h.engine.As(campaign.Caller{Tenant: campaign.Tenant(t), Role: campaign.Host}).OptedOut(ctx, phones...)
		},
		Left: h.left})
	if err != nil {
		return nil, err
	}
	c := control.Config{PublicURL: publicURL, JoinPage: joinPage(people), Address: client, Rates: rates, Logger: log, Authenticate: control.Accounts(s.accounts),
		Powers: control.Powers{Documents: h.documents, Vault: h.answers, Accounts: s.accounts, Imports: s.imports, Webhooks: h.hooks, OptOuts: h.optouts,
			Gateways: gateways{h.gateways}, Connections: &connections{engine: h.engine, gateways: h.gateways, office: s.lines}}}
	if s.api, err = control.New(h.engine, c); err != nil {
		return nil, err
	}
	c.Authenticate, c.PublicURL, c.Rates = s.atTheDoor, "", control.Rates{}
	s.door, err = control.New(h.engine, c)
	return s, err
}

// left opts out whom a file says to want no messages, once.
func (h *house) left(ctx context.Context, t string, p contact.Phone, evidence string) error {
	s := h.engine.As(campaign.Caller{Tenant: campaign.Tenant(t), Author: "import", Role: campaign.Host})
	level, err := s.OptOutLevels(ctx, p)
	if err != nil || level[0] >= campaign.OutByOperator {
		return err
	}
	return s.OptOut(ctx, campaign.Because(campaign.CodeByPerson, "reason", evidence), p)
}

// run works on what requests have left to be done, until ctx ends.
func (s *surface) run(ctx context.Context) error {
	if err := s.imports.Run(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// routes add the API to what the process answers, a page that explains it, and
// what gateways report to.
func (s *surface) routes(mux *http.ServeMux, trusted proxies, log *slog.Logger) {
	mux.Handle("/api/", trusted.known(s.api, log))
	mux.Handle(line.Prefix, s.lines.Receiver)
	join.Routes(mux)
	apidocs.Routes(mux)
}

// invite makes the link of the first administrator while nobody can log in;
// empty afterwards.
func (s *surface) invite(ctx context.Context, publicURL string) (string, error) {
	d := s.accounts.As(account.HostCaller("", "campaignd serve"))
	all, err := d.Tenants(ctx)
	if err != nil {
		return "", err
	}
	if len(all) > 0 && all[0].Name != "" {
		return "", nil // every tenant has a name, and a link of its own
	}
	_, secret, err := d.FirstLink(ctx)
	switch {
	case errors.Is(err, account.ErrBegun):
		return "", nil
	case err != nil && !errors.Is(err, account.ErrUnrecorded):
		return "", err
	}
	return joinAddress(publicURL, string(secret)), nil
}

// joinAddress is where somebody uses the secret of a link. It stands behind a
// #, which browsers do not send, so it is in no log of a server on the way.
func joinAddress(publicURL, secret string) string {
	return joinPage(publicURL) + "#" + secret
}

func joinPage(publicURL string) string { return strings.TrimSuffix(publicURL, "/") + "/join" }

// peerKey is where a connection to the door keeps its user.
type peerKey struct{}

// asPeer notes who has opened a connection to the door.
func asPeer(ctx context.Context, c net.Conn) context.Context {
	who, err := socket.Peer(c)
	if err != nil {
		return ctx
	}
	return context.WithValue(ctx, peerKey{}, who)
}

// asMyself is for the API that serves this process alone.
func asMyself(ctx context.Context, _ net.Conn) context.Context {
	who := os.Getenv("USER")
	if who == "" {
		who = fmt.Sprintf("uid %d", os.Getuid())
	}
	return context.WithValue(ctx, peerKey{}, who)
}

// atTheDoor lets the users of this machine in, as the operator of the
// installation, in the tenant that they name. Where there are several one has to
// be named, but for what concerns the installation.
func (s *surface) atTheDoor(r *http.Request) (campaign.Caller, error) {
	who, ok := r.Context().Value(peerKey{}).(string)
	if !ok {
		return campaign.Caller{}, control.ErrNoCaller
	}
	nobodys := account.HostCaller("", who)
	for _, whole := range []string{"/api/operations/", "/api/accounts/tenants/"} {
		if strings.HasPrefix(r.URL.Path, whole) {
			return nobodys, nil
		}
	}
	t, err := s.accounts.As(nobodys).Which(r.Context(), r.Header.Get(desk.TenantHeader))
	if err != nil {
		return campaign.Caller{}, err
	}
	return account.HostCaller(t, who), nil
}

// doorServer serves the door. Streams last as long as they like there.
func doorServer(h http.Handler) *http.Server {
	srv := newServer(h)
	srv.WriteTimeout, srv.ReadTimeout = 0, 0
	srv.ConnContext = asPeer
	return srv
}
