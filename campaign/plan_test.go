package campaign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/contact"
)

// turnOf is a due number with three people ahead, as a store loads it.
func turnOf(c Campaign) (*Rows, *Turn) {
	c.ID, c.Tenant, c.Total, c.Rev, c.Seed = 1, "t", 3, 1, 4
	c.Messages = []Message{{ID: 2, Text: "oi"}}
	c.Pace = Pace{}
	j := &Job{Campaign: c}
	for p := range int64(3) {
		j.Ahead = append(j.Ahead, Candidate{Recipient: Recipient{ID: RecipientID{1, p + 1}, Generation: 1,
			Contact: contact.Contact{Phone: contact.Phone("+551190000000" + string(rune('1'+p)))}}})
	}
	n := &Number{Instance: Instance{ID: 3, Tenant: "t", Pace: Pace{NoGap: true}}, Serves: 1}
	t := &Turn{Number: n, Job: j, Free: []int{0, 1, 2}}
	return &Rows{Now: noon, Jobs: map[ID]*Job{1: j}, Numbers: map[InstanceID]*Number{3: n}, Turns: []*Turn{t}}, t
}

func plan(r *Rows) {
	var last byte
	p := planner{kitchen: &kitchen{rotations: BuiltinRotations()}, variables: BuiltinVariables, timing: Timing{}.full(), tell: func(string, error) {},
		daemon: "d", max: 9, newID: func() AttemptID { last++; return AttemptID{last} }}
	p.plan(r)
}

// I2: whatever a store loads, only an active campaign begins anything.
func TestPlanBeginsNothingUnlessActive(t *testing.T) {
	for _, s := range []Status{Drafted, Scheduled, Active, Paused, Completed, Cancelled} {
		t.Run(string(s), func(t *testing.T) {
			r, turn := turnOf(Campaign{Status: s})
			plan(r)
			if s == Active {
				require.Len(t, r.Begin, 3)
				return
			}
			require.Empty(t, r.Begin)
			require.Empty(t, r.Events)
			require.Zero(t, turn.Job.Cursor.Position, "nobody is passed over")
			require.Equal(t, CodeNotActive, turn.Number.Meter.Why.Code)
		})
	}
}

// I4: a phone that another send holds, or that this plan has just taken, is
// left alone for a while, and the next person has the turn.
func TestPlanLeavesABusyPhoneAlone(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*Job)
		busy    int64
	}{
		"held by another attempt": {func(j *Job) { j.Ahead[0].Busy = true }, 1},
		"taken in this plan":      {func(j *Job) { j.Ahead[1].Recipient.Contact.Phone = j.Ahead[0].Recipient.Contact.Phone }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r, turn := turnOf(Campaign{Status: Active})
			c.prepare(turn.Job)
			plan(r)
			require.Len(t, r.Begin, 2)
			require.NotEqual(t, r.Begin[0].Phone, r.Begin[1].Phone)
			require.Len(t, r.Wait, 1)
			require.Equal(t, c.busy, r.Wait[0].Recipient.Position)
			require.Equal(t, noon.Add(PhoneWait), r.Wait[0].Due)
			require.Zero(t, r.Wait[0].Tries, "it costs no try")
		})
	}
}

// I4, I6: the instants of an attempt follow from its latest start, since the
// gateway may carry out late what began as late as that.
func TestAttemptIsDatedFromItsLatestStart(t *testing.T) {
	r, _ := turnOf(Campaign{Status: Active})
	plan(r)
	a, d := r.Begin[0], Timing{}.full()
	require.Equal(t, noon, a.TakenAt)
	require.Equal(t, noon.Add(2*time.Second), a.StartBy)
	require.Equal(t, a.StartBy.Add(d.Timeout+d.Typing+5*time.Second), a.SweepAt)
	require.Equal(t, a.StartBy.Add(d.Typing+300*time.Second+time.Second), a.Quarantine)
}
