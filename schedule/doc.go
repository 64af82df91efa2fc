// Package schedule knows when sending is allowed.
//
// Two types share the work. A [Spec] is data: it is stored, travels as JSON
// and is typed by people. A [Window] acts: asked about an instant, it answers
// with the first instant, not before, at which sending is allowed.
//
//	spec, err := schedule.Parse("mon-fri 09:00-12:00 13:30-18:00, skip holidays")
//	…
//	w, err := spec.Window(holiday.Brazil)
//	…
//	next := w.Next(now)
//
// That one answer serves both questions: the window is open at now when next
// is now, and otherwise next is how long to wait. There is no second function
// that could disagree with it, and no clock inside: the time is an argument,
// so a test is a table of instants.
//
// # Windows
//
// [Hours] is a week of spans in a zone, with or without holidays, and what
// every built-in kind but immediate becomes. [Always] is open, [Between] has a
// first and a last instant, and [And] is open when two others are. [Open] and
// [OpenThrough] ask the yes-or-no question.
//
// All of them are an [Explainer] too, which tells why a window is closed: the
// holiday by name, the weekend, or the hour.
//
// A program adds windows of its own by their name; see [Kinds]. Package
// scheduletest holds a window against the contract.
//
// # Wall clocks
//
// Hours and dates belong to a place. A [Span] such as 09:00–18:00 has no
// meaning until a zone gives it one, and a day ends when the wall clock of that
// zone says so. Where clocks change, the wall clock alone decides: an hour that
// it jumps over does not exist, and an hour that it shows twice counts twice.
// [Hours] has the details.
//
// # Late starts
//
// [Missed] says what happens to a planned start that nobody could make in
// time: run when the delay is short, hold, or skip.
package schedule
