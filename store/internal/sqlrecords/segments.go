package sqlrecords

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sort"
)

// segmentSize is how many contacts a segment has when it is made: so many, at
// most, stand behind the last one, where a search reads each.
const segmentSize = 8192

// mostChanged is how many contacts may have another text than their segments
// say, before a segment is made anew.
const mostChanged = 1024

func (d *Dialect) segment() int {
	if d.Segment > 0 {
		return d.Segment
	}
	return segmentSize
}

func (d *Dialect) changed() int64 { return int64(min(mostChanged, d.segment())) }

var errBroken = errors.New("a number breaks off")

// segment is a run of contacts that can be searched by grams.
type segment struct {
	id, first, through int64
	ids                []int64 // by place; nil if they are first to through
	size               int     // places
}

func scanSegment(row Scanner) (s segment, err error) {
	var b sql.RawBytes
	if err := row.Scan(&s.id, &s.first, &s.through, &b); err != nil {
		return s, err
	}
	if len(b) == 0 {
		s.size = int(s.through - s.first + 1)
		return s, nil
	}
	for id := s.first; len(b) > 0; {
		step, n := binary.Uvarint(b)
		if n <= 0 {
			return s, unreadable("segment", errBroken)
		}
		id, b = id+int64(step), b[n:]
		s.ids = append(s.ids, id)
	}
	s.size = len(s.ids)
	return s, nil
}

func (s *segment) idAt(place int) int64 {
	if s.ids == nil {
		return s.first + int64(place)
	}
	return s.ids[place]
}

func (s *segment) placeOf(id int64) (int, bool) {
	if s.ids == nil {
		return int(id - s.first), id >= s.first && id <= s.through
	}
	return slices.BinarySearch(s.ids, id)
}

// steps is the ids as they are written.
func (s *segment) steps() []byte {
	if len(s.ids) == 0 || int64(len(s.ids)) == s.through-s.first+1 {
		return []byte{}
	}
	b := make([]byte, 0, len(s.ids)+8)
	last := s.first
	for _, id := range s.ids {
		b = binary.AppendUvarint(b, uint64(id-last))
		last = id
	}
	return b
}

const (
	segmentColumns = `g.id, g.first, g.through, g.ids`
	segmentsAfter  = `SELECT ` + segmentColumns + ` FROM contact_segments g WHERE g.tenant = $1 AND g.through > $2 ORDER BY g.through LIMIT $3`
	segmentsEnd    = `SELECT coalesce(max(g.through), 0) FROM contact_segments g WHERE g.tenant = $1`
	changedCount   = `SELECT count(*) FROM (SELECT 1 FROM contact_changed d WHERE d.tenant = $1 LIMIT $2) AS n`
	changedIn      = `SELECT d.contact FROM contact_changed d WHERE d.tenant = $1 AND d.contact > $2 AND d.contact <= $3 ORDER BY d.contact`
	textsIn        = `SELECT c.id, c.search FROM contacts c WHERE c.tenant = $1 AND c.id > $2 AND c.id <= $3 ORDER BY c.id LIMIT $4`
)

func (r *Reader) number(query string, args ...any) (n int64, err error) {
	err = r.rows(query, func(row *sql.Rows) error { return row.Scan(&n) }, args...)
	return n, err
}

// tail counts contacts after an id, up to a limit.
func (r *Reader) tail(after, limit int64) (int64, error) {
	return r.number(`SELECT count(*) FROM (SELECT 1 FROM contacts c WHERE c.tenant = $1 AND c.id > $2 AND c.id <= $3 ORDER BY c.id LIMIT $4) AS n`,
		string(r.tenant), after, lastID, limit)
}

// segments are the next ones that end after an id.
func (r *Reader) segments(after int64, limit int) (list []segment, err error) {
	err = r.rows(segmentsAfter, func(row *sql.Rows) error {
		s, err := scanSegment(row)
		list = append(list, s)
		return err
	}, string(r.tenant), after, int64(limit))
	return list, err
}

// untended tells whether a segment is to be made: enough contacts stand behind
// the last one, or enough have changed. The highest id spares a count where so
// many cannot be there.
func (r *Reader) untended(highest int64) (bool, error) {
	n, err := r.number(changedCount, string(r.tenant), r.d.changed())
	if err != nil || n >= r.d.changed() {
		return true, err
	}
	end, err := r.number(segmentsEnd, string(r.tenant))
	if err != nil || highest-end < int64(r.d.segment()) {
		return false, err
	}
	n, err = r.tail(end, int64(r.d.segment()))
	return n >= int64(r.d.segment()), err
}

// tend makes one segment, if one is to be made.
func (w *Writer) tend() error {
	n, err := w.number(changedCount, string(w.tenant), w.d.changed())
	if err == nil && n >= w.d.changed() {
		return w.fold()
	}
	end, err := w.number(segmentsEnd, string(w.tenant))
	if err != nil {
		return err
	}
	n, err = w.tail(end, int64(w.d.segment()))
	if err != nil || n < int64(w.d.segment()) {
		return err
	}
	return w.makeSegment(end, 0)
}

// makeSegment makes a segment of the contacts after an id, through another or,
// if that is 0, of as many as a segment has.
func (w *Writer) makeSegment(after, through int64) error {
	limit, upTo := int64(w.d.segment()), through
	if through > 0 {
		limit = lastID
	} else {
		upTo = lastID
	}
	s := segment{through: through}
	grams := make(map[gram][]uint16, 4096)
	err := w.rows(textsIn, func(row *sql.Rows) error {
		var (
			id   int64
			text string
		)
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		place := uint16(len(s.ids))
		s.ids = append(s.ids, id)
		gramsOf(text, func(g gram) {
			if l := grams[g]; len(l) == 0 || l[len(l)-1] != place {
				grams[g] = append(l, place)
			}
		})
		return nil
	}, string(w.tenant), after, upTo, limit)
	if err != nil || len(s.ids) == 0 {
		return err
	}
	s.first, s.size = s.ids[0], len(s.ids)
	if through == 0 {
		s.through = s.ids[s.size-1]
	}
	err = w.one("segment", `INSERT INTO contact_segments (tenant, first, through, size, ids) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		func(row *sql.Rows) error { return row.Scan(&s.id) }, string(w.tenant), s.first, s.through, int64(s.size), s.steps())
	if err != nil {
		return err
	}
	keys := slices.Sorted(maps.Keys(grams))
	for part := range slices.Chunk(keys, 4096) {
		_, err = w.insert(insertGrams, len(part), func(args []any, i int) []any {
			return append(args, s.id, int64(part[i]), appendPlaces(nil, grams[part[i]], s.size))
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

var insertGrams = Insert{Table: "contact_grams", Columns: "segment bigint, gram bigint, places bytea"}

// fold makes that segment anew of which most contacts have changed.
func (w *Writer) fold() error {
	all, err := w.segments(0, 1<<30)
	if err != nil {
		return err
	}
	counts := make([]int, len(all))
	err = w.rows(changedIn, func(row *sql.Rows) error {
		var id int64
		err := row.Scan(&id)
		if i := sort.Search(len(all), func(i int) bool { return all[i].through >= id }); i < len(all) {
			counts[i]++
		}
		return err
	}, string(w.tenant), int64(0), lastID)
	if err != nil || len(all) == 0 {
		return err
	}
	most := 0
	for i, n := range counts {
		if n > counts[most] {
			most = i
		}
	}
	after := int64(0)
	if most > 0 {
		after = all[most-1].through
	}
	return w.remake(after, all[most])
}

func (w *Writer) remake(after int64, s segment) error {
	for _, q := range []string{`DELETE FROM contact_grams WHERE segment = $1`, `DELETE FROM contact_segments WHERE id = $1`} {
		if err := w.exec(q, s.id); err != nil {
			return err
		}
	}
	err := w.exec(`DELETE FROM contact_changed WHERE tenant = $1 AND contact > $2 AND contact <= $3`, string(w.tenant), after, s.through)
	if err != nil {
		return err
	}
	return w.makeSegment(after, s.through)
}
