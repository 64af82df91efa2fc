package campaign

import (
	"slices"
	"strings"

	"github.com/alreasense/campaigns/contact"
)

// personal are the built-in names whose value depends on the person.
var personal = []string{"nome", "name", "primeiro_nome", "first_name", "email", "quem_indicou", "referred_by"}

// formatted tells of which name a built-in one is another spelling, so that whoever
// has the one has the other.
var formatted = map[string]string{
	"nome_formatado": "nome", "formatted_name": "name",
	"primeiro_nome_formatado": "primeiro_nome", "formatted_first_name": "first_name",
}

// countFields adds one to the count of each name that the person has a value
// for.
func countFields(fields map[string]int64, p contact.Contact) {
	for _, name := range personal {
		if _, ok := BuiltinVariables.Value(Ask{Contact: p}, name); ok {
			fields[name]++
		}
	}
	for name, v := range p.Vars {
		if strings.TrimSpace(v) != "" && !slices.Contains(personal, name) {
			fields[name]++
		}
	}
}

// names lists every variable that somebody of the audience has a value for,
// or that does not depend on the person.
func (s *Service) names(c *Campaign) []string {
	known := s.e.Variables.Names()
	for name := range c.Fields {
		known = append(known, name)
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// missing tells how many people of the audience have no value for a name, as
// far as the audience itself decides it: the host's own variables and the hour
// of day do not count.
func (c *Campaign) missing(name string, vs Variables) int64 {
	have, own := c.Fields[name]
	if base, ok := formatted[name]; ok {
		own, have = true, max(have, c.Fields[base])
	}
	if !own && !slices.Contains(personal, name) {
		return 0 // not the person's, or unknown to everybody: Lint names that
	}
	if have < c.Total && !slices.Contains(BuiltinVariables.Names(), name) && slices.Contains(vs.Names(), name) {
		return 0 // the host has a value for everybody
	}
	return c.Total - have
}
