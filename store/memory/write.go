package memory

import (
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// writer implements campaign.Writer.
type writer struct {
	reader
	tx *tx
}

var _ campaign.Writer = (*writer)(nil)

// SaveCampaign implements campaign.CampaignWriter.
func (w *writer) SaveCampaign(c *campaign.Campaign) error {
	if w.over {
		return errOver
	}
	if !c.Status.Valid() {
		return conflict("there is no status %q", c.Status)
	}
	if c.ID == 0 {
		if c.Total != 0 {
			return conflict("a new campaign has no audience, not %d recipients", c.Total)
		}
		w.tx.lastCampaign++
		c.ID = w.tx.lastCampaign
		c.Tenant = w.tenant.name
		b := newBook(w.tenant, cloneCampaign(*c))
		w.tx.undone(func() { w.store.placeCampaign(b) })
		put(w.tx, w.tx.campaigns, c.ID, b)
		put(w.tx, w.tenant.campaigns, c.ID, b)
		w.store.placeCampaign(b)
		return nil
	}
	b, err := w.book(c.ID)
	switch {
	case err != nil:
		return err
	case c.Rev != b.campaign.Rev+1:
		return stale("campaign "+c.ID.String(), b.campaign.Rev)
	case c.Total < b.cursor.Position || c.Total > int64(b.audience.Len()):
		return conflict("the audience of %s has %d recipients, %d of them taken: its total cannot be %d", c.ID, b.audience.Len(), b.cursor.Position, c.Total)
	}
	c.Tenant = w.tenant.name
	w.setCampaign(b, cloneCampaign(*c))
	return nil
}

func (w *writer) setCampaign(b *book, c campaign.Campaign) {
	old := b.campaign
	b.campaign = c
	w.store.placeCampaign(b)
	w.tx.undone(func() {
		b.campaign = old
		w.store.placeCampaign(b)
	})
}

// DeleteCampaign implements campaign.CampaignWriter.
func (w *writer) DeleteCampaign(id campaign.ID) error {
	b, err := w.book(id)
	switch {
	case err != nil:
		return err
	case len(b.open) > 0:
		return conflict("campaign %s has %d open attempts: wait until they are settled", id, len(b.open))
	}
	if err := w.Vacate(id); err != nil {
		return err
	}
	w.tx.undone(func() { w.store.placeCampaign(b) })
	drop(w.tx, w.tx.campaigns, id)
	drop(w.tx, w.tenant.campaigns, id)
	w.store.placeCampaign(b)
	return nil
}

// Occupy implements campaign.CampaignWriter.
func (w *writer) Occupy(id campaign.ID, instances []campaign.InstanceID) error {
	b, err := w.book(id)
	if err != nil {
		return err
	}
	ns := make([]*number, len(instances))
	for i, in := range instances {
		n, err := w.number(in)
		switch {
		case err != nil:
			return err
		case n.serves != 0 && n.serves != id:
			return &campaign.BusyError{Instance: in, Campaign: n.serves}
		}
		ns[i] = n
	}
	for _, n := range ns {
		w.serve(n, b)
	}
	return nil
}

// Vacate implements campaign.CampaignWriter.
func (w *writer) Vacate(id campaign.ID) error {
	b, err := w.book(id)
	if err != nil {
		return err
	}
	for _, n := range b.serving {
		w.serve(n, nil)
	}
	return nil
}

// serve makes an instance serve a campaign, or none.
func (w *writer) serve(n *number, b *book) {
	old := n.serves
	set := func(to campaign.ID) {
		if o := w.store.campaigns[n.serves]; o != nil {
			delete(o.serving, n.instance.ID)
		}
		n.serves = to
		if o := w.store.campaigns[to]; o != nil {
			o.serving[n.instance.ID] = n
		}
		w.store.placeNumber(n)
	}
	if b == nil {
		set(0)
	} else {
		set(b.campaign.ID)
	}
	w.tx.undone(func() { set(old) })
}

// Enlist implements campaign.CampaignWriter.
func (w *writer) Enlist(id campaign.ID, total int64, people []contact.Contact) ([]bool, error) {
	b, err := w.book(id)
	if err != nil {
		return nil, err
	}
	had := b.audience.Len()
	if total != int64(had) {
		return nil, conflict("the audience of %s has %d recipients, not %d", id, had, total)
	}
	w.tx.undone(func() {
		for i := had; i < b.audience.Len(); i++ {
			delete(b.phones, b.audience.At(i).phone)
		}
		b.audience.Cut(had)
	})
	added := make([]bool, len(people))
	for i, c := range people {
		if _, known := b.phones[c.Phone]; known {
			continue
		}
		b.audience.Add(newMember(c))
		b.phones[c.Phone] = int32(b.audience.Len())
		added[i] = true
	}
	return added, nil
}

// SaveInstance implements campaign.InstanceWriter.
func (w *writer) SaveInstance(i *campaign.Instance) error {
	if w.over {
		return errOver
	}
	if id, taken := w.tenant.remotes[remoteOf(i)]; taken && id != i.ID {
		return conflict("instance %d is %q of gateway %q already", id, i.Remote, i.Gateway)
	}
	if id, taken := w.tx.endpoints[i.Identity.Endpoint]; taken && id != i.ID {
		return conflict("instance %d is there already", id)
	}
	if id, taken := w.tx.owners[i.Identity.Phone]; taken && id != i.ID {
		return conflict("instance %d has that phone already", id)
	}
	if i.ID == 0 {
		w.tx.lastInstance++
		i.ID = w.tx.lastInstance
		i.Tenant = w.tenant.name
		n := &number{instance: cloneInstance(*i), slots: make(map[int]*flight)}
		put(w.tx, w.tx.instances, i.ID, n)
		put(w.tx, w.tenant.instances, i.ID, n)
		put(w.tx, w.tenant.remotes, remoteOf(i), i.ID)
		w.tx.identify(i)
		return nil
	}
	n, err := w.number(i.ID)
	switch {
	case err != nil:
		return err
	case i.Rev != n.instance.Rev+1:
		return stale("instance", n.instance.Rev)
	}
	i.Tenant = w.tenant.name
	old := n.instance
	drop(w.tx, w.tenant.remotes, remoteOf(&old))
	put(w.tx, w.tenant.remotes, remoteOf(i), i.ID)
	w.tx.unidentify(&old)
	w.tx.identify(i)
	n.instance = cloneInstance(*i)
	w.tx.undone(func() { n.instance = old })
	return nil
}

// DeleteInstance implements campaign.InstanceWriter.
func (w *writer) DeleteInstance(id campaign.InstanceID) error {
	n, err := w.number(id)
	switch {
	case err != nil:
		return err
	case n.serves != 0:
		return &campaign.BusyError{Instance: id, Campaign: n.serves}
	case n.open > 0:
		return conflict("instance %d has %d open attempts: wait until they are settled", id, n.open)
	}
	w.tx.forget(w.tenant, id)
	drop(w.tx, w.tx.instances, id)
	drop(w.tx, w.tenant.instances, id)
	drop(w.tx, w.tenant.remotes, remoteOf(&n.instance))
	w.tx.unidentify(&n.instance)
	return nil
}

// identify and unidentify keep what a number has alone.
func (t *tx) identify(i *campaign.Instance) {
	if k := i.Identity; k.Endpoint != "" {
		put(t, t.endpoints, k.Endpoint, i.ID)
	}
	if k := i.Identity; k.Phone != "" {
		put(t, t.owners, k.Phone, i.ID)
	}
}

func (t *tx) unidentify(i *campaign.Instance) {
	drop(t, t.endpoints, i.Identity.Endpoint)
	drop(t, t.owners, i.Identity.Phone)
}

// AmendMeter implements campaign.InstanceWriter.
func (w *writer) AmendMeter(id campaign.InstanceID, f func(*campaign.Meter)) error {
	n, err := w.number(id)
	if err != nil {
		return err
	}
	m := cloneMeter(n.meter)
	f(&m)
	w.tx.setMeter(n, m)
	return nil
}

// Wake implements campaign.InstanceWriter.
func (w *writer) Wake(id campaign.ID, at time.Time) error {
	ns := w.tenant.instances
	if id != 0 || w.over {
		b, err := w.book(id)
		if err != nil {
			return err
		}
		ns = b.serving
	}
	for _, n := range ns {
		if n.meter.WakeAt.After(at) {
			m := n.meter
			m.WakeAt = at
			w.tx.setMeter(n, m)
		}
	}
	return nil
}

// SaveCalendar implements campaign.TenantWriter.
func (w *writer) SaveCalendar(c campaign.Calendar) error {
	if w.over {
		return errOver
	}
	old := w.tenant.calendar
	if c.Rev != old.Rev+1 {
		return stale("calendar", old.Rev)
	}
	of := w.tenant
	of.calendar = c.Clone()
	w.tx.undone(func() { of.calendar = old })
	return nil
}

// Seal implements campaign.TenantWriter.
func (w *writer) Seal(s campaign.Seal) error {
	last, err := w.LastSeal()
	if err != nil {
		return err
	}
	if s.Prev != last.Hash || s.Through <= last.Through {
		return stale("seal", last.Through)
	}
	s.At = s.At.UTC()
	of, n := w.tenant, len(w.tenant.seals)
	of.seals = append(of.seals, s)
	w.tx.undone(func() { of.seals = of.seals[:n] })
	return nil
}

// Suppress implements campaign.TenantWriter.
func (w *writer) Suppress(at time.Time, level campaign.Level, keys ...campaign.SuppressionKey) error {
	if w.over {
		return errOver
	}
	for _, k := range keys {
		now, known := w.tenant.keys[k]
		if !known {
			now.at = stampOf(at)
		}
		if !known || now.level < level {
			now.level = level
			put(w.tx, w.tenant.keys, k, now)
		}
	}
	return nil
}

// Restore implements campaign.TenantWriter.
func (w *writer) Restore(keys ...campaign.SuppressionKey) error {
	if w.over {
		return errOver
	}
	for _, k := range keys {
		drop(w.tx, w.tenant.keys, k)
	}
	return nil
}

// Record implements campaign.TenantWriter.
func (w *writer) Record(es ...campaign.Event) error {
	if w.over {
		return errOver
	}
	for _, e := range slices.Clone(es) {
		w.tx.record(w.tenant, e)
	}
	return nil
}
