package protocol

// The scenes by short names.
const (
	lone    = "one recipient"
	number  = "one number for two campaigns"
	numbers = "two numbers for one campaign"
	order   = "a standing order"
	phone   = "one phone in two campaigns"
)

// goldenWeaknesses tells for each weakness in which scene it shows, which
// invariant breaks first, and how short the shortest way is. All figures are
// measured.
var goldenWeaknesses = []struct {
	weak   Weakness
	scene  string
	breaks Invariant
	steps  int
}{
	{TakeIgnoresStatus, lone, I2, 5},
	{StatusReadEarly, lone, I2, 6},
	{PhoneUnguarded, phone, I4, 4},
	{PhoneGuardedPerCampaign, phone, I4, 4},
	{QuarantineUnguarded, phone, I4, 7},
	{OptOutUnchecked, lone, I13, 3},
	{OptOutCheckedAheadOnly, lone, I13, 6},
	{WaitingRowKept, lone, I3, 5},
	{CursorMovesBack, lone, I11, 11},
	{SendBeforeRow, lone, I4, 3},
	{NoStartBy, lone, I2, 6},
	{ClientRepeats, lone, I1, 5},
	{RestartAdoptsRows, lone, I4, 8},
	{TimeoutIsUnsent, lone, I4, 6},
	{BareAnswerIsSent, lone, I10, 5},
	{ForeignIDAccepted, number, I10, 13},
	{SettleByRecipient, lone, I4, 7},
	{UnsentUncounted, lone, I16, 13},
	{UnknownIsFailed, lone, I11, 6},
	{OthersTestify, lone, I4, 4},
	{EndedCampaignWaits, lone, I12, 7},
	{DropForgetsGeneration, lone, I11, 12},
	{SweptIsPending, lone, I11, 6},
	{SweepBeforeStartBy, lone, I2, 6},
	{SweepFreesPhone, phone, I4, 7},
	{QuarantineFromTake, lone, I4, 8},
	{NotFoundResends, lone, I11, 7},
	{NotFoundFails, lone, I11, 7},
	{AnyRecordIsProof, lone, I10, 12},
	{LateProofIgnored, lone, I11, 9},
	{LateProofOverwrites, lone, I3, 10},
	{DecideBeforeQuarantine, lone, I4, 7},
	{ResendSameGeneration, lone, I11, 8},
	{ResendInEnded, lone, I12, 7},
	{MarkedUnsentWaits, lone, I11, 8},
	{OrderBeforeQuarantine, order, I4, 7},
	{OrderInEnded, order, I12, 7},
	{OrderRepeats, order, I1, 11},
	{PauseWithoutWait, lone, I2, 5},
	{PauseRecalls, lone, I4, 5},
	{CancelClosesUnknown, lone, I11, 7},
	{StartIgnoresNumbers, number, I5, 2},
	{CompleteIgnoresWaiting, lone, I12, 5},
	{CompleteIgnoresFlying, lone, I12, 3},
	{AddToCompleted, numbers, I12, 6},
	{ReopenForgets, lone, I4, 8},
}
