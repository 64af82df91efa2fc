package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alreasense/campaigns/campaign"
	"github.com/alreasense/campaigns/cmd/campaignd/internal/locale"
)

// page writes for a person. On a terminal the progress is one line that is
// written over; elsewhere it is a line now and then.
type page struct {
	w     io.Writer
	width int // 0 when it is no terminal
	locale.Locale
	// loc is the zone of the campaign's schedule, for what is said of times.
	loc *time.Location

	open  bool      // the live line is on the screen
	drawn time.Time // when it was drawn last
	shown int64     // plain lines: how many were done at the last one
	first bool
	asked bool // for patience
}

func newPage(o *Options) *page {
	return &page{w: o.Out, width: o.Width, Locale: o.Locale, loc: time.UTC, first: true}
}

// say writes lines, below the live one.
func (p *page) say(format string, args ...any) {
	p.endLine()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// tell writes lines in the person's language, as say does.
func (p *page) tell(pt, en string, args ...any) { p.say(p.Say(pt, en), args...) }

// frame is how often the live line is drawn at most.
const frame = 80 * time.Millisecond

// progress shows how far the campaign has come.
func (p *page) progress(g campaign.Progress, now time.Time) {
	done := g.Total - g.Pending - g.Sending
	if p.width == 0 {
		p.plain(g, done, now)
		return
	}
	over := g.Status.Terminal()
	if !over && now.Sub(p.drawn) < frame {
		return
	}
	p.drawn = now
	// The last column stays free: some terminals wrap there at once.
	fmt.Fprintf(p.w, "\r%s", fit(p.line(g, done, now), p.width-1))
	p.open = true
}

// patience says once that nothing happens for a while, and what to do.
func (p *page) patience(g campaign.Progress, now time.Time) {
	if p.asked || g.Status != campaign.Active || g.Pending == 0 || g.NextAt.Sub(now) < time.Minute {
		return
	}
	p.asked = true
	p.tell("Nada sai antes de %s. Espere, ou tecle Ctrl-C: tudo fica guardado.\nPara ver em segundos, use --fast-forward.\n",
		"Nothing goes out before %s. Wait, or press Ctrl-C: the run is kept.\nTo see it in seconds, add --fast-forward.\n",
		p.Minute(g.NextAt.In(p.loc)))
}

// line is the live line: the more important, the further left.
func (p *page) line(g campaign.Progress, done int64, now time.Time) string {
	var b strings.Builder
	b.WriteString("  ")
	if p.width >= 72 {
		const cells = 20
		full := int(cells * done / max(g.Total, 1))
		b.WriteString("[" + strings.Repeat("#", full) + strings.Repeat(".", cells-full) + "] ")
	}
	fmt.Fprintf(&b, p.Say("%d/%d enviadas, %d entregues, %d lidas", "%d/%d sent, %d delivered, %d read"), g.Sent, g.Total, g.Delivered, g.Read)
	for _, x := range []struct {
		n    int64
		name string
	}{{g.Failed, p.Say("com falha", "failed")}, {g.Skipped, p.Say("fora", "left out")}, {g.Unknown, p.Say("incertas", "unknown")}} {
		if x.n > 0 {
			fmt.Fprintf(&b, ", %d %s", x.n, x.name)
		}
	}
	b.WriteString(p.waits(g, now))
	return b.String()
}

// waits tells when the next message goes out, and why not now.
func (p *page) waits(g campaign.Progress, now time.Time) string {
	if g.Status != campaign.Active || g.Pending == 0 {
		return ""
	}
	wait := g.NextAt.Sub(now)
	switch {
	case g.NextAt.IsZero() && g.Why.Code == campaign.CodeInFlight:
		return ""
	case g.NextAt.IsZero():
		return p.Say("; espera: ", "; waiting: ") + g.Why.Text(p.Language)
	case wait > 5*time.Second:
		return fmt.Sprintf(p.Say("; próxima %s: %s", "; next %s: %s"), p.Minute(g.NextAt.In(p.loc)), g.Why.TextIn(p.Language, p.loc))
	case wait > 0:
		return fmt.Sprintf(p.Say(", próxima em %s s", ", next in %s s"), p.Number(wait.Seconds(), 1))
	}
	return ""
}

// plain writes a line at the beginning, at every tenth of the audience, and
// at the end.
func (p *page) plain(g campaign.Progress, done int64, now time.Time) {
	step := max(g.Total/10, 1)
	long := g.NextAt.Sub(now) > 5*time.Second
	if !p.first && done < p.shown+step && !(done == g.Total && p.shown != done) {
		return
	}
	if p.first && g.Status == campaign.Active && done == 0 && !long && g.Why.Code != campaign.CodeHeld {
		return // nothing to tell yet
	}
	p.first, p.shown = false, done
	p.say("%s", p.line(g, done, now))
}

// endLine leaves the live line as it is and goes below it.
func (p *page) endLine() {
	if p.open {
		fmt.Fprintln(p.w)
		p.open = false
	}
}

// fit cuts or pads a line to a number of columns.
func fit(s string, columns int) string {
	columns = max(columns, 1)
	n := utf8.RuneCountInString(s)
	if n <= columns {
		return s + strings.Repeat(" ", columns-n)
	}
	cut := []rune(s)[:columns]
	cut[columns-1] = '…'
	return string(cut)
}

// wrap breaks a text between words, so that it stands in a column.
func wrap(s, indent string, columns int) string {
	var b strings.Builder
	for _, para := range strings.Split(s, "\n") {
		n := 0
		for i, word := range strings.Fields(para) {
			w := utf8.RuneCountInString(word)
			switch {
			case i == 0:
				b.WriteString(indent)
			case n+1+w > columns:
				b.WriteString("\n" + indent)
				n = 0
			default:
				b.WriteString(" ")
				n++
			}
			b.WriteString(word)
			n += w
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n")
}
