package campaign

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Erasure counts what a person was taken out of.
type Erasure struct {
	// Contact tells that there was a contact.
	Contact bool
	// Recipients are places in audiences, Attempts sends that have ended or are
	// lost, Notices reports of gateways.
	Recipients, Attempts, Notices int64
}

// erasedMark begins what stands for the phone of a person who was erased. No
// phone has it: a canonical one begins with a plus sign.
const erasedMark = "erased:"

// ErasedPhone stands for the phone of a recipient who was erased: audiences
// keep their places, whose phones are unique. Nothing is ever sent to it.
func ErasedPhone(id RecipientID) contact.Phone {
	return contact.Phone(fmt.Sprintf("%s%d/%d", erasedMark, id.Campaign, id.Position))
}

// Erased reports whether p stands for the phone of a person who was erased.
func Erased(p contact.Phone) bool { return strings.HasPrefix(string(p), erasedMark) }

// Erase takes a person out of everything that the tenant holds: the contact
// with its groups and tags, and the name, phone, fields and text in every
// campaign. Where the person stood in an audience, the place, its state and its
// instants stay, so that counts stay true; who was not written to yet is
// skipped when its turn comes, and what is unknown stays so and is not asked
// after any more.
//
// The phone itself is not kept. Its key among the opted out is, so that a later
// import does not write to the person again; nothing ends that. The event holds
// the key, the author and the evidence, which must not name the person.
//
// It is a *ConflictError while a message to the person may still go out, and
// says for which campaigns and until when. Repeats find nothing, and hold no
// less. What the host keeps besides is for Options.Forget. It takes the role
// Admin.
func (s *Service) Erase(ctx context.Context, p contact.Phone, evidence string) (out Erasure, err error) {
	if err := s.caller.may(Admin); err != nil {
		return Erasure{}, err
	}
	if p == "" || Erased(p) {
		return Erasure{}, &FieldError{"phone", Because(CodeMissing)}
	}
	if err := s.e.keyed(ctx, true); err != nil {
		return Erasure{}, err
	}
	p = p.Canonical()
	key := s.e.keys(s.caller.Tenant, p)[0]
	why := Because(CodeByPerson)
	if evidence != "" {
		why = why.with("reason", evidence)
	}
	err = s.rows.Update(ctx, func(w Writer) error {
		now := s.now()
		var events []Event
		out = Erasure{}
		for _, spelled := range p.Stored() {
			let, err := s.letGo(w, spelled, now)
			if err != nil {
				return err
			}
			from, err := w.Erase(now, spelled)
			if err != nil {
				return err
			}
			events = append(events, let...)
			out.Contact = out.Contact || from.Contact
			out.Recipients, out.Attempts, out.Notices = out.Recipients+from.Recipients, out.Attempts+from.Attempts, out.Notices+from.Notices
		}
		if err := w.Suppress(now, OutByLaw, key); err != nil {
			return err
		}
		return w.Record(append(events, s.event(EventErased, 0, why.with(OptOutKey, hex.EncodeToString(key[:]))))...)
	})
	if err == nil && s.e.Forget != nil {
		for _, spelled := range p.Stored() {
			err = errors.Join(err, guard("what the host forgets", func() error { return s.e.Forget(ctx, s.caller.Tenant, spelled) }))
		}
	}
	if err != nil {
		return Erasure{}, err
	}
	return out, nil
}

// letGo refuses while a message to the phone may still go out, and returns the
// events of the lost sends that give the phone up.
func (s *Service) letGo(w Writer, p contact.Phone, now time.Time) (events []Event, err error) {
	places, err := w.Places(p)
	if err != nil {
		return nil, err
	}
	var (
		busy  []string
		until time.Time
	)
	for _, id := range places {
		open, err := w.Flights(id.Campaign)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(open, func(a Attempt) bool { return a.Recipient == id })
		if i < 0 {
			continue
		}
		switch a := &open[i]; {
		case a.Phase == Flying || now.Before(a.Quarantine):
			busy = append(busy, id.Campaign.String())
			until = later(until, a.Quarantine)
		case a.Held:
			events = append(events, a.event(now, EventReleased, Reason{}))
		}
	}
	if len(busy) > 0 {
		return nil, &ConflictError{Because(CodeMayGoOut, "campaign", strings.Join(busy, ", "), "until", stamp(until.Add(time.Second-1).Truncate(time.Second)))}
	}
	return events, nil
}
