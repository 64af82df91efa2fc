package line

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/document"
	"github.com/alreasense/campaigns/contact"
)

const (
	kindLID = "line.lid" // by the address, with the phone as Ref
	// lidLife is how long an address is known after the last report of it.
	lidLife = 90 * 24 * time.Hour
	// lidFresh is how long what was written is not written again.
	lidFresh = 7 * 24 * time.Hour
	// maxKeptLIDs is about how many addresses a tenant has at most. More are not
	// learnt until some have expired.
	maxKeptLIDs = 200_000
	// lidRecount is how long a tenant that has all of them is not counted again.
	lidRecount = time.Hour
)

// KeptLIDs are LIDs in a store of documents: every process on it knows them, and
// the next one too. They expire 90 days after the last report of them.
type KeptLIDs struct {
	store document.Store
	now   func() time.Time
	most  int

	mu      sync.Mutex
	written map[lid]writtenLID
	rooms   map[campaign.Tenant]*lidRoom
}

var _ LIDs = (*KeptLIDs)(nil)

// writtenLID is what this process has written of an address, and when.
type writtenLID struct {
	phone contact.Phone
	at    time.Time
}

// lidRoom is how many more addresses of a tenant are written before they are
// counted again.
type lidRoom struct {
	mu     sync.Mutex
	left   int
	fullAt time.Time
}

// KeepLIDs returns the addresses that a store holds. now defaults to time.Now.
func KeepLIDs(s document.Store, now func() time.Time) *KeptLIDs {
	if now == nil {
		now = time.Now
	}
	return &KeptLIDs{store: s, now: now, most: maxKeptLIDs, written: make(map[lid]writtenLID), rooms: make(map[campaign.Tenant]*lidRoom)}
}

// Learn implements LIDs. Reports of one person come often: it writes once a week
// at most, unless the phone is another one.
func (k *KeptLIDs) Learn(ctx context.Context, t campaign.Tenant, name string, p contact.Phone) error {
	now := k.now()
	if k.fresh(lid{t, name}, p, now) {
		return nil
	}
	d := document.Document{Tenant: string(t), Kind: kindLID, Key: name, Ref: string(p), Rev: document.AnyRev, ExpiresAt: now.Add(lidLife)}
	if d.Validate() != nil {
		return nil // no address of WhatsApp's
	}
	room, err := k.room(ctx, t, now)
	if err != nil {
		return err
	}
	if !room {
		// One that is known already stays known.
		if _, err := k.store.Get(ctx, d.Tenant, d.Kind, d.Key); err != nil {
			if errors.Is(err, document.ErrNotFound) {
				return nil
			}
			return err
		}
	}
	if _, err := k.store.Apply(ctx, document.Put(d)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.written) >= maxLIDs {
		clear(k.written)
	}
	k.written[lid{t, name}] = writtenLID{p, now}
	return nil
}

func (k *KeptLIDs) fresh(l lid, p contact.Phone, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	w, ok := k.written[l]
	return ok && w.phone == p && now.Sub(w.at) < lidFresh
}

// room reports whether another address of a tenant may be written. They are
// counted after every tenth of the most that was written.
func (k *KeptLIDs) room(ctx context.Context, t campaign.Tenant, now time.Time) (bool, error) {
	k.mu.Lock()
	r := k.rooms[t]
	if r == nil {
		r = &lidRoom{left: k.most / 10}
		k.rooms[t] = r
	}
	k.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.fullAt.IsZero() && now.Sub(r.fullAt) < lidRecount {
		return false, nil
	}
	if r.left == 0 {
		n := 0
		for _, err := range document.All(ctx, k.store, document.Query{Tenant: string(t), Kind: kindLID, Limit: 1000}) {
			if err != nil {
				return false, err
			}
			n++
		}
		r.left, r.fullAt = min(max(k.most-n, 0), max(k.most/10, 1)), time.Time{}
		if r.left == 0 {
			r.fullAt = now
			return false, nil
		}
	}
	r.left--
	return true, nil
}

// Phone implements LIDs.
func (k *KeptLIDs) Phone(ctx context.Context, t campaign.Tenant, name string) (contact.Phone, error) {
	d, err := k.store.Get(ctx, string(t), kindLID, name)
	switch {
	case errors.Is(err, document.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case d.Expired(k.now()):
		return "", nil
	}
	return contact.Phone(d.Ref), nil
}

// Forget implements LIDs.
func (k *KeptLIDs) Forget(ctx context.Context, t campaign.Tenant, p contact.Phone) error {
	for d, err := range document.All(ctx, k.store, document.Query{Tenant: string(t), Kind: kindLID, Ref: string(p)}) {
		if err != nil {
			return err
		}
		if _, err := k.store.Apply(ctx, document.Delete(document.Name(d.Tenant, d.Kind, d.Key))); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.written, func(l lid, w writtenLID) bool { return l.tenant == t && w.phone == p })
	return nil
}
