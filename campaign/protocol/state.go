package protocol

// The bounds of a world. A Config may use less.
const (
	maxCampaigns   = 2
	maxPeople      = 3
	maxAttempts    = 3 // of one recipient that still matter at the same time
	maxGenerations = 3
)

// status is where a campaign stands. Scheduled is left out: the ledger does
// not tell it from a draft.
type status uint8

const (
	draft status = iota
	active
	paused
	completed
	cancelled
)

func (s status) terminal() bool { return s == completed || s == cancelled }

// row is what a recipient's own row says. It is written when the recipient is
// settled; until then its state follows from where it stands.
type row uint8

const (
	unsettled row = iota
	rowSent
	rowFailed
	rowMarked // failed by an operator's word
	rowSkipped
)

// evidence is what a sent row rests on.
type evidence uint8

const (
	noEvidence evidence = iota
	byRecord            // an id: the gateway's answer, or its record
	byOperator
	byForeignID // an id that belongs to another message
)

// phase is what the ledger says of an attempt.
type phase uint8

const (
	noAttempt phase = iota
	flying
	lost
	closedUnsent
	closedAccepted
	closedMarked
	closedResend
	unwritten // a send without a row: only where the model is weakened
)

func (p phase) open() bool { return p == flying || p == lost }

// clock is how much of an attempt's time has passed.
type clock uint8

const (
	inTime clock = iota // before StartBy
	late                // past StartBy, in quarantine
	safe                // past the end of the quarantine
)

// carrier is what the process that took an attempt knows in its memory. A
// process that is killed knows nothing.
type carrier uint8

const (
	gone       carrier = iota
	ready              // may begin
	awaits             // has begun and waits for the answer
	saysLate           // it did not begin
	saysUnsent         // proof that nothing went out
	saysRefused
	saysAccepted
	saysForeign // accepted, with the id of another message
	saysUnknown
	saysBare // a 2xx without an id: only where the model is weakened
)

func (c carrier) ruled() bool { return c >= saysLate }

// gateway is the truth about a send, which nobody sees.
type gateway uint8

const (
	notBegun gateway = iota
	pending          // it has the request and may carry it out
	performed
	performedTwice // only where the model is weakened
	never          // it has given up
)

func (g gateway) sends() uint8 {
	switch g {
	case performed:
		return 1
	case performedTwice:
		return 2
	}
	return 0
}

// attempt is one try: its row, its process and its truth.
type attempt struct {
	phase    phase
	gen, try uint8
	number   uint8
	held     bool
	clock    clock
	carrier  carrier
	gateway  gateway
}

// camp is a campaign's row, its cursor and its tally.
type camp struct {
	status status
	// stopping: a pause or cancel is committed and has not returned yet.
	stopping bool
	// seen: a take has read that the campaign is active. Only where the model
	// is weakened.
	seen                           bool
	total, cursor                  uint8
	sent, failed, skipped, unknown uint8
}

// person is a recipient of one campaign.
type person struct {
	row      row
	gen      uint8 // of the own row, from 1
	evidence evidence
	// waits: there is a waiting row, with its generation and tries.
	waits            bool
	waitGen, waitTry uint8
	// What nobody in the system keeps, for the invariants alone.
	unsent  uint8 // tries of this generation that were proven unsent
	orders  uint8 // generations that the standing order has opened
	proof   bool  // a proof came in after an operator had said "not sent"
	done    [maxGenerations]uint8
	attempt [maxAttempts]attempt
}

// state is a whole world. It is comparable and holds no pointers.
type state struct {
	camp [maxCampaigns]camp
	who  [maxPeople]person
	out  uint8 // bit p: phone p has opted out
	ids  uint8 // bit n: the ledger holds an id that number n was given
}

// open returns the open attempt of a recipient, -1 if there is none.
func (p *person) open() int {
	for i := range p.attempt {
		if p.attempt[i].phase.open() {
			return i
		}
	}
	return -1
}

// free returns a place for a new attempt, -1 if all are in use.
func (p *person) free() int {
	for i := range p.attempt {
		if p.attempt[i].phase == noAttempt {
			return i
		}
	}
	return -1
}

// repeating reports whether a process still repeats a settlement that is in.
func (p *person) repeating() bool {
	for i := range p.attempt {
		if a := &p.attempt[i]; a.carrier.ruled() && !a.phase.open() {
			return true
		}
	}
	return false
}

// current is the generation that a recipient is in.
func (p *person) current() uint8 {
	if i := p.open(); i >= 0 {
		return p.attempt[i].gen
	}
	if p.waits {
		return p.waitGen
	}
	return p.gen
}

// sends counts how often the gateway has performed a send of a generation.
func (p *person) sends(gen uint8) uint8 {
	n := p.done[gen-1]
	for i := range p.attempt {
		if p.attempt[i].gen == gen {
			n += p.attempt[i].gateway.sends()
		}
	}
	return n
}

// tidy forgets what can make no difference any more, and puts the attempts of
// each recipient in one order: worlds that differ in nothing else are one
// state. It runs after the invariants were asked. What is as it was in prev,
// which is tidy, needs nothing.
func (m *model) tidy(s, prev *state) {
	for i := range m.people {
		c := m.people[i].campaign
		if s.who[i] == prev.who[i] && s.camp[c].status == prev.camp[c].status {
			continue
		}
		p := &s.who[i]
		for k := range p.attempt {
			m.forget(p, &p.attempt[k])
		}
		for k := range p.attempt {
			for l := k; l > 0 && p.attempt[l].rank() > p.attempt[l-1].rank(); l-- {
				p.attempt[l], p.attempt[l-1] = p.attempt[l-1], p.attempt[l]
			}
		}
		m.freeze(p, s.camp[c].status)
	}
}

// forget drops from an attempt what nobody can act on: a request that was
// given up and that nobody waits for, a word that would change nothing, and
// in the end an attempt that is closed, whose process has nothing to say,
// whose request is over, and about which no proof can come.
func (m *model) forget(p *person, a *attempt) {
	if a.phase == noAttempt {
		return
	}
	if !m.plain {
		if a.gateway == never && a.carrier != awaits {
			a.gateway = notBegun
		}
		if m.mute(a) {
			a.carrier = gone
		}
		if a.phase == lost && a.clock == inTime && a.carrier != ready {
			a.clock = late // a lost row is never asked for its StartBy
		}
	}
	if a.phase.open() || a.gateway == pending || a.carrier == ready {
		return
	}
	a.clock = safe
	if a.carrier != gone {
		return
	}
	a.try, a.number = 0, 0
	if a.gateway.sends() > 0 && a.disputed() {
		return
	}
	p.done[a.gen-1] = min(3, p.done[a.gen-1]+a.gateway.sends())
	*a = attempt{}
}

// disputed tells that an attempt was closed by an operator's word or by an
// order, so that a proof still counts.
func (a *attempt) disputed() bool { return a.phase == closedMarked || a.phase == closedResend }

// mute reports whether the process of an attempt can say nothing more that
// would change a row: see apply.
func (m *model) mute(a *attempt) bool {
	if m.weak(SettleByRecipient) || m.weak(ClientRepeats) {
		return false
	}
	heard := a.phase.open() || a.disputed()
	switch a.carrier {
	case awaits:
		// Of one that did not go out there is nothing to prove.
		return !heard && a.gateway != pending || a.disputed() && a.gateway.sends() == 0 && a.gateway != pending
	case saysUnknown, saysForeign:
		return a.phase != flying
	case saysAccepted:
		return !heard
	case saysLate, saysUnsent, saysRefused:
		return !a.phase.open()
	}
	return false
}

// freeze forgets how a recipient came to where it is, once nothing about it
// can change: no attempt matters any more, and it is settled or its campaign
// is cancelled for good.
func (m *model) freeze(p *person, st status) {
	if p.attempt != [maxAttempts]attempt{} || m.plain || m.weak(CursorMovesBack) || m.weak(TakeIgnoresStatus) {
		return
	}
	switch {
	case p.row == unsettled && st == cancelled:
		*p = person{gen: 1, waits: p.waits, waitGen: uint8(bit(p.waits))}
	case p.row == unsettled || p.waits:
	case p.row == rowSent:
		*p = person{row: rowSent, gen: 1, evidence: byRecord, done: [maxGenerations]uint8{1}}
	default:
		*p = person{row: p.row, gen: 1}
	}
}

// rank orders attempts; those of one rank are equal.
func (a *attempt) rank() uint32 {
	if a.phase == noAttempt {
		return 0
	}
	return uint32(a.phase)<<28 | uint32(a.gen)<<24 | uint32(a.try)<<20 | uint32(a.number)<<16 |
		bit(a.held)<<12 | uint32(a.clock)<<8 | uint32(a.carrier)<<4 | uint32(a.gateway)
}

func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
