package campaign

import (
	"slices"

	"github.com/alreasense/campaigns/holiday"
)

// Calendar is what a tenant means by a holiday: Brazil's national days, and
// what is switched on here. Until a tenant chooses, the optional days count too:
// trade and banks rest on most of them, and a message that waits for a day does
// less harm than one on Carnival.
type Calendar struct {
	// Rev grows by one with each change; zero until a calendar is saved, and then
	// Optional counts as set.
	Rev int64 `json:"rev"`
	// States adds the days of Brazilian states: "SP".
	States []string `json:"states,omitempty"`
	// Optional adds Carnival, Ash Wednesday, Corpus Christi and 28 October.
	Optional bool `json:"optional,omitempty"`
	// Days are the tenant's own, and Yearly those that come back on the same date
	// of every later year.
	Days   []holiday.Day `json:"days,omitempty"`
	Yearly []holiday.Day `json:"yearly,omitempty"`
}

// Clone returns a copy that shares nothing.
func (c Calendar) Clone() Calendar {
	c.States, c.Days, c.Yearly = slices.Clone(c.States), slices.Clone(c.Days), slices.Clone(c.Yearly)
	return c
}

// Compile returns the holidays that the settings describe. An unknown state is
// an error.
func (c Calendar) Compile() (holiday.Calendar, error) {
	all := []holiday.Calendar{holiday.Brazil}
	if c.Optional || c.Rev == 0 {
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
	if len(c.Yearly) > 0 {
		yearly, err := holiday.NewYearly(c.Yearly...)
		if err != nil {
			return nil, err
		}
		all = append(all, yearly)
	}
	return holiday.Union(all...), nil
}
