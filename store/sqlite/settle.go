package sqlite

import (
	"context"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// Settle implements campaign.Ledger.
func (s *Store) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.ledger(ctx, now, func(l *loader) error { return l.settle(ss) }, apply)
}

func (l *loader) settle(ss []campaign.Settlement) error {
	if len(ss) == 0 {
		return nil
	}
	var ids set[campaign.AttemptID]
	for i := range ss {
		ids.add(ss[i].Attempt)
	}
	if err := l.open(ids.list); err != nil {
		return err
	}
	if len(l.r.Open) < len(ids.list) {
		var rest []campaign.AttemptID
		for _, id := range ids.list {
			if l.r.Open[id] == nil {
				rest = append(rest, id)
			}
		}
		if err := l.ended(rest); err != nil {
			return err
		}
	}
	if err := l.around(); err != nil {
		return err
	}
	var (
		people, late set[campaign.RecipientID]
		claims       set[campaign.ProviderKey]
	)
	for i := range ss {
		var instance campaign.InstanceID
		if a := l.r.Open[ss[i].Attempt]; a != nil {
			people.add(a.Recipient)
			instance = a.Instance
		} else if c, ok := l.r.Ended[ss[i].Attempt]; ok {
			people.add(c.Recipient)
			late.add(c.Recipient)
			instance = c.Instance
		} else {
			continue
		}
		if id := ss[i].Accepted.ProviderID; id != "" {
			claims.add(campaign.ProviderKey{Instance: instance, ID: id})
		}
	}
	if err := l.people(people.list); err != nil {
		return err
	}
	// A recipient with an open attempt has no waiting row.
	if err := l.waits(late.list); err != nil {
		return err
	}
	return l.claimed(claims.list)
}
