package campaign

import (
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Warm is a person whom a number knows: it delivered a message to them, or they
// wrote to it, in a campaign or not. To everybody else the number is a stranger,
// and WhatsApp restricts numbers in what they send to those first.
type Warm struct {
	Tenant   Tenant
	Instance InstanceID
	// Phone is the person's, in its canonical spelling; rows that were made of
	// what an earlier version had sent can have another one.
	Phone contact.Phone
}

// Warms tells whom a report alone makes known to its number, and since when:
// who wrote to it. What a delivery means takes the message that it is about, and
// stands in Rows.Warmed.
func (n Notice) Warms() (w Warm, since time.Time, ok bool) {
	if n.Kind != NoticeReply || n.Phone == "" || Erased(n.Phone) {
		return w, since, false
	}
	return Warm{n.Tenant, n.Instance, n.Phone.Canonical()}, n.ArrivedAt, true
}

// MarkWarm enters what a store has read into a map that rules ask: under the
// canonical phone, since the earliest instant.
func MarkWarm(m map[Warm]time.Time, w Warm, since time.Time) {
	w.Phone = w.Phone.Canonical()
	if old, known := m[w]; !known || since.Before(old) {
		m[w] = since
	}
}

// warm notes that a message has reached a person.
func (r *Rows) warm(c Closed) {
	if c.Phone == "" || Erased(c.Phone) {
		return
	}
	w := c.warm()
	if _, known := r.Warm[w]; known {
		return
	}
	if r.Warm == nil {
		r.Warm = make(map[Warm]time.Time)
	}
	r.Warm[w] = r.Now
	if r.Warmed == nil {
		r.Warmed = make(map[Warm]time.Time)
	}
	r.Warmed[w] = r.Now
}

func (c Closed) warm() Warm { return Warm{c.Tenant, c.Instance, c.Phone.Canonical()} }

// cold reports whether the number did not know the person of an attempt when it
// was taken.
func (r *Rows) cold(c Closed) bool {
	since, known := r.Warm[c.warm()]
	return !known || !since.Before(c.TakenAt)
}
