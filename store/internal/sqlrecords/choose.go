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
	lead string // "", "group", "tag" or "any" of several tags
	// group or tag is what leads.
	group int64
	tag   string
	// few: there are no more of them than a search by grams would look up.
	few bool
	// none: a set that all of them are in is empty.
	none bool
}

// fewMembers is what a search goes through rather than through segments.
func (d *Dialect) fewMembers() int64 { return int64(d.segment() / 4) }

// choose finds the way for a normal filter.
func (r *Reader) choose(f contact.Filter) (w way, err error) {
	if len(f.TagsAny) == 1 {
		f.TagsAll, f.TagsAny = contact.NormalizeTags(append(f.TagsAny[:1:1], f.TagsAll...)), nil
	}
	w.by = f
	few, least := r.d.fewMembers(), lastID
	if f.Active == contact.OnlyInactive && (f.Search != "" || f.Group != 0 || len(f.TagsAny)+len(f.TagsAll) > 0) {
		n, err := r.number(inactiveCount, string(r.tenant), few+1)
		if err != nil {
			return w, err
		}
		if n <= few {
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
	if len(f.TagsAny) > 0 && least > few {
		n, err := r.number(tagSizes, string(r.tenant), Texts(f.TagsAny))
		if err != nil {
			return w, err
		}
		// Each of the tags is gone through by itself, or what is smaller than it.
		least, w.lead = min(n, least), "any"
	}
	w.few, w.none = least <= few, least == 0
	return w, nil
}

const (
	tagSize       = `SELECT z.size FROM contact_tag_sizes z WHERE z.tenant = $1 AND z.tag = $2`
	tagSizes      = `SELECT coalesce(sum(z.size), 0) FROM contact_tag_sizes z WHERE z.tenant = $1 AND z.tag IN (TEXTS($2))`
	groupSize     = `SELECT g.size FROM contact_groups g WHERE g.tenant = $1 AND g.id = $2`
	inactiveCount = `SELECT count(*) FROM (SELECT 1 FROM contacts c WHERE c.tenant = $1 AND c.active = 0 LIMIT $2) AS n`
)

// led reports whether what leads is gone through, and neither segments nor all
// contacts.
func (w way) led() bool { return w.lead != "" && (w.by.Search == "" || w.few) }

// matching reads the ids after one of those who are selected, by rising id,
// where something leads: from its index, in one statement.
func (r *Reader) matching(w way, after int64, limit int) (ids []int64, err error) {
	if w.lead == "any" {
		return r.matchingAny(w, after, limit)
	}
	args := []any{string(r.tenant)}
	add := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	var from, order string
	if w.lead == "tag" {
		w.by.TagsAll = slices.DeleteFunc(slices.Clone(w.by.TagsAll), func(tag string) bool { return tag == w.tag })
		order = `l.tenant, l.tag, l.contact`
		from = `contact_tags l WHERE ` + r.d.after([]string{"l.tenant", "l.tag", "l.contact"}, []string{"$1", add(w.tag), add(after)})
	} else {
		w.by.Group = 0
		order = `l.team, l.contact`
		from = `contact_members l WHERE ` + r.d.after([]string{"l.team", "l.contact"}, []string{add(w.group), add(after)}) +
			` AND (SELECT g.tenant FROM contact_groups g WHERE g.id = $2) = $1`
	}
	// Subqueries with a value are no joins, which a database could begin with.
	more, args := w.rest(args, `l.contact`, func(column string) string { return `(SELECT c.` + column + ` FROM contacts c WHERE c.id = l.contact)` })
	err = r.rows(fmt.Sprintf(`SELECT l.contact FROM %s ORDER BY %s LIMIT %d`, from+more, order, limit), func(row *sql.Rows) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, args...)
	return ids, err
}

// matchingAny merges the first of each of several tags, of which the first of
// all are wanted.
func (r *Reader) matchingAny(w way, after int64, limit int) (ids []int64, err error) {
	for _, tag := range w.by.TagsAny {
		by := w.by
		by.TagsAny, by.TagsAll = nil, contact.NormalizeTags(append([]string{tag}, by.TagsAll...))
		one, err := r.choose(by)
		if err != nil {
			return nil, err
		}
		if one.none {
			continue
		}
		more, err := r.matching(one, after, limit)
		if err != nil {
			return nil, err
		}
		ids = append(ids, more...)
		slices.Sort(ids)
		if ids = slices.Compact(ids); len(ids) >= limit {
			ids = ids[:limit]
		}
	}
	return ids, nil
}

// among is the selection for ids that are named. None of it is about a range or
// a tenant, which a database could go through instead.
func (w way) among(t campaign.Tenant, ids []int64) (from string, args []any) {
	more, args := w.rest([]any{string(t), IDs(ids)}, `c.id`, ofContact)
	return `contacts c WHERE c.tenant || '' = $1 AND c.id IN (INTS($2))` + more, args
}

// within is the selection for ids after one and up to another, and its order.
// The values are parameters; the text depends on which fields are set, no more.
func (w way) within(d *Dialect, t campaign.Tenant, after, through int64) (from, order string, args []any) {
	if d.RowValues && through == lastID && w.by.Active == contact.OnlyInactive && w.by.Search == "" {
		// By their index, and not through all others by the ids alone.
		more, args := w.rest([]any{string(t), after}, `c.id`, ofContact)
		return `contacts c WHERE ` + d.after([]string{"c.tenant", "c.id"}, []string{"$1", "$2"}) + more, `c.tenant, c.id`, args
	}
	more, args := w.rest([]any{string(t), after, through}, `c.id`, ofContact)
	return `contacts c WHERE c.tenant = $1 AND c.id > $2 AND c.id <= $3` + more, `c.id`, args
}

// ofContact names a column of a contact that is read.
func ofContact(column string) string { return `c.` + column }

// rest is what each contact is asked for, by its id and its columns. A count is
// no join, which a database could begin with.
func (w way) rest(args []any, id string, of func(column string) string) (more string, all []any) {
	add := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	tags := ` AND (SELECT count(*) FROM contact_tags t WHERE t.tenant = $1 AND t.contact = ` + id + ` AND t.tag`
	if len(w.by.TagsAny) > 0 {
		more += tags + ` IN (TEXTS(` + add(Texts(w.by.TagsAny)) + `))) > 0`
	}
	for _, tag := range w.by.TagsAll {
		more += tags + ` = ` + add(tag) + `) > 0`
	}
	if w.by.Group != 0 {
		more += ` AND (SELECT count(*) FROM contact_members m WHERE m.contact = ` + id + ` AND m.team = ` + add(w.by.Group) + `) > 0`
	}
	switch w.by.Active {
	case contact.OnlyActive:
		more += ` AND ` + of("active") + ` = 1`
	case contact.OnlyInactive:
		more += ` AND ` + of("active") + ` = 0`
	}
	if w.by.Search != "" {
		more += ` AND ` + of("search") + ` LIKE ` + add(contains(w.by.Search)) + ` ESCAPE '!'`
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
		n.N, err = r.countSome(f, int(most)+1)
		if n.N > most {
			n.N, n.More = most, true
		}
		return n, err
	}
	from, _, args := way{by: f}.within(r.d, r.tenant, 0, lastID)
	n.N, err = r.number(`SELECT count(*) FROM `+from, args...)
	return n, err
}

// countSome counts up to a limit. Nobody is read of whom an index tells all.
func (r *Reader) countSome(f contact.Filter, limit int) (n int64, err error) {
	w, err := r.choose(f)
	if err == nil && w.led() && !w.none {
		ids, err := r.matching(w, 0, limit)
		return int64(len(ids)), err
	}
	err = r.find(`c.id`, f, 0, limit, func(*sql.Rows) error { n++; return nil })
	return n, err
}
