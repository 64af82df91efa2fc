package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

// loader fills the Rows of one transaction of the ledger.
type loader struct {
	s *Store
	t *tx
	r *campaign.Rows
}

// ledger runs one transaction: load, decide, save.
func (s *Store) ledger(ctx context.Context, now time.Time, load func(*loader) error, decide func(*campaign.Rows)) (*campaign.Rows, error) {
	r := newRows(now)
	err := s.writer.do(ctx, func(t *tx) error {
		if err := load(&loader{s, t, r}); err != nil {
			return err
		}
		decide(r)
		return t.save(r)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

const (
	loadJobs = `SELECT c.id, c.rev, coalesce(k.rev, 0), c.tenant, ` + sqlrecords.ProgressColumns + `
		FROM json_each(?) j CROSS JOIN campaigns c ON c.id = j.value CROSS JOIN progress p ON p.campaign = c.id
		LEFT JOIN calendars k ON k.tenant = c.tenant`
	loadCampaign = `SELECT ` + sqlrecords.CampaignColumns + ` FROM campaigns c WHERE c.id = ?`
	loadCalendar = `SELECT content FROM calendars WHERE tenant = ?`
	loadNumbers  = `SELECT m.instance, coalesce(m.serves, 0), i.rev, ` + sqlrecords.MeterColumns + `
		FROM json_each(?) j CROSS JOIN meters m ON m.instance = j.value CROSS JOIN instances i ON i.id = m.instance`
	loadInstance = `SELECT ` + sqlrecords.InstanceColumns + ` FROM instances i WHERE i.id = ?`
	loadOpen     = `SELECT ` + sqlrecords.AttemptColumns + ` FROM json_each(?) j CROSS JOIN attempts a ON a.id = unhex(j.value)`
	loadEnded    = `SELECT ` + sqlrecords.ClosedColumns + ` FROM json_each(?) j CROSS JOIN ended e ON e.attempt = unhex(j.value)`
	loadPeople   = `SELECT ` + sqlrecords.RecipientColumns + ` FROM json_each(?) j
		CROSS JOIN recipients r ON r.campaign = j.value >> 32 AND r.position = j.value & 0xffffffff`
	loadResults = `SELECT ` + sqlrecords.ResultColumns + ` FROM json_each(?) j
		CROSS JOIN results s ON s.campaign = j.value >> 32 AND s.position = j.value & 0xffffffff`
	loadWaits = `SELECT ` + sqlrecords.WaitingColumns + ` FROM json_each(?) j
		CROSS JOIN waiting w ON w.campaign = j.value >> 32 AND w.position = j.value & 0xffffffff`
	loadClaimed = `SELECT e.instance, e.provider_id, e.attempt FROM json_each(?) j
		CROSS JOIN ended e INDEXED BY ended_provider_id
		ON e.instance = j.value ->> 0 AND e.provider_id = j.value ->> 1 AND e.provider_id <> ''`
)

// set is a list of keys without repetition, in the order of their first use.
type set[K comparable] struct {
	has  map[K]struct{}
	list []K
}

func (s *set[K]) add(k K) {
	if _, ok := s.has[k]; ok {
		return
	}
	if s.has == nil {
		s.has = make(map[K]struct{})
	}
	s.has[k] = struct{}{}
	s.list = append(s.list, k)
}

// jobs loads campaigns with their progress and their tenant's calendar.
func (l *loader) jobs(ids []campaign.ID) error {
	if len(ids) == 0 {
		return nil
	}
	type stale struct {
		job                *campaign.Job
		rev, calendar      int64
		tenant             campaign.Tenant
		needRow, needDates bool
	}
	var jobs []stale
	err := l.t.query(loadJobs, func(row *sql.Rows) error {
		var (
			id       int64
			rev, cal int64
			tenant   string
			err      error
		)
		j := &campaign.Job{}
		j.Cursor, j.Tally, err = sqlrecords.ScanProgress(head{row, []any{&id, &rev, &cal, &tenant}})
		if err != nil {
			return err
		}
		l.r.Jobs[campaign.ID(id)] = j
		c, ok := l.s.known.campaigns[campaign.ID(id)]
		k, dated := l.s.known.calendars[campaign.Tenant(tenant)]
		j.Campaign, j.Campaign.ID, j.Calendar = c, campaign.ID(id), k
		jobs = append(jobs, stale{job: j, rev: rev, calendar: cal, tenant: campaign.Tenant(tenant),
			needRow: !ok || c.Rev != rev, needDates: cal != k.Rev || (cal != 0 && !dated)})
		return nil
	}, sqlrecords.IDs(ids))
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.needRow {
			if err := l.campaign(j.job); err != nil {
				return err
			}
		}
		if j.needDates {
			if err := l.calendar(j.job, j.tenant, j.calendar); err != nil {
				return err
			}
		}
		j.job.Campaign, j.job.Calendar = cloneCampaign(j.job.Campaign), j.job.Calendar.Clone()
	}
	return nil
}

func (l *loader) campaign(j *campaign.Job) error {
	return l.t.query(loadCampaign, func(row *sql.Rows) (err error) {
		if j.Campaign, err = sqlrecords.ScanCampaign(row); err == nil {
			remember(l.s.known.campaigns, j.Campaign.ID, cloneCampaign(j.Campaign))
		}
		return err
	}, int64(j.Campaign.ID))
}

func (l *loader) calendar(j *campaign.Job, tenant campaign.Tenant, rev int64) error {
	j.Calendar = campaign.Calendar{}
	err := l.t.query(loadCalendar, func(row *sql.Rows) (err error) {
		var content string
		if err := row.Scan(&content); err != nil {
			return err
		}
		j.Calendar, err = sqlrecords.ParseCalendar(content, rev)
		return err
	}, string(tenant))
	if err == nil {
		remember(l.s.known.calendars, tenant, j.Calendar.Clone())
	}
	return err
}

// numbers loads instances with their meters.
func (l *loader) numbers(ids []campaign.InstanceID) error {
	if len(ids) == 0 {
		return nil
	}
	var all []*due
	err := l.t.query(loadNumbers, func(row *sql.Rows) error {
		d, err := scanNumber(row)
		all = append(all, d)
		return err
	}, sqlrecords.IDs(ids))
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := l.instance(d); err != nil {
			return err
		}
	}
	return nil
}

// due is a number whose instance is still to be looked up.
type due struct {
	number *campaign.Number
	rev    int64
}

// scanNumber reads instance, campaign, revision and the meter.
func scanNumber(row *sql.Rows) (*due, error) {
	var (
		d   due
		id  int64
		err error
	)
	n := &campaign.Number{}
	n.Meter, err = sqlrecords.ScanMeter(head{row, []any{&id, (*int64)(&n.Serves), &d.rev}})
	n.Instance.ID, d.number = campaign.InstanceID(id), n
	return &d, err
}

// instance completes a number and puts it into the rows.
func (l *loader) instance(d *due) error {
	id := d.number.Instance.ID
	i, ok := l.s.known.instances[id]
	if !ok || i.Rev != d.rev {
		err := l.t.query(loadInstance, func(row *sql.Rows) (err error) {
			i, err = sqlrecords.ScanInstance(row)
			return err
		}, int64(id))
		if err != nil {
			return err
		}
		remember(l.s.known.instances, id, cloneInstance(i))
	}
	d.number.Instance = cloneInstance(i)
	l.r.Numbers[id] = d.number
	return nil
}

// open loads the open attempts among ids.
func (l *loader) open(ids []campaign.AttemptID) error {
	return l.t.query(loadOpen, func(row *sql.Rows) error {
		a, err := sqlrecords.ScanAttempt(row)
		if err == nil {
			l.r.Open[a.ID] = a
		}
		return err
	}, hexes(ids))
}

// ended loads the closed attempts among ids.
func (l *loader) ended(ids []campaign.AttemptID) error {
	if len(ids) == 0 {
		return nil
	}
	return l.t.query(loadEnded, func(row *sql.Rows) error {
		c, err := sqlrecords.ScanClosed(row)
		if err == nil {
			l.r.Ended[c.Attempt] = c
		}
		return err
	}, hexes(ids))
}

// people loads recipients with what became of them. Their jobs are loaded
// already, but for those of campaigns that were deleted.
func (l *loader) people(ids []campaign.RecipientID) error {
	if len(ids) == 0 {
		return nil
	}
	var rest []campaign.RecipientID
	for _, id := range ids {
		if l.r.Jobs[id.Campaign] == nil {
			continue // what is kept of it may be older than its end
		}
		if c, ok := l.s.ahead.contact(id); ok {
			l.r.People[id] = &campaign.Recipient{ID: id, Contact: c.Clone(), Generation: 1}
		} else {
			rest = append(rest, id)
		}
	}
	if len(rest) > 0 {
		err := l.t.query(loadPeople, func(row *sql.Rows) error {
			p, err := sqlrecords.ScanRecipient(row)
			if err == nil {
				l.r.People[p.ID] = p
			}
			return err
		}, keys(rest))
		if err != nil {
			return err
		}
	}
	return l.t.query(loadResults, func(row *sql.Rows) error {
		s, err := sqlrecords.ScanResult(row)
		if err == nil {
			s.Contact = l.r.People[s.ID].Contact
			l.r.People[s.ID] = s
		}
		return err
	}, keys(ids))
}

// waits loads the waiting rows of recipients.
func (l *loader) waits(ids []campaign.RecipientID) error {
	if len(ids) == 0 {
		return nil
	}
	return l.t.query(loadWaits, func(row *sql.Rows) error {
		w, err := sqlrecords.ScanWaiting(row)
		if err == nil {
			l.r.Waits[w.Recipient] = w
		}
		return err
	}, keys(ids))
}

func (l *loader) claimed(keys []campaign.ProviderKey) error {
	if len(keys) == 0 {
		return nil
	}
	return l.t.query(loadClaimed, func(row *sql.Rows) error {
		var (
			k  campaign.ProviderKey
			id []byte
			a  campaign.AttemptID
		)
		if err := row.Scan((*int64)(&k.Instance), &k.ID, &id); err != nil {
			return err
		}
		copy(a[:], id)
		l.r.Claimed[k] = a
		return nil
	}, providerKeys(keys))
}

// around loads the jobs and the numbers of the attempts in the rows.
func (l *loader) around() error {
	var (
		jobs    set[campaign.ID]
		numbers set[campaign.InstanceID]
	)
	for _, a := range l.r.Open {
		jobs.add(a.Recipient.Campaign)
		numbers.add(a.Instance)
	}
	for _, c := range l.r.Ended {
		jobs.add(c.Recipient.Campaign)
		numbers.add(c.Instance)
	}
	if err := l.jobs(jobs.list); err != nil {
		return err
	}
	return l.numbers(numbers.list)
}

// head scans some columns before those of a scanner of sqlrecords.
type head struct {
	row   sqlrecords.Scanner
	first []any
}

// Scan implements sqlrecords.Scanner.
func (h head) Scan(dest ...any) error { return h.row.Scan(append(h.first, dest...)...) }

// hexes is a JSON array of attempt ids in hexadecimal.
func hexes(ids []campaign.AttemptID) string {
	b := make([]byte, 0, 2+35*len(ids))
	b = append(b, '[')
	for i := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = hex.AppendEncode(b, ids[i][:])
		b = append(b, '"')
	}
	return string(append(b, ']'))
}

// keys is a JSON array of campaign and position in one integer each, which SQL
// takes apart faster than anything else. There are fewer than 2³¹ campaigns,
// and fewer than 2³² people in one.
func keys(ids []campaign.RecipientID) string {
	b := make([]byte, 0, 2+20*len(ids))
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id.Campaign)<<32|id.Position, 10)
	}
	return string(append(b, ']'))
}

// providerKeys is a JSON array of [instance, provider id].
func providerKeys(keys []campaign.ProviderKey) string {
	list := make([][2]any, len(keys))
	for i, k := range keys {
		list[i] = [2]any{int64(k.Instance), k.ID}
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // integers and strings always have JSON
	}
	return string(b)
}

func newRows(now time.Time) *campaign.Rows {
	return &campaign.Rows{
		Now: now, Jobs: map[campaign.ID]*campaign.Job{}, Numbers: map[campaign.InstanceID]*campaign.Number{},
		Open: map[campaign.AttemptID]*campaign.Attempt{}, Ended: map[campaign.AttemptID]campaign.Closed{},
		People: map[campaign.RecipientID]*campaign.Recipient{}, Claimed: map[campaign.ProviderKey]campaign.AttemptID{},
		Waits: map[campaign.RecipientID]campaign.Waiting{},
	}
}
