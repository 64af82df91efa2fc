package simulation

import (
	"errors"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

var (
	errDown = errors.New("simulation: the service does not answer")
	errLost = errors.New("simulation: done, and the answer was lost")
)

// mode is what happens to one call of a plug.
type mode int

const (
	fine mode = iota
	failsBefore
	failsAfter
	diesBefore
	diesInside
	diesAfter
)

// site is a call of a plug, and which crash point it stands for before, inside
// and after. lost is the point of an answer that did not arrive.
type site struct {
	name                        string
	before, inside, after, lost Point
	// reads tells that the call changes nothing, so that inside and after are
	// like before.
	reads bool
	// idle tells that most of these calls find nothing to do, so that they fail
	// and die less often, and the calls of sends more often than others.
	idle bool
}

var (
	siteTake    = &site{name: "take", idle: true, before: BeforeTake, inside: InTake, after: AfterTake, lost: TakeLost}
	siteSettle  = &site{name: "settle", before: AnswerIn, inside: AnswerIn, after: BeforeUnlock, lost: SettleLost}
	siteInquiry = &site{name: "settle an inquiry", before: Elsewhere, inside: Elsewhere, after: Elsewhere, lost: Elsewhere}
	siteSweep   = &site{name: "sweep", idle: true, before: InSweep, inside: InSweep, after: InSweep, lost: InSweep}
	siteAgenda  = &site{name: "agenda", before: Elsewhere, reads: true, idle: true}
	siteBeat    = &site{name: "beat", idle: true, before: Elsewhere, inside: Elsewhere, after: Elsewhere, lost: Elsewhere}
	siteStash   = &site{name: "stash", before: Elsewhere, inside: Elsewhere, after: Elsewhere, lost: Elsewhere}
	siteAbsorb  = &site{name: "absorb", before: Elsewhere, inside: Elsewhere, after: Elsewhere, lost: Elsewhere}
	siteUpdate  = &site{name: "update", before: Elsewhere, inside: Elsewhere, after: Elsewhere, lost: Elsewhere}
	siteView    = &site{name: "view", before: Elsewhere, reads: true, idle: true}
	siteTenants = &site{name: "tenants", before: Elsewhere, reads: true, idle: true}
	siteLock    = &site{name: "lock", before: AfterTake, inside: AfterTake, after: AfterLock, lost: LockLost}
	siteUnlock  = &site{name: "unlock", before: BeforeUnlock, inside: Elsewhere, after: Elsewhere, lost: Elsewhere}
	siteFind    = &site{name: "find", before: Elsewhere, reads: true}
)

// trip is asked at the begin of every call. It lets time pass, and draws what
// happens to the call; a process that dies before it does not return.
func (p *process) trip(x *site) mode {
	s := p.s
	if p.dead {
		panic(death{}) // somebody has caught the panic of its death
	}
	if s.rng.Uint64()&7 == 0 {
		s.cur.sleep(s.within(0, 30*time.Millisecond))
	}
	if s.calm {
		return fine
	}
	n := &s.nature
	u := s.rng.Float64()
	if x.idle {
		u *= 20
	}
	switch {
	case u < n.Crash:
		m := pick(s, diesBefore, diesInside, diesAfter)
		if m == diesBefore || x.reads {
			p.die(x.before)
		}
		return m
	case u < n.Crash+n.Fault:
		m := pick(s, failsBefore, failsAfter)
		if x.reads {
			m = failsBefore
		}
		if m == failsBefore {
			s.figures.Faults++
			s.note(4)
			s.logf("%s: %s fails", p.name, x.name)
		}
		return m
	case u < n.Crash+n.Fault+n.Freeze:
		s.figures.Freezes++
		d := s.within(time.Second, 20*time.Minute)
		s.logf("%s freezes for %v before %s", p.name, d, x.name)
		s.cur.sleep(d)
	}
	return fine
}

// inside is called where a call has done its work and has not committed it.
func (p *process) inside(x *site, m mode) {
	if m == diesInside {
		p.die(x.inside)
	}
}

// answer is what the caller gets to see of a call that took effect if err is
// nil.
func (p *process) answer(x *site, m mode, err error) error {
	s := p.s
	if err != nil {
		return err
	}
	switch m {
	case diesInside, diesAfter: // inside: a transaction that called nothing back
		p.die(x.after)
	case failsAfter:
		s.figures.Faults++
		s.figures.LostAnswers++
		s.figures.Hits[x.lost]++
		s.note(5)
		s.logf("%s: the answer of %s is lost", p.name, x.name)
		return errLost
	}
	return nil
}

// ledger is the store as a process sees it.
type ledger struct {
	p  *process
	in campaign.Store
}

var _ campaign.Store = (*ledger)(nil)
