package sqlrecords

import (
	"context"

	"github.com/alreasense/campaigns/campaign"
)

// mostTended bounds the segments that one change of contacts makes.
const mostTended = 3

// tend makes the segments that a change of contacts has made necessary, each in
// a transaction of its own. The change is stored whatever becomes of them: they
// are made after a later one, and until then a search takes longer.
func (c *Contacts) tend(ctx context.Context, due bool) {
	for i := 0; due && i < mostTended; i++ {
		err := c.write(ctx, func(w *Writer) (err error) {
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
