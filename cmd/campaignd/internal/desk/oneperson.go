package desk

import (
	"context"
	"encoding/json"
	"net/http"
)

// exportPerson prints everything that is held about a person. It is a document
// to hand over, so it is JSON with and without --json.
type exportPerson struct {
	Flags
	Phone string `arg:"" help:"The person's phone, in any usual spelling; it need not be a contact's."`
}

// Run prints the document as the API gives it.
func (c *exportPerson) Run(ctx context.Context, d *Desk) error {
	var file json.RawMessage
	if err := d.person(ctx, "export_person/", map[string]string{"phone": c.Phone}, &file); err != nil {
		return err
	}
	return d.print(file)
}

func (d *Desk) person(ctx context.Context, route string, body any, out any) error {
	return d.API.Do(ctx, Request{Method: http.MethodPost, Path: contactsPath + route, Body: body}, out)
}

// erasePerson takes a person out of everything.
type erasePerson struct {
	Flags
	Phone    string `arg:"" help:"The person's phone, in any usual spelling; it need not be a contact's."`
	Evidence string `help:"What it rests on, for the log, which is never erased: name nobody here." placeholder:"TEXT"`
	Yes      bool   `help:"Do not ask." short:"y"`
}

// Run shows what is held, asks, and erases. There is no way back.
func (c *erasePerson) Run(ctx context.Context, d *Desk) error {
	var held struct {
		Phone     string            `json:"phone"`
		Contact   *contact          `json:"contact"`
		Campaigns []json.RawMessage `json:"campaigns"`
	}
	if !c.Yes {
		if err := d.person(ctx, "export_person/", map[string]string{"phone": c.Phone}, &held); err != nil {
			return err
		}
		name := d.say("nenhum contato", "no contact")
		if held.Contact != nil {
			name = held.Contact.Name
		}
		d.note("%s (%s), em %d campanhas. campaignd contacts export-person mostra tudo.",
			"%s (%s), in %d campaigns. campaignd contacts export-person shows everything.", held.Phone, printable(name), len(held.Campaigns))
	}
	yes, err := d.ask(ctx, c.Yes, "Apagar esta pessoa, sem volta? Ela não receberá mais nada.",
		"Erase this person, for good? They will get nothing any more.")
	if err != nil || !yes {
		return err
	}
	var out struct {
		Contact    bool  `json:"contact"`
		Recipients int64 `json:"recipients"`
		Sends      int64 `json:"sends"`
		Reports    int64 `json:"reports"`
	}
	if err := d.person(ctx, "erase_person/", map[string]string{"phone": c.Phone, "evidence": c.Evidence}, &out); err != nil {
		return err
	}
	if d.JSON {
		return d.print(out)
	}
	gone := d.say("não havia contato", "there was no contact")
	if out.Contact {
		gone = d.say("o contato foi apagado", "the contact is gone")
	}
	d.tell("Pessoa apagada: %s, e o nome e o telefone saíram de %d campanhas e %d envios.",
		"Erased: %s, and name and phone are gone from %d campaigns and %d sends.", gone, out.Recipients, out.Sends)
	return nil
}
