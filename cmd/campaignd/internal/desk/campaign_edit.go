package desk

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alreasense/campaigns/schedule"
)

type campaignEdit struct {
	one
	Name *string  `help:"Another name." placeholder:"TEXT"`
	Text []string `help:"Another text for one message, the others stay: its number in \"campaign show\", = and the text or @FILE, such as \"2=Bom dia!\"; again for each." sep:"none" placeholder:"N=TEXT"`
	content
	Yes bool `short:"y" help:"Do not ask before messages are dropped."`
}

// Help is the long text.
func (campaignEdit) Help() string {
	return `Only what a flag names is changed. Examples:

  campaignd campaign edit 4 --zone America/Manaus
  campaignd campaign edit 4 --text '2=Bom dia, {{primeiro_nome|amigo}}!'
  campaignd campaign edit 4 --start-at "2026-12-31 09:00"

--message writes the whole list of messages anew.`
}

// Run changes a campaign, at the revision that it was read at.
func (c *campaignEdit) Run(ctx context.Context, d *Desk) error {
	was, err := c.get(ctx, d)
	if err != nil {
		return err
	}
	b, err := c.body(ctx, d, was.Schedule)
	if err != nil {
		return err
	}
	if c.Name != nil {
		b["name"] = *c.Name
	}
	if len(c.Text) > 0 {
		if len(c.Message) > 0 {
			return d.fail("use --text para trocar uma mensagem ou --message para trocar todas, não os dois",
				"use --text to change one message or --message to write all anew, not both")
		}
		if b["messages"], err = c.texts(d, was.Messages); err != nil {
			return err
		}
	}
	if len(b) == 0 {
		return d.fail("nada a mudar: diga o quê, por exemplo --text (campaignd campaign edit --help)",
			"nothing to change: say what, such as --text (campaignd campaign edit --help)")
	}
	if n := len(c.Message); n > 0 && n < len(was.Messages) {
		sure, err := d.ask(ctx, c.Yes, "--message troca a lista inteira: %[1]d mensagens viram %[2]d (para trocar só uma: --text N=TEXTO). Continuar?",
			"--message writes the whole list anew: %[1]d messages become %[2]d (to change one only: --text N=TEXT). Go on?", len(was.Messages), n)
		if err != nil || !sure {
			return err
		}
	}
	p, _ := c.Number.path()
	var now campaign
	r := Request{Method: http.MethodPatch, Path: p, Body: b, Header: http.Header{"If-Match": {strconv.Quote(strconv.FormatInt(was.Rev, 10))}}}
	if err := d.API.Do(ctx, r, &now); err != nil {
		return err
	}
	if err := d.standing(now); err != nil || d.JSON {
		return err
	}
	d.planned(now)
	d.warn(now, true)
	return nil
}

// texts is the list of messages with those texts changed that --text names.
func (c *campaignEdit) texts(d *Desk, was []message) ([]map[string]any, error) {
	list := make([]map[string]any, len(was))
	for i, m := range was {
		list[i] = map[string]any{"id": m.ID}
	}
	for _, arg := range c.Text {
		place, text, found := strings.Cut(arg, "=")
		n, err := strconv.Atoi(strings.TrimSpace(place))
		if !found || err != nil {
			return nil, d.fail("--text precisa do número da mensagem, = e o texto, como 2=Bom dia!; %q não tem",
				"--text takes the number of a message, = and the text, such as 2=Bom dia!; %q does not", arg)
		}
		if n < 1 || n > len(was) {
			return nil, d.fail("não há mensagem %d: a campanha tem %d (campaignd campaign show)",
				"there is no message %d: the campaign has %d (campaignd campaign show)", n, len(was))
		}
		if list[n-1]["message_text"], err = d.text(text); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// planned prints when a campaign sends, on its own clock, which it names.
func (d *Desk) planned(c campaign) {
	d.times(c)
	switch c.AfterRestriction {
	case "retry":
		d.tell("se o WhatsApp restringir o número: envia de novo quando ele puder enviar", "if WhatsApp restricts the number: sends again when it may send")
	case "other_number":
		d.tell("se o WhatsApp restringir o número: envia logo por outro número da campanha", "if WhatsApp restricts the number: sends at once by another number of the campaign")
	case "never":
		d.tell("se o WhatsApp restringir o número: não envia de novo, e a pessoa fica como falha", "if WhatsApp restricts the number: does not send again, and the person stays failed")
	}
}

// times prints when a campaign may send, begins and ends.
func (d *Desk) times(c campaign) {
	zone := c.zone()
	d.tell("horário: %s", "schedule: %s", d.say(c.Schedule.Portuguese(), c.Schedule.String()))
	switch {
	case c.StartAt.IsZero():
	case c.Status == "draft" && !c.StartAt.After(time.Now()):
		d.tell("início: %s, que já passou: começa assim que for iniciada", "start: %s, which has passed: it begins as soon as it is started", d.there(c.StartAt, zone))
	default:
		d.tell("início: %s", "start: %s", d.there(c.StartAt, zone))
	}
	if !c.EndAt.IsZero() {
		d.tell("fim: %s", "end: %s", d.there(c.EndAt, zone))
	}
}

// zone is the zone whose clock the campaign follows.
func (c campaign) zone() string { return cmp.Or(c.Schedule.Zone, schedule.DefaultZone) }
