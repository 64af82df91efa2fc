// Package campaign sends WhatsApp campaigns: an audience, up to five messages
// that take turns, a schedule, a pace for each number, and a ledger that never
// sends twice, loses nobody, stops when told and can say why something has not
// gone out yet.
//
// # The parts
//
// An Engine holds a Store, a Sender and Options. Engine.As binds a caller and
// is the only way to command: Create a Draft, Add people, Start, Pause,
// Resume, Cancel. Engine.Run sends in goroutines of its own until its context
// ends; Engine.Step does everything that is due now in the caller's goroutine
// and returns the next instant with work, for hosts with their own scheduler
// and for tests on a fake clock.
//
// What can be exchanged are interfaces of one to five methods, each with a
// default: Store, Sender, Locker, Rotation, Variables, schedule.Window,
// Observer. Package campaigntest has the suites that prove an implementation.
//
// # One message
//
// An instance is one WhatsApp number. When it is due, the ledger's take loads
// it with its campaign and the next recipients in one transaction, asks every
// gate (status, dates, window, holds, slot, pace, caps, opt-out, busy phone),
// lets the Rotation choose a message, renders it, and commits a row in flight
// before the first byte leaves. That row is claim, lease and guard at once:
// while it stands nobody else takes this recipient, this phone or this number.
// Then the phone's lock is taken, the Sender sends, its error is judged, and
// the outcome is settled in one more transaction.
//
// # What an error means
//
// A Sender marks an error as proof that nothing went out, and says whose fault it
// is: nobody's (NotSent), the person's (Refused, Later), the number's (Hold,
// SlowDown) or the campaign's (Stop). An error without a mark means that nobody knows: the
// recipient becomes unknown, the gateway is asked (Lookup), and nobody sends
// again unless an operator decides so (Service.Decide) or the campaign's
// standing order says at least once.
//
// # Another gateway
//
// A host with a gateway of its own brings a Sender, and gives what the gateway
// reports to Engine.Receive: receipts, late failures with whom to blame, and
// replies. Engine.FindInstance finds the number that a report names,
// contact.FromDigits reads who wrote, contact.Keywords what they want, and
// Service.OptOut keeps it. examples/receipts does all of it; evolution.Pool.Once
// makes the request. Whoever wraps a Sender or a Store by embedding its interface
// loses the further methods of what is inside: Lookup, Connector, Waker.
//
// # Time and chance
//
// Instants are arguments; Options.Now is the one clock. Days and hours belong
// to the zone of the campaign's schedule, America/Sao_Paulo by default. Random
// choices are keyed hashes of the campaign's seed, so they can be foretold and
// repeated.
package campaign
