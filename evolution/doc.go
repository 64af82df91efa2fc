// Package evolution speaks to Evolution API, the gateway between HTTP and
// WhatsApp: it sends, pairs numbers, asks for states, searches what was sent
// and reads what the gateway reports. A Client is the campaign.Sender,
// campaign.Connector and campaign.Lookup of an engine:
//
//	gateway := evolution.New(evolution.Server{URL: "https://gateway.example", Key: key})
//	engine, err := campaign.New(store, gateway, nil)
//
// NewRouter serves many gateways: it asks for the Server of each route.
//
// # One send, at most once
//
// The gateway has no idempotency key. It answers 201 before WhatsApp has the
// message, it can answer 400 after the message has gone, and it goes on when
// its caller hangs up. So Send makes exactly one request or none, and says
// which:
//
//   - The connection itself stops a send whose latest start has passed, right
//     before the first byte, by the wall clock and by the monotonic one.
//   - What failed before that byte is proven unsent: campaign.NotSent.
//   - Afterwards, only answers on a short list are proofs (a refused key, a
//     number that WhatsApp does not know, exceptions that versions 2.3.6 and
//     2.3.7 throw before they touch the socket). They are campaign.Hold, campaign.Refused
//     or campaign.SlowDown, with a reason.
//   - Any 2xx with a message id is accepted.
//   - Everything else bears no mark: unknown. Ask Find later; nobody sends again.
//
// A send is never repeated, redirected or moved to another connection, by this
// package or by the libraries below it. The other calls are repeated twice, if
// they only read or if no byte of them has left.
//
// # Dialects
//
// Server.Profile tells versions 2.3.6 and 2.3.7, whose sources have been read, from
// other versions 2 and from 1.8. What an answer proves is bound to that:
//
//	2.3.6        exceptions of the look-up are proofs that nothing went out
//	2.3.7        the same; a 201 without a body went out, under an id to be found
//	2.4.0        no 500 proves anything; a send bears the attempt's own message id,
//	             by which a lost one is found
//	others of 2  the conservative set: no 500 proves anything
//	1.8          likewise, and other bodies
//
// Client.Version and ProfileOf find it out; docs/gateways.md has the whole table.
//
// # Webhooks
//
// ParseWebhook turns a delivery into an Event. A person's number comes from
// remoteJid, or from remoteJidAlt where the chat is anonymous (LID), in the
// canonical spelling of package contact. Delivery states are matched by keyId
// alone.
//
// # Secrets
//
// Secret does not print. Errors hold neither keys nor texts nor whole numbers,
// and an Event logs its name only.
package evolution
