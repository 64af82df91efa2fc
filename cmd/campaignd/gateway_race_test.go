package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/control"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/campaign/gateway"
	"github.com/alreasense/campaigns/campaign/line"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/memory"
	"github.com/alreasense/campaigns/store/postgres"
)

// One daemon removes a tenant's gateway while another adds a number to it, with
// their steps in every order in which they are interrupted five times: what
// either asks of the store is a step.
func TestAGatewayIsRemovedWhileANumberIsAdded(t *testing.T) {
	t.Parallel()
	r := newRace(t, memory.New())
	r.switches = 5
	orders := everyOrder(func(pick picker) { r.run(t, pick) })
	require.Greater(t, orders, 800)
	require.NotZero(t, r.removed, "the removal won")
	require.NotZero(t, r.added, "the number won")
	require.Equal(t, orders, r.removed+r.added, "one of them always wins")
}

// So it is when one of them dies before any of its steps: what it left behind
// does not stop the other, nor whoever comes next.
func TestADaemonDiesWhileAGatewayIsRemovedAndANumberIsAdded(t *testing.T) {
	t.Parallel()
	r := newRace(t, memory.New())
	r.mortal, r.switches = true, 3
	require.Greater(t, everyOrder(func(pick picker) { r.run(t, pick) }), 1000)
}

// PostgreSQL keeps the daemons apart as one process does.
func TestAGatewayIsRemovedWhileANumberIsAdded_Postgres(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), servers.Postgres(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s, err := postgres.New(pool, nil)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	require.NoError(t, s.Migrate(t.Context()))
	r := newRace(t, s)
	r.switches = 12
	// The order of two runs of steps: one of them is interrupted once by the
	// other, which goes on until it ends or has to wait.
	for first := range 2 {
		for at := range 12 {
			r.run(t, func(can []int) int {
				at--
				want := first
				if at < 0 {
					want = 1 - first
				}
				for i, who := range can {
					if who == want {
						return i
					}
				}
				return 0
			})
		}
	}
	require.NotZero(t, r.removed)
	require.NotZero(t, r.added)
}

// picker chooses one of those that can go on.
type picker func(can []int) int

// everyOrder calls run with each sequence of choices that there is.
func everyOrder(run func(picker)) (n int) {
	var chosen, among []int
	for {
		depth := 0
		run(func(can []int) int {
			if depth == len(chosen) {
				chosen, among = append(chosen, 0), append(among, 0)
			}
			among[depth] = len(can)
			depth++
			return chosen[depth-1]
		})
		n++
		for depth > 0 && chosen[depth-1] == among[depth-1]-1 {
			depth--
		}
		if chosen, among = chosen[:depth], among[:depth]; depth == 0 {
			return n
		}
		chosen[depth-1]++
	}
}

type documentedStore interface {
	campaign.Store
	Documents() document.Store
}

// race is one store on which two daemons work, each time for a new tenant.
type race struct {
	store          documentedStore
	ready          chan int
	daemons        [2]*paced // one removes, one adds
	gateways       [2]gateways
	connections    [2]*connections
	engines        [2]*campaign.Engine
	mortal         bool // one of them may die
	switches       int  // how often one is interrupted that could go on
	tenants        int
	removed, added int
}

func newRace(t *testing.T, s documentedStore) *race {
	r := &race{store: s, ready: make(chan int)}
	for i := range r.daemons {
		p := &paced{Store: s, documents: s.Documents(), who: i, race: r, on: make(chan error)}
		r.daemons[i] = p
		all, err := gateway.New(pacedDocuments{p.documents, p}, bytes.Repeat([]byte{1}, 32), nil)
		require.NoError(t, err)
		r.engines[i], err = campaign.New(p, evolution.New(evolution.Server{}), nil)
		require.NoError(t, err)
		office, err := line.New(line.Config{Engine: r.engines[i], Client: evolution.New(evolution.Server{}), Secret: bytes.Repeat([]byte{2}, 32)})
		require.NoError(t, err)
		r.gateways[i], r.connections[i] = gateways{all}, &connections{engine: r.engines[i], gateways: all, office: office}
	}
	return r
}

var errDied = errors.New("this daemon has died")

// run lets both go, and holds that a number stands at the tenant's own gateway
// or nowhere, now and after both are tried again.
func (r *race) run(t *testing.T, pick picker) {
	r.tenants++
	who := campaign.Caller{Tenant: campaign.Tenant(fmt.Sprintf("t%d", r.tenants)), Author: "ana", Role: campaign.Admin}
	ctx := t.Context()
	remove := func(i int) error { return r.gateways[i].RemoveGateway(ctx, r.engines[i].As(who)) }
	add := func(i int) error {
		_, err := r.connections[i].Add(ctx, r.engines[i].As(who), campaign.Instance{Remote: "vendas"}, control.Recording{})
		return err
	}
	set := func(i int) {
		_, err := r.gateways[i].all.As(who).Save(ctx, gateway.Settings{URL: "https://gateway.example", Key: "key"})
		require.NoError(t, err)
	}
	set(0)
	var failed [2]error
	var history []string
	for i, work := range []func(int) error{remove, add} {
		r.daemons[i].stepping = true
		r.daemons[i].died = false
		go func() {
			if failed[i] = r.daemons[i].step(); failed[i] == nil {
				failed[i] = work(i)
			}
			r.daemons[i].stepping = false
			r.ready <- ^i
		}()
	}
	waits, inside, died := map[int]bool{}, -1, -1
	last, switches := -1, 0
	for running := 2; running > 0; {
		for len(waits) < running {
			if i := <-r.ready; i >= 0 {
				waits[i] = true
			} else {
				running--
			}
		}
		if running == 0 {
			break
		}
		if inside >= 0 && !r.daemons[inside].updating {
			inside = -1
		}
		var can []int // 0 and 1 go on, 2 and 3 die
		for i := range r.daemons {
			if waits[i] && (inside < 0 || inside == i || !r.daemons[i].wantsAlone) {
				can = append(can, i)
			}
		}
		if slices.Contains(can, last) && switches == r.switches {
			can = []int{last}
		}
		if r.mortal && died < 0 {
			for i := range r.daemons {
				if waits[i] {
					can = append(can, 2+i)
				}
			}
		}
		next := can[0]
		if len(can) > 1 {
			next = can[pick(can)]
		}
		history = append(history, fmt.Sprint(next))
		i := next % 2
		if i != last && slices.Contains(can, last) {
			switches++
		}
		last = i
		delete(waits, i)
		if next >= 2 {
			died = i
			r.daemons[i].died = true
			r.daemons[i].on <- errDied
			continue
		}
		r.daemons[i].wantsAlone = false
		if r.daemons[i].wantsUpdate {
			inside, r.daemons[i].wantsUpdate = i, false
			r.daemons[i].updating = true
		}
		r.daemons[i].on <- nil
	}

	look := func() (own bool, numbers int) {
		_, err := r.gateways[0].all.As(who).Gateway(ctx, "")
		if !errors.Is(err, campaign.ErrNotFound) {
			require.NoError(t, err)
			own = true
		}
		ns, err := r.engines[0].As(who).Numbers(ctx)
		require.NoError(t, err)
		return own, len(ns)
	}
	for _, d := range r.daemons {
		d.died = false
	}
	own, numbers := look()
	require.False(t, numbers > 0 && !own, "a number names a gateway that is not there, after %v: %v", history, failed)
	if died < 0 {
		var conflict *campaign.ConflictError
		switch {
		case failed[0] == nil:
			r.removed++
			require.ErrorAs(t, failed[1], &conflict, "after %v", history)
			require.Equal(t, control.CodeForHost, conflict.Why.Code)
			require.Zero(t, numbers)
		default:
			r.added++
			require.NoError(t, failed[1], "after %v", history)
			require.Equal(t, 1, numbers)
			if !errors.Is(failed[0], campaign.ErrStale) {
				require.ErrorAs(t, failed[0], &conflict, "after %v", history)
				require.Equal(t, control.CodeGatewayInUse, conflict.Why.Code)
			}
		}
		return
	}
	if other := 1 - died; failed[other] != nil && !errors.Is(failed[other], campaign.ErrStale) {
		var conflict *campaign.ConflictError
		require.ErrorAs(t, failed[other], &conflict, "the other goes on, after %v", history)
	}
	switch { // both are repeated
	case own && numbers == 0 && r.tenants%2 == 0:
		require.NoError(t, add(1), "after %v", history)
		require.Error(t, remove(0))
	case own && numbers == 0:
		require.NoError(t, remove(0), "after %v", history)
		require.Error(t, add(1))
	case own:
		require.Error(t, remove(0))
	default:
		require.Error(t, add(1))
	}
	own, numbers = look()
	require.False(t, numbers > 0 && !own, "a number names a gateway that is not there, after %v", history)
}

// paced is the store of a daemon that waits before each step.
type paced struct {
	campaign.Store
	documents document.Store
	who       int
	race      *race
	on        chan error

	// These are changed by the daemon between two steps, and by the race while
	// it waits.
	stepping, died                    bool
	wantsAlone, wantsUpdate, updating bool
}

func (p *paced) step() error {
	if p.died {
		return errDied
	}
	if !p.stepping {
		return nil
	}
	p.race.ready <- p.who
	return <-p.on
}

func (p *paced) Tenant(t campaign.Tenant) campaign.Records {
	return pacedRecords{p.Store.Tenant(t), p}
}

type pacedRecords struct {
	campaign.Records
	p *paced
}

// View waits for an update where the store makes it wait.
func (r pacedRecords) View(ctx context.Context, f func(campaign.Reader) error) error {
	_, r.p.wantsAlone = r.p.Store.(*memory.Store)
	if err := r.p.step(); err != nil {
		return err
	}
	return r.Records.View(ctx, f)
}

// Update is two steps: until it has begun, and until it commits. Meanwhile the
// other one cannot begin one.
func (r pacedRecords) Update(ctx context.Context, f func(campaign.Writer) error) error {
	r.p.wantsUpdate, r.p.wantsAlone = r.p.stepping, r.p.stepping
	if err := r.p.step(); err != nil {
		r.p.wantsUpdate = false
		return err
	}
	err := r.Records.Update(ctx, func(w campaign.Writer) error {
		if err := f(w); err != nil {
			return err
		}
		return r.p.step()
	})
	r.p.updating = false
	return err
}

type pacedDocuments struct {
	document.Store
	p *paced
}

func (d pacedDocuments) Get(ctx context.Context, tenant, kind, key string) (document.Document, error) {
	if err := d.p.step(); err != nil {
		return document.Document{}, err
	}
	return d.Store.Get(ctx, tenant, kind, key)
}

func (d pacedDocuments) Apply(ctx context.Context, changes ...document.Change) ([]document.Document, error) {
	if err := d.p.step(); err != nil {
		return nil, err
	}
	return d.Store.Apply(ctx, changes...)
}
