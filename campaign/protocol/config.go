package protocol

import (
	"fmt"
	"slices"
)

// Config is the small world that Check explores. Small is enough: each rule of
// the ledger concerns a campaign or two, a phone, a number and the attempts of
// one recipient, and what goes wrong goes wrong between two of them.
type Config struct {
	// Name appears in the Result.
	Name string
	// Campaigns are one or two.
	Campaigns []Campaign
	// Calm leaves faults out, so that a larger world closes.
	Calm Calm
	// Weak breaks one rule. Sound, the zero value, breaks none.
	Weak Weakness
	// MaxStates ends the search early, with Closed false. Defaults to no
	// bound.
	MaxStates int
}

// Campaign is one campaign of a world.
type Campaign struct {
	// Numbers are the instances that it sends from, each 0 or 1.
	Numbers []int
	// Phones are its audience in order, each 0 or 1. No phone stands twice in
	// one campaign. All campaigns together have at most three recipients.
	Phones []int
	// Later is how many of the audience are added by a command of their own;
	// the others are there from the beginning.
	Later int
	// Retries is how often a definite failure is tried again, at most 2.
	Retries int
	// Resends bounds how many new generations a recipient gets by order, at
	// most 2. The ledger has no such bound for operators; the model needs one.
	Resends int
	// AtLeastOnce is the standing order to send lost messages again.
	AtLeastOnce bool
}

// Calm is a set of faults and commands that a world does without.
type Calm uint8

const (
	// NoOptOuts: nobody opts out.
	NoOptOuts Calm = 1 << iota
	// NoDoubledIDs: a gateway never answers with the id of another message.
	NoDoubledIDs
	// NoCancel: nobody cancels.
	NoCancel
	// NoReopen: nobody reopens a completed campaign.
	NoReopen
	// NoRefusals: the gateway refuses nobody for good.
	NoRefusals
)

// model is a Config with its recipients laid out.
type model struct {
	cfg      Config
	people   []seat
	phones   []int
	overflow bool
	// plain keeps what tidy would forget, to prove that nothing depends on it.
	plain bool
}

// seat is a recipient's fixed part.
type seat struct {
	campaign int
	position uint8 // from 1
	phone    int
	name     string
}

func build(cfg Config) (*model, error) {
	m := &model{cfg: cfg}
	if len(cfg.Campaigns) < 1 || len(cfg.Campaigns) > maxCampaigns {
		return nil, fmt.Errorf("protocol: %d campaigns; give one or two", len(cfg.Campaigns))
	}
	if cfg.Weak >= weaknessEnd {
		return nil, fmt.Errorf("protocol: there is no weakness %d", cfg.Weak)
	}
	for c, k := range cfg.Campaigns {
		if len(k.Numbers) == 0 || len(k.Phones) == 0 || k.Later < 0 || k.Later >= len(k.Phones) {
			return nil, fmt.Errorf("protocol: campaign %d needs a number and a recipient at the beginning", c)
		}
		if k.Retries < 0 || k.Retries > 2 || k.Resends < 0 || k.Resends >= maxGenerations {
			return nil, fmt.Errorf("protocol: campaign %d has %d retries and %d resends; give 0 to 2", c, k.Retries, k.Resends)
		}
		for _, n := range slices.Concat(k.Numbers, k.Phones) {
			if n != 0 && n != 1 {
				return nil, fmt.Errorf("protocol: campaign %d names %d; numbers and phones are 0 and 1", c, n)
			}
		}
		for i, phone := range k.Phones {
			if slices.Contains(k.Phones[:i], phone) {
				return nil, fmt.Errorf("protocol: campaign %d has phone %d twice", c, phone)
			}
			if !slices.Contains(m.phones, phone) {
				m.phones = append(m.phones, phone)
			}
			m.people = append(m.people, seat{campaign: c, position: uint8(i + 1), phone: phone,
				name: fmt.Sprintf("%c%d", 'A'+c, i+1)})
		}
	}
	if len(m.people) > maxPeople {
		return nil, fmt.Errorf("protocol: %d recipients; give at most %d", len(m.people), maxPeople)
	}
	return m, nil
}

func (m *model) start() state {
	var s state
	for c, k := range m.cfg.Campaigns {
		s.camp[c].total = uint8(len(k.Phones) - k.Later)
	}
	for i := range m.people {
		s.who[i].gen = 1
	}
	return s
}

func (m *model) retries(c int) int       { return m.cfg.Campaigns[c].Retries }
func (m *model) generations(c int) uint8 { return uint8(1 + m.cfg.Campaigns[c].Resends) }

func (m *model) weak(w Weakness) bool { return m.cfg.Weak == w }
func (m *model) calm(c Calm) bool     { return m.cfg.Calm&c != 0 }

// uses reports whether a campaign sends from a number.
func (m *model) uses(c, n int) bool {
	return slices.Contains(m.cfg.Campaigns[c].Numbers, n)
}

// share reports whether two campaigns have a number in common.
func (m *model) share(a, b int) bool {
	for _, n := range m.cfg.Campaigns[a].Numbers {
		if m.uses(b, n) {
			return true
		}
	}
	return false
}

// of lists the recipients of a campaign.
func (m *model) of(c int) (all []int) {
	for i := range m.people {
		if m.people[i].campaign == c {
			all = append(all, i)
		}
	}
	return all
}
