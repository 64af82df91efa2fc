package campaign

import (
	"slices"

	"github.com/alreasense/campaigns/holiday"
)

// Calendar is what a tenant means by a holiday: Brazil's national days, and
// what is switched on here.
type Calendar struct {
	// Rev grows by one with each change; zero until a calendar is saved.
	Rev int64 `json:"rev"`
	// States adds the days of Brazilian states: "SP".
	States []string `json:"states,omitempty"`
	// Optional adds Carnival, Ash Wednesday, Corpus Christi and 28 October.
	Optional bool `json:"optional,omitempty"`
	// Days are the tenant's own.
	Days []holiday.Day `json:"days,omitempty"`
}

// Clone returns a copy that shares nothing.
func (c Calendar) Clone() Calendar {
	c.States, c.Days = slices.Clone(c.States), slices.Clone(c.Days)
	return c
}

// Compile returns the holidays that the settings describe. An unknown state is
// an error.
func (c Calendar) Compile() (holiday.Calendar, error) {
	all := []holiday.Calendar{holiday.Brazil}
	if c.Optional {
		all = append(all, holiday.BrazilOptional)
	}
	for _, uf := range c.States {
		s, err := holiday.BrazilState(uf)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(c.Days) > 0 {
		own, err := holiday.NewDays(c.Days...)
		if err != nil {
			return nil, err
		}
		all = append(all, own)
	}
	return holiday.Union(all...), nil
}
