package memory

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A queue yields what a sorted list of its keys yields, whatever was set and
// dropped before.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue[int]()
		want := map[int]time.Time{}
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [3]int {
			return [3]int{rapid.IntRange(0, 3).Draw(t, "what"), rapid.IntRange(0, 12).Draw(t, "key"), rapid.IntRange(0, 9).Draw(t, "when")}
		}), 0, 80).Draw(t, "steps")
		for _, s := range steps {
			key, when := s[1], time.Unix(int64(s[2]), 0)
			if s[0] == 0 {
				q.Drop(key)
				delete(want, key)
			} else {
				q.Set(key, when, int64(key))
				want[key] = when
			}
			var sorted []int
			for k := range want {
				sorted = append(sorted, k)
			}
			slices.SortFunc(sorted, func(a, b int) int { return cmp.Or(want[a].Compare(want[b]), cmp.Compare(a, b)) })
			var got []int
			for k, at := range q.First {
				require.True(t, at.Equal(want[k]))
				got = append(got, k)
			}
			require.Equal(t, sorted, got)
			require.Equal(t, len(want), q.Len())
			at, ok := q.Min()
			require.Equal(t, len(want) > 0, ok)
			if ok {
				require.True(t, at.Equal(want[sorted[0]]))
			}
			got = nil
			for k := range q.First {
				if len(got) == 3 {
					break
				}
				got = append(got, k)
			}
			require.Equal(t, sorted[:min(3, len(sorted))], got, "a walk that ends early")
		}
	})
}

func TestList(t *testing.T) {
	var l list[int]
	for n := range 3*chunkSize + 5 {
		require.Equal(t, n, l.Len())
		l.Add(n)
		require.Equal(t, n, *l.At(n))
	}
	for _, n := range []int{3*chunkSize + 5, 3 * chunkSize, 3*chunkSize - 1, chunkSize + 1, chunkSize, 7, 0} {
		l.Cut(n)
		require.Equal(t, n, l.Len())
		l.Add(-1)
		require.Equal(t, -1, *l.At(n))
		l.Cut(n)
		for i := range n {
			require.Equal(t, i, *l.At(i))
		}
	}
	require.Empty(t, l.chunks)
}
