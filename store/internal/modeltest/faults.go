package modeltest

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// errFault is what a store says that failed, before its commit or after it.
var errFault = errors.New("the connection to the store was lost")

// faulty is a store of which one write fails when it is armed: not carried out,
// or carried out without an answer.
type faulty struct {
	campaign.Store
	// in counts down to the write that fails; at zero none does.
	in    int
	after bool
}

// write carries out one write.
func (f *faulty) write(do func() error) error {
	hit := f.in == 1
	f.in = max(f.in-1, 0)
	if hit && !f.after {
		return errFault
	}
	if err := do(); err != nil || !hit {
		return err
	}
	return errFault
}

func (f *faulty) rows(do func() (*campaign.Rows, error)) (rows *campaign.Rows, err error) {
	if err = f.write(func() (err error) { rows, err = do(); return err }); err != nil {
		return nil, err
	}
	return rows, nil
}

func (f *faulty) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	return f.rows(func() (*campaign.Rows, error) { return f.Store.Take(ctx, q, plan) })
}

func (f *faulty) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return f.rows(func() (*campaign.Rows, error) { return f.Store.Settle(ctx, now, ss, apply) })
}

func (f *faulty) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return f.rows(func() (*campaign.Rows, error) { return f.Store.Sweep(ctx, q, apply) })
}

func (f *faulty) Absorb(ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return f.rows(func() (*campaign.Rows, error) { return f.Store.Absorb(ctx, now, expire, max, apply) })
}

func (f *faulty) Stash(ctx context.Context, ns []campaign.Notice) error {
	return f.write(func() error { return f.Store.Stash(ctx, ns) })
}

func (f *faulty) Tenant(t campaign.Tenant) campaign.Records {
	return faultyRecords{f.Store.Tenant(t), f}
}

type faultyRecords struct {
	campaign.Records
	f *faulty
}

func (r faultyRecords) Update(ctx context.Context, g func(campaign.Writer) error) error {
	return r.f.write(func() error { return r.Records.Update(ctx, g) })
}
