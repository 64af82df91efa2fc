// Package simulation plays days and years of campaigns in seconds, on the real
// engine, and looks for a broken promise.
//
// A world has one to three processes on one store, two to four numbers, a few
// campaigns whose people overlap, operators who pause, resume, cancel, reopen,
// add, edit, decide and stop everything, and a gateway. Everything in it, time
// included, is decided by one seed: [Run] of one seed and one [Config] always
// gives the same history, so a seed that has failed once fails again.
//
// Each process is a whole campaign.Engine whose Step is called on a clock of
// its own, which can be off by up to a second and is set forwards and
// backwards. Between the engine and its plugs stand wrappers that fail before
// or after a call has taken effect, lose the answer, let the process freeze
// for minutes, or let it die: between two calls, before a commit, after it,
// and at every step of a send. [Point] lists the places. A process that dies
// is replaced by another one, with another name, after a while. Processes and
// commands take turns at every call, so a send of one can meet the pause of
// another halfway.
//
// The gateway survives all of them. It performs sends, refuses them, answers
// wrongly, late or never, goes on when the caller hangs up, up to the bound
// that the protocol assumes, forgets its records, and reports what became of a
// message twice, in any order, or in another tenant's name. Its ledger is the
// truth that everything is held against, at every commit and every request:
// nobody gets a generation twice, nothing begins after a stop that has
// returned or outside its hours, a number keeps its rest and its caps, no
// message counts as sent that the gateway has not sent, and none that it has
// sent counts as anything else. A few times a day the whole store is compared
// with it.
//
// After some days the faults stop. Then every campaign has to come to its end.
//
//	r := simulation.Run(42, simulation.Config{})
//	if len(r.Violations) > 0 {
//		simulation.Run(42, simulation.Config{Log: os.Stderr}) // the same, told in full
//	}
//
// What is not simulated: the goroutines of Engine.Run (Step makes one send
// after the other; several processes interleave), the renewal of a phone's
// lock while a send lasts, and real time-outs.
package simulation
