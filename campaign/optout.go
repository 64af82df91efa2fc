package campaign

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"github.com/alreasense/campaigns/contact"
)

// OptOutKey is the argument of an opt-out's event that tells whose it is: the
// phone's SuppressionKey in hexadecimal digits.
const OptOutKey = "key"

// SuppressionKeys are the keys of phones under a secret, that of Options: an
// HMAC-SHA-256, bound to the tenant. An empty secret stands for the one under
// which older versions kept opt-outs where Options gave none. Which secret a store
// has says ReadSecret.
func SuppressionKeys(secret []byte) func(Tenant, contact.Phone) SuppressionKey {
	if len(secret) == 0 {
		secret = publicSecret
	}
	return func(t Tenant, p contact.Phone) (k SuppressionKey) {
		h := hmac.New(sha256.New, secret)
		h.Write([]byte(t))
		h.Write([]byte{0})
		h.Write([]byte(p))
		h.Sum(k[:0])
		return k
	}
}

// publicSecret was the default of Options.Secret once.
var publicSecret = []byte("campaigns: suppression key of tests")

// outcry is what is kept of a phone's opt-out, under each spelling of the number
// and each key under which it may be kept: the canonical one under the store's own
// key first, then those that earlier versions kept apart (contact.Phone.Stored).
type outcry struct {
	keys []SuppressionKey
	was  []Level
}

// level is the strongest word.
func (o outcry) level() Level { return slices.Max(o.was) }

// keysOfAll are the keys of phones in all their spellings, and where those of the
// next phone begin.
func (e *Engine) keysOfAll(t Tenant, phones []contact.Phone) (keys []SuppressionKey, ends []int) {
	keys, ends = make([]SuppressionKey, 0, len(phones)), make([]int, len(phones))
	for i, p := range phones {
		keys = append(keys, e.keysOf(t, p)...)
		ends[i] = len(keys)
	}
	return keys, ends
}

// outcries are those of phones.
func (e *Engine) outcries(r Reader, t Tenant, phones ...contact.Phone) ([]outcry, error) {
	keys, ends := e.keysOfAll(t, phones)
	was, err := levels(r, keys)
	if err != nil {
		return nil, err
	}
	list, begin := make([]outcry, len(phones)), 0
	for i, end := range ends {
		list[i] = outcry{keys[begin:end], was[begin:end]}
		begin = end
	}
	return list, nil
}

// silenced tells for each phone whether it has opted out, under any spelling.
func (e *Engine) silenced(r Reader, t Tenant, phones ...contact.Phone) ([]bool, error) {
	keys, ends := e.keysOfAll(t, phones)
	found, err := r.Suppressed(keys)
	if err != nil {
		return nil, err
	}
	out, begin := make([]bool, len(phones)), 0
	for i, end := range ends {
		out[i] = slices.Contains(found[begin:end], true)
		begin = end
	}
	return out, nil
}

// OptOut keeps phones from getting anything, in every campaign of the tenant,
// from the moment it returns. It stands above contacts: it survives their
// deletion and a new import. Repeats change nothing, but for a stronger word:
// see Level. The reason CodeKeyword is the person's own word, and every other
// one an operator's, whose argument "reason" is the evidence.
func (s *Service) OptOut(ctx context.Context, why Reason, phones ...contact.Phone) error {
	return s.suppress(ctx, EventOptedOut, why, phones, func(w Writer, all []outcry) (changed []SuppressionKey, err error) {
		for _, o := range all {
			if err := w.Suppress(s.now(), max(o.level(), levelBy(why)), o.keys[0]); err != nil {
				return nil, err
			}
			changed = append(changed, o.keys[0])
		}
		return changed, nil
	})
}

// OptIn ends an opt-out that is no stronger than the reason, under whichever
// spelling of the number it is kept. The person's own word (CodeKeyword) ends only
// what such a word began; what an operator recorded takes an operator, and evidence
// in the argument "reason", else it is a *FieldError; and what the law asks for is
// ended by nobody. A *ConflictError says so, and then nobody of phones is opted in.
func (s *Service) OptIn(ctx context.Context, why Reason, phones ...contact.Phone) error {
	return s.suppress(ctx, EventOptedIn, why, phones, func(w Writer, all []outcry) (changed []SuppressionKey, err error) {
		for _, o := range all {
			if err := o.level().undoes(why); err != nil {
				return nil, err
			}
			for i, k := range o.keys {
				if i == 0 || o.was[i] != NotOut {
					changed = append(changed, k)
				}
			}
		}
		return changed, w.Restore(changed...)
	})
}

func (s *Service) suppress(ctx context.Context, t EventType, why Reason, phones []contact.Phone, f func(Writer, []outcry) ([]SuppressionKey, error)) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	if len(phones) == 0 {
		return nil
	}
	if err := s.e.keyed(ctx, true); err != nil {
		return err
	}
	return s.rows.Update(ctx, func(w Writer) error {
		all, err := s.e.outcries(w, s.caller.Tenant, phones...)
		if err != nil {
			return err
		}
		keys, err := f(w, all)
		if err != nil {
			return err
		}
		es := make([]Event, len(keys))
		for i := range es {
			es[i] = s.event(t, 0, why.with(OptOutKey, keyName(keys[i])))
		}
		return w.Record(es...)
	})
}

// OptedOut tells for each phone whether it has opted out.
func (s *Service) OptedOut(ctx context.Context, phones ...contact.Phone) (out []bool, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	if err := s.e.keyed(ctx, false); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, func(r Reader) error {
		out, err = s.e.silenced(r, s.caller.Tenant, phones...)
		return err
	})
	return out, err
}

// Contacts are the tenant's people. Reading them takes the role Viewer, and
// changing them Operator.
func (s *Service) Contacts() contact.Store { return guarded{s.rows.Contacts(), s.caller} }
