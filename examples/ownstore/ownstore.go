// Package ownstore is a store of one's own: the memory store, with every event
// copied to a writer after it has been committed, as an audit department would
// ask for. Its test proves with the shipped suite that it is still a store.
//
// A store on another database is written the same way: implement the methods
// of campaign.Store, run campaigntest.Store over it, and read the reasons that
// the suite prints until none is left.
package ownstore

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/memory"
)

// Store is a memory store that mirrors its events.
type Store struct {
	*memory.Store

	mu sync.Mutex
	to io.Writer
}

var _ campaign.Store = (*Store)(nil)

// New returns an empty store that writes each committed event of its ledger to
// w, as a line of JSON. An error of w changes nothing in the store.
func New(w io.Writer) *Store { return &Store{Store: memory.New(), to: w} }

func (s *Store) mirror(rows *campaign.Rows, err error) (*campaign.Rows, error) {
	if err != nil {
		return rows, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	enc := json.NewEncoder(s.to)
	for _, e := range rows.Events {
		_ = enc.Encode(e)
	}
	return rows, nil
}

// Take implements campaign.Ledger.
func (s *Store) Take(ctx context.Context, q campaign.TakeQuery, plan func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.mirror(s.Store.Take(ctx, q, plan))
}

// Settle implements campaign.Ledger.
func (s *Store) Settle(ctx context.Context, now time.Time, ss []campaign.Settlement, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.mirror(s.Store.Settle(ctx, now, ss, apply))
}

// Sweep implements campaign.Ledger.
func (s *Store) Sweep(ctx context.Context, q campaign.SweepQuery, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.mirror(s.Store.Sweep(ctx, q, apply))
}

// Absorb implements campaign.Inbox.
func (s *Store) Absorb(ctx context.Context, now, expire time.Time, max int, apply func(*campaign.Rows)) (*campaign.Rows, error) {
	return s.mirror(s.Store.Absorb(ctx, now, expire, max, apply))
}
