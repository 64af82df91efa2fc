package line

import (
	"context"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/vault"
	"github.com/alreasense/campaigns/evolution"
)

// board is what the parts of an office know of the numbers.
type board struct {
	Config
	addresses addresses
	box       *vault.Box

	mu     sync.Mutex
	lines  map[campaign.InstanceID]campaign.Instance
	readAt time.Time
	// twinned are the suspended records of a number.
	twinned map[campaign.InstanceID][]campaign.Instance
	calls   map[campaign.InstanceID]*call
}

// call is what a number's gateway has reported last.
type call struct {
	// heardAt is when any report came.
	heardAt time.Time
	// state is the last one that was taken over, at stateAt.
	state   campaign.Connection
	stateAt time.Time
	// qr is the code to scan, good until qrUntil.
	qr      evolution.QR
	qrUntil time.Time
}

// knownFor bounds how long the board works with what it has read of the
// numbers.
const knownFor = 15 * time.Second

// instance finds a number. ok is false if there is none.
func (b *board) instance(ctx context.Context, id campaign.InstanceID) (in campaign.Instance, ok bool, err error) {
	now := b.Now()
	b.mu.Lock()
	in, ok = b.lines[id]
	age := now.Sub(b.readAt)
	b.mu.Unlock()
	if ok && age >= 0 && age < knownFor {
		return in, true, nil
	}
	all, err := b.read(ctx, now)
	in, ok = all[id]
	return in, ok, err
}

// read reads the numbers of all tenants.
func (b *board) read(ctx context.Context, now time.Time) (map[campaign.InstanceID]campaign.Instance, error) {
	tenants, err := b.Engine.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[campaign.InstanceID]campaign.Instance)
	for _, t := range tenants {
		ns, err := b.service(t).Numbers(ctx)
		if err != nil {
			return nil, err
		}
		for _, n := range ns {
			all[n.Instance.ID] = n.Instance
		}
	}
	twinned, err := b.twinsOf(ctx, all)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines, b.readAt, b.twinned = all, now, twinned
	for id := range b.calls {
		if _, ok := all[id]; !ok {
			delete(b.calls, id)
		}
	}
	return all, nil
}

// forget makes the next question read the numbers anew.
func (b *board) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.readAt = time.Time{}
}

// note changes what is known of a number's reports.
func (b *board) note(id campaign.InstanceID, f func(*call)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[id]
	if c == nil {
		c = &call{}
		b.calls[id] = c
	}
	f(c)
}

// last returns a copy of it.
func (b *board) last(id campaign.InstanceID) call {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.calls[id]; c != nil {
		return *c
	}
	return call{}
}

// heard records a state that was learnt.
func (b *board) heard(ctx context.Context, in campaign.Instance, c campaign.Connection) error {
	if err := b.service(in.Tenant).Heard(ctx, in.ID, c); err != nil {
		return err
	}
	b.note(in.ID, func(k *call) { k.state, k.stateAt = c, b.Now() })
	return nil
}
