package campaigntest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
)

func TestClock(t *testing.T) {
	c := NewClock(t0)
	require.Equal(t, t0, c.Now())
	require.Equal(t, at(time.Minute), c.Advance(time.Minute))
	c.Set(at(-time.Hour))
	require.Equal(t, at(-time.Hour), c.Now())
	require.NoError(t, together(8, func(int) error {
		for range 100 {
			c.Advance(time.Second)
		}
		return nil
	}))
	require.Equal(t, at(-time.Hour+800*time.Second), c.Now())
}

func TestRecorder(t *testing.T) {
	clock := NewClock(t0)
	r := &LookupRecorder{Recorder: Recorder{Now: clock.Now}}
	route := campaign.Route{Tenant: acme, Instance: "a"}
	send := func(n int, text string) (campaign.Accepted, error) {
		return r.Send(t.Context(), campaign.Outgoing{Route: route, To: phone(n), Text: text, StartBy: at(time.Minute)})
	}
	acc, err := send(1, "one")
	require.NoError(t, err)
	require.Equal(t, campaign.Accepted{ProviderID: "rec-1", At: t0, Began: t0}, acc)
	r.Answer = func(m campaign.Outgoing) (campaign.Accepted, error) { return campaign.Accepted{}, errors.New("cut") }
	clock.Advance(time.Second)
	_, err = send(2, "two")
	require.EqualError(t, err, "cut")
	r.Answer = nil
	_, err = send(1, "three")
	require.NoError(t, err)

	clock.Set(at(2 * time.Minute))
	_, err = send(3, "late")
	require.ErrorIs(t, err, campaign.ErrLate)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Send(ctx, campaign.Outgoing{StartBy: at(time.Hour)})
	require.Equal(t, campaign.VerdictNotSent, campaign.Judge(err).Verdict)

	require.Equal(t, 3, r.Count())
	require.Equal(t, []string{"one", "two", "three"}, r.Texts())
	require.Len(t, r.ByPhone()[phone(1)], 2)
	require.Len(t, r.ByPhone(), 2)
	require.EqualError(t, r.All()[1].Err, "cut")
	require.Equal(t, at(time.Second), r.All()[1].At)

	q := campaign.Inquiry{Route: route, To: phone(1), Text: "one", From: t0, Until: at(time.Hour)}
	found, err := r.Find(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []campaign.Record{{ProviderID: "rec-1", At: t0}}, found)
	two := q
	two.To, two.Text = phone(2), "two"
	found, _ = r.Find(t.Context(), two)
	require.Empty(t, found, "what was not accepted has no record unless Kept says so")
	r.Kept = func(Sent) bool { return true }
	found, _ = r.Find(t.Context(), two)
	require.Equal(t, []campaign.Record{{ProviderID: "rec-2", At: at(time.Second)}}, found)
	for name, f := range map[string]func(*campaign.Inquiry){
		"another text": func(q *campaign.Inquiry) { q.Text = "One" }, "another phone": func(q *campaign.Inquiry) { q.To = phone(2) },
		"another route": func(q *campaign.Inquiry) { q.Route.Instance = "b" }, "too early": func(q *campaign.Inquiry) { q.Until = at(-1) },
		"too late": func(q *campaign.Inquiry) { q.From = at(1) },
	} {
		other := q
		f(&other)
		found, _ = r.Find(t.Context(), other)
		require.Empty(t, found, name)
	}
	_, err = r.Find(ctx, q)
	require.ErrorIs(t, err, context.Canceled)
}

func TestPlay(t *testing.T) {
	clock := NewClock(t0)
	var seen []time.Time
	answers := []time.Time{at(time.Minute), at(time.Minute), at(time.Second), at(time.Hour), {}}
	p := play(t, func(context.Context) (time.Time, error) {
		seen = append(seen, clock.Now())
		return answers[len(seen)-1], nil
	}, clock, at(24*time.Hour))
	require.Equal(t, []time.Time{t0, at(time.Minute), at(time.Minute), at(time.Minute), at(time.Hour)}, seen)
	require.Equal(t, Played{Steps: 5, Jumps: 2}, p)
	require.Equal(t, at(24*time.Hour), clock.Now(), "the clock shows the end when nothing is left to do")

	p = play(t, func(context.Context) (time.Time, error) { return clock.Now().Add(20 * time.Minute), nil }, clock, at(25*time.Hour))
	require.Equal(t, Played{Steps: 4, Jumps: 3, Next: at(25*time.Hour + 20*time.Minute)}, p)
	require.Equal(t, at(25*time.Hour), clock.Now(), "work after the end is left for the next play")
}

func TestPlayFails(t *testing.T) {
	failed, said := observe(func(tb testing.TB) {
		play(context0{tb}, func(context.Context) (time.Time, error) { return time.Time{}, errors.New("boom") }, NewClock(t0), at(time.Hour))
	})
	require.True(t, failed)
	require.Contains(t, said, "boom")
	failed, said = observe(func(tb testing.TB) {
		play(context0{tb}, func(context.Context) (time.Time, error) { return t0, nil }, NewClock(t0), at(time.Hour))
	})
	require.True(t, failed, "an engine that never rests")
	require.Contains(t, said, "never pass")
}

// context0 gives a witness a context.
type context0 struct{ testing.TB }

func (context0) Context() context.Context { return context.Background() }

func TestDiff(t *testing.T) {
	type pair struct {
		A any
		B []int
		M map[string]int
		T time.Time
		P *int
	}
	one, two := 1, 2
	for _, c := range []struct {
		name string
		a, b any
		want string
	}{
		{"nil and empty", pair{B: []int{}, M: map[string]int{}}, pair{}, ""},
		{"values", pair{B: []int{1, 2}}, pair{B: []int{1, 3}}, ".B[1]: is 2, want 3"},
		{"lengths", pair{B: []int{1}}, pair{}, ".B: has 1 elements"},
		{"maps", pair{M: map[string]int{"a": 1}}, pair{M: map[string]int{"b": 1}}, ".M: has no entry b"},
		{"map sizes", pair{M: map[string]int{"a": 1}}, pair{}, ".M: has 1 entries"},
		{"pointers", pair{P: &one}, pair{P: &two}, ".P: is 1, want 2"},
		{"nil pointers", pair{P: &one}, pair{}, ".P: is"},
		{"times to the millisecond", pair{T: t0.Add(999)}, pair{T: t0}, ""},
		{"times", pair{T: t0.Add(time.Millisecond)}, pair{T: t0}, ".T: is"},
		{"zones", pair{T: t0.In(time.FixedZone("x", 3600))}, pair{T: t0}, "want UTC"},
		{"zero and 1970", pair{T: time.Time{}}, pair{T: time.Unix(0, 0).UTC()}, ".T: is"},
		{"types", 1, "1", "is a int, want a string"},
		{"missing", nil, 1, "one of the two is missing"},
	} {
		failed, said := observe(func(tb testing.TB) { (&judge{TB: tb, why: "because"}).equal(c.a, c.b, "it") })
		require.Equal(t, c.want != "", failed, "%s: %s", c.name, said)
		require.Contains(t, said, c.want, c.name)
		if failed {
			require.Contains(t, said, "because")
		}
	}
}
