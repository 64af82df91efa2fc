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
	// Stalled tells why nothing goes out, whatever stands in the way of the
	// numbers: no daemon is alive, or the only one is this engine and takes
	// nothing. Zero while there is one that may.
	Stalled Reason
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
	if err == nil {
		w.Stalled, err = s.stalled(ctx, w.At)
	}
	return w, err
}

// Daemons lists the processes that work on the store, by name.
func (s *Service) Daemons(ctx context.Context) ([]Daemon, error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	return s.e.store.Daemons(ctx, s.now().Add(-s.e.Timing.Dead))
}

func (s *Service) stalled(ctx context.Context, now time.Time) (Reason, error) {
	alive, err := s.e.store.Daemons(ctx, now.Add(-s.e.Timing.Dead))
	switch {
	case err != nil:
		return Reason{}, err
	case len(alive) == 0:
		return Because(CodeNoDaemon), nil
	case len(alive) == 1 && alive[0].Name == s.e.Daemon:
		return s.e.Unready(), nil
	}
	return Reason{}, nil
}
