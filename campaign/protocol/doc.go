// Package protocol checks the protocol of the send, the one that package
// campaign implements, by visiting every state of a small world.
//
// A send cannot be undone, its gateway has no idempotency key, and its answer
// may be lost after the message has gone out. Tests of the real code try some
// thousand orders of events; the orders that hurt are rare ones, such as a
// process that wakes up after its row was swept while an operator decides.
// This package has a model of the protocol that is small enough to try them
// all. It imports nothing of the module: it is the rules written down a second
// time, as a table of actions, each with a guard and an effect.
//
//	res, err := protocol.Check(protocol.Scenes()[0])
//
// Check walks breadth first from a world in which nothing has happened. After
// each step it asks the invariants, which carry the numbers of the ledger's
// list (I1 to I16). When one is broken, Result.Trace is a shortest way there,
// in words. When none is and Result.Closed is true, none can be broken in that
// world by any order of events of any length.
//
// # The world
//
// One or two campaigns with up to three recipients, two numbers, two phones.
// An attempt is three things that know nothing of each other: the row in the
// ledger (flying, lost, closed), what the process that took it knows (it may
// begin, it waits, it has an outcome to settle, it is gone), and the truth at
// the gateway (not begun, pending, performed, given up).
//
// # The actions
//
//	start               commands: the numbers must be free
//	pause               commands: a pause is committed; it has not returned yet
//	cancel              commands: likewise
//	stop returns        commands: nothing in flight may begin any more
//	complete            commands: nobody ahead, waiting or in flight
//	reopen              commands: a completed campaign goes on
//	add                 commands: one more recipient
//	opt out             commands: a phone wants no messages
//	take                the take: every gate open, a row in flight is written
//	skip                the take: the recipient has opted out
//	phone busy          the take: the phone is held, the recipient waits
//	decline             the process: late, lock taken, stopped, COMMIT unanswered
//	begin               the process: before StartBy, the first byte leaves
//	dial fails          the process: no byte was written
//	answer: accepted    the process: a 201 with an id
//	answer: doubled id  the process: a 201 with the id of another message
//	answer: unsent      the process: a proof that nothing went out
//	answer: refused     the process: never to this person
//	answer: unreadable  the process: a time-out, a cut answer, anything else
//	settle              the process: one transaction, compare-and-set on the attempt
//	settle, answer lost the process: the same, and it will settle again
//	kill                the process: what it knows is lost, at any point
//	perform             the gateway: the message goes out, asked or not
//	give up             the gateway: it never will
//	StartBy passes      time
//	quarantine ends     time: no request is pending any more
//	sweep               the keeper: an abandoned row becomes unknown
//	release             the keeper: a phone is free after its quarantine
//	record found        the keeper: the gateway's record proves a send
//	standing order      the keeper: at least once
//	mark sent           the operator
//	mark not sent       the operator
//	resend              the operator: a new generation
//
// # What is left out, and why that is safe
//
// Time has no numbers. An attempt passes StartBy and the end of its quarantine
// in this order, each at any moment: every clock and every speed is among
// these. Three rules tie time to the rest. A send begins before StartBy only.
// A pause returns once each row of its campaign that is in flight is past
// StartBy, which is what waiting for D since the commit comes to. And a
// quarantine does not end while the gateway may still act, which is what the
// late bound L asserts; a gateway that breaks it breaks the protocol too.
//
// Processes have no names. Each attempt has a process of its own, and killing
// one that carries many attempts is killing these one by one, so any number of
// workers and of restarts is covered. A restarted process knows nothing.
// Heartbeats only decide when a row is swept: the model sweeps every row that
// is past StartBy, whether its process lives or not.
//
// The phone's lock outside the ledger is an answer that may be "taken" at any
// time. So the model holds with the lock lost, expired, flushed or given back
// to somebody who never had it: a rule of the lock, such as releasing it with
// one's own token only, keeps other systems out and guards nothing here. It
// belongs to the suite of lockers.
//
// Back-off, pace, caps, windows and rotation choose when and what is sent. The
// model takes whoever may be taken, at once or never. Webhooks concern sends
// that are accepted already, and only move them forward. Tenants, texts and
// erasure do not appear. A transaction is one step; what a store must do so
// that it is one, its own suite demands.
//
// Three things are bounded: retries, resends by order (the ledger lets an
// operator resend without end), and settlements whose answer was lost, of
// which each recipient has one at a time. Retries and resends repeat the same
// actions on the same rows; the larger scenes go one further and find nothing
// new.
//
// Recipients that are settled for good, requests that were given up, and words
// that would change nothing are forgotten (see tidy), and the attempts of a
// recipient have no order. A test visits a world with nothing forgotten and
// finds the same.
//
// # Weaknesses
//
// A check that cannot fail is worth nothing. Weakness lists mistakes, each
// the loss of one rule: the phone is freed by the sweep, a time-out counts as
// not sent, a pause does not wait. The tests prove that the model notices each
// and how few steps it takes. Two are missing on purpose: a lock given back
// without its token, for the reason above, and a proof that leaves an untaken
// resend in place, which sends a second message by order and so breaks no
// invariant of the list. Some are combinations of rare events, such as a
// doubled id or a proof that comes after an operator's word.
package protocol
