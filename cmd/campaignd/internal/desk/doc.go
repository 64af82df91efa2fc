// Package desk is the command line of whoever runs campaigns: its commands
// speak to the API and to nothing else, so a rule that holds for a client of
// the API holds here, and every refusal is the API's own.
//
// While a daemon runs they reach it through the door in its data directory;
// otherwise the same API is served by the command itself, over a pipe, for as
// long as the command lasts.
package desk
