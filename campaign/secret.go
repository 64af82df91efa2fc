package campaign

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/alreasense/campaigns/contact"
)

// ErrSecret: the store keeps its opt-outs under another key than the one of
// Options.Secret, so that people who have opted out would get messages. Run, Step
// and whatever asks who has opted out do nothing and return an error that wraps it
// and names the way out.
var ErrSecret = errors.New("campaign: the store keeps its opt-outs under another key")

// SecretRecord is what a store knows of the key of its opt-outs.
type SecretRecord struct {
	// Fingerprint is that of the secret, see Fingerprint. Empty where an early
	// version of campaignd has begun the store.
	Fingerprint string
	// Made is the secret itself where it was made for the store, which is where
	// Options.Secret was empty. Whoever reads the store, or a dump of it, reads it.
	Made []byte
	// Public reports that the store had opt-outs before it had this record. They
	// may be kept under the key that Options.Secret once defaulted to, and are
	// looked for under it as well.
	Public bool
}

// ReadSecret reads which key a store keeps its opt-outs under. Not begun means
// that no engine has sent from the store, or kept an opt-out, since stores have
// that record.
func ReadSecret(ctx context.Context, s Store) (r SecretRecord, begun bool, err error) {
	err = s.Tenant(installation).View(ctx, func(rows Reader) error {
		r, begun, err = readSecret(rows)
		return err
	})
	return r, begun, err
}

// Fingerprint tells secrets apart and says nothing about them.
func Fingerprint(secret []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("campaignd: fingerprint of the suppression key"))
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// The record is the first opt-out of the installation, where campaignd has kept
// its check since its first version. Nobody's phone is keyPhone.
const (
	keyCheck                     = "key_check"
	keyFingerprint               = "fingerprint"
	keyMade                      = "made"
	keyPublic                    = "public"
	keyPhone       contact.Phone = "campaignd"
)

func readSecret(r Reader) (s SecretRecord, begun bool, err error) {
	es, err := r.Events(EventQuery{Types: []EventType{EventOptedOut}, Limit: 1})
	if err != nil || len(es) == 0 {
		return s, false, err
	}
	args := es[0].Why.Args
	s.Fingerprint, s.Public = args[keyFingerprint], args[keyPublic] != ""
	if s.Made, err = hex.DecodeString(args[keyMade]); err != nil {
		return s, true, fmt.Errorf("campaign: the store's record of the key of its opt-outs is damaged: %w", err)
	}
	return s, true, nil
}

// keyring is what an engine hashes phones with: the store's secret, and those
// under which older opt-outs may be kept.
type keyring [][]byte

// CheckSecret compares Options.Secret with the key that the store keeps its
// opt-outs under, and notes it in a store that is new; without a Secret a key is
// made for the store. Another one is ErrSecret. Run, Step, and all that changes
// who gets messages, do so by themselves before anything else: call it to know
// when a program begins.
func (e *Engine) CheckSecret(ctx context.Context) error { return e.keyed(ctx, true) }

// keyed finds out the store's key. begin notes it where the store has none; what
// only reads does without, since nobody can have opted out of such a store under a
// key that is still to be made.
func (e *Engine) keyed(ctx context.Context, begin bool) error {
	if e.ring.Load() != nil {
		return nil
	}
	var ring keyring
	look := func(r Reader) error {
		s, begun, err := readSecret(r)
		if err == nil && begun {
			ring, err = e.fits(r, s)
		}
		return err
	}
	if err := e.store.Tenant(installation).View(ctx, look); err != nil {
		return err
	}
	if ring == nil && begin {
		s, err := e.newSecret(ctx)
		if err != nil {
			return err
		}
		err = e.store.Tenant(installation).Update(ctx, func(w Writer) error {
			if err := look(w); err != nil || ring != nil { // another engine was first
				return err
			}
			ring = s.ring(e.Secret)
			return e.noteSecret(w, s)
		})
		if err != nil {
			return err
		}
	}
	if ring != nil {
		e.ring.Store(&ring)
	}
	return nil
}

// fits returns the keys of a store for an engine that may work with it.
func (e *Engine) fits(r Reader, s SecretRecord) (keyring, error) {
	refuse := func(why string) (keyring, error) {
		return nil, fmt.Errorf("%w: %s, since with another key people who have opted out would get messages", ErrSecret, why)
	}
	switch {
	case len(e.Secret) == 0 && len(s.Made) == 0:
		return refuse("give Options.Secret, the one that the store was begun with")
	case len(e.Secret) == 0:
	case s.Fingerprint == "":
		known, err := r.Suppressed([]SuppressionKey{SuppressionKeys(e.Secret)(installation, keyPhone)})
		if err != nil {
			return nil, err
		}
		if !known[0] {
			return refuse("give the Options.Secret that the store was begun with")
		}
	case s.Fingerprint == Fingerprint(e.Secret):
	case len(s.Made) > 0:
		return refuse("it has a key that was made for it, so leave Options.Secret empty")
	default:
		return refuse("give the Options.Secret that the store was begun with")
	}
	return s.ring(e.Secret), nil
}

func (s SecretRecord) ring(secret []byte) keyring {
	if len(secret) == 0 {
		secret = s.Made
	}
	ring := keyring{secret}
	if s.Public && !bytes.Equal(secret, publicSecret) {
		ring = append(ring, publicSecret)
	}
	return ring
}

// newSecret is the record for a store that has none.
func (e *Engine) newSecret(ctx context.Context) (s SecretRecord, err error) {
	secret := e.Secret
	if len(secret) == 0 {
		s.Made = make([]byte, sha256.Size)
		_, _ = rand.Read(s.Made)
		secret = s.Made
	}
	s.Fingerprint = Fingerprint(secret)
	tenants, err := e.store.Tenants(ctx)
	for _, t := range tenants {
		if err != nil || s.Public {
			break
		}
		err = e.store.Tenant(t).View(ctx, func(r Reader) error {
			es, err := r.Events(EventQuery{Types: []EventType{EventOptedOut, EventErased}, Limit: 1})
			s.Public = len(es) > 0
			return err
		})
	}
	if s.Public {
		e.log.Warn("the store has opt-outs from before it kept a record of their key: they are looked for under the given key and under the one that older versions used without one")
	}
	return s, err
}

func (e *Engine) noteSecret(w Writer, s SecretRecord) error {
	key := SuppressionKeys(s.ring(e.Secret)[0])(installation, keyPhone)
	now := e.Now().UTC()
	if err := w.Suppress(now, OutByOperator, key); err != nil {
		return err
	}
	why := Because(keyCheck, keyFingerprint, s.Fingerprint, OptOutKey, keyName(key))
	if len(s.Made) > 0 {
		why = why.with(keyMade, hex.EncodeToString(s.Made))
	}
	if s.Public {
		why = why.with(keyPublic, "yes")
	}
	return w.Record(Event{Tenant: installation, At: now, Type: EventOptedOut, Why: why})
}

// keys are those of a phone in one spelling: the store's own first.
func (e *Engine) keys(t Tenant, p contact.Phone) []SuppressionKey {
	ring := keyring{e.Secret, publicSecret} // of a store that has not been begun
	if known := e.ring.Load(); known != nil {
		ring = *known
	} else if len(e.Secret) == 0 {
		ring = ring[1:]
	}
	out := make([]SuppressionKey, len(ring))
	for i, secret := range ring {
		out[i] = SuppressionKeys(secret)(t, p)
	}
	return out
}

// keysOf are the keys of a phone in all its spellings: its canonical one under the
// store's own key first.
func (e *Engine) keysOf(t Tenant, p contact.Phone) (all []SuppressionKey) {
	for _, s := range p.Stored() {
		all = append(all, e.keys(t, s)...)
	}
	return all
}
