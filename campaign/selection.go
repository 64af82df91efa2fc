package campaign

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/alreasense/campaigns/contact"
)

// Selection names people among the tenant's contacts. Somebody who is named
// several times is meant once.
type Selection struct {
	// Contacts are ids of contacts, Groups ids of groups, all of whose members
	// are meant.
	Contacts, Groups []int64
	// Tags mean everybody who has at least one of them.
	Tags []string
}

// IsZero reports whether nobody is named.
func (x Selection) IsZero() bool {
	return len(x.Contacts) == 0 && len(x.Groups) == 0 && len(x.Tags) == 0
}

// Check names, in an Invalid, the contacts and groups of a selection that the
// tenant does not have.
func (s *Service) Check(ctx context.Context, x Selection) error {
	if err := s.caller.may(Viewer); err != nil {
		return err
	}
	var bad Invalid
	people := s.Contacts()
	check := func(field string, ids []int64, find func(int64) error) error {
		for i, id := range ids {
			err := find(id)
			if errors.Is(err, contact.ErrNotFound) {
				bad = append(bad, &FieldError{fmt.Sprintf("%s[%d]", field, i), Because(CodeNoSuch, "id", fmt.Sprint(id))})
			} else if err != nil {
				return err
			}
		}
		return nil
	}
	err := errors.Join(
		check("contacts", x.Contacts, func(id int64) error { _, err := people.Contact(ctx, id); return err }),
		check("groups", x.Groups, func(id int64) error { _, err := people.Group(ctx, id); return err }))
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return bad
	}
	return nil
}

// Invite adds the people of a selection to the audience, as Add does: to a
// campaign that runs they are its next wave. Contacts that are switched off
// stay out and are counted. A selection that names somebody who does not exist
// is Invalid, and nobody is added.
func (s *Service) Invite(ctx context.Context, id ID, x Selection) (Intake, error) {
	if err := s.caller.may(Operator); err != nil {
		return Intake{}, err
	}
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return Intake{}, err
	}
	if _, err := c.Status.After(CommandAdd); err != nil && !(s.reopens && c.Status == Completed) {
		return Intake{}, err
	}
	if err := s.Check(ctx, x); err != nil {
		return Intake{}, err
	}
	var off int64
	var broken error
	in, err := s.Add(ctx, id, func(yield func(contact.Contact, error) bool) {
		for p, err := range readAhead(ctx, func(ctx context.Context) iter.Seq2[contact.Contact, error] { return s.selected(ctx, x) }) {
			switch {
			case err != nil:
				broken = err
				return
			case !p.Active:
				off++
			case !yield(p, nil):
				return
			}
		}
	})
	in.Inactive = off
	if err == nil {
		err = broken
	}
	return in, err
}

// selected yields the people of a selection, some perhaps twice. A contact
// that was deleted meanwhile is passed over.
func (s *Service) selected(ctx context.Context, x Selection) iter.Seq2[contact.Contact, error] {
	people := s.Contacts()
	return func(yield func(contact.Contact, error) bool) {
		for _, id := range x.Contacts {
			p, err := people.Contact(ctx, id)
			if errors.Is(err, contact.ErrNotFound) {
				continue
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
		var filters []contact.Filter
		for _, g := range x.Groups {
			filters = append(filters, contact.Filter{Group: g})
		}
		if len(contact.NormalizeTags(x.Tags)) > 0 {
			filters = append(filters, contact.Filter{TagsAny: x.Tags})
		}
		for _, f := range filters {
			for p, err := range contact.All(ctx, people, f) {
				if !yield(p, err) || err != nil {
					return
				}
			}
		}
	}
}

// readAhead yields what a sequence yields that is read meanwhile, up to three
// batches further than it is asked for. The reading has ended when it returns.
func readAhead(ctx context.Context, read func(context.Context) iter.Seq2[contact.Contact, error]) iter.Seq2[contact.Contact, error] {
	type batch struct {
		people []contact.Contact
		err    error // behind them
	}
	return func(yield func(contact.Contact, error) bool) {
		reading, stop := context.WithCancel(ctx)
		batches := make(chan batch, 1)
		defer func() {
			stop()
			for range batches { // until it is closed
			}
		}()
		go func() {
			defer close(batches)
			var b batch
			send := func() bool {
				select {
				case batches <- b:
					b = batch{}
					return true
				case <-reading.Done():
					return false
				}
			}
			for p, err := range read(reading) {
				if b.err = err; err == nil {
					b.people = append(b.people, p)
				}
				if (err != nil || len(b.people) == enlistBatch) && !send() {
					return
				}
			}
			send()
		}()
		for b := range batches {
			for _, p := range b.people {
				if !yield(p, nil) {
					return
				}
			}
			if b.err != nil && !yield(contact.Contact{}, b.err) {
				return
			}
		}
		if err := ctx.Err(); err != nil { // what was read then is not all
			yield(contact.Contact{}, err)
		}
	}
}
