package audit

// rules are the invariants that a Check judges, in a sentence each.
var rules = map[string]string{
	"I1":  "at most one send that may have gone out for each recipient and generation; a new generation only by order",
	"I2":  "nothing of a campaign is taken while it is not active",
	"I3":  "the books equal the rows, and everybody is in exactly one place",
	"I4":  "a phone is held by one send at a time, over all campaigns and tenants",
	"I5":  "an active campaign is served by its numbers, and nothing else is",
	"I6":  "every send can begin only while its campaign is open",
	"I7":  "the starts of a number keep its shortest rest and its caps",
	"I8":  "no row of one tenant is among those of another",
	"I9":  "the log is complete, in order and as it was sealed, and tells what the rows tell",
	"I10": "what is sent rests on evidence, and one record of the gateway on one attempt",
	"I11": "what the gateway carried out is not pending, failed or skipped",
	"I12": "a completed campaign has nobody pending or in flight",
	"I13": "nobody is taken who has opted out or was erased",
	"I14": "states and instants agree, and a message only moves forward",
	"I16": "retries are counted and bounded, and nobody fails twice",
}

// Rule says in a sentence what an invariant demands; empty for one that no
// Check judges.
func Rule(invariant string) string { return rules[invariant] }
