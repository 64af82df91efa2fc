package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Status shows in a few lines what goes on.
type Status struct{ Flags }

// state is what Status shows.
type state struct {
	Daemon    bool       `json:"daemon"`
	Stopped   bool       `json:"stopped"`
	Reason    string     `json:"reason,omitempty"`
	Since     time.Time  `json:"since,omitzero"`
	By        string     `json:"by,omitempty"`
	Campaigns []campaign `json:"campaigns"`
	Instances []instance `json:"instances"`
	// Reviews are messages that may have been a wish to leave.
	Reviews int64 `json:"opt_out_reviews"`
}

// Run shows the daemon, the campaigns that are under way, and the numbers that
// need somebody.
func (*Status) Run(ctx context.Context, d *Desk) error {
	s := state{Daemon: !d.Alone, Campaigns: []campaign{}}
	var ops struct {
		Stopped bool      `json:"stopped"`
		Reason  string    `json:"reason"`
		Since   time.Time `json:"since"`
		By      string    `json:"by"`
	}
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: operationsPath}, &ops); err != nil {
		return err
	}
	s.Stopped, s.Reason, s.Since, s.By = ops.Stopped, ops.Reason, ops.Since, ops.By
	var err error
	if s.Campaigns, _, err = list[campaign](ctx, d.API, campaignsPath, url.Values{"status": {"active,scheduled,paused"}}, 0); err != nil {
		return err
	}
	if s.Instances, _, err = list[instance](ctx, d.API, instancesPath, url.Values{}, 0); err != nil {
		return err
	}
	var waiting page[optOutReview]
	if err := d.API.Do(ctx, Request{Method: http.MethodGet, Path: reviewsPath, Query: url.Values{"page_size": {"1"}}}, &waiting); err != nil {
		return err
	}
	if waiting.Count != nil {
		s.Reviews = *waiting.Count
	}
	if d.JSON {
		return d.print(s)
	}
	switch {
	case s.Stopped:
		d.tell("Tudo está parado%s (campaignd resume-all)", "Everything is stopped%s (campaignd resume-all)", d.halted(s))
	case !s.Daemon:
		d.tell("Nenhum serviço rodando aqui: nada é enviado (campaignd serve).", "No daemon runs here: nothing is sent (campaignd serve).")
	default:
		d.tell("O serviço está no ar.", "The daemon runs.")
	}
	if len(s.Campaigns) == 0 {
		d.tell("Nenhuma campanha em andamento.", "No campaign is under way.")
	}
	unknown := int64(0)
	for _, c := range s.Campaigns {
		line := fmt.Sprintf("%s  %s  %s  %d/%d", c.code(), printable(c.Name), c.StatusText, c.Sent, c.Total)
		switch {
		case c.LastError != "":
			line += "  " + printable(c.LastError)
		case !c.NextAt.IsZero():
			line += "  " + d.say("próximo envio ", "next send ") + d.there(c.NextAt, c.zone())
			if c.Waiting != nil {
				line += ": " + printable(c.Waiting.Text)
			}
		}
		fold(d.Out, line, d.Width)
		unknown += c.Unknown
	}
	if unknown > 0 {
		d.tell("%s (campaignd unknown list)", "%s (campaignd unknown list)",
			d.count(unknown, "envio incerto", "envios incertos", "send is unknown", "sends are unknown"))
	}
	if s.Reviews > 0 {
		d.tell("%s (campaignd optout review)", "%s (campaignd optout review)",
			d.count(s.Reviews, "resposta talvez peça para sair da lista", "respostas talvez peçam para sair da lista", "reply may ask for no more messages", "replies may ask for no more messages"))
	}
	told := map[string]bool{}
	for _, i := range s.Instances {
		if why := i.deaf(); why != "" && !told[why] && s.Daemon {
			told[why] = true
			d.tell("%s: %s", "%s: %s", printable(i.Name), d.deafWords(i))
		}
		var what []string
		if i.State != "open" {
			what = append(what, i.Text)
		}
		if i.Held != nil {
			what = append(what, printable(i.Held.Text))
		}
		if len(what) > 0 {
			fold(d.Out, printable(i.Name)+"  "+strings.Join(what, "; "), d.Width)
		}
	}
	return nil
}
