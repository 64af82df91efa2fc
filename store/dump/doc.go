// Package dump is the neutral form of a store's rows: what a backup holds, and
// what travels when an installation moves from one kind of store to another.
//
// A [Source] gives the rows of one instant, table by table: a store does, and
// so does a file that was written of one. A store that is loaded takes them all
// or none. So a copy is a Source and a load, and a backup is the same with a
// file in between:
//
//	made, err := dump.WriteFile(ctx, "monday.dump", store.Dump(), header)
//	…
//	file, err := dump.OpenFile("monday.dump")
//	loaded, err := sqlite.Create(ctx, "campaigns.db", file, nil)
//
// # The rows
//
// [Tables] is the list of what a store keeps, in the order in which it can be
// written: whatever a row refers to comes before it. Rows have their columns by
// name, so a store that has learnt a new column since a file was written gives
// it its default. Rows come ordered by their keys, so the same rows always make
// the same bytes, and two stores are equal where the hashes of their tables are.
// Ids, attempts, events and seals are what they were; so are the numbers that
// were given to rows that no longer exist, since they are not given again.
// What is left out are the heartbeats of daemons.
//
// # The file
//
// Lines of JSON, compressed by gzip: a [Header]; then for each table its name
// and columns, its rows as arrays, their number and SHA-256; at the end the
// numbers given, and a SHA-256 of all lines before the last. Bytes of binary
// columns are in hexadecimal. A reader believes nothing before it has seen the
// end: a file that was cut or altered is [ErrDamaged], whatever was read before.
// So a load that commits after the end has loaded what was written.
package dump
