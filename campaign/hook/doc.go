// Package hook tells a tenant's own systems what happens: webhooks, signed as
// the Standard Webhooks specification says (standardwebhooks.com).
//
//	hooks, err := hook.New(engine, store.Documents(), secret, &hook.Options{Guard: guard})
//	go hooks.Run(ctx)
//
//	desk := hooks.As(campaign.Caller{Tenant: "shop", Author: "ana", Role: campaign.Admin})
//	endpoint, secret, err := desk.Add(ctx, hook.Settings{
//		URL: "https://shop.example/hooks", Types: []string{"campaign.*", "recipient.responded"},
//	})
//
// # What is sent
//
// Each event of the tenant's log that an endpoint wants is one POST:
//
//	webhook-id: evt_hwz2k7dqsmpa_81023
//	webhook-timestamp: 1772456400
//	webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=
//
//	{"type":"recipient.sent","timestamp":"2026-03-02T13:00:00Z","data":{"id":81023,"campaign":12,"contact":345,…}}
//
// The signature is the base64 of an HMAC-SHA256 over "id.timestamp.body", under
// the bytes that stand in base64 behind the secret's "whsec_"; see [Sign]. Data
// holds what an event holds: ids, codes and numbers, and no phone and no text.
//
// # The log is the outbox
//
// Events are written in the transaction that made them true, and an endpoint is
// a cursor in that log, which is moved after the delivery. So nothing is lost
// when a process dies, and a delivery whose answer was lost is made again: at
// least once, under the same webhook-id, by which the receiver knows a repeat.
// Up to Options.Parallel are under way to one endpoint at a time, so they may
// arrive out of order; data.id rises with the order in which things happened.
//
// # What fails
//
// Any answer but 2xx is a failure. The event is sent again after 5 s, 15 s, 45 s
// and so on up to 6 h, each 20 % more or less, and a Retry-After is heeded. While
// an endpoint fails altogether it is probed with one event at a time. One that
// has accepted nothing for Options.Patience is disabled, and one that answers 410
// is at once; the log says why, and when somebody enables it again it goes on
// where it stood. An endpoint that takes all events but one loses that one after
// the same time, which the log says too.
//
// # Addresses
//
// A tenant may name any address, so every connection is made by a [Guard], no
// redirect is followed, and of an answer the status counts alone.
//
// # Several processes
//
// One process of a store delivers, under a lease that it renews; another one
// takes over when it ends. A process that was frozen longer than its lease can
// deliver once more what the next one has delivered.
package hook
