package campaign

import (
	"context"
	"time"
)

// Why answers "why has this not gone out yet?": each number of the campaign
// with the gates that are closed for it, by the same code that the take asks.
type Why struct {
	Campaign ID
	At       time.Time
	Numbers  []NumberWhy
}

// NumberWhy tells what one number waits for.
type NumberWhy struct {
	Instance InstanceID
	Name     string
	// Shut are all gates that are closed now; none means that it may send.
	Shut []Shut
	// OpensAt is the first instant at which every gate is open; zero when no
	// instant is known.
	OpensAt time.Time
}

// Explain tells why a campaign does not send at this moment.
func (s *Service) Explain(ctx context.Context, id ID) (w Why, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return w, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id)
		if err != nil {
			return err
		}
		w = Why{Campaign: id, At: s.now()}
		all, err := s.prospects(r, c)
		if err != nil {
			return err
		}
		for _, p := range all {
			at, _ := p.opens(w.At)
			w.Numbers = append(w.Numbers, NumberWhy{Instance: p.instance.ID, Name: p.instance.Name, Shut: p.shut(w.At), OpensAt: at})
		}
		return nil
	})
	return w, err
}
