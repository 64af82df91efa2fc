package sqlrecords

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Runner runs transactions.
type Runner interface {
	// Read runs f with one snapshot.
	Read(ctx context.Context, f func(DB) error) error
	// Write runs f and commits if it returns nil.
	Write(ctx context.Context, f func(DB) error) error
}

// Crowd runs transactions of a tenant's contacts, groups and members. Its Write
// keeps out all others that change any of them.
type Crowd interface {
	Runner
	// Store is a Write that takes nobody away and changes no membership: a Join
	// may run beside it.
	Store(ctx context.Context, f func(DB) error) error
	// Join is a Write that adds members to a group and nothing else.
	Join(ctx context.Context, f func(DB) error) error
}

// Contacts are the contacts and groups of one tenant.
type Contacts struct {
	d      *Dialect
	run    Crowd
	tenant campaign.Tenant
}

var (
	_ contact.Store  = (*Contacts)(nil)
	_ contact.Holder = (*Contacts)(nil)
)

// Contacts keeps t's people in transactions of run.
func (d *Dialect) Contacts(run Crowd, t campaign.Tenant) *Contacts { return &Contacts{d, run, t} }

// Hold implements contact.Holder.
func (c *Contacts) Hold() time.Duration { return c.d.Hold }

func (c *Contacts) read(ctx context.Context, f func(*Reader) error) error {
	return c.run.Read(ctx, func(db DB) error { return f(c.d.Reader(ctx, db, c.tenant)) })
}

func (c *Contacts) write(ctx context.Context, f func(*Writer) error) error {
	return c.run.Write(ctx, func(db DB) error { return f(c.d.Writer(ctx, db, c.tenant)) })
}

// store is a write that takes nobody away and changes no membership.
func (c *Contacts) store(ctx context.Context, f func(*Writer) error) error {
	return c.run.Store(ctx, func(db DB) error { return f(c.d.Writer(ctx, db, c.tenant)) })
}

const contactColumns = `c.id, c.phone, c.content, c.created_at, c.updated_at`

func scanContact(row Scanner) (contact.Contact, error) {
	var (
		id, created, updated int64
		phone, content       string
	)
	if err := row.Scan(&id, &phone, &content, &created, &updated); err != nil {
		return contact.Contact{}, err
	}
	c, err := ParsePerson(content, phone)
	c.ID, c.CreatedAt, c.UpdatedAt = id, Instant(created), Instant(updated)
	return c, err
}

// contactBy reads the contact that a condition names; ID 0 when there is none.
func (r *Reader) contactBy(where string, arg any) (c contact.Contact, err error) {
	err = r.rows(`SELECT `+contactColumns+` FROM contacts c WHERE c.tenant = $1 AND `+where,
		func(row *sql.Rows) error { c, err = scanContact(row); return err }, string(r.tenant), arg)
	return c, err
}

func (r *Reader) contact(id int64) (contact.Contact, error) {
	c, err := r.contactBy(`c.id = $2`, id)
	if err == nil && c.ID == 0 {
		err = fmt.Errorf("contact %d: %w", id, contact.ErrNotFound)
	}
	return c, err
}

// CreateContact implements contact.Book.
func (c *Contacts) CreateContact(ctx context.Context, now time.Time, p contact.Contact) (contact.Contact, error) {
	if err := p.Validate(); err != nil {
		return contact.Contact{}, err
	}
	p = p.Clone()
	due := false
	err := c.write(ctx, func(w *Writer) error {
		old, err := w.contactBy(`c.phone = $2`, string(p.Phone))
		switch {
		case err != nil:
			return err
		case old.ID != 0:
			return &contact.DuplicateError{Field: "phone", ID: old.ID}
		}
		if err := w.insertContact(now, &p); err != nil {
			return err
		}
		due, err = w.sometimesUntended(p.ID)
		return err
	})
	if err != nil {
		return contact.Contact{}, err
	}
	c.tend(ctx, due)
	return p, nil
}

// sometimesUntended is untended for the change of one contact: it is asked of
// one in 64, or as many as a segment has.
func (r *Reader) sometimesUntended(id int64) (bool, error) {
	if id%int64(min(64, r.d.segment())) != 0 {
		return false, nil
	}
	return r.untended(id)
}

// insertContact stores a new contact and gives it its ID and its times.
func (w *Writer) insertContact(now time.Time, p *contact.Contact) error {
	p.ID, p.CreatedAt, p.UpdatedAt = 0, Instant(Micros(now)), Instant(Micros(now))
	err := w.one("contact", `INSERT INTO contacts (tenant, phone, active, search, content, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
		func(row *sql.Rows) error { return row.Scan(&p.ID) },
		string(w.tenant), string(p.Phone), Bool(p.Active), p.SearchKey(), content(*p), Micros(now), Micros(now))
	if err != nil {
		return err
	}
	return w.tag(p.ID, nil, p.Tags)
}

// content is what the columns of a contact do not hold.
func content(p contact.Contact) string {
	p.ID, p.CreatedAt, p.UpdatedAt = 0, time.Time{}, time.Time{}
	return Person(p)
}

// replaceContact stores another content for old.
func (w *Writer) replaceContact(now time.Time, old contact.Contact, p *contact.Contact) error {
	p.ID, p.CreatedAt, p.UpdatedAt = old.ID, old.CreatedAt, Instant(Micros(now))
	err := w.exec(`UPDATE contacts SET phone = $3, active = $4, search = $5, content = $6, updated_at = $7
		WHERE tenant = $1 AND id = $2`,
		string(w.tenant), p.ID, string(p.Phone), Bool(p.Active), p.SearchKey(), content(*p), Micros(now))
	if err != nil {
		return err
	}
	return w.tag(p.ID, old.Tags, p.Tags)
}

// tag brings the rows that a contact is found by from one set of tags to
// another. Both are sorted.
func (w *Writer) tag(id int64, old, now []string) error {
	for len(old) > 0 || len(now) > 0 {
		switch {
		case len(now) == 0 || len(old) > 0 && old[0] < now[0]:
			if err := w.exec(`DELETE FROM contact_tags WHERE tenant = $1 AND tag = $2 AND contact = $3`, string(w.tenant), old[0], id); err != nil {
				return err
			}
			old = old[1:]
		case len(old) == 0 || now[0] < old[0]:
			if err := w.exec(`INSERT INTO contact_tags (tenant, tag, contact) VALUES ($1, $2, $3)`, string(w.tenant), now[0], id); err != nil {
				return err
			}
			now = now[1:]
		default:
			old, now = old[1:], now[1:]
		}
	}
	return nil
}

// UpdateContact implements contact.Book.
func (c *Contacts) UpdateContact(ctx context.Context, now time.Time, id int64, edit func(*contact.Contact) error) (p contact.Contact, err error) {
	due := false
	err = c.write(ctx, func(w *Writer) error {
		old, err := w.contact(id)
		if err != nil {
			return err
		}
		p = old.Clone()
		if err := edit(&p); err != nil {
			return err
		}
		p = p.Clone()
		if err := p.Validate(); err != nil {
			return err
		}
		if p.Phone != old.Phone {
			other, err := w.contactBy(`c.phone = $2`, string(p.Phone))
			switch {
			case err != nil:
				return err
			case other.ID != 0:
				return &contact.DuplicateError{Field: "phone", ID: other.ID}
			}
		}
		if err := w.replaceContact(now, old, &p); err != nil {
			return err
		}
		due, err = w.sometimesUntended(id)
		return err
	})
	if err != nil {
		return contact.Contact{}, err
	}
	c.tend(ctx, due)
	return p, nil
}

// DeleteContact implements contact.Book.
func (c *Contacts) DeleteContact(ctx context.Context, id int64) error {
	return c.write(ctx, func(w *Writer) error {
		if _, err := w.contact(id); err != nil {
			return err
		}
		return w.dropContact(id)
	})
}

// dropContact removes a contact of the tenant, with its tags and memberships,
// and what it was found by: this first, while it is known what that is.
func (w *Writer) dropContact(id int64) error {
	if err := w.forget(id); err != nil {
		return err
	}
	for _, q := range []string{
		`UPDATE contact_groups SET size = size - 1 WHERE id IN (SELECT team FROM contact_members WHERE contact = $1)`,
		`DELETE FROM contact_members WHERE contact = $1`,
		`DELETE FROM contact_tags WHERE contact = $1`,
		`DELETE FROM contacts WHERE id = $1`,
	} {
		if err := w.exec(q, id); err != nil {
			return err
		}
	}
	return w.exec(`DELETE FROM contact_changed WHERE tenant = $1 AND contact = $2`, string(w.tenant), id)
}

// Contact implements contact.Finder.
func (c *Contacts) Contact(ctx context.Context, id int64) (p contact.Contact, err error) {
	err = c.read(ctx, func(r *Reader) error { p, err = r.contact(id); return err })
	return p, err
}

// ContactByPhone implements contact.Finder.
func (c *Contacts) ContactByPhone(ctx context.Context, phone contact.Phone) (p contact.Contact, err error) {
	err = c.read(ctx, func(r *Reader) error {
		p, err = r.contactBy(`c.phone = $2`, string(phone))
		if err == nil && p.ID == 0 {
			return fmt.Errorf("no contact has this phone: %w", contact.ErrNotFound)
		}
		return err
	})
	return p, err
}

// Contacts implements contact.Finder.
func (c *Contacts) Contacts(ctx context.Context, f contact.Filter, page contact.Page) (list []contact.Contact, err error) {
	err = c.read(ctx, func(r *Reader) error {
		return r.find(contactColumns, f.Normal(), page.After, page.Size(), func(row *sql.Rows) error {
			p, err := scanContact(row)
			list = append(list, p)
			return err
		})
	})
	return list, err
}

// CountContacts implements contact.Finder.
func (c *Contacts) CountContacts(ctx context.Context, f contact.Filter, most int64) (n contact.Count, err error) {
	err = c.read(ctx, func(r *Reader) (err error) { n, err = r.countContacts(f.Normal(), most); return err })
	return n, err
}

// Tags implements contact.Finder.
func (c *Contacts) Tags(ctx context.Context) ([]contact.TagCount, error) {
	list := []contact.TagCount{}
	err := c.read(ctx, func(r *Reader) error {
		return r.rows(`SELECT z.tag, z.size FROM contact_tag_sizes z WHERE z.tenant = $1 AND z.size > 0 ORDER BY z.tag`, func(row *sql.Rows) error {
			var n contact.TagCount
			err := row.Scan(&n.Tag, &n.Count)
			list = append(list, n)
			return err
		}, string(c.tenant))
	})
	return list, err
}

// errNobody is for ids that are no contact of the tenant.
var errNobody = errors.New("one of the contacts does not exist")
