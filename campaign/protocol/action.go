package protocol

import "strings"

// action is one line of the table: something that can happen in a world.
type action struct {
	name string
	// says tells it in words, with {c} for the campaign, {p} for the
	// recipient, {n} for the number and {f} for the phone.
	says string
	over scope
	// can reports whether it can happen, do lets it happen. Both are pure but
	// for the state they are given.
	can func(m *model, s *state, at spot) bool
	do  func(m *model, s *state, at spot)
	// mark tells the invariants what kind of step it is.
	mark mark
	// only with this weakness; Sound means always.
	only Weakness
}

// scope is what an action happens to.
type scope uint8

const (
	eachCampaign scope = iota
	eachPhone
	eachPerson
	eachPersonAndNumber
	eachAttempt
)

// spot is where an action happens. Only the fields of its scope are set.
type spot struct {
	c, p, a, n, phone int
}

// mark tells the steps apart that invariants look at.
type mark uint8

const (
	ordinary mark = iota
	takes         // a row in flight was written
	begins        // the first byte of a send leaves
)

// step is one happening: an action at a spot.
type step struct {
	act *action
	at  spot
}

func (m *model) words(st step) string {
	at := st.at
	r := []string{"{c}", string(rune('A' + at.c)), "{n}", string(rune('1' + at.n)), "{f}", string(rune('X' + at.phone))}
	switch st.act.over {
	case eachPerson, eachPersonAndNumber, eachAttempt:
		r = append(r, "{p}", m.people[at.p].name)
	}
	return strings.NewReplacer(r...).Replace(st.act.says)
}

// steps calls visit for everything that can happen in s, in a fixed order,
// with the world that follows, not yet tidied.
func (m *model) steps(s *state, visit func(step, *state)) {
	var next state
	try := func(a *action, at spot) {
		if !a.can(m, s, at) {
			return
		}
		next = *s
		a.do(m, &next, at)
		visit(step{a, at}, &next)
	}
	for i := range table {
		a := &table[i]
		if a.only != Sound && !m.weak(a.only) {
			continue
		}
		switch a.over {
		case eachCampaign:
			for c := range m.cfg.Campaigns {
				try(a, spot{c: c})
			}
		case eachPhone:
			for _, phone := range m.phones {
				try(a, spot{phone: phone})
			}
		default:
			for p := range m.people {
				at := spot{c: m.people[p].campaign, p: p, phone: m.people[p].phone}
				switch a.over {
				case eachPerson:
					try(a, at)
				case eachPersonAndNumber:
					for _, n := range m.cfg.Campaigns[at.c].Numbers {
						at.n = n
						try(a, at)
					}
				case eachAttempt:
					for k := range s.who[p].attempt {
						if s.who[p].attempt[k].phase == noAttempt {
							continue
						}
						at.a, at.n = k, int(s.who[p].attempt[k].number)
						try(a, at)
					}
				}
			}
		}
	}
}

// table is everything that can happen.
var table = concat(commands, taking, carrying, truth, keeping, deciding)

func concat(parts ...[]action) (all []action) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
