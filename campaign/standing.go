package campaign

import "context"

// Standing is a campaign with how far it has come, both read at one instant.
type Standing struct {
	Campaign Campaign
	Progress Progress
	// Warnings are what its texts give to look at, though they may be sent.
	Warnings []Warning
}

// Standing returns one campaign with its progress.
func (s *Service) Standing(ctx context.Context, id ID) (v Standing, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return v, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id)
		if err != nil {
			return err
		}
		v, err = s.standing(r, c)
		return err
	})
	return v, err
}

// Standings lists campaigns with their progress, and counts those that the
// query selects on all of its pages.
func (s *Service) Standings(ctx context.Context, q CampaignQuery) (list []Standing, count int64, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, 0, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		if count, err = r.CountCampaigns(q); err != nil {
			return err
		}
		cs, err := r.Campaigns(q)
		if err != nil {
			return err
		}
		list = make([]Standing, len(cs))
		for i, c := range cs {
			if list[i], err = s.standing(r, c); err != nil {
				return err
			}
		}
		return nil
	})
	return list, count, err
}

func (s *Service) standing(r Reader, c Campaign) (Standing, error) {
	p, err := s.progress(r, c)
	return Standing{Campaign: c, Progress: p, Warnings: s.Warnings(c)}, err
}
