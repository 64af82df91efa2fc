package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

const (
	saveWarm = `INSERT INTO warm (tenant, phone, instance, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
	// Who waited for whoever may write to strangers waits for the number that has
	// come to know them.
	strangersWait = `SELECT 1 FROM waiting INDEXED BY waiting_lane WHERE lane = -1 LIMIT 1`
	unaside       = `UPDATE waiting SET lane = ?3 WHERE lane = -1 AND (campaign, position) IN (
		SELECT r.campaign, r.position FROM campaigns c INDEXED BY campaigns_by_tenant
		CROSS JOIN recipients r INDEXED BY recipients_phone ON r.campaign = c.id AND r.phone = ?2
		WHERE c.tenant = ?1)`
	wakeNumber = `UPDATE meters SET wake_at = ?2 WHERE instance = ?1 AND wake_at > ?2`

	takeLane = `SELECT w.due, w.tries, w.generation, w.why, ` + sqlrecords.RecipientColumns + `
		FROM waiting w INDEXED BY waiting_lane
		CROSS JOIN recipients r ON r.campaign = w.campaign AND r.position = w.position
		WHERE w.lane = ? AND w.campaign = ? ORDER BY w.due, w.position LIMIT ?`
	takeKnown = `SELECT w.phone, w.instance, w.since FROM json_each(?) j CROSS JOIN warm w ON w.tenant = ? AND w.phone = j.value`

	loadWarm = `SELECT w.tenant, w.phone, w.instance, w.since FROM json_each(?) j
		CROSS JOIN warm w ON w.tenant = j.value ->> 0 AND w.phone = j.value ->> 1 AND w.instance = j.value ->> 2`
)

// warm records whom a number knows, unless it does already.
func (t *tx) warm(w campaign.Warm, since time.Time) error {
	wrap := func(err error) error {
		if err != nil {
			return fmt.Errorf("sqlite: record whom instance %d knows: %w", w.Instance, err)
		}
		return nil
	}
	if n, err := t.affect(saveWarm, sqlrecords.WarmValues(nil, w, since)...); err != nil || n == 0 {
		return wrap(err)
	}
	if waits, err := t.any(strangersWait); err != nil || !waits {
		return wrap(err)
	}
	for _, p := range w.Phone.Stored() {
		n, err := t.affect(unaside, string(w.Tenant), string(p), int64(w.Instance))
		if err == nil && n > 0 {
			err = t.exec(wakeNumber, int64(w.Instance), sqlrecords.Micros(since))
		}
		if err != nil {
			return wrap(err)
		}
	}
	return nil
}

func (t *tx) saveWarmed(r *campaign.Rows) error {
	for _, w := range sqlrecords.SortedWarm(r.Warmed) {
		if err := t.warm(w, r.Warmed[w]); err != nil {
			return err
		}
	}
	return nil
}

// warm loads which of the people in the rows the numbers of their attempts
// know.
func (l *loader) warm() error {
	var list [][3]any
	for _, c := range l.r.Ended {
		for _, p := range c.Phone.Stored() {
			list = append(list, [3]any{string(c.Tenant), string(p), int64(c.Instance)})
		}
	}
	if len(list) == 0 {
		return nil
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	l.r.Warm = make(map[campaign.Warm]time.Time, len(list))
	return l.t.query(loadWarm, func(row *sql.Rows) error {
		var t string
		w, since, err := sqlrecords.ScanWarm(head{row, []any{&t}}, "")
		w.Tenant = campaign.Tenant(t)
		campaign.MarkWarm(l.r.Warm, w, since)
		return err
	}, string(b))
}

// lane loads who waits for a number whose cold lane is shut, and when the next of
// them is due.
func (l *loader) lane(now time.Time, t *campaign.Turn, n int) error {
	var all []campaign.Candidate
	for _, lane := range []campaign.InstanceID{0, t.Number.Instance.ID} {
		err := l.t.query(takeLane, func(row *sql.Rows) error {
			c, err := scanWaiting(row)
			all = append(all, c)
			return err
		}, int64(lane), int64(t.Job.Campaign.ID), int64(n+1))
		if err != nil {
			return err
		}
	}
	t.Due, t.NextDue = sqlrecords.MergeDue(all, now, n)
	return nil
}

// known loads which numbers know the candidates of jobs of which a number's cold
// lane is held.
func (l *loader) known() error {
	phones := make(map[campaign.Tenant]*set[contact.Phone])
	for _, t := range l.r.Turns {
		if t.Number.Meter.Cold.Held.IsZero() {
			continue
		}
		of := t.Job.Campaign.Tenant
		if phones[of] == nil {
			phones[of] = &set[contact.Phone]{}
		}
		for _, list := range [][]campaign.Candidate{t.Due, t.Job.Due, t.Job.Ahead} {
			for i := range list {
				for _, p := range list[i].Recipient.Contact.Phone.Stored() {
					phones[of].add(p)
				}
			}
		}
	}
	for of, list := range phones {
		if l.r.Warm == nil {
			l.r.Warm = make(map[campaign.Warm]time.Time)
		}
		err := l.t.query(takeKnown, func(row *sql.Rows) error {
			w, since, err := sqlrecords.ScanWarm(row, of)
			campaign.MarkWarm(l.r.Warm, w, since)
			return err
		}, sqlrecords.Texts(list.list), string(of))
		if err != nil {
			return err
		}
	}
	return nil
}
