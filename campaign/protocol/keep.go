package protocol

// keeping is the sweep and the inquiry: sweep in apply.go and inquire.go of
// package campaign. Any process may do them at any time.
var keeping = []action{
	{
		name: "sweep", says: "the sweep gives up the send to {p}", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			dead := a.carrier == gone // proven by the lock of the data directory
			return a.phase == flying && (a.clock >= late || dead || m.weak(SweepBeforeStartBy))
		},
		do: func(m *model, s *state, at spot) {
			if m.weak(SweptIsPending) {
				m.recall(s, at)
				return
			}
			m.lose(s, at)
			if m.weak(SweepFreesPhone) {
				s.who[at.p].attempt[at.a].held = false
			}
		},
	},
	{
		name: "release", says: "phone {f} is free again after the quarantine of {p}", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			return a.phase == lost && a.held && a.clock == safe
		},
		do: func(m *model, s *state, at spot) { s.who[at.p].attempt[at.a].held = false },
	},
	{
		// Also after the attempt was closed: the inquiry may have begun before.
		name: "record found", says: "the gateway's record of the message to {p} is found", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			a := s.who[at.p].attempt[at.a]
			return a.gateway.sends() > 0 && (a.phase == lost || a.phase == closedMarked || a.phase == closedResend)
		},
		do: func(m *model, s *state, at spot) { m.apply(s, at, saysAccepted) },
	},
	{
		name: "other record found", says: "the record of an earlier message is found for {p}", over: eachAttempt, only: AnyRecordIsProof,
		can: func(m *model, s *state, at spot) bool {
			p := &s.who[at.p]
			a := p.attempt[at.a]
			return a.phase == lost && a.gen > 1 && p.sends(a.gen-1) > 0
		},
		do: func(m *model, s *state, at spot) { m.accept(s, at, byRecord) },
	},
	{
		name: "not found, resent", says: "no record of the message to {p} is found, so it waits again", over: eachAttempt, only: NotFoundResends,
		can: isLost, do: func(m *model, s *state, at spot) { m.recall(s, at) },
	},
	{
		name: "not found, failed", says: "no record of the message to {p} is found, so it fails", over: eachAttempt, only: NotFoundFails,
		can: isLost, do: func(m *model, s *state, at spot) { m.fail(s, at, rowFailed, closedUnsent) },
	},
	{
		name: "hearsay", says: "another process says that the send to {p} did not begin", over: eachAttempt, only: OthersTestify,
		can: func(m *model, s *state, at spot) bool { return s.who[at.p].attempt[at.a].phase.open() },
		do:  func(m *model, s *state, at spot) { m.apply(s, at, saysLate) },
	},
	{
		name: "standing order", says: "the standing order sends to {p} again", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			if !m.mayOrder(s, at) || s.camp[at.c].status.terminal() && !m.weak(OrderInEnded) {
				return false
			}
			return s.who[at.p].attempt[at.a].clock == safe || m.weak(OrderBeforeQuarantine)
		},
		do: func(m *model, s *state, at spot) {
			s.who[at.p].orders++
			m.resend(s, at)
		},
	},
}

// mayOrder reports whether the standing order of a campaign concerns a lost
// attempt: it opens one generation for each recipient.
func (m *model) mayOrder(s *state, at spot) bool {
	a := s.who[at.p].attempt[at.a]
	return m.cfg.Campaigns[at.c].AtLeastOnce && a.phase == lost && a.gen < m.generations(at.c) &&
		(s.who[at.p].orders == 0 || m.weak(OrderRepeats))
}

func isLost(m *model, s *state, at spot) bool { return s.who[at.p].attempt[at.a].phase == lost }

// deciding is the operator: decide.go of package campaign.
var deciding = []action{
	{
		name: "mark sent", says: "an operator marks {p} as sent", over: eachAttempt,
		can: decidable,
		do:  func(m *model, s *state, at spot) { m.accept(s, at, byOperator) },
	},
	{
		name: "mark not sent", says: "an operator marks {p} as not sent", over: eachAttempt,
		can: decidable,
		do: func(m *model, s *state, at spot) {
			if m.weak(MarkedUnsentWaits) {
				m.recall(s, at)
				return
			}
			m.fail(s, at, rowMarked, closedMarked)
		},
	},
	{
		name: "resend", says: "an operator orders a resend to {p}", over: eachAttempt,
		can: func(m *model, s *state, at spot) bool {
			st := s.camp[at.c].status
			ended := st.terminal() && !(m.weak(ResendInEnded) && st == completed)
			return decidable(m, s, at) && !ended && s.who[at.p].attempt[at.a].gen < m.generations(at.c)
		},
		do: func(m *model, s *state, at spot) { m.resend(s, at) },
	},
}

// decidable reports whether anybody but a proof may decide about an attempt.
func decidable(m *model, s *state, at spot) bool {
	a := s.who[at.p].attempt[at.a]
	return a.phase == lost && (a.clock == safe || m.weak(DecideBeforeQuarantine))
}
