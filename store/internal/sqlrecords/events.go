package sqlrecords

import (
	"cmp"
	"database/sql"
	"slices"

	"github.com/alreasense/campaigns/campaign"
)

// Events implements campaign.CampaignReader. Of a campaign's events, those of
// each type are read by themselves, but for the two that every send has: among
// these an event of a type that seldom happens is not looked for one by one.
func (r *Reader) Events(q campaign.EventQuery) (list []campaign.Event, err error) {
	if q.Campaign == 0 || q.Position != 0 || len(q.Types) == 0 {
		return r.events(q, "")
	}
	types := slices.Compact(slices.Sorted(slices.Values(q.Types)))
	q.Types = nil
	for _, t := range types {
		if t == campaign.EventTaken || t == campaign.EventSent {
			q.Types = append(q.Types, t)
			continue
		}
		es, err := r.events(q, t)
		if err != nil {
			return nil, err
		}
		list = append(list, es...)
	}
	if len(q.Types) > 0 {
		es, err := r.events(q, "")
		if err != nil {
			return nil, err
		}
		list = append(list, es...)
	}
	slices.SortFunc(list, func(a, b campaign.Event) int {
		if q.Newest {
			a, b = b, a
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	return list[:min(len(list), campaign.PageLimit(q.Limit))], nil
}

// events reads those of a campaign that are of a kind, or all that q selects.
func (r *Reader) events(q campaign.EventQuery, kind campaign.EventType) (list []campaign.Event, err error) {
	before, seq := q.Before, `v.seq`
	if before <= 0 {
		before = 1<<63 - 1
	}
	// Each of these conditions has an index, but the tenant's is the widest: it
	// is hidden where there is another.
	index := ""
	where, args := `v.tenant = $1`, []any{string(r.tenant), q.After, before, int64(len(q.Types)), Texts(q.Types), int64(campaign.PageLimit(q.Limit))}
	switch {
	case kind != "":
		index, seq = "events_kind", `(v.seq + 0)`
		where, args = `v.campaign = $7 AND v.type = $8 AND v.type <> 'recipient.taken' AND v.type <> 'recipient.sent' AND v.tenant || '' = $1`,
			append(args, int64(q.Campaign), string(kind))
	case q.Campaign != 0 && q.Position != 0:
		index = "events_recipient"
		where, args = `v.campaign = $7 AND v.position = $8 AND v.position <> 0 AND v.tenant || '' = $1`, append(args, int64(q.Campaign), q.Position)
	case q.Campaign != 0:
		where, args = `v.campaign = $7 AND v.tenant || '' = $1`, append(args, int64(q.Campaign))
	case q.Position != 0:
		where, args = `v.tenant = $1 AND v.position = $7`, append(args, q.Position)
	}
	order := seq
	if q.Newest {
		order += ` DESC`
	}
	err = r.rows(`SELECT `+EventColumns+` FROM events v`+r.d.by(index)+` WHERE `+where+` AND `+seq+` > $2 AND `+seq+` < $3 AND ($4 = 0 OR v.type IN (TEXTS($5)))
		ORDER BY `+order+` LIMIT $6`,
		func(row *sql.Rows) error {
			e, err := ScanEvent(row)
			list = append(list, e)
			return err
		}, args...)
	return list, err
}
