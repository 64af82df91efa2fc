package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution"
	"github.com/alreasense/campaigns/schedule"
	"github.com/alreasense/campaigns/store/memory"
)

// The shipped list, as a Brazilian Excel saves it: semicolons, Windows-1252,
// CR LF, phones in a dozen spellings, and five rows that cannot be used.
//
//go:embed sample.csv
var sample []byte

// sampleMessages suit the sample: it has a column Cidade, and not everybody
// was recommended by somebody.
var sampleMessages = []string{
	"{{saudacao}}, {{primeiro_nome}}! Aqui é a Padaria Aurora. Quem nos passou seu contato foi {{quem_indicou|um amigo}}: venha provar o pão de queijo que acabou de sair. 🧀",
	"Oi, {{nome}}! Chegamos a {{cidade}} e hoje, {{dia_semana}}, o primeiro café é por nossa conta. Podemos guardar seu lugar?",
	"{{saudacao}}! {{primeiro_nome}}, a Padaria Aurora agora entrega em {{cidade}}. Responda SIM e mandamos o cardápio; lembranças a {{quem_indicou|quem nos indicou}}.",
}

// plainMessages suit every list that has phones.
var plainMessages = []string{"{{saudacao}}, {{primeiro_nome|tudo bem}}! Esta é uma mensagem de teste da Padaria Aurora."}

// plan is all that a run needs to know before it touches anything.
type plan struct {
	draft  campaign.Draft
	pace   campaign.Pace
	names  []string // of the numbers
	people []contact.Contact
	intake intake
}

// intake is what became of the file, kept beside the run.
type intake struct {
	Source string         `json:"source"`
	Report contact.Report `json:"report"`
	// Inactive counts the rows that are fine and say that the person is to be
	// left alone.
	Inactive int `json:"inactive,omitempty"`
}

// makePlan reads and checks everything that was asked for. Nothing is written
// anywhere, so a mistake leaves nothing half done.
func makePlan(ctx context.Context, o *Options, lo, hi time.Duration, timetable string, crowd int, now time.Time) (p plan, err error) {
	if p.names, err = o.numbers(); err != nil {
		return p, err
	}
	if o.Schedule != "" {
		timetable = o.Schedule
	}
	spec, err := schedule.Parse(timetable)
	if err != nil {
		return p, fmt.Errorf("--schedule %q: %w", timetable, err)
	}
	p.pace = o.pace(lo, hi)
	p.draft = campaign.Draft{Name: "Demo", Schedule: spec}
	texts := o.Messages
	switch {
	case len(texts) > 0:
	case o.Contacts != "":
		texts = plainMessages
	default:
		texts = sampleMessages
	}
	if len(texts) > campaign.MaxMessages {
		return p, locale.Errorf("--message apareceu %d vezes: uma campanha reveza no máximo %d mensagens", "--message was given %d times: a campaign rotates at most %d messages", len(texts), campaign.MaxMessages)
	}
	for _, t := range texts {
		p.draft.Messages = append(p.draft.Messages, campaign.Message{Text: t})
	}
	if err := p.read(o); err != nil {
		return p, err
	}
	if o.Contacts == "" && crowd > len(p.people) {
		p.multiply(crowd, o.Locale)
	}
	return p, p.rehearse(ctx, now, o.Locale)
}

// read takes the contacts in.
func (p *plan) read(o *Options) error {
	path, in, l := o.Contacts, o.In, o.Locale
	var from io.Reader = bytes.NewReader(sample)
	p.intake.Source = l.Say("o exemplo incluído", "the shipped sample")
	switch {
	case path == "-" && in != nil:
		from, p.intake.Source = in, l.Say("a entrada padrão", "the standard input")
	case path != "":
		f, err := os.Open(path)
		if err != nil {
			return locale.Errorf("não é possível ler os contatos: %w", "the contacts cannot be read: %w", err)
		}
		defer f.Close()
		from, p.intake.Source = f, path
	}
	list := contact.ReadCSV(from, nil)
	for c, err := range list.All() {
		if err != nil {
			var bad *contact.FileError
			if errors.As(err, &bad) {
				return fmt.Errorf("%s: %s", p.intake.Source, bad.Text(string(l.Language)))
			}
			return locale.Errorf("não é possível ler %s: %w", "%s cannot be read: %w", p.intake.Source, err)
		}
		if !c.Active {
			p.intake.Inactive++
			continue
		}
		p.people = append(p.people, c)
	}
	p.intake.Report = list.Report()
	if len(p.people) > 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, l.Say("%s não tem nenhuma linha que sirva: %d linhas, %d recusadas", "%s has no row that can be used: %d rows, %d refused"), p.intake.Source, p.intake.Report.Rows, p.intake.Report.Refused)
	if p.intake.Inactive > 0 {
		fmt.Fprintf(&b, l.Say(", %d inativas", ", %d inactive"), p.intake.Inactive)
	}
	for i, r := range p.intake.Report.Refusals {
		if i == 5 {
			fmt.Fprintf(&b, l.Say("\n  e mais %d", "\n  and %d more"), p.intake.Report.Refused-i)
			break
		}
		fmt.Fprintf(&b, "\n  %s", r.Text(string(l.Language)))
	}
	return errors.New(b.String())
}

// multiply makes a crowd of the people of the sample: the same names and
// towns under other numbers, which exist nowhere.
func (p *plan) multiply(to int, l locale.Locale) {
	base := p.people
	p.people = make([]contact.Contact, 0, to)
	for i := range to {
		c := base[i%len(base)].Clone()
		if i >= len(base) {
			// From 1060 on, so that nobody has a number of the sample.
			c.Phone = contact.Phone(fmt.Sprintf("+55%s90000%04d", c.Phone.AreaCode(), 1000+i))
			c.Email = ""
		}
		p.people = append(p.people, c)
	}
	p.intake.Source = fmt.Sprintf(l.Say("o exemplo incluído, multiplicado para %d pessoas", "the shipped sample, multiplied to %d people"), to)
}

// rehearse creates and starts the campaign in memory, where nobody sends, so
// that everything that would stand in its way is named before the first file
// is written.
func (p *plan) rehearse(ctx context.Context, now time.Time, l locale.Locale) error {
	e, err := campaign.New(memory.New(), evolution.New(evolution.Server{}), &campaign.Options{Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	_, err = p.start(ctx, e.As(campaign.Caller{Role: campaign.Host}))
	return inWords(err, l)
}

// start brings the plan into a store: the numbers, the campaign, the people.
func (p *plan) start(ctx context.Context, s *campaign.Service) (campaign.ID, error) {
	cal, err := s.Calendar(ctx)
	if err != nil {
		return 0, err
	}
	if !cal.Optional {
		cal.Optional = true // Carnival counts
		if _, err := s.SetCalendar(ctx, cal); err != nil {
			return 0, err
		}
	}
	known, err := s.Numbers(ctx)
	if err != nil {
		return 0, err
	}
	d := p.draft
	d.Instances = nil
	for _, name := range p.names {
		var id campaign.InstanceID
		for _, n := range known {
			if n.Instance.Remote == name {
				id = n.Instance.ID
			}
		}
		if id == 0 {
			in, err := s.AddInstance(ctx, campaign.Instance{Remote: name, Pace: p.pace, Connection: campaign.ConnectionOpen})
			if err != nil {
				return 0, err
			}
			id = in.ID
		}
		d.Instances = append(d.Instances, id)
	}
	c, err := s.Create(ctx, d)
	if err != nil {
		return 0, err
	}
	if _, err := s.Add(ctx, c.ID, campaign.Everyone(p.people...)); err != nil {
		return 0, err
	}
	if _, err := s.Start(ctx, c.ID); err != nil {
		return 0, err
	}
	return c.ID, nil
}

// inWords makes a list of what the engine refuses, a line for each thing, in
// the terms of the command line. Any other error stays as it is.
func inWords(err error, l locale.Locale) error {
	var lines []string
	var o *campaign.Obstacles
	var bad campaign.Invalid
	switch {
	case errors.As(err, &o):
		for _, x := range o.All {
			lines = append(lines, spot(x.Field, l)+x.Why.Text(l.Language))
		}
	case errors.As(err, &bad):
		for _, f := range bad {
			lines = append(lines, spot(f.Field, l)+f.Why.Text(l.Language))
		}
	default:
		return err
	}
	if len(lines) == 1 {
		return errors.New(lines[0])
	}
	return errors.New(l.Say("a campanha não pode começar:\n  ", "the campaign cannot start:\n  ") + strings.Join(lines, "\n  "))
}

// spot turns the path of a field into what the person has typed.
func spot(field string, l locale.Locale) string {
	var i int
	switch {
	case field == "":
		return ""
	case strings.HasPrefix(field, "messages["):
		if _, err := fmt.Sscanf(field, "messages[%d]", &i); err == nil {
			return fmt.Sprintf(l.Say("mensagem %d: ", "message %d: "), i+1)
		}
	case strings.HasPrefix(field, "pace."):
		return "--gap-min, --gap-max: "
	case strings.HasPrefix(field, "schedule"):
		return "--schedule: "
	case field == "contacts":
		return "--contacts: "
	}
	return field + ": "
}
