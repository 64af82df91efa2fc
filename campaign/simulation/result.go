package simulation

import (
	"fmt"
	"strings"
	"time"
)

// Result is what one seed came to.
type Result struct {
	Seed uint64
	// Trace is a hash of every decision and every outcome of the run: two runs
	// of one seed and one Config have the same.
	Trace   uint64
	Figures Figures
	// Violations are empty unless something is wrong. A run ends early after a
	// few of them, since one fault breaks many rules.
	Violations []Violation
}

// maxViolations is how many violations end a run.
const maxViolations = 8

// Violation is a promise that was not kept.
type Violation struct {
	// Rule names the promise: "I1" to "I16" as package audit has them, or
	// "harness" when the simulation itself could not go on.
	Rule string
	// At is the simulated instant at which it was noticed.
	At time.Time
	// What tells the facts.
	What string
}

// String is one line.
func (v Violation) String() string {
	return fmt.Sprintf("%s %s: %s", v.At.Format("2006-01-02 15:04:05.000"), v.Rule, v.What)
}

// Point is a place in the walk of a message at which a process can die, or
// lose an answer, K1 to K14 in the order of the protocol.
type Point int

// The crash points.
const (
	BeforeTake    Point = 1 + iota // K1: the take was not asked for
	InTake                         // K2: in its transaction, before the commit
	TakeLost                       // K3: committed, and the answer was lost
	AfterTake                      // K4: nothing done yet with what was taken
	LockLost                       // K5: the lock was given, and the answer was lost
	AfterLock                      // K6
	Connected                      // K7: the gateway's connection is there, nothing written
	HeadersOut                     // K8: a part of the request was written
	BodyOut                        // K9: all of it was written
	ExecutedFirst                  // K10: the message is out, the answer is not in
	AnswerIn                       // K11: the answer is in, the settlement is not
	SettleLost                     // K12: settled, and the answer was lost
	BeforeUnlock                   // K13: settled, the phone's lock is still held
	InSweep                        // K14: before, in or after a sweep
	Elsewhere                      // any other call: commands, inquiries, reports, seals
	points
)

// String is "K1" to "K14", or "elsewhere".
func (p Point) String() string {
	if p == Elsewhere {
		return "elsewhere"
	}
	return fmt.Sprintf("K%d", int(p))
}

// Points lists K1 to K14.
func Points() []Point {
	var ps []Point
	for p := BeforeTake; p <= InSweep; p++ {
		ps = append(ps, p)
	}
	return ps
}

// Figures count what happened in one run, or in many; see Add.
type Figures struct {
	// Simulated is the time that passed in the world, Chaos the part of it in
	// which things went wrong.
	Simulated, Chaos time.Duration
	// Events counts what happened, Steps the calls of Engine.Step.
	Events, Steps int64
	// Sends counts the requests that reached the gateway, Performed those that
	// it carried out, Late the part of these that came after the caller had
	// hung up.
	Sends, Performed, Late int64
	// Crashes counts processes that died, Hits the times each crash point was
	// reached (crashes and, at K3, K5 and K12, lost answers too), Faults the
	// calls that failed, LostAnswers those of them that had taken effect, and
	// Freezes the processes that stood still for a while.
	Crashes, Faults, LostAnswers, Freezes int64
	Hits                                  [points]int64
	// Commands counts the commands that succeeded, Pauses the pauses, cancels
	// and stops among them that returned with their proof.
	Commands, Pauses int64
	// Reports counts the gateway's reports that were stored.
	Reports int64
	// Accepted counts the attempts that ended as sent, FalseSent those of them
	// that the gateway's own ledger contradicts. FalseSent is a violation.
	Accepted, FalseSent int64
	// Unknown counts the attempts whose outcome was lost, UnknownOut the part of
	// them that had gone out or did so later, Reconciled those that were proven
	// sent by the gateway's record or report, Testified those that their own
	// process still settled, and Decided those that an operator or a standing
	// order ended.
	Unknown, UnknownOut, Reconciled, Testified, Decided int64
	// Restrictions counts how often a number was restricted, Refused the messages
	// that were not delivered because of it, and Returned the people who came back.
	Restrictions, Refused, Returned int64
	// Completed counts the campaigns that ended complete, Checks the times the
	// whole store was compared with the gateway's ledger.
	Completed, Checks int64
}

// Add adds the figures of another run.
func (f *Figures) Add(g Figures) {
	f.Simulated += g.Simulated
	f.Chaos += g.Chaos
	for _, c := range []struct{ to, of *int64 }{
		{&f.Events, &g.Events}, {&f.Steps, &g.Steps}, {&f.Sends, &g.Sends}, {&f.Performed, &g.Performed},
		{&f.Late, &g.Late}, {&f.Crashes, &g.Crashes}, {&f.Faults, &g.Faults}, {&f.LostAnswers, &g.LostAnswers},
		{&f.Freezes, &g.Freezes}, {&f.Commands, &g.Commands}, {&f.Pauses, &g.Pauses}, {&f.Reports, &g.Reports},
		{&f.Accepted, &g.Accepted}, {&f.FalseSent, &g.FalseSent}, {&f.Unknown, &g.Unknown},
		{&f.UnknownOut, &g.UnknownOut},
		{&f.Reconciled, &g.Reconciled}, {&f.Testified, &g.Testified}, {&f.Decided, &g.Decided},
		{&f.Restrictions, &g.Restrictions}, {&f.Refused, &g.Refused}, {&f.Returned, &g.Returned},
		{&f.Completed, &g.Completed}, {&f.Checks, &g.Checks},
	} {
		*c.to += *c.of
	}
	for i := range f.Hits {
		f.Hits[i] += g.Hits[i]
	}
}

// Missed lists the crash points that were never reached.
func (f *Figures) Missed() (ps []Point) {
	for _, p := range Points() {
		if f.Hits[p] == 0 {
			ps = append(ps, p)
		}
	}
	return ps
}

// UnknownRate is the share of the sends that were unknown at some time, from 0
// to 1. It counts the attempts that a crash has cut off before their request.
func (f *Figures) UnknownRate() float64 { return share(f.Unknown, f.Sends) }

// ReconciledRate is the share of the unknown messages that had gone out which
// the gateway's own word has proven. It is bounded by what gateways keep: some
// worlds have one that keeps no records.
func (f *Figures) ReconciledRate() float64 { return share(f.Reconciled, f.UnknownOut) }

func share(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// String is a few lines for people, without the violations.
func (f *Figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "simulated   %.1f days, %.1f of them with faults; %d steps\n", days(f.Simulated), days(f.Chaos), f.Steps)
	fmt.Fprintf(&b, "sends       %d, of which the gateway performed %d, %d after the caller had gone\n", f.Sends, f.Performed, f.Late)
	fmt.Fprintf(&b, "faults      %d crashes, %d failed calls (%d had taken effect), %d freezes\n", f.Crashes, f.Faults, f.LostAnswers, f.Freezes)
	b.WriteString("points     ")
	for _, p := range Points() {
		fmt.Fprintf(&b, " %s:%d", p, f.Hits[p])
	}
	fmt.Fprintf(&b, " %s:%d\n", Elsewhere, f.Hits[Elsewhere])
	fmt.Fprintf(&b, "commands    %d, of which %d proven stops; %d reports\n", f.Commands, f.Pauses, f.Reports)
	fmt.Fprintf(&b, "outcomes    %d sent, %d of them falsely; %d campaigns completed\n", f.Accepted, f.FalseSent, f.Completed)
	fmt.Fprintf(&b, "restricted  %d times, %d messages refused; %d people came back\n", f.Restrictions, f.Refused, f.Returned)
	fmt.Fprintf(&b, "unknown     %d (%.2f %% of the sends), of which %d had gone out: %d reconciled (%.0f %%), %d settled late; %d decided\n",
		f.Unknown, 100*f.UnknownRate(), f.UnknownOut, f.Reconciled, 100*f.ReconciledRate(), f.Testified, f.Decided)
	return b.String()
}

func days(d time.Duration) float64 { return d.Hours() / 24 }
