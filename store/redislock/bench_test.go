package redislock_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/redislock"
)

// One lock taken and freed: two round trips.
func BenchmarkTryLock(b *testing.B) {
	l := redislock.New(client(b, servers.Redis(b)), own())
	for b.Loop() {
		k, err := l.TryLock(b.Context(), phoneLock, time.Minute)
		require.NoError(b, err)
		require.NoError(b, k.Unlock(b.Context()))
	}
}

// A hundred locks in one round trip, which expire by themselves.
func BenchmarkTryLocks100(b *testing.B) {
	l := redislock.New(client(b, servers.Redis(b)), own())
	keys := make([]string, 100)
	n := 0
	for b.Loop() {
		for i := range keys {
			keys[i] = fmt.Sprintf("phone_lock:%d", n)
			n++
		}
		_, errs := l.TryLocks(b.Context(), keys, time.Second)
		require.NoError(b, errors.Join(errs...))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(100*b.N), "ns/lock")
}
