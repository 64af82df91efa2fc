// Package holiday knows which days are holidays in Brazil, for any year,
// computed from the law and not typed from somebody's list.
//
// Everything is a [Calendar], a single question about a civil day:
//
//	day, ok := holiday.Brazil.Holiday(date.New(2025, time.April, 18))
//	// day.Name is "Sexta-feira Santa"
//
// There are calendars for the national days ([Brazil]), for the days on which
// offices may close ([BrazilOptional]: Carnival, Ash Wednesday, Corpus Christi,
// 28 October), for each state ([BrazilState]) and for days of one's own
// ([NewDays], [NewYearly]). [Union] puts together the ones that count for a
// business. Each [Day] says who made it a holiday, until which hour, and on
// which law it rests, so that a page can answer the question why nothing was
// sent.
//
// # Dates and hours
//
// Days are [date.Date]: civil days without a zone. Whoever asks decides which
// day it is where the recipient lives, with [date.NewAt] on a time.Time that
// is in the right location. Hours are [Clock]: minutes on the wall, without a
// date and without a zone either.
//
// The zero date.Date is 1 January 1970 and not "no date", and date.ParseISO
// reads 30 February as 2 March, and panics on an empty text. The way in from
// outside, [Day.UnmarshalJSON], answers a missing date and one that does not
// exist with an error.
//
// # What is certain
//
// The national days follow the federal laws named beside them. The states'
// days follow what the package knows of 27 bodies of law, in which days are
// made, moved and struck down every year; see [BrazilState] for what is left
// out. When a day matters and the answer is wrong, NewDays adds it today, and
// a calendar of one's own can hide one: a Calendar has a single method.
//
// All calendars are pure, safe for concurrent use, and cost well under a
// microsecond and no allocation to ask.
package holiday
