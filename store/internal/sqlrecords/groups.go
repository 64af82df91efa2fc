package sqlrecords

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
)

const groupColumns = `g.id, g.name, g.description, g.size, g.created_at, g.updated_at`

func scanGroup(row Scanner) (g contact.Group, err error) {
	var created, updated int64
	err = row.Scan(&g.ID, &g.Name, &g.Description, &g.Size, &created, &updated)
	g.CreatedAt, g.UpdatedAt = Instant(created), Instant(updated)
	return g, err
}

// groupBy reads the group that a condition names; ID 0 when there is none.
func (r *Reader) groupBy(where string, arg any) (g contact.Group, err error) {
	err = r.rows(`SELECT `+groupColumns+` FROM contact_groups g WHERE g.tenant = $1 AND `+where,
		func(row *sql.Rows) error { g, err = scanGroup(row); return err }, string(r.tenant), arg)
	return g, err
}

func (r *Reader) group(id int64) (contact.Group, error) {
	g, err := r.groupBy(`g.id = $2`, id)
	if err == nil && g.ID == 0 {
		err = fmt.Errorf("group %d: %w", id, contact.ErrNotFound)
	}
	return g, err
}

// freeName is a *contact.DuplicateError if another group than id has a name.
func (r *Reader) freeName(name string, id int64) error {
	other, err := r.groupBy(`g.name_folded = $2`, contact.Fold(name))
	if err == nil && other.ID != 0 && other.ID != id {
		err = &contact.DuplicateError{Field: "name", ID: other.ID}
	}
	return err
}

// CreateGroup implements contact.Groups.
func (c *Contacts) CreateGroup(ctx context.Context, now time.Time, g contact.Group) (contact.Group, error) {
	if err := g.Validate(); err != nil {
		return contact.Group{}, err
	}
	err := c.write(ctx, func(w *Writer) error {
		if err := w.freeName(g.Name, 0); err != nil {
			return err
		}
		g.Size, g.CreatedAt, g.UpdatedAt = 0, Instant(Micros(now)), Instant(Micros(now))
		return w.one("group", `INSERT INTO contact_groups (tenant, name, name_folded, description, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, func(row *sql.Rows) error { return row.Scan(&g.ID) },
			string(c.tenant), g.Name, contact.Fold(g.Name), g.Description, Micros(now), Micros(now))
	})
	if err != nil {
		return contact.Group{}, err
	}
	return g, nil
}

// Group implements contact.Groups.
func (c *Contacts) Group(ctx context.Context, id int64) (g contact.Group, err error) {
	err = c.read(ctx, func(r *Reader) error { g, err = r.group(id); return err })
	return g, err
}

// UpdateGroup implements contact.Groups.
func (c *Contacts) UpdateGroup(ctx context.Context, now time.Time, id int64, edit func(*contact.Group) error) (g contact.Group, err error) {
	err = c.write(ctx, func(w *Writer) error {
		old, err := w.group(id)
		if err != nil {
			return err
		}
		g = old
		if err := edit(&g); err != nil {
			return err
		}
		if err := g.Validate(); err != nil {
			return err
		}
		if err := w.freeName(g.Name, id); err != nil {
			return err
		}
		g.ID, g.Size, g.CreatedAt, g.UpdatedAt = id, old.Size, old.CreatedAt, Instant(Micros(now))
		return w.exec(`UPDATE contact_groups SET name = $1, name_folded = $2, description = $3, updated_at = $4 WHERE id = $5`,
			g.Name, contact.Fold(g.Name), g.Description, Micros(now), id)
	})
	if err != nil {
		return contact.Group{}, err
	}
	return g, nil
}

// DeleteGroup implements contact.Groups.
func (c *Contacts) DeleteGroup(ctx context.Context, id int64) error {
	return c.write(ctx, func(w *Writer) error {
		if _, err := w.group(id); err != nil {
			return err
		}
		if err := w.exec(`DELETE FROM contact_members WHERE team = $1`, id); err != nil {
			return err
		}
		return w.exec(`DELETE FROM contact_groups WHERE id = $1`, id)
	})
}

// Groups implements contact.Groups.
func (c *Contacts) Groups(ctx context.Context, page contact.Page) (list []contact.Group, err error) {
	err = c.read(ctx, func(r *Reader) error {
		return r.rows(`SELECT `+groupColumns+` FROM contact_groups g WHERE g.tenant = $1 AND g.id > $2 ORDER BY g.id LIMIT $3`,
			func(row *sql.Rows) error {
				g, err := scanGroup(row)
				list = append(list, g)
				return err
			}, string(c.tenant), page.After, int64(page.Size()))
	})
	return list, err
}

var insertMembers = Insert{Table: "contact_members", Columns: "team bigint, contact bigint", Known: "team, contact"}

// AddMembers implements contact.Members.
func (c *Contacts) AddMembers(ctx context.Context, _ time.Time, group int64, contacts []int64) (added int64, err error) {
	ids := slices.Compact(slices.Sorted(slices.Values(contacts)))
	err = c.run.Join(ctx, func(db DB) error {
		w := c.d.Writer(ctx, db, c.tenant)
		added = 0
		if _, err := w.group(group); err != nil {
			return err
		}
		known := 0
		err := w.rows(`SELECT count(*) FROM contacts c WHERE c.tenant || '' = $1 AND c.id IN (INTS($2))`, // by their ids, whatever is known of the tenant
			func(row *sql.Rows) error { return row.Scan(&known) }, string(c.tenant), IDs(ids))
		if err != nil {
			return err
		}
		if known != len(ids) {
			return fmt.Errorf("%w: %w", errNobody, contact.ErrNotFound)
		}
		added, err = w.insert(insertMembers, len(ids), func(args []any, i int) []any { return append(args, group, ids[i]) }, nil)
		if err != nil || added == 0 {
			return err
		}
		return w.exec(`UPDATE contact_groups SET size = size + $1 WHERE id = $2`, added, group)
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// RemoveMembers implements contact.Members.
func (c *Contacts) RemoveMembers(ctx context.Context, _ time.Time, group int64, contacts []int64) (removed int64, err error) {
	err = c.write(ctx, func(w *Writer) error {
		if _, err := w.group(group); err != nil {
			return err
		}
		if removed, err = w.affect(`DELETE FROM contact_members WHERE team = $1 AND contact IN (INTS($2))`, group, IDs(contacts)); err != nil {
			return err
		}
		return w.exec(`UPDATE contact_groups SET size = size - $1 WHERE id = $2`, removed, group)
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

// GroupsOf implements contact.Members.
func (c *Contacts) GroupsOf(ctx context.Context, id int64) (list []contact.Group, err error) {
	err = c.read(ctx, func(r *Reader) error {
		if _, err := r.contact(id); err != nil {
			return err
		}
		return r.rows(`SELECT `+groupColumns+` FROM contact_members m JOIN contact_groups g ON g.id = m.team
			WHERE m.contact = $1 AND g.tenant = $2 ORDER BY g.id`, func(row *sql.Rows) error {
			g, err := scanGroup(row)
			list = append(list, g)
			return err
		}, id, string(c.tenant))
	})
	return list, err
}
