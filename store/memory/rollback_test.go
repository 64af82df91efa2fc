package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

var errUndo = errors.New("undo")

// machine drives a store at random. Each action may be told to fail at its
// end; then nothing may have changed. After each, guards and orders must agree
// with the rows.
type machine struct {
	t   *rapid.T
	s   *Store
	now time.Time
	n   int // makes ids and names
}

func (m *machine) tenant() campaign.Tenant {
	return rapid.SampledFrom([]campaign.Tenant{"a", "b"}).Draw(m.t, "tenant")
}

func (m *machine) do(f func(fail bool) error) {
	before, _ := audit(m.s)
	fail := rapid.IntRange(0, 2).Draw(m.t, "fail") == 0
	err := f(fail)
	after, faults := audit(m.s)
	require.Empty(m.t, faults)
	if err != nil {
		require.Equal(m.t, before, after, "after %v", err)
	}
	if fail {
		require.Error(m.t, err)
	}
}

func (m *machine) update(f func(w campaign.Writer, of *tenant) error) {
	m.do(func(fail bool) error {
		name := m.tenant()
		return m.s.Tenant(name).Update(context.Background(), func(w campaign.Writer) error {
			if err := f(w, m.s.tenants[name]); err != nil {
				return err
			}
			if fail {
				return errUndo
			}
			return nil
		})
	})
}

// ledger wraps an apply: when it must fail, it breaks a rule that is checked
// near the end.
func (m *machine) ledger(call func(ctx context.Context, wrap func(func(*campaign.Rows)) func(*campaign.Rows)) error) {
	m.do(func(fail bool) error {
		return call(context.Background(), func(f func(*campaign.Rows)) func(*campaign.Rows) {
			return func(r *campaign.Rows) {
				f(r)
				if fail {
					r.Events = append(r.Events, campaign.Event{Tenant: "nobody", Type: campaign.EventSent})
				}
			}
		})
	})
}

func pick[K int64 | campaign.ID | campaign.InstanceID, V any](t *rapid.T, m map[K]V, label string) K {
	if len(m) == 0 {
		return 0
	}
	top := K(0)
	for k := range m {
		top = max(top, k)
	}
	return K(rapid.Int64Range(1, int64(top)).Draw(t, label))
}

// attempt chooses one that is open, if there is any, else one that has ended;
// nil when nothing was taken yet.
func (m *machine) attempt() (id campaign.AttemptID, instance campaign.InstanceID) {
	var ids []campaign.AttemptID
	for id := range m.s.open {
		ids = append(ids, id)
	}
	if len(ids) == 0 || rapid.IntRange(0, 4).Draw(m.t, "ended") == 0 {
		for id := range m.s.ended {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return id, 0
	}
	slices.SortFunc(ids, func(a, b campaign.AttemptID) int { return bytes.Compare(a[:], b[:]) })
	id = rapid.SampledFrom(ids).Draw(m.t, "attempt")
	if f := m.s.open[id]; f != nil {
		return id, f.Instance
	}
	return id, m.s.ended[id].row.Instance
}

func (m *machine) actions() map[string]func(*rapid.T) {
	as := map[string]func(){
		"create": func() {
			m.update(func(w campaign.Writer, _ *tenant) error {
				return w.SaveCampaign(&campaign.Campaign{Status: campaign.Drafted, Rev: 1})
			})
		},
		"edit": func() {
			m.update(func(w campaign.Writer, of *tenant) error {
				c, err := w.Campaign(pick(m.t, of.campaigns, "campaign"))
				if err != nil {
					return err
				}
				c.Status = rapid.SampledFrom([]campaign.Status{campaign.Active, campaign.Active, campaign.Active, campaign.Paused, campaign.Scheduled}).Draw(m.t, "status")
				c.DueAt = m.now.Add(time.Minute)
				c.Rev++
				return w.SaveCampaign(&c)
			})
		},
		"enlist": func() {
			m.update(func(w campaign.Writer, of *tenant) error {
				c, err := w.Campaign(pick(m.t, of.campaigns, "campaign"))
				if err != nil {
					return err
				}
				var cs []contact.Contact
				first := rapid.IntRange(1, 9).Draw(m.t, "first")
				for n := first; n < first+4; n++ {
					cs = append(cs, contact.Contact{Phone: contact.Phone(fmt.Sprintf("+551190000%04d", n))})
				}
				added, err := w.Enlist(c.ID, c.Total, cs)
				for _, ok := range added {
					if ok {
						c.Total++
					}
				}
				c.Rev++
				return errors.Join(err, w.SaveCampaign(&c))
			})
		},
		"instance": func() {
			m.n++
			m.update(func(w campaign.Writer, of *tenant) error {
				i := campaign.Instance{Remote: fmt.Sprint(m.n % 5), Rev: 1}
				if id := pick(m.t, of.instances, "instance"); rapid.Bool().Draw(m.t, "old") && of.instances[id] != nil {
					i.ID, i.Rev = id, of.instances[id].instance.Rev+1
				}
				return w.SaveInstance(&i)
			})
		},
		"occupy": func() {
			m.update(func(w campaign.Writer, of *tenant) error {
				return w.Occupy(pick(m.t, of.campaigns, "campaign"), []campaign.InstanceID{pick(m.t, of.instances, "one"), pick(m.t, of.instances, "two")})
			})
		},
		"vacate": func() {
			m.update(func(w campaign.Writer, of *tenant) error { return w.Vacate(pick(m.t, of.campaigns, "campaign")) })
		},
		"delete": func() {
			m.update(func(w campaign.Writer, of *tenant) error {
				return w.DeleteCampaign(pick(m.t, of.campaigns, "campaign"))
			})
		},
		"delete instance": func() {
			m.update(func(w campaign.Writer, of *tenant) error {
				return w.DeleteInstance(pick(m.t, of.instances, "instance"))
			})
		},
		"tenant": func() {
			m.update(func(w campaign.Writer, of *tenant) error {
				k := campaign.SuppressionKey{byte(rapid.IntRange(0, 3).Draw(m.t, "key"))}
				return errors.Join(w.Suppress(m.now, campaign.OutByOperator, k), w.Restore(campaign.SuppressionKey{1}), w.Wake(0, m.now),
					w.SaveCalendar(campaign.Calendar{Rev: of.calendar.Rev + 1}), w.Record(campaign.Event{At: m.now, Type: campaign.EventOptedOut}))
			})
		},
		"take": func() {
			m.now = m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(m.t, "seconds")) * time.Second)
			m.ledger(func(ctx context.Context, wrap func(func(*campaign.Rows)) func(*campaign.Rows)) error {
				_, err := m.s.Take(ctx, campaign.TakeQuery{Now: m.now, Max: 4, Slots: 2}, wrap(m.plan))
				return err
			})
		},
		"settle": func() {
			id, _ := m.attempt()
			m.ledger(func(ctx context.Context, wrap func(func(*campaign.Rows)) func(*campaign.Rows)) error {
				_, err := m.s.Settle(ctx, m.now, []campaign.Settlement{{Attempt: id}}, wrap(m.apply))
				return err
			})
		},
		"sweep": func() {
			m.ledger(func(ctx context.Context, wrap func(func(*campaign.Rows)) func(*campaign.Rows)) error {
				_, err := m.s.Sweep(ctx, campaign.SweepQuery{Now: m.now, Max: 3, DeadBefore: m.now, Grace: time.Minute}, wrap(func(r *campaign.Rows) {
					for _, a := range r.Open {
						if a.Phase == campaign.Lost {
							a.Held = false
						}
						a.Phase, a.LookAt = campaign.Lost, m.now
						r.Changed = append(r.Changed, a)
					}
				}))
				return err
			})
		},
		"stash": func() {
			id, instance := m.attempt()
			require.NoError(m.t, m.s.Stash(context.Background(), []campaign.Notice{{Instance: instance, ProviderID: id.String(), ArrivedAt: m.now}}))
			_, faults := audit(m.s)
			require.Empty(m.t, faults)
		},
		"absorb": func() {
			m.ledger(func(ctx context.Context, wrap func(func(*campaign.Rows)) func(*campaign.Rows)) error {
				_, err := m.s.Absorb(ctx, m.now, m.now.Add(-time.Minute), 2, wrap(func(r *campaign.Rows) {
					for _, n := range r.Notices {
						r.Absorbed = append(r.Absorbed, n.Seq)
					}
				}))
				return err
			})
		},
	}
	for _, n := range []string{" again", " once more", " and again"} { // the more frequent ones
		as["take"+n], as["settle"+n] = as["take"], as["settle"]
	}
	actions := make(map[string]func(*rapid.T), len(as))
	for name, f := range as {
		actions[name] = func(t *rapid.T) { m.t = t; f() }
	}
	return actions
}

func (m *machine) plan(r *campaign.Rows) {
	for _, t := range r.Turns {
		t.Number.Meter.WakeAt = r.Now.Add(time.Second)
		for _, slot := range t.Free {
			j := t.Job
			var c campaign.Candidate
			switch {
			case len(j.Due) > 0:
				c, j.Due = j.Due[0], j.Due[1:]
				r.Unwait = append(r.Unwait, c.Recipient.ID)
			case len(j.Ahead) > 0:
				c, j.Ahead = j.Ahead[0], j.Ahead[1:]
				j.Cursor.Position = c.Recipient.ID.Position
			default:
				continue
			}
			m.n++
			r.Begin = append(r.Begin, &campaign.Attempt{ID: campaign.AttemptID{1, byte(m.n >> 8), byte(m.n)}, Tenant: j.Campaign.Tenant,
				Recipient: c.Recipient.ID, Generation: c.Recipient.Generation, Try: c.Recipient.Tries + 1, Instance: t.Number.Instance.ID, Slot: slot,
				Phone: c.Recipient.Contact.Phone, Message: 1, TakenAt: r.Now, StartBy: r.Now, Quarantine: r.Now.Add(time.Minute), SweepAt: r.Now.Add(20 * time.Second),
				Daemon: "d", Phase: campaign.Flying, Held: true})
			j.Cursor.Picked.Add(1, 1)
		}
	}
}

func (m *machine) apply(r *campaign.Rows) {
	how := rapid.IntRange(0, 3).Draw(m.t, "how")
	for id, c := range r.Ended {
		if c.Outcome == campaign.OutcomeNotSent && how == 0 {
			c.Outcome, c.Evidence, c.ProviderID = campaign.OutcomeAccepted, campaign.ByRecord, id.String()
			r.Amended = append(r.Amended, c)
		}
	}
	for id, a := range r.Open {
		c := campaign.Closed{Attempt: id, Tenant: a.Tenant, Recipient: a.Recipient, Generation: a.Generation, Try: a.Try, Instance: a.Instance,
			Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: r.Now, Outcome: campaign.OutcomeNotSent}
		switch how {
		case 0:
			c.Outcome, c.Evidence, c.ProviderID = campaign.OutcomeAccepted, campaign.ByAnswer, id.String()
			r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Sent, Generation: a.Generation, ProviderID: c.ProviderID, SentAt: r.Now})
		case 1:
			r.Wait = append(r.Wait, campaign.Waiting{Recipient: a.Recipient, Due: r.Now.Add(3 * time.Second), Tries: a.Try, Generation: a.Generation})
		case 2:
			r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Failed, Generation: a.Generation})
		case 3:
			a.Phase, a.LookAt = campaign.Lost, r.Now.Add(time.Minute)
			r.Changed = append(r.Changed, a)
			continue
		}
		r.Close = append(r.Close, c)
		r.Events = append(r.Events, campaign.Event{Tenant: a.Tenant, At: r.Now, Type: campaign.EventSent, Campaign: a.Recipient.Campaign})
	}
}

func TestRandomTransactions(t *testing.T) {
	taken, sent, lost := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{t: t, s: New(), now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
		for _, name := range []campaign.Tenant{"a", "b"} { // something to begin with
			require.NoError(t, m.s.Tenant(name).Update(context.Background(), func(w campaign.Writer) error {
				c := campaign.Campaign{Status: campaign.Active, Rev: 1}
				if err := w.SaveCampaign(&c); err != nil {
					return err
				}
				i := campaign.Instance{Remote: "0", Rev: 1}
				var cs []contact.Contact
				for n := range 8 {
					cs = append(cs, contact.Contact{Phone: contact.Phone(fmt.Sprintf("+551190000%04d", n+1))})
				}
				_, err := w.Enlist(c.ID, 0, cs)
				c.Total, c.Rev = 8, 2
				return errors.Join(err, w.SaveInstance(&i), w.SaveCampaign(&c), w.Occupy(c.ID, []campaign.InstanceID{i.ID}))
			}))
		}
		t.Repeat(m.actions())
		taken += len(m.s.open) + len(m.s.ended)
		sent += len(m.s.providers)
		for _, f := range m.s.open {
			if f.Phase == campaign.Lost {
				lost++
			}
		}
	})
	t.Logf("%d attempts taken, %d sent, %d lost", taken, sent, lost)
	require.True(t, taken > 60 && sent > 10 && lost > 5, "the machine hardly does anything: %d taken, %d sent, %d lost", taken, sent, lost)
}
