package audit

import (
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// log is what the first pass over a tenant leaves for its campaigns.
type log struct {
	campaigns []campaign.ID
	// calendar is the calendar's revision, calendarAt when it was changed
	// last, and end the Seq up to which that was read.
	calendar   int64
	calendarAt time.Time
	end        int64
	// chronicles are what the events up to end say of each campaign.
	chronicles map[campaign.ID]*chronicle
	silences   silences
}

// readLog checks what concerns the tenant as a whole: the numbers and whom
// they serve, the log's order and seals, and the pace of each number.
func (c *checker) readLog(t campaign.Tenant, r campaign.Reader) (*log, error) {
	l := &log{chronicles: make(map[campaign.ID]*chronicle)}
	numbers, err := r.Numbers()
	if err != nil {
		return nil, err
	}
	if err := c.list(t, r, l); err != nil {
		return nil, err
	}
	if err := c.serving(t, r, numbers); err != nil {
		return nil, err
	}
	cal, err := r.Calendar()
	if err != nil {
		return nil, err
	}
	l.calendar = cal.Rev
	p := newPaces(t, numbers)
	s := &sealer{c: c, tenant: t, reader: r}
	var days, last int64
	revs := make(map[campaign.InstanceID]int64)
	err = scan(r, campaign.EventQuery{}, func(e *campaign.Event) error {
		c.report.Figures.Events++
		at := Violation{Tenant: t, Campaign: e.Campaign, Position: e.Position, Instance: e.Instance, Attempt: e.Attempt}
		if e.Seq <= last {
			at.Invariant = "I9"
			if err := c.fail(at, "event %d stands after event %d: the order of the log must only grow", e.Seq, last); err != nil {
				return err
			}
		}
		last = max(last, e.Seq)
		if e.Tenant != t {
			at.Invariant = "I8"
			if err := c.fail(at, "event %d is of tenant %q", e.Seq, e.Tenant); err != nil {
				return err
			}
		}
		switch e.Type {
		case campaign.EventCalendarChanged:
			days++
			l.calendarAt = e.At
		case campaign.EventCampaignDeleted:
			c.forgotten = true
		case campaign.EventErased:
			c.forgotten = true
			l.silences.see(e)
		case campaign.EventOptedOut, campaign.EventOptedIn:
			l.silences.see(e)
		case campaign.EventInstanceAdded, campaign.EventInstanceEdited, campaign.EventInstanceState, campaign.EventInstanceSuspended:
			revs[e.Instance]++
		}
		p.see(e)
		if k := l.chronicles[e.Campaign]; k != nil {
			k.see(e)
		}
		return s.add(e)
	})
	if err != nil {
		return nil, err
	}
	l.end = last
	if why := l.silences.unchecked(t, c.o.Key != nil); why != "" && len(l.campaigns) > 0 {
		c.report.Unchecked = append(c.report.Unchecked, why)
	}
	if err := s.close(); err != nil {
		return nil, err
	}
	if days != cal.Rev {
		if err := c.fail(Violation{Invariant: "I9", Tenant: t}, "the calendar has changed %d times and the log tells of %d", cal.Rev, days); err != nil {
			return nil, err
		}
	}
	for _, n := range numbers {
		if id := n.Instance.ID; revs[id] != n.Instance.Rev {
			if err := c.fail(Violation{Invariant: "I9", Tenant: t, Instance: id},
				"the instance is at revision %d and the log tells of %d changes", n.Instance.Rev, revs[id]); err != nil {
				return nil, err
			}
		}
	}
	for id, lane := range p.lanes {
		c.rests[id] = rest{lane.gap, lane.from}
	}
	for _, v := range p.end() {
		if err := c.fail(v, "%s", v.Detail); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// list finds the tenant's campaigns.
func (c *checker) list(t campaign.Tenant, r campaign.Reader, l *log) error {
	q := campaign.CampaignQuery{Limit: page}
	for {
		cs, err := r.Campaigns(q)
		if err != nil {
			return err
		}
		for _, x := range cs {
			l.campaigns = append(l.campaigns, x.ID)
			l.chronicles[x.ID] = newChronicle(t, x)
			if x.Tenant != t {
				if err := c.fail(Violation{Invariant: "I8", Tenant: t, Campaign: x.ID}, "the campaign is of tenant %q", x.Tenant); err != nil {
					return err
				}
			}
		}
		if len(cs) < page {
			return nil
		}
		q.Before = cs[len(cs)-1].ID
	}
}

// serving checks that whom a number serves is one of the tenant's campaigns,
// and active.
func (c *checker) serving(t campaign.Tenant, r campaign.Reader, numbers []campaign.Number) error {
	for _, n := range numbers {
		c.report.Figures.Instances++
		at := Violation{Invariant: "I5", Tenant: t, Instance: n.Instance.ID, Campaign: n.Serves}
		if n.Instance.Tenant != t {
			at.Invariant = "I8"
			if err := c.fail(at, "the instance is of tenant %q", n.Instance.Tenant); err != nil {
				return err
			}
		}
		if n.Serves == 0 {
			continue
		}
		x, err := r.Campaign(n.Serves)
		switch {
		case errors.Is(err, campaign.ErrNotFound):
			err = c.fail(at, "the instance serves a campaign that does not exist")
		case err == nil && x.Status != campaign.Active:
			err = c.fail(at, "the instance serves a campaign that is %s", x.Status)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scan calls f for each event that q selects, by rising Seq.
func scan(r campaign.Reader, q campaign.EventQuery, f func(*campaign.Event) error) error {
	q.Limit = page
	for {
		es, err := r.Events(q)
		if err != nil {
			return err
		}
		for i := range es {
			if err := f(&es[i]); err != nil {
				return err
			}
		}
		if len(es) < page {
			return nil
		}
		after := es[len(es)-1].Seq
		if after <= q.After {
			return nil // reported as an order that does not grow
		}
		q.After = after
	}
}
