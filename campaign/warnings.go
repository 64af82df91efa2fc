package campaign

import (
	"fmt"
	"strconv"
)

// Warning is one thing that a campaign's author should look at: a Problem of one
// of its texts, and which. Its own Warning tells whether the campaign can start
// all the same.
type Warning struct {
	// Field is the text as JSON spells it: "messages[1].text".
	Field   string
	Message MessageID
	Problem
}

// Warnings lists what Lint finds in the messages that take part, and the variables
// that people of the audience lack, in the order of the messages. While there is no
// audience, only those unknown variables are named that look like a slip: the
// others may be people's own fields. A campaign that has ended has none.
func (s *Service) Warnings(c Campaign) []Warning {
	if c.Status.Terminal() {
		return nil
	}
	var found []Warning
	known := s.names(&c)
	for i, m := range c.Messages {
		if m.Off {
			continue
		}
		field := fmt.Sprintf("messages[%d].text", i)
		for _, p := range Lint(m.Text, known) {
			if p.Why.Code == CodeVariableUnknown && p.Suggest == "" && c.Total == 0 {
				continue
			}
			found = append(found, Warning{field, m.ID, p})
		}
		t, problems := Compile(m.Text)
		if len(problems) > 0 {
			continue
		}
		for _, name := range t.Required() {
			n := c.missing(name, s.e.Variables)
			if n <= 0 {
				continue
			}
			for _, p := range t.Lacking(map[string]int64{name: n})[:1] {
				p.Warning, p.Why = false, Because(CodeVariableMissing, "name", name, "count", strconv.FormatInt(n, 10))
				found = append(found, Warning{field, m.ID, p})
			}
		}
	}
	return found
}

// defaulted lists the variables for which a person gets the default of a text,
// each once. It is asked after the text was rendered, so that no value panics.
func (t *Template) defaulted(vs Variables, ask Ask) []string {
	return t.names(func(u Use) bool {
		v, ok := vs.Value(ask, u.Name)
		return u.HasDefault && (!ok || !visible(v))
	})
}
