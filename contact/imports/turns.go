package imports

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/alreasense/campaigns/campaign/document"
)

// turns tells whose job is next. A tenant has one at work in a process, so that a
// file of millions of rows holds up nobody but its own tenant.
type turns struct {
	sync.Mutex
	busy   map[string]bool
	last   map[string]int64 // the number of the tenant's last turn
	failed map[string]int   // turns in a row that met a trouble
	n      int64
}

func newTurns() *turns {
	return &turns{busy: make(map[string]bool), last: make(map[string]int64), failed: make(map[string]int)}
}

// begin gives a tenant a turn. The caller holds the lock.
func (t *turns) begin(tenant string) {
	t.n++
	t.busy[tenant], t.last[tenant] = true, t.n
}

// fail counts a turn that met a trouble, and tells the how manieth in a row it was.
func (t *turns) fail(tenant string) int {
	t.Lock()
	defer t.Unlock()
	t.failed[tenant]++
	return t.failed[tenant]
}

// end takes a turn back.
func (t *turns) end(tenant string, well bool) {
	t.Lock()
	defer t.Unlock()
	delete(t.busy, tenant)
	if well {
		delete(t.failed, tenant)
	}
}

// next claims the job whose turn it is: among the tenants that have none at work
// here, the oldest one of who has waited longest since the last turn. It is nil if
// there is none. The caller ends the turn.
func (q *Queue) next(ctx context.Context) (*Job, error) {
	q.turns.Lock()
	defer q.turns.Unlock()
	waiting := make(map[string][]document.Document)
	for d, err := range document.All(ctx, q.docs, document.Query{Kind: kindTodo, Ref: q.spool.place}) {
		if err != nil {
			return nil, translate(err)
		}
		var t todo
		if err := json.Unmarshal(d.Data, &t); err != nil {
			return nil, fmt.Errorf("imports: a stored entry of the queue is not readable: %w", err)
		}
		if !q.turns.busy[t.Tenant] {
			waiting[t.Tenant] = append(waiting[t.Tenant], d)
		}
	}
	tenants := slices.SortedFunc(maps.Keys(waiting), func(x, y string) int {
		return cmp.Or(cmp.Compare(q.turns.last[x], q.turns.last[y]), cmp.Compare(waiting[x][0].Key, waiting[y][0].Key))
	})
	for _, tenant := range tenants {
		for _, d := range waiting[tenant] {
			j, err := q.take(ctx, tenant, d)
			if err != nil {
				return nil, err
			}
			if j != nil {
				q.turns.begin(tenant)
				return j, nil
			}
		}
	}
	return nil, nil
}

// take claims a job; nil if it is somebody else's.
func (q *Queue) take(ctx context.Context, tenant string, d document.Document) (*Job, error) {
	j, err := q.load(ctx, tenant, d.Key)
	if err == nil && j.Status.waiting() {
		if j.claim.Owner != q.owner && q.now().Before(j.claim.Until) {
			return nil, nil
		}
		j.resumed = j.Status == Running
		if j.Status != Undoing {
			j.Status = Running
		}
		q.renew(&j)
		err = q.save(ctx, &j)
		if errors.Is(err, ErrStale) {
			return nil, nil // taken, or cancelled
		}
		return &j, err
	}
	if err == nil || errors.Is(err, ErrNotFound) { // nothing to do for it
		_, err = q.docs.Apply(ctx, document.Delete(d))
		if errors.Is(err, document.ErrStale) || errors.Is(err, document.ErrNotFound) {
			return nil, nil
		}
	}
	return nil, err
}
