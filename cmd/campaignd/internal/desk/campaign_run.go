package desk

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// standing prints where a campaign stands.
func (d *Desk) standing(c campaign) error {
	if d.JSON {
		return d.print(c)
	}
	fmt.Fprintf(d.Out, "%s  %s  %s\n", c.code(), printable(c.Name), c.StatusText)
	t := table{head: []string{d.say("TOTAL", "TOTAL"), d.say("NA FILA", "PENDING"), d.say("ENVIADAS", "SENT"), d.say("ENTREGUES", "DELIVERED"),
		d.say("LIDAS", "READ"), d.say("RESPONDIDAS", "REPLIED"), d.say("INCERTAS", "UNKNOWN"), d.say("FALHAS", "FAILED"), d.say("DE FORA", "LEFT OUT"),
		d.say("CANCELADAS", "CANCELLED")}, right: map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true}}
	t.add(c.Total, c.Pending+c.Sending, c.Sent, c.Delivered, c.Read, c.Responded, c.Unknown, c.Failed, c.Skipped, c.Dropped)
	t.print(d.Out, d.Width)
	switch {
	case c.LastError != "" && c.Status == "paused":
		d.tell("pausada porque %s", "paused, since %s", printable(c.LastError))
	case c.LastError != "":
		d.tell("não envia porque %s", "not sending, since %s", printable(c.LastError))
	case c.Waiting != nil && !c.NextAt.IsZero():
		d.tell("próximo envio %s: %s", "next send %s: %s", d.there(c.NextAt, c.zone()), printable(c.Waiting.Text))
	case !c.NextAt.IsZero():
		d.tell("próximo envio %s", "next send %s", d.there(c.NextAt, c.zone()))
	}
	return nil
}

type campaignShow struct{ one }

// Run shows a campaign, and what each of its numbers waits for.
func (c *campaignShow) Run(ctx context.Context, d *Desk) error {
	if d.JSON {
		v, err := c.raw(ctx, d)
		if err != nil {
			return err
		}
		return d.print(v)
	}
	x, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	if err := d.standing(x); err != nil {
		return err
	}
	d.planned(x)
	for _, m := range x.Messages {
		off := ""
		if !m.Active {
			off = d.say(" (desligada)", " (off)")
		}
		d.tell("mensagem %d, enviada %s%s: %s", "message %d, sent %s%s: %s", m.Order, d.count(m.Sent, "vez", "vezes", "time", "times"), off, printable(m.Text))
	}
	if x.Status != "active" {
		d.warn(x, true)
		return nil
	}
	p, _ := c.Number.path("explain")
	var why struct {
		Numbers []struct {
			Name    string    `json:"friendly_name"`
			Open    bool      `json:"open"`
			OpensAt time.Time `json:"opens_at"`
			Gates   []reason  `json:"gates"`
		} `json:"instances"`
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: p}, &why); err != nil {
		return err
	}
	for _, n := range why.Numbers {
		if n.Open {
			d.tell("%s: pode enviar agora", "%s: may send now", printable(n.Name))
			continue
		}
		var texts []string
		for _, g := range n.Gates {
			texts = append(texts, printable(g.Text))
		}
		when := d.there(n.OpensAt, x.zone())
		if when == "" {
			when = d.say("sem data", "no date")
		}
		d.tell("%s: %s (%s)", "%s: %s (%s)", printable(n.Name), strings.Join(texts, "; "), when)
	}
	return nil
}

type campaignStart struct {
	one
	Yes bool `help:"Do not ask." short:"y"`
}

// Run shows what a start will do, asks, and starts. What stands in the way is
// told before anything is asked.
func (c *campaignStart) Run(ctx context.Context, d *Desk) error {
	x, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	names, err := d.instanceNames(ctx, x.Instances)
	if err != nil {
		return err
	}
	if !c.Yes {
		f, err := d.forecast(ctx, c.Number)
		if err != nil {
			return err
		}
		if len(f.Faults) > 0 {
			return &Problem{Detail: d.say("A campanha ainda não pode começar:", "The campaign cannot start yet:"), Errors: f.Faults}
		}
		for _, line := range d.outlook(f) {
			fmt.Fprintln(d.Err, line)
		}
	}
	d.warn(x, false)
	yes, err := d.ask(ctx, c.Yes, "Enviar %s %q a %s por %s?", "Send %s %q to %s from %s?",
		x.code(), printable(x.Name), d.people(x.Total), strings.Join(names, ", "))
	if err != nil || !yes {
		return err
	}
	return d.command(ctx, c.Number, "start", nil)
}

// command posts a command of a campaign and prints where that leaves it.
func (d *Desk) command(ctx context.Context, n number, name string, body any) error {
	p, err := n.path(name)
	if err != nil {
		return err
	}
	var c campaign
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p, Body: body}, &c); err != nil {
		return err
	}
	return d.standing(c)
}

type campaignResume struct{ one }

// Run goes on with a campaign.
func (c *campaignResume) Run(ctx context.Context, d *Desk) error {
	return d.command(ctx, c.Number, "resume", nil)
}

type campaignReopen struct{ one }

// Run opens a completed campaign again. It stays open, since it has nobody left
// and would complete at once.
func (c *campaignReopen) Run(ctx context.Context, d *Desk) error {
	if err := d.command(ctx, c.Number, "reopen", map[string]bool{"keep_open": true}); err != nil {
		return err
	}
	d.note("Fica aberta até: campaignd campaign complete %s", "It stays open until: campaignd campaign complete %s", c.Number)
	return nil
}

type campaignComplete struct{ one }

// Run ends a campaign that is kept open.
func (c *campaignComplete) Run(ctx context.Context, d *Desk) error {
	return d.command(ctx, c.Number, "complete", nil)
}

type campaignUnplan struct{ one }

// Run makes a scheduled campaign a draft again.
func (c *campaignUnplan) Run(ctx context.Context, d *Desk) error {
	return d.command(ctx, c.Number, "unschedule", nil)
}

type campaignPause struct {
	one
	Reason string `help:"Why, for the log." placeholder:"TEXT"`
}

// Run pauses, and tells what had begun.
func (c *campaignPause) Run(ctx context.Context, d *Desk) error {
	return d.halt(ctx, c.Number, "pause", c.Reason)
}

type campaignCancel struct {
	one
	Reason string `help:"Why, for the log." placeholder:"TEXT"`
	Yes    bool   `help:"Do not ask." short:"y"`
}

// Run asks, cancels, and tells what had begun.
func (c *campaignCancel) Run(ctx context.Context, d *Desk) error {
	x, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	yes, err := d.ask(ctx, c.Yes, "Encerrar %s %q? Sem mensagem: %s.", "End %s %q? Without a message: %s.",
		x.code(), printable(x.Name), d.people(x.Pending))
	if err != nil || !yes {
		return err
	}
	return d.halt(ctx, c.Number, "cancel", c.Reason)
}

// halt stops a campaign and tells what is still under way.
func (d *Desk) halt(ctx context.Context, n number, name, why string) error {
	p, err := n.path(name)
	if err != nil {
		return err
	}
	var h struct {
		campaign
		InFlight []struct {
			Position int64     `json:"position"`
			Instance int64     `json:"instance"`
			TakenAt  time.Time `json:"taken_at"`
		} `json:"in_flight"`
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p, Body: map[string]string{"reason": why}}, &h); err != nil {
		return err
	}
	if d.JSON {
		return d.print(h)
	}
	if err := d.standing(h.campaign); err != nil {
		return err
	}
	if len(h.InFlight) == 0 {
		d.tell("Nada mais começa, e nada está a caminho.", "Nothing starts any more, and nothing is under way.")
		return nil
	}
	d.tell("Nada mais começa; %s:", "Nothing starts any more; %s:", d.count(int64(len(h.InFlight)), "envio já tinha começado", "envios já tinham começado", "send had begun", "sends had begun"))
	for _, f := range h.InFlight {
		d.tell("  pessoa %d, desde %s", "  person %d, since %s", f.Position, d.at(f.TakenAt))
	}
	return nil
}

type campaignDelete struct {
	one
	Yes bool `help:"Do not ask." short:"y"`
}

// Run asks, and removes a campaign.
func (c *campaignDelete) Run(ctx context.Context, d *Desk) error {
	x, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	yes, err := d.ask(ctx, c.Yes, "Apagar %s %q e a sua lista de %s?", "Delete %s %q and its list of %s?", x.code(), printable(x.Name), d.people(x.Total))
	if err != nil || !yes {
		return err
	}
	p, _ := c.Number.path()
	if err := d.API.Do(ctx, Request{Method: http.MethodDelete, Path: p}, nil); err != nil {
		return err
	}
	d.tell("%s apagada", "%s deleted", x.code())
	return nil
}
