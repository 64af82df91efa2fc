package sqlrecords

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Recipient implements campaign.AudienceReader.
func (r *Reader) Recipient(id campaign.RecipientID) (campaign.Recipient, error) {
	list, err := r.derived(id.Campaign, []int64{id.Position})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("recipient %s: %w", id, campaign.ErrNotFound)
	}
	if err != nil {
		return campaign.Recipient{}, err
	}
	return list[0], nil
}

// derived reads recipients by position, with what their open attempts and
// waiting rows say of them.
func (r *Reader) derived(id campaign.ID, positions []int64) (list []campaign.Recipient, err error) {
	var status campaign.Status
	found, err := false, r.rows(`SELECT status FROM campaigns WHERE id = $1 AND tenant = $2`,
		func(row *sql.Rows) error { return row.Scan((*string)(&status)) }, int64(id), string(r.tenant))
	if found = status != ""; err != nil || !found {
		return nil, err
	}
	in := IDs(positions)
	open := make(map[int64]*campaign.Attempt)
	err = r.rows(`SELECT `+AttemptColumns+` FROM attempts a WHERE a.campaign = $1 AND a.position IN (INTS($2))`,
		func(row *sql.Rows) error {
			a, err := ScanAttempt(row)
			if err == nil {
				open[a.Recipient.Position] = a
			}
			return err
		}, int64(id), in)
	if err != nil {
		return nil, err
	}
	waits := make(map[int64]*campaign.Waiting)
	err = r.rows(`SELECT `+WaitingColumns+` FROM waiting w WHERE w.campaign = $1 AND w.position IN (INTS($2))`,
		func(row *sql.Rows) error {
			w, err := ScanWaiting(row)
			waits[w.Recipient.Position] = &w
			return err
		}, int64(id), in)
	if err != nil {
		return nil, err
	}
	results := make(map[int64]*campaign.Recipient)
	err = r.rows(`SELECT `+ResultColumns+` FROM results s WHERE s.campaign = $1 AND s.position IN (INTS($2))`,
		func(row *sql.Rows) error {
			s, err := ScanResult(row)
			if err == nil {
				results[s.ID.Position] = s
			}
			return err
		}, int64(id), in)
	if err != nil {
		return nil, err
	}
	err = r.rows(`SELECT `+RecipientColumns+` FROM recipients r WHERE r.campaign = $1 AND r.position IN (INTS($2)) ORDER BY r.position`,
		func(row *sql.Rows) error {
			p, err := ScanRecipient(row)
			if err != nil {
				return err
			}
			if s := results[p.ID.Position]; s != nil {
				s.Contact = p.Contact
				p = s
			}
			p.Derive(status, open[p.ID.Position], waits[p.ID.Position])
			list = append(list, *p)
			return nil
		}, int64(id), in)
	return list, err
}

// The positions of the recipients in each state, by rising position after $2.
// What is pending stands ahead of the cursor or among the waiting; what is
// settled has its state in its row, unless a new generation is under way. Where
// a page is a few of many, results are looked up for each and never joined: a
// plan that joins them reads those of the whole campaign.
const (
	positionsAll     = `SELECT r.position FROM recipients r WHERE r.campaign = $1 AND r.position > $2 ORDER BY r.position LIMIT $3`
	positionsPhase   = `SELECT a.position FROM attempts a WHERE a.campaign = $1 AND a.position > $2 AND a.phase = $4 ORDER BY a.position LIMIT $3`
	positionsSettled = `SELECT s.position FROM results s WHERE s.campaign = $1 AND s.state = $4 AND s.position > $2
		AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.campaign = s.campaign AND a.position = s.position)
		ORDER BY s.position LIMIT $3`
	positionsAhead = `SELECT r.position FROM recipients r WHERE r.campaign = $1 AND r.position > $2
		AND (SELECT s.position FROM results s WHERE s.campaign = r.campaign AND s.position = r.position AND s.state <> '') IS NULL
		ORDER BY r.position LIMIT $3`
	positionsWaiting = `SELECT w.position FROM waiting w WHERE w.campaign = $1 AND w.position > $2
		AND (SELECT s.position FROM results s WHERE s.campaign = w.campaign AND s.position = w.position AND s.state <> '') IS NULL
		ORDER BY w.position LIMIT $3`
	positionsResponded = `SELECT s.position FROM results s%s WHERE s.campaign = $1 AND s.position > $2 AND s.responded_at <> 0
		ORDER BY s.position LIMIT $3`
	// A send that is proven unsent after the campaign was cancelled leaves a
	// recipient behind the cursor with an ended attempt and nothing else.
	positionsLeft = `SELECT DISTINCT e.position FROM ended e WHERE e.campaign = $1 AND e.position > $2 AND e.outcome <> 'accepted'
		AND NOT EXISTS (SELECT 1 FROM results s WHERE s.campaign = e.campaign AND s.position = e.position AND s.state <> '')
		AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.campaign = e.campaign AND a.position = e.position)
		ORDER BY e.position LIMIT $3`
)

// Recipients implements campaign.AudienceReader.
func (r *Reader) Recipients(q campaign.RecipientQuery) ([]campaign.Recipient, error) {
	limit := campaign.PageLimit(q.Limit)
	if q.Responded {
		return r.responded(q, limit)
	}
	if len(q.States) == 0 {
		list, err := r.positions(nil, positionsAll, q.Campaign, q.After, limit)
		if err != nil {
			return nil, err
		}
		return r.derived(q.Campaign, list)
	}
	var (
		list []int64
		err  error
	)
	for _, s := range q.States {
		switch s {
		case campaign.Sending:
			list, err = r.positions(list, positionsPhase, q.Campaign, q.After, limit, string(campaign.Flying))
		case campaign.Unknown:
			list, err = r.positions(list, positionsPhase, q.Campaign, q.After, limit, string(campaign.Lost))
		case campaign.Pending, campaign.Dropped:
			list, err = r.nobodys(list, q, s, limit)
		default:
			list, err = r.positions(list, positionsSettled, q.Campaign, q.After, limit, string(s))
		}
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return r.derived(q.Campaign, list[:min(limit, len(list))])
}

// responded reads on among those who answered until a page is full.
func (r *Reader) responded(q campaign.RecipientQuery, limit int) (out []campaign.Recipient, err error) {
	query := fmt.Sprintf(positionsResponded, r.d.by("results_responded"))
	for {
		list, err := r.positions(nil, query, q.Campaign, q.After, limit)
		if err != nil {
			return nil, err
		}
		people, err := r.derived(q.Campaign, list)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			if len(q.States) > 0 && !slices.Contains(q.States, p.State) || p.RespondedAt.IsZero() {
				continue
			}
			if out = append(out, p); len(out) == limit {
				return out, nil
			}
		}
		if len(list) < limit {
			return out, nil
		}
		q.After = list[len(list)-1]
	}
}

// nobodys finds the pending or cancelled, who have no open attempt: the same
// people, by the status of the campaign.
func (r *Reader) nobodys(list []int64, q campaign.RecipientQuery, s campaign.State, limit int) ([]int64, error) {
	if s == campaign.Dropped {
		var err error
		if list, err = r.positions(list, positionsSettled, q.Campaign, q.After, limit, string(s)); err != nil {
			return nil, err
		}
	}
	var (
		status campaign.Status
		cursor int64
	)
	err := r.rows(`SELECT c.status, p.position FROM campaigns c JOIN progress p ON p.campaign = c.id WHERE c.id = $1 AND c.tenant = $2`,
		func(row *sql.Rows) error { return row.Scan((*string)(&status), &cursor) }, int64(q.Campaign), string(r.tenant))
	if err != nil || status == "" || (status == campaign.Cancelled) != (s == campaign.Dropped) {
		return list, err
	}
	if list, err = r.positions(list, positionsAhead, q.Campaign, max(q.After, cursor), limit); err != nil {
		return nil, err
	}
	if list, err = r.positions(list, positionsWaiting, q.Campaign, q.After, limit); err != nil || s == campaign.Pending {
		return list, err
	}
	return r.positions(list, positionsLeft, q.Campaign, q.After, limit)
}

func (r *Reader) positions(list []int64, query string, id campaign.ID, after int64, limit int, more ...any) ([]int64, error) {
	err := r.rows(query, func(row *sql.Rows) error {
		var p int64
		err := row.Scan(&p)
		list = append(list, p)
		return err
	}, append([]any{int64(id), after, int64(limit)}, more...)...)
	return list, err
}

// Flights implements campaign.AudienceReader.
func (r *Reader) Flights(id campaign.ID) (list []campaign.Attempt, err error) {
	err = r.rows(`SELECT `+AttemptColumns+` FROM attempts a WHERE a.campaign = $1 AND a.tenant = $2 ORDER BY a.taken_at, a.position`,
		func(row *sql.Rows) error {
			a, err := ScanAttempt(row)
			if err == nil {
				list = append(list, *a)
			}
			return err
		}, int64(id), string(r.tenant))
	return list, err
}

// Hours implements campaign.AudienceReader.
func (r *Reader) Hours(id campaign.ID, types []campaign.EventType) (list []campaign.HourCount, err error) {
	if err := r.mustExist(id); err != nil {
		return nil, err
	}
	query := `SELECT h.hour, h.type, h.instance, h.message, h.count FROM event_hours h
		WHERE h.campaign = $1 AND h.tenant = $2 AND h.type IN (TEXTS($3)) ORDER BY 1, 2, 3, 4`
	if slices.Contains(types, campaign.EventTaken) { // those are not counted as they come
		query = `SELECT v.at - v.at % 3600000000, v.type, v.instance, v.message, count(*) FROM events v
			WHERE v.campaign = $1 AND v.tenant = $2 AND v.type IN (TEXTS($3)) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`
	}
	err = r.rows(query,
		func(row *sql.Rows) error {
			var h campaign.HourCount
			var at int64
			err := row.Scan(&at, (*string)(&h.Type), (*int64)(&h.Instance), (*int)(&h.Message), &h.Count)
			h.Hour = Instant(at)
			list = append(list, h)
			return err
		}, int64(id), string(r.tenant), Texts(types))
	return list, err
}

// History implements campaign.AudienceReader.
func (r *Reader) History(id campaign.ID, after, through int64) (list []campaign.Closed, err error) {
	// Each half has an index of its own.
	err = r.rows(`SELECT * FROM (
			SELECT `+ClosedColumns+`, e.seq AS n FROM ended e
			WHERE e.campaign = $1 AND e.position > $2 AND e.position <= $3 AND e.outcome = 'accepted' AND e.tenant = $4
			UNION ALL
			SELECT `+ClosedColumns+`, e.seq AS n FROM ended e
			WHERE e.campaign = $1 AND e.position > $2 AND e.position <= $3 AND e.outcome <> 'accepted' AND e.tenant = $4
		) AS both_halves ORDER BY position, n`,
		func(row *sql.Rows) error {
			var seq int64
			c, err := ScanClosed(row, &seq)
			list = append(list, c)
			return err
		}, int64(id), after, through, string(r.tenant))
	return list, err
}

// Enlist implements campaign.CampaignWriter.
func (w *Writer) Enlist(id campaign.ID, total int64, people []contact.Contact) ([]bool, error) {
	if err := w.mustExist(id); err != nil {
		return nil, err
	}
	var last int64
	err := w.rows(`SELECT coalesce(max(position), 0) FROM recipients WHERE campaign = $1`,
		func(row *sql.Rows) error { return row.Scan(&last) }, int64(id))
	if err != nil {
		return nil, err
	}
	if last != total {
		return nil, fmt.Errorf("campaign %s has %d recipients, not %d: read it again: %w", id, last, total, campaign.ErrConflict)
	}
	phones := make([]contact.Phone, len(people))
	for i := range people {
		phones[i] = people[i].Phone
	}
	known := make(map[contact.Phone]bool, len(people))
	err = w.rows(`SELECT x.phone FROM `+w.d.byPhone("recipients", "campaign"), func(row *sql.Rows) error {
		var p string
		err := row.Scan(&p)
		known[contact.Phone(p)] = true
		return err
	}, int64(id), Texts(phones))
	if err != nil {
		return nil, err
	}
	added := make([]bool, len(people))
	var fresh []int
	for i, p := range phones {
		if !known[p] {
			known[p], added[i] = true, true
			fresh = append(fresh, i)
		}
	}
	_, err = w.insert(insertRecipients, len(fresh), func(args []any, i int) []any {
		p := people[fresh[i]]
		return append(args, int64(id), last+int64(i)+1, string(p.Phone), Person(p))
	}, nil)
	if err != nil {
		return nil, err
	}
	return added, nil
}

var insertRecipients = Insert{Table: "recipients", Columns: "campaign bigint, position bigint, phone text, contact text"}
