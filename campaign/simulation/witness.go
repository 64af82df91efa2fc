package simulation

import (
	"slices"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
)

// witness sees every commit and every request, and holds them against each
// other and against the promises. What it knows it has from what was committed
// and from the gateway's ledger, never from what an engine believes.
type witness struct {
	s       *sim
	flights map[campaign.AttemptID]*flight
	people  map[campaign.RecipientID]*person
	// phones are the rows that hold a phone.
	phones    map[contact.Phone]*flight
	campaigns map[campaign.ID]*known
	numbers   map[campaign.InstanceID]campaign.Instance
	optedOut  map[campaign.SuppressionKey]bool
	// last is the latest request of a number that may have gone out.
	last  map[campaign.InstanceID]*request
	caps  map[capKey]int
	open  map[windowKey]schedule.Window
	books map[campaign.Tenant]*log
}

// known is a campaign as it was saved last.
type known struct {
	campaign campaign.Campaign
	// halted tells that a pause or a cancel has returned with its proof, and
	// that nobody has resumed the campaign since.
	halted bool
}

// flight is an attempt whose take was committed.
type flight struct {
	id              campaign.AttemptID
	tenant          campaign.Tenant
	rec             campaign.RecipientID
	generation, try int
	instance        campaign.InstanceID
	route           campaign.Route
	phone           contact.Phone
	text            string
	takenAt         time.Time
	quarantine      time.Time
	gap             time.Duration
	// clocked is the true time at which the process read takenAt.
	clocked         time.Time
	perHour, perDay int
	spec            schedule.Spec
	window          schedule.Window
	phase           campaign.Phase // empty once it is closed
	unknown         bool           // it was lost at some time
	request         *request
}

// person is a recipient.
type person struct {
	generation, unsent int
	open               *flight
	accepted           int // the generation that was accepted last
	state              campaign.State
	why                campaign.Code
	requests           []*request
}

type capKey struct {
	of campaign.InstanceID
	at int64 // the begin of the hour, or minus the begin of the day
}

func newWitness(s *sim) *witness {
	return &witness{s: s,
		flights:   make(map[campaign.AttemptID]*flight),
		people:    make(map[campaign.RecipientID]*person),
		phones:    make(map[contact.Phone]*flight),
		campaigns: make(map[campaign.ID]*known),
		numbers:   make(map[campaign.InstanceID]campaign.Instance),
		optedOut:  make(map[campaign.SuppressionKey]bool),
		last:      make(map[campaign.InstanceID]*request),
		caps:      make(map[capKey]int),
		open:      make(map[windowKey]schedule.Window),
		books:     make(map[campaign.Tenant]*log),
	}
}

func (w *witness) person(id campaign.RecipientID) *person {
	p := w.people[id]
	if p == nil {
		p = &person{generation: 1}
		w.people[id] = p
	}
	return p
}

// took sees a take.
func (w *witness) took(p *process, q campaign.TakeQuery, r *campaign.Rows) {
	s := w.s
	for _, a := range r.Begin {
		job, num := r.Jobs[a.Recipient.Campaign], r.Numbers[a.Instance]
		f := &flight{id: a.ID, tenant: a.Tenant, rec: a.Recipient, generation: a.Generation, try: a.Try,
			instance: a.Instance, route: a.Route, phone: a.Phone, text: a.Text, gap: a.Gap,
			takenAt: a.TakenAt, quarantine: a.Quarantine, clocked: p.steppedT,
			phase: campaign.Flying, spec: job.Campaign.Schedule, window: w.windowOf(job),
			perHour: lesser(job.Campaign.Pace.PerHour, num.Instance.Pace.PerHour),
			perDay:  lesser(job.Campaign.Pace.PerDay, num.Instance.Pace.PerDay)}
		s.note(9, uint64(f.rec.Campaign), uint64(f.rec.Position), uint64(f.instance))
		s.logf("%s takes %s for number %d (generation %d, try %d, attempt %s)", p.name, f.rec, f.instance, f.generation, f.try, f.id)
		w.mayTake(q, f)
		w.flights[f.id] = f
		w.people[f.rec].open = f
		w.phones[f.phone] = f
		w.log(f.tenant).taken++
		if !eventOf(r, a.ID) {
			s.violate("I9", "the take of %s has no event", f.rec)
		}
	}
	w.committed(p, r)
}

// mayTake checks a new row in flight against everything that was committed.
func (w *witness) mayTake(q campaign.TakeQuery, f *flight) {
	s, who := w.s, w.person(f.rec)
	c := w.campaigns[f.rec.Campaign]
	switch {
	case c == nil || c.campaign.Status != campaign.Active:
		s.violate("I2", "%s was taken although its campaign is not active", f.rec)
	case w.flights[f.id] != nil:
		s.violate("I1", "attempt %s was used before", f.id)
	case who.open != nil:
		s.violate("I1", "%s was taken while attempt %s is open", f.rec, who.open.id)
	case who.accepted >= f.generation:
		s.violate("I1", "%s was taken in generation %d, which was sent", f.rec, f.generation)
	case who.generation != f.generation:
		s.violate("I1", "%s was taken in generation %d and orders have led to %d", f.rec, f.generation, who.generation)
	case f.try != who.unsent+1:
		s.violate("I16", "%s is on try %d after %d proven unsent", f.rec, f.try, who.unsent)
	case f.try > retriesOf(c.campaign)+1:
		s.violate("I16", "%s is on try %d of %d", f.rec, f.try, retriesOf(c.campaign)+1)
	case w.phones[f.phone] != nil:
		s.violate("I4", "%s was taken while attempt %s holds its phone", f.rec, w.phones[f.phone].id)
	case q.Keys != nil && slices.ContainsFunc(q.Keys(f.tenant, f.phone), func(k campaign.SuppressionKey) bool { return w.optedOut[k] }):
		s.violate("I13", "%s was taken after its opt-out", f.rec)
	case w.numbers[f.instance].Tenant != f.tenant:
		s.violate("I8", "%s of %q was taken for a number of %q", f.rec, f.tenant, w.numbers[f.instance].Tenant)
	}
}

func retriesOf(c campaign.Campaign) int {
	if c.Retries == nil {
		return campaign.DefaultRetries
	}
	return *c.Retries
}

// lesser joins two caps, of which zero is none.
func lesser(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func eventOf(r *campaign.Rows, id campaign.AttemptID) bool {
	for i := range r.Events {
		if r.Events[i].Attempt == id {
			return true
		}
	}
	return false
}

// saved sees a campaign's row.
func (w *witness) saved(t campaign.Tenant, c campaign.Campaign) {
	k := w.campaigns[c.ID]
	if k == nil {
		k = &known{}
		w.campaigns[c.ID] = k
		w.s.director.learn(t, c.ID)
	}
	if c.Status == campaign.Active {
		k.halted = false
	}
	if c.Status != k.campaign.Status {
		w.s.note(10, uint64(c.ID), uint64(len(c.Status)))
		w.s.logf("campaign %s becomes %s", c.ID, c.Status)
	}
	if c.Status == campaign.Completed && k.campaign.Status != campaign.Completed {
		w.s.figures.Completed++
		w.completed(t, c)
	}
	k.campaign = c
}

func (w *witness) deleted(id campaign.ID) {
	delete(w.campaigns, id)
	w.s.director.forget(id)
}

func (w *witness) numbered(i campaign.Instance) { w.numbers[i.ID] = i }

func (w *witness) suppressed(out bool, keys []campaign.SuppressionKey) {
	for _, k := range keys {
		if out {
			w.optedOut[k] = true
		} else {
			delete(w.optedOut, k)
		}
	}
}

// stopped sees that a pause or a cancel has returned with its proof.
func (w *witness) stopped(p *process, id campaign.ID, named []campaign.Flight) {
	k := w.campaigns[id]
	if k == nil {
		return
	}
	if st := k.campaign.Status; st != campaign.Paused && st != campaign.Cancelled {
		return // somebody has resumed it meanwhile
	}
	k.halted = true
	w.s.figures.Pauses++
	in := make(map[campaign.AttemptID]bool)
	for _, f := range named {
		in[f.Attempt] = true
	}
	for _, f := range w.phones {
		if f.rec.Campaign == id && f.phase == campaign.Flying && f.request != nil && !in[f.id] {
			w.s.violate("I2", "campaign %s was stopped by %s, and the answer does not name %s, which is in flight", id, p.name, f.rec)
		}
	}
}
