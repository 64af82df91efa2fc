package audit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// Deed is a message that really went out, by the gateway's own records.
type Deed struct {
	// Phone is who got it. Never empty.
	Phone contact.Phone
	// At is when the gateway carried it out.
	At time.Time
	// Attempt is whose message it was. Zero means that the gateway does not
	// know; then it is the last attempt that was taken for the phone before At.
	Attempt campaign.AttemptID
	// ProviderID is the message's id at WhatsApp; empty if it is not known.
	ProviderID string
}

// performed compares what the gateway did with what the ledger says of it: in
// both directions, since a message that nobody sent is as wrong as one that
// nobody recorded.
func (c *checker) performed() error {
	if c.o.Performed == nil {
		return nil
	}
	lost := 0
	byPerson := make(map[person][]int) // generations that were performed
	var starts []began
	for i := range c.o.Performed {
		d := &c.o.Performed[i]
		m, err := c.match(d)
		if err != nil {
			return err
		}
		if m.hold == nil {
			if lost++; c.forgotten {
				continue
			}
			err := c.fail(Violation{Invariant: "I11", Attempt: d.Attempt},
				"the gateway sent a message at %v that no attempt tells of (entry %d of Performed)", d.At, i)
			if err != nil {
				return err
			}
			continue
		}
		c.report.Figures.Matched++
		m.hold.done = true
		who := person{m.hold.tenant, m.hold.campaign, m.hold.position}
		again := slices.Contains(byPerson[who], m.generation)
		if err := c.judgeDeed(d, &m, again); err != nil {
			return err
		}
		if !again {
			starts = append(starts, began{m.hold.instance, d.At, m.late, m.where()})
		}
		byPerson[who] = append(byPerson[who], m.generation)
	}
	if lost > 0 && c.forgotten {
		c.report.Unchecked = append(c.report.Unchecked, fmt.Sprintf("%d messages of the gateway have no attempt: campaigns were deleted or people erased", lost))
	}
	for i := range c.holds {
		h := &c.holds[i]
		if h.proof && !h.done {
			err := c.fail(Violation{Invariant: "I10", Tenant: h.tenant, Campaign: campaign.ID(h.campaign), Position: int64(h.position)},
				"an attempt was accepted, it says, and the gateway has sent nothing for it")
			if err != nil {
				return err
			}
		}
	}
	return c.gaps(starts)
}

type person struct {
	tenant             campaign.Tenant
	campaign, position uint32
}

// match is the attempt that a deed belongs to.
type match struct {
	hold       *hold
	attempt    campaign.AttemptID
	generation int
	outcome    campaign.Outcome // empty while it is open
	late       bool             // after its phone was free
}

func (m *match) where() Violation {
	return Violation{Tenant: m.hold.tenant, Campaign: campaign.ID(m.hold.campaign), Position: int64(m.hold.position), Attempt: m.attempt}
}

// match finds it. The holds are sorted by phone and time.
func (c *checker) match(d *Deed) (m match, err error) {
	key := hashText(0, string(d.Phone))
	first := sort.Search(len(c.holds), func(i int) bool { return c.holds[i].phone >= key })
	end := first
	for end < len(c.holds) && c.holds[end].phone == key {
		end++
	}
	latest := d.At.Add(settleTime).UnixMicro()
	for i := end - 1; i >= first; i-- {
		h := &c.holds[i]
		if (d.Attempt.IsZero() && h.from > latest) || (!d.Attempt.IsZero() && half(d.Attempt) != h.attempt) {
			continue
		}
		found, err := c.identify(h, d)
		if err != nil || found.hold != nil {
			return found, err
		}
	}
	return m, nil
}

// identify reads the attempt behind a hold, if the deed is its.
func (c *checker) identify(h *hold, d *Deed) (m match, err error) {
	err = c.store.Tenant(h.tenant).View(c.ctx, func(r campaign.Reader) error {
		id, pos := campaign.ID(h.campaign), int64(h.position)
		past, err := r.History(id, pos-1, pos)
		if err != nil {
			return err
		}
		is := func(a campaign.AttemptID, p contact.Phone) bool {
			return half(a) == h.attempt && p == d.Phone && (d.Attempt.IsZero() || d.Attempt == a)
		}
		for _, x := range past {
			if is(x.Attempt, x.Phone) {
				m = match{hold: h, attempt: x.Attempt, generation: x.Generation, outcome: x.Outcome}
			}
		}
		if m.hold != nil {
			return nil
		}
		open, err := r.Flights(id)
		for _, x := range open {
			if x.Recipient.Position == pos && is(x.ID, x.Phone) {
				m = match{hold: h, attempt: x.ID, generation: x.Generation}
			}
		}
		return err
	})
	if errors.Is(err, campaign.ErrNotFound) {
		err = nil
	}
	if err != nil || m.hold == nil {
		return m, err
	}
	if h.to < d.At.Add(-c.o.Skew).UnixMicro() {
		m.late = true
		return m, nil
	}
	if h.to != forever.UnixMicro() {
		return m, nil
	}
	// An open attempt may have lost its phone already.
	grips, _, err := c.grips(h)
	for _, g := range grips {
		if g.attempt == m.attempt && !g.freed.IsZero() && g.freed.Before(d.At.Add(-c.o.Skew)) {
			m.late = true
		}
	}
	return m, err
}

func (c *checker) judgeDeed(d *Deed, m *match, again bool) error {
	at := m.where()
	if again {
		at.Invariant = "I1"
		if err := c.fail(at, "the gateway sent more than one message for generation %d", m.generation); err != nil {
			return err
		}
	}
	if m.late {
		at.Invariant = "I4"
		if err := c.fail(at, "the gateway sent it at %v, after its phone was free", d.At); err != nil {
			return err
		}
	}
	if provenUnsent(m.outcome) {
		at.Invariant = "I11"
		return c.fail(at, "the gateway sent it at %v, and the ledger says that it did not (%s)", d.At, m.outcome)
	}
	return nil
}

// began is a start at the gateway.
type began struct {
	instance uint32
	at       time.Time
	late     bool
	where    Violation
}

// rest is the shortest rest of a number since it was edited last.
type rest struct {
	gap  time.Duration
	from time.Time
}

// gaps checks the pace of each number by what the gateway saw. A send may
// begin up to Deadline after its take, so that much is granted.
func (c *checker) gaps(all []began) error {
	slices.SortFunc(all, func(a, b began) int { return cmp.Or(cmp.Compare(a.instance, b.instance), a.at.Compare(b.at)) })
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		r := c.rests[campaign.InstanceID(a.instance)]
		if a.instance != b.instance || a.late || b.late || (!r.from.IsZero() && !a.at.After(r.from.Add(settleTime))) {
			continue
		}
		if d := b.at.Sub(a.at); d < r.gap-c.o.Deadline-settleTime {
			at := b.where
			at.Invariant, at.Instance = "I7", campaign.InstanceID(b.instance)
			if err := c.fail(at, "the gateway saw it %v after attempt %s of the same number, whose shortest rest is %v", d, a.where.Attempt, r.gap); err != nil {
				return err
			}
		}
	}
	return nil
}
