package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// carrier is the sender of a process: it keeps the contract of campaign.Sender
// and meets every fault of the table by which sends are judged.
type carrier struct{ p *process }

var (
	_ campaign.Sender = (*carrier)(nil)
	_ campaign.Lookup = (*carrier)(nil)
)

// errVague is an error without a mark: it may have gone out.
var errVague = errors.New("simulation: nobody knows whether it went out")

// Send implements campaign.Sender.
func (c *carrier) Send(_ context.Context, m campaign.Outgoing) (campaign.Accepted, error) {
	p := c.p
	if p.dead {
		panic(death{})
	}
	s := p.s
	f := s.witness.flights[m.Attempt]
	if f == nil {
		s.violate("I1", "attempt %s is sent and stands in no committed take", m.Attempt)
		return campaign.Accepted{}, errVague
	}
	p.carrying = f
	crash := Point(0)
	if !s.calm && s.chance(s.nature.Crash) {
		crash = pick(s, Connected, HeadersOut, BodyOut, ExecutedFirst)
	}
	if wait := s.connecting(); wait > 0 {
		s.cur.sleep(wait)
	}
	if crash == Connected {
		p.die(crash)
	}
	// The last look at both clocks and the first byte are one instant here.
	if p.now().After(m.StartBy) || s.now.Sub(f.clocked) > m.StartBy.Sub(f.takenAt) {
		return campaign.Accepted{}, campaign.ErrLate
	}
	if !s.calm && s.chance(s.nature.Trouble/8) {
		return campaign.Accepted{}, campaign.NotSent(errors.New("simulation: nobody listens"))
	}
	s.witness.begins(p, f)
	r := s.gateway.begin(f)
	began := p.now()
	switch crash {
	case HeadersOut:
		s.gateway.cut(r)
		p.die(crash)
	case BodyOut:
		s.gateway.fated(r, s.maybe(0.8, s.now.Add(s.within(time.Millisecond, lateBound))), s.now)
		p.die(crash)
	case ExecutedFirst:
		s.gateway.fated(r, s.now.Add(s.upTo(time.Second)), s.now)
		s.cur.sleep(r.at.Sub(s.now))
		p.die(crash)
	}
	if !s.calm && s.chance(s.nature.Trouble) {
		return c.troubled(r, began)
	}
	if refusedPhone(f.phone) {
		s.witness.spared(r)
		s.gateway.fated(r, time.Time{}, s.now)
		s.cur.sleep(s.upTo(200 * time.Millisecond))
		return campaign.Accepted{}, campaign.Refused(campaign.Because("not_on_whatsapp"), errors.New("simulation: exists:false"))
	}
	return c.accepted(r, began)
}

// connecting draws how long it takes to get a connection: usually nothing,
// sometimes longer than a send may wait.
func (s *sim) connecting() time.Duration {
	switch u := s.rng.Float64(); {
	case s.calm || u < 0.9:
		return 0
	case u < 0.99:
		return s.upTo(100 * time.Millisecond)
	}
	return s.upTo(4 * time.Second)
}

func (s *sim) maybe(p float64, t time.Time) time.Time {
	if s.chance(p) {
		return t
	}
	return time.Time{}
}

// accepted carries a request out and answers with its id.
func (c *carrier) accepted(r *request, began time.Time) (campaign.Accepted, error) {
	s := c.p.s
	latency := 5*time.Millisecond + s.within(0, 300*time.Millisecond)
	s.gateway.fated(r, s.now.Add(latency), s.now.Add(latency))
	// The message is out at this instant, before the answer is in.
	s.cur.sleep(latency)
	return campaign.Accepted{ProviderID: r.id, Address: string(r.f.phone), At: r.at.Truncate(time.Second), Began: began}, nil
}

// troubled meets one of the faults of a gateway.
func (c *carrier) troubled(r *request, began time.Time) (acc campaign.Accepted, err error) {
	s, g := c.p.s, c.p.s.gateway
	soon := s.now.Add(s.upTo(800 * time.Millisecond))
	none := time.Time{}
	wait := func(until time.Time) { s.cur.sleep(max(until.Sub(s.now), time.Microsecond)) }
	kind := s.rng.IntN(14)
	s.logf("%s: trouble %d for %s", c.p.name, kind, r.f.rec)
	s.note(8, uint64(kind))
	if kind <= 2 {
		s.witness.spared(r)
	}
	switch kind {
	case 0: // a wrong key, an unknown instance, a closed connection
		g.fated(r, none, soon)
		wait(soon)
		return acc, campaign.Hold(campaign.Because(campaign.CodeDisconnected), errors.New("simulation: Connection Closed"))
	case 1:
		g.fated(r, none, soon)
		wait(soon)
		return acc, campaign.SlowDown(s.upTo(time.Minute), errors.New("simulation: 429"))
	case 2:
		g.fated(r, none, soon)
		wait(soon)
		return acc, campaign.Refused(campaign.Because(campaign.CodeNotSent), errors.New("simulation: the shape of the request"))
	case 3, 4: // sent, and a 400 that says otherwise
		g.fated(r, soon, soon)
		wait(soon)
		return acc, errVague
	case 5, 6: // a 500 before anything went out, which cannot be told from the above
		g.fated(r, none, soon)
		wait(soon)
		return acc, errVague
	case 7: // out, and the answer never comes
		g.fated(r, soon, soon)
		wait(s.now.Add(sendTimeout))
		return acc, errVague
	case 8: // never out, and the answer never comes
		g.fated(r, none, s.now.Add(s.upTo(lateBound)))
		wait(s.now.Add(sendTimeout))
		return acc, errVague
	case 9, 10: // the caller hangs up, or is hung up on, and it goes out later
		end := s.now.Add(s.within(time.Millisecond, sendTimeout))
		at := s.now.Add(s.upTo(lateBound))
		if s.chance(0.2) {
			at = s.now.Add(lateBound)
		}
		g.fated(r, at, end)
		wait(end)
		return acc, errVague
	case 11: // a 2xx without an id
		g.fated(r, soon, soon)
		wait(soon)
		return campaign.Accepted{Began: began}, nil
	case 12: // a slow answer, long after the row was swept perhaps
		end := s.now.Add(s.within(time.Second, sendTimeout))
		g.fated(r, s.now.Add(s.upTo(end.Sub(s.now))), end)
		wait(end)
		return campaign.Accepted{ProviderID: r.id, At: r.at.Truncate(time.Second), Began: began}, nil
	default: // the id of another message; or the host's own code panics
		g.fated(r, soon, soon)
		wait(soon)
		id := g.borrowed(r.f.instance)
		if id == "" || s.chance(0.5) {
			panic("simulation: a bug in the sender")
		}
		return campaign.Accepted{ProviderID: id, Began: began}, nil
	}
}

// Find implements campaign.Lookup.
func (c *carrier) Find(_ context.Context, q campaign.Inquiry) ([]campaign.Record, error) {
	s := c.p.s
	if c.p.trip(siteFind) != fine {
		return nil, errDown
	}
	if !s.calm && s.chance(s.nature.LookupDown) {
		return nil, errors.New("simulation: the look-up fails")
	}
	s.cur.sleep(s.upTo(200 * time.Millisecond))
	return s.gateway.find(q), nil
}
