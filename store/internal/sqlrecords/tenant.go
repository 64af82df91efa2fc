package sqlrecords

import (
	"cmp"
	"database/sql"
	"fmt"
	"math"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Calendar implements campaign.TenantReader.
func (r *Reader) Calendar() (c campaign.Calendar, err error) {
	err = r.rows(`SELECT content, rev FROM calendars WHERE tenant = $1`, func(row *sql.Rows) error {
		var (
			content string
			rev     int64
		)
		if err := row.Scan(&content, &rev); err != nil {
			return err
		}
		c, err = ParseCalendar(content, rev)
		return err
	}, string(r.tenant))
	return c, err
}

// Suppressed implements campaign.TenantReader.
func (r *Reader) Suppressed(keys []campaign.SuppressionKey) ([]bool, error) {
	out := make([]bool, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	found := make(map[campaign.SuppressionKey]bool)
	err := r.rows(`SELECT s.key FROM suppressed s WHERE s.tenant = $1 AND s.key IN (BLOBS($2))`, func(row *sql.Rows) error {
		var key sql.RawBytes
		err := row.Scan(&key)
		found[campaign.SuppressionKey(key)] = true
		return err
	}, string(r.tenant), hexes(keys))
	if err != nil {
		return nil, err
	}
	for i := range keys {
		out[i] = found[keys[i]]
	}
	return out, nil
}

// OptOutLevels implements campaign.TenantReader.
func (r *Reader) OptOutLevels(keys []campaign.SuppressionKey) ([]campaign.Level, error) {
	out := make([]campaign.Level, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	found := make(map[campaign.SuppressionKey]campaign.Level)
	err := r.rows(`SELECT s.key, s.level FROM suppressed s WHERE s.tenant = $1 AND s.key IN (BLOBS($2))`, func(row *sql.Rows) error {
		var (
			key   sql.RawBytes
			level int64
		)
		err := row.Scan(&key, &level)
		found[campaign.SuppressionKey(key)] = campaign.Level(level)
		return err
	}, string(r.tenant), hexes(keys))
	if err != nil {
		return nil, err
	}
	for i := range keys {
		out[i] = found[keys[i]]
	}
	return out, nil
}

// OptOuts implements campaign.TenantReader.
func (r *Reader) OptOuts(q campaign.OptOutQuery) (all []campaign.OptOutRow, err error) {
	before := int64(math.MaxInt64)
	if !q.Before.IsZero() {
		before = Micros(q.Before)
	}
	err = r.rows(`SELECT s.key, s.at, s.level FROM suppressed s WHERE s.tenant = $1 AND (s.at < $2 OR s.at = $2 AND s.key < $3)
		ORDER BY s.at DESC, s.key DESC LIMIT $4`, func(row *sql.Rows) error {
		var (
			key       sql.RawBytes
			at, level int64
		)
		err := row.Scan(&key, &at, &level)
		if err == nil {
			all = append(all, campaign.OptOutRow{Key: campaign.SuppressionKey(key), At: Instant(at), Level: campaign.Level(level)})
		}
		return err
	}, string(r.tenant), before, q.Key[:], cmp.Or(max(q.Limit, 0), 100))
	return all, err
}

const sealColumns = `l.through, l.events, l.prev, l.hash, l.at`

func scanSeal(row Scanner) (s campaign.Seal, err error) {
	var (
		prev, hash []byte
		at         int64
	)
	err = row.Scan(&s.Through, &s.Events, &prev, &hash, &at)
	copy(s.Prev[:], prev)
	copy(s.Hash[:], hash)
	s.At = Instant(at)
	return s, err
}

// Seals implements campaign.TenantReader.
func (r *Reader) Seals(after int64, limit int) (list []campaign.Seal, err error) {
	err = r.rows(`SELECT `+sealColumns+` FROM seals l WHERE l.tenant = $1 AND l.through > $2 ORDER BY l.through LIMIT $3`,
		func(row *sql.Rows) error {
			s, err := scanSeal(row)
			list = append(list, s)
			return err
		}, string(r.tenant), after, int64(campaign.PageLimit(limit)))
	return list, err
}

// LastSeal implements campaign.TenantReader.
func (r *Reader) LastSeal() (s campaign.Seal, err error) {
	err = r.rows(`SELECT `+sealColumns+` FROM seals l WHERE l.tenant = $1 ORDER BY l.through DESC LIMIT 1`,
		func(row *sql.Rows) (err error) { s, err = scanSeal(row); return err }, string(r.tenant))
	return s, err
}

// Seal implements campaign.TenantWriter.
func (w *Writer) Seal(s campaign.Seal) error {
	last, err := w.LastSeal()
	if err != nil {
		return err
	}
	if s.Prev != last.Hash || s.Through <= last.Through {
		return fmt.Errorf("seal through event %d: the log is sealed through %d: %w", s.Through, last.Through, campaign.ErrStale)
	}
	return w.exec(`INSERT INTO seals (tenant, through, events, prev, hash, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		string(w.tenant), s.Through, s.Events, s.Prev[:], s.Hash[:], Micros(s.At))
}

// SaveCalendar implements campaign.TenantWriter.
func (w *Writer) SaveCalendar(c campaign.Calendar) error {
	var n int64
	var err error
	if c.Rev == 1 {
		n, err = w.affect(`INSERT INTO calendars (tenant, rev, content) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO NOTHING`,
			string(w.tenant), c.Rev, mustJSON(c))
	} else {
		n, err = w.affect(`UPDATE calendars SET rev = $2, content = $3 WHERE tenant = $1 AND rev = $2 - 1`,
			string(w.tenant), c.Rev, mustJSON(c))
	}
	if err == nil && n == 0 {
		return fmt.Errorf("calendar: %w", campaign.ErrStale)
	}
	return err
}

// Suppress implements campaign.TenantWriter.
func (w *Writer) Suppress(at time.Time, level campaign.Level, keys ...campaign.SuppressionKey) error {
	for i := range keys {
		err := w.exec(`INSERT INTO suppressed (tenant, key, at, level) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, key) DO UPDATE SET level = excluded.level WHERE suppressed.level < excluded.level`,
			string(w.tenant), keys[i][:], Micros(at), int64(level))
		if err != nil {
			return err
		}
	}
	return nil
}

// Restore implements campaign.TenantWriter.
func (w *Writer) Restore(keys ...campaign.SuppressionKey) error {
	for i := range keys {
		if err := w.exec(`DELETE FROM suppressed WHERE tenant = $1 AND key = $2`, string(w.tenant), keys[i][:]); err != nil {
			return err
		}
	}
	return nil
}

// Record implements campaign.TenantWriter.
func (w *Writer) Record(es ...campaign.Event) error {
	for i := range es {
		e := es[i]
		e.Tenant = w.tenant
		err := w.exec(`INSERT INTO events (tenant, at, type, campaign, position, instance, attempt, message, author, why)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, EventValues(nil, &e)...)
		if err != nil {
			return err
		}
	}
	return nil
}
