package audit

import (
	"slices"
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
	// log is what the campaign's events say, dated when the calendar changed.
	log   *chronicle
	dated time.Time
	count recount
	// tales are of the recipients whose events are still to be read.
	tales map[int64]*tale
	// silences are those of the log, which was read up to end.
	silences silences
	end      int64
}

// campaign checks one campaign.
func (c *checker) campaign(t campaign.Tenant, r campaign.Reader, id campaign.ID, l *log) error {
	x, err := r.Campaign(id)
	if err != nil {
		return err
	}
	c.report.Figures.Campaigns++
	s := &survey{c: c, tenant: t, r: r, x: x, now: c.o.Now(), dated: l.calendarAt,
		silences: l.silences, end: l.end,
		open:  make(map[int64]*campaign.Attempt),
		tales: make(map[int64]*tale)}
	if n := int(x.Total); n > page {
		c.holds, c.ids = slices.Grow(c.holds, n), slices.Grow(c.ids, n)
	}
	if s.books, err = r.Books(id); err != nil {
		return err
	}
	if err := s.calendar(l); err != nil {
		return err
	}
	if err := s.read(l); err != nil {
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
