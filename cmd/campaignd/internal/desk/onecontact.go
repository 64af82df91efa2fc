package desk

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// contactFields are what can be written of a contact; one that is not given is
// left as it is.
type contactFields struct {
	Name     *string           `help:"The person's name." placeholder:"TEXT"`
	Email    *string           `help:"The e-mail address." placeholder:"ADDRESS"`
	Referred *string           `name:"referred-by" help:"Who recommended the person: {{quem_indicou}}." placeholder:"TEXT"`
	Var      map[string]string `help:"An own field, for {{…}} in messages: --var cidade=Recife; again for each. An empty one is taken away." placeholder:"NAME=VALUE"`
	Notes    *string           `help:"Notes." placeholder:"TEXT"`
	Active   *bool             `help:"Whether the person joins new audiences." negatable:""`
	Consent  *string           `help:"Where and when the person agreed to be written to." placeholder:"TEXT"`
	Basis    *string           `help:"On which legal ground their data is used: consent, legal_obligation, public_policy, research, contract, legal_claim, vital_interest, health, legitimate_interest or credit_protection." placeholder:"GROUND"`
}

// body is what the API is asked to write; vars are those that the person has.
func (c *contactFields) body(vars map[string]string) map[string]any {
	b := map[string]any{}
	for name, v := range map[string]*string{"name": c.Name, "email": c.Email, "quem_indicou": c.Referred, "notes": c.Notes,
		"consent": c.Consent, "legal_basis": c.Basis} {
		if v != nil {
			b[name] = *v
		}
	}
	if c.Active != nil {
		b["is_active"] = *c.Active
	}
	if len(c.Var) > 0 {
		all := maps.Clone(vars)
		if all == nil {
			all = map[string]string{}
		}
		for name, v := range c.Var {
			if all[name] = v; v == "" {
				delete(all, name)
			}
		}
		b["custom_vars"] = all
	}
	return b
}

type contactAdd struct {
	Flags
	Phone string `arg:"" help:"The person's phone, in any usual spelling, with the area code."`
	contactFields
	Tag []string `help:"A tag; again for each." placeholder:"TAG"`
}

// Run adds a person.
func (c *contactAdd) Run(ctx context.Context, d *Desk) error {
	b := c.body(nil)
	if b["phone"] = c.Phone; len(c.Tag) > 0 {
		b["tags"] = c.Tag
	}
	var x contact
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: contactsPath, Body: b}, &x); err != nil {
		return err
	}
	return d.showContact(x)
}

// oneContact is a command about one contact.
type oneContact struct {
	Flags
	Contact string `arg:"" help:"The contact's id, or the phone in any usual spelling."`
}

// find reads a contact that is named by its id or its phone. A phone stands in
// the body of a request, since paths and queries get into logs.
func (d *Desk) find(ctx context.Context, name string) (x contact, err error) {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil && id > 0 && len(name) < 10 {
		return x, d.API.Do(ctx, Request{Method: http.MethodGet, Path: contactsPath + name + "/"}, &x)
	}
	var held struct {
		Contact *contact `json:"contact"`
	}
	if err := d.person(ctx, "export_person/", map[string]string{"phone": name}, &held); err != nil {
		return x, err
	}
	if held.Contact == nil {
		return x, d.fail("não há contato com este telefone (campaignd contacts list)", "there is no contact with this phone (campaignd contacts list)")
	}
	return *held.Contact, nil
}

type contactShow struct{ oneContact }

// Run shows everything that the address book holds about a person.
func (c *contactShow) Run(ctx context.Context, d *Desk) error {
	x, err := d.find(ctx, c.Contact)
	if err != nil {
		return err
	}
	return d.showContact(x)
}

func (d *Desk) showContact(x contact) error {
	if d.JSON {
		return d.print(x)
	}
	fmt.Fprintf(d.Out, "%d  %s  %s\n", x.ID, x.Phone, printable(x.Name))
	line := func(pt, en, text string) {
		if text != "" {
			fmt.Fprintf(d.Out, "  %s: %s\n", d.say(pt, en), printable(text))
		}
	}
	line("e-mail", "e-mail", x.Email)
	line("indicado por", "recommended by", x.ReferredBy)
	line("tags", "tags", strings.Join(x.Tags, ", "))
	for _, name := range slices.Sorted(maps.Keys(x.Vars)) {
		line(name, name, x.Vars[name])
	}
	line("observações", "notes", x.Notes)
	line("consentimento", "consent", x.Consent)
	line("base legal", "legal basis", x.Basis)
	if x.OptedOut {
		d.tell("  não quer mensagens", "  wants no messages")
	}
	if !x.Active {
		d.tell("  inativo: fica fora de novos públicos", "  inactive: left out of new audiences")
	}
	return nil
}

type contactEdit struct {
	oneContact
	Phone *string `help:"Another phone." placeholder:"PHONE"`
	contactFields
	Tag []string `help:"Exactly these tags; again for each. To add or remove one: campaignd contacts tag, untag." placeholder:"TAG"`
}

// Run changes a contact, as it was read.
func (c *contactEdit) Run(ctx context.Context, d *Desk) error {
	was, err := d.find(ctx, c.Contact)
	if err != nil {
		return err
	}
	b := c.body(was.Vars)
	if c.Phone != nil {
		b["phone"] = *c.Phone
	}
	if c.Tag != nil {
		b["tags"] = c.Tag
	}
	if len(b) == 0 {
		return d.fail("nada a mudar: diga o quê, por exemplo --name (campaignd contacts edit --help)",
			"nothing to change: say what, such as --name (campaignd contacts edit --help)")
	}
	now, err := d.change(ctx, was, b)
	if err != nil {
		return err
	}
	return d.showContact(now)
}

// change writes a contact that was read before, unless others did meanwhile.
func (d *Desk) change(ctx context.Context, was contact, body map[string]any) (now contact, err error) {
	r := Request{Method: http.MethodPatch, Path: contactsPath + strconv.FormatInt(was.ID, 10) + "/", Body: body,
		Header: http.Header{"If-Match": {strconv.Quote(strconv.FormatInt(was.UpdatedAt.UnixMicro(), 10))}}}
	return now, d.API.Do(ctx, r, &now)
}

// tagging gives tags to people, or takes them away.
type tagging struct {
	Flags
	Tag      string   `arg:"" help:"The tag."`
	Contacts []string `arg:"" help:"Ids of contacts, or their phones in any usual spelling." name:"contact"`
}

func (c *tagging) run(ctx context.Context, d *Desk, set func(tags []string) []string) error {
	all := make([]contact, len(c.Contacts))
	for i, name := range c.Contacts {
		x, err := d.find(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all[i] = x
	}
	for i, x := range all {
		now, err := d.change(ctx, x, map[string]any{"tags": set(slices.Clone(x.Tags))})
		if err != nil {
			return err
		}
		if all[i] = now; !d.JSON {
			fmt.Fprintf(d.Out, "%d  %s  %s\n", now.ID, printable(now.Name), printable(strings.Join(now.Tags, ", ")))
		}
	}
	if d.JSON {
		return d.print(all)
	}
	return nil
}

type contactTag struct{ tagging }

// Run gives a tag to people.
func (c *contactTag) Run(ctx context.Context, d *Desk) error {
	return c.run(ctx, d, func(tags []string) []string { return append(tags, c.Tag) })
}

type contactUntag struct{ tagging }

// Run takes a tag away from people.
func (c *contactUntag) Run(ctx context.Context, d *Desk) error {
	return c.run(ctx, d, func(tags []string) []string {
		return slices.DeleteFunc(tags, func(t string) bool { return strings.EqualFold(t, strings.TrimSpace(c.Tag)) })
	})
}

type contactDelete struct {
	oneContact
	Yes bool `help:"Do not ask." short:"y"`
}

// Run deletes a contact, after asking.
func (c *contactDelete) Run(ctx context.Context, d *Desk) error {
	x, err := d.find(ctx, c.Contact)
	if err != nil {
		return err
	}
	yes, err := d.ask(ctx, c.Yes, "Excluir %s (%s) dos contatos? Os públicos guardam a cópia e o descadastro continua valendo; para apagar a pessoa de tudo: campaignd contacts erase.",
		"Delete %s (%s) from the contacts? Audiences keep their copy and an opt-out stays; to take the person out of everything: campaignd contacts erase.", printable(x.Name), x.Phone)
	if err != nil || !yes {
		return err
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodDelete, Path: contactsPath + strconv.FormatInt(x.ID, 10) + "/"}, nil); err != nil {
		return err
	}
	if d.JSON {
		return d.print(map[string]int64{"deleted": x.ID})
	}
	d.tell("%d excluído dos contatos", "%d deleted from the contacts", x.ID)
	return nil
}

// contact is a person of the address book.
type contact struct {
	ID         int64             `json:"id"`
	Name       string            `json:"name"`
	Phone      string            `json:"phone"`
	Email      string            `json:"email"`
	ReferredBy string            `json:"quem_indicou"`
	Tags       []string          `json:"tags"`
	Vars       map[string]string `json:"custom_vars"`
	Notes      string            `json:"notes"`
	Active     bool              `json:"is_active"`
	Consent    string            `json:"consent"`
	Basis      string            `json:"legal_basis"`
	OptedOut   bool              `json:"opted_out"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
}
