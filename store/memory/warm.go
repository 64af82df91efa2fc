package memory

import (
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
	if _, known := of.warm[w.Phone][w.Instance]; !known {
		put(t, of.warm[w.Phone], w.Instance, stampOf(since))
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
