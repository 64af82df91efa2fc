package desk

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

const optOutsPath = contactsRoot + "opt_outs/"

type optOutRow struct {
	Phone   string    `json:"phone"`
	Contact *int64    `json:"contact_id"`
	Level   string    `json:"level"`
	Since   time.Time `json:"since"`
	Author  string    `json:"author"`
	Reason  *reason   `json:"reason"`
	Key     string    `json:"key"`
}

type optOutList struct {
	Flags
	Limit int `help:"At most so many; 0 means all." default:"50"`
}

// Run lists who gets no messages.
func (c *optOutList) Run(ctx context.Context, d *Desk) error {
	all, more, err := list[optOutRow](ctx, d.API, optOutsPath, url.Values{}, c.Limit)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	if len(all) == 0 {
		d.tell("Ninguém se descadastrou.", "Nobody has opted out.")
		return nil
	}
	t := table{head: []string{d.say("DESDE", "SINCE"), d.say("TELEFONE", "PHONE"), d.say("NÍVEL", "LEVEL"), d.say("POR", "BY"), d.say("MOTIVO", "REASON")}}
	for _, o := range all {
		phone, why := o.Phone, ""
		if phone == "" {
			phone = d.say("(não é contato)", "(no contact)")
		}
		if o.Level == "law" {
			phone = d.say("(apagada)", "(erased)")
		}
		if o.Reason != nil {
			why = o.Reason.Text
		}
		t.add(d.at(o.Since), phone, d.levelWords(o.Level), d.byWhom(o.Author), why)
	}
	t.print(d.Out, d.Width)
	if more {
		d.note("Há mais; --limit 0 mostra todos, e campaignd optout export os grava num arquivo.", "There are more; --limit 0 shows all, and campaignd optout export writes them into a file.")
	}
	return nil
}

func (d *Desk) byWhom(author string) string {
	if author == "contact" {
		return d.say("a pessoa", "the person")
	}
	return author
}

func (d *Desk) levelWords(level string) string {
	if !d.Portuguese {
		return level
	}
	return map[string]string{"keyword": "palavra", "operator": "operador", "law": "lei"}[level]
}

type optOutExport struct {
	Flags
	Format string `help:"csv or ndjson." enum:"csv,ndjson" default:"csv"`
	Output string `help:"The file to write; it must not exist. Default: the standard output." short:"o" placeholder:"FILE"`
}

// Run writes the list. A file is whole, or not there.
func (c *optOutExport) Run(ctx context.Context, d *Desk) error {
	return d.save(ctx, Request{Method: http.MethodGet, Path: optOutsPath + "export/", Query: url.Values{"format": {c.Format}}}, c.Output)
}
