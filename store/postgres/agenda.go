package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

const (
	agendaStarts = `SELECT c.tenant, c.id FROM campaigns c
		WHERE c.status = 'scheduled' AND c.due_at <= $1 ORDER BY c.due_at, c.id LIMIT $2`
	agendaInquiries = `SELECT ` + sqlrecords.AttemptColumns + ` FROM attempts a
		WHERE a.phase = 'lost' AND a.look_at <> 0 AND a.look_at <= $1 ORDER BY a.look_at LIMIT $2`
	agendaNotices = `SELECT count(*) FROM (SELECT 1 FROM notices WHERE known = 1 LIMIT $1) n`
	agendaLast    = `SELECT coalesce(max(seq), 0) FROM events`

	agendaWake = `SELECT m.wake_at FROM meters m JOIN campaigns c ON c.id = m.serves AND c.status = 'active'
		WHERE m.serves IS NOT NULL ORDER BY m.wake_at LIMIT 1`
	agendaSweep      = `SELECT a.sweep_at FROM attempts a WHERE a.phase = 'flying' ORDER BY a.sweep_at LIMIT 1`
	agendaQuarantine = `SELECT a.quarantine FROM attempts a WHERE a.phase = 'lost' AND a.held = 1 ORDER BY a.quarantine LIMIT 1`
	agendaLook       = `SELECT a.look_at FROM attempts a WHERE a.phase = 'lost' AND a.look_at <> 0 ORDER BY a.look_at LIMIT 1`
	agendaStart      = `SELECT c.due_at FROM campaigns c WHERE c.status = 'scheduled' AND c.due_at <> 0 ORDER BY c.due_at LIMIT 1`
)

// Agenda implements campaign.Ledger. A scheduled campaign without a start is
// among Starts, and gives no Next. An instance that has never been looked at
// is due since 1970.
func (s *Store) Agenda(ctx context.Context, now time.Time, most int) (campaign.Agenda, error) {
	var g campaign.Agenda
	err := s.read(ctx, func(t pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue(agendaStarts, sqlrecords.Micros(now), int64(most)).Query(each(func(row pgx.Rows) error {
			var r campaign.Ref
			err := row.Scan((*string)(&r.Tenant), (*int64)(&r.ID))
			g.Starts = append(g.Starts, r)
			return err
		}))
		b.Queue(agendaInquiries, sqlrecords.Micros(now), int64(most)).Query(each(func(row pgx.Rows) error {
			a, err := sqlrecords.ScanAttempt(row)
			if err == nil {
				g.Inquiries = append(g.Inquiries, *a)
			}
			return err
		}))
		b.Queue(agendaNotices, int64(most)).Query(each(func(row pgx.Rows) error { return row.Scan(&g.Notices) }))
		b.Queue(agendaLast).Query(each(func(row pgx.Rows) error { return row.Scan(&g.LastSeq) }))
		for _, q := range []string{agendaWake, agendaSweep, agendaQuarantine, agendaLook, agendaStart} {
			b.Queue(q).Query(each(func(row pgx.Rows) error {
				var us int64
				if err := row.Scan(&us); err != nil {
					return err
				}
				if at := time.UnixMicro(us).UTC(); g.Next.IsZero() || at.Before(g.Next) {
					g.Next = at
				}
				return nil
			}))
		}
		return t.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return campaign.Agenda{}, err
	}
	return g, nil
}

const (
	beatFirst = `INSERT INTO facts (name, value) VALUES ('deadline', $1) ON CONFLICT (name) DO NOTHING`
	beatKnown = `SELECT value FROM facts WHERE name = 'deadline'`
	beat      = `INSERT INTO daemons AS d (name, started_at, beat_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET beat_at = greatest(d.beat_at, excluded.beat_at)`
	beatForget = `DELETE FROM daemons d WHERE d.name IN (SELECT o.name FROM daemons o WHERE o.beat_at < $1 FOR UPDATE SKIP LOCKED)`
)

const daemonsSince = `SELECT d.name, d.started_at, d.beat_at, f.value FROM daemons d JOIN facts f ON f.name = 'deadline'
	WHERE d.beat_at >= $1 ORDER BY d.name COLLATE "C"`

// Daemons implements campaign.Store.
func (s *Store) Daemons(ctx context.Context, since time.Time) (all []campaign.Daemon, err error) {
	err = s.read(ctx, func(t pgx.Tx) error {
		rows, err := t.Query(ctx, daemonsSince, sqlrecords.Micros(since))
		if err != nil {
			return err
		}
		return each(func(row pgx.Rows) error {
			var (
				d               campaign.Daemon
				started, beaten int64
			)
			err := row.Scan(&d.Name, &started, &beaten, (*int64)(&d.Deadline))
			d.StartedAt, d.BeatAt = sqlrecords.Instant(started), sqlrecords.Instant(beaten)
			all = append(all, d)
			return err
		})(rows)
	})
	return all, err
}

// Beat implements campaign.Ledger. The first daemon's deadline is the store's.
func (s *Store) Beat(ctx context.Context, d campaign.Daemon) error {
	return s.transact(ctx, func(t *tx) error {
		var known int64
		b := &pgx.Batch{}
		b.Queue(beatFirst, int64(d.Deadline))
		b.Queue(beatKnown).Query(each(func(row pgx.Rows) error { return row.Scan(&known) }))
		b.Queue(beat, d.Name, sqlrecords.Micros(d.StartedAt), sqlrecords.Micros(d.BeatAt))
		b.Queue(beatForget, sqlrecords.Micros(d.BeatAt.Add(-campaign.DaemonsKept)))
		if err := t.send(b); err != nil {
			return err
		}
		if known != int64(d.Deadline) {
			return fmt.Errorf("%w: this store works with a start deadline of %s and %q has %s: give every daemon the same",
				campaign.ErrConflict, time.Duration(known), d.Name, d.Deadline)
		}
		return nil
	})
}
