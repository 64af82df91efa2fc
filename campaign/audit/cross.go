package audit

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// hold is the time in which an attempt may have held its phone. It names no
// phone: the hash tells which holds to look at more closely.
type hold struct {
	phone              uint64
	from, to           int64 // microseconds
	tenant             campaign.Tenant
	campaign, position uint32
	instance           uint32
	attempt            uint64 // the second half of its id
	// proof tells that the gateway's own word says it went out, void that it
	// is proven unsent, and done that Options.Performed has it.
	proof, void, done bool
}

type holds []hold

// forever is later than every instant of the ledger.
var forever = time.UnixMicro(math.MaxInt64)

// claim is a provider id that an attempt rests on.
type claim struct {
	id                 uint64
	campaign, position uint32
}

type providers []claim

// hashText is FNV-1a, begun with a number.
func hashText(h uint64, s string) uint64 {
	h ^= 14695981039346656037
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h, uint64(len(s)))
}

// note keeps an attempt for the checks across campaigns. One to a person who was
// erased has no phone.
func (v *visit) note(a campaign.AttemptID, phone contact.Phone, i campaign.InstanceID, from, to time.Time, c *campaign.Closed) {
	if phone == "" || campaign.Erased(phone) {
		v.c.forgotten = true
		return
	}
	v.c.holds = append(v.c.holds, hold{phone: hashText(0, string(phone)), from: from.UnixMicro(), to: to.UnixMicro(),
		tenant: v.tenant, campaign: uint32(v.x.ID), position: uint32(v.p.ID.Position), instance: uint32(i), attempt: half(a), void: c != nil && provenUnsent(c.Outcome),
		proof: c != nil && c.Outcome == campaign.OutcomeAccepted && c.Evidence != campaign.ByOperator})
}

func half(a campaign.AttemptID) uint64 { return binary.LittleEndian.Uint64(a[8:]) }

// order is that of phones, and of the time in which they were held; of those
// taken at one instant the ones that were not sent come first.
func order(a, b hold) int {
	last := 0
	if a.void != b.void {
		if last = 1; a.void {
			last = -1
		}
	}
	return cmp.Or(cmp.Compare(a.phone, b.phone), cmp.Compare(a.from, b.from), last, cmp.Compare(a.attempt, b.attempt))
}

// twiceClaimed finds provider ids that two attempts of an instance rest on.
func (c *checker) twiceClaimed(t campaign.Tenant) error {
	slices.SortFunc(c.ids, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.campaign, b.campaign), cmp.Compare(a.position, b.position))
	})
	for i := 1; i < len(c.ids); i++ {
		a, b := c.ids[i-1], c.ids[i]
		if a.id != b.id {
			continue
		}
		seen := make(map[campaign.ProviderKey]campaign.AttemptID)
		both := []claim{a, b}
		if a == b {
			both = both[:1]
		}
		for _, x := range both {
			past, err := c.history(t, x.campaign, x.position)
			if err != nil {
				return err
			}
			for _, e := range past {
				if e.Outcome != campaign.OutcomeAccepted || e.ProviderID == "" {
					continue
				}
				k := campaign.ProviderKey{Instance: e.Instance, ID: e.ProviderID}
				if other, ok := seen[k]; ok {
					err := c.fail(Violation{Invariant: "I10", Tenant: t, Campaign: e.Recipient.Campaign, Position: e.Recipient.Position,
						Instance: e.Instance, Attempt: e.Attempt}, "rests on the same message of the gateway as attempt %s", other)
					if err != nil {
						return err
					}
				}
				seen[k] = e.Attempt
			}
		}
	}
	return nil
}

func (c *checker) history(t campaign.Tenant, id, position uint32) (past []campaign.Closed, err error) {
	err = c.store.Tenant(t).View(c.ctx, func(r campaign.Reader) error {
		past, err = r.History(campaign.ID(id), int64(position)-1, int64(position))
		return err
	})
	if errors.Is(err, campaign.ErrNotFound) {
		err = nil
	}
	return past, err
}

// twiceHeld finds phones that two attempts held at the same time, over all
// tenants. The clocks only say where to look; the order of the log decides.
func (c *checker) twiceHeld() error {
	slices.SortFunc(c.holds, order)
	for i := range c.holds {
		a := &c.holds[i]
		for j := i + 1; j < len(c.holds) && c.holds[j].phone == a.phone; j++ {
			b := &c.holds[j]
			if b.from > a.to && time.Duration(b.from-a.to)*time.Microsecond > settleTime {
				break
			}
			if b.tenant == a.tenant && b.campaign == a.campaign && b.position == a.position {
				continue // one recipient's attempts: see visit.next
			}
			if err := c.clash(a, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// grip is the part of the log in which an attempt held its phone.
type grip struct {
	attempt  campaign.AttemptID
	from, to int64
	// freed is when the phone was free again; zero while it is held.
	freed time.Time
}

// grips reads them for one recipient.
func (c *checker) grips(h *hold) (all []grip, phones map[campaign.AttemptID]contact.Phone, err error) {
	phones = make(map[campaign.AttemptID]contact.Phone)
	err = c.store.Tenant(h.tenant).View(c.ctx, func(r campaign.Reader) error {
		id, pos := campaign.ID(h.campaign), int64(h.position)
		past, err := r.History(id, pos-1, pos)
		if err != nil {
			return err
		}
		for _, e := range past {
			phones[e.Attempt] = e.Phone
		}
		// An open attempt goes to the phone of its recipient; to list all that are
		// open, for each, would take the square of their number.
		p, err := r.Recipient(campaign.RecipientID{Campaign: id, Position: pos})
		if err != nil {
			return err
		}
		index := make(map[campaign.AttemptID]int)
		return scan(r, campaign.EventQuery{Campaign: id, Position: pos}, func(e *campaign.Event) error {
			switch e.Type {
			case campaign.EventTaken:
				index[e.Attempt] = len(all)
				if _, ended := phones[e.Attempt]; !ended && !campaign.Erased(p.Contact.Phone) {
					phones[e.Attempt] = p.Contact.Phone
				}
				all = append(all, grip{attempt: e.Attempt, from: e.Seq, to: math.MaxInt64})
			case campaign.EventReleased, campaign.EventSent, campaign.EventFailed, campaign.EventRetry, campaign.EventPostponed,
				campaign.EventDropped, campaign.EventResend:
				if i, ok := index[e.Attempt]; ok && all[i].to == math.MaxInt64 {
					all[i].to, all[i].freed = e.Seq, e.At
				}
			}
			return nil
		})
	})
	if errors.Is(err, campaign.ErrNotFound) {
		return nil, nil, nil // deleted meanwhile
	}
	return all, phones, err
}

func (c *checker) clash(a, b *hold) error {
	of, ofPhones, err := c.grips(a)
	if err != nil {
		return err
	}
	with, withPhones, err := c.grips(b)
	if err != nil {
		return err
	}
	for _, x := range of {
		for _, y := range with {
			if x.from < y.to && y.from < x.to && ofPhones[x.attempt] == withPhones[y.attempt] && ofPhones[x.attempt] != "" {
				return c.fail(Violation{Invariant: "I4", Tenant: b.tenant, Campaign: campaign.ID(b.campaign), Position: int64(b.position), Attempt: y.attempt},
					"held a phone that attempt %s of %s/%d held at the same time", x.attempt, campaign.ID(a.campaign), a.position)
			}
		}
	}
	return nil
}
