// Package sqlite is the store for one machine: one file, no server, no cgo.
//
//	store, err := sqlite.Open(ctx, "/var/lib/campaigns/campaigns.db", nil)
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// # One process
//
// [Open] takes an exclusive lock, a file beside the database whose name ends
// in ".lock", and keeps it until Close or the end of the process. A second
// process gets [ErrLocked]. So whoever holds a Store knows that every attempt
// in flight that another process took was abandoned, and sweeps it at once.
// Several engines of one process may share a Store. For several machines there
// is a store on PostgreSQL.
//
// [Options].ReadOnly takes no lock: a check or a report may read the database
// beside the process that works on it.
//
// # Durability
//
// The database is in WAL mode with synchronous=FULL: when a method has
// returned without an error, its rows survive a power cut. NORMAL would lose
// the last takes, and a take that is lost after its message has gone out is a
// message sent twice; so it cannot be switched on. Each call of the ledger is
// one transaction and one fsync, however many messages it covers: callers
// group. An error of a call that wraps [ErrCommit] leaves open whether its rows
// are in; all others leave nothing behind.
//
// # What the schema guards
//
// Keys, checks and triggers hold what must never break even if the program
// errs: no recipient, slot or phone taken twice, no accepted message without
// evidence, one evidence for one attempt, a cursor that only moves forward, a
// log that only grows. What violates them is rolled back as a whole and wraps
// campaign.ErrConflict.
//
// # Reads
//
// Readers see one snapshot for a whole View and never wait for the writer, nor
// does it wait for them; but while a View is open, the write-ahead log beside
// the database cannot be cut back and grows. Keep Views short.
package sqlite
