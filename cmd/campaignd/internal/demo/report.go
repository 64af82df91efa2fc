package demo

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/contact"
	"github.com/alreasense/campaigns/evolution/evolutiontest"
)

// head says what is going to be played.
func (p *page) head(s *stage, c campaign.Campaign, ns []campaign.Number, in intake, found campaign.Status) {
	p.say("A WhatsApp campaign against an emulated gateway. Nothing leaves this machine.\n")
	p.say("  data       %s", s.dir)
	p.say("             demo.db: the campaign; %s: the gateway's own books", filepath.Join("gateway", evolutiontest.LedgerFile))
	p.say("  gateway    %s, emulating Evolution API %s over HTTP", s.url, evolutiontest.Version)
	p.say("  reports    by webhook to %s", s.hookURL)
	names := make([]string, len(ns))
	for i, n := range ns {
		names[i] = n.Instance.Name
	}
	var rest string
	if len(ns) > 0 {
		rest = ", each " + paceWords(ns[0].Instance.Pace)
	}
	p.say("  numbers    %s%s", abbreviate(names), rest)
	p.audience(c, in)
	p.say("")
	switch {
	case found.Terminal():
		p.say("This campaign ended at %s. Its report once more:\n", c.EndedAt.In(p.loc).Format("2006-01-02 15:04:05"))
	case found != "":
		p.say("This directory holds a campaign that was interrupted: it goes on as it was begun,")
		p.say("and --contacts, --message, --schedule, --numbers and --gap-… are not looked at.\n")
	}
}

// audience says who gets what, and when.
func (p *page) audience(c campaign.Campaign, in intake) {
	if loc, err := c.Schedule.Location(); err == nil {
		p.loc = loc
	}
	if in.Source != "" {
		l := in.Report.Layout
		p.say("  contacts   %d people from %s", c.Total, in.Source)
		left := ""
		if in.Inactive > 0 {
			left = fmt.Sprintf(", %d inactive", in.Inactive)
		}
		p.say("             %s, %q between cells; %d rows read, %d refused%s", l.Encoding, l.Delimiter, in.Report.Rows, in.Report.Refused, left)
	} else {
		p.say("  contacts   %d people", c.Total)
	}
	p.say("  messages   %d, in turns", len(c.Messages))
	p.say("  schedule   %s", c.Schedule)
}

func paceWords(x campaign.Pace) string {
	if x.NoGap {
		return "without a rest"
	}
	return fmt.Sprintf("resting %s to %s between messages", x.MinGap, x.MaxGap)
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
		p.say("\nThe campaign is %s, after %.1f s.\n", g.Status.Text(campaign.English), took.Seconds())
	}
	rate := func(n, of int64) string {
		if of == 0 {
			return "  – %"
		}
		return fmt.Sprintf("%3d %%", (200*n+of)/(2*of))
	}
	p.say("  audience   %5d", g.Total)
	p.say("  sent       %5d  %s of the audience", g.Sent, rate(g.Sent, g.Total))
	p.say("  delivered  %5d  %s of sent", g.Delivered, rate(g.Delivered, g.Sent))
	p.say("  read       %5d  %s of delivered", g.Read, rate(g.Read, g.Delivered))
	p.say("  failed     %5d", g.Failed)
	p.say("  left out   %5d", g.Skipped)
	p.say("  unknown    %5d", g.Unknown)
	if lost > 0 {
		p.say("\n%d sends were cut off, and the gateway's records have cleared up %d of them. Phones", lost, lost-g.Unknown)
		p.say("that were to report while nobody listened are missing under delivered and read.")
	}
	if n := g.Pending + g.Sending + g.Cancelled; n > 0 {
		p.say("  not sent   %5d", n)
	}
}

// samples shows one text of each message as the gateway got it.
func (p *page) samples(c campaign.Campaign, f *proof) {
	p.say("\nWhat people got, one of each message:")
	for i, m := range c.Messages {
		x, ok := f.first[m.ID]
		if !ok {
			p.say("\n  %d. nobody got this one", i+1)
			continue
		}
		p.say("\n  %d. to %s, from %s, %d times in all:", i+1, who(x.who), x.send.Instance, f.of[m.ID])
		p.say("%s", wrap(x.send.Text, "     ", p.columns()-6))
	}
}

// refused lists the rows that did not come in.
func (p *page) refused(r contact.Report) {
	if r.Refused == 0 {
		return
	}
	p.say("\nRows that were not imported, %d of %d:", r.Refused, r.Rows)
	for i, x := range r.Refusals {
		if i == 10 {
			p.say("  and %d more", r.Refused-i)
			break
		}
		p.say("%s", wrap(x.Text("en"), "  ", p.columns()-4))
	}
}

// proof says what the gateway's ledger has to say.
func (p *page) proof(c campaign.Campaign, f *proof) {
	p.say("\nProof: the gateway's own ledger against the audience.")
	p.say("  %d messages at the gateway, %d people in the audience: %d have exactly one.", f.messages, f.audience, f.once)
	for i, x := range f.listed {
		if i == 0 || why(x.who) != why(f.listed[i-1].who) {
			p.say("%s", wrap(why(x.who)+":", "  ", p.columns()-4))
		}
		p.say("    %s, in the ledger: %d", who(x.who), x.sends)
	}
	for _, x := range f.wrong {
		word := "LOST"
		if x.sends > 1 {
			word = "TWICE"
		}
		p.say("  %s %s: %s; the gateway's ledger has %d", word, who(x.who), why(x.who), x.sends)
	}
	switch {
	case f.verdict() != nil:
		p.say("  FAILED: %s", f.verdict())
	case len(f.listed) == 0:
		p.say("  Nobody twice, nobody lost.")
	default:
		p.say("  Nobody twice, nobody lost: everybody else is named above.")
	}
}

// who names a recipient to the owner of the list.
func who(r campaign.Recipient) string {
	name := r.Contact.Name
	if name == "" {
		name = "(no name)"
	}
	return fmt.Sprintf("%s (%s)", name, r.Contact.Phone)
}

// why tells a recipient's state in words.
func why(r campaign.Recipient) string {
	if r.Why.IsZero() {
		return r.State.Text(campaign.English)
	}
	return string(r.State) + ", " + r.Why.Text(campaign.English)
}

// next says what to try.
func (p *page) next(dir string, o *Options, found campaign.Status) {
	p.say("\nThe data stays in %s", dir)
	p.say("(look at it with any SQLite shell, or remove it). Next:")
	if o.Dir != "" || found != "" {
		p.say("  campaignd demo                         begin anew: this directory has its campaign,")
		p.say("                                         a new one needs another --data, or none")
	} else {
		p.say("  campaignd demo --data DIR              kill it half way, run it again: it goes on")
	}
	p.say("  campaignd demo --fast-forward          business days over Carnival, in seconds")
	p.say("  campaignd demo --contacts people.csv --message 'Oi, {{primeiro_nome}}!'")
	p.say("                                         your own list and texts, still emulated")
	p.say("  campaignd test-send --help             one message through a real gateway")
}

func (p *page) columns() int {
	if p.width > 0 {
		return min(p.width, 100)
	}
	return 80
}
