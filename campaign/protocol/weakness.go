package protocol

// Weakness names one rule of the protocol that a world does without. Each one
// is a mistake that somebody could make, or has made elsewhere; the tests
// prove that the model notices each.
type Weakness uint8

// The weaknesses, in the order of the protocol's steps.
const (
	Sound Weakness = iota

	// The take.
	TakeIgnoresStatus
	StatusReadEarly
	PhoneUnguarded
	PhoneGuardedPerCampaign
	QuarantineUnguarded
	OptOutUnchecked
	OptOutCheckedAheadOnly
	WaitingRowKept
	CursorMovesBack
	SendBeforeRow

	// The send.
	NoStartBy
	ClientRepeats
	RestartAdoptsRows

	// The judgement.
	TimeoutIsUnsent
	BareAnswerIsSent
	ForeignIDAccepted

	// The settlement.
	SettleByRecipient
	UnsentUncounted
	UnknownIsFailed
	OthersTestify
	EndedCampaignWaits
	DropForgetsGeneration

	// The sweep.
	SweptIsPending
	SweepBeforeStartBy
	SweepFreesPhone
	QuarantineFromTake

	// The inquiry.
	NotFoundResends
	NotFoundFails
	AnyRecordIsProof
	LateProofIgnored
	LateProofOverwrites

	// The operator and the standing order.
	DecideBeforeQuarantine
	ResendSameGeneration
	ResendInEnded
	MarkedUnsentWaits
	OrderBeforeQuarantine
	OrderInEnded
	OrderRepeats

	// The commands.
	PauseWithoutWait
	PauseRecalls
	CancelClosesUnknown
	StartIgnoresNumbers
	CompleteIgnoresWaiting
	CompleteIgnoresFlying
	AddToCompleted
	ReopenForgets

	weaknessEnd
)

var weaknesses = [weaknessEnd]struct{ name, says string }{
	Sound: {"sound", "every rule holds"},

	TakeIgnoresStatus:       {"take ignores status", "the take does not read the campaign's status"},
	StatusReadEarly:         {"status read early", "the take reads the status before it has the tenant's lock"},
	PhoneUnguarded:          {"phone unguarded", "the take does not ask who holds the phone"},
	PhoneGuardedPerCampaign: {"phone guarded per campaign", "the phone is unique in each campaign only"},
	QuarantineUnguarded:     {"quarantine unguarded", "only a flying row holds its phone, a lost one does not"},
	OptOutUnchecked:         {"opt-out unchecked", "the take does not ask who has opted out"},
	OptOutCheckedAheadOnly:  {"opt-out checked ahead only", "the take asks for the audience ahead, not for those who wait"},
	WaitingRowKept:          {"waiting row kept", "the take leaves the waiting row behind"},
	CursorMovesBack:         {"cursor moves back", "a retry moves the cursor back instead of writing a waiting row"},
	SendBeforeRow:           {"send before row", "the row is written after the send"},

	NoStartBy:         {"no StartBy", "the sender does not look at StartBy"},
	ClientRepeats:     {"client repeats", "the HTTP client sends the POST again when the connection breaks"},
	RestartAdoptsRows: {"restart adopts rows", "a restarted process carries on with the rows of the dead one"},

	TimeoutIsUnsent:   {"time-out is unsent", "a time-out counts as proof that nothing went out"},
	BareAnswerIsSent:  {"bare answer is sent", "a 2xx without an id counts as sent"},
	ForeignIDAccepted: {"foreign id accepted", "an id that another attempt holds is evidence again"},

	SettleByRecipient:     {"settle by recipient", "a settlement names the recipient, not the attempt"},
	UnsentUncounted:       {"unsent uncounted", "a definite failure uses no try"},
	UnknownIsFailed:       {"unknown is failed", "a lost outcome fails the recipient"},
	OthersTestify:         {"others testify", "a process says of a row that it did not take that its send did not begin"},
	EndedCampaignWaits:    {"ended campaign waits", "not sent puts the recipient of a completed campaign among the waiting"},
	DropForgetsGeneration: {"drop forgets generation", "not sent in a cancelled campaign leaves the generation unwritten"},

	SweptIsPending:     {"swept is pending", "the sweep puts an abandoned send among the waiting"},
	SweepBeforeStartBy: {"sweep before StartBy", "the sweep gives up a row whose process lives and may still begin"},
	SweepFreesPhone:    {"sweep frees phone", "the sweep frees the phone at once"},
	QuarantineFromTake: {"quarantine from take", "the quarantine counts from the take, not from the latest start"},

	NotFoundResends:     {"not found resends", "a look-up that finds nothing puts the recipient among the waiting"},
	NotFoundFails:       {"not found fails", "when the look-ups run out, the recipient fails"},
	AnyRecordIsProof:    {"any record is proof", "a record counts whatever its time"},
	LateProofIgnored:    {"late proof ignored", "a proof after mark not sent changes nothing"},
	LateProofOverwrites: {"late proof overwrites", "a proof makes the recipient sent although its resend has been taken"},

	DecideBeforeQuarantine: {"decide before quarantine", "an operator may decide while the gateway can still send"},
	ResendSameGeneration:   {"resend same generation", "a resend opens no new generation"},
	ResendInEnded:          {"resend in ended", "an operator may order a resend in a completed campaign"},
	MarkedUnsentWaits:      {"marked unsent waits", "mark not sent puts the recipient among the waiting"},
	OrderBeforeQuarantine:  {"order before quarantine", "the standing order acts while the gateway can still send"},
	OrderInEnded:           {"order in ended", "completion does not wait for the standing order, which acts afterwards"},
	OrderRepeats:           {"order repeats", "the standing order acts on every generation"},

	PauseWithoutWait:       {"pause without wait", "a pause returns when it is committed"},
	PauseRecalls:           {"pause recalls", "a pause puts what is in flight among the waiting"},
	CancelClosesUnknown:    {"cancel closes unknown", "a cancel drops what is unknown"},
	StartIgnoresNumbers:    {"start ignores numbers", "a start does not look whom its numbers serve"},
	CompleteIgnoresWaiting: {"complete ignores waiting", "completion looks at the cursor and not at the waiting"},
	CompleteIgnoresFlying:  {"complete ignores flying", "completion does not wait for what is in flight"},
	AddToCompleted:         {"add to completed", "people can be added to a completed campaign"},
	ReopenForgets:          {"reopen forgets", "reopening puts unknown recipients among the waiting"},
}

// Weaknesses lists them all, without Sound.
func Weaknesses() []Weakness {
	all := make([]Weakness, 0, weaknessEnd-1)
	for w := Sound + 1; w < weaknessEnd; w++ {
		all = append(all, w)
	}
	return all
}

// String is a short name, such as "phone unguarded".
func (w Weakness) String() string {
	if w >= weaknessEnd {
		return "no such weakness"
	}
	return weaknesses[w].name
}

// Says tells in a sentence what is done wrong.
func (w Weakness) Says() string {
	if w >= weaknessEnd {
		return ""
	}
	return weaknesses[w].says
}
