package line

import (
	"context"
	"maps"
	"sync"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// LIDs remembers whose the anonymous addresses of chats are: a person may write
// from one, and then the phone is known only if a report has told it before.
// Its methods must be safe for concurrent use.
type LIDs interface {
	// Learn keeps that lid ("1234@lid") is the phone's.
	Learn(ctx context.Context, t campaign.Tenant, lid string, p contact.Phone) error
	// Phone is whose a lid is; empty if that was never told.
	Phone(ctx context.Context, t campaign.Tenant, lid string) (contact.Phone, error)
	// Forget drops what is known of a person's phone: campaign.Options.Forget.
	Forget(ctx context.Context, t campaign.Tenant, p contact.Phone) error
}

// maxLIDs bounds what NewLIDs remembers.
const maxLIDs = 100_000

// NewLIDs returns LIDs in memory, for one process: who writes from an anonymous
// address after it has begun anew is not known. It forgets all and begins again when it knows
// a hundred thousand.
func NewLIDs() LIDs { return &lids{known: make(map[lid]contact.Phone)} }

type lid struct {
	tenant campaign.Tenant
	name   string
}

type lids struct {
	mu    sync.Mutex
	known map[lid]contact.Phone
}

// Learn implements LIDs.
func (l *lids) Learn(_ context.Context, t campaign.Tenant, name string, p contact.Phone) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= maxLIDs {
		clear(l.known)
	}
	l.known[lid{t, name}] = p
	return nil
}

// Phone implements LIDs.
func (l *lids) Phone(_ context.Context, t campaign.Tenant, name string) (contact.Phone, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known[lid{t, name}], nil
}

// Forget implements LIDs.
func (l *lids) Forget(_ context.Context, t campaign.Tenant, p contact.Phone) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.known, func(k lid, known contact.Phone) bool { return k.tenant == t && known == p })
	return nil
}
