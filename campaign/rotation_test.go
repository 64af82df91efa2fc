package campaign

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/contact"
)

func messages(weights ...int) []Message {
	ms := make([]Message, len(weights))
	for i, w := range weights {
		ms[i] = Message{ID: MessageID(i + 1), Text: "m" + strconv.Itoa(i+1), Weight: w}
	}
	return ms
}

func nth(position int64) Recipient {
	return Recipient{
		ID:      RecipientID{Campaign: 1, Position: position},
		Contact: contact.Contact{Phone: contact.Phone("+55119" + strconv.FormatInt(90000000+position, 10))},
	}
}

// play sends to n people in a row and returns the counts.
func play(r Rotation, ms []Message, seed uint64, n int64) []int64 {
	used := make([]int64, len(ms))
	for p := int64(1); p <= n; p++ {
		used[r.Pick(ms, Choice{Used: used, Recipient: nth(p), Seed: seed})]++
	}
	return used
}

func spread(used []int64) int64 { return slices.Max(used) - slices.Min(used) }

func TestLesson_C14_Balanced500SendsOf5Messages(t *testing.T) {
	for seed := range uint64(20) {
		require.Equal(t, []int64{100, 100, 100, 100, 100}, play(Balanced{}, messages(0, 0, 0, 0, 0), seed, 500))
	}
}

func TestBalanced_DoesNotFollowThePosition(t *testing.T) {
	ms := messages(0, 0, 0)
	rounds := map[[3]int]bool{}
	used := make([]int64, 3)
	for p := int64(1); p <= 300; p += 3 {
		var round [3]int
		for k := range round {
			i := Balanced{}.Pick(ms, Choice{Used: used, Recipient: nth(p + int64(k)), Seed: 7})
			used[i]++
			round[k] = i
		}
		rounds[round] = true
	}
	require.Len(t, rounds, 6, "100 rounds of 3 messages come in all 6 orders")
}

// Picks and choices taken back, in any order: a pick never makes the counts
// less even than they are, and evens them out again once no more come back.
func TestBalanced_Property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := messages(make([]int, rapid.IntRange(1, MaxMessages).Draw(t, "messages"))...)
		used := make([]int64, len(ms))
		seed := rapid.Uint64().Draw(t, "seed")
		position, back := int64(0), int64(0)
		pick := func() {
			position++
			before := spread(used)
			i := Balanced{}.Pick(ms, Choice{Used: used, Recipient: nth(position), Seed: seed})
			if used[i] != slices.Min(used) {
				t.Fatalf("picked %d of %v", i, used)
			}
			used[i]++
			if spread(used) > max(before, 1) {
				t.Fatalf("a pick took the spread from %d to %v", before, used)
			}
		}
		for _, takeBack := range rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 200).Draw(t, "steps") {
			if takeBack > 0.7 {
				if i := int(position) % len(ms); used[i] > 0 {
					used[i]--
					back++
				}
				continue
			}
			pick()
			if back == 0 && spread(used) > 1 {
				t.Fatalf("nothing was taken back and the counts are %v", used)
			}
		}
		for range back * int64(len(ms)) {
			pick()
		}
		if spread(used) > 1 {
			t.Fatalf("not even again: %v", used)
		}
	})
}

func TestWeighted(t *testing.T) {
	for _, c := range []struct {
		weights []int
		sends   int64
		want    []int64
	}{
		{[]int{1}, 10, []int64{10}},
		{[]int{3, 1}, 100, []int64{75, 25}},
		{[]int{50, 30, 20}, 10, []int64{5, 3, 2}},
		{[]int{0, 1, -4}, 300, []int64{100, 100, 100}},
		{[]int{1, 0}, 20, []int64{10, 10}},
		{[]int{math.MaxInt, 1_000_000}, 40, []int64{20, 20}},
		{[]int{5, 4, 3, 2, 1}, 150, []int64{50, 40, 30, 20, 10}},
	} {
		require.Equal(t, c.want, play(Weighted{}, messages(c.weights...), 3, c.sends), "%v", c.weights)
	}
}

func TestWeighted_Property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 100), 1, MaxMessages).Draw(t, "weights")
		ms := messages(weights...)
		seed := rapid.Uint64().Draw(t, "seed")
		sum := 0
		for _, w := range weights {
			sum += w
		}
		used := make([]int64, len(ms))
		for n := int64(1); n <= 400; n++ {
			used[Weighted{}.Pick(ms, Choice{Used: used, Recipient: nth(n), Seed: seed})]++
			for i, w := range weights {
				// |used - n·w/sum| < 1, in whole numbers.
				if d := used[i]*int64(sum) - n*int64(w); d >= int64(sum) || -d >= int64(sum) {
					t.Fatalf("after %d sends with weights %v: %v", n, weights, used)
				}
			}
		}
	})
}

func TestWeighted_GivesBackFirst(t *testing.T) {
	ms := messages(3, 1)
	used := []int64{27, 10} // three choices of the first did not stand
	for p := int64(1); p <= 3; p++ {
		i := Weighted{}.Pick(ms, Choice{Used: used, Recipient: nth(p)})
		require.Equal(t, 0, i)
		used[i]++
	}
}

func TestSticky_TheSamePersonTheSameMessage(t *testing.T) {
	ms := messages(0, 0, 0)
	for p := range int64(50) {
		a := Sticky{}.Pick(ms, Choice{Used: []int64{0, 0, 0}, Recipient: nth(p), Seed: 9})
		other := nth(p)
		other.ID = RecipientID{Campaign: 8, Position: p + 1000}
		b := Sticky{}.Pick(ms, Choice{Used: []int64{9, 5, 70}, Recipient: other, Seed: 9})
		require.Equal(t, a, b, "the phone decides, not the place in the list or the counts")
	}
	for _, n := range play(Sticky{}, ms, 9, 3000) {
		require.InDelta(t, 1000, n, 150)
	}
}

func TestSticky_MovesOnlyThePeopleOfTheMessageThatGoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := messages(make([]int, rapid.IntRange(2, MaxMessages).Draw(t, "messages"))...)
		gone := rapid.IntRange(0, len(ms)-1).Draw(t, "gone")
		seed := rapid.Uint64().Draw(t, "seed")
		fewer := slices.Delete(slices.Clone(ms), gone, gone+1)
		shuffled := rapid.Permutation(fewer).Draw(t, "order")
		for p := range int64(40) {
			c := Choice{Recipient: nth(p), Seed: seed}
			before := ms[Sticky{}.Pick(ms, c)].ID
			after := shuffled[Sticky{}.Pick(shuffled, c)].ID
			if before != ms[gone].ID && before != after {
				t.Fatalf("person %d moved from %d to %d though %d left", p, before, after, ms[gone].ID)
			}
		}
	})
}

func TestRotations_ArePureAndTotal(t *testing.T) {
	for name, r := range BuiltinRotations() {
		for n := 1; n <= MaxMessages; n++ {
			for _, used := range [][]int64{nil, {1}, {-5, 3, 0, 2, 1}, {9, 9, 9, 9, 9}} {
				c := Choice{Used: slices.Clone(used), Recipient: nth(int64(n)), Seed: 5}
				ms := messages(make([]int, n)...)
				i := r.Pick(ms, c)
				require.Equal(t, i, r.Pick(ms, c), name)
				require.True(t, i >= 0 && i < n, "%s picked %d of %d", name, i, n)
				require.Equal(t, used, c.Used, name)
			}
		}
	}
}

func TestBuiltinRotations_AreTheCallersOwn(t *testing.T) {
	m := BuiltinRotations()
	require.Len(t, m, 3)
	delete(m, RotationSticky)
	require.IsType(t, Sticky{}, BuiltinRotations()[RotationSticky])
	require.IsType(t, Balanced{}, m[RotationBalanced])
	require.IsType(t, Weighted{}, m[RotationWeighted])
}

// The choices that stored campaigns rest on must never change.
func TestRotations_Golden(t *testing.T) {
	for _, c := range []struct {
		r    Rotation
		want string
	}{
		{Balanced{}, "120120021201210120201102"},
		{Weighted{}, "010120010201010120010102"},
		{Sticky{}, "221000110101202001110122"},
	} {
		ms := messages(3, 2, 1)
		used := make([]int64, 3)
		got := ""
		for p := int64(1); p <= 24; p++ {
			i := c.r.Pick(ms, Choice{Used: used, Recipient: nth(p), Seed: 42})
			used[i]++
			got += strconv.Itoa(i)
		}
		require.Equal(t, c.want, got, "%T", c.r)
	}
}

func BenchmarkRotation(b *testing.B) {
	for name, r := range BuiltinRotations() {
		b.Run(name, func(b *testing.B) {
			ms, used := messages(5, 4, 3, 2, 1), make([]int64, 5)
			c := Choice{Used: used, Recipient: nth(1), Seed: 1}
			b.ReportAllocs()
			for b.Loop() {
				c.Recipient.ID.Position++
				used[r.Pick(ms, c)]++
			}
		})
	}
}
