package hook

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Run delivers until ctx ends, whenever no other process of the store does. What
// is under way then is cut short, and made again by whoever goes on. It is
// called once.
func (h *Hooks) Run(ctx context.Context) {
	for ctx.Err() == nil {
		l, ok, err := h.take(ctx, nil)
		switch {
		case err != nil && ctx.Err() == nil:
			h.o.Logger.Warn("webhooks are not delivered: the store does not answer, will try again", "error", err.Error())
		case ok:
			h.deliver(ctx, l)
			continue
		}
		rest(ctx, nil, lookEvery)
	}
}

// deliver looks after every endpoint, each in a goroutine of its own, so that
// none waits for another, while the lease lasts.
func (h *Hooks) deliver(ctx context.Context, l *lease) {
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer func() {
		stop()
		all.Wait()
		if l != nil {
			h.drop(ctx, l)
		}
	}()
	for {
		if err := h.look(ctx, &all); err != nil && ctx.Err() == nil {
			h.o.Logger.Warn("webhooks could not be listed, will try again", "error", err.Error())
		}
		rest(ctx, h.changed, lookEvery)
		if ctx.Err() != nil {
			return
		}
		next, ok, err := h.take(ctx, l)
		switch {
		case ok:
			l = next
		case err == nil:
			h.o.Logger.Warn("another process delivers webhooks")
			l = nil
			return
		case l.until.Sub(h.now()) < leaseLeft:
			if ctx.Err() == nil {
				h.o.Logger.Warn("the lease of webhooks could not be renewed", "error", err.Error())
			}
			return
		}
	}
}

// look starts what delivers to endpoints that are new here.
func (h *Hooks) look(ctx context.Context, all *sync.WaitGroup) error {
	for doc, err := range document.All(ctx, h.store, document.Query{Kind: kindState, Limit: 1000}) {
		if err != nil {
			return err
		}
		t, ok := strings.CutPrefix(doc.Ref, "=")
		if !ok {
			continue
		}
		r := &runner{h: h, id: doc.Key, tenant: campaign.Tenant(t), wake: make(chan struct{}, 1)}
		r.log = h.engine.As(campaign.Caller{Tenant: r.tenant, Role: campaign.Host})
		h.mu.Lock()
		_, runs := h.runners[r.id]
		if !runs {
			h.runners[r.id] = r
		}
		h.mu.Unlock()
		if runs {
			continue
		}
		all.Go(func() {
			defer func() {
				h.mu.Lock()
				defer h.mu.Unlock()
				delete(h.runners, r.id)
			}()
			r.run(ctx)
		})
	}
	return nil
}

// rest waits for d, or less if something is changed or ctx ends.
func rest(ctx context.Context, changed <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-t.C:
	}
}
