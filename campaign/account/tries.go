package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

// Tries are counted for the account and for the address of the client, before
// the password is looked at: ten thousand tries at once are ten thousand
// counted tries. After the free ones each next try has to wait twice as long.
// An account that does not exist is counted like one that does.
const (
	freePerAccount = 5
	freePerAddress = 20
	firstWait      = 30 * time.Second
	longestWait    = 15 * time.Minute
	// triesForgotten is when tries are forgotten after the last one.
	triesForgotten = time.Hour
)

type triesRecord struct {
	Count int       `json:"count"`
	Until time.Time `json:"until,omitzero"`
}

// wait is how long nobody may try after n tries.
func wait(n, free int) time.Duration {
	if n < free {
		return 0
	}
	return min(firstWait<<min(n-free, 10), longestWait)
}

// tries is one try that has been counted.
type tries struct {
	a       *Accounts
	email   string
	account string
	address string // empty for somebody on this machine
	// locked tells that this try has used up the free ones, or a wait.
	locked bool
}

// triesOf is the key of an account's tries. What was typed may be a stranger's
// address, or a password in the wrong field, so it is not kept.
func triesOf(email string) string {
	sum := sha256.Sum256([]byte(email))
	return "account:" + hex.EncodeToString(sum[:16])
}

// forget clears the tries of an account.
func (a *Accounts) forget(ctx context.Context, email string) error {
	_, err := a.store.Apply(ctx, document.Delete(document.Name("", kindTries, triesOf(email))))
	return err
}

// try counts a try for an account and an address, or refuses it.
func (a *Accounts) try(ctx context.Context, email string, from netip.Addr) (t *tries, err error) {
	t = &tries{a: a, email: email, account: triesOf(email)}
	if from = from.Unmap().WithZone(""); from.IsValid() {
		bits := 32
		if from.Is6() {
			bits = 64 // a network of one customer has that many
		}
		t.address = "address:" + netip.PrefixFrom(from, bits).Masked().String()
	}
	now := a.now()
	err = change(func() error {
		var changes []document.Change
		var locked LockedError
		for _, c := range []struct {
			key  string
			free int
		}{{t.account, freePerAccount}, {t.address, freePerAddress}} {
			if c.key == "" {
				continue
			}
			r, err := a.counted(ctx, c.key, now)
			if err != nil {
				return err
			}
			if now.Before(r.V.Until) {
				if r.V.Until.After(locked.Until) {
					locked.Until = r.V.Until
				}
				continue
			}
			r.V.Count++
			if w := wait(r.V.Count, c.free); w > 0 {
				r.V.Until = now.Add(w)
				t.locked = t.locked || c.key == t.account
			}
			r.ExpiresAt = now.Add(triesForgotten)
			changes = append(changes, r.put())
		}
		if !locked.Until.IsZero() {
			return &locked
		}
		_, err := a.store.Apply(ctx, changes...)
		if errors.Is(err, document.ErrExists) || errors.Is(err, document.ErrNotFound) {
			err = document.ErrStale // somebody else counted first, or cleared
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// counted reads the tries of a key; those that are long ago count as none.
func (a *Accounts) counted(ctx context.Context, key string, now time.Time) (row[triesRecord], error) {
	d, err := a.store.Get(ctx, "", kindTries, key)
	if errors.Is(err, document.ErrNotFound) {
		return newRow(kindTries, key, "", triesRecord{}), nil
	}
	if err != nil {
		return row[triesRecord]{}, err
	}
	r, err := decodeRow[triesRecord](d)
	if err == nil && r.Expired(now) {
		r.V = triesRecord{}
	}
	return r, err
}

// right takes the try back: the account's are forgotten, and the address has
// one less. Somebody who knows one password must not be able to clear the way
// for guessing others.
func (t *tries) right(ctx context.Context) error {
	if err := t.a.forget(ctx, t.email); err != nil || t.address == "" {
		return err
	}
	now := t.a.now()
	return change(func() error {
		r, err := t.a.counted(ctx, t.address, now)
		if err != nil || r.Rev == 0 || r.V.Count == 0 {
			return err
		}
		r.V.Count--
		r.V.Until = time.Time{}
		_, err = t.a.store.Apply(ctx, r.put())
		if errors.Is(err, document.ErrNotFound) {
			err = nil
		}
		return err
	})
}
