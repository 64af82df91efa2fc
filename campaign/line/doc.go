// Package line looks after the lines to the gateways: the numbers' pairing,
// their state, and what the gateways report of them.
//
// An [Office] has three parts, which share what they know of the numbers.
//
// The [Receiver] is the address that gateways report to. What they report is
// stored before they get their answer, deliveries and replies go into the
// ledger, opt-outs hold at once, and a lost connection holds the number.
//
// The [Keeper] makes that happen: it registers the address at every gateway
// and again when somebody has changed it, asks for the state of numbers that
// it has heard nothing of, and repairs the states of messages whose reports
// were lost. It says for each number whether its gateway can call back.
//
// The [Desk] is what people do with a number: make it, pair it, restart it,
// disconnect it, remove it, send a test through it.
//
// # The address
//
// Each number has an address of its own, [Prefix] followed by its id and a
// secret, and a header with another secret. Both are derived from one key, so
// nothing has to be stored and every process of an installation knows them.
// Gateways that can send no headers (version 1.8) get an address that needs
// none. Whoever has neither learns nothing and changes nothing.
package line
