package campaigntest

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// The tenants and the first instant of the rules: a Wednesday, 09:00 in São
// Paulo.
const (
	acme campaign.Tenant = "acme"
	beta campaign.Tenant = "beta"
)

var t0 = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return t0.Add(d) }

// phone returns the n-th phone of the tests.
func phone(n int) contact.Phone { return contact.Phone(fmt.Sprintf("+551190000%04d", n)) }

// people returns contacts with the phones from first to last.
func people(first, last int) []contact.Contact {
	var cs []contact.Contact
	for n := first; n <= last; n++ {
		cs = append(cs, contact.Contact{Name: fmt.Sprintf("Pessoa %d", n), Phone: phone(n)})
	}
	return cs
}

func (e *env) update(t campaign.Tenant, f func(w campaign.Writer) error) {
	e.Helper()
	e.need(e.store.Tenant(t).Update(e.ctx, f), "Update")
}

// try runs an Update and returns its error.
func (e *env) try(t campaign.Tenant, f func(w campaign.Writer) error) error {
	return e.store.Tenant(t).Update(e.ctx, f)
}

func (e *env) view(t campaign.Tenant, f func(r campaign.Reader)) {
	e.Helper()
	e.need(e.store.Tenant(t).View(e.ctx, func(r campaign.Reader) error { f(r); return nil }), "View")
}

// create saves a new campaign.
func (e *env) create(t campaign.Tenant, name string, s campaign.Status) campaign.ID {
	e.Helper()
	c := campaign.Campaign{Status: s, Rev: 1, CreatedAt: t0, UpdatedAt: t0, NextMessage: 2, Seed: 7}
	c.Name, c.Messages = name, []campaign.Message{{ID: 1, Text: "Oi {{nome}}"}}
	e.update(t, func(w campaign.Writer) error { return w.SaveCampaign(&c) })
	e.that(c.ID > 0, "SaveCampaign of a new campaign left the ID %d", c.ID)
	return c.ID
}

// edit changes a campaign's row.
func (e *env) edit(t campaign.Tenant, id campaign.ID, f func(*campaign.Campaign)) {
	e.Helper()
	e.update(t, func(w campaign.Writer) error {
		c, err := w.Campaign(id)
		if err != nil {
			return err
		}
		f(&c)
		c.Rev++
		return w.SaveCampaign(&c)
	})
}

func (e *env) status(t campaign.Tenant, id campaign.ID, s campaign.Status) {
	e.Helper()
	e.edit(t, id, func(c *campaign.Campaign) { c.Status = s })
}

// enlist appends people and saves the new total.
func (e *env) enlist(t campaign.Tenant, id campaign.ID, cs []contact.Contact) (added []bool) {
	e.Helper()
	e.update(t, func(w campaign.Writer) error {
		c, err := w.Campaign(id)
		if err != nil {
			return err
		}
		added, err = w.Enlist(id, c.Total, cs)
		if err != nil {
			return err
		}
		for _, ok := range added {
			if ok {
				c.Total++
			}
		}
		c.Rev++
		return w.SaveCampaign(&c)
	})
	return added
}

func (e *env) instance(t campaign.Tenant, remote string) campaign.InstanceID {
	e.Helper()
	i := campaign.Instance{Name: remote, Remote: remote, Rev: 1, CreatedAt: t0, UpdatedAt: t0}
	e.update(t, func(w campaign.Writer) error { return w.SaveInstance(&i) })
	e.that(i.ID > 0, "SaveInstance of a new instance left the ID %d", i.ID)
	return i.ID
}

// wake sets an instance's WakeAt to exactly at.
func (e *env) wake(t campaign.Tenant, id campaign.InstanceID, at time.Time) {
	e.Helper()
	e.update(t, func(w campaign.Writer) error {
		return w.AmendMeter(id, func(m *campaign.Meter) { m.WakeAt = at })
	})
}

// running makes an active campaign with people from first to last, served by
// new instances that are due at t0.
func (e *env) running(t campaign.Tenant, first, last int, remotes ...string) (campaign.ID, []campaign.InstanceID) {
	e.Helper()
	id := e.create(t, "running", campaign.Drafted)
	if last >= first {
		e.enlist(t, id, people(first, last))
	}
	var ids []campaign.InstanceID
	for _, remote := range remotes {
		ids = append(ids, e.instance(t, remote))
	}
	e.status(t, id, campaign.Active)
	e.update(t, func(w campaign.Writer) error { return w.Occupy(id, ids) })
	for _, i := range ids {
		e.wake(t, i, t0)
	}
	return id, ids
}

func (e *env) campaign(t campaign.Tenant, id campaign.ID) (c campaign.Campaign) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		c, err = r.Campaign(id)
		e.need(err, "Campaign")
	})
	return c
}

func (e *env) books(t campaign.Tenant, id campaign.ID) (b campaign.Books) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		b, err = r.Books(id)
		e.need(err, "Books")
	})
	return b
}

func (e *env) recipient(t campaign.Tenant, id campaign.ID, position int64) (p campaign.Recipient) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		p, err = r.Recipient(campaign.RecipientID{Campaign: id, Position: position})
		e.need(err, "Recipient")
	})
	return p
}

func (e *env) flights(t campaign.Tenant, id campaign.ID) (as []campaign.Attempt) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		as, err = r.Flights(id)
		e.need(err, "Flights")
	})
	return as
}

func (e *env) history(t campaign.Tenant, id campaign.ID, position int64) (cs []campaign.Closed) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		cs, err = r.History(id, position-1, position)
		e.need(err, "History")
	})
	return cs
}

func (e *env) number(t campaign.Tenant, id campaign.InstanceID) (n campaign.Number) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		n, err = r.Number(id)
		e.need(err, "Number")
	})
	return n
}

func (e *env) events(t campaign.Tenant, q campaign.EventQuery) (es []campaign.Event) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		var err error
		es, err = r.Events(q)
		e.need(err, "Events")
	})
	return es
}

func (e *env) positions(t campaign.Tenant, q campaign.RecipientQuery) (ps []int64) {
	e.Helper()
	e.view(t, func(r campaign.Reader) {
		rs, err := r.Recipients(q)
		e.need(err, "Recipients")
		for _, p := range rs {
			ps = append(ps, p.ID.Position)
		}
	})
	return ps
}
