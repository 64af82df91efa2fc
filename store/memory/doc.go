// Package memory keeps campaigns in the memory of one process.
//
// It is a whole implementation of [campaign.Store] and of [contact.Store], not
// a mock: it keeps every rule that the stores on disk keep, passes the same
// suite (package campaigntest), and is made for tests, trials and programs
// whose campaigns may end with the process. What it returns without an error
// is as durable as the process: it survives nothing else, and a program that
// is started again does not know what it has sent. Whoever sends to real
// people wants a store on disk.
//
// One lock guards all rows but the contacts. Writers wait for each other and
// readers for writers, so the functions that are given to View, Update and the
// methods of the ledger must not call the store again; they may call what
// Contacts has returned, which has a lock of its own. A Take therefore waits
// for a running Update where another store would pass the tenant over.
//
// A transaction that fails, by an error, a panic or a broken rule, is undone
// row by row. What a take costs depends on what it takes, not on how many
// campaigns, instances or recipients there are.
package memory
