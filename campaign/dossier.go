package campaign

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Dossier is everything that a tenant holds about a person.
type Dossier struct {
	Phone contact.Phone
	// At is when it was put together.
	At time.Time
	// Contact is nil where the person is none; Groups are those it is in.
	Contact *contact.Contact
	Groups  []contact.Group
	// OptedOut tells whether the person gets nothing, Consents are the events
	// of opting out and in, and of erasure, oldest first.
	OptedOut bool
	// OptOutLevel tells on whose word.
	OptOutLevel Level
	Consents    []Event
	// Campaigns are those in whose audience the person is, oldest first.
	Campaigns []Participation
}

// Participation is a person's part in a campaign.
type Participation struct {
	Campaign  Campaign
	Recipient Recipient
	// Text is what the person was sent, or is being sent. The text of a send that
	// has ended is not kept: it is made again from the message as it stands now
	// and the person as copied for the campaign, and is empty where the message
	// was removed since.
	Text string
	// Exact tells that Text is the one that was taken, letter by letter.
	Exact bool
	// Attempts are the sends that have ended, oldest first, and Events what
	// happened to the person in the campaign.
	Attempts []Closed
	Events   []Event
}

// Dossier puts together everything that is held about a person. What has
// arrived from a gateway and was not applied yet, for a day at most, and the
// files of imports are not in it. It takes the role Operator, and its time
// grows with the number of the tenant's events.
func (s *Service) Dossier(ctx context.Context, p contact.Phone) (d Dossier, err error) {
	if err := s.caller.may(Operator); err != nil {
		return d, err
	}
	if p == "" || Erased(p) {
		return d, &FieldError{"phone", Because(CodeMissing)}
	}
	p = p.Canonical()
	d.Phone, d.At = p, s.now()
	people := s.Contacts()
	for _, spelled := range p.Stored() {
		c, err := people.ContactByPhone(ctx, spelled)
		if err == nil {
			d.Contact = &c
			d.Groups, err = people.GroupsOf(ctx, c.ID)
		}
		if err != nil && !errors.Is(err, contact.ErrNotFound) {
			return Dossier{}, err
		}
		if d.Contact != nil {
			break
		}
	}
	if err := s.e.keyed(ctx, false); err != nil {
		return Dossier{}, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		out, err := s.e.outcries(r, s.caller.Tenant, p)
		if err != nil {
			return err
		}
		d.OptOutLevel = out[0].level()
		d.OptedOut = d.OptOutLevel != NotOut
		if d.Consents, err = consents(r, out[0].keys...); err != nil {
			return err
		}
		cal, err := r.Calendar()
		if err != nil {
			return err
		}
		var places []RecipientID
		for _, spelled := range p.Stored() {
			more, err := r.Places(spelled)
			if err != nil {
				return err
			}
			places = append(places, more...)
		}
		for _, id := range places {
			part, err := s.participation(r, id, cal)
			if err != nil {
				return err
			}
			d.Campaigns = append(d.Campaigns, part)
		}
		return nil
	})
	if err != nil {
		return Dossier{}, err
	}
	return d, nil
}

// consents are the events about a phone's opt-out.
func consents(r Reader, keys ...SuppressionKey) ([]Event, error) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = hex.EncodeToString(k[:])
	}
	return events(r, EventQuery{Types: []EventType{EventOptedOut, EventOptedIn, EventErased}},
		func(e *Event) bool { return slices.Contains(names, e.Why.Args[OptOutKey]) })
}

// events reads all that q selects and want wants.
func events(r Reader, q EventQuery, want func(*Event) bool) (list []Event, err error) {
	q.Limit = PageLimit(1 << 20)
	for {
		es, err := r.Events(q)
		if err != nil {
			return nil, err
		}
		for i := range es {
			q.After = es[i].Seq
			if want(&es[i]) {
				list = append(list, es[i])
			}
		}
		if len(es) < q.Limit {
			return list, nil
		}
	}
}

func (s *Service) participation(r Reader, id RecipientID, cal Calendar) (part Participation, err error) {
	if part.Campaign, err = r.Campaign(id.Campaign); err != nil {
		return part, err
	}
	if part.Recipient, err = r.Recipient(id); err != nil {
		return part, err
	}
	if part.Attempts, err = r.History(id.Campaign, id.Position-1, id.Position); err != nil {
		return part, err
	}
	part.Events, err = events(r, EventQuery{Campaign: id.Campaign, Position: id.Position}, func(*Event) bool { return true })
	if err != nil {
		return part, err
	}
	switch part.Recipient.State {
	case Sending, Unknown:
		open, err := r.Flights(id.Campaign)
		if i := slices.IndexFunc(open, func(a Attempt) bool { return a.Recipient == id }); i >= 0 {
			part.Text, part.Exact = open[i].Text, true
		}
		return part, err
	case Sent, Delivered, Read:
		part.Text = s.e.again(part.Campaign, cal, part.Recipient)
	}
	return part, nil
}

// again makes the text of a send once more.
func (e *Engine) again(c Campaign, cal Calendar, to Recipient) string {
	m, ok := c.Message(to.Message)
	if !ok {
		return ""
	}
	t, problems := Compile(m.Text)
	if len(problems) > 0 {
		return ""
	}
	text, err := t.text(e.Variables, c.ask(to.ID, to.Contact, to.TakenAt.In(e.kitchen.recipe(c, cal).loc)))
	if err != nil {
		return ""
	}
	return text
}
