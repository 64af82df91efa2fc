package campaign

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

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
// deletion and a new import. Repeats change nothing.
func (s *Service) OptOut(ctx context.Context, why Reason, phones ...contact.Phone) error {
	return s.suppress(ctx, EventOptedOut, why, phones, func(w Writer, keys []SuppressionKey) error {
		return w.Suppress(s.now(), keys...)
	})
}

// OptIn ends an opt-out.
func (s *Service) OptIn(ctx context.Context, why Reason, phones ...contact.Phone) error {
	return s.suppress(ctx, EventOptedIn, why, phones, func(w Writer, keys []SuppressionKey) error {
		return w.Restore(keys...)
	})
}

func (s *Service) suppress(ctx context.Context, t EventType, why Reason, phones []contact.Phone, f func(Writer, []SuppressionKey) error) error {
	if err := s.caller.may(Operator); err != nil {
		return err
	}
	if len(phones) == 0 {
		return nil
	}
	keys := make([]SuppressionKey, len(phones))
	for i, p := range phones {
		keys[i] = s.e.key(s.caller.Tenant, p)
	}
	return s.rows.Update(ctx, func(w Writer) error {
		if err := f(w, keys); err != nil {
			return err
		}
		es := make([]Event, len(keys))
		for i := range es {
			es[i] = s.event(t, 0, why.with(OptOutKey, hex.EncodeToString(keys[i][:])))
		}
		return w.Record(es...)
	})
}

// OptedOut tells for each phone whether it has opted out.
func (s *Service) OptedOut(ctx context.Context, phones ...contact.Phone) (out []bool, err error) {
	if err := s.caller.may(Viewer); err != nil {
		return nil, err
	}
	keys := make([]SuppressionKey, len(phones))
	for i, p := range phones {
		keys[i] = s.e.key(s.caller.Tenant, p)
	}
	err = s.rows.View(ctx, func(r Reader) error {
		out, err = r.Suppressed(keys)
		return err
	})
	return out, err
}

// Contacts are the tenant's people. Reading them takes the role Viewer, and
// changing them Operator.
func (s *Service) Contacts() contact.Store { return guarded{s.rows.Contacts(), s.caller} }
