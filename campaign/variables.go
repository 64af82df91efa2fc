package campaign

import (
	"slices"
	"strings"
	"time"

	"github.com/alreasense/campaigns/contact"
)

// Variables gives the values of a template's names.
type Variables interface {
	// Names lists the names that Value knows for any contact, in the form of
	// contact.VarName: lower case, without accents, underscores for blanks.
	Names() []string
	// Value returns the value of a name for whom it is asked. False means that
	// there is no value, and the template's default is used; a blank value means
	// the same. It is called inside the take, often and from several goroutines,
	// and must be pure.
	//
	// One person can be in the address books of several tenants: what a host
	// looks up by the phone must be looked up within ask.Tenant.
	Value(ask Ask, name string) (string, bool)
}

// Ask tells for whom a value is wanted.
type Ask struct {
	// Tenant is whose campaign it is. It and Campaign are zero only where a
	// Template is rendered outside of a campaign (Template.Render).
	Tenant   Tenant
	Campaign ID
	// Recipient is the place in the audience; its Position is zero in a preview
	// for somebody who need not be there.
	Recipient RecipientID
	Contact   contact.Contact
	// At is the instant of the send; its location is the campaign's zone.
	At time.Time
}

// ask is what a text of the campaign asks with for one person.
func (c *Campaign) ask(to RecipientID, who contact.Contact, at time.Time) Ask {
	return Ask{Tenant: c.Tenant, Campaign: c.ID, Recipient: to, Contact: who, At: at}
}

// BuiltinVariables are the variables that every campaign has:
//
//	nome           name           the contact's name, as it was typed; none where nothing in it is a name
//	primeiro_nome  first_name     its first word: see contact.Contact.FirstName
//	nome_formatado           formatted_name        the two with capitals as names have them: see contact.CaseName
//	primeiro_nome_formatado  formatted_first_name
//	email
//	telefone       phone          the canonical phone: +5511900001234
//	quem_indicou   referred_by    who recommended the person
//	saudacao                      "Bom dia" before 12:00, "Boa tarde" before 18:00, then "Boa noite"
//	               greeting       "Good morning", "Good afternoon", "Good evening"
//	dia_semana                    "Segunda-feira" to "Domingo"; a Template begins it with a small letter inside a sentence
//	               weekday        "Monday" to "Sunday"
//	data                          the day: 31/12/2026
//	hora                          the time: 09:05
//
// The last four kinds are told by the clock of the zone at the instant of the
// send. Every other name is one of the contact's own fields (Contact.Vars), and
// an own field that bears a name of the table comes first. Blanks around a
// value are dropped, and a blank value is none.
var BuiltinVariables Variables = builtin{}

type builtin struct{}

// The names of the table, as people should meet them: Portuguese first.
var builtinNames = []string{
	"nome", "primeiro_nome", "saudacao", "dia_semana", "quem_indicou", "email", "telefone", "data", "hora",
	"nome_formatado", "primeiro_nome_formatado",
	"name", "first_name", "greeting", "weekday", "referred_by", "phone",
	"formatted_name", "formatted_first_name",
}

// Names implements Variables.
func (builtin) Names() []string { return slices.Clone(builtinNames) }

// Value implements Variables.
func (builtin) Value(ask Ask, name string) (string, bool) {
	to, at := &ask.Contact, ask.At
	if len(to.Vars) > 0 {
		if v := strings.TrimSpace(to.Vars[name]); v != "" {
			return v, true
		}
	}
	var v string
	switch name {
	case "nome", "name":
		v = to.Named()
	case "primeiro_nome", "first_name":
		v = to.FirstName()
	case "nome_formatado", "formatted_name":
		v = contact.CaseName(to.Named())
	case "primeiro_nome_formatado", "formatted_first_name":
		v = contact.CaseName(to.FirstName())
	case "email":
		v = to.Email
	case "telefone", "phone":
		v = string(to.Phone)
	case "quem_indicou", "referred_by":
		v = to.ReferredBy
	case "saudacao":
		v = [...]string{"Bom dia", "Boa tarde", "Boa noite"}[partOfDay(at)]
	case "greeting":
		v = [...]string{"Good morning", "Good afternoon", "Good evening"}[partOfDay(at)]
	case "dia_semana":
		v = diasDaSemana[at.Weekday()]
	case "weekday":
		v = at.Weekday().String()
	case "data":
		v = at.Format("02/01/2006")
	case "hora":
		v = at.Format("15:04")
	}
	v = strings.TrimSpace(v)
	return v, v != ""
}

// partOfDay is 0 before noon, 1 before 18:00, then 2.
func partOfDay(at time.Time) int {
	switch h := at.Hour(); {
	case h < 12:
		return 0
	case h < 18:
		return 1
	}
	return 2
}

var diasDaSemana = [7]string{
	"Domingo", "Segunda-feira", "Terça-feira", "Quarta-feira", "Quinta-feira", "Sexta-feira", "Sábado",
}

// smallWeekday is the name of a day as it stands inside a sentence. Another value,
// such as a host's own, is left alone.
func smallWeekday(v string) string {
	if slices.Contains(diasDaSemana[:], v) {
		return strings.ToLower(v)
	}
	return v
}

// Chain asks several Variables in turn; the first value that is not blank
// counts. A host puts its own before BuiltinVariables. Nil ones are left out.
func Chain(vs ...Variables) Variables {
	c := make(chain, 0, len(vs))
	for _, v := range vs {
		switch v := v.(type) {
		case nil:
		case chain:
			c = append(c, v...)
		default:
			c = append(c, v)
		}
	}
	return c
}

type chain []Variables

// Names implements Variables: each name once, in the order of the chain.
func (c chain) Names() []string {
	var names []string
	for _, v := range c {
		for _, n := range v.Names() {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// Value implements Variables.
func (c chain) Value(ask Ask, name string) (string, bool) {
	for _, vs := range c {
		if v, ok := vs.Value(ask, name); ok && visible(v) {
			return v, true
		}
	}
	return "", false
}
