package postgres

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

var saveWarm = insert("warm", `tenant text, phone text, instance bigint, since bigint`, "ON CONFLICT DO NOTHING")

const (
	// Who waited for whoever may write to strangers waits for the number that has
	// come to know them. Numbers stand before what waits, as everywhere.
	strangersWait = `SELECT EXISTS (SELECT 1 FROM waiting w WHERE w.lane = -1)`
	lockNumbers   = `SELECT 1 FROM meters m WHERE m.instance = ANY($1::bigint[]) ORDER BY m.instance FOR UPDATE`
	wakeNumbers   = `UPDATE meters m SET wake_at = v.at FROM unnest($1::bigint[], $2::bigint[]) v (instance, at)
		WHERE m.instance = v.instance AND m.wake_at > v.at`
	unaside = `UPDATE waiting w SET lane = v.instance FROM unnest($1::text[], $2::text[], $3::bigint[]) v (tenant, phone, instance)
		JOIN campaigns c ON c.tenant = v.tenant JOIN recipients r ON r.campaign = c.id AND r.phone = v.phone
		WHERE w.lane = -1 AND w.campaign = r.campaign AND w.position = r.position`
	asideOf = `SELECT DISTINCT v.instance FROM unnest($1::text[], $2::text[], $3::bigint[]) v (tenant, phone, instance)
		JOIN campaigns c ON c.tenant = v.tenant JOIN recipients r ON r.campaign = c.id AND r.phone = v.phone
		JOIN waiting w ON w.campaign = r.campaign AND w.position = r.position AND w.lane = -1 ORDER BY 1`

	takeLanes = `SELECT w.due, w.tries, w.generation, w.busy, w.why, w.campaign, w.position, w.phone, w.contact, j.turn
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) j (turn, campaign, lane, n)
		CROSS JOIN LATERAL (SELECT w.due, w.tries, w.generation, w.why, ` + takeBusy + ` AS busy, ` + sqlrecords.RecipientColumns + `
			FROM waiting w JOIN recipients r ON r.campaign = w.campaign AND r.position = w.position
			WHERE w.lane = j.lane AND w.campaign = j.campaign ORDER BY w.due, w.position LIMIT j.n + 1) w`
	takeKnown = `SELECT w.phone, w.instance, w.since, w.tenant FROM unnest($1::text[], $2::text[]) v (tenant, phone)
		CROSS JOIN LATERAL (SELECT w.* FROM warm w WHERE w.tenant = v.tenant AND w.phone = v.phone OFFSET 0) w`
)

const loadWarm = `SELECT w.phone, w.instance, w.since, w.tenant FROM unnest($1::text[], $2::text[], $3::bigint[]) v (tenant, phone, instance)
	CROSS JOIN LATERAL (SELECT w.* FROM warm w WHERE w.tenant = v.tenant AND w.phone = v.phone AND w.instance = v.instance OFFSET 0) w`

func queueWarm(b *pgx.Batch, warmed map[campaign.Warm]time.Time) {
	if len(warmed) == 0 {
		return
	}
	list := sqlrecords.SortedWarm(warmed)
	saveWarm.queue(b, len(list), func(args []any, i int) []any { return sqlrecords.WarmValues(args, list[i], warmed[list[i]]) })
}

// warm loads which of the people in the rows the numbers of their attempts
// know.
func (l *loader) warm() error {
	var (
		tenants, phones []string
		instances       []int64
	)
	for _, c := range l.r.Ended {
		for _, p := range c.Phone.Stored() {
			tenants, phones, instances = append(tenants, string(c.Tenant)), append(phones, string(p)), append(instances, int64(c.Instance))
		}
	}
	if len(phones) == 0 {
		return nil
	}
	l.r.Warm = make(map[campaign.Warm]time.Time, len(phones))
	b := &pgx.Batch{}
	b.Queue(loadWarm, tenants, phones, instances).Query(each(l.knows))
	return l.send(b)
}

// knows reads a row of whom a number knows.
func (l *loader) knows(row pgx.Rows) error {
	var t string
	w, since, err := sqlrecords.ScanWarm(part{row, 0}, "")
	if err == nil {
		err = (part{row, 3}).Scan(&t)
	}
	w.Tenant = campaign.Tenant(t)
	campaign.MarkWarm(l.r.Warm, w, since)
	return err
}

// unaside sends b, and moves the people whom numbers have come to know to their
// lanes.
func (t *tx) unaside(b *pgx.Batch, warmed map[campaign.Warm]time.Time) error {
	waits := false
	b.Queue(strangersWait).Query(each(func(row pgx.Rows) error { return row.Scan(&waits) }))
	if err := t.send(b); err != nil || !waits {
		return err
	}
	var (
		tenants, phones []string
		instances       []int64
		soonest         = make(map[int64]int64)
	)
	for _, w := range sqlrecords.SortedWarm(warmed) {
		at := sqlrecords.Micros(warmed[w])
		for _, p := range w.Phone.Stored() {
			tenants, phones, instances = append(tenants, string(w.Tenant)), append(phones, string(p)), append(instances, int64(w.Instance))
		}
		if old, ok := soonest[int64(w.Instance)]; !ok || at < old {
			soonest[int64(w.Instance)] = at
		}
	}
	var numbers, at []int64
	b = &pgx.Batch{}
	b.Queue(asideOf, tenants, phones, instances).Query(each(func(row pgx.Rows) error {
		var i int64
		err := row.Scan(&i)
		numbers, at = append(numbers, i), append(at, soonest[i])
		return err
	}))
	if err := t.send(b); err != nil || len(numbers) == 0 {
		return err
	}
	b = &pgx.Batch{}
	b.Queue(lockNumbers, numbers)
	b.Queue(wakeNumbers, numbers, at)
	b.Queue(unaside, tenants, phones, instances)
	return t.send(b)
}

// lanes loads, for numbers whose cold lane is shut, who waits for each and more of
// the audience, and for jobs of which one is held, which numbers know the
// candidates.
func (l *loader) lanes(q campaign.TakeQuery) error {
	var (
		turns, campaigns, lanes, most, jobs, want []int64
		open, shut                                = make(map[campaign.ID]bool), make(map[campaign.ID]int)
		all                                       = make(map[int64][]campaign.Candidate)
		held                                      = false
	)
	for i, t := range l.r.Turns {
		c := &t.Number.Meter.Cold
		held = held || !c.Held.IsZero()
		if _, is := c.Shut(q.Now); !is {
			open[t.Number.Serves] = true
			continue
		}
		shut[t.Number.Serves] += len(t.Free)
		n := int64(campaign.Candidates(min(len(t.Free), q.Max)))
		for _, lane := range []int64{0, int64(t.Number.Instance.ID)} {
			turns, campaigns = append(turns, int64(i)), append(campaigns, int64(t.Number.Serves))
			lanes, most = append(lanes, lane), append(most, n)
		}
	}
	if !held {
		return nil
	}
	b := &pgx.Batch{}
	if len(turns) > 0 {
		for id, n := range shut {
			j := l.r.Jobs[id]
			if !open[id] {
				j.Due, j.NextDue = nil, time.Time{}
			}
			j.Ahead = nil
			jobs, want = append(jobs, int64(id)), append(want, int64(campaign.CandidatesAhead(min(n, q.Max))))
		}
		b.Queue(takeLanes, turns, campaigns, lanes, most).Query(each(func(row pgx.Rows) error {
			c, err := scanDue(row)
			var turn int64
			if err == nil {
				err = (part{row, 9}).Scan(&turn)
			}
			all[turn] = append(all[turn], c)
			return err
		}))
		b.Queue(takeAhead, jobs, want).Query(each(l.ahead))
		if err := l.send(b); err != nil {
			return err
		}
		for i, t := range l.r.Turns {
			if list := all[int64(i)]; len(list) > 0 {
				t.Due, t.NextDue = sqlrecords.MergeDue(list, q.Now, campaign.Candidates(min(len(t.Free), q.Max)))
			}
		}
	}
	return l.known()
}

// known loads which numbers know the candidates of jobs of which a number's cold
// lane is held.
func (l *loader) known() error {
	var tenants, phones []string
	for _, t := range l.r.Turns {
		if t.Number.Meter.Cold.Held.IsZero() {
			continue
		}
		for _, list := range [][]campaign.Candidate{t.Due, t.Job.Due, t.Job.Ahead} {
			for i := range list {
				for _, p := range list[i].Recipient.Contact.Phone.Stored() {
					tenants, phones = append(tenants, string(t.Job.Campaign.Tenant)), append(phones, string(p))
				}
			}
		}
	}
	if len(phones) == 0 {
		return nil
	}
	if l.r.Warm == nil {
		l.r.Warm = make(map[campaign.Warm]time.Time)
	}
	b := &pgx.Batch{}
	b.Queue(takeKnown, tenants, phones).Query(each(l.knows))
	return l.send(b)
}
