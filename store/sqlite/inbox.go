package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/store/internal/sqlrecords"
)

const (
	stash = `INSERT INTO notices (tenant, instance, provider_id, kind, at, arrived_at, phone, digest, why, blame, known)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
			EXISTS (SELECT 1 FROM ended INDEXED BY ended_provider_id WHERE instance = ?2 AND provider_id = ?3 AND provider_id <> ''))`
	// A person is found in the audiences of the tenant's campaigns: there are few
	// of them, and no index on the log of sends has to be kept for it.
	stashReply = `INSERT INTO notices (tenant, instance, provider_id, kind, at, arrived_at, phone, digest, why, blame, known)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
			EXISTS (SELECT 1 FROM campaigns c INDEXED BY campaigns_by_tenant
				CROSS JOIN recipients r INDEXED BY recipients_phone ON r.campaign = c.id AND r.phone = ?7
				CROSS JOIN ended e INDEXED BY ended_accepted ON e.campaign = c.id AND e.position = r.position AND e.outcome = 'accepted'
				WHERE c.tenant = ?1)
			AND NOT EXISTS (SELECT 1 FROM attempts INDEXED BY attempts_phone WHERE held = 1 AND phone = ?7 AND tenant = ?1))`
	noticeColumns = `n.seq, n.tenant, n.instance, n.provider_id, n.kind, n.at, n.arrived_at, n.phone, n.digest, n.why, n.blame`
	sightings     = `SELECT ` + noticeColumns + ` FROM notices n INDEXED BY notices_sent
		WHERE n.kind = 'sent' AND n.known = 0 AND n.instance = ? AND n.phone = ? ORDER BY n.seq`
	addressee = `SELECT e.phone FROM ended e INDEXED BY ended_provider_id
		WHERE e.instance = ?2 AND e.provider_id = ?3 AND e.provider_id <> '' AND e.tenant = ?1`
	addresseeSent = `SELECT n.phone FROM notices n INDEXED BY notices_unknown
		WHERE n.known = 0 AND n.kind <> 'reply' AND n.instance = ?2 AND n.provider_id = ?3 AND n.provider_id <> ''
			AND n.kind = 'sent' AND n.tenant = ?1 LIMIT 1`
	addresseePending = `SELECT '' WHERE EXISTS (SELECT 1 FROM attempts a INDEXED BY attempts_slot
			WHERE a.phase = 'flying' AND a.instance = ?2 AND a.tenant = ?1 AND a.taken_at <= ?3)
		OR EXISTS (SELECT 1 FROM attempts a INDEXED BY attempts_quarantine
			WHERE a.phase = 'lost' AND a.held = 1 AND a.instance = ?2 AND a.tenant = ?1 AND a.taken_at <= ?3)`
	absorbKnown = `SELECT ` + noticeColumns + ` FROM notices n INDEXED BY notices_known
		WHERE n.known = 1 ORDER BY n.seq LIMIT ?`
	absorbExpired = `SELECT ` + noticeColumns + ` FROM notices n INDEXED BY notices_arrived
		WHERE n.arrived_at < ? AND n.known = 0 ORDER BY n.arrived_at, n.seq LIMIT ?`
	absorbReplied = `SELECT ` + sqlrecords.ClosedColumns + ` FROM campaigns c INDEXED BY campaigns_by_tenant
		CROSS JOIN recipients r INDEXED BY recipients_phone ON r.campaign = c.id AND r.phone = ?2
		CROSS JOIN ended e INDEXED BY ended_accepted ON e.campaign = c.id AND e.position = r.position AND e.outcome = 'accepted'
		WHERE c.tenant = ?1 AND e.taken_at BETWEEN ?3 AND ?4`
	absorbEnded = `SELECT ` + sqlrecords.ClosedColumns + ` FROM json_each(?) j CROSS JOIN ended e INDEXED BY ended_provider_id
		ON e.instance = j.value ->> 0 AND e.provider_id = j.value ->> 1 AND e.provider_id <> ''`
)

// Stash implements campaign.Inbox.
func (s *Store) Stash(ctx context.Context, ns []campaign.Notice) error {
	if len(ns) == 0 {
		return ctx.Err()
	}
	return s.writer.do(ctx, func(t *tx) error {
		for i := range ns {
			n := &ns[i]
			query := stash
			if n.Kind == campaign.NoticeReply {
				query = stashReply
			}
			if w, since, ok := n.Warms(); ok {
				if err := t.warm(w, since); err != nil {
					return err
				}
			}
			err := t.exec(query, string(n.Tenant), int64(n.Instance), n.ProviderID, string(n.Kind),
				sqlrecords.Micros(n.At), sqlrecords.Micros(n.ArrivedAt), string(n.Phone), n.Digest,
				sqlrecords.Reason(n.Why), string(n.Blame))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Absorb implements campaign.Inbox.
func (s *Store) Absorb(ctx context.Context, now, expire time.Time, most int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, now, func(l *loader) error { return l.absorb(expire, most) }, apply)
}

// Held implements campaign.Ledger.
func (s *Store) Held(ctx context.Context, p contact.Phone) (held bool, until time.Time, err error) {
	err = s.view(ctx, func(v *view) error {
		var at int64
		switch err := v.tx.QueryRowContext(ctx, heldUntil, string(p)).Scan(&at); {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return explain(err)
		}
		held, until = true, sqlrecords.Instant(at)
		return nil
	})
	return held, until, err
}

// Sightings implements campaign.Inbox.
func (s *Store) Sightings(ctx context.Context, i campaign.InstanceID, p contact.Phone) (list []campaign.Notice, err error) {
	err = s.view(ctx, func(v *view) error {
		rows, err := v.tx.QueryContext(ctx, sightings, int64(i), string(p))
		if err != nil {
			return explain(err)
		}
		defer rows.Close()
		for rows.Next() {
			n, err := scanNotice(rows)
			if err != nil {
				return explain(err)
			}
			list = append(list, n)
		}
		return explain(rows.Err())
	})
	return list, err
}

// Addressee implements campaign.Inbox.
func (s *Store) Addressee(ctx context.Context, t campaign.Tenant, i campaign.InstanceID, id string, until time.Time) (p contact.Phone, pending bool, err error) {
	err = s.view(ctx, func(v *view) error {
		ask := func(query string, last any) (found bool, err error) {
			err = v.tx.QueryRowContext(ctx, query, string(t), int64(i), last).Scan((*string)(&p))
			if errors.Is(err, sql.ErrNoRows) {
				return false, nil
			}
			return err == nil, explain(err)
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

func scanNotice(row *sql.Rows) (n campaign.Notice, err error) {
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

func (l *loader) absorb(expire time.Time, most int) error {
	if most <= 0 {
		return nil
	}
	add := func(row *sql.Rows) error {
		n, err := scanNotice(row)
		l.r.Notices = append(l.r.Notices, n)
		return err
	}
	if err := l.t.query(absorbKnown, add, int64(most)); err != nil {
		return err
	}
	var (
		known  set[campaign.ProviderKey]
		people set[campaign.RecipientID]
	)
	for _, n := range l.r.Notices {
		if n.Kind != campaign.NoticeReply {
			known.add(campaign.ProviderKey{Instance: n.Instance, ID: n.ProviderID})
		}
	}
	if room := most - len(l.r.Notices); room > 0 && !expire.IsZero() {
		if err := l.t.query(absorbExpired, add, expire.UnixMicro(), int64(room)); err != nil {
			return err
		}
	}
	slices.SortFunc(l.r.Notices, func(a, b campaign.Notice) int { return cmp.Compare(a.Seq, b.Seq) })
	closed := func(row *sql.Rows) error {
		c, err := sqlrecords.ScanClosed(row)
		if err == nil {
			l.r.Ended[c.Attempt] = c
			people.add(c.Recipient)
		}
		return err
	}
	if len(known.list) > 0 {
		if err := l.t.query(absorbEnded, closed, providerKeys(known.list)); err != nil {
			return err
		}
	}
	for _, n := range l.r.Notices {
		if n.Kind != campaign.NoticeReply || n.Phone == "" {
			continue
		}
		err := l.t.query(absorbReplied, closed, string(n.Tenant), string(n.Phone),
			sqlrecords.Micros(n.At.Add(-campaign.ReplyWindow)), sqlrecords.Micros(n.Until()))
		if err != nil {
			return err
		}
	}
	if err := l.around(); err != nil {
		return err
	}
	if err := l.people(people.list); err != nil {
		return err
	}
	if err := l.waits(people.list); err != nil {
		return err
	}
	return l.warm()
}
