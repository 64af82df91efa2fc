package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

// world is a store with tenants that have campaigns and instances, and the
// least that a planner and a judge must do.
type world struct {
	testing.TB
	*Store
	ctx  context.Context
	next uint64
}

func newWorld(tb testing.TB, o *Options) *world {
	return &world{TB: tb, Store: connectWith(tb, fresh(tb), o), ctx: context.Background()}
}

// second is another process on the same database.
func (w *world) second(o *Options) *world {
	w.Helper()
	return &world{TB: w.TB, Store: connectWith(w.TB, w.pool.Config().ConnString(), o), ctx: w.ctx, next: w.next + 1<<32}
}

// session is a connection that goes past the program. It ends with the test.
func (w *world) session() *pgx.Conn {
	w.Helper()
	c, err := pgx.Connect(w.ctx, w.pool.Config().ConnString())
	require.NoError(w, err)
	w.Cleanup(func() { c.Close(w.ctx) })
	_, err = c.Exec(w.ctx, `set search_path to campaigns`)
	require.NoError(w, err)
	return c
}

// raw executes statements in a transaction, with the store's way of telling
// what went wrong.
func (w *world) raw(queries ...string) error {
	return w.transact(w.ctx, func(t *tx) error {
		for _, q := range queries {
			if _, err := t.Exec(w.ctx, q); err != nil {
				return explain(err)
			}
		}
		return nil
	})
}

// waitFor polls until a query in a session of its own is true.
func (w *world) waitFor(query string) {
	w.Helper()
	c := w.session()
	require.Eventually(w, func() (yes bool) {
		require.NoError(w, c.QueryRow(w.ctx, query).Scan(&yes))
		return yes
	}, 30*time.Second, 5*time.Millisecond, query)
}

// somebodyWaits is true while a session waits for a lock of a type.
func somebodyWaits(locktype string) string {
	return `SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_stat_activity s USING (pid)
		WHERE NOT l.granted AND l.locktype = '` + locktype + `' AND s.datname = current_database())`
}

func (w *world) update(t campaign.Tenant, f func(campaign.Writer) error) {
	w.Helper()
	require.NoError(w, w.Tenant(t).Update(w.ctx, f))
}

func (w *world) view(t campaign.Tenant, f func(campaign.Reader) error) {
	w.Helper()
	require.NoError(w, w.Tenant(t).View(w.ctx, f))
}

func phone(n int) contact.Phone { return contact.Phone(fmt.Sprintf("+55119%08d", n)) }

func people(from, n int) []contact.Contact {
	list := make([]contact.Contact, n)
	for i := range list {
		list[i] = contact.Contact{ID: int64(from + i), Name: fmt.Sprintf("Pessoa %d", from+i), Phone: phone(from + i), Active: true}
	}
	return list
}

// campaign makes an active campaign with instances, and people from..from+n.
func (w *world) campaign(t campaign.Tenant, instances, from, n int) campaign.ID {
	w.Helper()
	c := campaign.Campaign{Draft: campaign.Draft{Name: "Promoção", Messages: []campaign.Message{{ID: 1, Text: "Olá {{nome}}"}}},
		Status: campaign.Active, Rev: 1, Seed: 1 << 63, CreatedAt: noon}
	w.update(t, func(tx campaign.Writer) error {
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
		added, err := tx.Enlist(c.ID, 0, people(from, n))
		if err != nil {
			return err
		}
		c.Total, c.Rev = int64(len(added)), 2
		if err := tx.SaveCampaign(&c); err != nil {
			return err
		}
		return tx.Occupy(c.ID, ids)
	})
	return c.ID
}

func (w *world) id() (id campaign.AttemptID) {
	w.next++
	binary.BigEndian.PutUint64(id[:], w.next*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(id[8:], w.next)
	return id
}

// plan takes who is next for each free slot, and leaves out who has opted out or
// was erased.
func (w *world) plan(most int) func(*campaign.Rows) {
	return func(r *campaign.Rows) {
		for _, t := range r.Turns {
			for _, slot := range t.Free {
				if len(r.Begin) == most {
					return
				}
				w.begin(r, t, slot)
			}
		}
	}
}

func (w *world) begin(r *campaign.Rows, t *campaign.Turn, slot int) {
	j := t.Job
	var c campaign.Candidate
	for {
		switch {
		case len(j.Due) > 0:
			c, j.Due = j.Due[0], j.Due[1:]
			r.Unwait = append(r.Unwait, c.Recipient.ID)
		case len(j.Ahead) > 0:
			c, j.Ahead = j.Ahead[0], j.Ahead[1:]
			j.Cursor.Position = c.Recipient.ID.Position
		default:
			return
		}
		if !c.Suppressed && !campaign.Erased(c.Recipient.Contact.Phone) {
			break
		}
		j.Cursor.Skipped++
		p := c.Recipient
		p.State = campaign.Skipped
		r.Settled = append(r.Settled, &p)
	}
	a := &campaign.Attempt{ID: w.id(), Tenant: j.Campaign.Tenant, Recipient: c.Recipient.ID, Generation: c.Recipient.Generation,
		Try: c.Recipient.Tries + 1, Instance: t.Number.Instance.ID, Slot: slot, Route: t.Number.Instance.Route(),
		Phone: c.Recipient.Contact.Phone, Message: 1, Text: "Olá " + c.Recipient.Contact.Name, TakenAt: r.Now,
		StartBy: r.Now.Add(2 * time.Second), SweepAt: r.Now.Add(97 * time.Second), Quarantine: r.Now.Add(302 * time.Second),
		Daemon: "d1", Phase: campaign.Flying, Held: true}
	j.Cursor.Picked.Add(1, 1)
	r.Begin = append(r.Begin, a)
	r.Events = append(r.Events, event(r, a, campaign.EventTaken))
}

func event(r *campaign.Rows, a *campaign.Attempt, t campaign.EventType) campaign.Event {
	return campaign.Event{Tenant: a.Tenant, At: r.Now, Type: t, Campaign: a.Recipient.Campaign, Position: a.Recipient.Position,
		Instance: a.Instance, Attempt: a.ID, Message: 1}
}

func (w *world) take(most, slots int) []*campaign.Attempt {
	w.Helper()
	r, err := w.Take(w.ctx, campaign.TakeQuery{Now: noon, Max: most, Slots: slots}, w.plan(most))
	require.NoError(w, err)
	return r.Begin
}

func provider(a campaign.AttemptID) string { return fmt.Sprintf("3EB0%X", a[:9]) }

// accept closes the attempts in the rows as accepted.
func accept(r *campaign.Rows) {
	for _, a := range r.Open {
		j := r.Jobs[a.Recipient.Campaign]
		j.Tally.Sent++
		j.Tally.SentOf.Add(a.Message, 1)
		r.Close = append(r.Close, campaign.Closed{Attempt: a.ID, Tenant: a.Tenant, Recipient: a.Recipient, Generation: a.Generation,
			Try: a.Try, Instance: a.Instance, Message: a.Message, Phone: a.Phone, TakenAt: a.TakenAt, EndedAt: r.Now,
			Outcome: campaign.OutcomeAccepted, ProviderID: provider(a.ID), Evidence: campaign.ByAnswer})
		r.Settled = append(r.Settled, &campaign.Recipient{ID: a.Recipient, State: campaign.Sent, Message: a.Message, Tries: a.Try,
			Generation: a.Generation, Instance: a.Instance, ProviderID: provider(a.ID), TakenAt: a.TakenAt, SentAt: r.Now})
		r.Events = append(r.Events, event(r, a, campaign.EventSent))
	}
}

func (w *world) settle(as []*campaign.Attempt) error {
	ss := make([]campaign.Settlement, len(as))
	for i, a := range as {
		ss[i] = campaign.Settlement{Attempt: a.ID, Outcome: campaign.OutcomeAccepted, Accepted: campaign.Accepted{ProviderID: provider(a.ID)}}
	}
	_, err := w.Settle(w.ctx, noon, ss, accept)
	return err
}

func (w *world) books(t campaign.Tenant, id campaign.ID) (b campaign.Books) {
	w.Helper()
	w.view(t, func(r campaign.Reader) (err error) { b, err = r.Books(id); return err })
	return b
}
