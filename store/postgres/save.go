package postgres

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	saveUnwait = `DELETE FROM waiting w USING unnest($1::bigint[], $2::bigint[]) v (campaign, position)
		WHERE w.campaign = v.campaign AND w.position = v.position`
	saveRouse = `UPDATE meters m SET wake_at = v.at FROM unnest($1::bigint[], $2::bigint[]) v (campaign, at)
		WHERE m.serves = v.campaign AND m.wake_at > v.at`
	saveLock = `SELECT pg_advisory_xact_lock(o.key) FROM (
		SELECT DISTINCT hashtextextended($2::text || t, 0) AS key FROM unnest($1::text[]) t ORDER BY 1) o`
	saveClose    = `DELETE FROM attempts a WHERE a.id = ANY($1::bytea[])`
	saveAbsorbed = `DELETE FROM notices n WHERE n.seq = ANY($1::bigint[])`
	saveKnown    = `UPDATE notices n SET known = 1 FROM unnest($1::bigint[], $2::text[]) v (instance, provider_id)
		WHERE n.known = 0 AND n.kind <> 'reply' AND n.instance = v.instance AND n.provider_id = v.provider_id`
	saveReplied = `UPDATE notices n SET known = 1 FROM unnest($1::text[], $2::text[]) v (tenant, phone)
		WHERE n.kind = 'reply' AND n.known = 0 AND n.tenant = v.tenant AND n.phone = v.phone`
	saveDrained = `SELECT j.campaign FROM unnest($1::bigint[]) j (campaign)
		WHERE NOT EXISTS (SELECT 1 FROM waiting w WHERE w.campaign = j.campaign)
		AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.campaign = j.campaign AND a.phase = 'flying')`
)

var (
	saveProgress = update("progress", `position bigint, skipped bigint, picked text, sent bigint, delivered bigint, read bigint,
		responded bigint, failed bigint, unknown bigint, retries bigint, released text, sent_of text, last_sent_at bigint, responded_of text,
		campaign bigint`, "campaign")
	saveMeters = update("meters", `pace_until bigint, wake_at bigint, why text, last_start bigint, hour bigint, day bigint,
		in_hour bigint, in_day bigint, in_row bigint, held text, held_until bigint, holds bigint, errors bigint, unacked bigint,
		acked_at bigint, cold text, cold_until bigint, cold_holds bigint, cold_errors bigint, instance bigint`, "instance")
	// Of the unique keys only the phone may clash, and one clash fails nobody
	// else. Phones are taken in their order, so that two takes never wait for
	// each other in a ring.
	saveBegin = insert("attempts", `id bytea, tenant text, campaign bigint, position bigint, generation bigint, try bigint,
		instance bigint, slot bigint, gateway text, remote text, phone text, message bigint, text text, gap bigint, taken_at bigint,
		start_by bigint, quarantine bigint, sweep_at bigint, daemon text, phase text, held bigint, looked bigint, look_at bigint,
		why text`, `ORDER BY phone ON CONFLICT (phone) WHERE held = 1 DO NOTHING RETURNING id`)
	saveChanged = update("attempts", `phase text, held bigint, looked bigint, look_at bigint, why text, quarantine bigint,
		sweep_at bigint, id bytea`, "id")
	saveEnded = insert("ended", `attempt bytea, tenant text, campaign bigint, position bigint, generation bigint, try bigint,
		instance bigint, message bigint, phone text, taken_at bigint, ended_at bigint, outcome text, provider_id text,
		evidence text, why text`, "")
	saveAmended = update("ended", `outcome text, evidence text, provider_id text, why text, attempt bytea`, "attempt")
	saveWait    = insert("waiting", `campaign bigint, position bigint, due bigint, tries bigint, generation bigint, why text, lane bigint`, "")
	saveSettled = insert("results", `campaign bigint, position bigint, state text, why text, message bigint, tries bigint,
		generation bigint, instance bigint, provider_id text, taken_at bigint, sent_at bigint, delivered_at bigint, read_at bigint,
		responded_at bigint`, `ON CONFLICT (campaign, position) DO UPDATE SET
		state = excluded.state, why = excluded.why, message = excluded.message, tries = excluded.tries,
		generation = excluded.generation, instance = excluded.instance, provider_id = excluded.provider_id,
		taken_at = excluded.taken_at, sent_at = excluded.sent_at, delivered_at = excluded.delivered_at,
		read_at = excluded.read_at, responded_at = excluded.responded_at`)
	saveEvents = insert("events", `tenant text, at bigint, type text, campaign bigint, position bigint, instance bigint,
		attempt bytea, message bigint, author text, why text`, "")
)

// save writes what a function of the domain has decided, in the order of Rows,
// and answers what it asks. A broken rule is campaign.ErrConflict.
func (l *loader) save() error {
	r := l.r
	b := &pgx.Batch{}
	if len(r.Unwait) > 0 {
		args := columns(len(r.Unwait), func(args []any, i int) []any {
			return append(args, int64(r.Unwait[i].Campaign), r.Unwait[i].Position)
		})
		b.Queue(saveUnwait, args...).Exec(all(len(r.Unwait), "waiting rows to delete", "there"))
	}
	l.saveProgress(b)
	if len(r.Begin) > 0 {
		if err := l.begin(b); err != nil {
			return err
		}
		b = &pgx.Batch{}
		l.saveProgress(b) // once more, if an attempt was taken back
	}
	l.saveNumbers(b)
	if len(r.Warmed) > 0 { // before the logs are locked, since takes lock them last
		if err := l.unaside(b, r.Warmed); err != nil {
			return err
		}
		b = &pgx.Batch{}
	}
	l.saveLogs(b)
	if n := len(r.Wait); n > 0 {
		saveWait.queue(b, n, func(args []any, i int) []any { return sqlrecords.WaitingValues(args, &r.Wait[i]) })
	}
	l.saveSettled(b)
	queueWarm(b, r.Warmed)
	if len(r.Absorbed) > 0 {
		b.Queue(saveAbsorbed, r.Absorbed)
	}
	if n := len(r.Events); n > 0 {
		saveEvents.queue(b, n, func(args []any, i int) []any { return sqlrecords.EventValues(args, &r.Events[i]) })
	}
	l.drained(b)
	if l.sooner() {
		b.Queue(notify, l.s.channel(), l.s.name)
	}
	return l.send(b)
}

// sooner tells whether something is due before what other daemons know.
func (l *loader) sooner() bool {
	if len(l.r.Rouse) > 0 {
		return true
	}
	for id, n := range l.r.Numbers {
		if n.Meter.WakeAt.Before(l.wakes[id]) {
			return true
		}
	}
	return false
}

// all demands that a statement has found every row that it was given.
func all(n int, what, is string) func(pgconn.CommandTag) error {
	return func(c pgconn.CommandTag) error {
		if got := c.RowsAffected(); got != int64(n) {
			return fmt.Errorf("postgres: of %d %s %d are %s: %w", n, what, got, is, campaign.ErrConflict)
		}
		return nil
	}
}

// begin inserts the new attempts and takes those back whose phone is held by
// then.
func (l *loader) begin(b *pgx.Batch) error {
	r := l.r
	in := make(map[campaign.AttemptID]bool, len(r.Begin))
	saveBegin.queue(b, len(r.Begin), func(args []any, i int) []any { return sqlrecords.AttemptValues(args, r.Begin[i]) }).
		Query(each(func(row pgx.Rows) error {
			var id []byte
			if err := row.Scan(&id); err != nil {
				return err
			}
			in[campaign.AttemptID(id)] = true
			return nil
		}))
	if err := l.send(b); err != nil {
		return fmt.Errorf("postgres: begin attempts: %w", err)
	}
	for _, a := range slices.Clone(r.Begin) {
		if !in[a.ID] {
			r.Clash(a)
		}
	}
	return nil
}

// saveProgress writes the progress that differs from what the database has.
func (l *loader) saveProgress(b *pgx.Batch) {
	var rows [][]any
	for _, id := range slices.Sorted(maps.Keys(l.r.Jobs)) {
		j := l.r.Jobs[id]
		now := sqlrecords.ProgressValues(nil, &j.Cursor, &j.Tally)
		if !slices.Equal(now, l.progress[id]) {
			l.progress[id] = now
			rows = append(rows, append(slices.Clone(now), int64(id)))
		}
	}
	if len(rows) > 0 {
		saveProgress.queue(b, len(rows), func(args []any, i int) []any { return append(args, rows[i]...) })
	}
}

// saveNumbers writes the meters that have changed, and wakes the instances of
// campaigns, in the database and in the rows.
func (l *loader) saveNumbers(b *pgx.Batch) {
	var rows [][]any
	for _, id := range slices.Sorted(maps.Keys(l.r.Numbers)) {
		now := sqlrecords.MeterValues(nil, &l.r.Numbers[id].Meter)
		if !slices.Equal(now, l.meters[id]) {
			rows = append(rows, append(now, int64(id)))
		}
	}
	if len(rows) > 0 {
		saveMeters.queue(b, len(rows), func(args []any, i int) []any { return append(args, rows[i]...) })
	}
	if len(l.r.Rouse) == 0 {
		return
	}
	ids := slices.Sorted(maps.Keys(l.r.Rouse))
	args := columns(len(ids), func(args []any, i int) []any {
		return append(args, int64(ids[i]), sqlrecords.Micros(l.r.Rouse[ids[i]]))
	})
	b.Queue(saveRouse, args...)
	for id, at := range l.r.Rouse {
		for _, n := range l.r.Numbers {
			if n.Serves == id && n.Meter.WakeAt.After(at) {
				n.Meter.WakeAt = at
			}
		}
	}
}

// saveLogs locks the logs that are added to, changes the open attempts, moves
// those that end to the log, corrects it, and wakes the reports that have
// waited for the provider ids which it knows now.
func (l *loader) saveLogs(b *pgx.Batch) {
	var (
		r      = l.r
		names  set[string]
		learnt []campaign.ProviderKey
		ended  []person
	)
	for i := range r.Events {
		names.add(string(r.Events[i].Tenant))
	}
	for _, list := range [][]campaign.Closed{r.Close, r.Amended} {
		for i := range list {
			names.add(string(list[i].Tenant))
			ended = append(ended, person{string(list[i].Tenant), string(list[i].Phone)})
			if id := list[i].ProviderID; id != "" {
				learnt = append(learnt, campaign.ProviderKey{Instance: list[i].Instance, ID: id})
			}
		}
	}
	if len(names.list) > 0 {
		b.Queue(saveLock, names.list, l.s.lock(lockLog))
	}
	if n := len(r.Changed); n > 0 {
		saveChanged.queue(b, n, func(args []any, i int) []any {
			a := r.Changed[i]
			return append(args, string(a.Phase), sqlrecords.Bool(a.Held), int64(a.Looked), sqlrecords.Micros(a.LookAt),
				sqlrecords.Reason(a.Why), sqlrecords.Micros(a.Quarantine), sqlrecords.Micros(a.SweepAt), a.ID[:])
		}).Exec(all(n, "attempts to change", "open"))
	}
	if n := len(r.Close); n > 0 {
		ids := make([][]byte, n)
		for i := range r.Close {
			ids[i] = r.Close[i].Attempt[:]
		}
		b.Queue(saveClose, ids).Exec(all(n, "attempts to close", "open"))
		saveEnded.queue(b, n, func(args []any, i int) []any { return sqlrecords.ClosedValues(args, &r.Close[i]) })
	}
	if n := len(r.Amended); n > 0 {
		saveAmended.queue(b, n, func(args []any, i int) []any {
			c := &r.Amended[i]
			return append(args, string(c.Outcome), string(c.Evidence), c.ProviderID, sqlrecords.Reason(c.Why), c.Attempt[:])
		}).Exec(all(n, "attempts to correct", "closed"))
	}
	if n := len(ended); n > 0 {
		// What the people wrote while an attempt to them was open.
		b.Queue(saveReplied, columns(n, func(args []any, i int) []any {
			return append(args, ended[i].tenant, ended[i].phone)
		})...)
	}
	if n := len(learnt); n > 0 {
		b.Queue(saveKnown, columns(n, func(args []any, i int) []any {
			return append(args, int64(learnt[i].Instance), learnt[i].ID)
		})...)
	}
}

// person is who an attempt of a tenant went to.
type person struct{ tenant, phone string }

// saveSettled writes the results. One statement cannot write a row twice, so
// of several results of one recipient each gets a statement of its own.
func (l *loader) saveSettled(b *pgx.Batch) {
	for rest := l.r.Settled; len(rest) > 0; {
		seen := make(map[campaign.RecipientID]bool, len(rest))
		n := 0
		for n < len(rest) && !seen[rest[n].ID] {
			seen[rest[n].ID] = true
			n++
		}
		some := slices.Clone(rest[:n])
		rest = rest[n:]
		slices.SortFunc(some, func(a, b *campaign.Recipient) int {
			return cmp.Or(cmp.Compare(a.ID.Campaign, b.ID.Campaign), cmp.Compare(a.ID.Position, b.ID.Position))
		})
		saveSettled.queue(b, n, func(args []any, i int) []any { return sqlrecords.ResultValues(args, some[i]) })
	}
}

// drained answers which jobs have nobody left.
func (l *loader) drained(b *pgx.Batch) {
	var ids []campaign.ID
	for id, j := range l.r.Jobs {
		if j.Cursor.Position >= j.Campaign.Total {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	b.Queue(saveDrained, ints(ids)).Query(each(func(row pgx.Rows) error {
		var id campaign.ID
		err := row.Scan((*int64)(&id))
		l.r.Drained = append(l.r.Drained, campaign.Ref{Tenant: l.r.Jobs[id].Campaign.Tenant, ID: id})
		return err
	}))
}
