package memory

import (
	"cmp"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Places implements campaign.AudienceReader.
func (r *reader) Places(p contact.Phone) ([]campaign.RecipientID, error) {
	if r.over {
		return nil, errOver
	}
	var out []campaign.RecipientID
	for id, b := range r.tenant.campaigns {
		if position, in := b.phones[p]; in {
			out = append(out, campaign.RecipientID{Campaign: id, Position: int64(position)})
		}
	}
	slices.SortFunc(out, func(a, b campaign.RecipientID) int { return cmp.Compare(a.Campaign, b.Campaign) })
	return out, nil
}

// Erase implements campaign.PersonWriter. Contacts have a lock of their own and
// no way back, so theirs goes when all else is certain.
func (w *writer) Erase(now time.Time, p contact.Phone) (out campaign.Erasure, err error) {
	places, err := w.Places(p)
	if err != nil || p == "" {
		return out, err
	}
	for _, id := range places {
		f := w.tenant.campaigns[id.Campaign].open[id.Position]
		if f != nil && (f.Phase == campaign.Flying || f.Quarantine.After(now)) {
			return out, conflict("a message to %s may still go out", id)
		}
	}
	// First, since what is undone last finds everything as it was.
	out.Notices = w.tx.dropNotices(w.tenant.name, p)
	drop(w.tx, w.tenant.warm, p)
	for _, id := range places {
		b := w.tenant.campaigns[id.Campaign]
		if f := b.open[id.Position]; f != nil {
			w.tx.eraseFlight(f)
			out.Attempts++
		}
		w.tx.eraseMember(b, id)
		out.Recipients++
	}
	for _, l := range w.store.ended {
		if l.row.Tenant == w.tenant.name && l.row.Phone == p {
			l.row.Phone = ""
			w.tx.undone(func() { l.row.Phone = p })
			out.Attempts++
		}
	}
	of := w.store.peopleOf(w.tenant.name)
	if out.Contact = of.has(p); out.Contact {
		w.tx.atLast(func() { of.erase(p) })
	}
	return out, nil
}

func (t *tx) dropNotices(of campaign.Tenant, p contact.Phone) (n int64) {
	for _, row := range t.inbox.rows {
		if row.Tenant == of && row.Phone == p {
			t.detachNotice(row)
			t.undone(func() { t.attachNotice(row) })
			n++
		}
	}
	return n
}

func (t *tx) eraseFlight(f *flight) {
	old := f.Attempt
	t.detach(f)
	f.Phone, f.Text, f.Held, f.LookAt = campaign.ErasedPhone(f.Recipient), "", false, time.Time{}
	t.attach(f)
	t.undone(func() {
		t.detach(f)
		f.Attempt = old
		t.attach(f)
	})
}

func (t *tx) eraseMember(b *book, id campaign.RecipientID) {
	m := b.audience.At(int(id.Position - 1))
	name, phone, more := m.name, m.phone, m.more
	m.name, m.phone, m.more = "", campaign.ErasedPhone(id), nil
	t.undone(func() {
		m := b.audience.At(int(id.Position - 1))
		m.name, m.phone, m.more = name, phone, more
	})
	drop(t, b.phones, phone)
	put(t, b.phones, m.phone, int32(id.Position))
}

// has reports whether a phone is a contact's.
func (p *people) has(phone contact.Phone) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	_, known := p.byPhone[phone]
	return known
}

// erase removes the contact with a phone, if there is one.
func (p *people) erase(phone contact.Phone) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if row := p.rows[p.byPhone[phone]]; row != nil {
		p.remove(row)
	}
}
