package sqlrecords

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Campaign implements campaign.CampaignReader.
func (r *Reader) Campaign(id campaign.ID) (c campaign.Campaign, err error) {
	err = r.one("campaign "+id.String(), `SELECT `+CampaignColumns+` FROM campaigns c WHERE c.id = $1 AND c.tenant = $2`,
		func(row *sql.Rows) error { c, err = ScanCampaign(row); return err }, int64(id), string(r.tenant))
	return c, err
}

// Campaigns implements campaign.CampaignReader.
func (r *Reader) Campaigns(q campaign.CampaignQuery) (list []campaign.Campaign, err error) {
	before := int64(q.Before)
	if before <= 0 {
		before = 1<<63 - 1
	}
	order := `c.id DESC`
	switch q.Order {
	case campaign.OldestFirst:
		order = `c.id`
	case campaign.ByName:
		order = `c.name_folded, c.id DESC`
	}
	err = r.rows(`SELECT `+CampaignColumns+` FROM campaigns c
		WHERE c.tenant = $1 AND c.id < $2 AND c.id > $8 AND ($3 = 0 OR c.status IN (TEXTS($4))) AND c.name_folded LIKE $5 ESCAPE '!'
		ORDER BY `+order+` LIMIT $6 OFFSET $7`,
		func(row *sql.Rows) error {
			c, err := ScanCampaign(row)
			list = append(list, c)
			return err
		}, string(r.tenant), before, int64(len(q.Status)), Texts(q.Status), contains(fold(q.Search)),
		int64(campaign.PageLimit(q.Limit)), int64(max(q.Skip, 0)), int64(q.After))
	return list, err
}

// CountCampaigns implements campaign.CampaignReader.
func (r *Reader) CountCampaigns(q campaign.CampaignQuery) (n int64, err error) {
	err = r.one("campaigns", `SELECT count(*) FROM campaigns c
		WHERE c.tenant = $1 AND ($2 = 0 OR c.status IN (TEXTS($3))) AND c.name_folded LIKE $4 ESCAPE '!'`,
		func(row *sql.Rows) error { return row.Scan(&n) },
		string(r.tenant), int64(len(q.Status)), Texts(q.Status), contains(fold(q.Search)))
	return n, err
}

// fold is how names are compared.
func fold(s string) string { return strings.ToLower(s) }

// contains is a pattern of LIKE … ESCAPE '!' that finds s anywhere.
func contains(s string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// Books implements campaign.CampaignReader.
func (r *Reader) Books(id campaign.ID) (b campaign.Books, err error) {
	var (
		next int64
		why  string
	)
	err = r.one("campaign "+id.String(), `SELECT `+ProgressColumns+`,
			(SELECT count(*) FROM attempts a WHERE a.campaign = c.id AND a.phase = 'flying'),
			(SELECT count(*) FROM waiting w WHERE w.campaign = c.id),
			coalesce((SELECT min(w.due) FROM waiting w WHERE w.campaign = c.id), 0),
			coalesce((SELECT w.why FROM waiting w WHERE w.campaign = c.id ORDER BY w.due, w.position LIMIT 1), '')
		FROM campaigns c JOIN progress p ON p.campaign = c.id WHERE c.id = $1 AND c.tenant = $2`,
		func(row *sql.Rows) error {
			b.Cursor, b.Tally, err = ScanProgress(row, &b.Flying, &b.Waiting, &next, &why)
			return err
		}, int64(id), string(r.tenant))
	if err != nil {
		return b, err
	}
	b.NextDue = Instant(next)
	if b.NextWhy, err = ParseReason(why); err != nil || b.Waiting == 0 {
		return b, err
	}
	return b, r.lanes(id, &b)
}

// lanes reads who waits in which lane, where anybody waits in one.
func (r *Reader) lanes(id campaign.ID, b *campaign.Books) error {
	return r.rows(`SELECT w.lane, count(*), min(w.due) FROM waiting w WHERE w.campaign = $1 GROUP BY w.lane`, func(row *sql.Rows) error {
		var lane, n, due int64
		err := row.Scan(&lane, &n, &due)
		b.SetLane(campaign.InstanceID(lane), n, Instant(due))
		return err
	}, int64(id))
}

// SaveCampaign implements campaign.CampaignWriter.
func (w *Writer) SaveCampaign(c *campaign.Campaign) error {
	args := []any{string(w.tenant), string(c.Status), c.Rev, fold(c.Name), mustJSON(c.Draft), Micros(c.DueAt), c.Total,
		int64(c.Seed), int64(c.NextMessage), string(c.Cause), Reason(c.Why), Micros(c.CreatedAt), Micros(c.UpdatedAt),
		Micros(c.StartedAt), Micros(c.PausedAt), Micros(c.ResumedAt), Micros(c.EndedAt), mustJSON(c.Fields)}
	if c.ID == 0 {
		err := w.one("campaign", `INSERT INTO campaigns (tenant, status, rev, name_folded, draft, due_at, total, seed, next_message,
				cause, why, created_at, updated_at, started_at, paused_at, resumed_at, ended_at, fields)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id`,
			func(row *sql.Rows) error { return row.Scan((*int64)(&c.ID)) }, args...)
		if err != nil {
			return err
		}
		c.Tenant = w.tenant
		return w.exec(`INSERT INTO progress (campaign) VALUES ($1)`, int64(c.ID))
	}
	n, err := w.affect(`UPDATE campaigns SET status = $2, rev = $3, name_folded = $4, draft = $5, due_at = $6, total = $7,
			seed = $8, next_message = $9, cause = $10, why = $11, created_at = $12, updated_at = $13, started_at = $14,
			paused_at = $15, resumed_at = $16, ended_at = $17, fields = $18
		WHERE tenant = $1 AND id = $19 AND rev = $3 - 1`, append(args, int64(c.ID))...)
	if err != nil || n == 1 {
		return err
	}
	if _, err := w.Campaign(c.ID); err != nil {
		return err
	}
	return fmt.Errorf("campaign %s: %w", c.ID, campaign.ErrStale)
}

// DeleteCampaign implements campaign.CampaignWriter.
func (w *Writer) DeleteCampaign(id campaign.ID) error {
	if err := w.mustExist(id); err != nil {
		return err
	}
	open, err := w.exists(`SELECT 1 FROM attempts WHERE campaign = $1 LIMIT 1`, int64(id))
	if err != nil {
		return err
	}
	if open {
		return fmt.Errorf("campaign %s has sends in flight, or such whose outcome is unknown: settle them first: %w", id, campaign.ErrConflict)
	}
	for _, q := range []string{
		`UPDATE meters SET serves = NULL WHERE serves = $1`,
		`DELETE FROM waiting WHERE campaign = $1`,
		`DELETE FROM progress WHERE campaign = $1`,
		`DELETE FROM results WHERE campaign = $1`,
		`DELETE FROM recipients WHERE campaign = $1`,
		`DELETE FROM campaigns WHERE id = $1`,
	} {
		if err := w.exec(q, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// mustExist is ErrNotFound for a campaign that is not this tenant's.
func (r *Reader) mustExist(id campaign.ID) error {
	return r.one("campaign "+id.String(), `SELECT 1 FROM campaigns WHERE id = $1 AND tenant = $2`,
		func(*sql.Rows) error { return nil }, int64(id), string(r.tenant))
}

// Occupy implements campaign.CampaignWriter.
func (w *Writer) Occupy(id campaign.ID, instances []campaign.InstanceID) error {
	if err := w.mustExist(id); err != nil {
		return err
	}
	serves := make(map[campaign.InstanceID]campaign.ID, len(instances))
	err := w.rows(`SELECT i.id, coalesce(m.serves, 0) FROM instances i JOIN meters m ON m.instance = i.id
		WHERE i.tenant = $1 AND i.id IN (INTS($2))`,
		func(row *sql.Rows) error {
			var i, c int64
			err := row.Scan(&i, &c)
			serves[campaign.InstanceID(i)] = campaign.ID(c)
			return err
		}, string(w.tenant), IDs(instances))
	if err != nil {
		return err
	}
	for _, i := range instances {
		switch c, ok := serves[i]; {
		case !ok:
			return fmt.Errorf("instance %d: %w", i, campaign.ErrNotFound)
		case c != 0 && c != id:
			return &campaign.BusyError{Instance: i, Campaign: c}
		}
	}
	return w.exec(`UPDATE meters SET serves = $1 WHERE instance IN (INTS($2))`, int64(id), IDs(instances))
}

// Vacate implements campaign.CampaignWriter.
func (w *Writer) Vacate(id campaign.ID) error {
	if err := w.mustExist(id); err != nil {
		return err
	}
	return w.exec(`UPDATE meters SET serves = NULL WHERE serves = $1`, int64(id))
}

// Wake implements campaign.InstanceWriter.
func (w *Writer) Wake(id campaign.ID, at time.Time) error {
	if id == 0 {
		return w.exec(`UPDATE meters SET wake_at = $1 WHERE wake_at > $1
			AND instance IN (SELECT i.id FROM instances i WHERE i.tenant = $2)`, Micros(at), string(w.tenant))
	}
	if err := w.mustExist(id); err != nil {
		return err
	}
	return w.exec(`UPDATE meters SET wake_at = $1 WHERE serves = $2 AND wake_at > $1`, Micros(at), int64(id))
}
