package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// The attempts in flight are few, so those of dead daemons are found by going
// through them; the rest is found by instants.
const (
	sweepFlying = `SELECT ` + sqlrecords.AttemptColumns + ` FROM attempts a INDEXED BY attempts_sweep
		WHERE a.phase = 'flying' AND (a.sweep_at <= ?1
			OR a.daemon NOT IN (SELECT value FROM json_each(?2))
			OR (a.start_by <= ?3 AND NOT EXISTS (SELECT 1 FROM daemons d WHERE d.name = a.daemon AND d.beat_at >= ?4)))
		ORDER BY a.sweep_at LIMIT ?5`
	sweepLost = `SELECT ` + sqlrecords.AttemptColumns + ` FROM attempts a INDEXED BY attempts_quarantine
		WHERE a.phase = 'lost' AND a.held = 1 AND a.quarantine <= ?1
		ORDER BY a.quarantine LIMIT ?2`
)

// Sweep implements campaign.Ledger. Only one process has the store open, so a
// daemon that has not beaten since it was opened is gone.
func (s *Store) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	living := s.living.names()
	return s.ledger(ctx, q.Now, func(l *loader) error { return l.sweep(q, living) }, apply)
}

func (l *loader) sweep(q campaign.SweepQuery, living string) error {
	if q.Max <= 0 {
		return nil
	}
	add := func(row *sql.Rows) error {
		a, err := sqlrecords.ScanAttempt(row)
		if err == nil {
			l.r.Open[a.ID] = a
		}
		return err
	}
	dead := int64(math.MinInt64) // nobody is dead before the zero Time
	if !q.DeadBefore.IsZero() {
		dead = q.DeadBefore.UnixMicro()
	}
	now := sqlrecords.Micros(q.Now)
	if err := l.t.query(sweepFlying, add, now, living, q.Now.Add(-q.Grace).UnixMicro(), dead, int64(q.Max)); err != nil {
		return err
	}
	if room := q.Max - len(l.r.Open); room > 0 {
		if err := l.t.query(sweepLost, add, now, int64(room)); err != nil {
			return err
		}
	}
	return l.around()
}

// crew holds the names of the daemons that have beaten since the store was
// opened.
type crew struct {
	mu sync.Mutex
	m  map[string]bool
}

func (c *crew) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = make(map[string]bool)
	}
	c.m[name] = true
}

// names lists them as JSON.
func (c *crew) names() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, err := json.Marshal(slices.Sorted(maps.Keys(c.m)))
	if err != nil || len(c.m) == 0 {
		return "[]"
	}
	return string(list)
}
