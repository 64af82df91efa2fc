package campaign

import (
	"context"

	"github.com/alreasense/campaigns/contact"
)

// lastPlaces is how many campaigns LastTo looks at, the newest first.
const lastPlaces = 50

// LastTo is the place of a person in the campaign that has written to them last;
// a zero one if none has. It takes the role Viewer.
func (s *Service) LastTo(ctx context.Context, p contact.Phone) (last Recipient, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return last, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		last = Recipient{}
		for _, spelled := range p.Canonical().Stored() {
			places, err := r.Places(spelled)
			if err != nil {
				return err
			}
			for _, id := range places[max(0, len(places)-lastPlaces):] {
				to, err := r.Recipient(id)
				if err != nil {
					return err
				}
				if !to.TakenAt.IsZero() && to.TakenAt.After(last.TakenAt) {
					last = to
				}
			}
		}
		return nil
	})
	return last, err
}
