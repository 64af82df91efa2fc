package sqlrecords

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Warm implements campaign.AudienceReader.
func (r *Reader) Warm(phones []contact.Phone) (map[campaign.Warm]time.Time, error) {
	out := make(map[campaign.Warm]time.Time)
	if len(phones) == 0 {
		return out, nil
	}
	err := r.rows(`SELECT w.phone, w.instance, w.since FROM warm w WHERE w.tenant = $1 AND w.phone IN (TEXTS($2))`,
		func(row *sql.Rows) error {
			w, since, err := ScanWarm(row, r.tenant)
			out[w] = since
			return err
		}, string(r.tenant), Texts(phones))
	return out, err
}

// ScanWarm reads phone, instance and since.
func ScanWarm(row Scanner, t campaign.Tenant) (w campaign.Warm, since time.Time, err error) {
	var at int64
	w.Tenant = t
	err = row.Scan((*string)(&w.Phone), (*int64)(&w.Instance), &at)
	return w, Instant(at), err
}

// SortedWarm are the keys of a map in the order of the table's, so that two who
// insert some of them never wait for each other in a ring.
func SortedWarm(m map[campaign.Warm]time.Time) []campaign.Warm {
	list := make([]campaign.Warm, 0, len(m))
	for w := range m {
		list = append(list, w)
	}
	slices.SortFunc(list, func(a, b campaign.Warm) int {
		return cmp.Or(strings.Compare(string(a.Tenant), string(b.Tenant)), strings.Compare(string(a.Phone), string(b.Phone)),
			cmp.Compare(a.Instance, b.Instance))
	})
	return list
}

// WarmValues appends tenant, phone, instance and since.
func WarmValues(args []any, w campaign.Warm, since time.Time) []any {
	return append(args, string(w.Tenant), string(w.Phone), int64(w.Instance), Micros(since))
}

// MergeDue makes one line of candidates of several lanes: up to n that are due,
// earliest first, and when the next one is.
func MergeDue(all []campaign.Candidate, now time.Time, n int) (due []campaign.Candidate, next time.Time) {
	slices.SortFunc(all, func(a, b campaign.Candidate) int {
		return cmp.Or(a.Recipient.Due.Compare(b.Recipient.Due), cmp.Compare(a.Recipient.ID.Position, b.Recipient.ID.Position))
	})
	for i, c := range all {
		if i == n || c.Recipient.Due.After(now) {
			return all[:i:i], c.Recipient.Due
		}
	}
	return all, time.Time{}
}
