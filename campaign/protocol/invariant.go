package protocol

// Invariant is a property of every committed state, by its number in the
// ledger's list.
type Invariant string

// The invariants that the model asks for. I6 to I9, I14, I15 and I17 concern
// what it leaves out: windows, pace, tenants, events, webhooks, liveness, logs.
const (
	I1  Invariant = "I1"  // one send of a recipient's generation; generations by order only
	I2  Invariant = "I2"  // after a pause or cancel has returned, nothing starts
	I3  Invariant = "I3"  // one place for each recipient, and counters equal the rows
	I4  Invariant = "I4"  // one send possibly in flight for each phone
	I5  Invariant = "I5"  // one active campaign for each number
	I10 Invariant = "I10" // sent has evidence of its own
	I11 Invariant = "I11" // what was sent is never shown as unsent
	I12 Invariant = "I12" // a completed campaign has nobody pending or sending
	I13 Invariant = "I13" // nobody is taken after an opt-out
	I16 Invariant = "I16" // definite failures are retried a bounded number of times
)

// invariants in the order in which a broken one is named.
var invariants = []struct {
	id    Invariant
	holds func(m *model, s *state, st step) bool
}{
	{I1, oneSend}, {I2, stopped}, {I4, onePhone}, {I5, oneCampaign}, {I10, evident}, {I11, shown},
	{I12, finished}, {I13, wanted}, {I16, bounded}, {I3, counted},
}

// broken names the invariants that do not hold in s, which st has led to.
func (m *model) broken(s *state, st step) (all []Invariant) {
	for _, i := range invariants {
		if !i.holds(m, s, st) {
			all = append(all, i.id)
		}
	}
	return all
}

// oneSend: requests that the gateway has performed, or may still perform, are
// at most one for each recipient and generation.
func oneSend(m *model, s *state, _ step) bool {
	for i := range m.people {
		p := &s.who[i]
		if p.orders > 1 {
			return false
		}
		for gen := uint8(1); gen <= maxGenerations; gen++ {
			n := p.sends(gen)
			for _, a := range p.attempt {
				if a.gen == gen && a.gateway == pending {
					n++
				}
			}
			if n > 1 {
				return false
			}
		}
	}
	return true
}

func stopped(m *model, s *state, st step) bool {
	if st.act == nil || st.act.mark != begins {
		return true
	}
	k := &s.camp[st.at.c]
	return k.status != paused && k.status != cancelled || k.stopping
}

// onePhone: a send is possibly in flight while the gateway has its request and
// has not carried it out, or while its process may begin it.
func onePhone(m *model, s *state, _ step) bool {
	var n [2]int
	for i, seat := range m.people {
		for _, a := range s.who[i].attempt {
			if a.gateway == pending || a.carrier == ready && a.clock == inTime {
				n[seat.phone]++
			}
		}
	}
	return n[0] <= 1 && n[1] <= 1
}

func oneCampaign(m *model, s *state, _ step) bool {
	for c := range m.cfg.Campaigns {
		for o := range c {
			if s.camp[c].status == active && s.camp[o].status == active && m.share(c, o) {
				return false
			}
		}
	}
	return true
}

func evident(m *model, s *state, _ step) bool {
	for i := range m.people {
		p := &s.who[i]
		if p.row != rowSent || p.evidence == byOperator {
			continue
		}
		if p.evidence != byRecord || p.sends(p.gen) == 0 {
			return false
		}
	}
	return true
}

func shown(m *model, s *state, _ step) bool {
	for i := range m.people {
		p := &s.who[i]
		if p.sends(p.current()) == 0 || p.open() >= 0 {
			continue
		}
		if p.waits {
			return false
		}
		if p.row != rowSent && (p.row != rowMarked || p.proof) {
			return false
		}
	}
	return true
}

func finished(m *model, s *state, _ step) bool {
	for i, seat := range m.people {
		k := &s.camp[seat.campaign]
		if k.status != completed || seat.position > k.total {
			continue
		}
		if seat.position > k.cursor || s.who[i].waits {
			return false
		}
		for _, a := range s.who[i].attempt {
			if a.phase == flying {
				return false
			}
		}
	}
	return true
}

func wanted(m *model, s *state, st step) bool {
	return st.act == nil || st.act.mark != takes || s.out&(1<<m.people[st.at.p].phone) == 0
}

func bounded(m *model, s *state, _ step) bool {
	for i, seat := range m.people {
		if int(s.who[i].unsent) > m.retries(seat.campaign)+1 {
			return false
		}
	}
	return true
}

// counted: each recipient of the audience stands in exactly one place (in none
// only where a cancelled campaign has dropped it), and the tally agrees.
func counted(m *model, s *state, _ step) bool {
	var sum [maxCampaigns]camp
	for i, seat := range m.people {
		k, p, t := &s.camp[seat.campaign], &s.who[i], &sum[seat.campaign]
		if seat.position > k.total {
			continue
		}
		places := 0
		if seat.position > k.cursor {
			places++
		}
		if p.waits {
			places++
		}
		for _, a := range p.attempt {
			if a.phase.open() {
				places++
			}
			if a.phase == lost {
				t.unknown++
			}
		}
		switch p.row {
		case rowSent:
			t.sent++
		case rowFailed, rowMarked:
			t.failed++
		case rowSkipped:
			t.skipped++
		}
		if p.row != unsettled {
			places++
		}
		if places > 1 || places == 0 && k.status != cancelled {
			return false
		}
	}
	for c := range m.cfg.Campaigns {
		k, t := &s.camp[c], &sum[c]
		if k.sent != t.sent || k.failed != t.failed || k.skipped != t.skipped || k.unknown != t.unknown {
			return false
		}
	}
	return true
}
