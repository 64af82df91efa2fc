package protocol

// commands are what people and the engine order of a campaign: start.go,
// pause.go, audience.go and optout.go of package campaign. Each is one
// transaction that excludes the takes of its tenant.
var commands = []action{
	{
		name: "start", says: "campaign {c} is started or resumed", over: eachCampaign,
		can: func(m *model, s *state, at spot) bool {
			k := &s.camp[at.c]
			return (k.status == draft || k.status == paused) && m.vacant(s, at.c)
		},
		do: func(m *model, s *state, at spot) {
			s.camp[at.c].status, s.camp[at.c].stopping = active, false
		},
	},
	{
		name: "pause", says: "a pause of {c} is committed", over: eachCampaign,
		can: func(m *model, s *state, at spot) bool { return s.camp[at.c].status == active },
		do: func(m *model, s *state, at spot) {
			s.camp[at.c].status, s.camp[at.c].stopping = paused, true
			if m.weak(PauseRecalls) {
				m.each(s, at.c, flying, m.recall)
			}
		},
	},
	{
		name: "cancel", says: "a cancel of {c} is committed", over: eachCampaign,
		can: func(m *model, s *state, at spot) bool {
			st := s.camp[at.c].status
			return !m.calm(NoCancel) && (st == active || st == paused)
		},
		do: func(m *model, s *state, at spot) {
			s.camp[at.c].status, s.camp[at.c].stopping = cancelled, true
			if m.weak(CancelClosesUnknown) {
				m.each(s, at.c, lost, func(s *state, at spot) { m.close(s, at, closedUnsent) })
			}
		},
	},
	{
		// The wait ends when nothing is in flight, or when D has passed since
		// the commit: then every row that was taken before is past StartBy.
		name: "stop returns", says: "the pause or cancel of {c} returns", over: eachCampaign,
		can: func(m *model, s *state, at spot) bool {
			if !s.camp[at.c].stopping {
				return false
			}
			if m.weak(PauseWithoutWait) {
				return true
			}
			quiet := true
			m.each(s, at.c, flying, func(s *state, at spot) {
				if s.who[at.p].attempt[at.a].clock == inTime {
					quiet = false
				}
			})
			return quiet
		},
		do: func(m *model, s *state, at spot) { s.camp[at.c].stopping = false },
	},
	{
		name: "complete", says: "campaign {c} is completed", over: eachCampaign,
		can: func(m *model, s *state, at spot) bool {
			k := &s.camp[at.c]
			if k.status != active || k.cursor < k.total {
				return false
			}
			wait, fly := false, false
			for _, p := range m.of(at.c) {
				wait = wait || s.who[p].waits
			}
			m.each(s, at.c, flying, func(*state, spot) { fly = true })
			order := m.cfg.Campaigns[at.c].AtLeastOnce && k.unknown > 0 && m.owed(s, at.c)
			return (!wait || m.weak(CompleteIgnoresWaiting)) && (!fly || m.weak(CompleteIgnoresFlying)) &&
				(!order || m.weak(OrderInEnded))
		},
		do: func(m *model, s *state, at spot) { s.camp[at.c].status = completed },
	},
	{
		name: "reopen", says: "campaign {c} is reopened", over: eachCampaign,
		can: func(m *model, s *state, at spot) bool {
			return !m.calm(NoReopen) && s.camp[at.c].status == completed && m.vacant(s, at.c)
		},
		do: func(m *model, s *state, at spot) {
			s.camp[at.c].status = active
			if m.weak(ReopenForgets) {
				m.each(s, at.c, lost, m.recall)
			}
		},
	},
	{
		name: "add", says: "one more recipient is added to {c}", over: eachCampaign,
		can: func(m *model, s *state, at spot) bool {
			k := &s.camp[at.c]
			return int(k.total) < len(m.cfg.Campaigns[at.c].Phones) &&
				(!k.status.terminal() || m.weak(AddToCompleted) && k.status == completed)
		},
		do: func(m *model, s *state, at spot) { s.camp[at.c].total++ },
	},
	{
		name: "opt out", says: "phone {f} opts out", over: eachPhone,
		can: func(m *model, s *state, at spot) bool { return !m.calm(NoOptOuts) && s.out&(1<<at.phone) == 0 },
		do:  func(m *model, s *state, at spot) { s.out |= 1 << at.phone },
	},
}

// vacant reports whether no other active campaign has a number of c.
func (m *model) vacant(s *state, c int) bool {
	for o := range m.cfg.Campaigns {
		if o != c && s.camp[o].status == active && m.share(o, c) && !m.weak(StartIgnoresNumbers) {
			return false
		}
	}
	return true
}

// owed reports whether the standing order of c has still to act on somebody.
func (m *model) owed(s *state, c int) (yes bool) {
	m.each(s, c, lost, func(s *state, at spot) { yes = yes || m.mayOrder(s, at) })
	return yes
}

// each calls f for every attempt of a campaign in a phase.
func (m *model) each(s *state, c int, ph phase, f func(*state, spot)) {
	for _, p := range m.of(c) {
		for a := range s.who[p].attempt {
			if s.who[p].attempt[a].phase == ph {
				f(s, spot{c: c, p: p, a: a})
			}
		}
	}
}

// recall puts a recipient among the waiting although nothing is proven. In a
// campaign that has ended it leaves things as they are.
func (m *model) recall(s *state, at spot) {
	if s.camp[at.c].status.terminal() {
		return
	}
	a := s.who[at.p].attempt[at.a]
	m.close(s, at, closedUnsent)
	m.wait(s, at, a.gen, a.try-1)
}
