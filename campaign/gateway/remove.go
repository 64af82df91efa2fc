package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
)

// Remove forgets a gateway and its key; campaign.ErrNotFound if there is none.
// Numbers that use it are held at their next send, those of the empty name go
// on at the operator's if there is one: see Retire.
func (d *Desk) Remove(ctx context.Context, name string) error {
	if err := d.c.May(campaign.Admin); err != nil {
		return err
	}
	doc, _, err := d.g.read(ctx, d.c.Tenant, name)
	if err != nil {
		return err
	}
	doc.Rev = document.AnyRev
	return d.remove(ctx, doc, name)
}

func (d *Desk) remove(ctx context.Context, doc document.Document, name string) error {
	if _, err := d.g.store.Apply(ctx, document.Delete(doc)); err != nil {
		return err
	}
	d.g.forget(d.c.Tenant, name)
	return d.record(ctx, campaign.EventGatewayRemoved, name)
}

// retireTries is how often a gateway is marked that is changed meanwhile: less
// often than one may have to be kept, so that somebody gets on.
const retireTries = 2

// Retire forgets a gateway that no number uses, whatever other processes do
// meanwhile; campaign.ErrNotFound if there is none, campaign.ErrStale if it is
// changed all the time. unused returns an error, which refuses, if a number uses
// the gateway, and is asked more than once. It must wait for numbers that are
// being added, as campaign.Service.SettledNumbers does; whoever adds a number
// must ask Admits in the transaction that records it.
//
// Settings and numbers are not changed in one transaction, so the settings are
// marked first, then the numbers looked at, and the settings removed in the
// revision with the mark. A number is recorded either before the look, which
// waits for it, or after it, and then it meets the mark. Who meets it and goes
// on calls Keep, which takes the mark away and with it the revision: one of the
// two is refused, never none. Messages go on to a gateway that is marked. If a
// process dies after marking, the next number takes the mark away, or the next
// Retire goes on from it.
func (d *Desk) Retire(ctx context.Context, name string, unused func(context.Context) error) error {
	if err := d.c.May(campaign.Admin); err != nil {
		return err
	}
	for try := range retireTries {
		doc, r, err := d.g.read(ctx, d.c.Tenant, name)
		if err != nil {
			return err
		}
		if try == 0 {
			if err := unused(ctx); err != nil {
				return err // as it mostly is; nothing was marked
			}
		}
		if !r.Closing {
			r.Closing = true
			doc.Data = encode(r)
			if doc, err = document.Save(ctx, d.g.store, doc); changed(err) {
				continue
			}
			if err != nil {
				return err
			}
		}
		if err := unused(ctx); err != nil {
			if kept := d.Keep(context.WithoutCancel(ctx), name); kept != nil {
				err = errors.Join(err, kept)
			}
			return err
		}
		if err := d.remove(ctx, doc, name); !changed(err) {
			return err
		}
	}
	return fmt.Errorf("gateway: %w", campaign.ErrStale)
}

// changed: somebody else was faster.
func changed(err error) bool {
	return errors.Is(err, document.ErrStale) || errors.Is(err, document.ErrNotFound)
}

// Admits returns nil if a number may be added to a gateway of the tenant,
// ErrClosing if the gateway is being removed, and campaign.ErrNotFound if there
// is none.
func (d *Desk) Admits(ctx context.Context, name string) error {
	if err := d.c.May(campaign.Viewer); err != nil {
		return err
	}
	_, r, err := d.g.read(ctx, d.c.Tenant, name)
	if err == nil && r.Closing {
		err = ErrClosing
	}
	return err
}

// Keep ends a removal that is going on, or was broken off. It takes an
// administrator, and does nothing if there is none, or no such gateway.
func (d *Desk) Keep(ctx context.Context, name string) error {
	if err := d.c.May(campaign.Admin); err != nil {
		return err
	}
	_, err := document.Update(ctx, d.g.store, string(d.c.Tenant), kindGateway, "="+name, func(doc *document.Document) error {
		var r record
		if err := decode(*doc, &r); err != nil {
			return err
		}
		if !r.Closing {
			return errChanged
		}
		r.Closing = false
		doc.Data = encode(r)
		return nil
	})
	if errors.Is(err, errChanged) || errors.Is(err, document.ErrNotFound) {
		err = nil
	}
	return err
}
