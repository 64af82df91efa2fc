package postgres

import (
	"cmp"
	"context"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// Every statement of the take finds its rows by an index whose entries are
// read in order, so its cost does not grow with the ledger.
const (
	takeDue = `SELECT m.instance, m.serves, c.tenant FROM meters m JOIN campaigns c ON c.id = m.serves AND c.status = 'active'
		WHERE m.serves IS NOT NULL AND m.wake_at <= $1 AND c.tenant <> ALL($3::text[])
		ORDER BY m.wake_at, m.instance LIMIT $2`
	// What was due before the tenants were locked is asked once more.
	takeNumbers = `SELECT ` + numberColumns + ` FROM meters m JOIN instances i ON i.id = m.instance
		JOIN campaigns c ON c.id = m.serves AND c.status = 'active'
		WHERE m.instance = ANY($1::bigint[]) AND m.serves = ANY($2::bigint[]) AND m.wake_at <= $3
		ORDER BY m.instance FOR UPDATE OF m SKIP LOCKED`
	takeSlots = `SELECT a.instance, a.slot FROM attempts a WHERE a.instance = ANY($1::bigint[]) AND a.phase = 'flying'`

	takeBusy = `EXISTS (SELECT 1 FROM attempts a WHERE a.phone = r.phone AND a.held = 1)`
	// Each job asks for its own number of candidates, and one more of those who
	// wait, to know when that one is due.
	takeWaiting = `SELECT w.due, w.tries, w.generation, w.busy, w.why, w.campaign, w.position, w.phone, w.contact
		FROM unnest($1::bigint[], $2::bigint[]) j (campaign, n)
		CROSS JOIN LATERAL (SELECT w.due, w.tries, w.generation, w.why, ` + takeBusy + ` AS busy, ` + sqlrecords.RecipientColumns + `
			FROM waiting w JOIN recipients r ON r.campaign = w.campaign AND r.position = w.position
			WHERE w.campaign = j.campaign AND w.due <= $3 ORDER BY w.due, w.position LIMIT j.n + 1) w
		ORDER BY w.campaign, w.due, w.position`
	takeNextDue = `SELECT j.campaign, w.due FROM unnest($1::bigint[]) j (campaign)
		CROSS JOIN LATERAL (SELECT w.due FROM waiting w WHERE w.campaign = j.campaign AND w.due > $2 ORDER BY w.due LIMIT 1) w`
	takeAhead = `SELECT r.busy, r.campaign, r.position, r.phone, r.contact
		FROM unnest($1::bigint[], $2::bigint[]) j (campaign, n) JOIN progress p ON p.campaign = j.campaign
		CROSS JOIN LATERAL (SELECT ` + takeBusy + ` AS busy, ` + sqlrecords.RecipientColumns + ` FROM recipients r
			WHERE r.campaign = j.campaign AND r.position > p.position ORDER BY r.position LIMIT j.n) r
		ORDER BY r.campaign, r.position`
	takeSuppressed = `SELECT s.tenant, s.key FROM unnest($1::text[], $2::bytea[]) j (tenant, key)
		CROSS JOIN LATERAL (SELECT s.tenant, s.key FROM suppressed s WHERE s.tenant = j.tenant AND s.key = j.key OFFSET 0) s`
)

// takeRounds is how often a take looks further after tenants with a command
// under way have filled what it looked at.
const takeRounds = 4

// Take implements campaign.Ledger.
func (s *Store) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, q.Now, func(l *loader) error { return l.take(q) }, plan)
}

func (l *loader) take(q campaign.TakeQuery) error {
	if q.Max <= 0 {
		return nil
	}
	due, err := l.due(q)
	if err != nil || len(due) == 0 {
		return err
	}
	var (
		numbers []int64
		jobs    set[int64]
		most    = make(map[int64]int)
	)
	for _, d := range due {
		numbers = append(numbers, d.instance)
		jobs.add(d.campaign)
		most[d.campaign] += q.Slots
	}
	want := make([]int64, len(jobs.list))
	for i, id := range jobs.list {
		want[i] = int64(campaign.Candidates(min(most[id], q.Max)))
	}
	lock := lockJobsIn
	if !l.patient {
		lock = lockJobsFree
	}
	used := make(map[campaign.InstanceID]map[int]bool)
	b := &pgx.Batch{}
	b.Queue(lock, jobs.list).Query(each(l.job))
	b.Queue(takeNumbers, numbers, jobs.list, sqlrecords.Micros(q.Now)).Query(each(l.number))
	b.Queue(takeSlots, numbers).Query(each(func(row pgx.Rows) error {
		var (
			id   campaign.InstanceID
			slot int
		)
		err := row.Scan((*int64)(&id), &slot)
		if used[id] == nil {
			used[id] = make(map[int]bool)
		}
		used[id][slot] = true
		return err
	}))
	l.candidates(b, q, jobs.list, want)
	if err := l.send(b); err != nil {
		return err
	}
	l.turns(q, used)
	if err := l.lanes(q); err != nil {
		return err
	}
	return l.suppressed(q)
}

// due is an instance whose turn may have come.
type due struct {
	instance, campaign int64
	tenant             campaign.Tenant
}

// due finds the instances that are due, of tenants that it has locked.
func (l *loader) due(q campaign.TakeQuery) ([]due, error) {
	var (
		list   []due
		passed = []string{}
		mine   = make(map[campaign.Tenant]bool)
	)
	for range takeRounds {
		var names set[campaign.Tenant]
		list = nil
		b := &pgx.Batch{}
		b.Queue(takeDue, sqlrecords.Micros(q.Now), int64(q.Max), passed).Query(each(func(row pgx.Rows) error {
			var d due
			err := row.Scan(&d.instance, &d.campaign, (*string)(&d.tenant))
			list = append(list, d)
			if !mine[d.tenant] {
				names.add(d.tenant)
			}
			return err
		}))
		if err := l.send(b); err != nil {
			return nil, err
		}
		if len(names.list) > 0 {
			locked, err := l.tenants(names.list)
			if err != nil {
				return nil, err
			}
			for _, t := range names.list {
				if locked[t] {
					mine[t] = true
				} else {
					passed = append(passed, string(t))
				}
			}
		}
		full := len(list) == q.Max
		before := len(list)
		list = slices.DeleteFunc(list, func(d due) bool { return !mine[d.tenant] })
		if !full || len(list) == before {
			break
		}
	}
	return list, nil
}

// candidates loads who may be chosen, more than are needed.
func (l *loader) candidates(b *pgx.Batch, q campaign.TakeQuery, jobs, want []int64) {
	b.Queue(takeWaiting, jobs, want, sqlrecords.Micros(q.Now)).Query(each(func(row pgx.Rows) error {
		c, err := scanDue(row)
		if j := l.r.Jobs[c.Recipient.ID.Campaign]; j != nil {
			j.Due = append(j.Due, c)
		}
		return err
	}))
	b.Queue(takeNextDue, jobs, sqlrecords.Micros(q.Now)).Query(each(func(row pgx.Rows) error {
		var id, at int64
		err := row.Scan(&id, &at)
		if j := l.r.Jobs[campaign.ID(id)]; j != nil {
			j.NextDue = sqlrecords.Instant(at)
		}
		return err
	}))
	b.Queue(takeAhead, jobs, want).Query(each(l.ahead))
}

// ahead reads a row of takeAhead.
func (l *loader) ahead(row pgx.Rows) error {
	var (
		c   campaign.Candidate
		err error
		p   *campaign.Recipient
	)
	if p, err = sqlrecords.ScanRecipient(part{row, 1}); err != nil {
		return err
	}
	c.Recipient = *p
	if err := (part{row, 0}).Scan(&c.Busy); err != nil {
		return err
	}
	if j := l.r.Jobs[p.ID.Campaign]; j != nil {
		j.Ahead = append(j.Ahead, c)
	}
	return nil
}

// scanDue reads a row of takeWaiting or takeLanes.
func scanDue(row pgx.Rows) (c campaign.Candidate, err error) {
	var (
		at  int64
		why string
	)
	p, err := sqlrecords.ScanRecipient(part{row, 5})
	if err != nil {
		return c, err
	}
	c.Recipient, c.Waiting = *p, true
	if err := (part{row, 0}).Scan(&at, &c.Recipient.Tries, &c.Recipient.Generation, &c.Busy, &why); err != nil {
		return c, err
	}
	c.Recipient.Due = sqlrecords.Instant(at)
	c.Recipient.Why, err = sqlrecords.ParseReason(why)
	return c, err
}

// turns makes the turns of the instances that were locked, until they can use
// q.Max, and leaves each job the candidates that they need.
func (l *loader) turns(q campaign.TakeQuery, used map[campaign.InstanceID]map[int]bool) {
	numbers := make([]*campaign.Number, 0, len(l.r.Numbers))
	for _, n := range l.r.Numbers {
		numbers = append(numbers, n)
	}
	slices.SortFunc(numbers, func(a, b *campaign.Number) int {
		return cmp.Or(a.Meter.WakeAt.Compare(b.Meter.WakeAt), cmp.Compare(a.Instance.ID, b.Instance.ID))
	})
	clear(l.r.Numbers)
	all := l.r.Jobs
	l.r.Jobs = make(map[campaign.ID]*campaign.Job, len(all))
	room := q.Max
	want := make(map[campaign.ID]int)
	for _, n := range numbers {
		j := all[n.Serves]
		if j == nil { // somebody else works on the campaign
			continue
		}
		if room <= 0 {
			break
		}
		t := &campaign.Turn{Number: n, Job: j}
		for slot := range q.Slots {
			if !used[n.Instance.ID][slot] {
				t.Free = append(t.Free, slot)
			}
		}
		room -= len(t.Free)
		want[n.Serves] += len(t.Free)
		l.r.Turns = append(l.r.Turns, t)
		l.r.Numbers[n.Instance.ID], l.r.Jobs[n.Serves] = n, j
	}
	for id, j := range l.r.Jobs {
		n := campaign.Candidates(min(want[id], q.Max))
		if len(j.Due) > n {
			j.NextDue = j.Due[n].Recipient.Due
			j.Due = j.Due[:n:n]
		}
		j.Ahead = j.Ahead[:min(len(j.Ahead), n-len(j.Due))]
	}
}

// suppressed marks the candidates who have opted out.
func (l *loader) suppressed(q campaign.TakeQuery) error {
	if q.Keys == nil {
		return nil
	}
	type mark struct {
		tenant campaign.Tenant
		key    campaign.SuppressionKey
	}
	var (
		names []string
		keys  [][]byte
		where = make(map[mark][]*campaign.Candidate)
	)
	add := func(t campaign.Tenant, list []campaign.Candidate) {
		for i := range list {
			for _, k := range q.Keys(t, list[i].Recipient.Contact.Phone) {
				m := mark{t, k}
				if where[m] == nil {
					names, keys = append(names, string(m.tenant)), append(keys, bytesOfKey(m.key))
				}
				where[m] = append(where[m], &list[i])
			}
		}
	}
	for _, t := range l.r.Turns {
		add(t.Job.Campaign.Tenant, t.Due)
	}
	for _, j := range l.r.Jobs {
		add(j.Campaign.Tenant, j.Due)
		add(j.Campaign.Tenant, j.Ahead)
	}
	if len(keys) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	b.Queue(takeSuppressed, names, keys).Query(each(func(row pgx.Rows) error {
		var (
			t   string
			raw []byte
		)
		if err := row.Scan(&t, &raw); err != nil {
			return err
		}
		for _, c := range where[mark{campaign.Tenant(t), campaign.SuppressionKey(raw)}] {
			c.Suppressed = true
		}
		return nil
	}))
	return l.send(b)
}

func bytesOfKey(k campaign.SuppressionKey) []byte { return k[:] }
