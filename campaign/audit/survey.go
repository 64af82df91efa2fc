package audit

import (
	"slices"
	"strconv"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// survey is the check of one campaign, in one snapshot.
type survey struct {
	c      *checker
	tenant campaign.Tenant
	r      campaign.Reader
	x      campaign.Campaign
	books  campaign.Books
	open   map[int64]*campaign.Attempt
	now    time.Time
	window *opening
	// edited is when the draft was changed last, dated when the calendar was.
	edited, dated time.Time
	// prints are what the log says of each recipient, by position.
	prints []uint64
	count  recount
}

// campaign checks one campaign.
func (c *checker) campaign(t campaign.Tenant, r campaign.Reader, id campaign.ID, l *log) error {
	x, err := r.Campaign(id)
	if err != nil {
		return err
	}
	c.report.Figures.Campaigns++
	s := &survey{c: c, tenant: t, r: r, x: x, now: c.o.Now(), dated: l.calendarAt,
		open: make(map[int64]*campaign.Attempt), prints: make([]uint64, max(x.Total, 0))}
	if s.books, err = r.Books(id); err != nil {
		return err
	}
	if err := s.calendar(l); err != nil {
		return err
	}
	if err := s.log(); err != nil {
		return err
	}
	if err := s.instances(); err != nil {
		return err
	}
	if err := s.flights(); err != nil {
		return err
	}
	if err := s.people(); err != nil {
		return err
	}
	return s.balance()
}

func (s *survey) at(invariant string) Violation {
	return Violation{Invariant: invariant, Tenant: s.tenant, Campaign: s.x.ID}
}

// calendar compiles the campaign's hours, by the calendar as it is now.
func (s *survey) calendar(l *log) error {
	cal, err := s.r.Calendar()
	if err != nil {
		return err
	}
	if cal.Rev != l.calendar { // changed since the log was read
		err := scan(s.r, campaign.EventQuery{After: l.end, Types: []campaign.EventType{campaign.EventCalendarChanged}},
			func(e *campaign.Event) error { s.dated = e.At; return nil })
		if err != nil {
			return err
		}
	}
	var why string
	if s.window, why = newOpening(s.x, cal, s.c.o.Windows); why != "" {
		s.c.report.Unchecked = append(s.c.report.Unchecked, "I6 of campaign "+s.x.ID.String()+": "+why)
	}
	return nil
}

// moves says from which status each event of a campaign leads to which.
var moves = map[campaign.EventType]struct {
	from []campaign.Status
	to   campaign.Status // empty: stays
}{
	campaign.EventCampaignCreated:   {[]campaign.Status{""}, campaign.Drafted},
	campaign.EventCampaignEdited:    {[]campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Paused}, ""},
	campaign.EventCampaignAdded:     {[]campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Active, campaign.Paused}, ""},
	campaign.EventCampaignScheduled: {[]campaign.Status{campaign.Drafted, campaign.Scheduled}, campaign.Scheduled},
	campaign.EventCampaignUnplanned: {[]campaign.Status{campaign.Scheduled}, campaign.Drafted},
	campaign.EventCampaignStarted:   {[]campaign.Status{campaign.Drafted, campaign.Scheduled}, campaign.Active},
	campaign.EventCampaignPaused:    {[]campaign.Status{campaign.Active}, campaign.Paused},
	campaign.EventCampaignResumed:   {[]campaign.Status{campaign.Paused}, campaign.Active},
	campaign.EventCampaignCompleted: {[]campaign.Status{campaign.Active}, campaign.Completed},
	campaign.EventCampaignReopened:  {[]campaign.Status{campaign.Completed}, campaign.Active},
	campaign.EventCampaignCancelled: {[]campaign.Status{campaign.Drafted, campaign.Scheduled, campaign.Active, campaign.Paused}, campaign.Cancelled},
}

// log follows the campaign's own story, and takes a print of each recipient's.
func (s *survey) log() error {
	var (
		status campaign.Status
		revs   int64
		added  int64
	)
	err := scan(s.r, campaign.EventQuery{Campaign: s.x.ID}, func(e *campaign.Event) error {
		at := s.at("I9")
		at.Position, at.Attempt, at.Instance = e.Position, e.Attempt, e.Instance
		if m, ok := moves[e.Type]; ok {
			revs++
			if !slices.Contains(m.from, status) {
				if err := s.c.fail(at, "event %d (%s) came while the campaign was %s", e.Seq, e.Type, named(status)); err != nil {
					return err
				}
			}
			if m.to != "" {
				status = m.to
			}
			switch e.Type {
			case campaign.EventCampaignEdited:
				s.edited = e.At
			case campaign.EventCampaignAdded:
				n, err := strconv.ParseInt(e.Why.Args["added"], 10, 64)
				if err != nil {
					return s.c.fail(at, "event %d does not say how many people were added", e.Seq)
				}
				added += n
			}
			return nil
		}
		switch {
		case e.Type == campaign.EventCampaignDeleted:
			return s.c.fail(at, "event %d says that the campaign was deleted, and it is there", e.Seq)
		case e.Position == 0:
			return nil // of an instance, while it served this campaign
		case e.Position < 0 || e.Position > int64(len(s.prints)):
			return s.c.fail(at, "event %d (%s) is of a recipient beyond the audience of %d", e.Seq, e.Type, s.x.Total)
		}
		if e.Type == campaign.EventTaken && status != campaign.Active {
			at.Invariant = "I2"
			if err := s.c.fail(at, "taken while the campaign was %s (event %d)", named(status), e.Seq); err != nil {
				return err
			}
		}
		h := &s.prints[e.Position-1]
		*h = printEvent(*h, e)
		return nil
	})
	if err != nil {
		return err
	}
	if status != s.x.Status {
		if err := s.c.fail(s.at("I9"), "the campaign is %s and its log says %s", s.x.Status, named(status)); err != nil {
			return err
		}
	}
	if revs != s.x.Rev {
		if err := s.c.fail(s.at("I9"), "the campaign is at revision %d and its log tells of %d changes", s.x.Rev, revs); err != nil {
			return err
		}
	}
	if added != s.x.Total {
		return s.c.fail(s.at("I9"), "the audience is %d and its log tells of %d people added", s.x.Total, added)
	}
	return nil
}

func named(s campaign.Status) string {
	if s == "" {
		return "not created"
	}
	return string(s)
}

// instances checks that the numbers of an active campaign serve it, and no
// other.
func (s *survey) instances() error {
	numbers, err := s.r.Numbers()
	if err != nil {
		return err
	}
	serving := make(map[campaign.InstanceID]bool)
	for _, n := range numbers {
		if n.Serves != s.x.ID {
			continue
		}
		serving[n.Instance.ID] = true
		at := s.at("I5")
		at.Instance = n.Instance.ID
		if s.x.Status != campaign.Active {
			err = s.c.fail(at, "the instance serves a campaign that is %s", s.x.Status)
		} else if !slices.Contains(s.x.Instances, n.Instance.ID) {
			err = s.c.fail(at, "the instance serves a campaign that does not name it")
		}
		if err != nil {
			return err
		}
	}
	if s.x.Status != campaign.Active {
		return nil
	}
	for _, id := range s.x.Instances {
		if !serving[id] {
			at := s.at("I5")
			at.Instance = id
			if err := s.c.fail(at, "the campaign is active and its instance does not serve it"); err != nil {
				return err
			}
		}
	}
	return nil
}

// flights reads the open attempts and checks what each must be by itself.
func (s *survey) flights() error {
	all, err := s.r.Flights(s.x.ID)
	if err != nil {
		return err
	}
	type seat struct {
		instance campaign.InstanceID
		slot     int
	}
	seats := make(map[seat]bool)
	for i := range all {
		a := &all[i]
		at := s.at("I1")
		at.Position, at.Attempt, at.Instance = a.Recipient.Position, a.ID, a.Instance
		fail := func(invariant, format string, args ...any) error {
			at.Invariant = invariant
			return s.c.fail(at, format, args...)
		}
		switch {
		case s.open[a.Recipient.Position] != nil:
			err = fail("I1", "the recipient has another open attempt, %s", s.open[a.Recipient.Position].ID)
		case a.Tenant != s.tenant:
			err = fail("I8", "the attempt is of tenant %q", a.Tenant)
		case a.Recipient.Campaign != s.x.ID || a.Recipient.Position < 1 || a.Recipient.Position > s.x.Total:
			err = fail("I3", "the attempt is of %s, who is not in the audience", a.Recipient)
		case a.TakenAt.IsZero() || a.StartBy.Before(a.TakenAt) || a.Quarantine.Before(a.StartBy) || a.SweepAt.Before(a.StartBy):
			err = fail("I14", "its instants are out of order: taken %v, start by %v, sweep at %v, quarantine %v", a.TakenAt, a.StartBy, a.SweepAt, a.Quarantine)
		case a.Phase != campaign.Flying && a.Phase != campaign.Lost:
			err = fail("I14", "its phase is %q", a.Phase)
		case a.Phase == campaign.Flying && !a.Held:
			err = fail("I4", "it is in flight and does not hold its phone")
		case a.Phase == campaign.Flying && seats[seat{a.Instance, a.Slot}]:
			err = fail("I7", "another attempt is in flight in slot %d of its instance", a.Slot)
		case !a.Held && s.now.Before(a.Quarantine):
			err = fail("I4", "its phone was freed before its quarantine ended at %v", a.Quarantine)
		}
		if err != nil {
			return err
		}
		if a.Phase == campaign.Flying {
			seats[seat{a.Instance, a.Slot}] = true
			s.count.flying++
		} else {
			s.count.unknown++
		}
		s.open[a.Recipient.Position] = a
	}
	return nil
}
