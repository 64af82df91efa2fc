package sqlrecords

import (
	"database/sql"
	"fmt"

	"github.com/alreasense/campaigns/campaign"
)

const numberQuery = `SELECT ` + InstanceColumns + ` FROM instances i WHERE i.tenant = $1`

// Number implements campaign.InstanceReader.
func (r *Reader) Number(id campaign.InstanceID) (n campaign.Number, err error) {
	err = r.one(fmt.Sprintf("instance %d", id), `SELECT `+InstanceColumns+` FROM instances i WHERE i.id = $1 AND i.tenant = $2`,
		func(row *sql.Rows) error { n.Instance, err = ScanInstance(row); return err }, int64(id), string(r.tenant))
	if err != nil {
		return n, err
	}
	err = r.one(fmt.Sprintf("instance %d", id), `SELECT `+MeterColumns+`, coalesce(m.serves, 0) FROM meters m WHERE m.instance = $1`,
		func(row *sql.Rows) error { n.Meter, err = ScanMeter(row, (*int64)(&n.Serves)); return err }, int64(id))
	return n, err
}

// Numbers implements campaign.InstanceReader.
func (r *Reader) Numbers() (list []campaign.Number, err error) {
	err = r.rows(numberQuery+` ORDER BY i.id`, func(row *sql.Rows) error {
		i, err := ScanInstance(row)
		list = append(list, campaign.Number{Instance: i})
		return err
	}, string(r.tenant))
	if err != nil {
		return nil, err
	}
	k := 0
	err = r.rows(`SELECT `+MeterColumns+`, coalesce(m.serves, 0), i.id FROM instances i JOIN meters m ON m.instance = i.id
		WHERE i.tenant = $1 ORDER BY i.id`, func(row *sql.Rows) error {
		var id int64
		n := &list[k]
		m, err := ScanMeter(row, (*int64)(&n.Serves), &id)
		n.Meter = m
		k++
		return err
	}, string(r.tenant))
	return list, err
}

// SaveInstance implements campaign.InstanceWriter.
func (w *Writer) SaveInstance(i *campaign.Instance) error {
	args := []any{string(w.tenant), i.Name, i.Gateway, i.Remote, i.Phone, mustJSON(i.Pace), Micros(i.Since), i.Zone,
		string(i.Connection), Micros(i.ConnectionAt), i.Rev, Micros(i.CreatedAt), Micros(i.UpdatedAt), Bool(i.Default),
		i.Identity.Endpoint, string(i.Identity.Phone), Reason(i.Suspended)}
	if i.ID == 0 {
		err := w.one("instance", `INSERT INTO instances (tenant, name, gateway, remote, phone, pace, since, zone, connection,
				connection_at, rev, created_at, updated_at, standard, endpoint, owner, suspended)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id`,
			func(row *sql.Rows) error { return row.Scan((*int64)(&i.ID)) }, args...)
		if err != nil {
			return err
		}
		i.Tenant = w.tenant
		return w.exec(`INSERT INTO meters (instance) VALUES ($1)`, int64(i.ID))
	}
	n, err := w.affect(`UPDATE instances SET name = $2, gateway = $3, remote = $4, phone = $5, pace = $6, since = $7, zone = $8,
			connection = $9, connection_at = $10, rev = $11, created_at = $12, updated_at = $13, standard = $14,
			endpoint = $15, owner = $16, suspended = $17
		WHERE tenant = $1 AND id = $18 AND rev = $11 - 1`, append(args, int64(i.ID))...)
	if err != nil || n == 1 {
		return err
	}
	if _, err := w.Number(i.ID); err != nil {
		return err
	}
	return fmt.Errorf("instance %d: %w", i.ID, campaign.ErrStale)
}

// DeleteInstance implements campaign.InstanceWriter.
func (w *Writer) DeleteInstance(id campaign.InstanceID) error {
	n, err := w.Number(id)
	if err != nil {
		return err
	}
	if n.Serves != 0 {
		return fmt.Errorf("instance %d serves campaign %s: pause or cancel that one first: %w", id, n.Serves, campaign.ErrConflict)
	}
	open, err := w.exists(`SELECT 1 FROM attempts WHERE instance = $1 LIMIT 1`, int64(id))
	if err != nil {
		return err
	}
	if open {
		return fmt.Errorf("instance %d has sends in flight, or such whose outcome is unknown: settle them first: %w", id, campaign.ErrConflict)
	}
	for _, query := range []string{`DELETE FROM warm WHERE instance = $1`, `DELETE FROM meters WHERE instance = $1`} {
		if err := w.exec(query, int64(id)); err != nil {
			return err
		}
	}
	return w.exec(`DELETE FROM instances WHERE id = $1`, int64(id))
}

// AmendMeter implements campaign.InstanceWriter.
func (w *Writer) AmendMeter(id campaign.InstanceID, f func(*campaign.Meter)) error {
	n, err := w.Number(id)
	if err != nil {
		return err
	}
	f(&n.Meter)
	return w.exec(`UPDATE meters SET pace_until = $1, wake_at = $2, why = $3, last_start = $4, hour = $5, day = $6, in_hour = $7,
		in_day = $8, in_row = $9, held = $10, held_until = $11, holds = $12, errors = $13, unacked = $14, acked_at = $15, cold = $16,
		cold_until = $17, cold_holds = $18, cold_errors = $19 WHERE instance = $20`,
		append(MeterValues(nil, &n.Meter), int64(id))...)
}
