// Package campaigntest has what tests of campaigns need: suites that check an
// implementation of an interface of package campaign, and a kit to run an
// engine on fake time.
//
// The suites are tables of rules. Each rule runs as a subtest on a fresh
// implementation, and when it breaks it prints why it must hold:
//
//	func TestStore(t *testing.T) {
//		campaigntest.Store(t, func(t *testing.T) campaign.Store { return open(t) })
//	}
//
// [Store] checks a campaign.Store, and [StoreCase] also one that survives its
// process; [Contacts] a contact.Store; [Locker] and [LockerCase] a
// campaign.Locker; [Sender] a campaign.Sender.
//
// The kit is a [Clock] that stands until it is set, a [Recorder] that is a
// sender and keeps what it was given, and [Play], which runs an engine from
// instant to instant up to an end, so that weeks pass in milliseconds. An engine
// that runs in a bubble of testing/synctest works too, and takes tens of times
// longer than Play.
//
// It is imported by tests only.
package campaigntest
