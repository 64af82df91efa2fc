package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/sqlite"
)

// house is the daemon's own: its data directory, its database, and an engine
// that does not run yet.
type house struct {
	dir      string
	database string
	store    *sqlite.Store
	engine   *campaign.Engine
	service  *campaign.Service
}

// openHouse opens the data directory, or makes it.
func openHouse(w *world, f dataFlag, via campaign.Sender, author string, log *slog.Logger) (h *house, err error) {
	h = &house{}
	if h.dir, err = f.dir(w.env); err != nil {
		return nil, err
	}
	if h.database, err = w.env.database(h.dir); err != nil {
		return nil, err
	}
	if err := datadir.Make(h.dir); err != nil {
		return nil, err
	}
	if err := datadir.Make(filepath.Dir(h.database)); err != nil {
		return nil, err
	}
	if _, err := os.Stat(h.database); err == nil && !datadir.HasKey(h.dir) {
		return nil, fmt.Errorf("%s has no %s although there is a database: put the key back, since without it people who have opted out would get messages", h.dir, datadir.KeyFile)
	}
	key, err := datadir.Key(h.dir)
	if err != nil {
		return nil, err
	}
	if h.store, err = sqlite.Open(w.ctx, h.database, nil); err != nil {
		if errors.Is(err, sqlite.ErrLocked) {
			return nil, datadir.InUse(h.dir, h.database, "CAMPAIGND_DATA or --data", err)
		}
		return nil, err
	}
	h.engine, err = campaign.New(h.store, via, &campaign.Options{Now: time.Now, Logger: log, Secret: key, Mark: datadir.Mark(h.dir, h.database)})
	if err == nil {
		err = checkKey(w.ctx, h.engine)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	h.service = h.engine.As(campaign.Caller{Author: author})
	return h, nil
}

func (h *house) close() error { return h.store.Close() }

// The check value of the key stands among the opt-outs of a tenant that no
// customer can have: with another key it is not found.
const (
	checkTenant campaign.Tenant = "campaignd key check"
	checkPhone  contact.Phone   = "campaignd"
)

// checkKey refuses a key that is not the one the database was begun with.
func checkKey(ctx context.Context, e *campaign.Engine) error {
	s := e.As(campaign.Caller{Tenant: checkTenant, Author: "campaignd"})
	known, err := s.OptedOut(ctx, checkPhone)
	if err != nil || known[0] {
		return err
	}
	begun, err := s.Events(ctx, campaign.EventQuery{Limit: 1})
	if err != nil {
		return err
	}
	if len(begun) > 0 {
		return fmt.Errorf("%s is not the key that this database was begun with: put the right one back, since with another key people who have opted out would get messages", datadir.KeyFile)
	}
	return s.OptOut(ctx, campaign.Because("key_check"), checkPhone)
}
