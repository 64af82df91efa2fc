// Package modeltest plays random operations and faults on a store, with the
// real engine on it, and holds what the store says against a model that knows
// only what a person outside knows: which commands were given and answered, and
// what the gateway has carried out.
//
// The model has one number for each recipient, how many messages were ordered
// for it (one, and one more for each resend), and one for each phone, whether it
// has opted out. From these follow the promises: nobody gets more than was
// ordered, nothing begins in a campaign that is not active or to somebody who
// has opted out, a state that tells of a message has one, the counters are the
// rows, a settled state never goes back, and in the end nobody is left over.
package modeltest
