package sqlrecords

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// UpsertContacts implements contact.Book.
func (c *Contacts) UpsertContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	return c.upsert(ctx, now, cs, true)
}

// AddContacts implements contact.Book.
func (c *Contacts) AddContacts(ctx context.Context, now time.Time, cs []contact.Contact) ([]contact.Upserted, error) {
	return c.upsert(ctx, now, cs, false)
}

func (c *Contacts) upsert(ctx context.Context, now time.Time, cs []contact.Contact, merge bool) (out []contact.Upserted, err error) {
	due := false
	err = c.store(ctx, func(w *Writer) error {
		u := upsert{w: w, now: now, people: make(map[contact.Phone]*upserted, len(cs)), faults: make([]error, len(cs))}
		if err := u.load(cs); err != nil {
			return err
		}
		out = make([]contact.Upserted, len(cs))
		for i := range cs {
			if out[i] = u.put(i, cs[i], merge); out[i].Err == nil {
				continue
			}
			out[i].Outcome = contact.Rejected
		}
		if err := u.save(); err != nil {
			return err
		}
		for _, p := range u.created {
			for _, i := range p.at {
				out[i].ID = p.now.ID
			}
		}
		highest := int64(0)
		for _, p := range u.created {
			highest = max(highest, p.now.ID)
		}
		if len(u.created)+len(u.updated) > 0 {
			due, err = w.untended(highest)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c.tend(ctx, due)
	return out, nil
}

// upsert is one batch: what is known of its people is read at once, merged
// here, and written at once.
type upsert struct {
	w       *Writer
	now     time.Time
	people  map[contact.Phone]*upserted
	faults  []error     // of the contacts as they came
	created []*upserted // in the order of the batch
	updated []*upserted
}

// upserted is a person of the batch: as stored, and as they will be.
type upserted struct {
	old, now contact.Contact // old.ID is 0 if they are new
	changed  bool
	at       []int // their places in the batch, if they are new
}

func (u *upsert) load(cs []contact.Contact) error {
	phones := make([]contact.Phone, 0, len(cs))
	for i := range cs {
		if u.faults[i] = cs[i].Validate(); u.faults[i] == nil {
			phones = append(phones, cs[i].Phone)
		}
	}
	return u.w.rows(`SELECT x.id, x.phone, x.content, x.created_at, x.updated_at FROM `+u.w.d.byPhone("contacts", "tenant"), func(row *sql.Rows) error {
		p, err := scanContact(row)
		if err == nil {
			u.people[p.Phone] = &upserted{old: p, now: p}
		}
		return err
	}, string(u.w.tenant), Texts(phones))
}

// put decides about one contact of the batch. The ID of a new one is not known
// before save.
func (u *upsert) put(i int, c contact.Contact, merge bool) contact.Upserted {
	if u.faults[i] != nil {
		return contact.Upserted{Err: u.faults[i]}
	}
	p := u.people[c.Phone]
	if p == nil {
		p = &upserted{now: c.Clone(), at: []int{i}}
		u.people[c.Phone] = p
		u.created = append(u.created, p)
		return contact.Upserted{Outcome: contact.Created}
	}
	if p.old.ID == 0 {
		p.at = append(p.at, i)
	}
	same := contact.Upserted{ID: p.old.ID, Outcome: contact.Unchanged}
	if !merge {
		return same
	}
	merged := p.now.Merge(c)
	if err := merged.Validate(); err != nil {
		return contact.Upserted{ID: p.old.ID, Err: err}
	}
	if merged.Same(p.now) {
		return same
	}
	p.now = merged
	if !p.changed && p.old.ID != 0 {
		p.changed = true
		u.updated = append(u.updated, p)
	}
	return contact.Upserted{ID: p.old.ID, Outcome: contact.Updated}
}

var (
	insertContacts = Insert{Table: "contacts", Returning: "id, phone",
		Columns: "tenant text, phone text, active bigint, search text, content text, created_at bigint, updated_at bigint"}
	updateContacts = Update{Table: "contacts", Columns: "id bigint, active bigint, search text, content text, updated_at bigint"}
	insertTags     = Insert{Table: "contact_tags", Columns: "tenant text, tag text, contact bigint"}
)

func (u *upsert) save() error {
	tenant, at := string(u.w.tenant), Micros(u.now)
	_, err := u.w.insert(insertContacts, len(u.created), func(args []any, i int) []any {
		p := &u.created[i].now
		return append(args, tenant, string(p.Phone), Bool(p.Active), p.SearchKey(), content(*p), at, at)
	}, func(row *sql.Rows) error {
		var (
			id    int64
			phone string
		)
		err := row.Scan(&id, &phone)
		if p := u.people[contact.Phone(phone)]; err == nil && p != nil {
			p.now.ID = id
		}
		return err
	})
	if err != nil {
		return err
	}
	var tags []tagged
	for _, p := range u.created {
		if p.now.ID == 0 {
			return fmt.Errorf("sqlrecords: a contact was inserted and did not answer with its id")
		}
		for _, t := range p.now.Tags {
			tags = append(tags, tagged{t, p.now.ID})
		}
	}
	err = u.w.d.Update(updateContacts, len(u.updated), func(args []any, i int) []any {
		p := &u.updated[i].now
		return append(args, p.ID, Bool(p.Active), p.SearchKey(), content(*p), at)
	}, u.w.run)
	if err != nil {
		return err
	}
	for _, p := range u.updated {
		for _, t := range p.now.Tags { // a merge takes none away
			if _, had := slices.BinarySearch(p.old.Tags, t); !had {
				tags = append(tags, tagged{t, p.now.ID})
			}
		}
	}
	_, err = u.w.insert(insertTags, len(tags), func(args []any, i int) []any {
		return append(args, tenant, tags[i].tag, tags[i].contact)
	}, nil)
	return err
}

type tagged struct {
	tag     string
	contact int64
}
