package campaign

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/alreasense/campaigns/contact"
)

// OptOutKey is the argument of an opt-out's event that tells whose it is: the
// phone's SuppressionKey in hexadecimal digits.
const OptOutKey = "key"

// SuppressionKeys are the keys of phones under a secret, that of Options: an
// HMAC-SHA-256, bound to the tenant. An empty secret stands for the one of
// tests.
func SuppressionKeys(secret []byte) func(Tenant, contact.Phone) SuppressionKey {
	if len(secret) == 0 {
		secret = testSecret
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

// testSecret is the default of Options.Secret.
var testSecret = []byte("campaigns: suppression key of tests")

// OptOut keeps phones from getting anything, in every campaign of the tenant,
// from the moment it returns. It stands above contacts: it survives their
// deletion and a new import. Repeats change nothing, but for a stronger word:
// see Level. The reason CodeKeyword is the person's own word, and every other
// one an operator's, whose argument "reason" is the evidence.
func (s *Service) OptOut(ctx context.Context, why Reason, phones ...contact.Phone) error {
	return s.suppress(ctx, EventOptedOut, why, phones, func(w Writer, keys []SuppressionKey, was []Level) error {
		for i, k := range keys {
			if err := w.Suppress(s.now(), max(was[i], levelBy(why)), k); err != nil {
				return err
			}
		}
		return nil
	})
}

// OptIn ends an opt-out that is no stronger than the reason. The person's own
// word (CodeKeyword) ends only what such a word began; what an operator recorded
// takes an operator, and evidence in the argument "reason", else it is a
// *FieldError; and what the law asks for is ended by nobody. A *ConflictError
// says so, and then nobody of phones is opted in.
func (s *Service) OptIn(ctx context.Context, why Reason, phones ...contact.Phone) error {
	return s.suppress(ctx, EventOptedIn, why, phones, func(w Writer, keys []SuppressionKey, was []Level) error {
		for _, l := range was {
			if err := l.undoes(why); err != nil {
				return err
			}
		}
		return w.Restore(keys...)
	})
}

func (s *Service) suppress(ctx context.Context, t EventType, why Reason, phones []contact.Phone, f func(Writer, []SuppressionKey, []Level) error) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	if len(phones) == 0 {
		return nil
	}
	keys := s.keysOf(phones)
	return s.rows.Update(ctx, func(w Writer) error {
		was, err := levels(w, keys)
		if err != nil {
			return err
		}
		if err := f(w, keys, was); err != nil {
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
	keys := s.keysOf(phones)
	err = s.rows.View(ctx, func(r Reader) error {
		out, err = r.Suppressed(keys)
		return err
	})
	return out, err
}

// Contacts are the tenant's people. Reading them takes the role Viewer, and
// changing them Operator.
func (s *Service) Contacts() contact.Store { return guarded{s.rows.Contacts(), s.caller} }
