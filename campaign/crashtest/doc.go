// Package crashtest kills the engine at every point of a send and looks at
// what is left. It holds tests only.
//
// A send passes these points, and may die at each:
//
//	K1   before the take
//	K2   in the take, before its COMMIT
//	K3   the take's COMMIT is done, its answer is lost
//	K4   after the take
//	K5   the phone's lock is taken, its answer is lost
//	K6   after the lock
//	K7   a connection is there, nothing is written
//	K8   the headers are written
//	K9   the body is written
//	K10  the gateway has carried it out, no answer yet
//	K11  the answer is here, nothing is settled
//	K12  the settlement's COMMIT is done, its answer is lost
//	K13  after the settlement, before the unlock
//	K14  in the sweep of the next process
//
// TestCrashAtEveryPoint walks a real engine, with the real client of the
// gateway, to each of them, on every store, and says what stands in the rows
// right after the restart, after the sweep, and when every inquiry has been
// made. TestLostAnswers is the same for a process that survives the loss.
//
// TestTorturePausesAreLinearizable and TestTortureNothingStartsAfterAStop hold pause, cancel
// and the stop of everything to their word, while many send at once.
//
// TestARestrictedNumberAndDaemonsThatDie lets WhatsApp restrict a number of two
// daemons on a PostgreSQL, and kills whoever tries it;
// TestAStopOfEverythingHoldsForBothDaemonsAndTheirFollowers stops one of two.
//
// TestCrashOfDaemons kills real processes: the daemon at random instants, the
// gateway's emulator now and then. The emulator's ledger is the judge.
//
// CAMPAIGNS_TORTURE in the environment makes the random tests long: thousands of
// kills, of histories and of pauses, as `make torture` asks for.
package crashtest
