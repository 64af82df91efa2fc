package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Unknowns are the commands about sends whose outcome nobody knows.
type Unknowns struct {
	List    unknownList    `cmd:"" help:"List people of whom nobody knows whether they got the message."`
	Sent    unknownSent    `cmd:"" help:"Decide that it went out: it counts as sent."`
	NotSent unknownNotSent `cmd:"" name:"not-sent" help:"Decide that it did not go out: it counts as failed."`
	Resend  unknownResend  `cmd:"" help:"Send once more, whatever became of the first: the person may get it twice."`
}

// recipient is a person of a campaign.
type recipient struct {
	ID        int64      `json:"id"`
	Name      string     `json:"name"`
	Phone     string     `json:"phone"`
	Status    string     `json:"status"`
	Text      string     `json:"status_text"`
	Error     string     `json:"error_message"`
	Responded bool       `json:"responded"`
	SentAt    *time.Time `json:"sent_at"`
	Campaign  int64      `json:"campaign,omitempty"`
}

// person names somebody in a campaign: 12/345 or #12/345.
type person string

func (p person) path(rest ...string) (string, error) {
	c, position, ok := strings.Cut(string(p), "/")
	if n, err := strconv.ParseInt(position, 10, 64); !ok || err != nil || n <= 0 {
		return "", errors.New("a person goes by campaign and position, such as 12/345 (campaignd unknown list)")
	}
	return number(c).path(append([]string{"contacts", position}, rest...)...)
}

type unknownList struct {
	Flags
	Number *number `arg:"" optional:"" help:"One campaign, such as 12; all without."`
	Limit  int     `help:"At most so many of each campaign; 0 means all." default:"100"`
}

// Run lists them, campaign by campaign.
func (c *unknownList) Run(ctx context.Context, d *Desk) error {
	var from []campaign
	if c.Number != nil {
		x, err := (&one{Number: *c.Number}).get(ctx, d)
		if err != nil {
			return err
		}
		from = append(from, x)
	} else {
		all, _, err := list[campaign](ctx, d.API, campaignsPath, url.Values{}, 0)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.Unknown > 0 {
				from = append(from, x)
			}
		}
	}
	found, cut := []recipient{}, false
	for _, x := range from {
		p, _ := number(x.code()).path("contacts")
		some, more, err := list[recipient](ctx, d.API, p, url.Values{"status": {"unknown"}}, c.Limit)
		if err != nil {
			return err
		}
		cut = cut || more
		for _, r := range some {
			r.Campaign = x.ID
			found = append(found, r)
		}
	}
	if d.JSON {
		return d.print(found)
	}
	if len(found) == 0 {
		d.tell("Nenhum envio incerto.", "No send is unknown.")
		return nil
	}
	t := table{head: []string{d.say("QUEM", "WHO"), d.say("TELEFONE", "PHONE"), d.say("NOME", "NAME"), d.say("POR QUÊ", "WHY")}}
	for _, r := range found {
		t.add(fmt.Sprintf("%d/%d", r.Campaign, r.ID), r.Phone, r.Name, r.Error)
	}
	t.print(d.Out, d.Width)
	if cut {
		d.note("Há mais; --limit 0 mostra todos.", "There are more; --limit 0 shows all.")
	}
	return nil
}

// decision is a command about one person.
type decision struct {
	Flags
	Who  person `arg:"" help:"Campaign and position, such as 12/345."`
	Note string `help:"What the decision rests on, for the log." placeholder:"TEXT"`
}

func (c *decision) decide(ctx context.Context, d *Desk, what string, reopen bool) error {
	p, err := c.Who.path("decide")
	if err != nil {
		return err
	}
	body := map[string]any{"decision": what, "note": c.Note}
	if reopen {
		body["reopen"] = true
	}
	var r recipient
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p, Body: body}, &r); err != nil {
		return err
	}
	if d.JSON {
		return d.print(r)
	}
	fmt.Fprintf(d.Out, "%s  %s  %s\n", c.Who, printable(r.Name), r.Text)
	return nil
}

type unknownSent struct{ decision }

// Run decides that it went out.
func (c *unknownSent) Run(ctx context.Context, d *Desk) error { return c.decide(ctx, d, "sent", false) }

type unknownNotSent struct{ decision }

// Run decides that it did not go out.
func (c *unknownNotSent) Run(ctx context.Context, d *Desk) error {
	return c.decide(ctx, d, "not_sent", false)
}

type unknownResend struct {
	decision
	Reopen bool `help:"Open a completed campaign for it, in the same step."`
	Yes    bool `help:"Do not ask." short:"y"`
}

// Run asks, and orders a second send.
func (c *unknownResend) Run(ctx context.Context, d *Desk) error {
	yes, err := d.ask(ctx, c.Yes, "Enviar de novo a %s? A pessoa pode receber duas vezes.", "Send once more to %s? The person may get it twice.", string(c.Who))
	if err != nil || !yes {
		return err
	}
	return c.decide(ctx, d, "resend", c.Reopen)
}
