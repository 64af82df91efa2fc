// Package audit checks a store from outside: it reads every row and every
// event, and names each rule of the ledger that does not hold in them.
//
//	report, err := audit.Check(ctx, store, nil)
//	if err != nil {
//		return err // the store could not be read
//	}
//	for _, v := range report.Violations {
//		fmt.Println(v) // I3, campaign #12: the books count 40 sent and the rows 39
//	}
//
// It is the judge of simulations, crash tests and soaks, and the answer of
// campaignd check to an operator who asks whether the ledger can be believed.
// It uses readers only, so it works on any store, on one that is at rest as
// well as beside engines that send.
//
// # What is judged
//
// The rules bear the ids of the design, I1 to I16; [Rule] has a sentence for
// each. Three sources are held against each other:
//
//   - the rows: recipients, their open and ended attempts, the numbers;
//   - the books: the cursor and the counters of each campaign;
//   - the log: the events of each campaign, recipient and number, in the order
//     of their Seq, and the chain of seals over them.
//
// A fourth is asked where it is known: [Options].Performed, what the gateway
// has really sent. Without it a ledger can be consistent and still wrong.
//
// I15 cannot be seen afterwards: that work goes on shows only while it does. I2
// is judged by the takes in the log, and so is I13, for which the key of the
// opt-outs has to be known, [Options].Key. I17 is not judged at all.
//
// # Two hands
//
// Nothing here calls the rules of the engine. States, counters, generations,
// tries, hours and caps are worked out again from what the contracts say, so
// that an error in the rules shows as a disagreement. Only the encoding of a
// seal and the calendar of holidays are shared, which have tests of their own.
//
// # How it stays fast
//
// Nearly everybody's story is short: taken and sent, perhaps delivered and
// read. The log is read once, and each recipient's events are reduced to a hash; a second hash is foretold from the rows. Where the
// two agree nothing is left to ask. Everybody else, and whoever was unknown at
// any time, is followed event by event through a machine that knows which may
// follow which.
//
// Clocks only tell where to look. That two sends held one phone at the same
// time is decided by the order of the log, so that clocks which differ, and
// rows which change while the check runs, accuse nobody.
package audit
