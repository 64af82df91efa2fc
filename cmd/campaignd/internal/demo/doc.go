// Package demo plays a whole campaign on one machine: people from a CSV file,
// three messages that take turns, three numbers with a pace, the ledger in a
// SQLite file, and an emulated gateway that is reached over HTTP and reports
// deliveries by webhook. Nothing leaves the machine.
//
// Live runs it in real time. What it keeps lies in one directory:
//
//	demo.db        the campaign: audience, attempts, states, events
//	gateway/       the gateway's own ledger, written by the emulator alone
//	intake.json    what was read of the contacts and what was refused
//	suppression.key
//
// A run that was killed goes on from there: Live on the same directory takes
// the campaign up where it stands, asks the gateway after the sends that were
// under way, and never sends a second time what may have gone out.
//
// Forward runs a schedule of days on a clock that jumps from one instant with
// work to the next, in memory, and prints each day as it happened.
//
// Both end in a proof: the gateway's ledger, which our own code cannot touch,
// is compared with the audience. Every person has exactly one message, or is
// listed by name with the reason. ErrProof says that somebody is lost or got
// two.
package demo
