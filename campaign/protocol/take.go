package protocol

// taking is the take: plan.go of package campaign, in one transaction. Which
// instance is due, and when, is left to chance.
var taking = []action{
	{
		name: "look", says: "a take of {c} reads that the campaign is active, before the lock", over: eachCampaign, only: StatusReadEarly,
		can: func(m *model, s *state, at spot) bool { return s.camp[at.c].status == active },
		do:  func(m *model, s *state, at spot) { s.camp[at.c].seen = true },
	},
	{
		name: "take", says: "number {n} takes {p} (phone {f})", over: eachPersonAndNumber, mark: takes,
		can: func(m *model, s *state, at spot) bool {
			return m.turn(s, at) && !m.suppressed(s, at) && !m.busy(s, at)
		},
		do: func(m *model, s *state, at spot) {
			p := &s.who[at.p]
			i := p.free()
			if i < 0 {
				m.overflow = true
				return
			}
			a := attempt{phase: flying, gen: 1, try: 1, number: uint8(at.n), held: true, carrier: ready}
			if p.waits {
				a.gen, a.try = p.waitGen, p.waitTry+1
			}
			if m.weak(SendBeforeRow) {
				a.phase, a.held = unwritten, false
			} else {
				m.leave(s, at)
			}
			p.attempt[i] = a
		},
	},
	{
		name: "skip", says: "the take leaves {p} out, who has opted out", over: eachPerson,
		can: func(m *model, s *state, at spot) bool {
			return m.ready(s, at) && m.suppressed(s, at)
		},
		do: func(m *model, s *state, at spot) {
			p := &s.who[at.p]
			gen := uint8(1)
			if p.waits {
				gen = p.waitGen
			}
			m.leave(s, at)
			p.row, p.gen, p.evidence = rowSkipped, gen, noEvidence
			s.camp[at.c].skipped++
		},
	},
	{
		// One that waits already goes on waiting, which changes nothing here.
		name: "phone busy", says: "the take puts {p} among the waiting, since phone {f} is held", over: eachPerson,
		can: func(m *model, s *state, at spot) bool {
			return m.ready(s, at) && !s.who[at.p].waits && !m.suppressed(s, at) && m.busy(s, at)
		},
		do: func(m *model, s *state, at spot) {
			m.leave(s, at)
			m.wait(s, at, 1, 0)
		},
	},
}

// ready reports whether a recipient of an active campaign is among the next:
// it waits, or stands right ahead of the cursor. A waiting one may be taken at
// once: what is safe at any time is safe after a back-off.
func (m *model) ready(s *state, at spot) bool {
	k, p := &s.camp[at.c], &s.who[at.p]
	switch {
	case m.weak(TakeIgnoresStatus):
		if k.status == draft {
			return false
		}
	case m.weak(StatusReadEarly):
		if !k.seen {
			return false
		}
	case k.status != active:
		return false
	}
	if p.open() >= 0 {
		return false // the key of the open attempts is the recipient
	}
	pos := m.people[at.p].position
	return p.waits || pos == k.cursor+1 && pos <= k.total
}

// turn adds that the number has a slot.
func (m *model) turn(s *state, at spot) bool {
	if !m.ready(s, at) {
		return false
	}
	for i := range m.people {
		for _, a := range s.who[i].attempt {
			if a.phase == flying && int(a.number) == at.n {
				return false
			}
		}
	}
	return true
}

func (m *model) suppressed(s *state, at spot) bool {
	if m.weak(OptOutUnchecked) || m.weak(OptOutCheckedAheadOnly) && s.who[at.p].waits {
		return false
	}
	return s.out&(1<<m.people[at.p].phone) != 0
}

// busy reports whether an open attempt holds the phone.
func (m *model) busy(s *state, at spot) bool {
	if m.weak(PhoneUnguarded) {
		return false
	}
	for i, seat := range m.people {
		if seat.phone != m.people[at.p].phone || m.weak(PhoneGuardedPerCampaign) && seat.campaign != at.c {
			continue
		}
		for _, a := range s.who[i].attempt {
			if a.held && (a.phase == flying || !m.weak(QuarantineUnguarded)) {
				return true
			}
		}
	}
	return false
}

// leave takes a recipient from the waiting, or moves the cursor past it.
func (m *model) leave(s *state, at spot) {
	p := &s.who[at.p]
	s.camp[at.c].seen = false
	if !p.waits {
		s.camp[at.c].cursor = m.people[at.p].position
		return
	}
	if !m.weak(WaitingRowKept) {
		p.waits, p.waitGen, p.waitTry = false, 0, 0
	}
}

// wait writes a waiting row.
func (m *model) wait(s *state, at spot, gen, try uint8) {
	p := &s.who[at.p]
	p.waits, p.waitGen, p.waitTry = true, gen, try
}
