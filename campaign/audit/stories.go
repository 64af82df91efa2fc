package audit

import (
	"maps"
	"slices"

	"github.com/alreasense/campaigns/campaign"
)

// shelf is how many stories are read in one pass over a campaign's events:
// about 20 MB of them.
const shelf = 16_384

// unfold keeps the recipient, whose rows do not foretell what the log says of
// it, until its events are read with those of others.
func (s *survey) unfold(v *visit) error {
	p := *v.p // alone, not with the whole page that it was read in
	v.p, v.past = &p, slices.Clone(v.past)
	s.tales[p.ID.Position] = newTale(v)
	if len(s.tales) < shelf {
		return nil
	}
	return s.stories()
}

// stories reads the events of the recipients that were kept, in one pass: the
// log has no order by recipient, so that a pass for each would read it as often
// as there are such recipients.
func (s *survey) stories() error {
	if len(s.tales) == 0 {
		return nil
	}
	err := scan(s.r, campaign.EventQuery{Campaign: s.x.ID}, func(e *campaign.Event) error {
		if t := s.tales[e.Position]; t != nil {
			return t.hear(e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, position := range slices.Sorted(maps.Keys(s.tales)) {
		if err := s.tales[position].conclude(); err != nil {
			return err
		}
	}
	clear(s.tales)
	return nil
}
