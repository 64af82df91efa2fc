package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// oneNumber is a command about one number.
type oneNumber struct {
	Flags
	Number string `arg:"" help:"The number's name or id."`
}

func (o *oneNumber) find(ctx context.Context, d *Desk) (instance, error) {
	all, _, err := list[instance](ctx, d.API, instancesPath, url.Values{}, 0)
	if err != nil {
		return instance{}, err
	}
	return d.pick(all, o.Number)
}

func (d *Desk) shown(i instance) error {
	if d.JSON {
		return d.print(i)
	}
	fmt.Fprintf(d.Out, "%d  %s  %s  %s\n", i.ID, printable(i.Name), i.Text, i.gap())
	if text := d.warmUp(i); text != "" {
		fmt.Fprintln(d.Out, text)
	}
	if i.Held != nil {
		d.tell("retido: %s", "held: %s", printable(i.Held.Text))
	}
	if i.Cold != nil {
		d.tell("só para quem o conhece: %s", "only to people who know it: %s", printable(i.Cold.Text))
	}
	if i.Shut != nil {
		d.tell("suspenso: %s", "suspended: %s", printable(i.Shut.Text))
	}
	return nil
}

type instanceCreate struct {
	Flags
	Name   string `arg:"" help:"The gateway's own name of the number."`
	Label  string `help:"What people call it. Default: the gateway's name." placeholder:"TEXT"`
	Phone  string `help:"The number itself." placeholder:"PHONE"`
	Record bool   `help:"Only record it: it exists at the gateway already."`
	Over   bool   `name:"take-over" help:"Take the number over from another record that has it: that one sends nothing from then on, and the pace goes over. Without it such a number is refused."`
	Take   bool   `name:"take-webhook" help:"With --record: take the gateway's webhook where another system has set it. It is kept, and put back when the number is removed. Without it such a number is refused."`
	// Standard is the flag --default.
	Standard bool `name:"default" help:"Make it the number of new campaigns that name none."`
	young
}

// Run makes a number at the gateway and records it.
func (c *instanceCreate) Run(ctx context.Context, d *Desk) error {
	b := map[string]any{"instance_name": c.Name}
	for name, v := range map[string]string{"friendly_name": c.Label, "phone_number": c.Phone} {
		if v != "" {
			b[name] = v
		}
	}
	if !c.Record {
		b["create_at_gateway"] = true
	}
	if c.Standard {
		b["is_default"] = true
	}
	if c.Over {
		b["take_over"] = true
	}
	if c.Take {
		b["take_webhook"] = true
	}
	if err := c.young.into(d, b, ""); err != nil {
		return err
	}
	var i instance
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: instancesPath, Body: b}, &i); err != nil {
		return err
	}
	if err := d.shown(i); err != nil {
		return err
	}
	c.told(d, i)
	if !d.JSON && !d.Alone && i.deaf() != "" {
		d.note("%s: %s", "%s: %s", printable(i.Name), d.deafWords(i))
	}
	d.note("Em seguida: campaignd instance connect %s", "Next: campaignd instance connect %s", Word(c.Name))
	return nil
}

type instancePace struct {
	oneNumber
	Min     *int `help:"The shortest rest between two sends, in seconds." placeholder:"SECONDS"`
	Max     *int `help:"The longest rest." placeholder:"SECONDS"`
	PerHour *int `help:"Sends in an hour at most; 0 is no cap." placeholder:"N"`
	PerDay  *int `help:"Sends in a day at most; 0 is no cap." placeholder:"N"`
	Every   *int `help:"After so many sends a long pause; 0 is never." placeholder:"N"`
	For     *int `help:"How long that pause is, in seconds." placeholder:"SECONDS"`
	young
}

// Run changes what is given.
func (c *instancePace) Run(ctx context.Context, d *Desk) error {
	i, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	b := map[string]any{}
	for name, v := range map[string]*int{"delay_min_seconds": c.Min, "delay_max_seconds": c.Max, "per_hour": c.PerHour,
		"per_day": c.PerDay, "pause_every": c.Every, "pause_seconds": c.For} {
		if v != nil {
			b[name] = *v
		}
	}
	if err := c.young.into(d, b, i.Zone); err != nil {
		return err
	}
	if len(b) > 0 {
		if err := d.API.Do(ctx, Request{Method: http.MethodPatch, Path: i.path(), Body: b}, &i); err != nil {
			return err
		}
		c.told(d, i)
	}
	return d.shown(i)
}

type instanceDefault struct {
	oneNumber
	Undo bool `help:"It is the default no longer. Then new campaigns have to name their numbers."`
}

// Help is the long text of campaignd instance default --help.
func (instanceDefault) Help() string {
	return `A campaign that is made without --instance gets the default number. A tenant has one at most: the one before is it no longer.

Examples:

  campaignd instance default vendas
  campaignd instance default vendas --undo`
}

// Run marks a number, or takes its mark away.
func (c *instanceDefault) Run(ctx context.Context, d *Desk) error {
	i, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPatch, Path: i.path(), Body: map[string]bool{"is_default": !c.Undo}}, &i); err != nil {
		return err
	}
	if d.JSON {
		return d.print(i)
	}
	if i.Default {
		d.tell("%s é o número padrão: campanhas novas sem --instance o usam.", "%s is the default number: new campaigns without --instance use it.", printable(i.Name))
		return nil
	}
	d.tell("%s não é o número padrão.", "%s is not the default number.", printable(i.Name))
	return nil
}

type instanceRelease struct {
	oneNumber
	Over bool `name:"take-over" help:"Take a suspended number back from the record that has it now."`
}

// Run ends a hold.
func (c *instanceRelease) Run(ctx context.Context, d *Desk) error {
	q := url.Values{}
	if c.Over {
		q.Set("take_over", "true")
	}
	return c.post(ctx, d, "release", q)
}

func (o *oneNumber) post(ctx context.Context, d *Desk, name string, query ...url.Values) error {
	i, err := o.find(ctx, d)
	if err != nil {
		return err
	}
	r := Request{Method: http.MethodPost, Path: i.path(name)}
	if len(query) > 0 {
		r.Query = query[0]
	}
	if err := d.API.Do(ctx, r, &i); err != nil {
		return err
	}
	return d.shown(i)
}
