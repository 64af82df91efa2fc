package sqlrecords

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/alreasense/campaigns/contact"
)

// lastID is no contact's, and after all.
const lastID = int64(1<<63 - 1)

// find calls f with the columns of the contacts that a normal filter selects
// after an id, by rising id, limit of them at most.
func (r *Reader) find(columns string, by contact.Filter, after int64, limit int, f func(*sql.Rows) error) error {
	w, err := r.choose(by)
	if err != nil {
		return err
	}
	s := &search{r: r, columns: columns, by: by, way: w, after: after, left: limit, f: f}
	switch {
	case w.none:
		return nil
	case w.led():
		ids, err := r.matching(w, after, limit)
		if err != nil {
			return err
		}
		s.way = way{} // they match
		return s.lookUp(ids)
	case by.Search != "" && !w.few:
		if err := s.walk(); err != nil {
			return err
		}
	}
	return s.read(lastID)
}

// search is a list that is being made.
type search struct {
	r       *Reader
	columns string
	by      contact.Filter
	way     way
	after   int64 // everybody up to here was looked at
	left    int   // how many more are wanted
	f       func(*sql.Rows) error
}

func (s *search) row(row *sql.Rows) error {
	s.left--
	return s.f(row)
}

// read goes through the contacts up to an id.
func (s *search) read(through int64) error {
	if s.left <= 0 || s.after >= through {
		return nil
	}
	from, order, args := s.way.within(s.r.d, s.r.tenant, s.after, through)
	s.after = through
	return s.r.rows(fmt.Sprintf(`SELECT %s FROM %s ORDER BY %s LIMIT %d`, s.columns, from, order, s.left), s.row, args...)
}

// Where a part of a segment at least may match, its contacts are read in their
// order; else those that may match are looked up, some at a time.
const (
	densePart   = 4
	lookups     = 64
	mostLookups = 1024
)

// walk goes through the segments, few at first: most searches are for what is
// found soon.
func (s *search) walk() error {
	grams, low, high := termGrams(s.by.Search)
	for width := 1; s.left > 0; width = min(4*width, lookupSegments) {
		list, err := s.r.segments(s.after, width)
		if err != nil || len(list) == 0 {
			return err
		}
		may, err := s.r.mayMatch(list, grams, low, high)
		if err != nil {
			return err
		}
		changed, err := s.r.changedIn(s.after, list[len(list)-1].through)
		if err != nil {
			return err
		}
		var ids []int64
		for i, g := range list {
			k := 0
			for k < len(changed) && changed[k] <= g.through {
				k++
			}
			if may[i].count()+k > g.size/densePart {
				if err := s.lookUp(ids); err != nil {
					return err
				}
				ids = ids[:0]
				if i > 0 {
					s.after = max(s.after, list[i-1].through)
				}
				if err := s.read(g.through); err != nil {
					return err
				}
			} else {
				ids = merge(ids, &g, may[i], changed[:k], s.after)
			}
			changed = changed[k:]
			if s.left <= 0 {
				return nil
			}
		}
		if err := s.lookUp(ids); err != nil {
			return err
		}
		s.after = list[len(list)-1].through
	}
	return nil
}

// merge appends the ids after one of those places and of the changed, by rising
// id.
func merge(ids []int64, g *segment, may places, changed []int64, after int64) []int64 {
	add := func(id int64) {
		if id > after && (len(ids) == 0 || id > ids[len(ids)-1]) {
			ids = append(ids, id)
		}
	}
	may.each(func(i int) {
		id := g.idAt(i)
		for len(changed) > 0 && changed[0] <= id {
			add(changed[0])
			changed = changed[1:]
		}
		add(id)
	})
	for _, id := range changed {
		add(id)
	}
	return ids
}

// lookUp reads those of the contacts that match.
func (s *search) lookUp(ids []int64) error {
	for len(ids) > 0 && s.left > 0 {
		n := min(len(ids), max(s.left, lookups), mostLookups)
		from, args := s.way.among(s.r.tenant, ids[:n])
		err := s.r.rows(fmt.Sprintf(`SELECT %s FROM %s ORDER BY c.id LIMIT %d`, s.columns, from, s.left), s.row, args...)
		if err != nil {
			return err
		}
		s.after, ids = ids[n-1], ids[n:]
	}
	return nil
}

// lookupSegments is how many segments are asked at a time at most.
const lookupSegments = 16

// The numbers are parameters each, and always as many: so each row is found by
// its key, whatever the statistics say.
var gramsAmong, gramsBetween = func() (string, string) {
	list := func(from, n int) string {
		in := make([]string, n)
		for i := range in {
			in[i] = fmt.Sprintf("$%d", from+i)
		}
		return strings.Join(in, ", ")
	}
	q := `SELECT p.segment, p.gram, p.places FROM contact_grams p WHERE p.segment IN (` + list(1, lookupSegments) + `) AND `
	n := lookupSegments + 1
	return q + `p.gram IN (` + list(n, mostGrams) + `)`, q + fmt.Sprintf(`p.gram >= $%d AND p.gram < $%d`, n, n+1)
}()

// mayMatch tells for each segment who may have a term, by its grams. Nobody
// else has.
func (r *Reader) mayMatch(list []segment, grams []gram, low, high gram) ([]places, error) {
	at := make(map[int64]int, len(list))
	may := make([]places, len(list))
	seen := make([]int, len(list))
	args := make([]any, 0, lookupSegments+mostGrams)
	for i := range lookupSegments {
		args = append(args, list[min(i, len(list)-1)].id)
	}
	for i, g := range list {
		at[g.id], may[i] = i, newPlaces(g.size)
		if len(grams) > 0 {
			may[i].fill(g.size)
		}
	}
	query := gramsBetween
	if len(grams) == 0 {
		args = append(args, int64(low), int64(high))
	} else {
		query = gramsAmong
		for i := range mostGrams {
			args = append(args, int64(grams[min(i, len(grams)-1)]))
		}
	}
	err := r.rows(query, func(row *sql.Rows) error {
		var (
			id, g int64
			b     sql.RawBytes
		)
		if err := row.Scan(&id, &g, &b); err != nil {
			return err
		}
		i, ok := at[id]
		switch {
		case !ok:
		case len(grams) > 0:
			seen[i]++
			may[i].intersect(b, list[i].size)
		default:
			may[i].union(b, list[i].size)
		}
		return nil
	}, args...)
	for i := range may {
		if seen[i] < len(grams) { // nobody has one of them
			clear(may[i])
		}
	}
	return may, err
}

func (r *Reader) changedIn(after, through int64) (ids []int64, err error) {
	err = r.rows(changedIn, func(row *sql.Rows) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, string(r.tenant), after, through)
	return ids, err
}
