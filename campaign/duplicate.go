package campaign

import (
	"context"
	"iter"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Duplicate makes a new draft with the content of a campaign, in any status,
// under another name. Dates that have passed are left out, and the messages
// count from zero. With people it has the same audience too, as the contacts
// were when they were added.
func (s *Service) Duplicate(ctx context.Context, id ID, name string, people bool) (Campaign, error) {
	if err := s.caller.may(Operator); err != nil {
		return Campaign{}, err
	}
	from, err := s.Campaign(ctx, id)
	if err != nil {
		return Campaign{}, err
	}
	d := from.Draft.clone()
	d.Name = name
	for i := range d.Messages {
		d.Messages[i].ID = 0
	}
	if !d.StartAt.After(s.now()) {
		d.StartAt = time.Time{}
	}
	if !d.EndAt.After(s.now()) {
		d.EndAt = time.Time{}
	}
	c, err := s.Create(ctx, d)
	if err != nil || !people {
		return c, err
	}
	var broken error
	if _, err := s.Add(ctx, c.ID, s.audienceOf(ctx, from, &broken)); err != nil {
		return c, err
	}
	if broken != nil {
		return c, broken
	}
	return s.Campaign(ctx, c.ID)
}

// audienceOf yields the people of a campaign but for those who were left out. An
// error ends it and is kept.
func (s *Service) audienceOf(ctx context.Context, c Campaign, kept *error) iter.Seq2[contact.Contact, error] {
	return func(yield func(contact.Contact, error) bool) {
		for r, err := range s.Audience(ctx, c.ID) {
			if err != nil {
				*kept = err
				return
			}
			if !c.LeftOut.Has(r.ID.Position) && !yield(r.Contact, nil) {
				return
			}
		}
	}
}
