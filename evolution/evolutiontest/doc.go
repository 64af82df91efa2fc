// Package evolutiontest is an Evolution API server to test against: a
// gateway that speaks the wire of version 2.3.6 and remembers every message
// it was asked to send.
//
// A [Gateway] is an [http.Handler] without a listener. Mount it, create an
// instance, scan it, send:
//
//	g, err := evolutiontest.New(nil)
//	…
//	defer g.Close()
//	srv := httptest.NewServer(g)
//	defer srv.Close()
//	err = g.Open("vendas") // created, paired, open
//	… POST srv.URL/message/sendText/vendas with header apikey: evolutiontest.DefaultKey
//	g.SendsTo("5511900001234") // what really went out
//
// # The ledger
//
// A send counts as performed once its record is in the ledger: with
// [Options.Dir], once it is synced to the disk. Only then is it answered,
// announced and acknowledged, so a proof may kill this process, or the one
// that calls it, at any instant, and ask afterwards what went out:
// [Gateway.Sends] from within, [ReadLedger] from outside. Records carry a
// length and a checksum; a record torn by a kill is recognised and cut, and
// its message was not performed. Requests leave a receipt of their own,
// answered or not: [Gateway.Requests], [ReadRequests].
//
// A gateway that is made again on the same directory knows its instances,
// webhooks, settings, cached numbers, messages and statuses. Undelivered
// webhooks and acknowledgements that were due are lost, as they are when the
// original is restarted. One gateway uses a directory at a time; on Unix a
// second is refused with [ErrInUse].
//
// # What can be relied on
//
// Checks come in the original's order: route, instance (404), free name
// (403), key (401), body (400), handler. An unknown instance is 404 even
// without a key. Errors have the original's shapes, of which there are many:
// a string, a list, a list in a list, a list with an object, no envelope at
// all. Every send makes a new message with a new id of 22 characters; the
// typing delay blocks the call; a caller who hangs up stops nothing.
// Webhooks have no order and are retried on the original's table.
//
// Waits are timers: shorten them with [Options.Scale], or run the gateway in
// a testing/synctest bubble with [Options.Transport] and ServeHTTP.
//
// # What goes wrong on request
//
// [Gateway.Inject] arms a [Fault] for matching sends. A [Kind] says in its
// comment what the caller sees, and [Kind.Performed] whether the message goes
// out all the same. [Gateway.Drop], [Gateway.Storm], [Gateway.Unload] and
// [Gateway.Receive] play the phone and the network. All of it is also
// available over HTTP, see [ControlPrefix].
//
// # What is not emulated
//
// Media is not fetched, groups have no members, chatwoot, proxies, queues
// and the global webhook of the environment are absent. Sends through one
// instance do not queue behind each other. Paths are case-sensitive. The
// other server, evolution-go, is not emulated, except for its 503
// LICENSE_REQUIRED.
package evolutiontest
