package campaign

// Rotation chooses a message for a recipient. It is called inside the take, so
// the counts are exact; it must be pure: the same arguments, the same choice.
type Rotation interface {
	// Pick returns the index in ms of the message to send. ms holds the
	// messages that are on, in the order of the draft, at least one.
	Pick(ms []Message, c Choice) int
}

// Choice is what a Rotation may base its choice on.
type Choice struct {
	// Used tells, for each message of ms, how often it was chosen so far, less
	// the choices that were taken back because nothing was sent. It includes
	// what is in flight.
	Used []int64
	// Recipient is who gets the message.
	Recipient Recipient
	// Seed is the campaign's.
	Seed uint64
}
