// Package postgres is the store for several machines: any number of processes
// on one PostgreSQL, without a leader.
//
//	pool, err := pgxpool.New(ctx, "postgres://…")
//	if err != nil {
//		return err
//	}
//	store, err := postgres.New(pool, nil)
//	if err != nil {
//		return err
//	}
//	if err := store.Migrate(ctx); err != nil {
//		return err
//	}
//
// The store lives in an SQL schema of its own, "campaigns" unless Options say
// otherwise, beside whatever else the database holds, and changes no setting
// outside its transactions.
//
// # Who waits for whom
//
// A command (Update) holds its tenant alone; what the ledger does holds the
// tenants that it touches together. So a pause that has been committed stands
// before every later take. A take never waits for a command: it passes its
// tenant over, and serves the others. A settlement does wait. Whoever works on
// the recipients of a campaign holds the campaign's row of progress, so that
// two daemons on one campaign take turns; a take that has waited in vain for
// such a row, because its holder is frozen, goes around it. The server ends a
// transaction of the ledger that its daemon has left idle.
//
// Transactions that lose to another one (a deadlock, a lock that took too
// long), or whose connection breaks before the COMMIT, are run again from the
// beginning, with fresh Rows. An Update is run once.
//
// # Durability
//
// When a method has returned without an error, its rows are on the server's
// disk: commits wait for it even where the database's default is
// synchronous_commit=off. An error that wraps [ErrCommit] leaves open whether
// the rows are in; all others leave nothing behind. A failover to a standby
// that had not received everything takes the database back to an earlier
// state, as a restored backup does.
//
// # What the schema guards
//
// Keys, checks and triggers hold what must never break even if the program
// errs: no recipient, slot or phone taken twice, no accepted message without
// evidence, one evidence for one attempt, a cursor that only moves forward, a
// log that only grows. What violates them is rolled back as a whole and wraps
// campaign.ErrConflict. After such an error of a Writer the rest of its Update
// fails too.
//
// A phone that two daemons take in the same instant is the one clash that is
// no fault: the later of the two is told, and puts its recipient among the
// waiting.
//
// # Order of events
//
// The Seq of events is one sequence for the store. Within a tenant events
// become visible in the order of their Seq, so a reader that continues after
// the last one it has seen misses none; between tenants they may not.
package postgres
