package redislock_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/alreasense/campaigns/store/redislock"
)

// Random owners, keys and faults against a simple model: who holds what. Times
// are long, so nothing expires; the suite covers that.
func TestModel(t *testing.T) {
	s := servers.NewRedis(t)
	far := servers.NewProxy(t, s.Socket())
	// Each fault of the model breaks one connection, and one repetition gets
	// round it.
	l := redislock.New(client(t, far.URL(s.URL()), func(o *redis.Options) { o.MinRetryBackoff = -1 }), nil)
	type grip struct {
		key  string
		lock campaign.Lock
	}
	rapid.Check(t, func(r *rapid.T) {
		require.NoError(r, s.Flush())
		teach(t, l)
		holder := map[string]campaign.Lock{}
		var all []grip // every lock ever given, held or lost
		keys := rapid.SampledFrom([]string{"a", "b", "c"})
		lossy := func() {
			switch rapid.IntRange(0, 9).Draw(r, "fault") {
			case 0:
				far.LoseAnswer("evalsha")
			case 1:
				far.LoseRequest("evalsha")
			}
		}
		judge := func(key string, k campaign.Lock, err error) {
			if holder[key] != nil {
				require.ErrorIs(r, err, campaign.ErrTaken)
				require.Nil(r, k)
				return
			}
			require.NoError(r, err)
			holder[key] = k
			all = append(all, grip{key, k})
		}
		anyLock := func(r *rapid.T) grip {
			if len(all) == 0 {
				r.Skip("no lock yet")
			}
			return rapid.SampledFrom(all).Draw(r, "lock")
		}
		r.Repeat(map[string]func(*rapid.T){
			"try": func(r *rapid.T) {
				key := keys.Draw(r, "key")
				lossy()
				k, err := l.TryLock(t.Context(), key, time.Minute)
				judge(key, k, err)
			},
			"try many": func(r *rapid.T) {
				many := rapid.SliceOfN(keys, 1, 4).Draw(r, "keys")
				lossy()
				ks, errs := l.TryLocks(t.Context(), many, time.Minute)
				for i, key := range many {
					judge(key, ks[i], errs[i])
				}
			},
			"extend": func(r *rapid.T) {
				g := anyLock(r)
				lossy()
				err := g.lock.Extend(t.Context(), time.Hour)
				if holder[g.key] == g.lock {
					require.NoError(r, err)
				} else {
					require.ErrorIs(r, err, campaign.ErrLockLost)
				}
			},
			"unlock": func(r *rapid.T) {
				g := anyLock(r)
				err := g.lock.Unlock(t.Context())
				if holder[g.key] == g.lock {
					require.NoError(r, err)
					delete(holder, g.key)
				} else {
					require.ErrorIs(r, err, campaign.ErrLockLost)
				}
			},
			"unlock unheard": func(r *rapid.T) {
				g := anyLock(r)
				lost := far.LoseAnswer("evalsha")
				require.ErrorIs(r, g.lock.Unlock(t.Context()), campaign.ErrLockLost)
				<-lost
				if holder[g.key] == g.lock {
					delete(holder, g.key)
				}
			},
			"flush": func(r *rapid.T) {
				require.NoError(r, s.Flush())
				clear(holder)
			},
			"": func(r *rapid.T) {
				far.Heal()
				got, err := s.Ask("KEYS", "*")
				require.NoError(r, err)
				require.ElementsMatch(r, slices.Collect(maps.Keys(holder)), strings.Fields(got))
			},
		})
	})
}
