package simulation

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/store/memory"
)

// Run simulates one seed. It never fails otherwise than by violations in the
// result, and by the panic of a bug in this package; it asks no clock and
// leaves no goroutine behind.
func Run(seed uint64, cfg Config) Result {
	s := newSim(seed, cfg.full())
	defer s.end()
	if s.build() {
		s.chaos()
		s.heal()
	}
	s.figures.Simulated = s.now.Sub(s.begun)
	for _, f := range s.witness.flights {
		if f.unknown && f.request != nil && f.request.performed {
			s.figures.UnknownOut++
		}
	}
	return Result{Seed: seed, Trace: s.trace, Figures: s.figures, Violations: s.violations}
}

// sim is one run: the true time, what will happen, and everybody in it.
type sim struct {
	cfg    Config
	rng    *rand.Rand
	begun  time.Time
	now    time.Time
	agenda agenda
	seq    uint64
	cur    *task
	tasks  map[*task]struct{}
	// calm tells that the faults have stopped.
	calm bool

	nature    nature
	store     campaign.Store
	processes []*process // by place; a dead one stays until it is replaced
	gateway   *gateway
	locks     *lockService
	witness   *witness
	director  *director
	names     int
	ids       uint64

	trace      uint64
	figures    Figures
	violations []Violation
}

func newSim(seed uint64, cfg Config) *sim {
	s := &sim{cfg: cfg, rng: rand.New(rand.NewPCG(seed, 0x51b0_1a7e)), tasks: make(map[*task]struct{}), trace: seed}
	// Somewhere in 2026 or 2027, at any hour: weekends and holidays differ.
	s.begun = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(s.upTo(700 * 24 * time.Hour)).Truncate(time.Millisecond)
	s.now = s.begun
	s.nature = drawNature(s)
	s.witness = newWitness(s)
	s.gateway = newGateway(s)
	s.locks = newLockService(s)
	s.director = newDirector(s)
	return s
}

// build opens the store, starts the processes and makes the first campaigns.
func (s *sim) build() bool {
	open := s.cfg.Open
	if open == nil {
		open = func() (campaign.Store, error) { return memory.New(), nil }
	}
	var err error
	if s.store, err = open(); err != nil {
		s.violate("harness", "the store does not open: %v", err)
		return false
	}
	s.logf("world %+v", s.nature)
	for place := range s.nature.Processes {
		s.processes = append(s.processes, nil)
		s.boot(place, 0)
	}
	if err := s.director.settle(); err != nil {
		s.violate("harness", "the world cannot be built: %v", err)
		return false
	}
	return true
}

// chaos lets things go wrong for the days of the run.
func (s *sim) chaos() {
	end := s.begun.Add(time.Duration(s.cfg.Days) * 24 * time.Hour)
	s.director.start(end)
	s.gateway.start()
	s.gateway.restrict()
	s.drift()
	s.checkpoints()
	s.play(end, func() bool { return false })
	s.figures.Chaos = s.now.Sub(s.begun)
}

// checkpoints compares the whole store with the truth a few times a day.
func (s *sim) checkpoints() {
	s.after(4*time.Hour+s.upTo(8*time.Hour), func() {
		s.witness.inspect()
		s.checkpoints()
	})
}

// end stops every task that is left, so that nothing stays behind.
func (s *sim) end() {
	for _, p := range s.processes {
		if p != nil {
			p.dead = true
		}
	}
	for t := range s.tasks {
		t.stop()
	}
	if c, ok := s.store.(io.Closer); ok {
		c.Close()
	}
}

// upTo draws a duration below d, to the microsecond.
func (s *sim) upTo(d time.Duration) time.Duration {
	if d < time.Microsecond {
		return 0
	}
	return time.Duration(s.rng.Int64N(int64(d/time.Microsecond))) * time.Microsecond
}

// within draws a duration from lo to hi, short ones more often than long ones.
func (s *sim) within(lo, hi time.Duration) time.Duration {
	u := s.rng.Float64()
	return lo + time.Duration(u*u*u*float64(hi-lo)).Truncate(time.Microsecond)
}

func (s *sim) chance(p float64) bool { return p > 0 && s.rng.Float64() < p }

// newID makes the ids of attempts: unique, and without any pattern that a
// store could rely on.
func (s *sim) newID() (id campaign.AttemptID) {
	s.ids++
	a, b := scramble(s.ids), s.rng.Uint64()
	for i := range 8 {
		id[i], id[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	return id
}

// scramble is a bijection that leaves no pattern (the finalizer of splitmix64).
func scramble(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// note enters what happened into the trace.
func (s *sim) note(what uint64, more ...uint64) {
	h := scramble(s.trace ^ what ^ uint64(s.now.UnixNano())*0x9e3779b97f4a7c15)
	for _, m := range more {
		h = scramble(h ^ m)
	}
	s.trace = h
}

func (s *sim) logf(format string, args ...any) {
	if s.cfg.Log != nil {
		fmt.Fprintf(s.cfg.Log, "%s  %s\n", s.now.Format("02 15:04:05.000000"), fmt.Sprintf(format, args...))
	}
}

func (s *sim) violate(rule, format string, args ...any) {
	if len(s.violations) >= maxViolations {
		return
	}
	v := Violation{Rule: rule, At: s.now, What: fmt.Sprintf(format, args...)}
	s.violations = append(s.violations, v)
	s.logf("VIOLATION %s: %s", rule, v.What)
}

// background is the context of every call: what ends a call here is a fault or
// the death of its process.
var background = context.Background()
