package hook

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

const (
	// leaseTime is how long a lease lasts without being renewed.
	leaseTime = 30 * time.Second
	// leaseLeft is what must be left of it to deliver.
	leaseLeft = 10 * time.Second
	// lookEvery is how often the lease is renewed, and how often changes that
	// another process has made are seen at the latest.
	lookEvery = 5 * time.Second
)

// lease is the right to deliver, of one process of a store.
type lease struct {
	doc   document.Document
	until time.Time
}

type leaseRecord struct {
	Until time.Time `json:"until"`
}

// take takes or renews the lease. ok is false while another process has it. The
// revision tells whose it is: whoever renews names the one that it has written.
func (h *Hooks) take(ctx context.Context, mine *lease) (l *lease, ok bool, err error) {
	now := h.now()
	d := document.Document{Kind: kindLease, Key: "deliver"}
	if mine != nil {
		d.Rev = mine.doc.Rev
	} else {
		was, err := h.store.Get(ctx, d.Tenant, d.Kind, d.Key)
		switch {
		case errors.Is(err, document.ErrNotFound):
		case err != nil:
			return nil, false, err
		default:
			var r leaseRecord
			if err := decode(was, &r); err != nil {
				return nil, false, err
			}
			if now.Before(r.Until) && r.Until.Sub(now) <= 2*leaseTime { // a later end is a clock gone wrong
				return nil, false, nil
			}
			d.Rev = was.Rev
		}
	}
	until := now.Add(leaseTime)
	d.Data = encode(leaseRecord{until})
	d, err = document.Save(ctx, h.store, d)
	switch {
	case errors.Is(err, document.ErrStale), errors.Is(err, document.ErrExists), errors.Is(err, document.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return mine, false, err
	}
	return &lease{d, until}, true, nil
}

// drop gives the lease to whoever wants it. One that is lost is another's.
func (h *Hooks) drop(ctx context.Context, l *lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	_, err := h.store.Apply(ctx, document.Delete(l.doc))
	if err != nil && !errors.Is(err, document.ErrStale) && !errors.Is(err, document.ErrNotFound) {
		h.o.Logger.Warn("the lease of webhooks could not be given back, it ends by itself", "error", err.Error())
	}
}
