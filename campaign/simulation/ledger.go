package simulation

import (
	"context"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// transact is a transaction of the ledger with its faults; whatever was
// committed is shown to the witness, whether the process learns of it or not.
func (l *ledger) transact(x *site, call func(inside func()) (*campaign.Rows, error), seen func(*campaign.Rows)) (*campaign.Rows, error) {
	m := l.p.trip(x)
	if m == failsBefore {
		return nil, errDown
	}
	rows, err := call(func() { l.p.inside(x, m) })
	if err == nil {
		seen(rows)
	}
	if err := l.p.answer(x, m, err); err != nil {
		return nil, err
	}
	return rows, nil
}

// Take implements campaign.Ledger.
func (l *ledger) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	return l.transact(siteTake, func(inside func()) (*campaign.Rows, error) {
		return l.in.Take(ctx, q, func(r *campaign.Rows) { plan(r); inside() })
	}, func(r *campaign.Rows) { l.p.s.witness.took(l.p, q, r) })
}

// Settle implements campaign.Ledger.
func (l *ledger) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	x := siteInquiry
	if f := l.p.carrying; f != nil && slices.ContainsFunc(ss, func(s campaign.Settlement) bool { return s.Attempt == f.id }) {
		x = siteSettle
	}
	return l.transact(x, func(inside func()) (*campaign.Rows, error) {
		return l.in.Settle(ctx, now, ss, func(r *campaign.Rows) { apply(r); inside() })
	}, func(r *campaign.Rows) { l.p.s.witness.committed(l.p, r) })
}

// Sweep implements campaign.Ledger.
func (l *ledger) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return l.transact(siteSweep, func(inside func()) (*campaign.Rows, error) {
		return l.in.Sweep(ctx, q, func(r *campaign.Rows) { apply(r); inside() })
	}, func(r *campaign.Rows) { l.p.s.witness.committed(l.p, r) })
}

// Absorb implements campaign.Inbox.
func (l *ledger) Absorb(ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return l.transact(siteAbsorb, func(inside func()) (*campaign.Rows, error) {
		return l.in.Absorb(ctx, now, expire, max, func(r *campaign.Rows) { apply(r); inside() })
	}, func(r *campaign.Rows) { l.p.s.witness.committed(l.p, r) })
}

// Agenda implements campaign.Ledger.
func (l *ledger) Agenda(ctx context.Context, now time.Time, max int) (campaign.Agenda, error) {
	if l.p.trip(siteAgenda) != fine {
		return campaign.Agenda{}, errDown
	}
	return l.in.Agenda(ctx, now, max)
}

// Beat implements campaign.Ledger.
func (l *ledger) Beat(ctx context.Context, d campaign.Daemon) error {
	return l.do(siteBeat, func() error { return l.in.Beat(ctx, d) })
}

// Held implements campaign.Ledger.
func (l *ledger) Held(ctx context.Context, p contact.Phone) (bool, time.Time, error) {
	if l.p.trip(siteView) != fine {
		return false, time.Time{}, errDown
	}
	return l.in.Held(ctx, p)
}

// Stash implements campaign.Inbox.
func (l *ledger) Stash(ctx context.Context, ns []campaign.Notice) error {
	return l.do(siteStash, func() error { return l.in.Stash(ctx, ns) })
}

func (l *ledger) do(x *site, call func() error) error {
	m := l.p.trip(x)
	if m == failsBefore {
		return errDown
	}
	return l.p.answer(x, m, call())
}

// Sightings implements campaign.Inbox.
func (l *ledger) Sightings(ctx context.Context, i campaign.InstanceID, to contact.Phone) ([]campaign.Notice, error) {
	if l.p.trip(siteView) != fine {
		return nil, errDown
	}
	return l.in.Sightings(ctx, i, to)
}

// Addressee implements campaign.Inbox.
func (l *ledger) Addressee(ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (contact.Phone, bool, error) {
	if l.p.trip(siteView) != fine {
		return "", false, errDown
	}
	return l.in.Addressee(ctx, t, i, id, until)
}

// Tenants implements campaign.Store.
func (l *ledger) Tenants(ctx context.Context) ([]campaign.Tenant, error) {
	if l.p.trip(siteTenants) != fine {
		return nil, errDown
	}
	return l.in.Tenants(ctx)
}

// Daemons implements campaign.Store.
func (l *ledger) Daemons(ctx context.Context, since time.Time) ([]campaign.Daemon, error) {
	if l.p.trip(siteTenants) != fine {
		return nil, errDown
	}
	return l.in.Daemons(ctx, since)
}

// Tenant implements campaign.Store.
func (l *ledger) Tenant(t campaign.Tenant) campaign.Records {
	return &records{p: l.p, tenant: t, in: l.in.Tenant(t)}
}

// records are the rows of one tenant as a process sees them.
type records struct {
	p      *process
	tenant campaign.Tenant
	in     campaign.Records
}

// Contacts implements campaign.Records.
func (r *records) Contacts() contact.Store { return r.in.Contacts() }

// View implements campaign.Records. In a command that waits for the proof of a
// stop it is the wait: see proofOfStop.
func (r *records) View(ctx context.Context, f func(campaign.Reader) error) error {
	if w := r.p.s.cur.wait; w != nil && w.counting {
		return w.view(r, ctx, f)
	}
	if r.p.trip(siteView) != fine {
		return errDown
	}
	return r.in.View(ctx, f)
}

// Update implements campaign.Records.
func (r *records) Update(ctx context.Context, f func(campaign.Writer) error) error {
	m := r.p.trip(siteUpdate)
	if m == failsBefore {
		return errDown
	}
	var seen *writer
	err := r.in.Update(ctx, func(w campaign.Writer) error {
		seen = &writer{Writer: w, s: r.p.s, tenant: r.tenant}
		if err := f(seen); err != nil {
			return err
		}
		r.p.inside(siteUpdate, m)
		return nil
	})
	if err == nil && seen != nil {
		seen.commit()
	}
	if err := r.p.answer(siteUpdate, m, err); err != nil {
		return err
	}
	if w := r.p.s.cur.wait; w != nil && err == nil {
		w.counting, w.until = true, r.p.s.now.Add(startDeadline)
	}
	return err
}

// writer tells the witness what a transaction has changed, once it is
// committed.
type writer struct {
	campaign.Writer
	s      *sim
	tenant campaign.Tenant
	done   []func(*witness)
}

func (w *writer) commit() {
	for _, f := range w.done {
		f(w.s.witness)
	}
}

func (w *writer) later(f func(*witness)) { w.done = append(w.done, f) }

// SaveCampaign implements campaign.CampaignWriter. The seed of a new campaign,
// which engines draw at random, comes from the seed of the run.
func (w *writer) SaveCampaign(c *campaign.Campaign) error {
	if c.ID == 0 {
		c.Seed = w.s.rng.Uint64()
	}
	if err := w.Writer.SaveCampaign(c); err != nil {
		return err
	}
	saved := c.Clone()
	w.later(func(x *witness) { x.saved(w.tenant, saved) })
	return nil
}

// DeleteCampaign implements campaign.CampaignWriter.
func (w *writer) DeleteCampaign(id campaign.ID) error {
	if err := w.Writer.DeleteCampaign(id); err != nil {
		return err
	}
	w.later(func(x *witness) { x.deleted(id) })
	return nil
}

// Suppress implements campaign.TenantWriter.
func (w *writer) Suppress(at time.Time, level campaign.Level, keys ...campaign.SuppressionKey) error {
	if err := w.Writer.Suppress(at, level, keys...); err != nil {
		return err
	}
	w.later(func(x *witness) { x.suppressed(true, keys) })
	return nil
}

// Restore implements campaign.TenantWriter.
func (w *writer) Restore(keys ...campaign.SuppressionKey) error {
	if err := w.Writer.Restore(keys...); err != nil {
		return err
	}
	w.later(func(x *witness) { x.suppressed(false, keys) })
	return nil
}

// SaveInstance implements campaign.InstanceWriter.
func (w *writer) SaveInstance(i *campaign.Instance) error {
	if err := w.Writer.SaveInstance(i); err != nil {
		return err
	}
	saved := *i
	w.later(func(x *witness) { x.numbered(saved) })
	return nil
}
