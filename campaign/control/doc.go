// Package control is the REST surface of an engine: an http.Handler that a
// daemon serves, or any Go service mounts under a prefix of its own.
//
//	api, err := control.New(engine, control.Config{
//		Authenticate: func(r *http.Request) (campaign.Caller, error) {
//			who := staff[control.Bearer(r)]
//			if who == nil {
//				return campaign.Caller{}, control.ErrNoCaller
//			}
//			return campaign.Caller{Tenant: who.Shop, Author: who.Login, Role: campaign.Operator}, nil
//		},
//	})
//	mux.Handle("/marketing/", http.StripPrefix("/marketing", api))
//
// It holds no rule. Who calls is told by the host; what the caller may do, and
// what becomes of it, is decided by the engine's front door (Engine.As), and
// each handler is a translation: JSON to a call, its result or its error back.
//
// # What every route has in common
//
//   - Paths work with and without the slash at the end.
//   - Every error is application/problem+json (RFC 9457) with a code for
//     programs and words in the language of Accept-Language, Portuguese or
//     English; all faults of a request are named at once.
//   - Lists are {count, next, previous, results}. Short lists go by page and
//     page_size; long ones (people, log) by the cursor in next, and their count
//     is null where it is not known without counting.
//   - Fields that nobody knows are refused. Those that are read-only may be sent
//     back and change nothing.
//   - What can be edited has an ETag; an If-Match that names an older one is
//     412 and changes nothing.
//   - A POST with an Idempotency-Key is carried out once: its repeat gets the
//     stored answer.
//   - Whoever asks more often than Config.Rates allow is answered 429 with a
//     Retry-After, and nothing is done.
//   - Every answer has an X-Request-Id, the caller's own or a new one.
//
// The document of all routes is openapi.json in this directory, served at
// /api/openapi.json.
package control
