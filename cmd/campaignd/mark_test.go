package main

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/cmd/campaignd/internal/datadir"
	"github.com/alreasense/campaigns/internal/servers"
)

// The mark in Redis is the highest of all daemons, and is set back only by one
// that has found the database behind.
func TestDaemonsShareTheirMark(t *testing.T) {
	r := servers.NewRedis(t)
	o, err := redis.ParseURL(r.URL())
	require.NoError(t, err)
	client := redis.NewClient(o)
	defer client.Close()
	daemon := func() *marks {
		return &marks{own: datadir.Mark(t.TempDir(), "x"), client: client, key: "campaignd_mark:test", log: slog.New(slog.DiscardHandler)}
	}
	load := func(m *marks) int64 {
		seq, err := m.Load(t.Context())
		require.NoError(t, err)
		return seq
	}
	a := daemon()
	require.Zero(t, load(a))
	var all sync.WaitGroup
	for n := range int64(8) {
		all.Go(func() {
			m := daemon()
			for i := range int64(50) {
				if err := m.Save(t.Context(), 8*i+n+1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	b := daemon()
	require.EqualValues(t, 400, load(b), "a new directory finds what the others know")
	require.NoError(t, b.Save(t.Context(), 300), "the database was found behind")
	require.EqualValues(t, 300, load(daemon()))
	require.NoError(t, b.Save(t.Context(), 310))
	require.EqualValues(t, 310, load(daemon()))

	// A Redis that has forgotten, or is away, leaves the directory's.
	require.NoError(t, r.Flush())
	require.EqualValues(t, 310, load(b))
	require.NoError(t, r.Kill())
	require.NoError(t, b.Save(t.Context(), 320))
	require.EqualValues(t, 320, load(b))
}
