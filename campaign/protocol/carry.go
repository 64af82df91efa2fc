package protocol

// carrying is what the process does that has taken an attempt: carry.go and
// run.go of package campaign. What it learns it keeps in memory until the
// settlement is in; a kill at any point takes that away.
var carrying = []action{
	{
		// The phone's lock is taken or down, StartBy has passed, everything is
		// stopped, or the answer to the take's COMMIT was lost.
		name: "decline", says: "the process that took {p} decides not to begin", over: eachAttempt,
		can: carries(ready),
		do:  rules(saysLate),
	},
	{
		name: "begin", says: "the send to {p} begins", over: eachAttempt, mark: begins,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			return a.carrier == ready && (a.clock == inTime || m.weak(NoStartBy))
		},
		do: func(m *model, s *state, at spot) {
			a := &s.who[at.p].attempt[at.a]
			a.carrier, a.gateway = awaits, pending
		},
	},
	{
		name: "dial fails", says: "nobody listens, so nothing goes out to {p}", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			return a.carrier == ready && a.clock == inTime
		},
		do: rules(saysUnsent),
	},
	{
		name: "repeat", says: "the HTTP client sends the POST for {p} once more", over: eachAttempt, only: ClientRepeats,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			return a.carrier == awaits && a.gateway == performed
		},
		do: func(m *model, s *state, at spot) { s.who[at.p].attempt[at.a].gateway = performedTwice },
	},
	{
		name: "answer: accepted", says: "the gateway answers 201 with an id for {p}", over: eachAttempt,
		can: answers(performed),
		do:  rules(saysAccepted),
	},
	{
		name: "answer: doubled id", says: "the gateway answers 201 for {p} with the id of another message", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			return !m.calm(NoDoubledIDs) && a.carrier == awaits && a.gateway != pending && s.ids&(1<<a.number) != 0
		},
		do: rules(saysForeign),
	},
	{
		name: "answer: no id", says: "the gateway answers 200 without an id for {p}", over: eachAttempt, only: BareAnswerIsSent,
		can: func(m *model, s *state, at spot) bool { return s.who[at.p].attempt[at.a].carrier == awaits },
		do:  rules(saysBare),
	},
	{
		name: "answer: unsent", says: "the answer for {p} proves that nothing went out", over: eachAttempt,
		can: answers(never),
		do:  rules(saysUnsent),
	},
	{
		name: "answer: refused", says: "the gateway refuses {p} for good", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			return !m.calm(NoRefusals) && answers(never)(m, s, at)
		},
		do: rules(saysRefused),
	},
	{
		// A time-out, a cut answer, a 400 after the send, a 5xx: at any point.
		name: "answer: unreadable", says: "the answer for {p} is lost or says nothing", over: eachAttempt,
		can: carries(awaits),
		do: func(m *model, s *state, at spot) {
			s.who[at.p].attempt[at.a].carrier = saysUnknown
			if m.weak(TimeoutIsUnsent) {
				s.who[at.p].attempt[at.a].carrier = saysUnsent
			}
		},
	},
	{
		name: "settle", says: "the outcome for {p} is settled", over: eachAttempt,
		can: ruled,
		do: func(m *model, s *state, at spot) {
			c := s.who[at.p].attempt[at.a].carrier
			s.who[at.p].attempt[at.a].carrier = gone
			m.apply(s, m.meant(s, at), c)
		},
	},
	{
		name: "settle, answer lost", says: "the outcome for {p} is settled, but its process does not learn that", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			return ruled(m, s, at) && s.who[at.p].attempt[at.a].phase.open() && !s.who[at.p].repeating()
		},
		do: func(m *model, s *state, at spot) {
			m.apply(s, m.meant(s, at), s.who[at.p].attempt[at.a].carrier)
		},
	},
	{
		name: "kill", says: "the process that took {p} is killed", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool { return s.who[at.p].attempt[at.a].carrier != gone },
		do:  rules(gone),
	},
	{
		name: "adopt", says: "a restarted process carries on with the row of {p}", over: eachAttempt, only: RestartAdoptsRows,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			return a.phase == flying && a.carrier == gone && a.clock == inTime
		},
		do: rules(ready),
	},
}

// truth is what happens at the gateway, and time. A gateway carries a send out
// or gives it up before its quarantine ends: that is what the late bound says,
// so time does not pass that instant while a request is pending.
var truth = []action{
	{
		name: "perform", says: "the gateway sends the message to {p}", over: eachAttempt,
		can: begun, do: ends(performed),
	},
	{
		name: "give up", says: "the gateway gives the message to {p} up", over: eachAttempt,
		can: begun, do: ends(never),
	},
	{
		name: "StartBy passes", says: "StartBy of the send to {p} passes", over: eachAttempt,
		can: at(inTime), do: moves(late),
	},
	{
		name: "quarantine ends", says: "the quarantine of the send to {p} ends", over: eachAttempt,
		can: func(m *model, s *state, sp spot) bool {
			return at(late)(m, s, sp) && (!begun(m, s, sp) || m.weak(QuarantineFromTake))
		},
		do: moves(safe),
	},
}

func carries(c carrier) func(*model, *state, spot) bool {
	return func(m *model, s *state, at spot) bool { return s.who[at.p].attempt[at.a].carrier == c }
}

func answers(g gateway) func(*model, *state, spot) bool {
	return func(m *model, s *state, at spot) bool {
		a := s.who[at.p].attempt[at.a]
		return a.carrier == awaits && a.gateway == g
	}
}

func rules(c carrier) func(*model, *state, spot) {
	return func(m *model, s *state, at spot) { s.who[at.p].attempt[at.a].carrier = c }
}

// ruled reports whether a process has an outcome to settle. A send without a
// row has nothing to settle.
func ruled(m *model, s *state, at spot) bool {
	a := s.who[at.p].attempt[at.a]
	return a.carrier.ruled() && a.phase != unwritten
}

func begun(m *model, s *state, at spot) bool {
	return s.who[at.p].attempt[at.a].gateway == pending
}

func ends(g gateway) func(*model, *state, spot) {
	return func(m *model, s *state, at spot) { s.who[at.p].attempt[at.a].gateway = g }
}

func at(c clock) func(*model, *state, spot) bool {
	return func(m *model, s *state, at spot) bool { return s.who[at.p].attempt[at.a].clock == c }
}

func moves(c clock) func(*model, *state, spot) {
	return func(m *model, s *state, at spot) { s.who[at.p].attempt[at.a].clock = c }
}
