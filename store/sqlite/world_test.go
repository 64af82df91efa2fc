package sqlite

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

// world is a store with a tenant that has campaigns and instances, and the
// least that a planner and a judge must do.
type world struct {
	testing.TB
	*Store
	ctx  context.Context
	next uint64
}

func newWorld(tb testing.TB) *world {
	return openWorld(tb, filepath.Join(tb.TempDir(), "campaigns.db"))
}

func openWorld(tb testing.TB, path string) *world {
	s, err := Open(context.Background(), path, nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { s.Close() })
	return &world{TB: tb, Store: s, ctx: context.Background()}
}

func (w *world) update(f func(campaign.Writer) error) {
	w.Helper()
	require.NoError(w, w.Tenant("acme").Update(w.ctx, f))
}

func (w *world) view(f func(campaign.Reader) error) {
	w.Helper()
	require.NoError(w, w.Tenant("acme").View(w.ctx, f))
}

func phone(n int) contact.Phone { return contact.Phone(fmt.Sprintf("+55119%08d", n)) }

func people(from, n int) []contact.Contact {
	list := make([]contact.Contact, n)
	for i := range list {
		list[i] = contact.Contact{ID: int64(from + i), Name: fmt.Sprintf("Pessoa %d", from+i), Phone: phone(from + i), Active: true,
			Tags: []string{"cliente"}, Vars: map[string]string{"cidade": "São Paulo"}}
	}
	return list
}

// campaign makes an active campaign with instances and people from..from+n.
func (w *world) campaign(instances, from, n int) campaign.ID {
	w.Helper()
	return w.campaignOf("acme", instances, from, n)
}

func (w *world) campaignOf(t campaign.Tenant, instances, from, n int) campaign.ID {
	w.Helper()
	c := campaign.Campaign{Draft: campaign.Draft{Name: "Promoção", Messages: []campaign.Message{{ID: 1, Text: "Olá {{nome}}"}}},
		Status: campaign.Active, Rev: 1, Seed: 1 << 63, CreatedAt: noon}
	err := w.Tenant(t).Update(w.ctx, func(tx campaign.Writer) error {
		if err := tx.SaveCampaign(&c); err != nil {
			return err
		}
		var ids []campaign.InstanceID
		for range instances {
			w.next++
			i := campaign.Instance{Name: "n", Remote: fmt.Sprintf("remote-%d", w.next), Rev: 1}
			if err := tx.SaveInstance(&i); err != nil {
				return err
			}
			ids = append(ids, i.ID)
		}
		return tx.Occupy(c.ID, ids)
	})
	require.NoError(w, err)
	for done := 0; done < n; done += 5000 {
		err := w.Tenant(t).Update(w.ctx, func(tx campaign.Writer) error {
			added, err := tx.Enlist(c.ID, c.Total, people(from+done, min(5000, n-done)))
			if err != nil {
				return err
			}
			for _, ok := range added {
				if ok {
					c.Total++
				}
			}
			c.Rev++
			return tx.SaveCampaign(&c)
		})
		require.NoError(w, err)
	}
	return c.ID
}

func (w *world) id() (id campaign.AttemptID) {
	w.next++
	binary.BigEndian.PutUint64(id[:], w.next*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(id[8:], w.next)
	return id
}

// plan takes who is next for each free slot.
func (w *world) plan(most int) func(*campaign.Rows) {
	return func(r *campaign.Rows) {
		for _, t := range r.Turns {
			j := t.Job
			for _, slot := range t.Free {
				if len(r.Begin) == most {
					return
				}
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
				a := &campaign.Attempt{ID: w.id(), Tenant: j.Campaign.Tenant, Recipient: c.Recipient.ID, Generation: c.Recipient.Generation,
					Try: c.Recipient.Tries + 1, Instance: t.Number.Instance.ID, Slot: slot, Route: t.Number.Instance.Route(),
					Phone: c.Recipient.Contact.Phone, Message: 1, Text: "Olá " + c.Recipient.Contact.Name, TakenAt: r.Now,
					StartBy: r.Now.Add(2 * time.Second), SweepAt: r.Now.Add(97 * time.Second), Quarantine: r.Now.Add(302 * time.Second),
					Daemon: "d1", Phase: campaign.Flying, Held: true}
				j.Cursor.Picked.Add(1, 1)
				r.Begin = append(r.Begin, a)
				r.Events = append(r.Events, campaign.Event{Tenant: a.Tenant, At: r.Now, Type: campaign.EventTaken,
					Campaign: a.Recipient.Campaign, Position: a.Recipient.Position, Instance: a.Instance, Attempt: a.ID, Message: 1})
			}
		}
	}
}

func (w *world) take(now time.Time, most, slots int) []*campaign.Attempt {
	w.Helper()
	r, err := w.Take(w.ctx, campaign.TakeQuery{Now: now, Max: most, Slots: slots}, w.plan(most))
	require.NoError(w, err)
	return r.Begin
}

func provider(a campaign.AttemptID) string { return fmt.Sprintf("3EB0%X", a[:9]) }

// accept closes the attempts in the rows as accepted.
func accept(ss []campaign.Settlement) func(*campaign.Rows) {
	return func(r *campaign.Rows) {
		for _, s := range ss {
			a := r.Open[s.Attempt]
			if a == nil {
				continue
			}
			j := r.Jobs[a.Recipient.Campaign]
			j.Tally.Sent++
			j.Tally.SentOf.Add(a.Message, 1)
			j.Tally.LastSentAt = r.Now
			r.Close = append(r.Close, campaign.Closed{Attempt: a.ID, Tenant: a.Tenant, Recipient: a.Recipient, Generation: a.Generation,
				Try: a.Try, Instance: a.Instance, Message: a.Message, Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: r.Now,
				Outcome: campaign.OutcomeAccepted, ProviderID: s.Accepted.ProviderID, Evidence: campaign.ByAnswer})
			r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Sent, Message: a.Message, Tries: a.Try,
				Generation: a.Generation, Instance: a.Instance, ProviderID: s.Accepted.ProviderID, TakenAt: a.TakenAt, SentAt: r.Now})
			r.Events = append(r.Events, campaign.Event{Tenant: a.Tenant, At: r.Now, Type: campaign.EventSent,
				Campaign: a.Recipient.Campaign, Position: a.Recipient.Position, Instance: a.Instance, Attempt: a.ID, Message: a.Message})
			delete(r.Open, a.ID)
		}
	}
}

func settlements(as []*campaign.Attempt) []campaign.Settlement {
	ss := make([]campaign.Settlement, len(as))
	for i, a := range as {
		ss[i] = campaign.Settlement{Attempt: a.ID, Outcome: campaign.OutcomeAccepted, Accepted: campaign.Accepted{ProviderID: provider(a.ID)}}
	}
	return ss
}

func (w *world) settle(now time.Time, as []*campaign.Attempt) {
	w.Helper()
	ss := settlements(as)
	_, err := w.Settle(w.ctx, now, ss, accept(ss))
	require.NoError(w, err)
}
