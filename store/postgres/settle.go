package postgres

import (
	"context"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/jackc/pgx/v5"
)

// Settle implements campaign.Ledger. It waits for commands of the tenants, as
// what has happened must be stored.
func (s *Store) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, now, func(l *loader) error { return l.settle(ss) }, apply)
}

func (l *loader) settle(ss []campaign.Settlement) error {
	if len(ss) == 0 {
		return nil
	}
	var (
		ids      set[campaign.AttemptID]
		claimers [][]byte
		claims   []string
	)
	for i := range ss {
		ids.add(ss[i].Attempt)
		if id := ss[i].Accepted.ProviderID; id != "" {
			claimers, claims = append(claimers, ss[i].Attempt[:]), append(claims, id)
		}
	}
	raw := bytesOf(ids.list)
	b := &pgx.Batch{}
	b.Queue(lockTenantsOf, raw, l.s.lock(lockTenant))
	l.around(b, raw)
	b.Queue(loadOpen, raw).Query(each(l.open))
	b.Queue(loadEnded, raw).Query(each(l.ended))
	l.people(b, raw)
	l.waits(b, raw)
	if len(claims) > 0 {
		b.Queue(loadClaimed, claimers, claims).Query(each(func(row pgx.Rows) error {
			var (
				k  campaign.ProviderKey
				id []byte
				a  campaign.AttemptID
			)
			err := row.Scan((*int64)(&k.Instance), &k.ID, &id)
			copy(a[:], id)
			l.r.Claimed[k] = a
			return err
		}))
	}
	return l.send(b)
}
