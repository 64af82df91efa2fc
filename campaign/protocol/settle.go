package protocol

// meant is the attempt that a settlement is about: the one that it names.
func (m *model) meant(s *state, at spot) spot {
	if m.weak(SettleByRecipient) {
		if i := s.who[at.p].open(); i >= 0 {
			at.a = i
		}
	}
	return at
}

// apply is judgeBook.settle of package campaign: what an outcome changes.
func (m *model) apply(s *state, at spot, c carrier) {
	p := &s.who[at.p]
	a := &p.attempt[at.a]
	if !a.phase.open() {
		if c == saysAccepted {
			m.proven(s, at)
		}
		return
	}
	switch c {
	case saysAccepted:
		m.accept(s, at, byRecord)
	case saysForeign:
		switch {
		case m.weak(ForeignIDAccepted):
			m.accept(s, at, byForeignID)
		case a.phase == flying:
			m.lose(s, at)
		}
	case saysBare:
		m.accept(s, at, noEvidence)
	case saysUnknown:
		if a.phase != flying {
			return
		}
		if m.weak(UnknownIsFailed) {
			m.fail(s, at, rowFailed, closedUnsent)
			return
		}
		m.lose(s, at)
	case saysRefused:
		m.fail(s, at, rowFailed, closedUnsent)
	case saysUnsent:
		p.unsent++
		if int(a.try) > m.retries(at.c) && !m.weak(UnsentUncounted) {
			m.fail(s, at, rowFailed, closedUnsent)
			return
		}
		try := a.try
		if m.weak(UnsentUncounted) {
			try--
		}
		m.again(s, at, try)
	case saysLate:
		m.again(s, at, a.try-1)
	}
}

// close moves an attempt from the open rows to the log.
func (m *model) close(s *state, at spot, ph phase) {
	a := &s.who[at.p].attempt[at.a]
	if a.phase == lost {
		s.camp[at.c].unknown--
	}
	a.phase, a.held = ph, false
}

func (m *model) accept(s *state, at spot, e evidence) {
	p := &s.who[at.p]
	a := &p.attempt[at.a]
	m.close(s, at, closedAccepted)
	p.row, p.gen, p.evidence = rowSent, a.gen, e
	p.unsent = 0
	s.camp[at.c].sent++
	if e == byRecord && !m.calm(NoDoubledIDs) {
		s.ids |= 1 << a.number
	}
}

func (m *model) lose(s *state, at spot) {
	s.who[at.p].attempt[at.a].phase = lost
	s.camp[at.c].unknown++
}

func (m *model) fail(s *state, at spot, r row, ph phase) {
	p := &s.who[at.p]
	m.close(s, at, ph)
	p.row, p.gen, p.evidence = r, p.attempt[at.a].gen, noEvidence
	s.camp[at.c].failed++
}

// again puts a recipient that is proven unsent among the waiting; in a
// campaign that has ended it ends too.
func (m *model) again(s *state, at spot, try uint8) {
	p := &s.who[at.p]
	gen := p.attempt[at.a].gen
	switch s.camp[at.c].status {
	case completed:
		if !m.weak(EndedCampaignWaits) {
			m.fail(s, at, rowFailed, closedUnsent)
			return
		}
	case cancelled:
		m.close(s, at, closedUnsent)
		if !m.weak(DropForgetsGeneration) {
			p.gen = gen
		}
		return
	}
	m.close(s, at, closedUnsent)
	if m.weak(CursorMovesBack) {
		s.camp[at.c].cursor = m.people[at.p].position - 1
		return
	}
	m.wait(s, at, gen, try)
}

// resend opens a new generation.
func (m *model) resend(s *state, at spot) {
	p := &s.who[at.p]
	gen := p.attempt[at.a].gen
	m.close(s, at, closedResend)
	p.unsent = 0
	if !m.weak(ResendSameGeneration) {
		gen++
	}
	m.wait(s, at, gen, 0)
}

// proven is judgeBook.ended: a proof that a closed attempt went out after all.
// It counts against an operator's word and against an order alone.
func (m *model) proven(s *state, at spot) {
	p := &s.who[at.p]
	a := &p.attempt[at.a]
	k := &s.camp[at.c]
	switch a.phase {
	case closedMarked:
		if m.weak(LateProofIgnored) {
			p.proof = true
			return
		}
		if p.row == rowMarked || p.row == rowFailed {
			k.failed--
			k.sent++
			p.row, p.gen, p.evidence = rowSent, a.gen, byRecord
		}
	case closedResend:
		if p.waits && p.waitGen == a.gen+1 {
			p.waits, p.waitGen, p.waitTry, p.unsent = false, 0, 0, 0
			k.sent++
			p.row, p.gen, p.evidence = rowSent, a.gen, byRecord
		} else if m.weak(LateProofOverwrites) {
			k.sent++
			p.row, p.gen, p.evidence = rowSent, a.gen, byRecord
		}
	default:
		return
	}
	a.phase = closedAccepted
}
