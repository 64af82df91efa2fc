package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const webhooksPath = "/api/webhooks/"

// Webhooks are the commands about the tenant's own systems.
type Webhooks struct {
	List   webhookList   `cmd:"" help:"List webhooks."`
	Add    webhookAdd    `cmd:"" help:"Have an address told what happens from now on; shows its secret, once."`
	Show   webhookShow   `cmd:"" help:"Show the last tries, and how much is still to be told."`
	Test   webhookTest   `cmd:"" help:"Send a signed test message now."`
	Rotate webhookRotate `cmd:"" help:"Draw another secret and show it, once; the old one works for a day more."`
	Enable webhookEnable `cmd:"" help:"Switch a webhook on again; it goes on where it stood."`
	Remove webhookRemove `cmd:"" help:"Forget a webhook, and what it was not told yet."`
}

type webhook struct {
	ID     string   `json:"id"`
	URL    string   `json:"url"`
	Title  string   `json:"title"`
	Types  []string `json:"event_types"`
	Active bool     `json:"is_active"`
	Detail string   `json:"detail"`
	Secret string   `json:"secret,omitempty"`
}

func (d *Desk) webhookMark(x webhook) string {
	switch {
	case x.Active:
		return ""
	case x.Detail != "":
		return d.say("desligado: ", "switched off: ") + x.Detail
	}
	return d.say("desligado", "switched off")
}

type webhookList struct{ Flags }

// Run lists the webhooks.
func (*webhookList) Run(ctx context.Context, d *Desk) error {
	all, _, err := list[webhook](ctx, d.API, webhooksPath, url.Values{}, 0)
	if err != nil {
		return err
	}
	if d.JSON {
		return d.print(all)
	}
	if len(all) == 0 {
		d.tell("Nenhum webhook (campaignd webhook add).", "No webhooks (campaignd webhook add).")
		return nil
	}
	t := table{head: []string{"ID", d.say("ENDEREÇO", "ADDRESS"), d.say("EVENTOS", "EVENTS"), d.say("PARA QUÊ", "WHAT FOR"), ""}}
	for _, x := range all {
		types := strings.Join(x.Types, ",")
		if types == "" {
			types = d.say("todos", "all")
		}
		t.add(x.ID, x.URL, types, x.Title, d.webhookMark(x))
	}
	t.print(d.Out, d.Width)
	return nil
}

type webhookAdd struct {
	Flags
	URL   string   `arg:"" help:"Where to post, such as https://shop.example/hooks."`
	Event []string `help:"A type of event that it wants, such as campaign.completed, or recipient.* for all of a kind; several with commas. Default: every event." placeholder:"TYPE,…"`
	Title string   `help:"What it is for." placeholder:"TEXT"`
}

// Help is the long text of campaignd webhook add --help.
func (webhookAdd) Help() string {
	return `Each event is a POST of JSON, signed as standardwebhooks.com says, under a webhook-id by which a repeat is known. It is sent again until it is accepted; what accepts nothing for five days is switched off.

Example:

  campaignd webhook add https://shop.example/hooks --event 'campaign.*,recipient.responded'`
}

// Run adds a webhook and shows its secret.
func (c *webhookAdd) Run(ctx context.Context, d *Desk) error {
	b := map[string]any{"url": c.URL, "title": c.Title, "event_types": append([]string{}, c.Event...)}
	var x webhook
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: webhooksPath, Body: b}, &x); err != nil {
		return err
	}
	return d.madeWebhook(x)
}

// madeWebhook prints a webhook's secret: there is no other moment to see it.
func (d *Desk) madeWebhook(x webhook) error {
	if d.JSON {
		return d.print(x)
	}
	fmt.Fprintf(d.Out, "%s  %s\n", x.ID, x.Secret)
	d.note("O segredo não será mostrado de novo. Teste com: campaignd webhook test %s", "The secret is not shown again. Try it: campaignd webhook test %s", x.ID)
	return nil
}

// oneWebhook is a command about one webhook.
type oneWebhook struct {
	Flags
	ID string `arg:"" help:"The webhook's id (campaignd webhook list)."`
}

func (c *oneWebhook) path(rest string) string {
	return webhooksPath + url.PathEscape(c.ID) + "/" + rest
}

// webhookTry is one try to deliver.
type webhookTry struct {
	Event  int64     `json:"event"`
	Type   string    `json:"event_type"`
	At     time.Time `json:"at"`
	Millis int64     `json:"duration_ms"`
	Try    int       `json:"try"`
	OK     bool      `json:"ok"`
	Status int       `json:"status"`
	Detail string    `json:"detail"`
}

type webhookShow struct{ oneWebhook }

// Run shows how far a webhook was told.
func (c *webhookShow) Run(ctx context.Context, d *Desk) error {
	var x webhook
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: c.path("")}, &x); err != nil {
		return err
	}
	var s struct {
		Waiting  int          `json:"waiting"`
		Retrying int          `json:"retrying"`
		OldestAt time.Time    `json:"oldest_at"`
		Accepted int64        `json:"accepted"`
		GivenUp  int64        `json:"given_up"`
		Failures int          `json:"failures"`
		Since    time.Time    `json:"failing_since"`
		NextAt   time.Time    `json:"next_at"`
		Recent   []webhookTry `json:"recent"`
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: c.path("deliveries/")}, &s); err != nil {
		return err
	}
	if d.JSON {
		return d.print(map[string]any{"webhook": x, "deliveries": s})
	}
	fmt.Fprintln(d.Out, strings.TrimSpace(fmt.Sprintf("%s  %s  %s", x.ID, x.URL, d.webhookMark(x))))
	d.tell("%d aceitos, %d aguardando, %d perdidos", "%d accepted, %d waiting, %d given up", s.Accepted, s.Waiting, s.GivenUp)
	if s.Failures > 0 {
		d.tell("Falha desde %s; próxima tentativa: %s", "Failing since %s; next try: %s", d.at(s.Since), d.at(s.NextAt))
	}
	if len(s.Recent) == 0 {
		return nil
	}
	t := table{head: []string{d.say("QUANDO", "WHEN"), d.say("EVENTO", "EVENT"), d.say("TENTATIVA", "TRY"), "MS", d.say("RESPOSTA", "ANSWER"), ""}, right: map[int]bool{2: true, 3: true, 4: true}}
	for _, r := range s.Recent {
		t.add(d.at(r.At), r.Type, r.Try, r.Millis, r.Status, r.Detail)
	}
	t.print(d.Out, d.Width)
	return nil
}

type webhookTest struct{ oneWebhook }

// Run sends a test message.
func (c *webhookTest) Run(ctx context.Context, d *Desk) error {
	var r webhookTry
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: c.path("test/")}, &r); err != nil {
		return err
	}
	if d.JSON {
		return d.print(r)
	}
	if !r.OK {
		return d.fail("a mensagem de teste não foi aceita: %s", "the test message was not accepted: %s", r.Detail)
	}
	d.tell("a mensagem de teste foi aceita (status %d, %d ms)", "the test message was accepted (status %d, %d ms)", r.Status, r.Millis)
	return nil
}

type webhookRotate struct{ oneWebhook }

// Run draws another secret.
func (c *webhookRotate) Run(ctx context.Context, d *Desk) error {
	var x webhook
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: c.path("rotate_secret/")}, &x); err != nil {
		return err
	}
	return d.madeWebhook(x)
}

type webhookEnable struct{ oneWebhook }

// Run switches a webhook on.
func (c *webhookEnable) Run(ctx context.Context, d *Desk) error {
	return d.API.Do(ctx, Request{Method: http.MethodPatch, Path: c.path(""), Body: map[string]bool{"is_active": true}}, nil)
}

type webhookRemove struct {
	oneWebhook
	Yes bool `help:"Do not ask." short:"y"`
}

// Run asks, and removes a webhook.
func (c *webhookRemove) Run(ctx context.Context, d *Desk) error {
	yes, err := d.ask(ctx, c.Yes, "Remover o webhook %s?", "Remove the webhook %s?", c.ID)
	if err != nil || !yes {
		return err
	}
	return d.API.Do(ctx, Request{Method: http.MethodDelete, Path: c.path("")}, nil)
}
