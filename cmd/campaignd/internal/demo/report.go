package demo

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
	"github.com/alreasense/campaigns/holiday"
)

// head says what is going to be played.
func (p *page) head(s *stage, c campaign.Campaign, ns []campaign.Number, in intake, found campaign.Status) {
	p.tell("Uma campanha de WhatsApp com um gateway emulado. Nada sai desta máquina.\n", "A WhatsApp campaign against an emulated gateway. Nothing leaves this machine.\n")
	p.tell("  dados      %s", "  data       %s", s.dir)
	p.tell("             demo.db: a campanha; %s: as anotações do gateway", "             demo.db: the campaign; %s: the gateway's own books", filepath.Join("gateway", evolutiontest.LedgerFile))
	p.tell("  gateway    %s, que emula a Evolution API %s por HTTP", "  gateway    %s, emulating Evolution API %s over HTTP", s.url, evolutiontest.Version)
	p.tell("  avisos     por webhook para %s", "  reports    by webhook to %s", s.hookURL)
	names := make([]string, len(ns))
	for i, n := range ns {
		names[i] = n.Instance.Name
	}
	var rest string
	if len(ns) > 0 {
		rest = p.Say(", cada um ", ", each ") + p.pace(ns[0].Instance.Pace)
	}
	p.tell("  números    %s%s", "  numbers    %s%s", abbreviate(names), rest)
	p.audience(c, in)
	p.say("")
	switch {
	case found.Terminal():
		p.tell("Esta campanha terminou em %s. Eis o relatório de novo:\n", "This campaign ended at %s. Its report once more:\n", p.Second(c.EndedAt.In(p.loc)))
	case found != "":
		p.tell("Este diretório tem uma campanha interrompida: ela continua como começou, e\n--contacts, --message, --schedule, --numbers e --gap-… não valem.\n",
			"This directory holds a campaign that was interrupted: it goes on as it was begun,\nand --contacts, --message, --schedule, --numbers and --gap-… are not looked at.\n")
	}
}

// audience says who gets what, and when.
func (p *page) audience(c campaign.Campaign, in intake) {
	if loc, err := c.Schedule.Location(); err == nil {
		p.loc = loc
	}
	if in.Source != "" {
		l := in.Report.Layout
		p.tell("  contatos   %d pessoas: %s", "  contacts   %d people from %s", c.Total, in.Source)
		left := ""
		if in.Inactive > 0 {
			left = fmt.Sprintf(p.Say(", %d inativas", ", %d inactive"), in.Inactive)
		}
		p.tell("             %s, %q entre as células; %d linhas lidas, %d recusadas%s", "             %s, %q between cells; %d rows read, %d refused%s", l.Encoding, l.Delimiter, in.Report.Rows, in.Report.Refused, left)
	} else {
		p.tell("  contatos   %d pessoas", "  contacts   %d people", c.Total)
	}
	p.tell("  mensagens  %d, que se revezam", "  messages   %d, in turns", len(c.Messages))
	p.tell("  horário    %s", "  schedule   %s", p.Say(c.Schedule.Portuguese(), c.Schedule.String()))
}

// pace says how long a number rests.
func (p *page) pace(x campaign.Pace) string {
	if x.NoGap {
		return p.Say("sem intervalo", "without a rest")
	}
	return fmt.Sprintf(p.Say("com intervalos de %s a %s entre mensagens", "resting %s to %s between messages"), x.MinGap, x.MaxGap)
}

// kind names the kind of a holiday.
func (p *page) kind(k holiday.Kind) string {
	if pt, ok := map[holiday.Kind]string{holiday.State: "estadual", holiday.Municipal: "municipal", holiday.Optional: "ponto facultativo",
		holiday.Own: "próprio"}[k]; ok {
		return p.Say(pt, string(k))
	}
	return string(k)
}

// abbreviate lists names, the first three and the last one of many.
func abbreviate(names []string) string {
	if len(names) > 4 {
		names = append(append([]string{}, names[:3]...), "…", names[len(names)-1])
	}
	return strings.Join(names, ", ")
}

// result is the funnel. Each share names its denominator. lost is how many
// sends were cut off by a crash.
func (p *page) result(g campaign.Progress, lost int64, took time.Duration) {
	if took > 0 {
		p.tell("\nCampanha %s, em %s s.\n", "\nThe campaign is %s, after %s s.\n", g.Status.Text(p.Language), p.Number(took.Seconds(), 1))
	}
	rate := func(n, of int64) string {
		if of == 0 {
			return "  – %"
		}
		return fmt.Sprintf("%3d %%", (200*n+of)/(2*of))
	}
	p.tell("  público    %5d", "  audience   %5d", g.Total)
	p.tell("  enviadas   %5d  %s do público", "  sent       %5d  %s of the audience", g.Sent, rate(g.Sent, g.Total))
	p.tell("  entregues  %5d  %s das enviadas", "  delivered  %5d  %s of sent", g.Delivered, rate(g.Delivered, g.Sent))
	p.tell("  lidas      %5d  %s das entregues", "  read       %5d  %s of delivered", g.Read, rate(g.Read, g.Delivered))
	p.tell("  falharam   %5d", "  failed     %5d", g.Failed)
	p.tell("  de fora    %5d", "  left out   %5d", g.Skipped)
	p.tell("  incertas   %5d", "  unknown    %5d", g.Unknown)
	if lost > 0 {
		p.tell("\n%d envios foram cortados, e os registros do gateway esclareceram %d deles. Celulares\nque avisaram quando ninguém escutava faltam em entregues e lidas.",
			"\n%d sends were cut off, and the gateway's records have cleared up %d of them. Phones\nthat were to report while nobody listened are missing under delivered and read.", lost, lost-g.Unknown)
	}
	if n := g.Pending + g.Sending + g.Cancelled; n > 0 {
		p.tell("  por enviar %5d", "  not sent   %5d", n)
	}
}

// samples shows one text of each message as the gateway got it.
func (p *page) samples(c campaign.Campaign, f *proof) {
	p.tell("\nO que as pessoas receberam, uma de cada mensagem:", "\nWhat people got, one of each message:")
	for i, m := range c.Messages {
		x, ok := f.first[m.ID]
		if !ok {
			p.tell("\n  %d. ninguém recebeu esta", "\n  %d. nobody got this one", i+1)
			continue
		}
		p.tell("\n  %d. para %s, de %s, %d vezes ao todo:", "\n  %d. to %s, from %s, %d times in all:", i+1, p.who(x.who), x.send.Instance, f.of[m.ID])
		p.say("%s", wrap(x.send.Text, "     ", p.columns()-6))
	}
}

// refused lists the rows that did not come in.
func (p *page) refused(r contact.Report) {
	if r.Refused == 0 {
		return
	}
	p.tell("\nLinhas que não foram importadas, %d de %d:", "\nRows that were not imported, %d of %d:", r.Refused, r.Rows)
	for i, x := range r.Refusals {
		if i == 10 {
			p.tell("  e mais %d", "  and %d more", r.Refused-i)
			break
		}
		p.say("%s", wrap(x.Text(string(p.Language)), "  ", p.columns()-4))
	}
}

// proof says what the gateway's ledger has to say.
func (p *page) proof(c campaign.Campaign, f *proof) {
	p.tell("\nProva: as anotações do gateway comparadas com o público.", "\nProof: the gateway's own ledger against the audience.")
	p.tell("  %d mensagens no gateway, %d pessoas no público: %d têm exatamente uma.", "  %d messages at the gateway, %d people in the audience: %d have exactly one.", f.messages, f.audience, f.once)
	for i, x := range f.listed {
		if i == 0 || p.why(x.who) != p.why(f.listed[i-1].who) {
			p.say("%s", wrap(p.why(x.who)+":", "  ", p.columns()-4))
		}
		p.tell("    %s, nas anotações: %d", "    %s, in the ledger: %d", p.who(x.who), x.sends)
	}
	for _, x := range f.wrong {
		word := p.Say("PERDIDA", "LOST")
		if x.sends > 1 {
			word = p.Say("DUAS VEZES", "TWICE")
		}
		p.tell("  %s %s: %s; o gateway anotou %d", "  %s %s: %s; the gateway's ledger has %d", word, p.who(x.who), p.why(x.who), x.sends)
	}
	switch {
	case f.verdict() != nil:
		p.tell("  FALHOU: %s", "  FAILED: %s", p.Text(f.verdict()))
	case len(f.listed) == 0:
		p.tell("  Ninguém recebeu duas vezes, ninguém ficou sem.", "  Nobody twice, nobody lost.")
	default:
		p.tell("  Ninguém recebeu duas vezes, ninguém ficou sem: os demais estão acima, pelo nome.", "  Nobody twice, nobody lost: everybody else is named above.")
	}
}

// who names a recipient to the owner of the list.
func (p *page) who(r campaign.Recipient) string {
	name := r.Contact.Name
	if name == "" {
		name = p.Say("(sem nome)", "(no name)")
	}
	return fmt.Sprintf("%s (%s)", name, r.Contact.Phone)
}

// why tells a recipient's state in words.
func (p *page) why(r campaign.Recipient) string {
	if r.Why.IsZero() {
		return r.State.Text(p.Language)
	}
	return p.Say(r.State.Text(p.Language), string(r.State)) + ", " + r.Why.Text(p.Language)
}

// next says what to try.
func (p *page) next(dir string, o *Options, found campaign.Status) {
	p.tell("\nOs dados ficam em %s\n(abra com qualquer programa de SQLite, ou apague). A seguir:", "\nThe data stays in %s\n(look at it with any SQLite shell, or remove it). Next:", dir)
	if o.Dir != "" || found != "" {
		p.tell("  campaignd demo                         começa de novo: este diretório já tem sua\n                                         campanha, outra precisa de outro --data, ou nenhum",
			"  campaignd demo                         begin anew: this directory has its campaign,\n                                         a new one needs another --data, or none")
	} else {
		p.tell("  campaignd demo --data DIR              mate no meio e rode de novo: ela continua",
			"  campaignd demo --data DIR              kill it half way, run it again: it goes on")
	}
	p.tell("  campaignd demo --fast-forward          dias úteis na semana do Carnaval, em segundos",
		"  campaignd demo --fast-forward          business days over Carnival, in seconds")
	p.say("  campaignd demo --contacts people.csv --message 'Oi, {{primeiro_nome}}!'")
	p.tell("                                         sua lista e seus textos, ainda emulado", "                                         your own list and texts, still emulated")
	p.tell("  campaignd test-send --help             uma mensagem por um gateway de verdade", "  campaignd test-send --help             one message through a real gateway")
}

func (p *page) columns() int {
	if p.width > 0 {
		return min(p.width, 100)
	}
	return 80
}
