package simulation

import "github.com/alreasense/campaigns/campaign"

// log counts the events that a tenant must have, and those that were read.
type log struct {
	taken, sent, lost          int
	cursor                     int64
	sawTaken, sawSent, sawLost int
}

func (w *witness) log(t campaign.Tenant) *log {
	l := w.books[t]
	if l == nil {
		l = &log{}
		w.books[t] = l
	}
	return l
}

// inspect compares the whole store with the truth, on a path without faults.
func (w *witness) inspect() {
	w.s.figures.Checks++
	for _, t := range w.s.director.tenants {
		err := w.s.store.Tenant(t).View(background, func(r campaign.Reader) error { return w.inspectTenant(t, r) })
		if err != nil {
			w.s.violate("harness", "the rows of %s cannot be read: %v", t, err)
		}
	}
}

func (w *witness) inspectTenant(t campaign.Tenant, r campaign.Reader) error {
	for _, ref := range w.s.director.campaigns {
		if ref.Tenant != t {
			continue
		}
		if err := w.inspectCampaign(r, ref.ID); err != nil {
			return err
		}
	}
	ns, err := r.Numbers()
	if err != nil {
		return err
	}
	for _, n := range ns {
		if k := w.campaigns[n.Serves]; n.Serves != 0 && (k == nil || k.campaign.Status != campaign.Active) {
			w.s.violate("I5", "number %d serves %s, which is not active", n.Instance.ID, n.Serves)
		}
	}
	return w.inspectEvents(t, r)
}

func (w *witness) inspectCampaign(r campaign.Reader, id campaign.ID) error {
	c, err := r.Campaign(id)
	if err != nil {
		return err
	}
	b, err := r.Books(id)
	if err != nil {
		return err
	}
	count := make(map[campaign.State]int64)
	for after := int64(0); ; {
		page, err := r.Recipients(campaign.RecipientQuery{Campaign: id, After: after, Limit: 1000})
		if err != nil {
			return err
		}
		for i := range page {
			count[page[i].State]++
			w.inspectRecipient(&page[i])
		}
		if len(page) < 1000 {
			break
		}
		after = page[len(page)-1].ID.Position
	}
	p := b.Progress(c)
	for _, x := range []struct {
		name       string
		have, rows int64
	}{
		{"pending", p.Pending, count[campaign.Pending]},
		{"sending", p.Sending, count[campaign.Sending]},
		{"unknown", p.Unknown, count[campaign.Unknown]},
		{"sent", p.Sent, count[campaign.Sent] + count[campaign.Delivered] + count[campaign.Read]},
		{"delivered", p.Delivered, count[campaign.Delivered] + count[campaign.Read]},
		{"read", p.Read, count[campaign.Read]},
		{"failed", p.Failed, count[campaign.Failed]},
		{"skipped", p.Skipped, count[campaign.Skipped]},
		{"cancelled", p.Cancelled, count[campaign.Dropped]},
	} {
		if x.have != x.rows {
			w.s.violate("I3", "campaign %s (%s) counts %d %s, and has %d of %d", id, c.Status, x.have, x.name, x.rows, c.Total)
		}
	}
	if c.Status == campaign.Completed && p.Pending+p.Sending > 0 {
		w.s.violate("I12", "campaign %s is completed with %d pending and %d sending", id, p.Pending, p.Sending)
	}
	return nil
}

// inspectRecipient holds a recipient against what the gateway has sent it.
func (w *witness) inspectRecipient(x *campaign.Recipient) {
	who := w.people[x.ID]
	if who == nil {
		return
	}
	if x.Generation != who.generation && rank[x.State] == 0 {
		w.s.violate("I1", "%s is in generation %d, and orders have led to %d", x.ID, x.Generation, who.generation)
	}
	out := false
	for _, r := range who.requests {
		out = out || r.performed && r.f.generation == x.Generation
	}
	if !out {
		return
	}
	switch x.State {
	case campaign.Sending, campaign.Unknown, campaign.Sent, campaign.Delivered, campaign.Read:
		return
	case campaign.Failed:
		if byReport(x.Why.Code) || x.Why.Code == campaign.CodeMarkedUnsent {
			return
		}
	}
	w.s.violate("I11", "%s is %s (%s), and the gateway has sent its generation %d", x.ID, x.State, x.Why, x.Generation)
}

// inspectEvents reads the events that are new, and counts those that commits
// must have written.
func (w *witness) inspectEvents(t campaign.Tenant, r campaign.Reader) error {
	l := w.log(t)
	for {
		es, err := r.Events(campaign.EventQuery{After: l.cursor, Limit: 1000})
		if err != nil {
			return err
		}
		for i := range es {
			if es[i].Seq <= l.cursor {
				w.s.violate("I9", "event %d of %s comes after event %d", es[i].Seq, t, l.cursor)
			}
			l.cursor = es[i].Seq
			switch es[i].Type {
			case campaign.EventTaken:
				l.sawTaken++
			case campaign.EventSent:
				l.sawSent++
			case campaign.EventUnknown:
				l.sawLost++
			}
		}
		if len(es) < 1000 {
			break
		}
	}
	if l.taken != l.sawTaken || l.sent != l.sawSent || l.lost != l.sawLost {
		w.s.violate("I9", "the log of %s has %d takes, %d sent and %d unknown; committed were %d, %d and %d",
			t, l.sawTaken, l.sawSent, l.sawLost, l.taken, l.sent, l.lost)
	}
	return nil
}

// completed checks a campaign at the instant of its completion.
func (w *witness) completed(t campaign.Tenant, c campaign.Campaign) {
	err := w.s.store.Tenant(t).View(background, func(r campaign.Reader) error {
		b, err := r.Books(c.ID)
		if err != nil {
			return err
		}
		if p := b.Progress(c); p.Pending+p.Sending > 0 {
			w.s.violate("I12", "campaign %s completes with %d pending and %d sending", c.ID, p.Pending, p.Sending)
		}
		return nil
	})
	if err != nil {
		w.s.violate("harness", "the books of %s cannot be read: %v", c.ID, err)
	}
}
