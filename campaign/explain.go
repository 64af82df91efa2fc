package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Why answers "why has this not gone out yet?": each number of the campaign
// with the gates that are closed for it, by the same code that the take asks.
type Why struct {
	Campaign ID
	At       time.Time
	Numbers  []NumberWhy
	// Stalled tells why nothing goes out, whatever stands in the way of the
	// numbers: there is none, no daemon is alive, or the only one is this engine
	// and takes nothing. Zero while there is one that may.
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

// RecipientWhy answers "why has this not gone out to this person yet?", by the
// gates that a take asks before it sends to somebody.
type RecipientWhy struct {
	Recipient Recipient
	At        time.Time
	// Shut are the gates of the person that are closed now: what became of the
	// message already, erasure, opt-out, a wait for another try, a busy phone, a
	// text that cannot be made.
	Shut []Shut
	// Ahead is how many people of the audience come before this one; those who
	// were put off and are due come before, too, and are not counted.
	Ahead int64
	// Numbers are the campaign's, with the gates that are closed for them.
	Numbers []NumberWhy
	// OpensAt is the first instant at which every gate of the person and of one
	// number is open; zero when no instant is known. Those who are ahead come
	// first even then.
	OpensAt time.Time
	// Stalled is as in Why.
	Stalled Reason
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
		b, err := r.Books(id)
		if err != nil {
			return err
		}
		all, err := s.prospects(r, c, b)
		w.Numbers = waits(all, w.At, w.At)
		return err
	})
	if err == nil {
		w.Stalled, err = s.stalled(ctx, w.At, len(w.Numbers))
	}
	return w, err
}

// waits tells what numbers wait for at now, and when they open from an instant
// on.
func waits(all []prospect, now, from time.Time) (list []NumberWhy) {
	for _, p := range all {
		w := NumberWhy{Instance: p.instance.ID, Name: p.instance.Name, Shut: p.shut(now)}
		if !from.IsZero() {
			w.OpensAt, _ = p.opens(from)
		}
		list = append(list, w)
	}
	return list
}

// ExplainRecipient tells why a campaign has not sent to one person at this
// moment.
func (s *Service) ExplainRecipient(ctx context.Context, id RecipientID) (w RecipientWhy, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return w, err
	}
	if err := s.e.keyed(ctx, false); err != nil {
		return w, err
	}
	var (
		p    person
		all  []prospect
		last time.Time // when a lost attempt lets its recipient go, by the standing order
	)
	err = s.rows.View(ctx, func(r Reader) error {
		c, err := r.Campaign(id.Campaign)
		if err != nil {
			return err
		}
		w = RecipientWhy{At: s.now()}
		if w.Recipient, err = r.Recipient(id); err != nil {
			return err
		}
		b, err := r.Books(c.ID)
		if err != nil {
			return err
		}
		if all, err = s.prospects(r, c, b); err != nil {
			return err
		}
		if w.Recipient.State == Pending {
			w.Ahead = max(0, id.Position-b.Cursor.Position-1)
		}
		cal, err := r.Calendar()
		if err != nil {
			return err
		}
		out, err := s.e.silenced(r, c.Tenant, w.Recipient.Contact.Phone)
		if err != nil {
			return err
		}
		p = person{Recipient: w.Recipient, suppressed: out[0], cook: &cook{recipe: s.e.kitchen.recipe(c, cal),
			job: &Job{Campaign: c, Cursor: b.Cursor, Tally: b.Tally}, variables: s.e.Variables}}
		if err := strangerTo(r, all, w.Recipient.Contact.Phone); err != nil {
			return err
		}
		if w.Recipient.State == Unknown {
			last, err = owedAt(r, c, id)
		}
		return err
	})
	if err != nil {
		return w, err
	}
	if p.State == Pending && !Erased(p.Contact.Phone) {
		if p.busy, p.busyUntil, err = s.e.store.Held(ctx, p.Contact.Phone); err != nil {
			return w, err
		}
	}
	var opens time.Time
	w.Shut, opens = p.all(w.At)
	if !last.IsZero() {
		w.Shut[0].Until, w.Shut[0].Never, opens = last, false, last
	}
	for i := range all {
		all[i].queue = nil // this person is whom they would send to
	}
	w.Numbers = waits(all, w.At, opens)
	w.setAside(all)
	for _, n := range w.Numbers {
		w.OpensAt = earlier(w.OpensAt, n.OpensAt)
	}
	w.Stalled, err = s.stalled(ctx, w.At, len(w.Numbers))
	return w, err
}

// owedAt is when the standing order sends once more to a recipient whose
// attempt is lost; zero if it does not.
func owedAt(r Reader, c Campaign, id RecipientID) (time.Time, error) {
	open, err := r.Flights(c.ID)
	i := slices.IndexFunc(open, func(a Attempt) bool { return a.Recipient == id })
	if err != nil || i < 0 || !c.owes(&open[i]) || open[i].LookAt.IsZero() {
		return time.Time{}, err // after the last inquiry there is nothing to act at
	}
	return later(open[i].Quarantine, open[i].LookAt), nil
}

// FindRecipient finds a person in a campaign's audience by the phone.
func (s *Service) FindRecipient(ctx context.Context, id ID, p contact.Phone) (found RecipientID, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return found, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		if _, err := r.Campaign(id); err != nil {
			return err
		}
		places, err := r.Places(p)
		i := slices.IndexFunc(places, func(x RecipientID) bool { return x.Campaign == id })
		switch {
		case err != nil:
			return err
		case i < 0:
			return ErrNotFound
		}
		found = places[i]
		return nil
	})
	return found, err
}

// Daemons lists the processes that work on the store, by name.
func (s *Service) Daemons(ctx context.Context) ([]Daemon, error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	return s.e.store.Daemons(ctx, s.now().Add(-s.e.Timing.Dead))
}

// stalled tells why none of a campaign's numbers sends, whatever their gates
// say.
func (s *Service) stalled(ctx context.Context, now time.Time, numbers int) (Reason, error) {
	h, on, err := s.e.readHalt(ctx)
	switch {
	case err != nil:
		return Reason{}, err
	case on:
		return h.why(), nil
	case numbers == 0:
		return Because(CodeNoInstance), nil
	}
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
