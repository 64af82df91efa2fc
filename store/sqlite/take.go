package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// Every statement of the take finds its rows by an index whose entries are
// read in order, so its cost does not grow with the ledger.
const (
	takeDue = `SELECT m.instance, m.serves, i.rev, ` + sqlrecords.MeterColumns + `
		FROM meters m INDEXED BY meters_wake
		CROSS JOIN campaigns c ON c.id = m.serves AND c.status = 'active'
		CROSS JOIN instances i ON i.id = m.instance
		WHERE m.serves IS NOT NULL AND m.wake_at <= ?
		ORDER BY m.wake_at, m.instance LIMIT ?`
	takeSlots = `SELECT a.instance, a.slot FROM json_each(?) j CROSS JOIN attempts a INDEXED BY attempts_slot
		ON a.instance = j.value AND a.phase = 'flying'`
	takeFirstDue = `SELECT j.value, (SELECT w.due FROM waiting w INDEXED BY waiting_due WHERE w.campaign = j.value
		ORDER BY w.due LIMIT 1) AS first FROM json_each(?) j WHERE first IS NOT NULL`
	takeWaiting = `SELECT w.due, w.tries, w.generation, w.why, ` + sqlrecords.RecipientColumns + `
		FROM waiting w INDEXED BY waiting_due
		CROSS JOIN recipients r ON r.campaign = w.campaign AND r.position = w.position
		WHERE w.campaign = ? ORDER BY w.due, w.position LIMIT ?`
	takeAhead = `SELECT ` + sqlrecords.RecipientColumns + ` FROM recipients r
		WHERE r.campaign = ? AND r.position > ? ORDER BY r.position LIMIT ?`
	takeHeld       = `SELECT a.phone FROM attempts a INDEXED BY attempts_phone WHERE a.held = 1 LIMIT ?`
	takeHeldAmong  = `SELECT a.phone FROM json_each(?) j CROSS JOIN attempts a INDEXED BY attempts_phone ON a.phone = j.value AND a.held = 1`
	heldUntil      = `SELECT CASE a.phase WHEN 'lost' THEN a.quarantine ELSE 0 END FROM attempts a INDEXED BY attempts_phone WHERE a.phone = ? AND a.held = 1`
	takeSuppresses = `SELECT 1 FROM suppressed WHERE tenant = ? LIMIT 1`
	takeSuppressed = `SELECT s.key FROM json_each(?) j CROSS JOIN suppressed s ON s.tenant = ? AND s.key = unhex(j.value)`
)

// Take implements campaign.Ledger.
func (s *Store) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, q.Now, func(l *loader) error { return l.take(q) }, plan)
}

func (l *loader) take(q campaign.TakeQuery) error {
	if q.Max <= 0 {
		return nil
	}
	if err := l.turns(q); err != nil {
		return err
	}
	var (
		jobs, open set[campaign.ID] // open have a number that may write to strangers
		shut       []*campaign.Turn
		want       = make(map[campaign.ID]int)
		ahead      = make(map[campaign.ID]int)
	)
	for _, t := range l.r.Turns {
		jobs.add(t.Number.Serves)
		want[t.Number.Serves] += len(t.Free)
	}
	if err := l.jobs(jobs.list); err != nil {
		return err
	}
	for _, id := range jobs.list {
		ahead[id] = campaign.Candidates(min(want[id], q.Max))
	}
	for _, t := range l.r.Turns {
		t.Job = l.r.Jobs[t.Number.Serves]
		if _, is := t.Number.Meter.Cold.Shut(q.Now); is {
			shut = append(shut, t)
			ahead[t.Number.Serves] = campaign.CandidatesAhead(min(want[t.Number.Serves], q.Max))
		} else {
			open.add(t.Number.Serves)
		}
	}
	if err := l.waiting(q, open.list, want); err != nil {
		return err
	}
	for _, t := range shut {
		if err := l.lane(q.Now, t, campaign.Candidates(min(len(t.Free), q.Max))); err != nil {
			return err
		}
	}
	for _, id := range jobs.list {
		if err := l.ahead(l.r.Jobs[id], ahead[id]); err != nil {
			return err
		}
	}
	if err := l.gates(q, shut, jobs.list); err != nil {
		return err
	}
	return l.known()
}

// turns loads the instances that are due, until those loaded can use q.Max.
func (l *loader) turns(q campaign.TakeQuery) error {
	var (
		all []*due
		ids []campaign.InstanceID
	)
	err := l.t.query(takeDue, func(row *sql.Rows) error {
		d, err := scanNumber(row)
		if err == nil {
			all, ids = append(all, d), append(ids, d.number.Instance.ID)
		}
		return err
	}, sqlrecords.Micros(q.Now), int64(q.Max))
	if err != nil || len(all) == 0 {
		return err
	}
	used := make(map[campaign.InstanceID]map[int]bool)
	err = l.t.query(takeSlots, func(row *sql.Rows) error {
		var (
			id   int64
			slot int
		)
		if err := row.Scan(&id, &slot); err != nil {
			return err
		}
		i := campaign.InstanceID(id)
		if used[i] == nil {
			used[i] = make(map[int]bool)
		}
		used[i][slot] = true
		return nil
	}, sqlrecords.IDs(ids))
	if err != nil {
		return err
	}
	room := q.Max
	for _, d := range all {
		if room <= 0 {
			break
		}
		if err := l.instance(d); err != nil {
			return err
		}
		t := &campaign.Turn{Number: d.number}
		for slot := range q.Slots {
			if !used[d.number.Instance.ID][slot] {
				t.Free = append(t.Free, slot)
			}
		}
		room -= len(t.Free)
		l.r.Turns = append(l.r.Turns, t)
	}
	return nil
}

// waiting loads those whose time has come, and when the next one's comes.
func (l *loader) waiting(q campaign.TakeQuery, ids []campaign.ID, want map[campaign.ID]int) error {
	if len(ids) == 0 {
		return nil
	}
	var some []campaign.ID
	err := l.t.query(takeFirstDue, func(row *sql.Rows) error {
		var id, first int64
		if err := row.Scan(&id, &first); err != nil {
			return err
		}
		if at := sqlrecords.Instant(first); at.After(q.Now) {
			l.r.Jobs[campaign.ID(id)].NextDue = at
		} else {
			some = append(some, campaign.ID(id))
		}
		return nil
	}, sqlrecords.IDs(ids))
	if err != nil {
		return err
	}
	for _, id := range some {
		n := campaign.Candidates(min(want[id], q.Max))
		if err := l.due(q, l.r.Jobs[id], n); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) due(q campaign.TakeQuery, j *campaign.Job, n int) error {
	return l.t.query(takeWaiting, func(row *sql.Rows) error {
		c, err := scanWaiting(row)
		if err != nil {
			return err
		}
		due := c.Recipient.Due
		if due.After(q.Now) || len(j.Due) == n {
			if j.NextDue.IsZero() {
				j.NextDue = due
			}
			return nil
		}
		j.Due = append(j.Due, c)
		return nil
	}, int64(j.Campaign.ID), int64(n+1))
}

func scanWaiting(row *sql.Rows) (c campaign.Candidate, err error) {
	var (
		at, tries, generation int64
		why                   string
	)
	p, err := sqlrecords.ScanRecipient(head{row, []any{&at, &tries, &generation, &why}})
	if err != nil {
		return c, err
	}
	p.Tries, p.Generation, p.Due = int(tries), int(generation), sqlrecords.Instant(at)
	p.Why, err = sqlrecords.ParseReason(why)
	return campaign.Candidate{Recipient: *p, Waiting: true}, err
}

// ahead loads the next of the audience until the job has n candidates.
func (l *loader) ahead(j *campaign.Job, n int) error {
	n -= len(j.Due)
	if n <= 0 {
		return nil
	}
	id := j.Campaign.ID
	next, err := l.s.ahead.next(id, j.Cursor.Position, j.Campaign.Total, n,
		func(list []campaign.Recipient, after int64, n int) ([]campaign.Recipient, error) {
			err := l.t.query(takeAhead, func(row *sql.Rows) error {
				p, err := sqlrecords.ScanRecipient(row)
				if err == nil {
					list = append(list, *p)
				}
				return err
			}, int64(id), after, int64(n))
			return list, err
		})
	if err != nil {
		return err
	}
	j.Ahead = make([]campaign.Candidate, len(next))
	for i, p := range next {
		p.Contact = p.Contact.Clone()
		j.Ahead[i].Recipient = p
	}
	return nil
}

// gates marks the candidates who have opted out, and those whose phone an open
// attempt holds.
func (l *loader) gates(q campaign.TakeQuery, shut []*campaign.Turn, ids []campaign.ID) error {
	var (
		phones  []contact.Phone
		tenants = make(map[campaign.Tenant][]*campaign.Candidate)
	)
	add := func(of campaign.Tenant, list []campaign.Candidate) {
		for i := range list {
			phones = append(phones, list[i].Recipient.Contact.Phone)
			tenants[of] = append(tenants[of], &list[i])
		}
	}
	for _, t := range shut {
		add(t.Job.Campaign.Tenant, t.Due)
	}
	for _, id := range ids {
		j := l.r.Jobs[id]
		add(j.Campaign.Tenant, j.Due)
		add(j.Campaign.Tenant, j.Ahead)
	}
	if len(phones) == 0 {
		return nil
	}
	busy, err := l.busy(phones)
	if err != nil {
		return err
	}
	for t, list := range tenants {
		for _, c := range list {
			c.Busy = busy[c.Recipient.Contact.Phone]
		}
		if q.Keys != nil {
			if err := l.suppressed(q, t, list); err != nil {
				return err
			}
		}
	}
	return nil
}

// busy returns the phones that are held: all of them where they are few, else
// those among phones.
func (l *loader) busy(phones []contact.Phone) (map[contact.Phone]bool, error) {
	held := make(map[contact.Phone]bool)
	collect := func(row *sql.Rows) error {
		var p string
		err := row.Scan(&p)
		held[contact.Phone(p)] = true
		return err
	}
	few := len(phones) + 64
	if err := l.t.query(takeHeld, collect, int64(few)); err != nil || len(held) < few {
		return held, err
	}
	clear(held)
	return held, l.t.query(takeHeldAmong, collect, sqlrecords.Texts(phones))
}

func (l *loader) suppressed(q campaign.TakeQuery, t campaign.Tenant, list []*campaign.Candidate) error {
	any := false
	if err := l.t.query(takeSuppresses, func(*sql.Rows) error { any = true; return nil }, string(t)); err != nil {
		return err
	}
	if !any {
		return nil
	}
	keys := make([]campaign.SuppressionKey, 0, len(list))
	of := make(map[campaign.SuppressionKey][]*campaign.Candidate, len(list))
	for _, c := range list {
		for _, k := range q.Keys(t, c.Recipient.Contact.Phone) {
			keys, of[k] = append(keys, k), append(of[k], c)
		}
	}
	return l.t.query(takeSuppressed, func(row *sql.Rows) error {
		var raw []byte
		if err := row.Scan(&raw); err != nil {
			return err
		}
		for _, c := range of[campaign.SuppressionKey(raw)] {
			c.Suppressed = true
		}
		return nil
	}, keyList(keys), string(t))
}

// keyList is a JSON array of keys in hexadecimal.
func keyList(keys []campaign.SuppressionKey) string {
	b := make([]byte, 0, 2+67*len(keys))
	b = append(b, '[')
	for i := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = hex.AppendEncode(b, keys[i][:])
		b = append(b, '"')
	}
	return string(append(b, ']'))
}
