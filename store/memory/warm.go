package memory

import (
	"cmp"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Warm implements campaign.AudienceReader.
func (r *reader) Warm(phones []contact.Phone) (map[campaign.Warm]time.Time, error) {
	if r.over {
		return nil, errOver
	}
	out := make(map[campaign.Warm]time.Time)
	for _, p := range phones {
		for i, since := range r.tenant.warm[p] {
			out[campaign.Warm{Tenant: r.tenant.name, Instance: i, Phone: p}] = since.Time()
		}
	}
	return out, nil
}

// warm records whom a number knows, unless it does already.
func (t *tx) warm(w campaign.Warm, since time.Time) {
	of := t.tenants[w.Tenant]
	if of == nil {
		return
	}
	if of.warm[w.Phone] == nil {
		put(t, of.warm, w.Phone, make(map[campaign.InstanceID]stamp))
	}
	if _, known := of.warm[w.Phone][w.Instance]; known {
		return
	}
	put(t, of.warm[w.Phone], w.Instance, stampOf(since))
	for _, p := range w.Phone.Stored() {
		t.unaside(of, p, w.Instance, since)
	}
}

// unaside moves somebody who waits for whoever may write to strangers to the lane
// of the number that has come to know the person, and wakes it.
func (t *tx) unaside(of *tenant, p contact.Phone, to campaign.InstanceID, since time.Time) {
	for _, b := range of.campaigns {
		position := int64(b.phones[p])
		w := b.waiting[position]
		if w == nil || w.lane != campaign.Strangers {
			continue
		}
		now := *w
		now.lane = to
		t.detachWait(b, position)
		t.attachWait(b, position, &now)
		t.undone(func() {
			t.detachWait(b, position)
			t.attachWait(b, position, w)
		})
		if n := t.instances[to]; n != nil && n.meter.WakeAt.After(since) {
			m := n.meter
			m.WakeAt = since
			t.setMeter(n, m)
		}
	}
}

func (t *tx) saveWarmed(r *campaign.Rows) error {
	for w, since := range r.Warmed {
		t.warm(w, since)
	}
	return nil
}

// loadWarm tells which of the people in the rows the numbers of their attempts
// know.
func (t *tx) loadWarm(r *campaign.Rows) {
	r.Warm = make(map[campaign.Warm]time.Time)
	for _, c := range r.Ended {
		for _, p := range c.Phone.Stored() {
			of := t.tenants[c.Tenant]
			if since, known := of.warm[p][c.Instance]; known {
				campaign.MarkWarm(r.Warm, campaign.Warm{Tenant: c.Tenant, Instance: c.Instance, Phone: p}, since.Time())
			}
		}
	}
}

// forget makes an instance know nobody.
func (t *tx) forget(of *tenant, id campaign.InstanceID) {
	for p := range of.warm {
		drop(t, of.warm[p], id)
	}
}

// loadLane loads who waits for a number whose cold lane is shut, and when the next
// of them is due.
func (t *tx) loadLane(turn *campaign.Turn, b *book, q campaign.TakeQuery, want int) {
	type place struct {
		position int64
		due      time.Time
	}
	var all []place
	for _, lane := range []campaign.InstanceID{0, turn.Number.Instance.ID} {
		if b.lanes[lane] == nil {
			continue
		}
		n := 0
		for position, due := range b.lanes[lane].First {
			all = append(all, place{position, due})
			if n++; due.After(q.Now) || n > want {
				break
			}
		}
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.position, b.position)) })
	for _, x := range all {
		if x.due.After(q.Now) || len(turn.Due) == want {
			turn.NextDue = x.due
			return
		}
		turn.Due = append(turn.Due, t.candidate(b, q, x.position, b.waiting[x.position]))
	}
}

// loadKnown tells which numbers know the candidates of jobs of which a number's
// cold lane is held.
func (t *tx) loadKnown(r *campaign.Rows) {
	for _, turn := range r.Turns {
		if turn.Number.Meter.Cold.Held.IsZero() {
			continue
		}
		of := turn.Job.Campaign.Tenant
		if r.Warm == nil {
			r.Warm = make(map[campaign.Warm]time.Time)
		}
		for _, list := range [][]campaign.Candidate{turn.Due, turn.Job.Due, turn.Job.Ahead} {
			for i := range list {
				for _, p := range list[i].Recipient.Contact.Phone.Stored() {
					for k, since := range t.tenants[of].warm[p] {
						campaign.MarkWarm(r.Warm, campaign.Warm{Tenant: of, Instance: k, Phone: p}, since.Time())
					}
				}
			}
		}
	}
}
