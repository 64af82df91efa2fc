package simulation

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
)

// The protocol's constants, as Timing has them by default.
const (
	startDeadline = 2 * time.Second
	sendTimeout   = 90 * time.Second
	// lateBound is how long after its begin a request may still be carried
	// out. The quarantine ends 300 s after the latest start; two clocks that
	// are each off by up to a second may see that end 2 s too early.
	lateBound = 298 * time.Second
)

// request is a send that has reached the gateway. Its fate is decided when it
// begins; the processes never see it.
type request struct {
	f     *flight
	id    string // the message's id at WhatsApp
	begun time.Time
	// performs tells that the message goes out, at when.
	performs bool
	at       time.Time
	// done is the last instant at which it can still go out, as far as anybody
	// outside could know, and gone when its caller hears no more of it.
	done, gone time.Time
	// performed tells that it has gone out.
	performed bool
	// kept tells that the gateway has a record of it, for look-ups.
	kept bool
	// claimed tells that the ledger has closed an attempt with its id.
	claimed bool
	// delivered, read and failed are what the gateway has reported of it.
	delivered, read, failed bool
	// refused tells that WhatsApp does not deliver it, lied that it is reported as
	// refused although it is delivered, and personal that the report blames the
	// person.
	refused, lied, personal bool
	// before is the request of the number before this one.
	before *request
}

// gateway is the world outside: it survives every process, and its ledger is
// the truth.
type gateway struct {
	s      *sim
	byID   map[string]*request
	phones map[contact.Phone][]*request // by begin; old ones are forgotten
	taken  map[campaign.InstanceID][]*request
	outbox []campaign.Notice
	sent   []*request // all that was performed, in order
	// restricted are the numbers that WhatsApp delivers nothing of, and until when.
	restricted map[campaign.InstanceID]time.Time
}

func newGateway(s *sim) *gateway {
	return &gateway{s: s, byID: make(map[string]*request), phones: make(map[contact.Phone][]*request),
		taken: make(map[campaign.InstanceID][]*request), restricted: make(map[campaign.InstanceID]time.Time)}
}

// begin is the first byte of a request. The witness has checked it.
func (g *gateway) begin(f *flight) *request {
	s := g.s
	r := &request{f: f, begun: s.now, id: fmt.Sprintf("3EB0%012X", scramble(uint64(len(g.byID)+1))>>16)}
	for g.byID[r.id] != nil {
		r.id += "0"
	}
	r.kept = !s.chance(s.nature.Drop)
	g.byID[r.id] = r
	f.request = r
	s.witness.began(r)
	s.figures.Sends++
	s.note(6, uint64(f.rec.Campaign), uint64(f.rec.Position))
	return r
}

// fated says what becomes of a request: that it goes out at an instant, or,
// where that is zero, that it does not. The gateway lets go of it at gone.
func (g *gateway) fated(r *request, at, gone time.Time) {
	r.performs, r.at, r.done, r.gone = !at.IsZero(), at, gone, gone
	if r.performs {
		r.done = at
		g.s.at(at, func() { g.perform(r) })
	}
}

// cut is a request whose caller died before all of it was written.
func (g *gateway) cut(r *request) { r.performs, r.at, r.done = false, time.Time{}, g.s.now }

// perform puts the message on its way.
func (g *gateway) perform(r *request) {
	if !r.performs {
		return
	}
	s := g.s
	r.performed = true
	s.figures.Performed++
	if s.now.After(r.gone) {
		s.figures.Late++
	}
	s.note(7, uint64(r.f.rec.Campaign), uint64(r.f.rec.Position))
	s.logf("the gateway sends %s to %s (generation %d, attempt %s): %s", r.f.rec, r.f.phone, r.f.generation, r.f.id, r.id)
	s.witness.performed(r)
	if s.now.Before(g.restricted[r.f.instance]) {
		r.refused = true
		s.figures.Refused++
	}
	g.taken[r.f.instance] = append(g.taken[r.f.instance], r)
	g.sent = append(g.sent, r)
	if s.chance(s.nature.Reports) || s.calm && s.nature.Reports > 0 {
		g.report(r)
	}
}

// find returns the records of a number's messages to a phone.
func (g *gateway) find(q campaign.Inquiry) (found []campaign.Record) {
	for _, r := range g.phones[q.To] {
		at := r.at.Truncate(time.Second) // the gateway keeps whole seconds
		if r.performed && r.kept && r.f.route == q.Route && r.f.text == q.Text && !at.Before(q.From) && !at.After(q.Until) {
			found = append(found, campaign.Record{ProviderID: r.id, Address: string(q.To), At: at})
		}
	}
	return found
}

// borrowed returns the id of a message whose attempt is known to be closed: a
// gateway that answers with the id of another message. A ledger forgets the ids
// of a campaign that is deleted, and could not notice those.
func (g *gateway) borrowed(of campaign.InstanceID) (id string) {
	all := g.taken[of]
	for i := len(all) - 1; i >= 0 && i > len(all)-20; i-- {
		if all[i].claimed && g.s.witness.campaigns[all[i].f.rec.Campaign] != nil {
			return all[i].id
		}
	}
	return ""
}
