// Package throughput measures the dispatcher as a whole: the engine with a real
// store on disk, the real client of the gateway over TCP, and a gateway that is
// a process of its own, answers at once and counts whom it was asked to write
// to.
//
// It has benchmarks only:
//
//	go test -run '^$' -bench . -benchtime 1x ./campaign/throughput
//
// Each one sends 100,000 messages with the whole ledger (attempts, results,
// counters, the event log) and fails if anybody was written to twice or not at
// all. It reports messages per second, the processor time of the program
// without the gateway's and, of PostgreSQL, that of the server, and the most
// memory that the program's heap took. Absolute figures are the machine's:
// compare those of one run.
//
// BenchmarkMillion imports, invites and lists a million people, or as many as
// CAMPAIGNS_MILLION says.
package throughput
