package schedule

import "time"

// Window says when sending is allowed.
//
// Three laws hold for every implementation, where "never" (the zero Time)
// counts as later than any instant; package scheduletest checks them:
//
//	Next(t) is not before t
//	Next(Next(t)) = Next(t)
//	t ≤ u implies Next(t) ≤ Next(u)
//
// A Window is pure and safe for concurrent use.
type Window interface {
	// Next returns the first instant, not before t, at which sending is
	// allowed: t itself when the window is open at t, the zero Time when it
	// never opens again. The result has t's location.
	Next(t time.Time) time.Time
}
