package campaign

import (
	"context"
	"iter"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// OptOut is one opt-out of a tenant, as it is told to people.
type OptOut struct {
	OptOutRow
	// Contact has the phone; zero where no contact has it. Nobody can tell the
	// phone then, since only its key is kept. Of who was erased nothing is told but
	// that and when.
	Contact contact.Contact
	// Author is who recorded it, Why for what reason, and Told when: Why.Args holds
	// the evidence ("reason"), or the word and the message in which it stood. They
	// are zero where the log does not tell.
	Author string
	Why    Reason
	Told   time.Time
}

// OptOuts lists who gets no messages, the newest first. Its time grows with the
// tenant's contacts, whose phones are compared with the keys that are kept. It
// takes the role Viewer.
func (s *Service) OptOuts(ctx context.Context, q OptOutQuery) (all []OptOut, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	if err := s.e.keyed(ctx, false); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		rows, err := r.OptOuts(q)
		if err != nil {
			return err
		}
		all = make([]OptOut, len(rows))
		for i, row := range rows {
			all[i].OptOutRow = row
		}
		return tellOptOuts(r, all)
	})
	if err != nil {
		return nil, err
	}
	return all, s.nameOptOuts(ctx, all)
}

// AllOptOuts goes through the whole list, in pieces of many, each of which looks
// at all contacts.
func (s *Service) AllOptOuts(ctx context.Context) iter.Seq2[OptOut, error] {
	return func(yield func(OptOut, error) bool) {
		const most = 20_000
		var q OptOutQuery
		for {
			q.Limit = most
			all, err := s.OptOuts(ctx, q)
			if err != nil {
				yield(OptOut{}, err)
				return
			}
			for _, o := range all {
				if !yield(o, nil) {
					return
				}
				q.Before, q.Key = o.At, o.Key
			}
			if len(all) < most {
				return
			}
		}
	}
}

// tellOptOuts finds the event that each opt-out rests on: the last one of its
// level that nothing has undone.
func tellOptOuts(r Reader, all []OptOut) error {
	of := make(map[string]*OptOut, len(all))
	for i := range all {
		if all[i].Level != OutByLaw {
			of[keyName(all[i].Key)] = &all[i]
		}
	}
	found := make(map[*OptOut]Level)
	q := EventQuery{Types: []EventType{EventOptedOut, EventOptedIn, EventErased}, Newest: true, Limit: PageLimit(1 << 20)}
	for more := true; more && len(of) > 0; {
		es, err := r.Events(q)
		if err != nil {
			return err
		}
		more = len(es) == q.Limit
		for i := range es {
			e := &es[i]
			q.Before = e.Seq
			name := e.Why.Args[OptOutKey]
			o := of[name]
			if o == nil {
				continue
			}
			level := levelBy(e.Why)
			switch {
			case e.Type == EventOptedIn:
				delete(of, name)
			case e.Type == EventErased:
				found[o] = OutByLaw
				delete(of, name)
			case o.Level == OutUnrecorded && level > found[o], level == o.Level:
				o.Author, o.Why, o.Told, found[o] = e.Author, e.Why.without(OptOutKey), e.At, level
				if o.Level != OutUnrecorded {
					delete(of, name)
				}
			}
		}
	}
	for i := range all {
		o := &all[i]
		if o.Level == OutUnrecorded {
			if o.Level = found[o]; o.Level == NotOut {
				o.Level = OutByOperator // in doubt, as levels does
			}
		}
		if o.Level == OutByLaw {
			*o = OptOut{OptOutRow: o.OptOutRow}
		}
	}
	return nil
}

// nameOptOuts finds the contacts whose phones the keys are of.
func (s *Service) nameOptOuts(ctx context.Context, all []OptOut) error {
	of := make(map[SuppressionKey]*OptOut, len(all))
	for i := range all {
		if all[i].Level != OutByLaw {
			of[all[i].Key] = &all[i]
		}
	}
	if len(of) == 0 {
		return nil
	}
	for c, err := range contact.All(ctx, s.Contacts(), contact.Filter{}) {
		if err != nil {
			return err
		}
		for _, k := range s.e.keysOf(s.caller.Tenant, c.Phone) {
			if o := of[k]; o != nil {
				o.Contact = c
				delete(of, k)
			}
		}
		if len(of) == 0 {
			break
		}
	}
	return nil
}
