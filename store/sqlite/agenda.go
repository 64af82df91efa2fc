package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

const (
	agendaStarts = `SELECT c.tenant, c.id FROM campaigns c INDEXED BY campaigns_scheduled
		WHERE c.status = 'scheduled' AND c.due_at <= ? ORDER BY c.due_at, c.id LIMIT ?`
	agendaInquiries = `SELECT ` + sqlrecords.AttemptColumns + ` FROM attempts a INDEXED BY attempts_look
		WHERE a.phase = 'lost' AND a.look_at <> 0 AND a.look_at <= ? ORDER BY a.look_at LIMIT ?`
	agendaNotices = `SELECT count(*) FROM (SELECT 1 FROM notices INDEXED BY notices_known WHERE known = 1 LIMIT ?)`

	agendaLast = `SELECT coalesce(max(seq), 0) FROM events`

	agendaWake = `SELECT m.wake_at FROM meters m INDEXED BY meters_wake
		CROSS JOIN campaigns c ON c.id = m.serves AND c.status = 'active'
		WHERE m.serves IS NOT NULL ORDER BY m.wake_at LIMIT 1`
	agendaSweep = `SELECT a.sweep_at FROM attempts a INDEXED BY attempts_sweep
		WHERE a.phase = 'flying' ORDER BY a.sweep_at LIMIT 1`
	agendaQuarantine = `SELECT a.quarantine FROM attempts a INDEXED BY attempts_quarantine
		WHERE a.phase = 'lost' AND a.held = 1 ORDER BY a.quarantine LIMIT 1`
	agendaLook = `SELECT a.look_at FROM attempts a INDEXED BY attempts_look
		WHERE a.phase = 'lost' AND a.look_at <> 0 ORDER BY a.look_at LIMIT 1`
	agendaStart = `SELECT c.due_at FROM campaigns c INDEXED BY campaigns_scheduled
		WHERE c.status = 'scheduled' AND c.due_at <> 0 ORDER BY c.due_at LIMIT 1`
)

// agendaQueries are asked many times a second, and so compiled once for each
// reading connection.
var agendaQueries = []string{agendaStarts, agendaInquiries, agendaNotices, agendaLast, agendaWake, agendaSweep, agendaQuarantine, agendaLook, agendaStart}

// Agenda implements campaign.Ledger. A scheduled campaign without a start is
// among Starts, and gives no Next. An instance that has never been looked at
// is due since 1970.
func (s *Store) Agenda(ctx context.Context, now time.Time, most int) (campaign.Agenda, error) {
	var g campaign.Agenda
	err := s.view(ctx, func(v *view) error {
		at := sqlrecords.Micros(now)
		err := v.ask(s, agendaStarts, func(row *sql.Rows) error {
			var r campaign.Ref
			err := row.Scan((*string)(&r.Tenant), (*int64)(&r.ID))
			g.Starts = append(g.Starts, r)
			return err
		}, at, int64(most))
		if err != nil {
			return err
		}
		err = v.ask(s, agendaInquiries, func(row *sql.Rows) error {
			a, err := sqlrecords.ScanAttempt(row)
			if err == nil {
				g.Inquiries = append(g.Inquiries, *a)
			}
			return err
		}, at, int64(most))
		if err != nil {
			return err
		}
		err = v.ask(s, agendaNotices, func(row *sql.Rows) error { return row.Scan(&g.Notices) }, int64(most))
		if err != nil {
			return err
		}
		err = v.ask(s, agendaLast, func(row *sql.Rows) error { return row.Scan(&g.LastSeq) })
		if err != nil {
			return err
		}
		for _, q := range agendaQueries[4:] {
			err := v.ask(s, q, func(row *sql.Rows) error {
				var us int64
				if err := row.Scan(&us); err != nil {
					return err
				}
				if at := time.UnixMicro(us).UTC(); g.Next.IsZero() || at.Before(g.Next) {
					g.Next = at
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return g, err
}

const (
	beatDeadline = `SELECT value FROM facts WHERE name = 'deadline'`
	beatFirst    = `INSERT INTO facts (name, value) VALUES ('deadline', ?)`
	beat         = `INSERT INTO daemons (name, started_at, beat_at) VALUES (?1, ?2, ?3)
		ON CONFLICT (name) DO UPDATE SET beat_at = max(beat_at, excluded.beat_at)`
	beatForget = `DELETE FROM daemons WHERE beat_at < ?`
)

const daemonsSince = `SELECT d.name, d.started_at, d.beat_at, f.value FROM daemons d JOIN facts f ON f.name = 'deadline'
	WHERE d.beat_at >= ? ORDER BY d.name`

// Daemons implements campaign.Store.
func (s *Store) Daemons(ctx context.Context, since time.Time) (all []campaign.Daemon, err error) {
	err = s.view(ctx, func(v *view) error {
		rows, err := v.tx.QueryContext(ctx, daemonsSince, sqlrecords.Micros(since))
		if err != nil {
			return explain(err)
		}
		defer rows.Close()
		for rows.Next() {
			var (
				d               campaign.Daemon
				started, beaten int64
			)
			if err := rows.Scan(&d.Name, &started, &beaten, (*int64)(&d.Deadline)); err != nil {
				return explain(err)
			}
			d.StartedAt, d.BeatAt = sqlrecords.Instant(started), sqlrecords.Instant(beaten)
			all = append(all, d)
		}
		return explain(rows.Err())
	})
	return all, err
}

// Beat implements campaign.Ledger. The first daemon's deadline is the store's.
func (s *Store) Beat(ctx context.Context, d campaign.Daemon) error {
	s.living.add(d.Name)
	return s.writer.do(ctx, func(t *tx) error {
		known := int64(-1)
		if err := t.query(beatDeadline, func(row *sql.Rows) error { return row.Scan(&known) }); err != nil {
			return err
		}
		switch {
		case known == -1:
			if err := t.exec(beatFirst, int64(d.Deadline)); err != nil {
				return err
			}
		case known != int64(d.Deadline):
			return fmt.Errorf("%w: this store works with a start deadline of %s and %q has %s: give every daemon the same",
				campaign.ErrConflict, time.Duration(known), d.Name, d.Deadline)
		}
		if err := t.exec(beat, d.Name, sqlrecords.Micros(d.StartedAt), sqlrecords.Micros(d.BeatAt)); err != nil {
			return err
		}
		return t.exec(beatForget, sqlrecords.Micros(d.BeatAt.Add(-campaign.DaemonsKept)))
	})
}
