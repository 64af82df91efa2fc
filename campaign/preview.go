package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Preview is a message as one person would get it.
type Preview struct {
	Message MessageID
	Contact contact.Contact
	// At is the instant that it was rendered for: the first at which the
	// campaign's window is open, from now or from its start on.
	At time.Time
	// Text is empty where Why tells what keeps the message from this person.
	Text string
	Why  Reason
	// Defaults names the variables for which this person gets the text's default.
	Defaults []string
	// Warnings are those of the message, the same for everybody.
	Warnings []Warning
}

// PreviewQuery says for whom to render.
type PreviewQuery struct {
	// Message is which of the campaign's messages, on or off.
	Message MessageID
	// Contacts are ids of the tenant's contacts. If none is named, the first of
	// the audience are meant, or of all contacts while there is no audience.
	Contacts []int64
	// Phones are people of the audience, as the campaign knows them, or else of the
	// tenant's contacts. They come after Contacts.
	Phones []contact.Phone
	// Limit defaults to 5 and is at most 50.
	Limit int
}

// The number of previews.
const (
	previewLimit    = 5
	maxPreviewLimit = 50
)

func (q PreviewQuery) limit() int {
	switch {
	case q.Limit <= 0:
		return previewLimit
	case q.Limit > maxPreviewLimit:
		return maxPreviewLimit
	}
	return q.Limit
}

// Preview renders a message for real people, by the same code as a send. A
// text that cannot be sent at all has one Preview for each person too, whose
// Why is the first fault.
func (s *Service) Preview(ctx context.Context, id ID, q PreviewQuery) ([]Preview, error) {
	var c Campaign
	var cal Calendar
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	err := s.rows.View(ctx, func(r Reader) (err error) {
		if c, err = r.Campaign(id); err != nil {
			return err
		}
		cal, err = r.Calendar()
		return err
	})
	if err != nil {
		return nil, err
	}
	m, ok := c.Message(q.Message)
	if !ok {
		return nil, ErrNotFound
	}
	people, err := s.sample(ctx, id, q)
	if err != nil {
		return nil, err
	}
	at := s.opening(c, cal)
	t, problems := Compile(m.Text)
	var warnings []Warning
	for _, w := range s.Warnings(c) {
		if w.Message == m.ID {
			warnings = append(warnings, w)
		}
	}
	out := make([]Preview, 0, len(people))
	for _, p := range people {
		v := Preview{Message: m.ID, Contact: p, At: at, Warnings: warnings}
		ask := c.ask(RecipientID{Campaign: c.ID}, p, at)
		if len(problems) > 0 {
			v.Why = problems[0].Why
		} else if text, err := t.text(s.e.Variables, ask); err != nil {
			v.Why = renderReason(err)
		} else {
			v.Text, v.Defaults = text, t.defaulted(s.e.Variables, ask)
		}
		out = append(out, v)
	}
	return out, nil
}

// opening is when the campaign would send first, by the clock of its zone.
func (s *Service) opening(c Campaign, cal Calendar) time.Time {
	rec := s.e.kitchen.recipe(c, cal)
	at := s.now()
	if c.StartAt.After(at) {
		at = c.StartAt
	}
	if rec.window != nil {
		if next := rec.window.Next(at); !next.IsZero() {
			at = next
		}
	}
	return at.In(rec.loc)
}

// sample are the people of a preview.
func (s *Service) sample(ctx context.Context, id ID, q PreviewQuery) (people []contact.Contact, err error) {
	for _, n := range q.Contacts {
		if len(people) == q.limit() {
			return people, nil
		}
		p, err := s.Contacts().Contact(ctx, n)
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	for _, phone := range q.Phones {
		if len(people) == q.limit() {
			return people, nil
		}
		p, err := s.known(ctx, id, phone)
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	if len(q.Contacts)+len(q.Phones) > 0 {
		return people, nil
	}
	rs, err := s.Recipients(ctx, RecipientQuery{Campaign: id, Limit: q.limit()})
	if err != nil {
		return nil, err
	}
	for _, r := range rs {
		if !Erased(r.Contact.Phone) {
			people = append(people, r.Contact)
		}
	}
	if len(people) > 0 {
		return people, nil
	}
	return s.Contacts().Contacts(ctx, contact.Filter{Active: contact.OnlyActive}, contact.Page{Limit: q.limit()})
}

// known is the person of a phone, as the campaign has copied them, or else as the
// tenant's contacts have them.
func (s *Service) known(ctx context.Context, id ID, phone contact.Phone) (contact.Contact, error) {
	at, err := s.FindRecipient(ctx, id, phone)
	switch {
	case err == nil:
		r, err := s.Recipient(ctx, at)
		return r.Contact, err
	case !errors.Is(err, ErrNotFound):
		return contact.Contact{}, err
	}
	return s.Contacts().ContactByPhone(ctx, phone)
}
