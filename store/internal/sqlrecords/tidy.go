package sqlrecords

import (
	"context"
	"database/sql"

	"github.com/alreasense/campaigns/campaign"
)

// mostTended bounds the segments that one change of contacts makes.
const mostTended = 3

// tend makes the segments that a change of contacts has made necessary, each in
// a transaction of its own. The change is stored whatever becomes of them: they
// are made after a later one, and until then a search takes longer.
func (c *Contacts) tend(ctx context.Context, due bool) {
	for i := 0; due && i < mostTended; i++ {
		err := c.store(ctx, func(w *Writer) (err error) {
			if err = w.tend(); err == nil {
				due, err = w.untended(lastID)
			}
			return err
		})
		if err != nil {
			return
		}
	}
}

// Tidy makes all segments of the tenant that are missing, and those anew that
// hold grams of people who are gone.
func (c *Contacts) Tidy(ctx context.Context) error {
	due, gone := false, int64(0)
	look := func(r *Reader) (err error) {
		if due, err = r.untended(lastID); err == nil {
			gone, err = r.number(changedGone, string(r.tenant))
		}
		return err
	}
	if err := c.read(ctx, look); err != nil {
		return err
	}
	for due || gone != 0 {
		err := c.write(ctx, func(w *Writer) (err error) {
			if due {
				err = w.tend()
			} else {
				err = w.remakeOf(gone)
			}
			if err != nil {
				return err
			}
			return look(&w.Reader)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tenantsOfContacts steps from tenant to tenant.
const tenantsOfContacts = `WITH RECURSIVE t (tenant) AS (
		SELECT min(tenant) FROM contacts
		UNION ALL
		SELECT (SELECT min(c.tenant) FROM contacts c WHERE c.tenant > t.tenant) FROM t WHERE t.tenant IS NOT NULL
	) SELECT tenant FROM t WHERE tenant IS NOT NULL`

// TenantsOfContacts lists the tenants that have contacts.
func TenantsOfContacts(ctx context.Context, db DB) (names []campaign.Tenant, err error) {
	rows, err := db.QueryContext(ctx, tenantsOfContacts)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		names = append(names, campaign.Tenant(t))
	}
	return names, rows.Err()
}

// changedGone is somebody of a segment who is gone, unless this program has
// taken them out of it.
const changedGone = `SELECT d.contact FROM contact_changed d WHERE d.tenant = $1
	AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.id = d.contact) LIMIT 1`

// remakeOf makes the segment of a contact anew.
func (w *Writer) remakeOf(id int64) error {
	list, err := w.segments(id-1, 1)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return w.exec(`DELETE FROM contact_changed WHERE tenant = $1 AND contact = $2`, string(w.tenant), id)
	}
	after, err := w.number(`SELECT coalesce(max(g.through), 0) FROM contact_segments g WHERE g.tenant = $1 AND g.through < $2`,
		string(w.tenant), list[0].through)
	if err != nil {
		return err
	}
	return w.remake(after, list[0])
}

// forget takes a contact that is still there out of its segment, so that nothing
// tells what its text was.
func (w *Writer) forget(id int64) error {
	list, err := w.segments(id-1, 1)
	if err != nil || len(list) == 0 {
		return err
	}
	place, ok := list[0].placeOf(id)
	if !ok {
		return nil
	}
	changed, err := w.changedIn(id-1, id)
	if err != nil {
		return err
	}
	query, args := gramRows, []any{list[0].id}
	if len(changed) == 0 { // else what the text was is not known any more
		var all []gram
		err := w.rows(textsIn, func(row *sql.Rows) error {
			var (
				id   int64
				text string
			)
			err := row.Scan(&id, &text)
			gramsOf(text, func(g gram) { all = append(all, g) })
			return err
		}, string(w.tenant), id-1, id, int64(1))
		if err != nil {
			return err
		}
		query, args = query+` AND p.gram IN (INTS($2))`, append(args, IDs(all))
	}
	return w.unplace(list[0], place, query, args)
}

const gramRows = `SELECT p.gram, p.places FROM contact_grams p WHERE p.segment = $1`

// unplace takes a place out of rows of a segment.
func (w *Writer) unplace(s segment, place int, query string, args []any) error {
	type row struct {
		gram gram
		list []byte
	}
	var rows []row
	err := w.rows(query, func(r *sql.Rows) error {
		var (
			g int64
			b sql.RawBytes
		)
		if err := r.Scan(&g, &b); err != nil {
			return err
		}
		p := newPlaces(s.size)
		if p.union(b, s.size); !p.has(place) {
			return nil
		}
		p.remove(place)
		var list []uint16
		p.each(func(i int) { list = append(list, uint16(i)) })
		x := row{gram: gram(g)}
		if len(list) > 0 {
			x.list = appendPlaces(nil, list, s.size)
		}
		rows = append(rows, x)
		return nil
	}, args...)
	if err != nil {
		return err
	}
	for _, x := range rows {
		if x.list == nil {
			err = w.exec(`DELETE FROM contact_grams WHERE segment = $1 AND gram = $2`, s.id, int64(x.gram))
		} else {
			err = w.exec(`UPDATE contact_grams SET places = $3 WHERE segment = $1 AND gram = $2`, s.id, int64(x.gram), x.list)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
