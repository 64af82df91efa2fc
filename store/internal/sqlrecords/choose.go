package sqlrecords

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// way is how the contacts that a filter selects are gone through: those of its
// smallest set, each of which is asked for the rest. Which set is small no
// database knows by itself.
type way struct {
	by   contact.Filter
	lead string // "", "group" or "tag"
	// group or tag is what leads.
	group int64
	tag   string
	// few: there are no more of them than a search by grams would look up.
	few bool
}

// fewMembers is what a search goes through rather than through segments.
const fewMembers = 2048

// choose finds the way for a normal filter.
func (r *Reader) choose(f contact.Filter) (w way, err error) {
	if len(f.TagsAny) == 1 {
		f.TagsAll, f.TagsAny = contact.NormalizeTags(append(f.TagsAny[:1:1], f.TagsAll...)), nil
	}
	w.by = f
	least := lastID
	if f.Active == contact.OnlyInactive && f.Search != "" {
		n, err := r.number(inactiveCount, string(r.tenant), int64(fewMembers)+1)
		if err != nil {
			return w, err
		}
		if n <= fewMembers {
			least = n
		}
	}
	for _, tag := range f.TagsAll {
		n, err := r.number(tagSize, string(r.tenant), tag)
		if err != nil {
			return w, err
		}
		if n < least {
			least, w.lead, w.tag = n, "tag", tag
		}
	}
	if f.Group != 0 {
		n, err := r.number(groupSize, string(r.tenant), f.Group)
		if err != nil {
			return w, err
		}
		if n < least {
			least, w.lead, w.group = n, "group", f.Group
		}
	}
	w.few = least <= fewMembers
	return w, nil
}

const (
	tagSize       = `SELECT z.size FROM contact_tag_sizes z WHERE z.tenant = $1 AND z.tag = $2`
	groupSize     = `SELECT g.size FROM contact_groups g WHERE g.tenant = $1 AND g.id = $2`
	inactiveCount = `SELECT count(*) FROM (SELECT 1 FROM contacts c WHERE c.tenant = $1 AND c.active = 0 LIMIT $2) AS n`
)

// leading reads the ids of what leads, after one.
func (r *Reader) leading(w way, after int64, limit int) (ids []int64, err error) {
	add := func(row *sql.Rows) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}
	if w.lead == "tag" {
		err = r.rows(`SELECT l.contact FROM contact_tags l WHERE `+
			r.d.after([]string{"l.tenant", "l.tag", "l.contact"}, []string{"$1", "$2", "$3"})+
			` ORDER BY l.tenant, l.tag, l.contact LIMIT $4`, add, string(r.tenant), w.tag, after, int64(limit))
		return ids, err
	}
	err = r.rows(`SELECT l.contact FROM contact_members l WHERE `+r.d.after([]string{"l.team", "l.contact"}, []string{"$1", "$2"})+
		` ORDER BY l.team, l.contact LIMIT $3`, add, w.group, after, int64(limit))
	return ids, err
}

// among is the selection for ids that are named. None of it is about a range or
// a tenant, which a database could go through instead.
func (w way) among(t campaign.Tenant, ids []int64) (from string, args []any) {
	more, args := w.rest([]any{string(t), IDs(ids)})
	return `contacts c WHERE c.tenant || '' = $1 AND c.id IN (INTS($2))` + more, args
}

// within is the selection for ids after one and up to another. The values are
// parameters; the text depends on which fields are set, no more.
func (w way) within(t campaign.Tenant, after, through int64) (from string, args []any) {
	more, args := w.rest([]any{string(t), after, through})
	return `contacts c WHERE c.tenant = $1 AND c.id > $2 AND c.id <= $3` + more, args
}

// rest is what each contact is asked for. A count is no join, which a database
// could begin with.
func (w way) rest(args []any) (more string, all []any) {
	add := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	const tags = ` AND (SELECT count(*) FROM contact_tags t WHERE t.tenant = $1 AND t.contact = c.id AND t.tag`
	if len(w.by.TagsAny) > 0 {
		more += tags + ` IN (TEXTS(` + add(Texts(w.by.TagsAny)) + `))) > 0`
	}
	for _, tag := range w.by.TagsAll {
		more += tags + ` = ` + add(tag) + `) > 0`
	}
	if w.by.Group != 0 {
		more += ` AND (SELECT count(*) FROM contact_members m WHERE m.contact = c.id AND m.team = ` + add(w.by.Group) + `) > 0`
	}
	switch w.by.Active {
	case contact.OnlyActive:
		more += ` AND c.active = 1`
	case contact.OnlyInactive:
		more += ` AND c.active = 0`
	}
	if w.by.Search != "" {
		more += ` AND c.search LIKE ` + add(contains(w.by.Search)) + ` ESCAPE '!'`
	}
	return more, args
}

func (r *Reader) countContacts(f contact.Filter, most int64) (n contact.Count, err error) {
	tags := append(slices.Clone(f.TagsAny), f.TagsAll...)
	switch plain := f.Search == "" && f.Active == contact.AnyActivity; {
	case plain && f.Group == 0 && len(tags) == 0:
		n.N, err = r.number(`SELECT coalesce(sum(g.size), 0) FROM contact_segments g WHERE g.tenant = $1`, string(r.tenant))
		if err != nil {
			return n, err
		}
		end, err := r.number(segmentsEnd, string(r.tenant))
		if err != nil {
			return n, err
		}
		tail, err := r.tail(end, lastID)
		n.N += tail
		return n, err
	case plain && len(tags) == 0:
		n.N, err = r.number(groupSize, string(r.tenant), f.Group)
		return n, err
	case plain && f.Group == 0 && len(tags) == 1:
		n.N, err = r.number(tagSize, string(r.tenant), tags[0])
		return n, err
	case most > 0:
		err = r.find(`c.id`, f, 0, int(most)+1, func(*sql.Rows) error { n.N++; return nil })
		if n.N > most {
			n.N, n.More = most, true
		}
		return n, err
	}
	from, args := way{by: f}.within(r.tenant, 0, lastID)
	n.N, err = r.number(`SELECT count(*) FROM `+from, args...)
	return n, err
}
