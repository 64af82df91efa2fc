package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

const (
	saveWarm = `INSERT INTO warm (tenant, phone, instance, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
	loadWarm = `SELECT w.tenant, w.phone, w.instance, w.since FROM json_each(?) j
		CROSS JOIN warm w ON w.tenant = j.value ->> 0 AND w.phone = j.value ->> 1 AND w.instance = j.value ->> 2`
)

// warm records whom a number knows, unless it does already.
func (t *tx) warm(w campaign.Warm, since time.Time) error {
	if err := t.exec(saveWarm, sqlrecords.WarmValues(nil, w, since)...); err != nil {
		return fmt.Errorf("sqlite: record whom instance %d knows: %w", w.Instance, err)
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
