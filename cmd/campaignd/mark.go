package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"github.com/alreasense/campaigns/campaign"
)

// marks keeps the high-water mark of a shared database in this daemon's data
// directory, and in Redis where all daemons find it. Redis may be away, and may
// have forgotten; the directory may be new: the higher one counts.
type marks struct {
	own    campaign.Mark
	client redis.UniversalClient
	key    string
	log    *slog.Logger
	found  int64 // by Load; until the first Save
	quiet  bool  // Redis has failed, and that was said
}

func (m *marks) failed(err error) {
	if !m.quiet {
		m.log.Warn("the mark against restored databases is not in Redis; the data directory has it", "error", err.Error())
	}
	m.quiet = true
}

// raise sets the mark unless a higher one stands there: daemons save at the
// same time, in any order.
var raise = redis.NewScript(`
local had = redis.call('GET', KEYS[1])
if had and tonumber(had) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1`)

// Load implements campaign.Mark.
func (m *marks) Load(ctx context.Context) (int64, error) {
	seq, err := m.own.Load(ctx)
	if err != nil {
		return 0, err
	}
	shared, err := m.client.Get(ctx, m.key).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		m.failed(err)
	}
	m.found = max(seq, shared)
	return m.found, nil
}

// Save implements campaign.Mark. One right after Load that is lower sets the
// mark back: the database was found to be behind, everything that could send
// was paused, and what comes now counts from there.
func (m *marks) Save(ctx context.Context, seq int64) error {
	if err := m.own.Save(ctx, seq); err != nil {
		return err
	}
	var err error
	if seq < m.found {
		err = m.client.Set(ctx, m.key, seq, 0).Err()
	} else {
		err = raise.Run(ctx, m.client, []string{m.key}, seq).Err()
	}
	m.found = 0
	if err != nil {
		m.failed(err)
		return nil
	}
	m.quiet = false
	return nil
}

var _ campaign.Mark = (*marks)(nil)
