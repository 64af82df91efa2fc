package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/store/sqlite"
)

// stage is what a live run plays on: the store, the gateway on a loopback
// port, the address that it reports to, and the engine between them.
type stage struct {
	dir     string
	store   *sqlite.Store
	gateway *evolutiontest.Gateway
	url     string
	client  *evolution.Client
	engine  *campaign.Engine
	service *campaign.Service
	hook    *hook
	hookURL string

	servers []*http.Server
	serving sync.WaitGroup
}

// acks is what the emulated phones do: everybody gets the message, and three
// of four let it be known that they have read it.
var acks = []evolutiontest.Ack{
	{Status: "SERVER_ACK", After: 30 * time.Millisecond},
	{Status: "DELIVERY_ACK", After: 200 * time.Millisecond},
	{Status: "READ", After: 500 * time.Millisecond, Percent: 75},
}

// databaseFile is the campaign's database in the directory of a run.
const databaseFile = "demo.db"

// ledgerDir is where the gateway keeps its own books.
func ledgerDir(dir string) string { return filepath.Join(dir, "gateway") }

// openStage opens everything in dir. It fails before it has changed anything
// if another process works there.
func openStage(ctx context.Context, dir string, o *Options) (s *stage, err error) {
	s = &stage{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	key, err := datadir.Key(dir)
	if err != nil {
		return s, err
	}
	database := filepath.Join(dir, databaseFile)
	if s.store, err = sqlite.Open(ctx, database, nil); err != nil {
		if errors.Is(err, sqlite.ErrLocked) {
			return s, datadir.InUse(dir, database, "--data", err)
		}
		return s, err
	}
	s.gateway, err = evolutiontest.New(&evolutiontest.Options{Dir: ledgerDir(dir), Acks: acks,
		Latency: 15 * time.Millisecond, Scale: 1, Seed: 2026, Logger: o.Logger})
	if err != nil {
		return s, err
	}
	s.hook = &hook{now: o.Now, secret: rand.Text(), numbers: make(map[string]campaign.InstanceID)}
	if s.url, err = s.serve(wire{s.gateway, 35 * time.Millisecond}); err != nil {
		return s, err
	}
	if s.hookURL, err = s.serve(s.hook); err != nil {
		return s, err
	}
	s.client = evolution.New(evolution.Server{URL: s.url, Key: evolutiontest.DefaultKey, Profile: evolution.V236, NoLinkPreview: true})
	s.engine, err = campaign.New(s.store, s.client, &campaign.Options{Now: o.Now, Logger: o.Logger, Secret: key})
	if err != nil {
		return s, err
	}
	s.hook.receive = s.engine.Receive
	s.service = s.engine.As(campaign.Caller{Author: "demo", Role: campaign.Host})
	return s, nil
}

// serve puts a handler on a loopback port and returns its base URL.
func (s *stage) serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", locale.Errorf("não é possível abrir uma porta local: %w", "no loopback port can be opened: %w", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10}
	s.servers = append(s.servers, srv)
	s.serving.Go(func() { _ = srv.Serve(l) }) // ends with Close
	return "http://" + l.Addr().String(), nil
}

// connect pairs the numbers at the gateway and lets it report to us. It runs
// when the numbers are in the store, before the engine sends.
func (s *stage) connect(ctx context.Context) ([]campaign.Number, error) {
	ns, err := s.service.Numbers(ctx)
	if err != nil {
		return nil, err
	}
	for _, n := range ns {
		if err := s.gateway.Open(n.Instance.Remote); err != nil {
			return nil, err
		}
		s.hook.numbers[n.Instance.Remote] = n.Instance.ID
		err := s.client.Subscribe(ctx, n.Instance.Route(), evolution.Subscription{URL: s.hookURL, Events: evolution.Events(),
			Headers: map[string]evolution.Secret{secretHeader: evolution.Secret(s.hook.secret)}})
		if err != nil {
			return nil, locale.Errorf("o gateway emulado não aceita o webhook: %w", "the emulated gateway takes no webhook: %w", err)
		}
	}
	return ns, nil
}

// close ends everything in the order in which it depends on each other.
func (s *stage) close() error {
	var errs []error
	if s.gateway != nil {
		errs = append(errs, s.gateway.Close())
	}
	for _, srv := range s.servers {
		errs = append(errs, srv.Close())
	}
	s.serving.Wait()
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// makeDir makes the directory of a run, and returns its absolute path.
func makeDir(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "campaignd-demo-")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return abs, datadir.Make(abs)
}
