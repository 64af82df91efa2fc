package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign/document"
)

// Tries are counted before the password is looked at: ten thousand tries at once
// are ten thousand counted tries. After the free ones each next try has to wait
// twice as long. They count
//
//   - for the account from one address,
//   - for the address, whatever the account,
//   - for the account from everywhere, which does not hold up the addresses that
//     its user has signed in from: nobody else can lock the owner out.
//
// An account that does not exist is counted like one that does.
const (
	freePerPair    = 5
	freePerAddress = 20
	freePerAccount = 50
	firstWait      = 30 * time.Second
	longestWait    = 15 * time.Minute
	// triesForgotten is when tries are forgotten after the last one.
	triesForgotten = time.Hour
	// mostKnown is how many addresses of its sign-ins an account remembers.
	mostKnown = 10
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
	a     *Accounts
	email string
	from  Origin
	// locked tells that this try has used up the account's free ones, or a wait.
	locked bool
}

// triesOf is the key of an account's tries. What was typed may be a stranger's
// address, or a password in the wrong field, so it is not kept.
func triesOf(email string) string {
	sum := sha256.Sum256([]byte(email))
	return "account:" + hex.EncodeToString(sum[:16])
}

// network is what tries from an address count for; empty for somebody on this
// machine.
func (o Origin) network() string {
	from := o.Address.Unmap().WithZone("")
	if !from.IsValid() {
		return ""
	}
	bits := 32
	if from.Is6() {
		bits = 64 // a network of one customer has that many
	}
	return netip.PrefixFrom(from, bits).Masked().String()
}

func pairOf(email string, from Origin) string { return triesOf(email) + "@" + from.network() }

// know remembers where a user has signed in from.
func (v *userRecord) know(from Origin) {
	if n := from.network(); n != "" {
		v.Known = slices.DeleteFunc(v.Known, func(k string) bool { return k == n })
		v.Known = slices.Insert(v.Known, 0, n)
		v.Known = v.Known[:min(len(v.Known), mostKnown)]
	}
}

// knows reports that the user has signed in from there before. This machine is
// always known.
func (v userRecord) knows(from Origin) bool {
	n := from.network()
	return n == "" || slices.Contains(v.Known, n)
}

// forget clears the tries of an account.
func (a *Accounts) forget(ctx context.Context, email string, from Origin) error {
	_, err := a.store.Apply(ctx, document.Delete(document.Name("", kindTries, triesOf(email))),
		document.Delete(document.Name("", kindTries, pairOf(email, from))))
	return err
}

// try counts a try for an account and an address, or refuses it. known is an
// address that the account's user has signed in from.
func (a *Accounts) try(ctx context.Context, email string, from Origin, known bool) (t *tries, err error) {
	t = &tries{a: a, email: email, from: from}
	now := a.now()
	counts := []struct {
		key     string
		free    int
		account bool
		idle    bool // it holds nobody up
	}{
		{key: pairOf(email, from), free: freePerPair, account: true},
		{key: triesOf(email), free: freePerAccount, account: true, idle: known},
		{key: "address:" + from.network(), free: freePerAddress, idle: from.network() == ""},
	}
	err = change(func() error {
		var changes []document.Change
		var locked LockedError
		t.locked = false
		for _, c := range counts {
			r, err := a.counted(ctx, c.key, now)
			if err != nil {
				return err
			}
			if now.Before(r.V.Until) && !c.idle {
				if r.V.Until.After(locked.Until) {
					locked.Until = r.V.Until
				}
				continue
			}
			r.V.Count++
			if w := wait(r.V.Count, c.free); w > 0 && !c.idle {
				r.V.Until = now.Add(w)
				t.locked = t.locked || c.account
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
	if err := t.a.forget(ctx, t.email, t.from); err != nil || t.from.network() == "" {
		return err
	}
	now := t.a.now()
	return change(func() error {
		r, err := t.a.counted(ctx, "address:"+t.from.network(), now)
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
