package audit

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// chronicle is what the events of a campaign say of it, as far as they have
// been read.
type chronicle struct {
	where  Violation
	status campaign.Status
	// revs counts the changes of the campaign's row, added its people.
	revs, added int64
	// edited is when the draft was changed last.
	edited time.Time
	// prints are what is said of each recipient, by position.
	prints []uint64
	faults []Violation
}

func newChronicle(t campaign.Tenant, x campaign.Campaign) *chronicle {
	return &chronicle{where: Violation{Tenant: t, Campaign: x.ID}, prints: make([]uint64, max(x.Total, 0))}
}

// moves says from which status each event of a campaign leads to which.
var moves = map[campaign.EventType]struct {
	from []campaign.Status
	to   campaign.Status // empty: stays
}{
	campaign.EventCampaignCreated:   {[]campaign.Status{""}, campaign.Drafted},
	campaign.EventCampaignEdited:    {[]campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Paused}, ""},
	campaign.EventCampaignAdded:     {[]campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Active, campaign.Paused}, ""},
	campaign.EventCampaignLeftOut:   {[]campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Active, campaign.Paused}, ""},
	campaign.EventCampaignScheduled: {[]campaign.Status{campaign.Drafted, campaign.Scheduled}, campaign.Scheduled},
	campaign.EventCampaignUnplanned: {[]campaign.Status{campaign.Scheduled}, campaign.Drafted},
	campaign.EventCampaignStarted:   {[]campaign.Status{campaign.Drafted, campaign.Scheduled}, campaign.Active},
	campaign.EventCampaignPaused:    {[]campaign.Status{campaign.Active}, campaign.Paused},
	campaign.EventCampaignResumed:   {[]campaign.Status{campaign.Paused}, campaign.Active},
	campaign.EventCampaignCompleted: {[]campaign.Status{campaign.Active}, campaign.Completed},
	campaign.EventCampaignReopened:  {[]campaign.Status{campaign.Completed}, campaign.Active},
	campaign.EventCampaignCancelled: {[]campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Active, campaign.Paused}, campaign.Cancelled},
}

// see takes the next event of the campaign.
func (k *chronicle) see(e *campaign.Event) {
	if e.Position != 0 {
		k.person(e)
		return
	}
	m, ok := moves[e.Type]
	switch {
	case e.Type == campaign.EventCampaignDeleted:
		k.fail("I9", e, "event %d says that the campaign was deleted, and it is there", e.Seq)
		return
	case !ok:
		return // of an instance, while it served this campaign
	case !slices.Contains(m.from, k.status):
		k.fail("I9", e, "event %d (%s) came while the campaign was %s", e.Seq, e.Type, named(k.status))
	}
	k.revs++
	if m.to != "" {
		k.status = m.to
	}
	switch e.Type {
	case campaign.EventCampaignEdited:
		k.edited = e.At
	case campaign.EventCampaignAdded:
		n, err := strconv.ParseInt(e.Why.Args["added"], 10, 64)
		if err != nil {
			k.fail("I9", e, "event %d does not say how many people were added", e.Seq)
		}
		k.added += n
	}
}

// person takes the next event about a recipient.
func (k *chronicle) person(e *campaign.Event) {
	if e.Position < 0 || e.Position > int64(len(k.prints)) {
		k.fail("I9", e, "event %d (%s) is of a recipient beyond the audience of %d", e.Seq, e.Type, len(k.prints))
		return
	}
	if e.Type == campaign.EventTaken && k.status != campaign.Active {
		k.fail("I2", e, "taken while the campaign was %s (event %d)", named(k.status), e.Seq)
	}
	h := &k.prints[e.Position-1]
	*h = printEvent(*h, e)
}

// fail keeps a fault until it is known whether anything was missing.
func (k *chronicle) fail(invariant string, e *campaign.Event, format string, args ...any) {
	if len(k.faults) == page {
		return
	}
	v := k.where
	v.Invariant, v.Position, v.Attempt, v.Instance = invariant, e.Position, e.Attempt, e.Instance
	v.Detail = fmt.Sprintf(format, args...)
	k.faults = append(k.faults, v)
}

// compare notes where the row of the campaign says something else.
func (k *chronicle) compare(x campaign.Campaign) {
	none := &campaign.Event{}
	if k.status != x.Status {
		k.fail("I9", none, "the campaign is %s and its log says %s", x.Status, named(k.status))
	}
	if k.revs != x.Rev {
		k.fail("I9", none, "the campaign is at revision %d and its log tells of %d changes", x.Rev, k.revs)
	}
	if k.added != x.Total {
		k.fail("I9", none, "the audience is %d and its log tells of %d people added", x.Total, k.added)
	}
}

func named(s campaign.Status) string {
	if s == "" {
		return "not created"
	}
	return string(s)
}

// read brings the campaign's chronicle up to the present snapshot. What the
// first pass has read is not read again, unless something does not fit: events
// of a store whose transactions overlap may be numbered in another order than
// they became visible.
func (s *survey) read(l *log) error {
	k := l.chronicles[s.x.ID]
	delete(l.chronicles, s.x.ID)
	see := func(e *campaign.Event) error { k.see(e); return nil }
	if more := s.x.Total - int64(len(k.prints)); more > 0 {
		k.prints = append(k.prints, make([]uint64, more)...)
	}
	if err := scan(s.r, campaign.EventQuery{Campaign: s.x.ID, After: l.end}, see); err != nil {
		return err
	}
	if k.compare(s.x); len(k.faults) > 0 {
		k = newChronicle(s.tenant, s.x)
		if err := scan(s.r, campaign.EventQuery{Campaign: s.x.ID}, see); err != nil {
			return err
		}
		k.compare(s.x)
	}
	s.log = k
	for _, v := range k.faults {
		if err := s.c.fail(v, "%s", v.Detail); err != nil {
			return err
		}
	}
	return nil
}
