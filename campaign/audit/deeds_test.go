package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/campaign/audit"
	"github.com/alreasense/campaigns/contact"
)

// What the gateway did is held against what the ledger says, both ways.
func TestPerformedIsTheTruth(t *testing.T) {
	var no, yes, past []campaign.Closed
	w := cast(t, 5, "", func(w *town) {
		of := func(o campaign.Outcome) []campaign.Closed {
			_, past := w.find("acme", func(_ campaign.Recipient, past []campaign.Closed) bool {
				return len(past) == 1 && past[0].Outcome == o
			})
			return past
		}
		no, yes = of(campaign.OutcomeRefused), of(campaign.OutcomeAccepted)
		_, past = w.find("acme", func(p campaign.Recipient, past []campaign.Closed) bool {
			return p.State != campaign.Failed && len(past) == 2 && past[0].Outcome == campaign.OutcomeResend && past[1].Outcome == campaign.OutcomeAccepted
		})
	})
	now := w.clock.Now()
	refused, accepted := no[0], yes[0]
	deed := func(c campaign.Closed) audit.Deed {
		return audit.Deed{Phone: c.Phone, At: c.TakenAt, Attempt: c.Attempt}
	}
	with := func(more ...audit.Deed) []audit.Deed { return append(slices.Clone(w.done), more...) }
	without := func(a campaign.AttemptID) []audit.Deed {
		return slices.DeleteFunc(slices.Clone(w.done), func(d audit.Deed) bool { return d.Attempt == a })
	}
	shift := func(a campaign.AttemptID, d time.Duration) []audit.Deed {
		done := slices.Clone(w.done)
		for i := range done {
			if done[i].Attempt == a {
				done[i].At = done[i].At.Add(d)
			}
		}
		return done
	}
	twice := deed(accepted)
	twice.At = twice.At.Add(time.Second)
	stray := audit.Deed{Phone: "+5511900009999", At: now}
	nameless := deed(refused)
	nameless.Attempt = campaign.AttemptID{}
	foreign := deed(accepted)
	foreign.Attempt = campaign.AttemptID{7}
	early := audit.Deed{Phone: accepted.Phone, At: monday.Add(-time.Hour)}

	for _, c := range []struct {
		name, invariant, detail string
		done                    []audit.Deed
	}{
		{"as it was", "", "", with()},
		{"the first generation of a resend went out too", "", "", append(without(past[0].Attempt), deed(past[0]))},
		{"two for one attempt", "I1", "more than one message for generation 1", with(twice)},
		{"a refused one went out", "I11", "the ledger says that it did not (refused)", with(deed(refused))},
		{"a refused one went out, by its phone and time", "I11", "the ledger says that it did not (refused)", with(nameless)},
		{"nobody's message", "I11", "no attempt tells of", with(stray)},
		{"an attempt that the ledger does not have", "I11", "no attempt tells of", with(foreign)},
		{"before anything was taken", "I11", "no attempt tells of", with(early)},
		{"accepted and never sent", "I10", "the gateway has sent nothing for it", without(accepted.Attempt)},
		{"nothing was ever sent", "I10", "the gateway has sent nothing for it", []audit.Deed{}},
		{"long after the phone was free", "I4", "after its phone was free", shift(accepted.Attempt, 3*time.Hour)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := check(t, w.store, &audit.Options{Now: w.clock.Now, Deadline: 2 * time.Second, Limit: 10_000, Performed: c.done})
			if c.invariant == "" {
				healthy(t, w.world, r)
				return
			}
			require.True(t, slices.ContainsFunc(r.Violations, func(v audit.Violation) bool {
				return v.Invariant == c.invariant && strings.Contains(v.Detail, c.detail)
			}), "want %s: …%s…\n%s", c.invariant, c.detail, r.Violations)
		})
	}
	t.Run("a gateway that knows no attempts", func(t *testing.T) {
		// Two takes of one phone within two seconds cannot be told apart by time:
		// there the gateway does know.
		taken := map[contact.Phone][]time.Time{}
		for _, tn := range []campaign.Tenant{"acme", "beta"} {
			w.find(tn, func(_ campaign.Recipient, past []campaign.Closed) bool {
				for _, c := range past {
					taken[c.Phone] = append(taken[c.Phone], c.TakenAt)
				}
				return false
			})
			cs, err := w.as(tn).Campaigns(w.ctx, campaign.CampaignQuery{})
			require.NoError(t, err)
			for _, c := range cs {
				for _, a := range w.flights(tn, c.ID) {
					taken[a.Phone] = append(taken[a.Phone], a.TakenAt)
				}
			}
		}
		done := with()
		for i, d := range done {
			if !slices.ContainsFunc(taken[d.Phone], func(at time.Time) bool { return at.After(d.At) && at.Sub(d.At) <= 2*time.Second }) {
				done[i].Attempt = campaign.AttemptID{}
			}
		}
		r := check(t, w.store, &audit.Options{Now: w.clock.Now, Limit: 10_000, Performed: done})
		require.EqualValues(t, len(done), r.Figures.Matched)
		healthy(t, w.world, r)
	})
	t.Run("people who were erased", func(t *testing.T) {
		b := &bent{Store: w.store, history: func(c *campaign.Closed) bool {
			if c.Phone == accepted.Phone {
				c.Phone = ""
			}
			return true
		}}
		r := check(t, b, &audit.Options{Now: w.clock.Now, Limit: 10_000, Performed: with()})
		require.Len(t, r.Unchecked, 1)
		require.Contains(t, r.Unchecked[0], "have no attempt: campaigns were deleted or people erased")
		require.NotContains(t, fmt.Sprint(r.Violations), "I11")
	})
	t.Run("two starts too close at the gateway", func(t *testing.T) {
		store, gateway, now := played()
		var done []audit.Deed
		for i, s := range gateway.All() {
			done = append(done, audit.Deed{Phone: s.To, At: s.At, Attempt: s.Attempt})
			if i == 1 {
				done[1].At = done[0].At.Add(time.Second)
			}
		}
		r := check(t, store, &audit.Options{Now: now, Performed: done})
		require.Len(t, r.Violations, 1)
		require.Equal(t, "I7", r.Violations[0].Invariant)
		require.Contains(t, r.Violations[0].Detail, "the gateway saw it 1s after attempt")
	})
}
