package postgres

import (
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// The order in which every transaction of the ledger locks: tenants together,
// then the progress of campaigns by id, then the meters of instances by id,
// then what belongs to them (waiting rows, attempts by phone, results), which
// needs no lock of its own, then the logs of the tenants. Progress stands
// before the meters, so that whoever puts a recipient among the waiting can
// wake every instance of the campaign.
const (
	lockTenantsOf = `SELECT pg_advisory_xact_lock_shared(o.key) FROM (
			SELECT DISTINCT hashtextextended($2::text || n.tenant, 0) AS key FROM (
				SELECT a.tenant FROM attempts a WHERE a.id = ANY($1::bytea[])
				UNION ALL SELECT e.tenant FROM ended e WHERE e.attempt = ANY($1::bytea[])) n
			ORDER BY 1) o`
	tryTenants = `SELECT t FROM unnest($1::text[]) t
		WHERE pg_try_advisory_xact_lock_shared(hashtextextended($2::text || t, 0))`

	jobColumns = sqlrecords.CampaignColumns + `, ` + sqlrecords.ProgressColumns + `, coalesce(k.rev, 0), coalesce(k.content, '')`
	lockJobs   = `SELECT ` + jobColumns + ` FROM progress p JOIN campaigns c ON c.id = p.campaign
		LEFT JOIN calendars k ON k.tenant = c.tenant WHERE p.campaign = ANY(`
	lockJobsIn   = lockJobs + `$1::bigint[]) ORDER BY p.campaign FOR UPDATE OF p`
	lockJobsFree = lockJobsIn + ` SKIP LOCKED`
	lockJobsOf   = lockJobs + `ARRAY(
			SELECT a.campaign FROM attempts a WHERE a.id = ANY($1::bytea[])
			UNION SELECT e.campaign FROM ended e WHERE e.attempt = ANY($1::bytea[]))) ORDER BY p.campaign FOR UPDATE OF p`

	numberColumns = sqlrecords.InstanceColumns + `, ` + sqlrecords.MeterColumns + `, coalesce(m.serves, 0)`
	lockNumbersOf = `SELECT ` + numberColumns + ` FROM meters m JOIN instances i ON i.id = m.instance
		WHERE m.instance = ANY(ARRAY(
			SELECT a.instance FROM attempts a WHERE a.id = ANY($1::bytea[])
			UNION SELECT e.instance FROM ended e WHERE e.attempt = ANY($1::bytea[]))) ORDER BY m.instance FOR UPDATE OF m`

	loadOpen  = `SELECT ` + sqlrecords.AttemptColumns + ` FROM attempts a WHERE a.id = ANY($1::bytea[])`
	loadEnded = `SELECT ` + sqlrecords.ClosedColumns + ` FROM ended e WHERE e.attempt = ANY($1::bytea[])`
	// places are the recipients of attempts. OFFSET 0 keeps the planner from
	// turning the look-up by key round.
	places = `(SELECT a.campaign, a.position FROM attempts a WHERE a.id = ANY($1::bytea[])
			UNION SELECT e.campaign, e.position FROM ended e WHERE e.attempt = ANY($1::bytea[])) n`
	loadPeople = `SELECT r.* FROM ` + places + ` CROSS JOIN LATERAL (SELECT ` + sqlrecords.RecipientColumns + ` FROM recipients r
		WHERE r.campaign = n.campaign AND r.position = n.position OFFSET 0) r`
	loadResults = `SELECT s.* FROM ` + places + ` CROSS JOIN LATERAL (SELECT ` + sqlrecords.ResultColumns + ` FROM results s
		WHERE s.campaign = n.campaign AND s.position = n.position OFFSET 0) s`
	loadWaits = `SELECT w.* FROM ` + places + ` CROSS JOIN LATERAL (SELECT ` + sqlrecords.WaitingColumns + ` FROM waiting w
		WHERE w.campaign = n.campaign AND w.position = n.position OFFSET 0) w`
	loadClaimed = `SELECT c.instance, c.provider_id, c.attempt FROM unnest($1::bytea[], $2::text[]) v (attempt, provider_id)
		CROSS JOIN LATERAL (
			SELECT a.instance FROM attempts a WHERE a.id = v.attempt
			UNION ALL SELECT e.instance FROM ended e WHERE e.attempt = v.attempt) n
		CROSS JOIN LATERAL (SELECT e.instance, e.provider_id, e.attempt FROM ended e
			WHERE e.instance = n.instance AND e.provider_id = v.provider_id AND e.provider_id <> '' OFFSET 0) c`
)

var (
	widthCampaign = width(sqlrecords.CampaignColumns)
	widthProgress = width(sqlrecords.ProgressColumns)
	widthInstance = width(sqlrecords.InstanceColumns)
)

// loader fills the Rows of one transaction of the ledger, and saves them.
type loader struct {
	*tx
	r *campaign.Rows
	// What was loaded, as it is stored: what did not change is not written.
	progress map[campaign.ID][]any
	meters   map[campaign.InstanceID][]any
	wakes    map[campaign.InstanceID]time.Time
}

func newRows(now time.Time) *campaign.Rows {
	return &campaign.Rows{
		Now: now, Jobs: map[campaign.ID]*campaign.Job{}, Numbers: map[campaign.InstanceID]*campaign.Number{},
		Open: map[campaign.AttemptID]*campaign.Attempt{}, Ended: map[campaign.AttemptID]campaign.Closed{},
		People: map[campaign.RecipientID]*campaign.Recipient{}, Claimed: map[campaign.ProviderKey]campaign.AttemptID{},
		Waits: map[campaign.RecipientID]campaign.Waiting{},
	}
}

// job reads a row of jobColumns.
func (l *loader) job(row pgx.Rows) error {
	var (
		j        campaign.Job
		err      error
		calendar string
		rev      int64
	)
	if j.Campaign, err = sqlrecords.ScanCampaign(part{row, 0}); err != nil {
		return err
	}
	if j.Cursor, j.Tally, err = sqlrecords.ScanProgress(part{row, widthCampaign}); err != nil {
		return err
	}
	if err := (part{row, widthCampaign + widthProgress}).Scan(&rev, &calendar); err != nil {
		return err
	}
	if rev != 0 {
		if j.Calendar, err = sqlrecords.ParseCalendar(calendar, rev); err != nil {
			return err
		}
	}
	l.progress[j.Campaign.ID] = sqlrecords.ProgressValues(nil, &j.Cursor, &j.Tally)
	l.r.Jobs[j.Campaign.ID] = &j
	return nil
}

// number reads a row of numberColumns.
func (l *loader) number(row pgx.Rows) error {
	var (
		n   campaign.Number
		err error
	)
	if n.Instance, err = sqlrecords.ScanInstance(part{row, 0}); err != nil {
		return err
	}
	if n.Meter, err = sqlrecords.ScanMeter(part{row, widthInstance}, (*int64)(&n.Serves)); err != nil {
		return err
	}
	l.meters[n.Instance.ID] = sqlrecords.MeterValues(nil, &n.Meter)
	l.wakes[n.Instance.ID] = n.Meter.WakeAt
	l.r.Numbers[n.Instance.ID] = &n
	return nil
}

func (l *loader) open(row pgx.Rows) error {
	a, err := sqlrecords.ScanAttempt(row)
	if err == nil {
		l.r.Open[a.ID] = a
	}
	return err
}

func (l *loader) ended(row pgx.Rows) error {
	c, err := sqlrecords.ScanClosed(row)
	if err == nil {
		l.r.Ended[c.Attempt] = c
	}
	return err
}

// around locks and loads the jobs and numbers of attempts, whose tenants are
// locked.
func (l *loader) around(b *pgx.Batch, ids [][]byte) {
	b.Queue(lockJobsOf, ids).Query(each(l.job))
	b.Queue(lockNumbersOf, ids).Query(each(l.number))
}

// people loads the recipients of attempts.
func (l *loader) people(b *pgx.Batch, ids [][]byte) {
	b.Queue(loadPeople, ids).Query(each(func(row pgx.Rows) error {
		p, err := sqlrecords.ScanRecipient(row)
		if err == nil {
			l.r.People[p.ID] = p
		}
		return err
	}))
	b.Queue(loadResults, ids).Query(each(func(row pgx.Rows) error {
		s, err := sqlrecords.ScanResult(row)
		if err == nil {
			if p := l.r.People[s.ID]; p != nil {
				s.Contact = p.Contact
			}
			l.r.People[s.ID] = s
		}
		return err
	}))
}

// waits loads the waiting rows of the recipients of attempts.
func (l *loader) waits(b *pgx.Batch, ids [][]byte) {
	b.Queue(loadWaits, ids).Query(each(func(row pgx.Rows) error {
		w, err := sqlrecords.ScanWaiting(row)
		l.r.Waits[w.Recipient] = w
		return err
	}))
}

// tenants locks those tenants that no command works on, and tells which.
func (l *loader) tenants(names []campaign.Tenant) (map[campaign.Tenant]bool, error) {
	locked := make(map[campaign.Tenant]bool, len(names))
	b := &pgx.Batch{}
	b.Queue(tryTenants, texts(names), l.s.lock(lockTenant)).Query(each(func(row pgx.Rows) error {
		var t string
		err := row.Scan(&t)
		locked[campaign.Tenant(t)] = true
		return err
	}))
	return locked, l.send(b)
}

func bytesOf(ids []campaign.AttemptID) [][]byte {
	out := make([][]byte, len(ids))
	for i := range ids {
		out[i] = ids[i][:]
	}
	return out
}
