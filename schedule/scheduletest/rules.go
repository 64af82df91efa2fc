package scheduletest

// The names of the rules, as they are printed.
const (
	ruleNoPanic    = "no panic"
	ruleNotBefore  = "Next(t) is not before t"
	ruleTwice      = "Next(Next(t)) = Next(t)"
	ruleOrder      = "t ≤ u implies Next(t) ≤ Next(u)"
	ruleNever      = "never stays never"
	ruleLocation   = "the result has t's location"
	ruleZone       = "an instant counts, not how it is written"
	rulePure       = "the same instant gets the same answer"
	ruleConcurrent = "safe for concurrent use"
	ruleExplain    = "Closed agrees with Next"
)

type rule struct{ name, why string }

// rules are in the order in which they are reported: what breaks an earlier
// one often breaks later ones too.
var rules = []rule{
	{ruleNoPanic, "Next is called inside the transaction that takes the next message: a panic there stops every campaign."},
	{ruleNotBefore, "a window that answers with the past looks closed for ever: whoever waits until then wakes at once, and asks again without end."},
	{ruleTwice, "a campaign that waits for the instant it was given finds the window still shut, or a message goes out in a closed hour."},
	{ruleOrder, "asking later must not promise earlier: a campaign that asked first would sleep through hours in which another one sends, and forecasts would contradict one another."},
	{ruleNever, "the zero Time means never; an answer to it would let a schedule that has ended begin again."},
	{ruleLocation, "callers print the result and take its date: in another zone it shows another hour, and near midnight another day."},
	{ruleZone, "stores keep UTC and people see local time: the same instant must be open for both."},
	{rulePure, "the page that explains and the take that sends ask at different moments, and must not contradict each other. A window has the time as its argument and no state."},
	{ruleConcurrent, "one window serves the dispatcher and every request at the same time."},
	{ruleExplain, "people are told why nothing goes out: a reason while it does, or another opening hour than the real one, is worse than none."},
}
