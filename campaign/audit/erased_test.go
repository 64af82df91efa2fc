package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/store/memory"
)

// erase erases the people from first on, and tells how many it could not yet.
func (w *world) erase(t campaign.Tenant, first, n int) (refused int) {
	w.Helper()
	for i := range n {
		_, err := w.as(t).Erase(w.ctx, phone(first+i), "pedido por carta")
		if err != nil {
			var c *campaign.ConflictError
			require.ErrorAs(w, err, &c)
			require.Equal(w, campaign.CodeMayGoOut, c.Why.Code)
			refused++
		}
	}
	return refused
}

// While a campaign runs, people are erased who were sent to, are unknown, wait,
// or come later: no rule of the ledger breaks.
func TestErasuresLeaveTheLedgerWhole(t *testing.T) {
	stores := map[string]func(testing.TB) campaign.Store{
		"memory": func(testing.TB) campaign.Store { return memory.New() },
		"sqlite": func(tb testing.TB) campaign.Store { return openSQLite(tb) },
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t), 3)
			fast := campaign.Pace{MinGap: 2 * time.Second, MaxGap: 5 * time.Second}
			n1, n2 := w.number("acme", "n1", fast), w.number("acme", "n2", fast)
			big := w.draft("acme", 0, 200, campaign.Draft{Instances: []campaign.InstanceID{n1}, AtLeastOnce: true})
			small := w.draft("acme", 50, 60, campaign.Draft{Instances: []campaign.InstanceID{n2}})
			w.start("acme", big)
			w.start("acme", small)
			w.play(2 * time.Minute)
			w.crash()
			refused := w.erase("acme", 0, 40) + w.erase("acme", 55, 10)
			require.Positive(t, refused, "nothing was in flight: the play has become too simple")
			w.play(3 * time.Minute)
			w.erase("acme", 20, 60)
			w.play(time.Hour)
			require.Zero(t, w.erase("acme", 0, 200), "when all is over nobody is in the way")
			require.ErrorIs(t, w.as("acme").OptIn(w.ctx, campaign.Because("letter"), phone(1)), campaign.ErrConflict)
			w.play(8 * time.Hour)
			w.decide("acme", big)
			w.play(time.Hour)

			r := check(t, w.store, &audit.Options{Now: w.clock.Now, Deadline: 2 * time.Second, Performed: w.done})
			for _, v := range r.Violations {
				t.Error(v)
				w.tell(v)
			}
			require.Len(t, r.Unchecked, 1)
			require.Contains(t, r.Unchecked[0], "people erased")
			for _, s := range []campaign.State{campaign.Sent, campaign.Skipped} {
				require.Positive(t, r.Figures.States[s], s)
			}
			erased := 0
			for _, id := range []campaign.ID{big, small} {
				require.NoError(t, w.store.Tenant("acme").View(w.ctx, func(v campaign.Reader) error {
					ps, err := v.Recipients(campaign.RecipientQuery{Campaign: id, Limit: 1000})
					for _, p := range ps {
						require.True(t, campaign.Erased(p.Contact.Phone), "%+v", p)
						require.Empty(t, p.Contact.Name)
						if p.Why.Code == campaign.CodeErased {
							erased++
						}
					}
					return err
				}))
			}
			require.Positive(t, erased, "nobody was skipped because of it")
		})
	}
}

func TestWhatIsDoneToPeopleWhoWereErased(t *testing.T) {
	w := newWorld(t, memory.New(), 3)
	n := w.number("acme", "n1", campaign.Pace{NoGap: true})
	id := w.draft("acme", 0, 40, campaign.Draft{Instances: []campaign.InstanceID{n}})
	w.start("acme", id)
	w.play(time.Hour)
	w.crash()
	w.play(time.Hour)
	require.Zero(t, w.erase("acme", 0, 40))
	var lost campaign.Attempt
	for _, a := range w.flights("acme", id) {
		lost = a
	}
	require.True(t, campaign.Erased(lost.Phone), "nothing is unknown: the play has become too simple")
	require.Empty(t, check(t, w.store, &audit.Options{Now: w.clock.Now}).Violations)
	open := func(f func(*campaign.Attempt)) *bent {
		return &bent{Store: w.store, flights: func(_ campaign.ID, as []campaign.Attempt) []campaign.Attempt {
			for i := range as {
				if as[i].ID == lost.ID {
					f(&as[i])
				}
			}
			return as
		}}
	}
	for name, b := range map[string]*bent{
		"a text that was kept":            open(func(a *campaign.Attempt) { a.Text = "Oi, Ana" }),
		"a lost send that is asked after": open(func(a *campaign.Attempt) { a.LookAt = w.clock.Now() }),
		"a send that was taken for nobody": {Store: w.store, history: func(c *campaign.Closed) bool {
			if c.Recipient.Position == 1 {
				c.Phone = campaign.ErasedPhone(c.Recipient)
			}
			return true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := check(t, b, &audit.Options{Now: w.clock.Now})
			require.NotEmpty(t, r.Violations)
			require.Equal(t, "I13", r.Violations[0].Invariant, fmt.Sprint(r.Violations))
		})
	}
}
