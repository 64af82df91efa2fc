package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/account"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/alreasense/campaigns/campaign/hook"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/campaign/metrics"
	"github.com/alreasense/campaigns/campaign/optout"
	"github.com/alreasense/campaigns/campaign/vault"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
)

// house is the daemon's own: its data directory, its database, its locks, the
// tenants' gateways, and an engine that does not run yet.
type house struct {
	dir      string
	database database
	store    *opened
	locks    *locks
	clock    *clock
	log      *slog.Logger
	figures  *metrics.Observer

	documents document.Store
	gateways  *gateway.Gateways
	client    *evolution.Client // of each tenant's gateway
	reports   []byte            // the key of the addresses that gateways report to
	hooks     *hook.Hooks       // what tenants' own systems are told
	lids      line.LIDs         // whose the anonymous addresses of chats are
	optouts   *optout.Book      // the words people leave with, and who may have meant to
	answers   *vault.Box        // of requests with an Idempotency-Key

	engine  *campaign.Engine
	service *campaign.Service
}

// openHouse opens the data directory, or makes it. The clock, which the
// gateways are measured by too, is set by the database's. own is the gateway of
// the operator, for the tenants that have set none.
func openHouse(w *world, f houseFlags, c *clock, own evolution.Server, author string, log *slog.Logger) (_ *house, err error) {
	h := &house{clock: c, log: log, figures: metrics.New()}
	if h.dir, err = f.dir(w.env); err != nil {
		return nil, err
	}
	if h.database, err = w.env.database(h.dir); err != nil {
		return nil, err
	}
	if h.locks, err = w.env.locks(f.Locks, h.database); err != nil {
		return nil, err
	}
	allow, inside := strings.Split(f.Allow, ","), strings.Split(f.Inside, ",")
	if _, err := gateway.NewGuard(allowSetting, allow...); err != nil {
		return nil, locale.Errorf("%s não pode ser usada: %w", "%s cannot be used: %w", allowSetting, err)
	}
	told, err := gateway.NewGuard(webhookSetting, strings.Split(f.Hooks, ",")...)
	if err != nil {
		return nil, locale.Errorf("%s não pode ser usada: %w", "%s cannot be used: %w", webhookSetting, err)
	}
	if err := told.Close(inside...); err != nil {
		return nil, locale.Errorf("%s não pode ser usada: %w", "%s cannot be used: %w", "CAMPAIGND_INSIDE", err)
	}
	given, err := w.env.givenKey()
	if err != nil {
		return nil, err
	}
	if err := datadir.Make(h.dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.store, err = h.database.open(w.ctx, author); err != nil {
		return nil, err
	}
	key, err := h.key(w.ctx, given)
	if err != nil {
		return nil, err
	}
	if c.ask = h.store.clock; c.ask != nil {
		if err := c.measure(w.ctx); err != nil {
			return nil, locale.Errorf("não é possível ler o relógio do banco: %w", "the database's clock cannot be read: %w", err)
		}
	}
	o := &campaign.Options{Now: c.now, Ready: h.unready, Observer: h.figures, Logger: log, Secret: key.bytes, Daemon: daemonName(),
		Mark: h.mark(key)}
	if o.Locker, err = h.locks.locker(h.store, c.now, o.Daemon); err != nil {
		return nil, err
	}
	if err = h.openGateways(key, own, allow, inside); err != nil {
		return nil, err
	}
	h.lids = line.KeepLIDs(h.documents, c.now)
	o.Forget, o.Endpoint = h.forget, h.gateways.Endpoint
	if h.engine, err = campaign.New(h.store.Store, h.client, o); err != nil {
		return nil, err
	}
	if err = key.check(w.ctx, h.engine); err != nil {
		return nil, err
	}
	if err = h.gateways.CheckSecret(w.ctx); err != nil {
		return nil, err
	}
	if _, err = h.engine.Identify(w.ctx); err != nil {
		return nil, err
	}
	h.hooks, err = hook.New(h.engine, h.documents, key.bytes, &hook.Options{Guard: told, Now: c.now, Logger: log})
	if err != nil {
		return nil, err
	}
	if h.optouts, err = optout.New(h.engine, h.documents, key.bytes); err != nil {
		return nil, err
	}
	if h.answers, err = vault.New(key.bytes, "campaigns/answer"); err != nil {
		return nil, err
	}
	h.service = h.engine.As(campaign.Caller{Author: author, Role: campaign.Host})
	return h, nil
}

// forget takes a person out of what is kept besides the ledger.
func (h *house) forget(ctx context.Context, t campaign.Tenant, p contact.Phone) error {
	return errors.Join(h.lids.Forget(ctx, t, p), h.optouts.Forget(ctx, t, p))
}

// allowSetting is how the operator allows gateways whose addresses are not
// public.
const allowSetting = "CAMPAIGND_GATEWAY_ALLOW"

// webhookSetting is the same for receivers of webhooks. It is one of its own: a
// gateway that a tenant may use is no place that anybody may post to.
const webhookSetting = "CAMPAIGND_WEBHOOK_ALLOW"

// openGateways makes the client that finds each tenant's gateway.
func (h *house) openGateways(key suppressionKey, own evolution.Server, allow, inside []string) error {
	kept, ok := h.store.Store.(interface{ Documents() document.Store })
	if !ok {
		return errors.New("this store keeps no documents, which gateways and accounts need")
	}
	h.documents = kept.Documents()
	own.Now = h.clock.now
	o := &gateway.Options{Now: h.clock.now, AllowSetting: allowSetting, Allow: allow, Inside: inside,
		Record: func(ctx context.Context, t campaign.Tenant, author string, what campaign.EventType, why campaign.Reason) error {
			if err := account.Log(h.engine)(ctx, t, author, what, why); err != nil {
				return err
			}
			// Where the tenant's numbers are has changed, or is known now.
			_, err := h.engine.Identify(ctx)
			return err
		}}
	if own.URL != "" && own.Key != "" {
		o.Default = own
	}
	var err error
	if h.gateways, err = gateway.New(h.documents, key.bytes, o); err != nil {
		return err
	}
	h.client = evolution.NewRouter(h.gateways.Find)
	h.reports, err = reportsSecret(key)
	return err
}

// reportsSecret is the key of the addresses that gateways report to.
func reportsSecret(key suppressionKey) ([]byte, error) {
	return hkdf.Key(sha256.New, key.bytes, nil, "campaignd: where gateways report to", 32)
}

// mark keeps how far the database had come: in the data directory, and for a
// shared one in Redis as well, under a name that all its daemons know.
func (h *house) mark(key suppressionKey) campaign.Mark {
	own := datadir.Mark(h.dir, h.database.String())
	if !h.database.shared() || h.locks.redis == nil {
		return own
	}
	name := "campaignd_mark:" + key.fingerprint() + ":" + h.database.pool.ConnConfig.Database + ":" + h.database.schema
	return &marks{own: own, client: h.locks.redis, key: name, log: h.log}
}

// unready is why this daemon takes nothing now.
func (h *house) unready() campaign.Reason {
	if why := h.clock.problem(); !why.IsZero() {
		return why
	}
	return h.locks.problem()
}

// run looks after the clock, the locks and what has expired until ctx ends.
func (h *house) run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { h.clock.run(ctx, h.log) })
	all.Go(func() { h.locks.run(ctx, h.log) })
	all.Go(func() { h.purge(ctx) })
	all.Wait()
}

// How often documents that have expired are removed, and how many at once.
const (
	purgeEvery = time.Minute
	purgeMost  = 500
)

// purge removes documents that have expired, such as sessions, links and
// answers to requests, until ctx ends.
func (h *house) purge(ctx context.Context) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		n, err := h.documents.Purge(ctx, h.clock.now(), purgeMost)
		switch {
		case err != nil && ctx.Err() == nil:
			h.log.Warn("what has expired could not be removed, will try again", "error", err.Error())
		case err == nil && n == purgeMost:
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// daemonName names this start of this process: where it runs for people, and a
// part that makes it unlike every other.
func daemonName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), uuid.NewString()[:8])
}

func (h *house) close() error {
	var errs []error
	if h.locks != nil {
		errs = append(errs, h.locks.close())
	}
	if h.store != nil {
		errs = append(errs, h.store.close())
	}
	return errors.Join(errs...)
}

// key is the suppression key: the one that was given, else the one in the data
// directory. A new one is drawn for a database that has not been begun.
func (h *house) key(ctx context.Context, given []byte) (suppressionKey, error) {
	if given != nil {
		return suppressionKey{given, "CAMPAIGND_SECRET"}, nil
	}
	if !datadir.HasKey(h.dir) {
		_, begun, err := campaign.ReadSecret(ctx, h.store.Store)
		if err != nil {
			return suppressionKey{}, err
		}
		if begun {
			if h.database.shared() {
				return suppressionKey{}, locale.Errorf("%s não tem %s embora haja um banco: ponha a chave de volta, ou dê a dos outros serviços em CAMPAIGND_SECRET_FILE, pois sem ela quem se descadastrou receberia mensagens",
					"%s has no %s although there is a database: put the key back, or give the key of the other daemons in CAMPAIGND_SECRET_FILE, since without it people who have opted out would get messages", h.dir, datadir.KeyFile)
			}
			return suppressionKey{}, locale.Errorf("%s não tem %s embora haja um banco: ponha a chave de volta, pois sem ela quem se descadastrou receberia mensagens",
				"%s has no %s although there is a database: put the key back, since without it people who have opted out would get messages", h.dir, datadir.KeyFile)
		}
	}
	bytes, err := datadir.Key(h.dir)
	return suppressionKey{bytes, datadir.KeyFile}, err
}
