// Package optout is what stands around the words that people leave with: the
// words that a tenant adds to them, and the messages that look like a wish to
// leave and were not taken as one.
//
// A [Book] keeps both in a store of documents. It gives package line the words
// that a message is read with, and is told by it of messages that are in doubt:
// "vou sair agora", "chega", "não quero". A person reads those through a [Desk]
// and takes each as an opt-out, with the message as evidence, or dismisses it.
//
// What somebody wrote is sealed, is bounded in length, in number and in time
// (Kept), goes with the person (Book.Forget, for campaign.Options.Forget), and
// never stands in a log or an event.
package optout
