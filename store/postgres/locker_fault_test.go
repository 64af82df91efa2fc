package postgres

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/internal/servers"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// away is a locker behind a proxy, whose connections know the statements, and
// one that is not.
func away(t testing.TB, o *LockerOptions) (far *Locker, p *servers.Proxy, near *Locker) {
	direct := fresh(t)
	p = servers.NewProxy(t, target(t, direct))
	far, near = locker(t, p.URL(direct), o), locker(t, direct, &LockerOptions{Timeout: 10 * time.Second})
	teach(t, far)
	return far, p, near
}

// teach makes a connection and lets it know the statements.
func teach(t testing.TB, l *Locker) {
	t.Helper()
	k, err := l.TryLock(t.Context(), "lesson", time.Minute)
	require.NoError(t, err)
	require.NoError(t, k.Extend(t.Context(), time.Minute))
	require.NoError(t, k.Unlock(t.Context()))
}

// The server has taken the lock and the locker has not heard of it: the
// repetition finds its own token.
func TestLocker_LostAnswerIsALockKept(t *testing.T) {
	l, p, near := away(t, &LockerOptions{Timeout: 10 * time.Second})
	lost := p.LoseAnswer(phoneKey)
	k, err := l.TryLock(t.Context(), phoneKey, time.Minute)
	require.NoError(t, err)
	<-lost
	require.Equal(t, 1, near.rows(t, `key = '`+phoneKey+`'`))
	_, err = near.TryLock(t.Context(), phoneKey, time.Minute)
	require.ErrorIs(t, err, campaign.ErrTaken)

	lost = p.LoseAnswer(phoneKey)
	require.NoError(t, k.Extend(t.Context(), time.Hour))
	<-lost
	lost = p.LoseAnswer(phoneKey)
	require.ErrorIs(t, k.Unlock(t.Context()), campaign.ErrLockLost, "it was freed by the call whose answer was lost")
	<-lost
	require.Zero(t, near.rows(t, `true`))

	theirs, err := near.TryLock(t.Context(), "b", time.Minute)
	require.NoError(t, err)
	lost = p.LoseAnswer(phoneKey)
	locks, errs := l.TryLocks(t.Context(), []string{"a", "b", phoneKey}, time.Minute)
	<-lost
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], campaign.ErrTaken)
	require.NoError(t, errs[2])
	require.NoError(t, errors.Join(locks[0].Unlock(t.Context()), locks[2].Unlock(t.Context()), theirs.Unlock(t.Context())))

	lost = p.LoseRequest(phoneKey)
	_, err = l.TryLock(t.Context(), phoneKey, time.Minute)
	require.NoError(t, err)
	<-lost
}

func TestLocker_TheNetworkFails(t *testing.T) {
	l, p, near := away(t, &LockerOptions{Timeout: 10 * time.Second})
	brief, err := NewLocker(l.pool, &LockerOptions{Timeout: 300 * time.Millisecond})
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		break_ func()
		fails  bool // the locker cannot get round it
	}{
		{"reset", p.Reset, false},
		{"half closed", p.HalfClose, false},
		{"cut", p.Cut, true},
		{"answers swallowed", p.Swallow, true},
		{"stalled", p.Stall, true},
		{"slow", func() { p.Delay(time.Second) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			teach(t, l)
			c.break_()
			asked := l
			if c.fails {
				asked = brief
			}
			k, err := asked.TryLock(t.Context(), phoneKey, time.Minute)
			if c.fails {
				failsClosed(t, err)
				require.Nil(t, k)
			} else {
				require.NoError(t, err)
			}
			p.Reset() // what still travels does not arrive in the next case
			p.Heal()
			l.pool.Reset()
			_, err = near.pool.Exec(t.Context(), `DELETE FROM campaigns.locks`)
			require.NoError(t, err)
		})
	}
}

// A server that was killed has forgotten its locks; one that stands still ends
// no call late.
func TestLocker_TheServerFails(t *testing.T) {
	s := servers.NewPostgres(t, nil)
	require.NoError(t, connect(t, s.URL()).Migrate(t.Context()))
	l := locker(t, s.URL(), &LockerOptions{Timeout: 2 * time.Second})
	old, err := l.TryLock(t.Context(), phoneKey, time.Minute)
	require.NoError(t, err)

	require.NoError(t, s.Freeze())
	_, err = l.TryLock(t.Context(), "another", time.Minute)
	failsClosed(t, err)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	failsClosed(t, old.Extend(t.Context(), time.Minute))
	require.NoError(t, s.Thaw())

	require.NoError(t, s.Kill())
	_, errs := l.TryLocks(t.Context(), []string{"b", phoneKey}, time.Minute)
	failsClosed(t, errs[0])
	failsClosed(t, errs[1])
	failsClosed(t, old.Unlock(t.Context()))
	require.NoError(t, s.Start())
	l = locker(t, s.URL(), nil)
	next, err := l.TryLock(t.Context(), phoneKey, time.Minute)
	require.NoError(t, err)
	require.ErrorIs(t, old.Unlock(t.Context()), campaign.ErrLockLost)
	require.Equal(t, 1, l.rows(t, `key = '`+phoneKey+`'`), "the former owner frees nothing")
	require.NoError(t, next.Unlock(t.Context()))

	_, err = l.pool.Exec(t.Context(), `ALTER DATABASE postgres SET default_transaction_read_only TO on`)
	require.NoError(t, err)
	l.pool.Reset()
	_, err = l.TryLock(t.Context(), phoneKey, time.Minute)
	require.ErrorIs(t, err, ErrReadOnly)
	failsClosed(t, err)
}

// Whatever is asked and whatever is lost on the way, the locks are those of a
// map: as many runs as a few seconds hold.
func TestLocker_Model(t *testing.T) {
	l, p, near := away(t, &LockerOptions{Timeout: 30 * time.Second})
	type grip struct {
		key  string
		lock campaign.Lock
	}
	limit := time.Now().Add(4 * time.Second)
	rapid.Check(t, func(r *rapid.T) {
		if time.Now().After(limit) {
			return
		}
		_, err := near.pool.Exec(t.Context(), `DELETE FROM campaigns.locks`)
		require.NoError(r, err)
		holder := map[string]campaign.Lock{}
		var all []grip
		keys := rapid.SampledFrom([]string{"phone_lock:1", "phone_lock:2", "phone_lock:3"})
		lossy := func() {
			switch rapid.IntRange(0, 5).Draw(r, "loss") {
			case 0:
				p.LoseAnswer("phone_lock")
			case 1:
				p.LoseRequest("phone_lock")
			case 2:
				p.Reset()
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
				p.Heal()
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
				lost := p.LoseAnswer("phone_lock")
				require.ErrorIs(r, g.lock.Unlock(t.Context()), campaign.ErrLockLost)
				<-lost
				if holder[g.key] == g.lock {
					delete(holder, g.key)
				}
			},
			"": func(r *rapid.T) {
				p.Heal()
				rows, err := near.pool.Query(t.Context(), `SELECT key FROM campaigns.locks`)
				require.NoError(r, err)
				var got []string
				for rows.Next() {
					var key string
					require.NoError(r, rows.Scan(&key))
					got = append(got, key)
				}
				require.NoError(r, rows.Err())
				require.ElementsMatch(r, slices.Collect(maps.Keys(holder)), got)
			},
		})
	})
}
