package audit

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/schedule"
)

// paces follows the starts of every number of a tenant through the log.
type paces struct {
	tenant campaign.Tenant
	lanes  map[campaign.InstanceID]*lane
	open   map[campaign.AttemptID]*start
}

// lane is one number: its limits as they stand now, and its starts since they
// were set.
type lane struct {
	pace  campaign.Pace
	gap   time.Duration
	loc   *time.Location
	since time.Time
	// from is when the number was edited last: what lies before is not judged.
	from time.Time

	queue         []*start // by Seq; the first one is not settled, or there is none
	last          *start   // the one before the queue that counts
	hour          time.Time
	day           time.Time
	inHour, inDay int
	found         []Violation
}

// start is an attempt that may have begun to send.
type start struct {
	at    time.Time
	where Violation
	fate  fate
}

type fate int8

const (
	undecided fate = iota
	counts         // it went out, or may have
	idle           // proven unsent
)

// tolerance is what is lost when instants are stored to the millisecond.
const tolerance = time.Millisecond

// settleTime is how far the clocks of two daemons may be apart, each being off
// by a second at most: how long after an edit, by its date, a take may still go
// by what was before.
const settleTime = 2 * time.Second

func newPaces(t campaign.Tenant, numbers []campaign.Number) *paces {
	p := &paces{tenant: t, lanes: make(map[campaign.InstanceID]*lane, len(numbers)), open: make(map[campaign.AttemptID]*start)}
	for _, n := range numbers {
		l := &lane{pace: n.Instance.Pace, since: n.Instance.Since, gap: minimum(n.Instance.Pace)}
		zone := n.Instance.Zone
		if zone == "" {
			zone = schedule.DefaultZone
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			l.pace = campaign.Pace{} // days of a zone that is not known cannot be counted
			loc = time.UTC
		}
		l.loc = loc
		p.lanes[n.Instance.ID] = l
	}
	return p
}

// minimum is the shortest rest that a number's pace allows.
func minimum(p campaign.Pace) time.Duration {
	switch {
	case p.NoGap:
		return 0
	case p.MinGap == 0 && p.MaxGap == 0:
		return campaign.DefaultMinGap
	}
	return p.MinGap
}

// see takes the next event of the log.
func (p *paces) see(e *campaign.Event) {
	l := p.lanes[e.Instance]
	if l == nil {
		return // removed since, with its pace
	}
	switch e.Type {
	case campaign.EventInstanceEdited:
		*l = lane{pace: l.pace, gap: l.gap, loc: l.loc, since: l.since, from: e.At}
	case campaign.EventTaken:
		if e.At.Before(l.from.Add(settleTime)) && !l.from.IsZero() {
			return
		}
		s := &start{at: e.At, where: Violation{Invariant: "I7", Tenant: p.tenant, Campaign: e.Campaign,
			Position: e.Position, Instance: e.Instance, Attempt: e.Attempt}}
		p.open[e.Attempt] = s
		l.queue = append(l.queue, s)
	case campaign.EventSent, campaign.EventResend:
		p.decide(l, e, counts)
	case campaign.EventRetry, campaign.EventPostponed, campaign.EventDropped:
		p.decide(l, e, idle)
	case campaign.EventFailed:
		if e.Why.Code == campaign.CodeMarkedUnsent {
			p.decide(l, e, counts) // a person's word proves nothing
		} else {
			p.decide(l, e, idle)
		}
	}
}

func (p *paces) decide(l *lane, e *campaign.Event, f fate) {
	s := p.open[e.Attempt]
	if s == nil {
		return
	}
	delete(p.open, e.Attempt)
	s.fate = f
	l.drain()
}

// end judges what is still open, which may have been sent, and returns what
// was found.
func (p *paces) end() (all []Violation) {
	for _, s := range p.open {
		s.fate = counts
	}
	for _, id := range slices.Sorted(maps.Keys(p.lanes)) {
		l := p.lanes[id]
		l.drain()
		all = append(all, l.found...)
	}
	return all
}

// drain judges the starts whose fate is known, in order.
func (l *lane) drain() {
	for len(l.queue) > 0 && l.queue[0].fate != undecided {
		if s := l.queue[0]; s.fate == counts {
			l.judge(s)
		}
		l.queue[0] = nil
		l.queue = l.queue[1:]
	}
}

func (l *lane) judge(s *start) {
	if l.last != nil {
		if d := s.at.Sub(l.last.at); d < l.gap-tolerance {
			l.fail(s, "taken %v after attempt %s of the same number, whose shortest rest is %v", d, l.last.where.Attempt, l.gap)
		}
	}
	l.last = s
	local := s.at.In(l.loc)
	year, month, day := local.Date()
	if midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); !midnight.Equal(l.day) {
		l.day, l.inDay = midnight, 0
	}
	// The clock hour is where the minutes of the wall are zero.
	_, minute, second := local.Clock()
	hour := s.at.Add(-time.Duration(minute)*time.Minute - time.Duration(second)*time.Second - time.Duration(local.Nanosecond()))
	if !hour.Equal(l.hour) {
		l.hour, l.inHour = hour, 0
	}
	l.inDay++
	l.inHour++
	if n := l.pace.PerHour; n > 0 && l.inHour == n+1 {
		l.fail(s, "send %d of a clock hour, whose cap is %d", l.inHour, n)
	}
	if n := l.perDay(); n > 0 && l.inDay == n+1 {
		l.fail(s, "send %d of a day, whose cap is %d", l.inDay, n)
	}
}

// perDay is the cap of the present day: the number's own, or that of its
// first days if it is lower.
func (l *lane) perDay() int {
	n := l.pace.PerDay
	if l.since.IsZero() || len(l.pace.Ramp) == 0 {
		return n
	}
	y, m, d := l.since.In(l.loc).Date()
	age := int(l.day.Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	if age >= 0 && age < len(l.pace.Ramp) && (n == 0 || l.pace.Ramp[age] < n) {
		return l.pace.Ramp[age]
	}
	return n
}

// fail keeps a violation until the end: an edit of the number takes it back.
func (l *lane) fail(s *start, format string, args ...any) {
	if len(l.found) == page {
		return
	}
	v := s.where
	v.Detail = fmt.Sprintf(format, args...)
	l.found = append(l.found, v)
}
