package campaign

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"strings"

	"github.com/alreasense/campaigns/contact"
)

// Intake tells what became of the people who were added to a campaign.
type Intake struct {
	// Added are in the audience now, Duplicates were in it already by their
	// phone, Refused were errors of the sequence, and OptedOut is the part of
	// Added that will be skipped because they do not want messages.
	Added, Duplicates, Refused, OptedOut int64
	// Inactive are contacts that are switched off and stayed out (Invite).
	Inactive int64
	// Faults say why the first MaxFaults of Refused were.
	Faults []Fault
}

// Fault is one item of a sequence that was refused.
type Fault struct {
	// Item is its place in the sequence, from 1.
	Item int64
	// Err is the error that the sequence yielded, or a *contact.PhoneError for a
	// phone that is none.
	Err error
}

// MaxFaults bounds Intake.Faults.
const MaxFaults = 100

func (in *Intake) refuse(item int64, err error) {
	in.Refused++
	if len(in.Faults) < MaxFaults {
		in.Faults = append(in.Faults, Fault{Item: item, Err: err})
	}
}

// enlistBatch bounds the people of one transaction.
const enlistBatch = 500

// maxFields bounds the different names of own variables in one campaign.
const maxFields = 200

// addressable refuses what has not even the form of a canonical phone.
func addressable(p contact.Phone) error {
	digits, plus := strings.CutPrefix(string(p), "+")
	if plus && len(digits) >= 7 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == "" {
		return nil
	}
	if _, err := contact.ParsePhone(string(p), ""); err != nil {
		return err
	}
	return &contact.PhoneError{Reason: contact.ReasonNotPhone, Input: string(p)}
}

// Add puts people into the audience, in order, in batches that are durable one
// by one. An error that the sequence yields, and a phone that contact.ParsePhone
// would not have made, count as refused and do not stop it: Intake.Faults says
// why. What was added before an error of the store stays added. Each
// contact is copied: later changes of the person do not reach the campaign. Two
// spellings of one number are one person, and the second a duplicate.
//
// A completed campaign takes nobody: Reopening opens it for them.
func (s *Service) Add(ctx context.Context, id ID, people iter.Seq2[contact.Contact, error]) (in Intake, err error) {
	batch := make([]contact.Contact, 0, enlistBatch)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := s.enlist(ctx, id, batch, &in)
		batch = batch[:0]
		return err
	}
	var item int64
	for p, err := range people {
		item++
		if err == nil {
			err = addressable(p.Phone)
		}
		if err != nil {
			in.refuse(item, err)
			continue
		}
		p.Phone = p.Phone.Canonical()
		if batch = append(batch, p); len(batch) == enlistBatch {
			if err := flush(); err != nil {
				return in, err
			}
		}
	}
	return in, flush()
}

func (s *Service) enlist(ctx context.Context, id ID, batch []contact.Contact, in *Intake) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	if err := s.e.keyed(ctx, true); err != nil {
		return err
	}
	var now Intake
	err := s.rows.Update(ctx, func(w Writer) error {
		now = Intake{}
		c, err := w.Campaign(id)
		if err != nil {
			return err
		}
		opens := s.reopens && c.Status == Completed
		if _, err := c.Status.After(CommandAdd); err != nil && !opens {
			return err
		}
		phones := make([]contact.Phone, len(batch))
		for i, p := range batch {
			phones[i] = p.Phone
		}
		out, err := s.e.silenced(w, s.caller.Tenant, phones...)
		if err != nil {
			return err
		}
		added, err := w.Enlist(id, c.Total, batch)
		if err != nil {
			return err
		}
		fields := maps.Clone(c.Fields)
		if fields == nil {
			fields = make(map[string]int64)
		}
		for i, ok := range added {
			if !ok {
				now.Duplicates++
				continue
			}
			now.Added++
			if out[i] {
				now.OptedOut++
			}
			countFields(fields, batch[i])
		}
		if now.Added == 0 {
			return errUnchanged
		}
		if len(fields) > maxFields {
			return Invalid{{"contacts", Because(CodeTooMany, "max", fmt.Sprint(maxFields), "have", fmt.Sprint(len(fields)))}}
		}
		if opens {
			if err := s.reopen(w, &c, Reason{}); err != nil {
				return err
			}
		}
		c.Total += now.Added
		c.Fields = fields
		c.Rev++
		c.UpdatedAt = s.now()
		if err := w.SaveCampaign(&c); err != nil {
			return err
		}
		if err := w.Wake(id, s.now()); err != nil {
			return err
		}
		return w.Record(s.event(EventCampaignAdded, id, Because(CodeAdded, "added", fmt.Sprint(now.Added), "duplicates", fmt.Sprint(now.Duplicates))))
	})
	if err == errUnchanged {
		err = nil
	}
	if err != nil {
		return err
	}
	in.Added += now.Added
	in.Duplicates += now.Duplicates
	in.OptedOut += now.OptedOut
	s.e.pulse.beat()
	return nil
}

// Everyone adapts a slice to Add.
func Everyone(people ...contact.Contact) iter.Seq2[contact.Contact, error] {
	return func(yield func(contact.Contact, error) bool) {
		for _, p := range people {
			if !yield(p, nil) {
				return
			}
		}
	}
}
