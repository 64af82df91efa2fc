package simulation

import (
	"fmt"
	"time"

	"github.com/alreasense/campaigns/campaign"
)

// process is one run of a daemon: a real engine with a clock of its own, on
// plugs that fail.
type process struct {
	s      *sim
	place  int
	name   string
	engine *campaign.Engine
	offset time.Duration
	dead   bool
	// stopped tells that StopAll has returned and ResumeAll was not called.
	stopped bool

	loop     *task
	resting  bool
	restSeq  uint64
	steppedT time.Time // the true time at which the step that runs read its clock
	// carrying is the attempt whose send is under way, or was last.
	carrying *flight
}

// secret keys the opt-outs of every simulation.
var secret = []byte("simulation")

// now is what the clock of the process shows.
func (p *process) now() time.Time { return p.s.now.Add(p.offset) }

// boot starts a process at a place after d, in the stead of whatever was there.
func (s *sim) boot(place int, d time.Duration) {
	s.names++
	p := &process{s: s, place: place, name: fmt.Sprintf("daemon-%d.%d", place+1, s.names)}
	p.offset = s.skewed()
	e, err := campaign.New(&ledger{p: p, in: s.store}, s.cfg.sender(&carrier{p: p}), &campaign.Options{
		Now: p.now, Daemon: p.name, Secret: secret, Slots: s.nature.Slots, NewAttemptID: s.newID,
		Locker: s.cfg.locker(&locker{p: p}),
	})
	if err != nil {
		s.violate("harness", "an engine cannot be made: %v", err)
		return
	}
	p.engine = e
	s.after(d, func() {
		s.processes[place] = p
		s.note(1, uint64(place))
		s.logf("%s starts", p.name)
		p.loop = s.spawn(p, 0, p.live)
	})
}

// skewed draws how far a clock is from the truth.
func (s *sim) skewed() time.Duration {
	if s.nature.Skew == 0 {
		return 0
	}
	return s.upTo(2*s.nature.Skew) - s.nature.Skew
}

// live is the loop of a process: step, rest until there is work, step again.
func (p *process) live(t *task) {
	s := p.s
	spins := 0
	for {
		p.steppedT = s.now
		before := s.trace
		next, err := p.engine.Step(background)
		s.figures.Steps++
		rest := s.nature.Idle
		if s.calm {
			rest = max(rest, 10*time.Minute) // nothing unforeseen happens any more
		}
		switch {
		case err != nil:
			rest = s.within(50*time.Millisecond, 3*time.Second)
		case !next.IsZero():
			rest = min(next.Sub(p.now()), rest)
		}
		// Even an engine that claims to have work at once lets some time pass,
		// and more of it while nothing comes of the work.
		if rest > 0 || s.trace != before {
			spins = 0
		} else if spins++; spins > maxSpins {
			s.violate("I15", "%s has claimed work at once %d times, and done nothing", p.name, spins)
		}
		p.rest(t, max(rest, s.upTo(5*time.Millisecond)+time.Duration(1+min(spins, 50))*time.Millisecond))
	}
}

// maxSpins is how often in a row an engine may claim work and do none.
const maxSpins = 1000

// rest sleeps until d has passed or something rouses the process.
func (p *process) rest(t *task, d time.Duration) {
	p.restSeq++
	seq := p.restSeq
	p.resting = true
	p.s.after(d, func() {
		if p.resting && p.restSeq == seq {
			p.resting = false
			t.resume()
		}
	})
	t.park()
}

// rouse lets a resting process step at once, as a command in it does.
func (p *process) rouse() {
	if p.resting && !p.dead {
		p.resting = false
		p.s.after(0, p.loop.resume)
	}
}

// die ends the process here and now. Another one takes its place later.
func (p *process) die(at Point) {
	s := p.s
	if !p.dead {
		p.dead = true
		s.figures.Crashes++
		s.figures.Hits[at]++
		s.note(2, uint64(p.place), uint64(at))
		s.logf("%s dies at %s", p.name, at)
		s.boot(p.place, s.within(10*time.Millisecond, 8*time.Minute))
		if p.resting { // its loop ends at once, not at its next instant
			p.resting = false
			s.after(0, p.loop.resume)
		}
	}
	panic(death{})
}

// alive lists the processes that can be given a command.
func (s *sim) alive() (ps []*process) {
	for _, p := range s.processes {
		if p != nil && !p.dead {
			ps = append(ps, p)
		}
	}
	return ps
}

// drift sets clocks again from time to time, forwards or backwards.
func (s *sim) drift() {
	if s.nature.Skew == 0 {
		return
	}
	s.after(s.within(time.Minute, 6*time.Hour), func() {
		if ps := s.alive(); len(ps) > 0 && !s.calm {
			p := pick(s, ps...)
			p.offset = s.skewed()
			s.note(3, uint64(p.offset))
			s.logf("the clock of %s is %v off", p.name, p.offset)
		}
		s.drift()
	})
}
