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

const (
	// Whoever ends attempts of the tenants is waited for: what becomes known
	// while a report is being stored would be missed by both.
	stashLock = `SELECT pg_advisory_xact_lock_shared(o.key) FROM (
		SELECT DISTINCT hashtextextended($2::text || t, 0) AS key FROM unnest($1::text[]) t ORDER BY 1) o`
	stashKnown = `UPDATE notices n SET known = 1 WHERE n.seq = ANY($1::bigint[]) AND n.provider_id <> ''
		AND EXISTS (SELECT 1 FROM ended e WHERE e.instance = n.instance AND e.provider_id = n.provider_id AND e.provider_id <> '')`

	noticeColumns = `n.seq, n.tenant, n.instance, n.provider_id, n.kind, n.at, n.arrived_at, n.phone, n.digest`
	sightings     = `SELECT ` + noticeColumns + ` FROM notices n
		WHERE n.kind = 'sent' AND n.known = 0 AND n.instance = $1 AND n.phone = $2 ORDER BY n.seq`
	absorbKnown = `SELECT n.seq, e.attempt, e.tenant FROM (
			SELECT n.seq, n.instance, n.provider_id FROM notices n WHERE n.known = 1 ORDER BY n.seq LIMIT $1) n
		CROSS JOIN LATERAL (SELECT e.attempt, e.tenant FROM ended e
			WHERE e.instance = n.instance AND e.provider_id = n.provider_id AND e.provider_id <> '' OFFSET 0) e
		ORDER BY n.seq`
	absorbExpired = `SELECT n.seq FROM notices n WHERE n.arrived_at < $1 AND n.known = 0 ORDER BY n.arrived_at, n.seq LIMIT $2`
	absorbNotices = `SELECT ` + noticeColumns + ` FROM notices n WHERE n.seq = ANY($1::bigint[]) ORDER BY n.seq`
)

var stash = insert("notices", `tenant text, instance bigint, provider_id text, kind text, at bigint, arrived_at bigint,
	phone text, digest text, known bigint`, "RETURNING seq")

// Stash implements campaign.Inbox.
func (s *Store) Stash(ctx context.Context, ns []campaign.Notice) error {
	if len(ns) == 0 {
		return ctx.Err()
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
				sqlrecords.Micros(n.ArrivedAt), string(n.Phone), n.Digest, int64(0))
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
		return t.send(b)
	})
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

func scanNotice(row pgx.Rows) (n campaign.Notice, err error) {
	var at, arrived int64
	err = row.Scan(&n.Seq, (*string)(&n.Tenant), (*int64)(&n.Instance), &n.ProviderID, (*string)(&n.Kind), &at, &arrived,
		(*string)(&n.Phone), &n.Digest)
	n.At, n.ArrivedAt = sqlrecords.Instant(at), sqlrecords.Instant(arrived)
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
		attempt []byte
		tenant  campaign.Tenant
	}
	var (
		known   []match
		expired []int64
		names   set[campaign.Tenant]
	)
	b := &pgx.Batch{}
	b.Queue(absorbKnown, int64(most)).Query(each(func(row pgx.Rows) error {
		var m match
		err := row.Scan(&m.seq, &m.attempt, (*string)(&m.tenant))
		known = append(known, m)
		names.add(m.tenant)
		return err
	}))
	if !expire.IsZero() {
		b.Queue(absorbExpired, expire.UnixMicro(), int64(most)).Query(each(func(row pgx.Rows) error {
			var seq int64
			err := row.Scan(&seq)
			expired = append(expired, seq)
			return err
		}))
	}
	if err := l.send(b); err != nil || len(known)+len(expired) == 0 {
		return err
	}
	var (
		seqs []int64
		ids  [][]byte
	)
	if len(known) > 0 {
		locked, err := l.tenants(names.list)
		if err != nil {
			return err
		}
		for _, m := range known {
			if locked[m.tenant] {
				seqs, ids = append(seqs, m.seq), append(ids, m.attempt)
			}
		}
	}
	seqs = append(seqs, expired[:min(len(expired), max(most-len(seqs), 0))]...)
	// Another daemon may have absorbed some before the campaigns were locked.
	b = &pgx.Batch{}
	if len(ids) > 0 {
		l.around(b, ids)
		b.Queue(loadEnded, ids).Query(each(l.ended))
		l.people(b, ids)
	}
	b.Queue(absorbNotices, seqs).Query(each(func(row pgx.Rows) error {
		n, err := scanNotice(row)
		l.r.Notices = append(l.r.Notices, n)
		return err
	}))
	err := l.send(b)
	slices.SortFunc(l.r.Notices, func(a, b campaign.Notice) int { return cmp.Compare(a.Seq, b.Seq) })
	return err
}
