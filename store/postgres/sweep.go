package postgres

import (
	"context"
	"math"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// The attempts in flight are few, so those of dead daemons are found by going
// through them; the rest is found by instants.
const (
	sweepAbandoned = `(a.sweep_at <= $1 OR (a.start_by <= $2 AND NOT EXISTS (
		SELECT 1 FROM daemons d WHERE d.name = a.daemon AND d.beat_at >= $3)))`
	sweepFlying = `SELECT a.id, a.tenant FROM attempts a WHERE a.phase = 'flying' AND ` + sweepAbandoned + ` ORDER BY a.sweep_at LIMIT $4`
	sweepLost   = `SELECT a.id, a.tenant FROM attempts a WHERE a.phase = 'lost' AND a.held = 1 AND a.quarantine <= $1
		ORDER BY a.quarantine LIMIT $2`
	// Others may have settled or swept some meanwhile.
	sweepOpen = `SELECT ` + sqlrecords.AttemptColumns + ` FROM attempts a WHERE a.id = ANY($4::bytea[])
		AND ((a.phase = 'flying' AND ` + sweepAbandoned + `) OR (a.phase = 'lost' AND a.held = 1 AND a.quarantine <= $1))`
)

// Sweep implements campaign.Ledger.
func (s *Store) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, q.Now, func(l *loader) error { return l.sweep(q) }, apply)
}

func (l *loader) sweep(q campaign.SweepQuery) error {
	if q.Max <= 0 {
		return nil
	}
	var (
		ids   [][]byte
		whose []campaign.Tenant
		names set[campaign.Tenant]
	)
	add := each(func(row pgx.Rows) error {
		var (
			id []byte
			t  campaign.Tenant
		)
		err := row.Scan(&id, (*string)(&t))
		ids, whose = append(ids, id), append(whose, t)
		names.add(t)
		return err
	})
	dead := int64(math.MinInt64) // nobody is dead before the zero Time
	if !q.DeadBefore.IsZero() {
		dead = q.DeadBefore.UnixMicro()
	}
	now, begun := sqlrecords.Micros(q.Now), q.Now.Add(-q.Grace).UnixMicro()
	b := &pgx.Batch{}
	b.Queue(sweepFlying, now, begun, dead, int64(q.Max)).Query(add)
	b.Queue(sweepLost, now, int64(q.Max)).Query(add)
	if err := l.send(b); err != nil || len(ids) == 0 {
		return err
	}
	locked, err := l.tenants(names.list)
	if err != nil {
		return err
	}
	var mine [][]byte
	for i, id := range ids {
		if locked[whose[i]] && len(mine) < q.Max {
			mine = append(mine, id)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	b = &pgx.Batch{}
	l.around(b, mine)
	b.Queue(sweepOpen, now, begun, dead, mine).Query(each(l.open))
	return l.send(b)
}
