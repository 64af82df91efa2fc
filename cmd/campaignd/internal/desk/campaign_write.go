package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	contacts "github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/schedule"
)

// content is what a person may write of a campaign.
type content struct {
	Description      *string  `help:"What it is for." placeholder:"TEXT"`
	Message          []string `help:"A text; again for each of up to five, which take turns. @FILE reads it from a file. Variables: {{nome}}, {{primeiro_nome|amigo}}, {{saudacao}} …; campaignd variables lists them." sep:"none" placeholder:"TEXT"`
	Instance         []string `help:"A number that sends, by its name or id; again for each. Default: the tenant's default number." placeholder:"NUMBER"`
	Schedule         *string  `help:"When: immediate (at any hour), business_days (Monday to Friday 09:00-18:00, not on holidays), business_hours (09:00-18:00 on every day, on weekends and holidays too), or hours such as \"mon-fri 09:00-12:00 13:30-18:00, skip holidays\"." placeholder:"TEXT"`
	Zone             *string  `help:"Whose clock the hours are read on, an IANA zone." placeholder:"ZONE"`
	StartAt          *string  `help:"Begin at this time, on the campaign's clock: 2026-12-31 09:00." placeholder:"TIME"`
	EndAt            *string  `help:"Pause what is unfinished at this time, on the campaign's clock." placeholder:"TIME"`
	Rotation         *string  `help:"How the messages take turns: balanced, weighted, sticky." placeholder:"RULE"`
	AtLeastOnce      *bool    `help:"Send once more where nobody knows whether the first went out; a person may then get it twice." negatable:""`
	AfterRestriction *string  `help:"What becomes of people whose message WhatsApp refused because the number is restricted: retry (the default) sends it again when the number may send, other_number at once by another number of the campaign, never leaves them failed." placeholder:"POLICY"`
	KeepOpen         *bool    `help:"Stay open when everybody has got it, for people who are added later; campaign complete ends it." negatable:""`
}

// body is the part of a request that the flags ask for, of a campaign whose
// schedule was the given one: what no flag names stays as it was.
func (c *content) body(ctx context.Context, d *Desk, was schedule.Spec) (map[string]any, error) {
	b := map[string]any{}
	if c.Description != nil {
		b["description"] = *c.Description
	}
	if c.Rotation != nil {
		b["rotation"] = *c.Rotation
	}
	if c.AtLeastOnce != nil {
		b["at_least_once"] = *c.AtLeastOnce
	}
	if c.AfterRestriction != nil {
		b["after_restriction"] = *c.AfterRestriction
	}
	if c.KeepOpen != nil {
		b["keep_open"] = *c.KeepOpen
	}
	if len(c.Message) > 0 {
		var ms []map[string]any
		for _, m := range c.Message {
			text, err := d.text(m)
			if err != nil {
				return nil, err
			}
			ms = append(ms, map[string]any{"message_text": text})
		}
		b["messages"] = ms
	}
	if len(c.Instance) > 0 {
		ids, err := d.instances(ctx, c.Instance)
		if err != nil {
			return nil, err
		}
		b["instances"] = ids
	}
	spec, err := c.schedule(was)
	if err != nil {
		return nil, d.notHours(err, c.Schedule)
	}
	if c.Schedule != nil || c.Zone != nil {
		b["schedule"] = spec
	}
	zone := cmp.Or(spec.Zone, schedule.DefaultZone)
	for name, text := range map[string]*string{"start_at": c.StartAt, "end_at": c.EndAt} {
		if text == nil {
			continue
		}
		at, err := d.instant(*text, zone)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", strings.ReplaceAll(name, "_", "-"), err)
		}
		b[name] = at
	}
	return b, nil
}

// schedule is the given schedule with what the flags change of it. Hours that
// name no zone, and no rule for a missed start, keep those that were there.
func (c *content) schedule(was schedule.Spec) (schedule.Spec, error) {
	spec := was.Clone()
	if c.Schedule != nil {
		var err error
		if spec, err = schedule.Parse(*c.Schedule); err != nil {
			return spec, err
		}
		spec.Zone = cmp.Or(spec.Zone, was.Zone)
		if spec.Missed == (schedule.Missed{}) {
			spec.Missed = was.Missed
		}
	}
	if c.Zone != nil {
		spec.Zone = *c.Zone
	}
	return spec.Canonical(), nil
}

// notHours says in Portuguese where hours are not understood, and how to write
// them.
func (d *Desk) notHours(err error, typed *string) error {
	var p *schedule.ParseError
	if !d.Portuguese || typed == nil || !errors.As(err, &p) {
		return err
	}
	from := *typed
	if rest := []rune(from[min(p.Offset, len(from)):]); len(rest) > 0 {
		from = string(rest[:min(len(rest), 40)])
	}
	return d.fail("--schedule: não dá para usar este horário a partir do caractere %d (%q): escreva immediate, \"dias úteis\", \"horário comercial\", \"24h\" ou algo como \"seg a sex 9h-12h 13h30-18h, sem feriados\"", "character %d: %q",
		p.Column, from)
}

// text is a message as it was typed, or what a file holds, in whatever encoding
// its editor wrote it.
func (d *Desk) text(s string) (string, error) {
	name, file := strings.CutPrefix(s, "@")
	b := []byte(s)
	if file {
		var err error
		if name == "-" {
			b, err = io.ReadAll(d.In)
		} else {
			b, err = os.ReadFile(name)
		}
		if err != nil {
			return "", d.fail("o texto não pode ser lido: %w", "the text cannot be read: %w", err)
		}
	}
	text, err := contacts.DecodeText(b)
	if err != nil {
		return "", d.fail("o texto tem bytes que não são caracteres: salve-o em UTF-8", "the text has bytes that are no characters: save it as UTF-8")
	}
	if file {
		text = strings.TrimRight(text, "\n")
	}
	return text, nil
}

// people names whom a campaign is for.
type people struct {
	Group   []string `help:"Everybody in a group, by its name or id; again for each." placeholder:"GROUP"`
	Tag     []string `help:"Everybody with a tag; again for each." placeholder:"TAG"`
	Contact []int64  `help:"One contact, by its id; again for each." placeholder:"ID"`
}

// into adds them to a request, and reports whether there are any.
func (p *people) into(ctx context.Context, d *Desk, b map[string]any) (bool, error) {
	if len(p.Group) > 0 {
		ids, err := d.groups(ctx, p.Group)
		if err != nil {
			return false, err
		}
		b["groups"] = ids
	}
	if len(p.Tag) > 0 {
		b["tags"] = p.Tag
	}
	if len(p.Contact) > 0 {
		b["contacts"] = p.Contact
	}
	return len(p.Group)+len(p.Tag)+len(p.Contact) > 0, nil
}

type campaignNew struct {
	Flags
	Name string `arg:"" help:"What people call it."`
	content
	people
}

// Help is the long text.
func (campaignNew) Help() string {
	return `Example:

  campaignd campaign new "Páscoa" --instance vendas --group clientes \
      --message "{{saudacao}}, {{primeiro_nome|amigo}}! O cardápio chegou." \
      --schedule business_days

A draft is free: what is missing is named when it is started. Without --schedule
it sends in business hours, 09:00 to 18:00 on every day; immediate is chosen.`
}

// Run makes a draft.
func (c *campaignNew) Run(ctx context.Context, d *Desk) error {
	was := schedule.Spec{Kind: schedule.KindBusinessHours}
	b, err := c.body(ctx, d, was)
	if err != nil {
		return err
	}
	if _, given := b["schedule"]; !given {
		b["schedule"] = was
	}
	b["name"] = c.Name
	if _, err := c.into(ctx, d, b); err != nil {
		return err
	}
	var made campaign
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: campaignsPath, Body: b}, &made); err != nil {
		return err
	}
	if d.JSON {
		return d.print(made)
	}
	d.tell("%s  %s  rascunho, %s", "%s  %s  draft, %s", made.code(), printable(made.Name), d.people(made.Total))
	d.times(made)
	if c.Schedule == nil {
		d.note("Sem --schedule, envia em todos os dias das 09:00 às 18:00; dias úteis: --schedule \"dias úteis\"; a qualquer hora: --schedule imediato",
			"Without --schedule it sends on every day from 09:00 to 18:00; on business days: --schedule \"business days\"; at any hour: --schedule immediate")
	}
	d.warn(made, true)
	d.note("Em seguida: campaignd campaign preview %d, campaignd campaign start %d", "Next: campaignd campaign preview %d, campaignd campaign start %d", made.ID, made.ID)
	return nil
}

type campaignAdd struct {
	one
	people
	Reopen bool `help:"Open a completed campaign for them, in the same step: it sends to them at once."`
}

// Run adds people to the audience.
func (c *campaignAdd) Run(ctx context.Context, d *Desk) error {
	b := map[string]any{}
	some, err := c.into(ctx, d, b)
	if err != nil {
		return err
	}
	if !some {
		return d.fail("diga quem: --group, --tag ou --contact", "say whom: --group, --tag or --contact")
	}
	if c.Reopen {
		b["reopen"] = true
	}
	p, err := c.Number.path("contacts")
	if err != nil {
		return err
	}
	var in struct {
		Added      int64 `json:"added"`
		Duplicates int64 `json:"duplicates"`
		Inactive   int64 `json:"inactive"`
		OptedOut   int64 `json:"opted_out"`
		Total      int64 `json:"total_contacts"`
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p, Body: b}, &in); err != nil {
		return err
	}
	if d.JSON {
		return d.print(in)
	}
	d.tell("%d adicionadas, %d já estavam, %d inativas, %d descadastradas; agora %d",
		"%d added, %d were in it, %d inactive, %d opted out; now %d", in.Added, in.Duplicates, in.Inactive, in.OptedOut, in.Total)
	return nil
}

type campaignLeaveOut struct {
	one
	Phone    []string `help:"The person with this phone, in any usual spelling; again for each." placeholder:"PHONE"`
	Position []string `help:"The person at this position of the audience, or those of a range, such as 10-200; again for each." placeholder:"N"`
	Note     string   `help:"Why, for the log." placeholder:"TEXT"`
	Yes      bool     `help:"Do not ask." short:"y"`
}

// Run asks, and takes people out of a campaign.
func (c *campaignLeaveOut) Run(ctx context.Context, d *Desk) error {
	type span struct {
		First int64 `json:"first"`
		Last  int64 `json:"last"`
	}
	spans := []span{}
	for _, text := range c.Position {
		from, to, ranged := strings.Cut(text, "-")
		if !ranged {
			to = from
		}
		first, err := strconv.ParseInt(from, 10, 64)
		last, err2 := strconv.ParseInt(to, 10, 64)
		if err != nil || err2 != nil || first < 1 || last < first {
			return d.fail("%q não é uma posição: escreva 12 ou 10-200", "%q is no position: write 12 or 10-200", text)
		}
		spans = append(spans, span{first, last})
	}
	if len(spans)+len(c.Phone) == 0 {
		return d.fail("diga quem: --phone ou --position", "say whom: --phone or --position")
	}
	yes, err := d.ask(ctx, c.Yes, "Tirar estas pessoas da campanha #%s? Não dá para desfazer.", "Take these people out of campaign #%s? It cannot be undone.",
		strings.TrimPrefix(string(c.Number), "#"))
	if err != nil || !yes {
		return err
	}
	p, err := c.Number.path("leave_out")
	if err != nil {
		return err
	}
	var out struct {
		Out  int64   `json:"left_out"`
		Late []int64 `json:"too_late"`
	}
	b := map[string]any{"spans": spans, "phones": append([]string{}, c.Phone...), "note": c.Note}
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p, Body: b}, &out); err != nil {
		return err
	}
	if d.JSON {
		return d.print(out)
	}
	d.tell("%s fora da campanha", "%s left out", d.people(out.Out))
	if len(out.Late) > 0 {
		d.note("Tarde demais para a posição %s: a mensagem já saiu, está saindo ou não sairia", "Too late for position %s: the message is out, on its way, or was not to go out",
			strings.Trim(strings.Join(strings.Fields(fmt.Sprint(out.Late)), ", "), "[]"))
	}
	return nil
}

type campaignCopy struct {
	one
	Name     string `help:"The new one's name." placeholder:"TEXT"`
	Contacts bool   `help:"Take the audience along."`
}

// Run makes a draft like another campaign.
func (c *campaignCopy) Run(ctx context.Context, d *Desk) error {
	p, err := c.Number.path("duplicate")
	if err != nil {
		return err
	}
	b := map[string]any{"contacts": c.Contacts}
	if c.Name != "" {
		b["name"] = c.Name
	}
	var made campaign
	if err := d.API.Do(ctx, Request{Method: http.MethodPost, Path: p, Body: b}, &made); err != nil {
		return err
	}
	return d.standing(made)
}
