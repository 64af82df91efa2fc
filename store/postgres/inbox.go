package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
	"github.com/jackc/pgx/v5"
)

// replyWindow is campaign.ReplyWindow in microseconds, for a statement that is
// used with other arguments.
const replyWindow = "2592000000000"

// noticeUntil is Notice.Until of a row n, in microseconds.
const noticeUntil = `CASE WHEN n.at % 1000000 = 0 THEN greatest(n.at, least(n.at + 999999, n.arrived_at)) ELSE n.at END`

const (
	// Whoever ends attempts of the tenants is waited for: what becomes known
	// while a report is being stored would be missed by both.
	stashLock = `SELECT pg_advisory_xact_lock_shared(o.key) FROM (
		SELECT DISTINCT hashtextextended($2::text || t, 0) AS key FROM unnest($1::text[]) t ORDER BY 1) o`
	stashKnown = `UPDATE notices n SET known = 1 WHERE n.seq = ANY($1::bigint[]) AND n.provider_id <> '' AND n.kind <> 'reply'
		AND EXISTS (SELECT 1 FROM ended e WHERE e.instance = n.instance AND e.provider_id = n.provider_id AND e.provider_id <> '')`

	// A person is found in the audiences of the tenant's campaigns: there are few
	// of them, and no index on the log of sends has to be kept for it.
	stashReplied = `UPDATE notices n SET known = 1 WHERE n.seq = ANY($1::bigint[]) AND n.kind = 'reply'
		AND EXISTS (SELECT 1 FROM campaigns c JOIN recipients r ON r.campaign = c.id AND r.phone = n.phone
			JOIN ended e ON e.campaign = c.id AND e.position = r.position AND e.outcome = 'accepted'
			WHERE c.tenant = n.tenant)
		AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.held = 1 AND a.phone = n.phone AND a.tenant = n.tenant)`

	noticeColumns = `n.seq, n.tenant, n.instance, n.provider_id, n.kind, n.at, n.arrived_at, n.phone, n.digest, n.why, n.blame`
	heldUntil     = `SELECT CASE a.phase WHEN 'lost' THEN a.quarantine ELSE 0 END FROM attempts a WHERE a.phone = $1 AND a.held = 1`
	sightings     = `SELECT ` + noticeColumns + ` FROM notices n
		WHERE n.kind = 'sent' AND n.known = 0 AND n.instance = $1 AND n.phone = $2 ORDER BY n.seq`
	addressee     = `SELECT e.phone FROM ended e WHERE e.instance = $2 AND e.provider_id = $3 AND e.provider_id <> '' AND e.tenant = $1`
	addresseeSent = `SELECT n.phone FROM notices n WHERE n.known = 0 AND n.kind <> 'reply' AND n.instance = $2 AND n.provider_id = $3
		AND n.provider_id <> '' AND n.kind = 'sent' AND n.tenant = $1 LIMIT 1`
	addresseePending = `SELECT '' FROM attempts a WHERE a.instance = $2 AND a.tenant = $1 AND a.taken_at <= $3
		AND (a.phase = 'flying' OR a.held = 1) LIMIT 1`
	absorbKnown = `SELECT n.seq, n.tenant, coalesce(e.attempt, ''::bytea) FROM (
			SELECT n.* FROM notices n WHERE n.known = 1 ORDER BY n.seq LIMIT $1) n
		LEFT JOIN LATERAL (` + absorbMatch + `) e ON true
		ORDER BY n.seq`
	absorbExpired = `SELECT n.seq, n.tenant, coalesce(e.attempt, ''::bytea) FROM (
			SELECT n.* FROM notices n WHERE n.arrived_at < $1 AND n.known = 0 ORDER BY n.arrived_at, n.seq LIMIT $2) n
		LEFT JOIN LATERAL (` + absorbMatch + `) e ON true
		ORDER BY n.arrived_at, n.seq`
	// The attempts that a report n is about. OFFSET 0 keeps the planner from
	// turning the look-ups by key round.
	absorbMatch = `(SELECT e.attempt FROM ended e WHERE n.kind <> 'reply'
				AND e.instance = n.instance AND e.provider_id = n.provider_id AND e.provider_id <> '' OFFSET 0)
			UNION ALL (SELECT e.attempt FROM campaigns c
				CROSS JOIN LATERAL (SELECT r.position FROM recipients r WHERE r.campaign = c.id AND r.phone = n.phone OFFSET 0) r
				CROSS JOIN LATERAL (SELECT e.attempt FROM ended e WHERE e.campaign = c.id AND e.position = r.position
					AND e.outcome = 'accepted' AND e.taken_at BETWEEN n.at - ` + replyWindow + ` AND ` + noticeUntil + ` OFFSET 0) e
				WHERE n.kind = 'reply' AND c.tenant = n.tenant OFFSET 0)`
	absorbNotices = `SELECT ` + noticeColumns + ` FROM notices n WHERE n.seq = ANY($1::bigint[]) ORDER BY n.seq`
)

var stash = insert("notices", `tenant text, instance bigint, provider_id text, kind text, at bigint, arrived_at bigint,
	phone text, digest text, why text, blame text, known bigint`, "RETURNING seq")

// Stash implements campaign.Inbox.
func (s *Store) Stash(ctx context.Context, ns []campaign.Notice) error {
	if len(ns) == 0 {
		return ctx.Err()
	}
	warmed := make(map[campaign.Warm]time.Time)
	for i := range ns {
		if w, since, ok := ns[i].Warms(); ok {
			campaign.MarkWarm(warmed, w, since)
		}
	}
	if err := s.warm(ctx, warmed); err != nil {
		return err
	}
	return s.transact(ctx, func(t *tx) error {
		var (
			names set[string]
			seqs  []int64
		)
		for i := range ns {
			names.add(string(ns[i].Tenant))
		}
		b := &pgx.Batch{}
		b.Queue(stashLock, names.list, s.lock(lockLog))
		stash.queue(b, len(ns), func(args []any, i int) []any {
			n := &ns[i]
			return append(args, string(n.Tenant), int64(n.Instance), n.ProviderID, string(n.Kind), sqlrecords.Micros(n.At),
				sqlrecords.Micros(n.ArrivedAt), string(n.Phone), n.Digest,
				sqlrecords.Reason(n.Why), string(n.Blame), int64(0))
		}).Query(each(func(row pgx.Rows) error {
			var seq int64
			err := row.Scan(&seq)
			seqs = append(seqs, seq)
			return err
		}))
		if err := t.send(b); err != nil {
			return err
		}
		b = &pgx.Batch{}
		b.Queue(stashKnown, seqs)
		if slices.ContainsFunc(ns, func(n campaign.Notice) bool { return n.Kind == campaign.NoticeReply }) {
			b.Queue(stashReplied, seqs)
		}
		return t.send(b)
	})
}

// warm records whom numbers know. It does so in a transaction of its own, since
// whoever moves those who wait holds the logs already; and before the report is
// stored, so that whoever sends it again after a crash loses nothing.
func (s *Store) warm(ctx context.Context, warmed map[campaign.Warm]time.Time) error {
	if len(warmed) == 0 {
		return nil
	}
	return s.transact(ctx, func(t *tx) error {
		if err := t.unaside(&pgx.Batch{}, warmed); err != nil {
			return err
		}
		b := &pgx.Batch{}
		queueWarm(b, warmed)
		return t.send(b)
	})
}

// Held implements campaign.Ledger.
func (s *Store) Held(ctx context.Context, p contact.Phone) (held bool, until time.Time, err error) {
	err = s.read(ctx, func(t pgx.Tx) error {
		rows, err := t.Query(ctx, heldUntil, string(p))
		if err != nil {
			return err
		}
		return each(func(row pgx.Rows) error {
			var at int64
			err := row.Scan(&at)
			held, until = true, sqlrecords.Instant(at)
			return err
		})(rows)
	})
	return held, until, err
}

// Sightings implements campaign.Inbox.
func (s *Store) Sightings(ctx context.Context, i campaign.InstanceID, p contact.Phone) (list []campaign.Notice, err error) {
	err = s.read(ctx, func(t pgx.Tx) error {
		rows, err := t.Query(ctx, sightings, int64(i), string(p))
		if err != nil {
			return err
		}
		return each(func(row pgx.Rows) error {
			n, err := scanNotice(row)
			list = append(list, n)
			return err
		})(rows)
	})
	return list, err
}

// Addressee implements campaign.Inbox.
func (s *Store) Addressee(ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (p contact.Phone, pending bool, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		ask := func(query string, last any) (found bool, err error) {
			rows, err := tx.Query(ctx, query, string(t), int64(i), last)
			if err != nil {
				return false, err
			}
			err = each(func(row pgx.Rows) error {
				found = true
				return row.Scan((*string)(&p))
			})(rows)
			return found, err
		}
		for _, query := range [...]string{addressee, addresseeSent} {
			if found, err := ask(query, id); found || err != nil {
				return err
			}
		}
		pending, err = ask(addresseePending, sqlrecords.Micros(until))
		return err
	})
	return p, pending, err
}

func scanNotice(row pgx.Rows) (n campaign.Notice, err error) {
	var at, arrived int64
	var why string
	err = row.Scan(&n.Seq, (*string)(&n.Tenant), (*int64)(&n.Instance), &n.ProviderID, (*string)(&n.Kind), &at, &arrived,
		(*string)(&n.Phone), &n.Digest, &why, (*string)(&n.Blame))
	if err != nil {
		return n, err
	}
	n.At, n.ArrivedAt = sqlrecords.Instant(at), sqlrecords.Instant(arrived)
	n.Why, err = sqlrecords.ParseReason(why)
	return n, err
}

// Absorb implements campaign.Inbox.
func (s *Store) Absorb(ctx context.Context, now, expire time.Time, most int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, now, func(l *loader) error { return l.absorb(expire, most) }, apply)
}

func (l *loader) absorb(expire time.Time, most int) error {
	if most <= 0 {
		return nil
	}
	type match struct {
		seq     int64
		tenant  campaign.Tenant
		attempt []byte // empty if there is none
	}
	var (
		found []match
		names set[campaign.Tenant]
	)
	read := each(func(row pgx.Rows) error {
		var m match
		err := row.Scan(&m.seq, (*string)(&m.tenant), &m.attempt)
		found = append(found, m)
		if len(m.attempt) > 0 {
			names.add(m.tenant)
		}
		return err
	})
	b := &pgx.Batch{}
	b.Queue(absorbKnown, int64(most)).Query(read)
	if !expire.IsZero() {
		b.Queue(absorbExpired, expire.UnixMicro(), int64(most)).Query(read)
	}
	if err := l.send(b); err != nil || len(found) == 0 {
		return err
	}
	var (
		seqs set[int64]
		ids  set[campaign.AttemptID]
	)
	var locked map[campaign.Tenant]bool
	if len(names.list) > 0 {
		var err error
		if locked, err = l.tenants(names.list); err != nil {
			return err
		}
	}
	for _, m := range found {
		if len(m.attempt) > 0 && !locked[m.tenant] {
			continue
		}
		if _, in := seqs.has[m.seq]; !in && len(seqs.list) == most {
			continue
		}
		seqs.add(m.seq)
		if len(m.attempt) > 0 {
			ids.add(campaign.AttemptID(m.attempt))
		}
	}
	// Another daemon may have absorbed some before the campaigns were locked.
	b = &pgx.Batch{}
	if len(ids.list) > 0 {
		raw := bytesOf(ids.list)
		l.around(b, raw)
		b.Queue(loadEnded, raw).Query(each(l.ended))
		l.people(b, raw)
		l.waits(b, raw)
	}
	b.Queue(absorbNotices, seqs.list).Query(each(func(row pgx.Rows) error {
		n, err := scanNotice(row)
		l.r.Notices = append(l.r.Notices, n)
		return err
	}))
	if err := l.send(b); err != nil {
		return err
	}
	slices.SortFunc(l.r.Notices, func(a, b campaign.Notice) int { return cmp.Compare(a.Seq, b.Seq) })
	return l.warm()
}
