package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// What becomes of messages to strangers and to people who know the number, in a
// row, and which lane it shuts: "s" and "w" fail, "S" and "W" arrive.
func TestWhichLaneLateErrorsShut(t *testing.T) {
	for _, c := range []struct {
		name, row   string
		cold, whole bool
	}{
		{"strangers alone", "sssss", true, false},
		{"too few", "ssss", false, false},
		{"a stranger was reached", "ssssSs", false, false},
		{"strangers, while those who know it are reached", "sWsWsWsWsW", true, false},
		{"those who know it alone", "wwwww", false, true},
		{"one of each kind is one in a row", "sswws", false, false},
		{"those who know it, too", "sswsw", false, true},
		{"those who know it, after the strangers", "sssssw", true, true},
		{"those who know it, but one was reached since", "sssssWwwww", true, false},
		{"those who know it, again and again", "sssssWwwwww", true, true},
		{"those who know it, and a stranger was reached", "wwwwSw", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newReported(Timing{})
			for _, x := range c.row {
				kind := NoticeDelivered
				if x == 's' || x == 'w' {
					kind = NoticeError
				}
				w.cold = x == 's' || x == 'S'
				w.hear(w.r.Now.Add(-time.Minute), Notice{Kind: kind})
			}
			_, cold := w.meter().Cold.Shut(w.r.Now)
			require.Equal(t, c.cold, cold, "the cold lane")
			require.Equal(t, c.whole, w.meter().restricted(), "the number")
		})
	}
}

func TestAShutColdLane(t *testing.T) {
	w := newReported(Timing{})
	w.cold = true
	l := &w.meter().Cold
	for range 5 {
		w.fails(w.r.Now.Add(-time.Minute))
	}
	begun := w.r.Now
	until, shut := l.Shut(begun)
	require.True(t, shut)
	require.Equal(t, begun.Add(30*time.Minute), until)
	require.Equal(t, CodeColdRestricted, l.Held.Code)
	require.Equal(t, EventInstanceColdHeld, w.r.Events[len(w.r.Events)-2].Type)
	require.Equal(t, EventReturned, w.r.Events[len(w.r.Events)-1].Type)
	for _, wait := range w.r.Waits {
		require.Equal(t, until, wait.Due, "whom it failed waits until it is tried")
	}
	require.Equal(t, w.meter().PaceUntil, w.meter().WakeAt, "people who know the number may be next")

	w.fails(begun.Add(-time.Second))
	require.Equal(t, begun.Add(30*time.Minute), l.Until, "what was under way tells nothing new")
	w.hear(begun.Add(-time.Second), Notice{Kind: NoticeDelivered})
	_, shut = l.Shut(begun)
	require.True(t, shut, "neither does what arrives of it")

	for _, d := range []time.Duration{2 * time.Hour, 8 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		w.r.Now = l.Until
		_, shut = l.Shut(w.r.Now)
		require.False(t, shut, "it may be tried")
		w.r.Now = l.Until.Add(time.Second)
		taken := w.r.Now.Add(-time.Millisecond)
		w.cold = false
		w.hear(taken, Notice{Kind: NoticeDelivered})
		require.Equal(t, CodeColdRestricted, l.Held.Code, "who knows the number says nothing about strangers")
		w.cold = true
		w.hear(taken, Notice{Kind: NoticeServer})
		require.Equal(t, CodeColdRestricted, l.Held.Code, "that WhatsApp has it is no delivery")
		w.fails(taken)
		require.Equal(t, w.r.Now.Add(d), l.Until, "a message that tries it fails")
	}
	w.r.Now = l.Until.Add(time.Second)
	w.hear(w.r.Now.Add(-time.Millisecond), Notice{Kind: NoticeDelivered})
	require.Equal(t, ColdLane{}, *l, "a stranger who is reached opens it")
	require.Equal(t, EventDelivered, w.r.Events[len(w.r.Events)-1].Type)
	freed := w.r.Events[len(w.r.Events)-2]
	require.Equal(t, Because(CodeColdOpened), freed.Why)
	require.Equal(t, EventInstanceColdFreed, freed.Type)
}

// A provider that says until when it restricts a number is believed, unless that
// is over.
func TestTheStatedEndOfARestriction(t *testing.T) {
	for _, cold := range []bool{true, false} {
		w := newReported(Timing{RestrictAfter: 1})
		w.cold = cold
		ends := w.r.Now.Add(5 * time.Hour).Truncate(time.Second)
		held := func() time.Time {
			if cold {
				return w.meter().Cold.Until
			}
			return w.meter().HeldUntil
		}
		tell := func(until string) {
			w.hear(w.r.Now.Add(-time.Nanosecond), Notice{Kind: NoticeError, Why: Because(CodeProviderError, "until", until)})
		}
		tell(ends.Format(time.RFC3339))
		require.Equal(t, ends, held())
		w.r.Now = ends.Add(time.Minute)
		tell(ends.Format(time.RFC3339))
		require.Equal(t, w.r.Now.Add(2*time.Hour), held(), "what is over says nothing")
		w.r.Now = held().Add(time.Minute)
		tell("tomorrow")
		require.Equal(t, w.r.Now.Add(8*time.Hour), held())
	}
}

// What the provider says of the number itself is believed.
func TestTheProvidersWordOnTheColdLane(t *testing.T) {
	until := noon.Add(5 * time.Hour)
	timing := Timing{}.full()
	l := ColdLane{}
	require.False(t, l.told(false, time.Time{}, noon, timing), "nothing is restricted")
	require.True(t, l.told(true, until, noon, timing))
	require.Equal(t, until, l.Until)
	require.Equal(t, CodeColdRestricted, l.Held.Code)
	require.False(t, l.told(true, until, noon, timing), "it says so again")
	require.False(t, l.told(true, time.Time{}, noon, timing), "it says less")
	require.True(t, l.told(true, until.Add(time.Hour), noon, timing), "it lasts longer")
	require.True(t, l.told(false, time.Time{}, noon.Add(time.Hour), timing))
	_, shut := l.Shut(noon.Add(time.Hour))
	require.False(t, shut, "it may be tried")
	require.False(t, l.Held.IsZero(), "by one message")
	for _, nonsense := range []time.Time{{}, noon.Add(-time.Hour), noon.AddDate(5, 0, 0)} {
		l := ColdLane{}
		require.True(t, l.told(true, nonsense, noon, timing))
		require.Equal(t, noon.Add(30*time.Minute), l.Until)
	}
}

// Whoever shuts the lane by hand opens it.
func TestAColdLaneThatSomebodyShut(t *testing.T) {
	w := newReported(Timing{})
	w.cold = true
	l := &w.meter().Cold
	l.Held = Because(CodeByPerson)
	for range 9 {
		w.fails(w.r.Now.Add(-time.Minute))
	}
	w.hear(w.r.Now.Add(-time.Minute), Notice{Kind: NoticeDelivered})
	require.Equal(t, CodeByPerson, l.Held.Code)
	_, shut := l.Shut(w.r.Now.Add(1000 * time.Hour))
	require.True(t, shut)
}

// waiters are a job of number 3, and maybe of 4, with people of whom some are
// known to one of them.
func waiters(until time.Time, known map[int]InstanceID, ahead int) (*Rows, *Turn) {
	j := &Job{Campaign: Campaign{ID: 1, Tenant: "t", Status: Active, Total: int64(ahead), Draft: Draft{Instances: []InstanceID{3, 4},
		Messages: []Message{{ID: 1, Text: "oi"}}}}}
	r := &Rows{Now: noon, Jobs: map[ID]*Job{1: j}, Warm: map[Warm]time.Time{}}
	for i := 1; i <= ahead; i++ {
		p := Recipient{ID: RecipientID{1, int64(i)}, Generation: 1}
		p.Contact.Phone = phoneOf(i)
		j.Ahead = append(j.Ahead, Candidate{Recipient: p})
		if k := known[i]; k != 0 {
			r.Warm[Warm{"t", k, phoneOf(i)}] = noon.Add(-time.Hour)
		}
	}
	n := &Number{Instance: Instance{ID: 3, Tenant: "t", Pace: Pace{NoGap: true}}, Serves: 1,
		Meter: Meter{Cold: ColdLane{Held: Because(CodeColdRestricted), Until: until}}}
	t := &Turn{Number: n, Job: j, Free: []int{0, 1, 2, 3, 4}}
	r.Numbers, r.Turns = map[InstanceID]*Number{3: n}, []*Turn{t}
	return r, t
}

func phoneOf(i int) contact.Phone { return contact.Phone("+551190000000" + string(rune('0'+i))) }

func planned(r *Rows) (at []int64) {
	p := planner{kitchen: &kitchen{rotations: BuiltinRotations()}, variables: BuiltinVariables, timing: Timing{}.full(), tell: func(string, error) {}, max: 100, newID: func() AttemptID { return AttemptID{byte(len(r.Begin) + 1)} }}
	p.plan(r)
	for _, a := range r.Begin {
		at = append(at, a.Recipient.Position)
	}
	return at
}

// People who know the number go on being taken, in order; each of the others is
// set aside once, for the number that knows them if there is one.
func TestTake_PassesOverStrangers(t *testing.T) {
	r, turn := waiters(noon.Add(time.Hour), map[int]InstanceID{2: 3, 3: 4, 5: 3}, 6)
	require.Equal(t, []int64{2, 5}, planned(r))
	lanes := map[int64]InstanceID{}
	for _, w := range r.Wait {
		require.Equal(t, CodeColdHeld, w.Why.Code)
		require.Equal(t, noon, w.Due)
		lanes[w.Recipient.Position] = w.Lane
	}
	require.Equal(t, map[int64]InstanceID{1: Strangers, 3: 4, 4: Strangers, 6: Strangers}, lanes)
	m := turn.Number.Meter
	require.Equal(t, CodeColdHeld, m.Why.Code)
	require.Equal(t, noon.Add(time.Hour), m.WakeAt, "nobody is left whom it may take")
	require.Equal(t, noon.Add(time.Hour), m.Cold.Until)
}

// While somebody who knows the number waits for another try, that is when it
// looks again.
func TestTake_WaitsForWhoKnowsIt(t *testing.T) {
	r, turn := waiters(noon.Add(30*time.Minute), nil, 0)
	turn.NextDue = noon.Add(10 * time.Minute)
	require.Empty(t, planned(r))
	require.Equal(t, noon.Add(10*time.Minute), turn.Number.Meter.WakeAt)
	require.Equal(t, CodeNobodyDue, turn.Number.Meter.Why.Code)
	r, turn = waiters(time.Time{}, nil, 0)
	require.Empty(t, planned(r))
	require.Equal(t, noon.Add(MaxNap), turn.Number.Meter.WakeAt, "somebody has to open it")
}

// Once its time has come the lane is tried by one stranger, and those who know
// the number are taken before and after.
func TestTake_TriesTheColdLane(t *testing.T) {
	r, turn := waiters(noon, map[int]InstanceID{1: 3, 3: 3}, 5)
	require.Equal(t, []int64{1, 2}, planned(r))
	m := &turn.Number.Meter
	require.Equal(t, noon.Add(probeFor), m.Cold.Until)
	require.Equal(t, noon, m.WakeAt)
	_, shut := m.Cold.Shut(noon)
	require.True(t, shut, "the next one waits for what becomes of it")
	m.giveBack(r.Begin[0])
	m.giveBack(r.Begin[1])
	_, shut = m.Cold.Shut(noon)
	require.False(t, shut, "it did not go out")
}

// Where every lane is open nobody is asked who knows whom.
func TestTake_AnOpenColdLane(t *testing.T) {
	r, turn := waiters(noon, nil, 4)
	turn.Number.Meter.Cold = ColdLane{Errors: 3}
	require.Equal(t, []int64{1, 2, 3, 4}, planned(r))
	require.Empty(t, r.Wait)
}

// Two turns of a job do not take one person twice, though each has a line of its
// own.
func TestTake_LinesOfTheirOwn(t *testing.T) {
	r, turn := waiters(noon.Add(time.Hour), map[int]InstanceID{1: 3}, 1)
	c := turn.Job.Ahead[0]
	c.Waiting, c.Recipient.Due = true, noon
	turn.Job.Ahead, turn.Job.Cursor.Position = nil, 1
	turn.Due, turn.Job.Due = []Candidate{c}, []Candidate{c}
	other := &Number{Instance: Instance{ID: 4, Tenant: "t", Pace: Pace{NoGap: true}}, Serves: 1}
	r.Numbers[4] = other
	r.Turns = append(r.Turns, &Turn{Number: other, Job: turn.Job, Free: []int{0}})
	require.Equal(t, []int64{1}, planned(r))
	require.Equal(t, []RecipientID{{1, 1}}, r.Unwait)
}

func TestBooks_WhomTheyHaveForANumber(t *testing.T) {
	b := Books{Cursor: Cursor{Position: 7}, Waiting: 4, NextDue: noon, NextWhy: Because(CodeColdHeld)}
	b.SetLane(Strangers, 2, noon)
	b.SetLane(0, 1, noon.Add(time.Hour))
	b.SetLane(4, 1, noon.Add(time.Minute))
	shut := Meter{Cold: ColdLane{Held: Because(CodeColdRestricted), Until: noon.Add(2 * time.Hour)}}
	require.Equal(t, &standby{due: noon, why: b.NextWhy}, b.queue(7, 3, noon, Meter{}))
	require.Equal(t, &standby{due: noon.Add(time.Hour), aside: true}, b.queue(7, 3, noon, shut))
	require.Equal(t, &standby{due: noon.Add(time.Minute), aside: true}, b.queue(7, 4, noon, shut))
	require.Equal(t, &standby{ahead: 2, due: noon.Add(time.Hour), aside: true}, b.queue(9, 3, noon, shut))
	b.Lanes = map[InstanceID]LaneBook{0: {1, noon.Add(time.Hour)}}
	require.Equal(t, &standby{due: noon.Add(time.Hour)}, b.queue(7, 3, noon, shut))
}
