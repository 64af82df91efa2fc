package sqlite

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

const (
	saveUnwait   = `DELETE FROM waiting WHERE campaign = ? AND position = ?`
	saveProgress = `UPDATE progress SET position = ?, skipped = ?, picked = ?, sent = ?, delivered = ?, read = ?, responded = ?,
		failed = ?, unknown = ?, retries = ?, released = ?, sent_of = ?, last_sent_at = ?, responded_of = ? WHERE campaign = ?`
	saveMeter = `UPDATE meters SET pace_until = ?, wake_at = ?, why = ?, last_start = ?, hour = ?, day = ?, in_hour = ?,
		in_day = ?, in_row = ?, held = ?, held_until = ?, holds = ?, errors = ?, unacked = ?, acked_at = ?, cold = ?,
		cold_until = ?, cold_holds = ?, cold_errors = ? WHERE instance = ?`
	saveChanged  = `UPDATE attempts SET phase = ?, held = ?, looked = ?, look_at = ?, why = ?, quarantine = ?, sweep_at = ? WHERE id = ?`
	saveClose    = `DELETE FROM attempts WHERE id IN (SELECT unhex(value) FROM json_each(?))`
	saveAmended  = `UPDATE ended SET outcome = ?, evidence = ?, provider_id = ?, why = ? WHERE attempt = ?`
	saveWait     = `INSERT INTO waiting (campaign, position, due, tries, generation, why, lane) VALUES (?, ?, ?, ?, ?, ?, ?)`
	saveAbsorbed = `DELETE FROM notices WHERE seq = ?`
	saveRouse    = `UPDATE meters SET wake_at = ?1 WHERE serves = ?2 AND wake_at > ?1`

	saveUnknownNotices = `SELECT 1 FROM notices INDEXED BY notices_unknown WHERE known = 0 AND kind <> 'reply' LIMIT 1`
	saveUnknownReplies = `SELECT 1 FROM notices INDEXED BY notices_reply WHERE kind = 'reply' AND known = 0 LIMIT 1`
	saveReplied        = `UPDATE notices INDEXED BY notices_reply SET known = 1
		WHERE kind = 'reply' AND known = 0 AND tenant = ? AND phone = ?`
	saveKnown = `UPDATE notices SET known = 1 WHERE seq IN (SELECT n.seq FROM json_each(?) j
		CROSS JOIN notices n INDEXED BY notices_unknown
		ON n.known = 0 AND n.kind <> 'reply' AND n.instance = j.value ->> 0 AND n.provider_id = j.value ->> 1)`
	saveOpen = `SELECT EXISTS (SELECT 1 FROM waiting WHERE campaign = ?1)
		OR EXISTS (SELECT 1 FROM attempts WHERE campaign = ?1 AND phase = 'flying')`
)

var (
	saveBegin = newBulk("attempts", `id, tenant, campaign, position, generation, try, instance, slot, gateway, remote, phone,
		message, text, gap, taken_at, start_by, quarantine, sweep_at, daemon, phase, held, looked, look_at, why`)
	saveEnded = newBulk("ended", `attempt, tenant, campaign, position, generation, try, instance, message, phone, taken_at,
		ended_at, outcome, provider_id, evidence, why`)
	saveSettled = newBulk("results", `campaign, position, state, why, message, tries, generation, instance, provider_id,
		taken_at, sent_at, delivered_at, read_at, responded_at`).or(` ON CONFLICT (campaign, position) DO UPDATE SET
		state = excluded.state, why = excluded.why, message = excluded.message, tries = excluded.tries,
		generation = excluded.generation, instance = excluded.instance, provider_id = excluded.provider_id,
		taken_at = excluded.taken_at, sent_at = excluded.sent_at, delivered_at = excluded.delivered_at,
		read_at = excluded.read_at, responded_at = excluded.responded_at`)
	saveEvents = newBulk("events", `tenant, at, type, campaign, position, instance, attempt, message, author, why`)
)

// save writes what a function of the domain has decided, in the order of Rows,
// and answers what it asks. A broken rule is campaign.ErrConflict.
func (t *tx) save(r *campaign.Rows) error {
	clashes(r)
	for _, id := range r.Unwait {
		if err := t.one(saveUnwait, "a waiting row", id, int64(id.Campaign), id.Position); err != nil {
			return err
		}
	}
	if err := t.saveProgress(r); err != nil {
		return err
	}
	err := t.insert(&saveBegin, len(r.Begin), func(args []any, i int) []any { return sqlrecords.AttemptValues(args, r.Begin[i]) })
	if err != nil {
		return fmt.Errorf("sqlite: begin attempts: %w", err)
	}
	for _, a := range r.Changed {
		err := t.one(saveChanged, "an open attempt", a.ID, string(a.Phase), sqlrecords.Bool(a.Held), int64(a.Looked),
			sqlrecords.Micros(a.LookAt), sqlrecords.Reason(a.Why), sqlrecords.Micros(a.Quarantine), sqlrecords.Micros(a.SweepAt), a.ID[:])
		if err != nil {
			return err
		}
	}
	if err := t.saveClosed(r); err != nil {
		return err
	}
	for i := range r.Wait {
		if err := t.exec(saveWait, sqlrecords.WaitingValues(nil, &r.Wait[i])...); err != nil {
			return fmt.Errorf("sqlite: put %s among the waiting: %w", r.Wait[i].Recipient, err)
		}
	}
	err = t.insert(&saveSettled, len(r.Settled), func(args []any, i int) []any { return sqlrecords.ResultValues(args, r.Settled[i]) })
	if err != nil {
		return fmt.Errorf("sqlite: settle recipients: %w", err)
	}
	if err := t.saveWarmed(r); err != nil {
		return err
	}
	for _, seq := range r.Absorbed {
		if err := t.exec(saveAbsorbed, seq); err != nil {
			return err
		}
	}
	err = t.insert(&saveEvents, len(r.Events), func(args []any, i int) []any { return sqlrecords.EventValues(args, &r.Events[i]) })
	if err != nil {
		return fmt.Errorf("sqlite: record events: %w", err)
	}
	if err := t.rouse(r); err != nil {
		return err
	}
	return t.drained(r)
}

// clashes takes back the attempts on a phone that an earlier one of the same
// batch has. A phone that an older attempt holds breaks the unique key below:
// the plan has been told.
func clashes(r *campaign.Rows) {
	if len(r.Begin) < 2 {
		return
	}
	seized := make(map[contact.Phone]bool, len(r.Begin))
	for _, a := range slices.Clone(r.Begin) {
		if a.Held && seized[a.Phone] {
			r.Clash(a)
		}
		seized[a.Phone] = true
	}
}

// one executes a statement that must change one row.
func (t *tx) one(query, what string, id any, args ...any) error {
	n, err := t.affect(query, args...)
	switch {
	case err != nil:
		return fmt.Errorf("sqlite: %v: %w", id, err)
	case n != 1:
		return fmt.Errorf("sqlite: %v is not %s: %w", id, what, campaign.ErrConflict)
	}
	return nil
}

func (t *tx) saveProgress(r *campaign.Rows) error {
	for id, j := range r.Jobs {
		if err := t.exec(saveProgress, append(sqlrecords.ProgressValues(nil, &j.Cursor, &j.Tally), int64(id))...); err != nil {
			return fmt.Errorf("sqlite: progress of %s: %w", id, err)
		}
	}
	for id, n := range r.Numbers {
		if err := t.exec(saveMeter, append(sqlrecords.MeterValues(nil, &n.Meter), int64(id))...); err != nil {
			return fmt.Errorf("sqlite: meter of instance %d: %w", id, err)
		}
	}
	return nil
}

// saveClosed moves attempts to the log, corrects it, and wakes the reports
// that have waited for the provider ids which it knows now.
func (t *tx) saveClosed(r *campaign.Rows) error {
	var learnt []campaign.ProviderKey
	if len(r.Close) > 0 {
		ids := make([]campaign.AttemptID, len(r.Close))
		for i := range r.Close {
			ids[i] = r.Close[i].Attempt
		}
		n, err := t.affect(saveClose, hexes(ids))
		switch {
		case err != nil:
			return fmt.Errorf("sqlite: close attempts: %w", err)
		case n != int64(len(ids)):
			return fmt.Errorf("sqlite: of %d attempts to close %d are open: %w", len(ids), n, campaign.ErrConflict)
		}
	}
	err := t.insert(&saveEnded, len(r.Close), func(args []any, i int) []any { return sqlrecords.ClosedValues(args, &r.Close[i]) })
	if err != nil {
		return fmt.Errorf("sqlite: log ended attempts: %w", err)
	}
	for i := range r.Close {
		if c := &r.Close[i]; c.ProviderID != "" {
			learnt = append(learnt, campaign.ProviderKey{Instance: c.Instance, ID: c.ProviderID})
		}
	}
	for i := range r.Amended {
		c := &r.Amended[i]
		err := t.one(saveAmended, "a closed attempt", c.Attempt, string(c.Outcome), string(c.Evidence), c.ProviderID,
			sqlrecords.Reason(c.Why), c.Attempt[:])
		if err != nil {
			return err
		}
		if c.ProviderID != "" {
			learnt = append(learnt, campaign.ProviderKey{Instance: c.Instance, ID: c.ProviderID})
		}
	}
	if len(learnt) > 0 {
		if waits, err := t.any(saveUnknownNotices); err != nil {
			return err
		} else if waits {
			if err := t.exec(saveKnown, providerKeys(learnt)); err != nil {
				return err
			}
		}
	}
	return t.replied(r)
}

// replied wakes what people wrote while an attempt to them was open.
func (t *tx) replied(r *campaign.Rows) error {
	if len(r.Close)+len(r.Amended) == 0 {
		return nil
	}
	if waits, err := t.any(saveUnknownReplies); err != nil || !waits {
		return err
	}
	for _, list := range [][]campaign.Closed{r.Close, r.Amended} {
		for i := range list {
			if err := t.exec(saveReplied, string(list[i].Tenant), string(list[i].Phone)); err != nil {
				return err
			}
		}
	}
	return nil
}

// any reports whether a query has a row.
func (t *tx) any(query string) (found bool, err error) {
	err = t.query(query, func(*sql.Rows) error { found = true; return nil })
	return found, err
}

// rouse wakes the instances of campaigns, in the database and in the rows.
func (t *tx) rouse(r *campaign.Rows) error {
	for id, at := range r.Rouse {
		if err := t.exec(saveRouse, sqlrecords.Micros(at), int64(id)); err != nil {
			return err
		}
		for _, n := range r.Numbers {
			if n.Serves == id && n.Meter.WakeAt.After(at) {
				n.Meter.WakeAt = at
			}
		}
	}
	return nil
}

// drained answers which jobs have nobody left.
func (t *tx) drained(r *campaign.Rows) error {
	for id, j := range r.Jobs {
		if j.Cursor.Position < j.Campaign.Total {
			continue
		}
		open := true
		if err := t.query(saveOpen, func(row *sql.Rows) error { return row.Scan(&open) }, int64(id)); err != nil {
			return err
		}
		if !open {
			r.Drained = append(r.Drained, campaign.Ref{Tenant: j.Campaign.Tenant, ID: id})
		}
	}
	return nil
}
